/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the way through a tree, with one open directory for each level.
 * Does not own: its pace and when it is due (daemon/sweeper.c), and what was seen already (the handler).
 *
 * It has no list of directories that wait: however many a workspace has, it is one descriptor and one buffer for each
 * level. It trusts nothing that the watcher knows, so that it also finds what that has missed.
 */
#include "watchers/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/open.h"
#include "watchers/walk.h"

/* What changed so short a time ago is left to its event, which also tells who wrote; but not for ever: whoever changes
 * files all the time would stop the sweep. */
#define FRESH (2 * USEC_PER_SEC)
#define PAUSES_MAX 30u

struct level {
        struct walk walk;
        size_t path_len; /* of the directory's own path */
};

struct sweep {
        struct watcher_workspace ws; /* its path is not used */
        struct sweep_handler handler;
        struct level *levels;
        unsigned n, max;
        unsigned pauses;     /* left */
        const char *pending; /* an entry that was too fresh; in the innermost level's buffer */
        uint64_t entries;
        bool incomplete;
        char path[PATH_MAX];
};

/* Takes the fd over, also on failure. */
static int descend(struct sweep *s, int fd, size_t path_len)
{
        struct level *l = &s->levels[s->n];

        *l = (struct level){.walk = WALK_NULL, .path_len = path_len};
        int r = walk_open(&l->walk, fd);
        if (r == 0)
                s->n++;
        return r;
}

static void ascend(struct sweep *s)
{
        walk_done(&s->levels[--s->n].walk);
}

int sweep_new(struct sweep **ret, const struct watcher_workspace *ws, unsigned depth_max,
              const struct sweep_handler *handler)
{
        struct sweep *s = calloc(1, sizeof(*s));

        if (!s)
                return -ENOMEM;
        s->ws = *ws;
        s->handler = *handler;
        s->max = depth_max + 1;
        s->pauses = PAUSES_MAX;
        s->levels = calloc(s->max, sizeof(*s->levels));
        int r = s->levels ? open_beneath(ws->root_fd, ".", O_RDONLY | O_DIRECTORY) : -ENOMEM;
        if (r >= 0)
                r = descend(s, r, 0);
        if (r < 0) {
                (void)sweep_free(s);
                return r;
        }
        *ret = s;
        return 0;
}

struct sweep *sweep_free(struct sweep *s)
{
        if (!s)
                return NULL;
        while (s->n > 0)
                ascend(s);
        free(s->levels);
        free(s);
        return NULL;
}

/* Appends the name to the directory's path. 0: it is too long, or excluded. */
static size_t make_path(struct sweep *s, size_t len, const char *name)
{
        size_t n = strlen(name);

        if (len + 1 + n >= sizeof(s->path))
                return 0;
        if (len > 0)
                s->path[len++] = '/';
        memcpy(s->path + len, name, n + 1);
        if (s->ws.exclude && s->ws.exclude(s->ws.exclude_userdata, s->path))
                return 0;
        return len + n;
}

/* Whether this is for want of something that may be had later. */
static bool passes(int error)
{
        return error == -ENOMEM || error == -EMFILE || error == -ENFILE || error == -EAGAIN;
}

/* What may not be opened, is damaged, or is deeper than is followed, has a gap by the watcher. */
static void enter(struct sweep *s, const struct level *l, const char *name, size_t path_len)
{
        if (s->n == s->max)
                return;
        int r = open_beneath(l->walk.fd, name, O_RDONLY | O_DIRECTORY);
        if (r >= 0)
                r = descend(s, r, path_len);
        s->incomplete = s->incomplete || passes(r);
}

static bool is_fresh(const struct file_id *id)
{
        int64_t age = (int64_t)(clock_realtime() * 1000) - id->ctime_ns;

        return age >= 0 && age < (int64_t)(FRESH * 1000);
}

static void tell(struct sweep *s, const struct file_id *seen)
{
        s->handler.candidate(s->handler.userdata, &(struct candidate){.workspace = s->ws.id,
                                                                      .path = s->path,
                                                                      .why = CANDIDATE_SWEEP,
                                                                      .seen = seen});
}

/* True: to be looked at again after a pause. */
static bool look(struct sweep *s, const struct level *l, const char *name, size_t path_len)
{
        struct file_id id;
        struct stat st;

        int r = walk_stat(&l->walk, name, &st);
        if (r == -ENOENT)
                return false;
        if (r < 0) {
                /* who opens it is told why it cannot be had */
                tell(s, NULL);
                return false;
        }
        if (S_ISDIR(st.st_mode)) {
                enter(s, l, name, path_len);
                return false;
        }
        file_id_from_stat(&id, &st);
        if (s->handler.known(s->handler.userdata, s->ws.id, s->path, &id))
                return false;
        if (!s->pending && s->pauses > 0 && is_fresh(&id)) {
                s->pauses--;
                return true;
        }
        tell(s, &id);
        return false;
}

/* One entry, or the end of a directory. Returns true if there should be a pause. */
static bool step(struct sweep *s)
{
        struct level *l = &s->levels[s->n - 1];
        const char *name = s->pending;
        unsigned char type = DT_UNKNOWN;

        int r = name ? 1 : walk_next(&l->walk, &name, &type);

        if (r <= 0) {
                s->incomplete = s->incomplete || passes(r);
                ascend(s);
                return false;
        }
        s->entries++;
        size_t len = make_path(s, l->path_len, name);
        bool again = false;
        if (len > 0 && s->handler.met)
                s->handler.met(s->handler.userdata, s->ws.id, s->path, l->walk.ino);
        if (len > 0 && type == DT_DIR)
                enter(s, l, name, len);
        else if (len > 0)
                again = look(s, l, name, len);
        s->pending = again ? name : NULL;
        return again;
}

int sweep_slice(struct sweep *s, usec_t until, usec_t *ret_pause)
{
        *ret_pause = 0;
        while (s->n > 0) {
                if (step(s)) {
                        *ret_pause = FRESH;
                        return 0;
                }
                if (clock_monotonic() >= until)
                        break;
        }
        return s->n > 0 ? 0 : s->incomplete ? SWEEP_E_INCOMPLETE : SWEEP_E_ALL;
}

uint64_t sweep_entries(const struct sweep *s)
{
        return s->entries;
}
