/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: how far a health check has got, in each workspace, and its answer.
 * Does not own: the file (health-file.c) and any stage of the chain: it only hears of them.
 *
 *   made ─► (the watchers know the directory) ─► written ─► seen ─► scanned ─► judged
 *        ─► [taken ─► purged] ─► told ─► delivered by each output ─► removed
 *
 * All workspaces are checked at the same time, and one check at a time. While there is none, there
 * is no timer, and nothing is looked at.
 */
#include "daemon/health.h"

#include <errno.h>
#include <string.h>

#include "common/base/text.h"
#include "daemon/answer.h"
#include "daemon/events.h"
#include "daemon/health-file.h"
#include "daemon/manager.h"
#include "daemon/tell.h"

/* between directory and file: what a listing of the new directory finds is no event */
#define WRITE_DELAY (250 * USEC_PER_MSEC)
#define TICK (25 * USEC_PER_MSEC)

enum step {
        STEP_WRITE,
        STEP_SEE,
        STEP_SCAN,
        STEP_JUDGE,
        STEP_TAKE,
        STEP_PURGE,
        STEP_TELL,
        STEP_DELIVER,
        STEP_REMOVE,
        _STEP_MAX
};

static const struct {
        const char *name, *remedy;
} steps[_STEP_MAX] = {
        [STEP_WRITE] = {"write", "giad must be able to write there: add the workspace's parent to "
                                 "ReadWritePaths= in a drop-in of the unit (giactl check-config "
                                 "prints it), and look whether the disk is full"},
        [STEP_SEE] = {"see", "giactl status shows the workspace's gaps; its exclude globs must not "
                             "cover .giad-health-*"},
        [STEP_SCAN] = {"scan",
                       "giactl status shows whether scanners are ready; rules_directory must hold "
                       "health.yaml, and nothing may switch off giad-health-canary"},
        [STEP_JUDGE] = {"judge", NULL},
        [STEP_TAKE] = {"take", "giactl events shows the reason (response-failed); the workspace's "
                               "parent must be in ReadWritePaths=, and the store must have room"},
        [STEP_PURGE] = {"purge", "look at the store (state_directory) and its disk; giactl "
                                 "quarantine list shows the entry"},
        [STEP_TELL] = {"tell", NULL},
        [STEP_DELIVER] = {"deliver", "giactl status shows the output; see outputs in giad.yaml(5)"},
        [STEP_REMOVE] = {"remove", "somebody moved or used the directory meanwhile: look for "
                                   ".giad-health-* and remove it"},
};

/* One workspace's part of a check. */
struct probe {
        uint32_t workspace;
        char *path; /* its root, for answers */
        struct health_file file;
        enum step waits; /* for this; _STEP_MAX: it is done */
        bool failed;
        usec_t began, written, judged; /* monotonic */
        enum event_kind heard;         /* what was told of the file last */
        char detail[256];              /* its words, or why the check failed */
        char entry[ID_SIZE];
        uint64_t seq; /* of its event */
};

struct health {
        struct manager *manager;
        struct control_call *call; /* NULL: the client went away */
        struct control_peer peer;
        bool quarantine;
        usec_t deadline; /* monotonic */
        sd_event_source *tick;
        cJSON *answer; /* steps so far */
        struct probe *probes;
        size_t n;
};

/* --- the answer ---- */

static void add_step(struct health *h, struct probe *p, enum step step, bool ok, const char *detail)
{
        cJSON *o = cJSON_CreateObject();
        usec_t since = step == STEP_WRITE ? p->began : p->written;
        double ms = (double)(clock_monotonic() - since) / (double)USEC_PER_MSEC;

        answer_text(o, "workspace", p->path);
        answer_text(o, "step", steps[step].name);
        (void)cJSON_AddBoolToObject(o, "ok", ok);
        /* to the microsecond: more digits would say nothing */
        (void)cJSON_AddNumberToObject(o, "ms", (double)(int64_t)(ms * 1000) / 1000);
        answer_text(o, "detail", detail);
        if (!ok && steps[step].remedy)
                answer_text(o, "remedy", steps[step].remedy);
        (void)cJSON_AddItemToArray(h->answer, o);
        p->failed = p->failed || !ok;
}

static void add_error(struct health *h, struct probe *p, enum step step, int error)
{
        char text[64];

        add_step(h, p, step, false, strerror_r(-error, text, sizeof(text)));
}

static bool any_failed(const struct health *h)
{
        for (size_t i = 0; i < h->n; i++)
                if (h->probes[i].failed)
                        return true;
        return false;
}

static struct health *health_free(struct health *h)
{
        if (!h)
                return NULL;
        for (size_t i = 0; i < h->n; i++)
                free(h->probes[i].path);
        h->tick = sd_event_source_disable_unref(h->tick);
        cJSON_Delete(h->answer);
        free(h->probes);
        free(h);
        return NULL;
}

static void answer(struct health *h)
{
        struct control_call *call = take_ptr(&h->call);
        cJSON *reply = cJSON_CreateObject();

        (void)cJSON_AddBoolToObject(reply, "ok", !any_failed(h));
        (void)cJSON_AddItemToObject(reply, "steps", take_ptr(&h->answer));
        if (call)
                (void)control_reply(call, reply, false);
        else
                cJSON_Delete(reply);
}

/* --- the steps ---- */

static void probe_remove(struct health *h, struct probe *p)
{
        struct manager *m = h->manager;
        const struct workspace *ws = workspaces_get(m->workspaces, p->workspace);
        bool there = p->file.directory_fd >= 0;
        int k = health_file_end(&p->file, ws ? ws->root_fd : -1,
                                config_text(m->config, OPTION_NOTE_SUFFIX));

        if (k < 0)
                add_error(h, p, STEP_REMOVE, k);
        else if (there)
                add_step(h, p, STEP_REMOVE, true, "");
        p->waits = _STEP_MAX;
}

/* True if every output has taken the event. With late, what has not is told. */
static bool probe_delivered(struct health *h, struct probe *p, bool late)
{
        struct sink_stats stats;
        const char *name;
        bool all = true;
        size_t n = 0;

        for (; sinks_stats(h->manager->sinks, n, &name, &stats); n++)
                all = all && stats.delivered_seq >= p->seq;
        if (!all && !late)
                return false;
        for (size_t i = 0; sinks_stats(h->manager->sinks, i, &name, &stats); i++)
                add_step(h, p, STEP_DELIVER, stats.delivered_seq >= p->seq, name);
        if (n == 0)
                add_step(h, p, STEP_DELIVER, false, "no output is switched on");
        return true;
}

/* The one event of a check, whatever came of it. */
static void probe_tell(struct health *h, struct probe *p)
{
        struct manager *m = h->manager;
        const char *failed = p->failed ? steps[p->waits].name : NULL;
        const struct told_operator by = {h->peer.name, h->peer.uid, h->peer.auid};
        double ms = (double)(p->judged - p->written) / (double)USEC_PER_MSEC;
        char said[128];

        if (failed)
                (void)snprintf(said, sizeof(said), "%s: %.100s", failed, p->detail);
        else
                (void)snprintf(said, sizeof(said), "judged %.1f ms after it was written%s", ms,
                               h->quarantine ? ", taken away and purged" : "");
        /* telling it may lead to others: of an output that is down */
        p->seq = m->seq + 1;
        manager_emit(m,
                     tell_health(workspaces_get(m->workspaces, p->workspace), &by, !failed, said));
        if (failed) {
                probe_remove(h, p);
                return;
        }
        (void)snprintf(said, sizeof(said), "event %llu", (unsigned long long)p->seq);
        add_step(h, p, STEP_TELL, true, said);
        p->waits = probe_delivered(h, p, false) ? STEP_REMOVE : STEP_DELIVER;
}

static void probe_fail(struct health *h, struct probe *p, const char *detail)
{
        char why[sizeof(p->detail)];

        (void)text_copy(why, sizeof(why), detail);
        memcpy(p->detail, why, sizeof(why));
        add_step(h, p, p->waits, false, why);
        probe_tell(h, p);
}

static void probe_write(struct health *h, struct probe *p)
{
        int k = health_file_write(&p->file);
        char text[64];

        p->written = clock_monotonic();
        if (k < 0) {
                probe_fail(h, p, strerror_r(-k, text, sizeof(text)));
                return;
        }
        add_step(h, p, STEP_WRITE, true, p->file.directory);
        p->waits = STEP_SEE;
}

/* It was taken away: it is not to stay in the store. */
static void probe_purge(struct health *h, struct probe *p)
{
        const struct told_operator by = {h->peer.name, h->peer.uid, h->peer.auid};
        struct quarantine_entry entry = {.id = ""};
        char text[64];

        add_step(h, p, STEP_TAKE, true, p->entry);
        p->waits = STEP_PURGE;
        int k = quarantine_get(h->manager->quarantine, p->entry, &entry);
        if (k >= 0)
                k = events_purge(h->manager, &entry, &by, "health check");
        quarantine_entry_done(&entry);
        if (k < 0)
                probe_fail(h, p, strerror_r(-k, text, sizeof(text)));
}

static void probe_tick(struct health *h, struct probe *p, usec_t now)
{
        bool late = now >= h->deadline;

        if (p->waits == STEP_WRITE && now - p->began >= WRITE_DELAY) {
                probe_write(h, p);
        } else if (p->waits == STEP_TAKE && p->heard == EVENT_QUARANTINED) {
                probe_purge(h, p);
        } else if (p->waits == STEP_TAKE && p->heard == EVENT_RESPONSE_FAILED) {
                probe_fail(h, p, p->detail);
        } else if (p->waits == STEP_PURGE && p->heard == EVENT_PURGED) {
                add_step(h, p, STEP_PURGE, true, p->entry);
                p->waits = STEP_TELL;
                probe_tell(h, p);
        } else if (p->waits == STEP_REMOVE ||
                   (p->waits == STEP_DELIVER && probe_delivered(h, p, late))) {
                probe_remove(h, p);
        } else if (p->waits < STEP_TELL && late) {
                probe_fail(h, p, "nothing came in time");
        }
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct manager *m = userdata;
        struct health *h = m->health;
        usec_t now = clock_monotonic();
        bool waits = false;

        (void)usec;
        for (size_t i = 0; i < h->n; i++) {
                probe_tick(h, &h->probes[i], now);
                waits = waits || h->probes[i].waits != _STEP_MAX;
        }
        if (waits) {
                (void)sd_event_source_set_time_relative(source, TICK);
                return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
        }
        answer(h);
        m->health = health_free(h);
        return 0;
}

/* --- what passes by ---- */

static bool is_file_of(const struct probe *p, const char *path)
{
        size_t n = strlen(p->file.directory);

        return n > 0 && strncmp(path, p->file.directory, n) == 0 &&
               strcmp(path + n, "/" HEALTH_FILE) == 0;
}

void health_candidate(struct manager *m, const struct candidate *c)
{
        struct health *h = m->health;

        for (size_t i = 0; h && i < h->n; i++) {
                struct probe *p = &h->probes[i];

                if (p->waits != STEP_SEE || p->workspace != c->workspace || !is_file_of(p, c->path))
                        continue;
                add_step(h, p, STEP_SEE, true, candidate_why_to_string((int)c->why));
                p->waits = STEP_SCAN;
        }
}

static bool has_canary(const struct scan_result *result)
{
        for (uint32_t i = 0; i < result->n_findings; i++)
                if (strcmp(result->findings[i].rule, HEALTH_RULE) == 0)
                        return true;
        return false;
}

static void probe_judged(struct health *h, struct probe *p, const struct scan_result *result,
                         enum reason reason, struct verdict *v)
{
        char said[256];

        /* somebody else's eyes, such as the gate's, may have been faster than the watcher's */
        if (p->waits == STEP_SEE) {
                add_step(h, p, STEP_SEE, true, "gate");
                p->waits = STEP_SCAN;
        }
        if (p->waits != STEP_SCAN)
                return;
        if (!result || !has_canary(result)) {
                probe_fail(h, p,
                           result ? "rule " HEALTH_RULE " found nothing" : reason_text(reason));
                return;
        }
        (void)snprintf(said, sizeof(said), "%s, %u finding%s",
                       artefact_kind_to_string(result->artefact), result->n_findings,
                       result->n_findings == 1 ? "" : "s");
        add_step(h, p, STEP_SCAN, true, said);
        (void)snprintf(said, sizeof(said), "%s (%s)", action_to_string((int)v->action), v->policy);
        add_step(h, p, STEP_JUDGE, true, said);
        p->judged = clock_monotonic();
        p->waits = h->quarantine ? STEP_TAKE : STEP_TELL;
}

bool health_judged(void *userdata, const struct file_id *id, const struct scan_result *result,
                   enum reason reason, struct verdict *v)
{
        struct health *h = ((struct manager *)userdata)->health;

        for (size_t i = 0; h && i < h->n; i++) {
                struct probe *p = &h->probes[i];

                if (!health_file_is(&p->file, id))
                        continue;
                probe_judged(h, p, result, reason, v);
                v->action = p->waits == STEP_TAKE ? ACTION_QUARANTINE : ACTION_REPORT;
                if (p->waits == STEP_TELL)
                        probe_tell(h, p);
                return true;
        }
        return false;
}

/* Only noted: an event of the check's own must come behind this one. */
void health_event(struct manager *m, const struct event *e)
{
        struct health *h = m->health;
        const char *path = e->fields[FIELD_PATH];

        if (!h || !path ||
            (e->kind != EVENT_QUARANTINED && e->kind != EVENT_RESPONSE_FAILED &&
             e->kind != EVENT_PURGED))
                return;
        for (size_t i = 0; i < h->n; i++) {
                struct probe *p = &h->probes[i];
                size_t n = strlen(p->path);

                if (strncmp(path, p->path, n) != 0 || path[n] != '/' ||
                    !is_file_of(p, path + n + 1))
                        continue;
                p->heard = e->kind;
                (void)text_copy(p->detail, sizeof(p->detail), e->message ? e->message : "");
                if (e->kind == EVENT_QUARANTINED && e->fields[FIELD_QUARANTINE_ID])
                        (void)text_copy(p->entry, sizeof(p->entry), e->fields[FIELD_QUARANTINE_ID]);
        }
}

/* --- begin and end ---- */

static void on_gone(void *userdata, struct control_call *call)
{
        (void)call;
        ((struct health *)userdata)->call = NULL;
}

/* Begins in one workspace. Returns 0 or -ENOMEM. */
static int add_probe(struct health *h, const struct workspace *ws)
{
        struct probe *p = &h->probes[h->n];

        *p = (struct probe){.workspace = ws->id,
                            .file = HEALTH_FILE_NULL,
                            .heard = _EVENT_MAX,
                            .began = clock_monotonic()};
        p->path = strdup(ws->path);
        if (!p->path)
                return -ENOMEM;
        h->n++;
        int k = health_file_begin(&p->file, ws->root_fd);
        if (k < 0) {
                char text[64];

                p->written = p->began;
                probe_fail(h, p, strerror_r(-k, text, sizeof(text)));
        }
        return 0;
}

static int add_probes(struct health *h, const char *path)
{
        struct workspaces *w = h->manager->workspaces;
        const struct workspace *ws;
        size_t n = 0;
        int k = 0;

        while (workspaces_at(w, n))
                n++;
        h->probes = calloc(n + 1, sizeof(*h->probes));
        h->answer = cJSON_CreateArray();
        if (!h->probes || !h->answer)
                return -ENOMEM;
        for (size_t i = 0; (ws = workspaces_at(w, i)) && k >= 0; i++)
                if (!path || strcmp(path, ws->path) == 0)
                        k = add_probe(h, ws);
        return k < 0 ? k : h->n > 0 ? 0 : -ENOENT;
}

static void end(struct manager *m)
{
        struct health *h = m->health;

        for (size_t i = 0; i < h->n; i++)
                if (h->probes[i].waits != _STEP_MAX)
                        probe_remove(h, &h->probes[i]);
        m->health = health_free(h);
}

void health_check(void *userdata, struct control_call *call, const struct control_peer *peer,
                  const cJSON *parameters, bool more)
{
        struct manager *m = userdata;
        const char *path =
                cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(parameters, "workspace"));
        const cJSON *timeout = cJSON_GetObjectItemCaseSensitive(parameters, "timeout");
        double seconds = cJSON_IsNumber(timeout) ? timeout->valuedouble : HEALTH_TIMEOUT;

        (void)more;
        if (seconds < 1 || seconds > HEALTH_TIMEOUT_MAX) {
                (void)control_error(call, "InvalidParameter",
                                    "timeout is a number of seconds from 1 to %d",
                                    HEALTH_TIMEOUT_MAX);
                return;
        }
        if (m->health) {
                (void)control_error(call, "NotPossible",
                                    "another check is under way: wait for its end");
                return;
        }
        struct health *h = calloc(1, sizeof(*h));
        if (!h) {
                (void)control_error(call, "Failed", "out of memory");
                return;
        }
        h->manager = m;
        h->peer = *peer;
        h->quarantine = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(parameters, "quarantine"));
        h->deadline = clock_monotonic() + (usec_t)seconds * USEC_PER_SEC;
        m->health = h;
        int k = add_probes(h, path);
        if (k >= 0)
                k = sd_event_add_time_relative(m->event, &h->tick, CLOCK_MONOTONIC, TICK,
                                               USEC_PER_MSEC, on_tick, m);
        if (k < 0) {
                end(m);
                if (k == -ENOENT && path)
                        (void)control_error(call, "NotFound", "%s is no workspace that is watched",
                                            path);
                else if (k == -ENOENT)
                        (void)control_error(call, "NotFound",
                                            "no workspace is watched: giactl status says why");
                else
                        (void)control_error(call, "Failed", "out of memory");
                return;
        }
        h->call = call;
        control_call_keep(call, on_gone, h);
}

void health_stop(struct manager *m)
{
        if (!m->health)
                return;
        struct control_call *call = take_ptr(&m->health->call);
        if (call)
                (void)control_error(call, "Failed", "giad stops");
        end(m);
}
