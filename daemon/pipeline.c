/* SPDX-FileCopyrightText: giad maintainers */
/*
 * The one way for the data (DESIGN §1), in the order in which it goes:
 *
 *   pipeline_candidate   a watcher names a file
 *   pipeline_look        open it safely, drop what was seen already   (pipeline-look.c)
 *   pipeline_pump        give it to a scanner, when it is its turn    (pipeline-pump.c)
 *   pipeline_scanned     the answer; was it still the same file?      (pipeline-answer.c)
 *   pipeline_judge       policy → verdict                             (pipeline-judge.c)
 *   pipeline_answer_gate the answer to who waits at the gate          (pipeline-gate.c)
 *   pipeline_respond     report, or take it away
 *   record, tell         register and events                          (pipeline-tell.c)
 *
 * Owns: the files in between (work.c), and what need not be looked at (known.c).
 * Does not own: any stage. It parses nothing that an agent wrote.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/pipeline-internal.h"
#include "daemon/policy/policy.h"

#define SHARE 4u /* a workspace may have so many times as much waiting as there is room left */

/* Of the room that is left. So one workspace alone may have four fifths of all, two that flood four ninths each, and there
 * is always room for one that does not. */
static bool may_wait(const struct pipeline *p, uint32_t workspace, size_t share)
{
        size_t n = work_count(p->work), max = config_number(p->config, OPTION_PENDING);

        return n < max && work_of(p->work, workspace) < share * (max - n);
}

bool pipeline_has_room(const struct pipeline *p, uint32_t workspace)
{
        return may_wait(p, workspace, SHARE / 2);
}

/* This very state of it is to be read; or it is being read, and another one can be told from it. */
static bool is_under_way(const struct pipeline *p, const struct workspace *ws,
                         const struct candidate *c)
{
        const struct work_item *item = work_find(p->work, c->seen);

        return item && work_is_at(item, ws->id, c->path) && file_id_equal(&item->id, c->seen) &&
               (!item->scanning || ws->fine_times);
}

void pipeline_candidate(struct pipeline *p, const struct candidate *c)
{
        struct workspace *ws = p->host.workspace(p->host.userdata, c->workspace);

        if (!ws)
                return;
        p->stats.candidates++;
        if (c->seen && (is_under_way(p, ws, c) || known_same(p->known, ws, c->path, c->seen))) {
                p->stats.dropped++;
                return;
        }
        if (!may_wait(p, ws->id, SHARE)) {
                p->stats.reasons[REASON_WORK_LIMIT]++;
                p->host.gap(p->host.userdata, ws->id, REASON_WORK_LIMIT, true, NULL);
                return;
        }
        pipeline_look(p, ws, c->path, work_cause_of(c->why), c->writer);
        pipeline_pump(p);
}

void pipeline_decided(struct pipeline *p, struct workspace *ws, const char *path)
{
        pipeline_look(p, ws, path, WORK_DECIDED, NULL);
        pipeline_pump(p);
}

bool pipeline_knows(const struct pipeline *p, const struct workspace *ws, const char *path,
                    const struct file_id *id)
{
        return known_is_own(p->known, id) || known_same(p->known, ws, path, id);
}

void pipeline_finish(struct pipeline *p, struct workspace *ws, struct work_item *item)
{
        if (item->ticket)
                pipeline_answer_gate(p, item, true);
        _cleanup_free_ char *path = take_ptr(&item->path);
        struct work_name *names = take_ptr(&item->names);
        _cleanup_(provenance_unrefp) struct provenance *writer = take_ptr(&item->writer);
        bool again = item->again, surely = item->surely;

        work_drop(p->work, item);
        for (const struct work_name *name = names; name; name = name->next) {
                struct workspace *other = p->host.workspace(p->host.userdata, name->workspace);

                if (other)
                        pipeline_look(p, other, name->path, WORK_EVENT, writer);
        }
        work_names_free(names);
        if (again && ws)
                pipeline_look(p, ws, path, surely ? WORK_EVENT : WORK_CHANGED, writer);
}

void pipeline_flush(struct pipeline *p)
{
        known_flush(p->known);
}

void pipeline_set_pool(struct pipeline *p, struct scan_pool *pool)
{
        p->pool = pool;
        work_requeue_all(p->work);
        pipeline_pump(p);
}

void pipeline_set_config(struct pipeline *p, struct config *config)
{
        struct config *old = p->config;

        p->config = config_ref(config);
        responder_set_config(p->responder, p->config);
        containers_set_config(p->beside.containers, p->config);
        (void)config_unref(old);
}

bool pipeline_set_generation(struct pipeline *p, const uint8_t rules[static 32])
{
        uint8_t generation[32];

        policy_digest(p->config, rules, generation);
        return known_set_generation(p->known, generation);
}

void pipeline_forget(struct pipeline *p)
{
        known_forget(p->known);
}

void pipeline_add_seen(struct pipeline *p, const struct reg_seen *seen)
{
        known_add(p->known, seen);
}

static void on_storer_room(void *userdata)
{
        pipeline_pump(userdata);
}

/* A note: its name may look like an artefact's (.env.giad.md), but giad wrote it. Changed, it is an
 * ordinary file again. */
static void own_file(void *userdata, const struct workspace *ws, const char *path,
                     const struct file_id *id)
{
        struct pipeline *p = userdata;

        known_own(p->known, id);
        known_put(p->known, ws, path, id);
}

int pipeline_new(struct pipeline **ret, const struct pipeline_parts *parts,
                 const struct pipeline_host *host)
{
        struct pipeline *p = calloc(1, sizeof(*p));

        if (!p)
                return -ENOMEM;
        p->config = config_ref(parts->config);
        p->storer = parts->storer;
        p->approvals = parts->approvals;
        p->host = *host;
        int k = work_new(&p->work);
        if (k >= 0)
                k = known_new(&p->known, parts->event, parts->storer, parts->key);
        if (k >= 0)
                k = likely_new(&p->likely);
        if (k >= 0)
                k = pipeline_pump_init(p, parts->event);
        if (k >= 0) {
                p->beside = (struct beside){repositories_new(), containers_new("/etc/passwd")};
                k = p->beside.repositories && p->beside.containers ? 0 : -ENOMEM;
        }
        if (k >= 0) {
                containers_set_config(p->beside.containers, p->config);
                k = responder_new(&p->responder, parts, host, own_file, p);
        }
        if (k < 0) {
                (void)pipeline_free(p);
                return k;
        }
        storer_set_room(p->storer, on_storer_room, p);
        *ret = p;
        return 0;
}

struct pipeline *pipeline_free(struct pipeline *p)
{
        if (!p)
                return NULL;
        p->responder = responder_free(p->responder);
        p->work = work_free(p->work);
        p->help = sd_event_source_disable_unref(p->help);
        p->known = known_free(p->known);
        p->likely = likely_free(p->likely);
        p->beside.repositories = repositories_free(p->beside.repositories);
        p->beside.containers = containers_free(p->beside.containers);
        (void)config_unref(p->config);
        free(p);
        return NULL;
}

void pipeline_stats(const struct pipeline *p, struct pipeline_stats *ret)
{
        *ret = p->stats;
        ret->pending = work_count(p->work);
        ret->held = work_held(p->work);
        ret->seen = known_count(p->known);
}
