/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the patterns, the directories that match them (each held by an O_PATH descriptor, so that
 * its inode number cannot be taken by a successor), and the watches on every directory that decides
 * about a match. Does not own: the root descriptors that were handed over; what happens below a
 * root.
 *
 * event with a name that matters --> all patterns are expanded anew --> compared with what was told
 *
 * Expanding anew is simple and cannot drift from the file system. It is cheap, because only names
 * that a pattern asks for count, and it is done at most once in ROOTS_PACE however often they
 * change.
 */
#include "watchers/roots.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "common/base/macros.h"
#include "common/base/table.h"
#include "watchers/mounts.h"
#include "watchers/resolve.h"
#include "watchers/walk.h"

#define ROOTS_PACE (20 * USEC_PER_MSEC)
#define ROOTS_POLL (1 * USEC_PER_SEC)
#define ROOTS_COMPONENTS_MAX 64
#define ROOTS_MASK                                                                             \
        (IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | \
         IN_ONLYDIR)

struct pattern {
        struct pattern *next;
        unsigned id;
        unsigned n; /* components */
        char *component[ROOTS_COMPONENTS_MAX];
        char *text; /* what the components point into */
        size_t matches;
        bool told;     /* whether matching() was called or need not be */
        bool matching; /* as it was told */
};

struct match {
        UT_hash_handle hh; /* by key */
        struct pattern *pattern;
        int fd;
        dev_t dev;
        ino_t ino;
        uint32_t generation;
        char key[]; /* pattern id, space, path */
};

/* A name in a watched directory that some pattern (or a link on its way) asks for. */
struct interest {
        struct interest *next;
        char glob[];
};

struct watched {
        UT_hash_handle hh;
        int wd;
        uint32_t generation;
        struct interest *interests;
};

/* A directory that an expansion has reached: the first `level` components of the pattern are behind
 * it. */
struct spot {
        struct spot *next;
        struct pattern *pattern;
        unsigned level;
        int fd;
        char path[];
};

struct roots {
        struct roots_handler handler;
        int epoll_fd, inotify_fd;
        struct mounts mounts; /* what is mounted on a path decides what matches, too */
        struct pattern *patterns;
        struct match *matches;
        struct watched *watched;
        struct spot *spots;
        uint32_t generation;
        bool dirty;
        bool mounted; /* the mount table has changed */
        bool lacking; /* a watch could not be had: look again on a timer */
        bool failed;  /* something could not be looked at: what was told stays told, look again */
        usec_t not_before; /* of the next expansion */
        usec_t poll_at;
};

/* Whether this says nothing about what is there. */
static void note_error(struct roots *r, int error)
{
        switch (-error) {
        case EAGAIN:
        case EINTR:
        case EIO:
        case EMFILE:
        case ENFILE:
        case ENOMEM:
                r->failed = true;
                break;
        default:
                break;
        }
}

static bool is_glob(const char *component)
{
        return strpbrk(component, "*?[");
}

static void interests_free(struct watched *w)
{
        while (w->interests) {
                struct interest *i = w->interests;

                w->interests = i->next;
                free(i);
        }
}

static void watched_free(struct roots *r, struct watched *w)
{
        HASH_DEL(r->watched, w);
        interests_free(w);
        free(w);
}

static struct watched *watched_get(struct roots *r, int wd)
{
        struct watched *w;

        HASH_FIND_INT(r->watched, &wd, w);
        if (!w) {
                w = calloc(1, sizeof(*w));
                if (!w)
                        return NULL;
                w->wd = wd;
                HASH_ADD_INT(r->watched, wd, w);
                if (!w->hh.tbl) {
                        free(w);
                        return NULL;
                }
        }
        if (w->generation != r->generation)
                interests_free(w);
        w->generation = r->generation;
        return w;
}

static bool watched_asks_for(const struct watched *w, const char *name)
{
        for (const struct interest *i = w->interests; i; i = i->next)
                if (strcmp(i->glob, name) == 0 || fnmatch(i->glob, name, FNM_PERIOD) == 0)
                        return true;
        return false;
}

/* Places the watch before the name is looked up. */
static void depends(void *userdata, int dirfd, const char *name)
{
        struct roots *r = userdata;
        char path[64];
        size_t n = strlen(name) + 1;

        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", dirfd);
        int wd = inotify_add_watch(r->inotify_fd, path, ROOTS_MASK);
        struct watched *w = wd >= 0 ? watched_get(r, wd) : NULL;
        if (!w) {
                r->lacking = true;
                return;
        }
        for (const struct interest *i = w->interests; i; i = i->next)
                if (strcmp(i->glob, name) == 0)
                        return;
        struct interest *i = malloc(sizeof(*i) + n);
        if (!i) {
                r->lacking = true;
                return;
        }
        memcpy(i->glob, name, n);
        i->next = w->interests;
        w->interests = i;
}

/* Consumes fd. */
static void spot_push(struct roots *r, struct pattern *p, unsigned level, int fd, const char *above,
                      const char *name)
{
        size_t n = strlen(above), m = strlen(name);
        struct spot *s = n + m + 2 < PATH_MAX ? malloc(sizeof(*s) + n + m + 2) : NULL;

        if (!s) {
                r->failed = true;
                (void)fd_close(fd);
                return;
        }
        *s = (struct spot){.next = r->spots, .pattern = p, .level = level, .fd = fd};
        memcpy(s->path, above, n);
        if (m > 0)
                s->path[n++] = '/';
        memcpy(s->path + n, name, m + 1);
        r->spots = s;
}

static struct spot *spot_free(struct spot *s)
{
        if (s) {
                (void)fd_close(s->fd);
                free(s);
        }
        return NULL;
}
DEFINE_CLEANUP(struct spot *, spot_free);

static void step_into(struct roots *r, const struct spot *s, const char *name)
{
        struct resolve_observer observer = {.depends = depends, .userdata = r};
        bool last = s->level + 1 == s->pattern->n;

        int fd = resolve_directory(&observer, s->fd, name, !last);
        if (fd >= 0)
                spot_push(r, s->pattern, s->level + 1, fd, s->path, name);
        else
                note_error(r, fd);
}

static void step_into_all(struct roots *r, const struct spot *s, const char *glob)
{
        struct walk walk = WALK_NULL;
        const char *name;
        unsigned char type;

        depends(r, s->fd, glob);
        int fd = openat(s->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int n = fd < 0 ? -errno : walk_open(&walk, fd);
        if (n < 0) {
                note_error(r, n);
                return;
        }
        while ((n = walk_next(&walk, &name, &type)) > 0)
                if ((type == DT_DIR || type == DT_LNK || type == DT_UNKNOWN) &&
                    fnmatch(glob, name, FNM_PERIOD) == 0)
                        step_into(r, s, name);
        note_error(r, n);
        walk_done(&walk);
}

static const char *match_path(const struct match *m)
{
        return strchr(m->key, ' ') + 1;
}

static void match_free(struct roots *r, struct match *m)
{
        HASH_DEL(r->matches, m);
        m->pattern->matches--;
        (void)fd_close(m->fd);
        free(m);
}

static void tell_vanished(struct roots *r, struct match *m)
{
        r->handler.vanished(r->handler.userdata, m->pattern->id, match_path(m));
        match_free(r, m);
}

void roots_forget(struct roots *r, const char *path)
{
        struct match *m, *next_match;

        HASH_ITER(hh, r->matches, m, next_match)
        if (strcmp(match_path(m), path) == 0) {
                match_free(r, m);
                r->dirty = true;
        }
}

static int tell_appeared(struct roots *r, const struct match *m)
{
        const char *captures[ROOTS_COMPONENTS_MAX];
        unsigned n = 0;
        _cleanup_free_ char *parts = strdup(match_path(m));
        char *part = parts;

        if (!parts)
                return -ENOMEM;
        for (unsigned i = 0; i < m->pattern->n; i++) {
                part++; /* the slash in front */
                char *end = part + strcspn(part, "/");
                bool more = *end == '/';
                *end = '\0';
                if (is_glob(m->pattern->component[i]))
                        captures[n++] = part;
                part = end;
                if (!more)
                        break;
        }
        int fd = fcntl(m->fd, F_DUPFD_CLOEXEC, 3);
        if (fd < 0)
                return -errno;
        r->handler.appeared(r->handler.userdata, m->pattern->id, match_path(m), fd, captures, n);
        return 0;
}

static struct match *match_new(struct roots *r, struct pattern *p, const char *key, int fd,
                               const struct stat *st)
{
        struct match *m = malloc(sizeof(*m) + strlen(key) + 1);

        if (!m)
                return NULL;
        *m = (struct match){.pattern = p, .fd = -1, .dev = st->st_dev, .ino = st->st_ino};
        memcpy(m->key, key, strlen(key) + 1);
        HASH_ADD_STR(r->matches, key, m);
        if (!m->hh.tbl) {
                free(m);
                return NULL;
        }
        m->fd = fd;
        p->matches++;
        return m;
}

/* A directory that the whole pattern matches. Takes the spot's fd if it is new. */
static void reached(struct roots *r, struct spot *s)
{
        char key[PATH_MAX + 16];
        struct match *m;
        struct stat st;

        (void)snprintf(key, sizeof(key), "%u %s", s->pattern->id, *s->path ? s->path : "/");
        if (fstat(s->fd, &st) < 0)
                return;
        HASH_FIND_STR(r->matches, key, m);
        if (m && (m->dev != st.st_dev || m->ino != st.st_ino)) {
                tell_vanished(r, m);
                m = NULL;
        }
        if (m) {
                m->generation = r->generation;
                return;
        }
        m = match_new(r, s->pattern, key, s->fd, &st);
        if (!m) {
                r->failed = true;
                return;
        }
        (void)take_fd(&s->fd);
        m->generation = r->generation;
        if (tell_appeared(r, m) < 0) {
                r->failed = true;
                match_free(r, m);
        }
}

static void forget_old(struct roots *r)
{
        struct watched *w, *next_watched;
        struct match *m, *next_match;

        HASH_ITER(hh, r->matches, m, next_match)
        if (m->generation != r->generation)
                tell_vanished(r, m);
        HASH_ITER(hh, r->watched, w, next_watched)
        if (w->generation != r->generation) {
                (void)inotify_rm_watch(r->inotify_fd, w->wd);
                watched_free(r, w);
        }
}

static void tell_matching(struct roots *r)
{
        for (struct pattern *p = r->patterns; p; p = p->next) {
                bool matching = p->matches > 0;

                if (p->told ? matching != p->matching : !matching)
                        r->handler.matching(r->handler.userdata, p->id, matching);
                p->told = true;
                p->matching = matching;
        }
}

static void expand(struct roots *r)
{
        r->generation++;
        r->lacking = r->failed = false;
        for (struct pattern *p = r->patterns; p; p = p->next) {
                int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
                if (fd < 0)
                        note_error(r, -errno);
                else
                        spot_push(r, p, 0, fd, "", "");
        }
        while (r->spots) {
                _cleanup_(spot_freep) struct spot *s = r->spots;

                r->spots = s->next;
                if (s->level == s->pattern->n)
                        reached(r, s);
                else if (is_glob(s->pattern->component[s->level]))
                        step_into_all(r, s, s->pattern->component[s->level]);
                else
                        step_into(r, s, s->pattern->component[s->level]);
        }
        if (r->failed)
                return;
        forget_old(r);
        tell_matching(r);
}

/* Reads all events and notes whether one matters. */
static int read_events(struct roots *r)
{
        _Alignas(struct inotify_event) char buf[16 * 1024];

        for (;;) {
                ssize_t n = read(r->inotify_fd, buf, sizeof(buf));

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return errno == EAGAIN ? 0 : -errno;
                for (ssize_t at = 0; at < n;) {
                        const struct inotify_event *e = (const void *)(buf + at);
                        struct watched *w;

                        at += (ssize_t)(sizeof(*e) + e->len);
                        if (e->mask & IN_Q_OVERFLOW) {
                                r->dirty = true;
                                continue;
                        }
                        HASH_FIND_INT(r->watched, &e->wd, w);
                        if (w && (e->len == 0 || watched_asks_for(w, e->name)))
                                r->dirty = true;
                        if (w && e->mask & IN_IGNORED)
                                watched_free(r, w);
                }
        }
}

int roots_dispatch(struct roots *r, usec_t now)
{
        int err = read_events(r);

        if (err < 0)
                return err;
        if (mounts_changed(&r->mounts))
                r->dirty = r->mounted = true;
        if (now >= r->poll_at)
                r->dirty = true;
        if (!r->dirty || now < r->not_before)
                return 0;
        r->dirty = false;
        r->not_before = now + ROOTS_PACE;
        expand(r);
        if (r->mounted && r->handler.mounted)
                r->handler.mounted(r->handler.userdata);
        r->mounted = false;
        r->poll_at = r->lacking || r->failed ? now + ROOTS_POLL : USEC_INFINITY;
        return 0;
}

usec_t roots_deadline(struct roots *r)
{
        return r->dirty ? r->not_before : r->poll_at;
}

int roots_fd(struct roots *r)
{
        return r->epoll_fd;
}

static struct pattern *pattern_free(struct pattern *p)
{
        if (p) {
                free(p->text);
                free(p);
        }
        return NULL;
}
DEFINE_CLEANUP(struct pattern *, pattern_free);

static int split(struct pattern *p)
{
        for (char *at = p->text; *at;) {
                char *end = at + strcspn(at, "/");
                bool more = *end == '/';

                *end = '\0';
                if (*at) {
                        if (p->n == ROOTS_COMPONENTS_MAX || strcmp(at, ".") == 0 ||
                            strcmp(at, "..") == 0 || strstr(at, "**") || strlen(at) > NAME_MAX)
                                return -EINVAL;
                        p->component[p->n++] = at;
                }
                at = more ? end + 1 : end;
        }
        return 0;
}

int roots_add(struct roots *r, unsigned pattern, const char *glob)
{
        if (glob[0] != '/' || strlen(glob) >= PATH_MAX)
                return -EINVAL;
        _cleanup_(pattern_freep) struct pattern *p = calloc(1, sizeof(*p));
        if (!p)
                return -ENOMEM;
        p->id = pattern;
        p->text = strdup(glob);
        if (!p->text)
                return -ENOMEM;
        int err = split(p);
        if (err < 0)
                return err;
        p->next = r->patterns;
        r->patterns = take_ptr(&p);
        r->dirty = true;
        r->not_before = 0;
        return 0;
}

static int add_to_epoll(struct roots *r, int fd, uint32_t events)
{
        struct epoll_event e = {.events = events, .data.fd = fd};

        return epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, fd, &e) < 0 ? -errno : 0;
}

struct roots *roots_free(struct roots *r)
{
        struct watched *w, *next_watched;
        struct match *m, *next_match;

        if (!r)
                return NULL;
        HASH_ITER(hh, r->matches, m, next_match)
        match_free(r, m);
        HASH_ITER(hh, r->watched, w, next_watched)
        watched_free(r, w);
        while (r->patterns) {
                struct pattern *p = r->patterns;

                r->patterns = p->next;
                (void)pattern_free(p);
        }
        mounts_close(&r->mounts);
        (void)fd_close(r->inotify_fd);
        (void)fd_close(r->epoll_fd);
        free(r);
        return NULL;
}
DEFINE_CLEANUP(struct roots *, roots_free);

int roots_new(struct roots **ret, const struct roots_handler *handler)
{
        _cleanup_(roots_freep) struct roots *r = calloc(1, sizeof(*r));

        if (!r)
                return -ENOMEM;
        r->handler = *handler;
        r->poll_at = USEC_INFINITY;
        r->inotify_fd = -1;
        r->mounts = MOUNTS_NULL;
        r->mounted = true; /* what it was before is not known */
        r->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        if (r->epoll_fd < 0)
                return -errno;
        r->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        if (r->inotify_fd < 0)
                return -errno;
        int err = add_to_epoll(r, r->inotify_fd, EPOLLIN);
        if (err < 0)
                return err;
        err = mounts_open(&r->mounts);
        if (err == 0)
                err = add_to_epoll(r, r->mounts.wake_fd, EPOLLPRI);
        if (err < 0 && err != -ENOENT)
                return err;
        *ret = take_ptr(&r);
        return 0;
}
