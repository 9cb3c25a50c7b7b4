/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * What a report is made of: the daemon's answers, counted, and of long lists those items that matter most. It is held in memory: a
 * register with a million artefacts leaves some thousand of them.
 */

#include <cjson/cJSON.h>

#include "common/base/clock.h"
#include "common/model/enums.h"
#include "daemon/ctl/ctl.h"

#define REPORT_ARTEFACTS 5000u /* that are listed */
#define REPORT_FINDINGS 2000u
#define REPORT_EVENTS 100u
#define REPORT_ENTRIES 1000u

/* How often a name was met, by the severity of what it was met with. */
struct tally {
        char *name;
        size_t n[_SEVERITY_MAX];
        size_t total;
};
struct tallies {
        struct tally *list;
        size_t n, alloc;
};
/* Adds one; past a thousand names others are not told apart, and not counted. 0 or -ENOMEM. */
int tallies_add(struct tallies *t, const char *name, int severity);
/* The most severe first, then the most frequent; or only those. */
void tallies_sort(struct tallies *t);
void tallies_sort_by_total(struct tallies *t);
size_t tallies_count(const struct tallies *t, const char *name); /* 0: not met */

/* The first items of an order, out of any number. */
struct best {
        cJSON **list; /* owned */
        size_t n, alloc, max;
        size_t seen; /* all of them */
        bool sorted; /* the first max are in order; others may stand behind them */
        int (*compare)(const cJSON *a, const cJSON *b);
};
/* 0 or -ENOMEM; the item is copied. */
int best_add(struct best *b, const cJSON *item);
/* To be called before the list is read: it is in order then, and not longer than max. */
void best_finish(struct best *b);

/* What happened in an hour. */
enum report_lane { LANE_GRAVE, LANE_FINDING, LANE_TAKEN, LANE_DECISION, LANE_GAP, _LANE_MAX };
struct hour {
        int64_t hour; /* since the epoch */
        uint32_t n[_LANE_MAX];
};

struct report {
        char host[256];
        usec_t made; /* realtime */
        cJSON *status;

        size_t artefacts;
        struct tallies states, kinds, agents;
        struct best inventory;

        size_t findings;
        size_t by_severity[_SEVERITY_MAX];
        struct tallies classes, references;
        struct best worst;

        size_t events;
        struct hour *hours; /* newest first, those in which something happened */
        size_t n_hours, alloc_hours;
        struct best notable;

        size_t entries;
        struct best quarantine; /* newest first */
        bool no_memory;
};

/* Asks giad. limit: of artefacts and of findings that are listed; 0: as usual. EXIT_OK, or EXIT_ERROR after an error was
 * printed. */
int report_gather(struct report *r, struct ctl *ctl, size_t limit);
void report_done(struct report *r);

/* Writes the page. */
void report_html(const struct report *r, FILE *out);
