/* SPDX-FileCopyrightText: giad maintainers */
/*
 * The one way for the data (DESIGN §1), in the order in which it goes:
 *
 *   pipeline_candidate   a watcher names a file
 *   look                 open it safely, drop what was seen already
 *   pipeline_pump        give it to a scanner
 *   pipeline_scanned     the answer; was it still the same file?
 *   judge                policy → verdict, and the answer to who waits at the gate
 *   respond              report, or take it away
 *   record               register and events
 *
 * Owns: the files in between (work.c), and what need not be looked at (known.c).
 * Does not own: any stage. It parses nothing that an agent wrote.
 */
#include "daemon/pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/text.h"
#include "daemon/beside.h"
#include "daemon/known.h"
#include "daemon/policy/policy.h"
#include "daemon/record.h"
#include "daemon/respond.h"
#include "daemon/siblings.h"
#include "daemon/tell.h"
#include "daemon/work.h"
#include "daemon/writer.h"

#define TRIES_MAX 3 /* scans that are void because the file changed meanwhile */
#define RESPONSE_RETRY (300 * USEC_PER_SEC)
#define STORER_QUEUE_MAX \
        ((size_t)16384) /* jobs: past it no more is scanned until the disk has caught up */
#define COARSE_CTIME (10 * 1000000ll) /* ns: two changes this close may have one ctime */

struct pipeline {
        struct config *config;
        struct storer *storer;
        struct approvals *approvals;
        struct scan_pool *pool;
        struct pipeline_host host;
        struct responder *responder;
        struct work *work;
        struct known *known;
        struct repositories *repositories;
        struct pipeline_stats stats;
};

/* Why a file is looked at. All but WALK do so also if its state was scanned: the inode may have this
 * name only now, and a rename may fall between a scan and its end and then has the same ctime; or a
 * writer has closed it, and one who wrote through a mapping changed no time after the first store. */
enum cause {
        CAUSE_WALK,  /* it was found, or its attributes changed */
        CAUSE_EVENT, /* somebody wrote it, or gave it its name */
        CAUSE_PEER,  /* what its names mean may have changed */
};

static void look(struct pipeline *p, struct workspace *ws, const char *path, enum cause cause,
                 struct provenance *writer);

static struct told_file told(const struct workspace *ws, const struct work_item *item,
                             const struct scan_result *result)
{
        return (struct told_file){
                .workspace = ws,
                .path = record_path(item, result),
                .id = item->id,
                .mode = item->mode,
                .owner = item->owner,
                .writer = item->writer,
                .repository = item->repository,
        };
}

/* --- looking ---- */

static void not_scanned(struct pipeline *p, struct workspace *ws, const char *path,
                        const struct stat *st, enum reason reason, const char *detail)
{
        char masked[SCAN_PATH_MAX];
        struct told_file file = {.workspace = ws, .path = text_mask(masked, sizeof(masked), path)};

        p->stats.reasons[reason]++;
        if (st) {
                file_id_from_stat(&file.id, st);
                file.mode = st->st_mode;
                file.owner = st->st_uid;
        }
        p->host.emit(p->host.userdata, tell_not_scanned(&file, reason, detail));
}

/* Why an open failed, if it is worth saying. Being gone is ordinary life. */
static void open_failed(struct pipeline *p, struct workspace *ws, const char *path, int error)
{
        char text[64];

        if (error == -ENOENT || error == -ENOTDIR || error == -ELOOP || error == -ESTALE) {
                p->stats.reasons[REASON_GONE]++;
                return;
        }
        /* an agent's lease (-EAGAIN; the kernel breaks it now), or no fd to be had: this passes */
        if (error == -EAGAIN || error == -EMFILE || error == -ENFILE || error == -ENOMEM) {
                p->stats.reasons[REASON_WORK_LIMIT]++;
                p->host.gap(p->host.userdata, ws->id, REASON_WORK_LIMIT, true,
                            strerror_r(-error, text, sizeof(text)));
                return;
        }
        not_scanned(p, ws, path, NULL, error == -EXDEV ? REASON_OTHER_MOUNT : REASON_UNREADABLE,
                    strerror_r(-error, text, sizeof(text)));
}

static int read_target(int fd, char **ret)
{
        char target[SCAN_TEXT_MAX];
        ssize_t n = readlinkat(fd, "", target, sizeof(target) - 1);

        if (n < 0)
                return -errno;
        target[n] = '\0';
        *ret = strdup(target);
        return *ret ? 0 : -ENOMEM;
}

/* The file is new to us: queue it, with an fd to read from if there is room for one. */
static void enqueue(struct pipeline *p, struct workspace *ws, const char *path, int fd,
                    const struct stat *st, const struct file_id *id, enum cause cause,
                    struct provenance *writer)
{
        char *target = NULL;
        int read_fd = -1, k = 0;

        if (S_ISLNK(st->st_mode))
                k = read_target(fd, &target);
        else if (work_held(p->work) < config_number(p->config, OPTION_HELD_FDS))
                k = read_fd = open_again(fd, O_RDONLY | O_NONBLOCK);
        if (k < 0) {
                open_failed(p, ws, path, k);
                return;
        }
        struct work_item *item = work_add(p->work, id, ws->id, path, read_fd, target);
        if (!item) {
                p->stats.reasons[REASON_WORK_LIMIT]++;
                p->host.gap(p->host.userdata, ws->id, REASON_WORK_LIMIT, true, "out of memory");
                return;
        }
        item->mode = st->st_mode;
        item->owner = st->st_uid;
        item->links = st->st_nlink;
        work_set_writer(item, writer);
        item->told = cause != CAUSE_WALK;
        item->for_peer = cause == CAUSE_PEER;
}

static void look(struct pipeline *p, struct workspace *ws, const char *path, enum cause cause,
                 struct provenance *writer)
{
        bool surely = cause != CAUSE_WALK;
        _cleanup_close_ int fd = open_beneath(ws->root_fd, path, O_PATH);
        struct stat st;
        struct file_id id;

        if (fd < 0) {
                open_failed(p, ws, path, fd);
                return;
        }
        if (fstat(fd, &st) < 0 || S_ISDIR(st.st_mode))
                return;
        file_id_from_stat(&id, &st);
        if (known_is_own(p->known, &id) || (!surely && known_same(p->known, ws, path, &id))) {
                p->stats.dropped++;
                return;
        }
        struct work_item *item = work_find(p->work, &id);
        if (item && item->settled && file_id_equal(&item->id, &id) && item->workspace == ws->id &&
            strcmp(item->path, path) == 0) {
                /* the gate had it first, closed as it is */
                work_set_writer(item, writer);
                item->told = item->told || surely;
                return;
        }
        if (item) {
                /* under way already; what it is now is looked at when that is done */
                if (item->workspace == ws->id && strcmp(item->path, path) == 0) {
                        item->again = true;
                        item->surely = item->surely || surely;
                        work_set_writer(item, writer);
                } else if (work_name_add(item, ws->id, path) < 0) {
                        p->host.rewalk(p->host.userdata, ws->id);
                }
                return;
        }
        if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode)) {
                not_scanned(p, ws, path, &st, REASON_NOT_REGULAR, NULL);
                known_put(p->known, ws, path, &id);
                return;
        }
        enqueue(p, ws, path, fd, &st, &id, cause, writer);
}

void pipeline_candidate(struct pipeline *p, const struct candidate *c)
{
        struct workspace *ws = p->host.workspace(p->host.userdata, c->workspace);

        if (!ws)
                return;
        p->stats.candidates++;
        if (c->seen && known_same(p->known, ws, c->path, c->seen)) {
                p->stats.dropped++;
                return;
        }
        if (work_count(p->work) >= config_number(p->config, OPTION_PENDING)) {
                p->stats.reasons[REASON_WORK_LIMIT]++;
                p->host.gap(p->host.userdata, ws->id, REASON_WORK_LIMIT, true, NULL);
                return;
        }
        bool event = c->why == CANDIDATE_MOVED_IN || c->why == CANDIDATE_LINKED ||
                     c->why == CANDIDATE_WRITTEN;
        look(p, ws, c->path, event ? CAUSE_EVENT : CAUSE_WALK, c->writer);
        pipeline_pump(p);
}

/* --- the gate ---- */

/* What is remembered for who opens it next is that it offends, and that it does not if nobody could write to it while it
 * was scanned. */
static void answer_gate(struct pipeline *p, struct work_item *item, bool allow)
{
        uint64_t ticket = item->ticket;

        item->ticket = 0;
        if (p->host.judged && (ticket > 0 || !allow || item->settled))
                p->host.judged(p->host.userdata, ticket, item->fd, &item->id, allow);
}

static struct work_item *add_wanted(struct pipeline *p, const struct gate_request *r)
{
        /* a file without a name is scanned under one that no rule is for */
        const char *path = *r->path ? r->path : "unnamed";
        int fd = fcntl(r->fd, F_DUPFD_CLOEXEC, 0);
        struct work_item *item =
                fd >= 0 ? work_add(p->work, &r->id, r->workspace, path, fd, NULL) : NULL;

        if (!item)
                return NULL;
        item->mode = r->mode;
        item->owner = r->owner;
        item->links = 1;
        item->settled = r->final;
        return item;
}

void pipeline_wanted(struct pipeline *p, const struct gate_request *r)
{
        struct workspace *ws = p->host.workspace(p->host.userdata, r->workspace);
        struct work_item *item = work_find(p->work, &r->id);

        if (!ws || !p->host.judged)
                return;
        /* not what is known of it: who writes through a mapping changes no time */
        if (!item)
                item = add_wanted(p, r);
        if (!item)
                return; /* out of memory or descriptors: who waits is answered when the time is up */
        item->ticket = r->ticket;
        /* what a scanner has of it already may be older than what is asked about */
        item->early = item->scanning;
        work_first(p->work, item);
        pipeline_pump(p);
}

/* --- scanning ---- */

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

/* Ends an item; looks once more if it was named again meanwhile. Who still waits for it is let in: it could not be
 * looked at, and policy did not say that this offends. */
static void finish(struct pipeline *p, struct workspace *ws, struct work_item *item)
{
        if (item->ticket)
                answer_gate(p, item, true);
        _cleanup_free_ char *path = take_ptr(&item->path);
        struct work_name *names = take_ptr(&item->names);
        _cleanup_(provenance_unrefp) struct provenance *writer = take_ptr(&item->writer);
        bool again = item->again, surely = item->surely;

        work_drop(p->work, item);
        for (const struct work_name *name = names; name; name = name->next) {
                struct workspace *other = p->host.workspace(p->host.userdata, name->workspace);

                if (other)
                        look(p, other, name->path, CAUSE_EVENT, writer);
        }
        work_names_free(names);
        if (again && ws)
                look(p, ws, path, surely ? CAUSE_EVENT : CAUSE_WALK, writer);
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
                                open_failed(p, ws, item->path, k);
                        /* another file may have taken the name meanwhile; its own event names it */
                        finish(p, ws, item);
                        continue;
                }
                k = submit(p, ws, item);
                if (k == -EAGAIN) {
                        work_back(p->work, item, true);
                        return;
                }
                if (k < 0) {
                        not_scanned(p, ws, item->path, NULL, REASON_UNREADABLE,
                                    "its path is too long");
                        finish(p, ws, item);
                }
        }
}

/* --- judging and responding ---- */

/* What could not be looked at counts as well, if the operator says so (on_failure). */
static void judge_failure(const struct pipeline *p, enum reason reason, struct verdict *v)
{
        if (p->config->on_failure[reason] != FAILURE_QUARANTINE || v->action >= ACTION_QUARANTINE)
                return;
        v->action = ACTION_QUARANTINE;
        v->severity = MAX_OF(v->severity, SEVERITY_MEDIUM);
        (void)snprintf(v->policy, sizeof(v->policy), "on_failure: %s", reason_to_string(reason));
}

static void judge(struct pipeline *p, const struct workspace *ws, const struct work_item *item,
                  const struct scan_result *result, struct verdict *ret)
{
        const struct policy_subject subject = {
                .workspace = ws->path,
                .agent = ws->agent,
                .path = item->path,
                .kind = (enum artefact_kind)result->artefact,
                .writer_uid = writer_uid(item->writer, item->owner),
                .inline_suppressions = workspace_obeys_comments(ws),
        };
        usec_t now = clock_realtime();

        policy_decide(p->config, &subject, result->findings, result->n_findings, now, ret);
        for (unsigned i = 0; i < result->n_gaps; i++)
                judge_failure(p, (enum reason)result->gaps[i].reason, ret);
        if (ret->action != ACTION_REPORT &&
            approvals_cover(p->approvals, ws->path, item->path, result, now)) {
                usec_t until = approvals_until(p->approvals, ws->path, item->path, result);

                ret->approved = true;
                ret->action = ACTION_REPORT;
                if (until && (!ret->until || until < ret->until))
                        ret->until = until;
        }
}

/* A file that was taken in its own directory has mode 0000 and lies where it is watched. */
static void own_taken(struct pipeline *p, const struct work_item *item)
{
        struct file_id id;
        struct stat st;

        if (item->fd >= 0 && fstat(item->fd, &st) == 0 && (st.st_mode & 07777) == 0) {
                file_id_from_stat(&id, &st);
                known_own(p->known, &id);
        }
}

/* Returns the state in which the register keeps the artefact; -ESTALE if the file is another one by
 * now; -EAGAIN if it could not be carried out: the file is still there, and was told of. */
static int respond(struct pipeline *p, struct workspace *ws, const struct work_item *item,
                   const struct scan_result *result, const struct verdict *verdict)
{
        enum reason reason = REASON_NONE;

        switch (verdict->action) {
        case ACTION_QUARANTINE:
        case ACTION_ROLLBACK: {
                int k = responder_quarantine(p->responder, ws, item, result, verdict, &reason);

                if (k == -ESTALE)
                        return k;
                if (k == -ENOENT)
                        return REG_GONE;
                if (k < 0) {
                        const struct told_file file = told(ws, item, result);

                        p->stats.response_failed++;
                        p->stats.reasons[reason]++;
                        p->host.emit(p->host.userdata,
                                     tell_response_failed(&file, verdict, reason, k));
                        /* the store may have room again by then */
                        if (reason == REASON_STORE_FAILED)
                                p->host.again_at(p->host.userdata,
                                                 clock_realtime() + RESPONSE_RETRY);
                        return -EAGAIN;
                }
                own_taken(p, item);
                p->stats.quarantined++;
                ws->quarantined++;
                if (item->links > 1)
                        /* its other names in any workspace are found by walking: the rename changed
                         * the ctime */
                        p->host.rewalk(p->host.userdata, 0);
                return REG_QUARANTINED;
        }
        case ACTION_REQUIRE_APPROVAL:
                return REG_PENDING;
        case ACTION_REPORT:
        case _ACTION_MAX:
                break;
        }
        return verdict->approved ? REG_APPROVED : REG_OBSERVED;
}

/* --- telling ---- */

/* Gaps that left nothing unread, only ununderstood, are told for identity artefacts alone: every
 * template in a tree of sources would be one otherwise. They are counted all the same. */
static bool worth_telling(enum reason reason, const struct scan_result *result)
{
        if (reason == REASON_MALFORMED || reason == REASON_PARSER_LIMIT ||
            reason == REASON_TOO_LARGE_TO_PARSE || reason == REASON_FINDINGS_CAPPED)
                return result->artefact != ARTEFACT_NONE;
        return true;
}

static void tell(struct pipeline *p, const struct workspace *ws, const struct work_item *item,
                 const struct scan_result *result, const struct verdict *v)
{
        const struct told_file file = told(ws, item, result);
        const struct policy_subject subject = {ws->path,
                                               ws->agent,
                                               item->path,
                                               (enum artefact_kind)result->artefact,
                                               writer_uid(item->writer, item->owner),
                                               workspace_obeys_comments(ws)};
        usec_t now = clock_realtime();

        if (result->artefact != ARTEFACT_NONE) {
                p->stats.artefacts++;
                p->host.emit(p->host.userdata, tell_artefact(&file, result));
        }
        for (uint32_t i = 0; i < result->n_findings; i++) {
                const struct finding *f = &result->findings[i];
                bool suppressed = policy_suppressed(p->config, &subject, f, now) ||
                                  policy_comment_counts(&subject, f);

                p->host.emit(p->host.userdata, tell_finding(&file, result, f, suppressed));
        }
        for (unsigned i = 0; i < result->n_gaps; i++) {
                enum reason reason = (enum reason)result->gaps[i].reason;

                p->stats.reasons[reason]++;
                if (worth_telling(reason, result))
                        p->host.emit(p->host.userdata, tell_not_scanned(&file, reason, NULL));
        }
        if (result->n_findings > 0 || v->action != ACTION_REPORT)
                p->host.emit(p->host.userdata, tell_verdict(&file, result, v));
}

/* --- files that are read together ---- */

void pipeline_beside(struct pipeline *p, const struct scan_job *job, struct scan_beside *ret)
{
        struct work_item *item = job->userdata;

        beside_fill(p->repositories, p->host.workspace(p->host.userdata, item->workspace), item,
                    ret);
}

void pipeline_about(struct pipeline *p, void *job, const struct scan_about *about)
{
        struct work_item *item = job;

        beside_learn(p->repositories, p->host.workspace(p->host.userdata, item->workspace), item,
                     about);
}

static void look_at_sibling(void *userdata, struct workspace *ws, const char *path)
{
        look(userdata, ws, path, CAUSE_PEER, NULL);
}

/* What it defines may change what the others mean. A walk finds those by itself, and one that was
 * looked at for this reason changed nothing. */
static void look_at_siblings(struct pipeline *p, struct workspace *ws, const struct work_item *item,
                             const struct scan_result *result)
{
        if (item->told && !item->for_peer && (result->defines || scan_peers_values(item->path)))
                siblings_of(ws, item->path, look_at_sibling, p);
}

/* Whether anybody need hear of the answer: if a file was looked at only because of another one, only
 * if it is another answer now. */
static bool is_news(struct pipeline *p, const struct workspace *ws, const struct work_item *item,
                    const struct scan_result *result, const struct verdict *v)
{
        bool same = scan_peers_wanted(item->path) &&
                    known_answer_same(p->known, ws, item->path, result);

        return !same || !item->for_peer || v->action != ACTION_REPORT;
}

/* --- the scanner's answer ---- */

static bool still_same(const struct work_item *item, struct file_id *ret_now)
{
        struct stat st;

        *ret_now = item->id;
        if (item->fd < 0)
                return true; /* a symlink cannot be written to */
        if (fstat(item->fd, &st) < 0)
                return false;
        file_id_from_stat(ret_now, &st);
        return file_id_equal(ret_now, &item->id);
}

/* A ctime this young may stay the same when the file is written to again. */
static bool ctime_is_coarse(const struct workspace *ws, const struct file_id *id)
{
        return !ws->fine_times && (int64_t)(clock_realtime() * 1000) - id->ctime_ns < COARSE_CTIME;
}

/* No verdict could be had: policy for that reason decides. */
static void scan_failed(struct pipeline *p, struct workspace *ws, struct work_item *item,
                        enum reason reason)
{
        struct scan_result empty = {0};
        struct verdict v = {.action = ACTION_REPORT, .severity = SEVERITY_MEDIUM, .decisive = -1};

        /* nobody has looked for secrets in its name either */
        if (strcmp(text_mask(empty.shown, sizeof(empty.shown), item->path), item->path) == 0)
                empty.shown[0] = '\0';
        const struct told_file file = told(ws, item, &empty);
        p->stats.reasons[reason]++;
        p->host.emit(p->host.userdata, tell_not_scanned(&file, reason, NULL));
        if (p->config->on_failure[reason] == FAILURE_RETRY && item->tries++ < TRIES_MAX) {
                work_back(p->work, item, false);
                return;
        }
        judge_failure(p, reason, &v);
        answer_gate(p, item, v.action < ACTION_QUARANTINE);
        int state = respond(p, ws, item, &empty, &v);
        if (state == -ESTALE)
                item->again = item->surely = true;
        else if (state == REG_OBSERVED)
                known_put(p->known, ws, item->path,
                          &item->id); /* unless it changes, the same would happen again */
        finish(p, ws, item);
}

static void scan_succeeded(struct pipeline *p, struct workspace *ws, struct work_item *item,
                           const struct scan_result *result)
{
        struct file_id now;
        struct verdict verdict;
        bool same = still_same(item, &now);

        if (item->ticket && item->early) {
                work_rekey(p->work, item, &now);
                work_back(p->work, item, true);
                return;
        }
        if (item->ticket || same) {
                judge(p, ws, item, result, &verdict);
                answer_gate(p, item, verdict.action < ACTION_QUARANTINE);
        }
        if (!same && item->tries++ < TRIES_MAX) {
                p->stats.rescans++;
                work_rekey(p->work, item, &now);
                work_back(p->work, item, false);
                return;
        }
        if (beside_is_wanted(p->repositories, ws, item, result)) {
                work_back(p->work, item, true);
                return;
        }
        if (!same) {
                p->stats.reasons[REASON_CHANGING]++;
                judge(p, ws, item, result, &verdict);
        }
        int state = respond(p, ws, item, result, &verdict);
        if (state == -ESTALE) {
                item->again = item->surely = true;
                finish(p, ws, item);
                return;
        }
        ws->scanned++;
        ws->findings += result->n_findings;
        p->stats.findings += result->n_findings;
        if (is_news(p, ws, item, result, &verdict)) {
                if (result->artefact != ARTEFACT_NONE || result->n_findings > 0 ||
                    verdict.action != ACTION_REPORT)
                        record_artefact(p->storer, ws, item, result, &verdict,
                                        state < 0 ? REG_OBSERVED : (enum reg_state)state);
                tell(p, ws, item, result, &verdict);
        }
        look_at_siblings(p, ws, item, result);
        if (verdict.until)
                p->host.again_at(p->host.userdata, verdict.until);
        /* gone: it has another name by now, and was not dealt with. Nor is a verdict final that
         * will end. */
        if (same && state >= 0 && state != REG_QUARANTINED && state != REG_GONE && !verdict.until &&
            !ctime_is_coarse(ws, &item->id))
                known_put(p->known, ws, item->path, &item->id);
        finish(p, ws, item);
}

void pipeline_scanned(struct pipeline *p, void *job, const struct scan_result *result,
                      enum reason reason)
{
        struct work_item *item = job;
        struct workspace *ws = p->host.workspace(p->host.userdata, item->workspace);

        item->scanning = false;
        p->stats.scans++;
        if (!ws) {
                work_drop(p->work, item);
        } else if (result) {
                p->stats.bytes += result->bytes;
                scan_succeeded(p, ws, item, result);
        } else if (beside_give_up(p->repositories, ws, item)) {
                /* it may have been that: once more without it */
                work_back(p->work, item, false);
        } else {
                scan_failed(p, ws, item, reason);
        }
}

void pipeline_flush(struct pipeline *p)
{
        known_flush(p->known);
}

/* --- parts that change ---- */

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
                p->repositories = repositories_new();
                k = p->repositories ? 0 : -ENOMEM;
        }
        if (k >= 0)
                k = responder_new(&p->responder, parts, host, own_file, p);
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
        p->repositories = repositories_free(p->repositories);
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
