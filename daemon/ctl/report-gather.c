/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: asking giad for what a report needs, and counting it.
 * Does not own: how it is shown (report-html.c and what that calls), keeping the first items of an order (report-best.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/model/event.h"
#include "daemon/ctl/listing.h"
#include "daemon/ctl/report.h"

static int severity_of(const cJSON *item)
{
        int severity = severity_from_string(ctl_text(item, "severity"));

        return severity < 0 ? SEVERITY_INFO : severity;
}

/* --- orders ---- */

/* Who waits for somebody comes before who does not. */
static int rank_of_state(const cJSON *item)
{
        static const char *const first[] = {"pending", "quarantined", "rejected", "observed"};
        const char *state = ctl_text(item, "state");

        for (int i = 0; i < (int)ELEMENTSOF(first); i++)
                if (strcmp(state, first[i]) == 0)
                        return i;
        return (int)ELEMENTSOF(first);
}

static int compare_grave(const cJSON *a, const cJSON *b, const char *time)
{
        int c = severity_of(b) - severity_of(a);

        if (c == 0)
                c = rank_of_state(a) - rank_of_state(b);
        return c ? c : strcmp(ctl_text(b, time), ctl_text(a, time));
}

static int compare_artefacts(const cJSON *a, const cJSON *b)
{
        return compare_grave(a, b, "last_seen");
}

static int compare_findings(const cJSON *a, const cJSON *b)
{
        int c = compare_grave(a, b, "seen");

        if (c == 0)
                c = strcmp(ctl_text(a, "path"), ctl_text(b, "path"));
        return c ? c
                 : (ctl_number(a, "line") > ctl_number(b, "line")) -
                               (ctl_number(a, "line") < ctl_number(b, "line"));
}

static int compare_events(const cJSON *a, const cJSON *b)
{
        return (ctl_number(a, "seq") < ctl_number(b, "seq")) -
               (ctl_number(a, "seq") > ctl_number(b, "seq"));
}

static int compare_entries(const cJSON *a, const cJSON *b)
{
        return strcmp(ctl_text(b, "id"), ctl_text(a, "id"));
}

/* --- what comes ---- */

static int add_artefact(void *userdata, const cJSON *a)
{
        struct report *r = userdata;
        int severity = severity_of(a), k = best_add(&r->inventory, a);

        r->artefacts++;
        if (k == 0)
                k = tallies_add(&r->states, ctl_text(a, "state"), severity);
        if (k == 0)
                k = tallies_add(&r->kinds, ctl_text(a, "artefact"), severity);
        if (k == 0)
                k = tallies_add(&r->agents, ctl_text(a, "agent"), severity);
        r->no_memory = k < 0;
        return k;
}

static int add_references(struct report *r, const char *references, int severity)
{
        int k = 0;

        for (const char *at = references; *at && k == 0;) {
                size_t n = strcspn(at, " ");
                char id[64];

                if (n > 0 && n < sizeof(id)) {
                        memcpy(id, at, n);
                        id[n] = '\0';
                        k = tallies_add(&r->references, id, severity);
                }
                at += n;
                at += strspn(at, " ");
        }
        return k;
}

static int add_finding(void *userdata, const cJSON *f)
{
        struct report *r = userdata;
        int severity = severity_of(f), k = best_add(&r->worst, f);

        r->findings++;
        r->by_severity[severity]++;
        if (k == 0)
                k = tallies_add(&r->classes, ctl_text(f, "class"), severity);
        if (k == 0)
                k = add_references(r, ctl_text(f, "references"), severity);
        r->no_memory = k < 0;
        return k;
}

/* Where an event stands in the timeline; _LANE_MAX: nowhere. */
static enum report_lane lane_of(const cJSON *e)
{
        switch ((enum event_kind)event_kind_from_string(ctl_text(e, "event"))) {
        case EVENT_FINDING:
                return severity_of(e) >= SEVERITY_HIGH ? LANE_GRAVE : LANE_FINDING;
        case EVENT_QUARANTINED:
        case EVENT_ROLLED_BACK:
        case EVENT_OPEN_DENIED:
                return LANE_TAKEN;
        case EVENT_RELEASED:
        case EVENT_APPROVED:
        case EVENT_REJECTED:
        case EVENT_REVOKED:
        case EVENT_APPROVAL_EXPIRED:
        case EVENT_PURGED:
        case EVENT_ACCESS_DENIED:
                return LANE_DECISION;
        case EVENT_RESPONSE_FAILED:
        case EVENT_GAP_OPENED:
        case EVENT_NOT_SCANNED:
        case EVENT_SCANNER_DIED:
        case EVENT_CONFIG_REFUSED:
                return LANE_GAP;
        case EVENT_ARTEFACT:
        case EVENT_VERDICT:
        case EVENT_ORPHANED:
        case EVENT_GAP_CLOSED:
        case EVENT_STARTED:
        case EVENT_READY:
        case EVENT_STOPPED:
        case EVENT_CONFIG_LOADED:
        case EVENT_HEALTH:
        case _EVENT_MAX:
                break;
        }
        return _LANE_MAX;
}

/* Hours since the epoch, or -1. */
static int64_t hour_of(const char *rfc3339)
{
        struct tm tm = {0};

        if (!strptime(rfc3339, "%Y-%m-%dT%H:", &tm))
                return -1;
        return (int64_t)timegm(&tm) / 3600;
}

/* Events come newest first, so it is the last hour or a new one but for a clock that was set. */
static int count_hour(struct report *r, int64_t hour, enum report_lane lane)
{
        size_t at = r->n_hours;

        while (at > 0 && r->hours[at - 1].hour < hour)
                at--;
        if (at == 0 || r->hours[at - 1].hour != hour) {
                if (r->n_hours == r->alloc_hours) {
                        size_t alloc = r->alloc_hours ? 2 * r->alloc_hours : 64;
                        struct hour *hours = reallocarray(r->hours, alloc, sizeof(*hours));

                        if (!hours)
                                return -ENOMEM;
                        r->hours = hours;
                        r->alloc_hours = alloc;
                }
                memmove(&r->hours[at + 1], &r->hours[at], (r->n_hours - at) * sizeof(r->hours[0]));
                r->hours[at] = (struct hour){.hour = hour};
                r->n_hours++;
                at++;
        }
        r->hours[at - 1].n[lane]++;
        return 0;
}

/* What somebody should have heard of, or decided. Findings have a list of their own. */
static bool is_notable(const char *event)
{
        static const char *const others[] = {"artefact", "finding", "verdict", "not-scanned",
                                             "health"};

        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                if (strcmp(event, others[i]) == 0)
                        return false;
        return true;
}

static int add_event(void *userdata, const cJSON *e)
{
        struct report *r = userdata;
        enum report_lane lane = lane_of(e);
        int64_t hour = hour_of(ctl_text(e, "time"));
        int k = is_notable(ctl_text(e, "event")) ? best_add(&r->notable, e) : 0;

        r->events++;
        if (k == 0 && hour >= 0 && lane < _LANE_MAX)
                k = count_hour(r, hour, lane);
        r->no_memory = k < 0;
        return k;
}

static int add_entry(void *userdata, const cJSON *entry)
{
        struct report *r = userdata;

        r->entries++;
        r->no_memory = best_add(&r->quarantine, entry) < 0;
        return r->no_memory;
}

/* --- all of it ---- */

static int gather_status(struct report *r, struct ctl *ctl)
{
        cJSON *reply = ctl_call(ctl, "Status", NULL);

        r->status = reply ? cJSON_DetachItemFromObjectCaseSensitive(reply, "status") : NULL;
        cJSON_Delete(reply);
        if (reply && !r->status)
                return ctl_error("giad says nothing of its status");
        return r->status ? EXIT_OK : EXIT_ERROR;
}

static void finish(struct report *r)
{
        best_finish(&r->inventory);
        best_finish(&r->worst);
        best_finish(&r->notable);
        best_finish(&r->quarantine);
        tallies_sort_by_total(&r->kinds);
        tallies_sort(&r->classes);
        tallies_sort(&r->references);
        tallies_sort_by_total(&r->agents);
}

int report_gather(struct report *r, struct ctl *ctl, size_t limit)
{
        const struct {
                const char *method, *name;
                int (*fn)(void *userdata, const cJSON *item);
        } lists[] = {
                {"Inventory", "artefacts", add_artefact},
                {"Findings", "findings", add_finding},
                {"Events", "events", add_event},
                {"QuarantineList", "entries", add_entry},
        };

        *r = (struct report){
                .made = clock_realtime(),
                .inventory = {.max = limit ? limit : REPORT_ARTEFACTS,
                              .compare = compare_artefacts},
                .worst = {.max = limit ? limit : REPORT_FINDINGS, .compare = compare_findings},
                .notable = {.max = REPORT_EVENTS, .compare = compare_events},
                .quarantine = {.max = REPORT_ENTRIES, .compare = compare_entries},
        };
        if (gethostname(r->host, sizeof(r->host) - 1) < 0)
                r->host[0] = '\0';
        int status = gather_status(r, ctl);
        for (size_t i = 0; i < ELEMENTSOF(lists) && status == EXIT_OK; i++) {
                status = listing_each(ctl, lists[i].method, NULL, lists[i].name, lists[i].fn, r);
                if (status == EXIT_OK && r->no_memory)
                        status = ctl_error("out of memory");
        }
        if (status == EXIT_OK)
                finish(r);
        return status;
}
