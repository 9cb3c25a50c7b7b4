/* SPDX-FileCopyrightText: giad maintainers */
/*
 * The one way for the data (DESIGN §1), in the order in which it goes:
 *
 *   pipeline_candidate   a watcher names a file
 *   pipeline_look        open it safely, drop what was seen already   (pipeline-look.c)
 *   pipeline_pump        give it to a scanner
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
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/pipeline-internal.h"
#include "daemon/policy/policy.h"

#define STORER_QUEUE_MAX \
        ((size_t)16384) /* jobs: past it no more is scanned until the disk has caught up */

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
        if (work_count(p->work) >= config_number(p->config, OPTION_PENDING)) {
                p->stats.reasons[REASON_WORK_LIMIT]++;
                p->host.gap(p->host.userdata, ws->id, REASON_WORK_LIMIT, true, NULL);
                return;
        }
        pipeline_look(p, ws, c->path, work_cause_of(c->why), c->writer);
        pipeline_pump(p);
}

bool pipeline_knows(const struct pipeline *p, const struct workspace *ws, const char *path,
                    const struct file_id *id)
{
        return known_is_own(p->known, id) || known_same(p->known, ws, path, id);
}

/* Opens an item that waited without an fd. Returns 0, or negative errno if it is no longer the file
 * that was named. */
static int reopen(struct pipeline *p, struct workspace *ws, struct work_item *item)
{
        _cleanup_close_ int path_fd = open_beneath(ws->root_fd, item->path, O_PATH);
        struct file_id id;
        struct stat st;

        if (path_fd < 0)
                return path_fd;
        if (fstat(path_fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_ino != item->id.ino || st.st_dev != item->id.dev)
                return -ESTALE;
        int fd = open_again(path_fd, O_RDONLY | O_NONBLOCK);
        if (fd < 0)
                return fd;
        file_id_from_stat(&id, &st);
        work_rekey(p->work, item, &id);
        work_set_fd(p->work, item, fd);
        return 0;
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

static int submit(struct pipeline *p, const struct workspace *ws, struct work_item *item)
{
        if (ws->gated && item->ticket == 0)
                item->settled = item->fd >= 0 && file_is_written_to(item->fd) == 0;
        const struct scan_job job = {
                .userdata = item,
                .fd = item->fd,
                .path = item->path,
                .text = item->target,
                .mode = item->mode,
                .size = item->id.size,
        };
        int k = scan_pool_submit(p->pool, &job);

        if (k < 0)
                return k;
        item->scanning = true;
        item->early = false;
        return k;
}

void pipeline_pump(struct pipeline *p)
{
        struct work_item *item;

        while (p->pool && storer_queued(p->storer) < STORER_QUEUE_MAX &&
               (item = work_next(p->work))) {
                struct workspace *ws = p->host.workspace(p->host.userdata, item->workspace);
                int k = ws ? 0 : -ENOENT;

                if (ws && item->fd < 0 && !item->target)
                        k = reopen(p, ws, item);
                if (k < 0) {
                        if (ws)
                                pipeline_open_failed(p, ws, item->path, k);
                        /* another file may have taken the name meanwhile; its own event names it */
                        pipeline_finish(p, ws, item);
                        continue;
                }
                k = submit(p, ws, item);
                if (k == -EAGAIN) {
                        work_back(p->work, item, true);
                        return;
                }
                if (k < 0) {
                        pipeline_not_scanned(p, ws, item->path, NULL, REASON_UNREADABLE,
                                             "its path is too long");
                        pipeline_finish(p, ws, item);
                }
        }
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
        p->known = known_free(p->known);
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
