/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the first step: a name is opened safely, what need not be looked at is dropped, the rest waits for a scanner.
 * Does not own: what need not be looked at (known.c), the queue (work.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/text.h"
#include "daemon/pipeline-internal.h"

#define FRESH (10 * 1000000000ll) /* ns since its ctime */

void pipeline_not_scanned(struct pipeline *p, struct workspace *ws, const char *path,
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

void pipeline_open_failed(struct pipeline *p, struct workspace *ws, const char *path, int error)
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
        pipeline_not_scanned(p, ws, path, NULL,
                             error == -EXDEV ? REASON_OTHER_MOUNT : REASON_UNREADABLE,
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

/* What it names may be somebody's doing of this moment. */
static bool tells_of_now(enum work_cause cause)
{
        return cause != WORK_WALK && cause != WORK_SWEEP;
}

/* A walk finds what was just written as well, where a directory is new; that is no sweep. */
static bool is_young(const struct file_id *id)
{
        return (int64_t)(clock_realtime() * 1000) - id->ctime_ns < FRESH;
}

/* The file is new to us: queue it, with an fd to read from if there is room for one. */
static void enqueue(struct pipeline *p, struct workspace *ws, const char *path, int fd,
                    const struct stat *st, const struct file_id *id, enum work_cause cause,
                    struct provenance *writer)
{
        char *target = NULL;
        int read_fd = -1, k = 0;

        if (S_ISLNK(st->st_mode))
                k = read_target(fd, &target);
        else if (work_held(p->work) < config_number(p->config, OPTION_HELD_FDS))
                k = read_fd = open_again(fd, O_RDONLY | O_NONBLOCK);
        if (k < 0) {
                pipeline_open_failed(p, ws, path, k);
                return;
        }
        struct work_item *item = work_add(p->work, id, ws->id, path, read_fd, target);
        if (!item) {
                p->stats.reasons[REASON_WORK_LIMIT]++;
                p->host.gap(p->host.userdata, ws->id, REASON_WORK_LIMIT, true, "out of memory");
                return;
        }
        item->since = clock_monotonic();
        item->mode = st->st_mode;
        item->owner = st->st_uid;
        item->links = st->st_nlink;
        work_set_writer(item, writer);
        item->told = cause >= WORK_SWEEP;
        item->for_peer = cause == WORK_PEER;
        item->cause = cause;
        item->fresh = tells_of_now(cause) || is_young(id);
        item->likely = likely_path(p->likely, path);
        work_wait(p->work, item, false);
}

/* What is to be read anyway is to be told of, too, and in time. */
static void note_cause(struct pipeline *p, struct work_item *item, enum work_cause cause)
{
        if (cause == WORK_EVENT || cause == WORK_SWEEP) {
                if (item->cause < cause || item->cause == WORK_PEER)
                        item->cause = cause;
                item->told = true;
                item->for_peer = false;
        }
        if (cause == WORK_CHANGED)
                item->for_peer = false; /* its owner may be another one */
        item->fresh = item->fresh || tells_of_now(cause);
        item->likely = likely_path(p->likely, item->path); /* it may have another name by now */
        work_place(p->work, item);
}

/* The file is under way already. */
static void look_again(struct pipeline *p, struct workspace *ws, struct work_item *item,
                       const char *path, const struct stat *st, enum work_cause cause,
                       struct provenance *writer)
{
        struct file_id id;

        if (cause == WORK_EVENT && pipeline_recall(p, item, true)) {
                item->fresh = true;
                work_wait(p->work, item, false);
        }
        file_id_from_stat(&id, st);
        /* the gate had it first, closed as it is */
        bool closed =
                item->settled && file_id_equal(&item->id, &id) && work_is_at(item, ws->id, path);
        if (closed || work_meet(p->work, item, ws->id, path, st)) {
                work_set_writer(item, writer);
                note_cause(p, item, cause);
        } else if (work_is_at(item, ws->id, path)) {
                /* what it is now is looked at when that is done */
                item->again = true;
                item->surely = item->surely || cause >= WORK_EVENT;
                work_set_writer(item, writer);
        } else if (work_name_add(item, ws->id, path) < 0) {
                p->host.rewalk(p->host.userdata, ws->id);
        }
}

void pipeline_look(struct pipeline *p, struct workspace *ws, const char *path,
                   enum work_cause cause, struct provenance *writer)
{
        bool surely = cause >= WORK_EVENT;
        _cleanup_close_ int fd = open_beneath(ws->root_fd, path, O_PATH);
        struct stat st;
        struct file_id id;

        if (fd < 0) {
                pipeline_open_failed(p, ws, path, fd);
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
        if (item) {
                look_again(p, ws, item, path, &st, cause, writer);
                return;
        }
        if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode)) {
                pipeline_not_scanned(p, ws, path, &st, REASON_NOT_REGULAR, NULL);
                known_put(p->known, ws, path, &id);
                return;
        }
        enqueue(p, ws, path, fd, &st, &id, cause, writer);
}
