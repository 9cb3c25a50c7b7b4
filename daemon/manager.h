/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Wires the stages together and holds what lives as long as the daemon. Layer 4 only: methods.c
 * reads it.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "daemon/approvals.h"
#include "daemon/control/control.h"
#include "daemon/counters.h"
#include "daemon/file-systems.h"
#include "daemon/gatekeeper.h"
#include "daemon/pipeline.h"
#include "daemon/sinks/sinks.h"
#include "daemon/sweeper.h"
#include "daemon/workspaces.h"

struct health;
struct metrics_output;
struct own_directories;
struct register_check;
struct watch_client; /* a `giactl watch` that hears every event */

struct manager_options {
        const char *config_path;
        const char *scanner; /* path of giad-scanner, NULL: the installed one */
        bool foreground;     /* events to the terminal as well */
};

/* Scanners, and whom they belong to: while a reload is under way there are two pools. */
struct manager_pool {
        struct manager *manager;
        struct scan_pool *scanners;
};

/* A reload that waits for its scanners. pool is set exactly while it waits. */
struct manager_next {
        struct config *config;
        struct sinks_next *sinks;
        struct manager_pool *pool;
        char refusal[512]; /* what its scanner said when it could not start */
};

struct manager {
        struct manager_options options;
        sd_event *event;
        struct config *config;
        uint8_t key[32];         /* of the fingerprints */
        usec_t started;          /* realtime */
        uint64_t seq;            /* last event's number */
        uint64_t configurations; /* that were in force */
        usec_t configured;       /* realtime: since when this one is */
        struct counters counters;
        struct {
                uint64_t deaths, deadlines;
        } former; /* of the scanners before these */
        bool ready, stopping;

        struct reg *reader; /* of the register, for queries in the loop */
        struct quarantine *quarantine;
        struct quarantine *versions; /* copies of what was approved, for rollbacks */
        struct storer *storer;
        struct approvals *approvals;
        struct sinks *sinks;
        struct manager_pool *pool;
        struct manager_next next;
        struct pipeline *pipeline;
        struct workspaces *workspaces;
        struct own_directories *own_directories;
        struct gatekeeper *gatekeeper;
        struct sweeper *sweeper;
        struct file_systems *file_systems;
        struct control *control;

        struct watch_client *watch_clients;
        struct metrics_output *metrics; /* NULL: no file is written */
        struct health *health;          /* the check that is under way, or NULL */
        char **missing;                 /* patterns without a match */
        size_t n_missing;
        struct {
                bool open;
                usec_t since;
                char *detail;
        } gaps[_REASON_MAX]; /* of the daemon as a whole */
        sd_event_source *signals[5], *sink_timer, *sink_wake, *watchdog, *retention, *recheck,
                *again, *refusal;
        struct register_check *register_check;
        char *register_damaged;    /* where what was set aside at the start is; NULL: nothing was */
        unsigned renewals;         /* how often the register was begun anew */
        unsigned checked;          /* the same when its check began */
        usec_t checked_at;         /* monotonic: the register, as a whole; 0: not yet */
        char register_failed[800]; /* why the register is not in its place; "": it is */
        usec_t watchdog_usec;
        usec_t again_at; /* realtime at which all is to be walked again; 0: never */
        usec_t sinks_due; /* monotonic: what sink_timer is set to; USEC_INFINITY: off, 0: not known */
        int sinks_down, spools_failed; /* outputs that were told to be so */
};

/* Makes everything that needs no scanner. Returns 0 or negative errno; what went wrong has been
 * logged. */
int manager_new(struct manager **ret, const struct manager_options *options);
struct manager *manager_free(struct manager *m);
/* Runs until SIGTERM or SIGINT. */
int manager_run(struct manager *m);

/* Numbers the event, gives it to the sinks, the register and whoever watches. Consumes it; NULL is
 * accepted. */
void manager_emit(struct manager *m, struct event *e);
/* A gap of the daemon as a whole opens or closes; told once. */
void manager_gap(struct manager *m, enum reason reason, bool open, const char *detail);
/* An output cannot deliver, or can again: a gap as long as any cannot. */
void manager_output_down(struct manager *m, const char *output, bool down, const char *detail);
/* The scanners are there, or it is known that they will not be for now: the first time, watching
 * begins. */
void manager_begin_watching(struct manager *m);
/* Begins to read the configuration anew (generation.c); an error, now or when the scanners read the
 * rules, leaves the present one in force. Returns 0 or negative errno. */
int manager_reload(struct manager *m);
