/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what makes no events: reading a file whose verdict stands, and opening what is outside and stays there.
 * Does not own: whether it is (gate-judge.c, gate-place.c).
 *
 * Reading: from the verdict on, until somebody opens the file for writing. That is an event, and the mark is lifted
 * before it is answered.
 *
 * Outside: the mark is the inode's, and would stay on it when the file is moved or linked into a workspace. So it is for
 * files only that nobody but root can move or write to, it and every directory above, and that have been as they are for
 * a while. A second group tells when one of them is moved, linked or changed after all; then all marks go. Until that was
 * read, some ten microseconds, root could open there what root has moved in.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <time.h>

#include "common/base/macros.h"
#include "watchers/gate-internal.h"

#define MOVE_MASK (FAN_MOVE_SELF | FAN_ATTRIB | FAN_ONDIR)
#define PAUSE (100 * USEC_PER_MSEC) /* after the marks had to go */

static bool mark(int group, unsigned flags, uint64_t mask, int fd)
{
        char path[48];

        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        return fanotify_mark(group, flags, mask, AT_FDCWD, path) == 0;
}

bool gate_quiet(const struct gate *g, int fd, bool on)
{
        unsigned flags = on ? FAN_MARK_ADD | FAN_MARK_EVICTABLE : FAN_MARK_REMOVE;

        return mark(g->fd, flags | FAN_MARK_IGNORED_MASK, FAN_ACCESS_PERM, fd);
}

int gate_outside_init(struct gate_outside *o)
{
        *o = (struct gate_outside){.fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC |
                                                               FAN_NONBLOCK | FAN_REPORT_FID |
                                                               FAN_UNLIMITED_MARKS,
                                                       O_RDONLY | O_CLOEXEC)};
        return o->fd < 0 ? -errno : 0;
}

static bool is_roots(uint32_t owner, uint32_t mode)
{
        return owner == 0 && !(mode & (S_IWGRP | S_IWOTH));
}

/* Takes notice of each directory on the way, and then looks whether it is root's and the way leads to the file. */
static bool is_fixed(const struct gate_outside *o, int top, char *path, const struct gate_key *key)
{
        _cleanup_close_ int at = fcntl(top, F_DUPFD_CLOEXEC, 3);
        struct stat st;

        for (char *name = path, *end; at >= 0 && *name; name = end + (*end != '\0')) {
                end = name + strcspn(name, "/");
                bool last = *end == '\0';
                char kept = *end;

                if (!mark(o->fd, FAN_MARK_ADD | FAN_MARK_EVICTABLE, MOVE_MASK, at) ||
                    fstat(at, &st) < 0 || !is_roots(st.st_uid, st.st_mode))
                        return false;
                *end = '\0';
                int next = open_beneath(at, name, O_PATH);
                *end = kept;
                (void)fd_close(at);
                at = next;
                if (last)
                        return at >= 0 && fstat(at, &st) == 0 && st.st_dev == key->dev &&
                               st.st_ino == key->ino;
        }
        return false;
}

void gate_outside_ignore(struct gate_outside *o, const struct gate *g, struct gate_place *p, int fd,
                         const struct gate_look *l, usec_t now)
{
        struct timespec ts;

        if (o->fd < 0 || g->limits.ignore_age == 0 || now < o->not_before || !p->found_cover ||
            !is_roots(l->owner, l->mode) || clock_gettime(CLOCK_REALTIME, &ts) < 0 ||
            time_to_ns(&ts) - l->changed_ns < (int64_t)(g->limits.ignore_age * 1000))
                return;
        if (!mark(o->fd, FAN_MARK_ADD | FAN_MARK_EVICTABLE, MOVE_MASK, fd) ||
            !is_fixed(o, p->found_cover->cover_fd, p->found, &l->key))
                return;
        (void)mark(g->fd, FAN_MARK_ADD | FAN_MARK_IGNORED_MASK | FAN_MARK_EVICTABLE,
                   FAN_OPEN_PERM | FAN_ACCESS_PERM, fd);
}

void gate_marks_flush(struct gate_outside *o, const struct gate *g, struct gate_table *t,
                      usec_t now)
{
        char buffer[4096];

        (void)fanotify_mark(g->fd, FAN_MARK_FLUSH, 0, AT_FDCWD, "/");
        if (o->fd >= 0) {
                (void)fanotify_mark(o->fd, FAN_MARK_FLUSH, 0, AT_FDCWD, "/");
                while (read(o->fd, buffer, sizeof(buffer)) > 0)
                        ;
        }
        for (struct gate_file *f = t->oldest; f; f = f->newer)
                f->quiet = false;
        o->not_before = now + PAUSE;
}

void gate_outside_done(struct gate_outside *o)
{
        o->fd = fd_close(o->fd);
}
