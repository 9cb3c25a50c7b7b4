/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which directories lie in which repository, for a while; descriptors of their .git directories; what scanners said of
 * them, as long as HEAD and its log stay what they were.
 * Does not own: what is in those files: an agent may have written them, and only a scanner reads them
 * (detectors/git-state.h). Here names that are fixed are opened, and nothing else.
 *
 * Whatever is looked at is opened beneath what is open already, without following a link or a mount: a mount of its own could
 * keep who asks it waiting for ever.
 */
#include "daemon/repositories.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/clock.h"
#include "common/base/fnv.h"
#include "common/base/macros.h"
#include "common/base/open.h"
#include "common/base/text.h"

#define PLACES 64u                   /* directories that are remembered */
#define PLACE_AGE (5 * USEC_PER_SEC) /* after which a repository between may be seen */
#define LEVELS_MAX 128u

/* What tells whether what was said still holds. */
struct stamps {
        struct file_id head, log; /* all zero: it is not there */
};

struct repository_question {
        struct stamps stamps; /* from before its files were opened */
};

/* One .git. */
struct tree {
        unsigned refs;
        uint32_t workspace;
        char *path;               /* as repository.path */
        uint64_t dev, ino;        /* of .git */
        int git_fd;               /* O_PATH; -1: .git is no directory */
        struct repository *state; /* what is known; NULL: nothing yet */
        struct stamps known;      /* when it was asked for */
};

/* A directory of a workspace. */
struct place {
        uint32_t workspace;
        char *directory; /* NULL: free */
        usec_t until;
        struct tree *tree; /* NULL: in no repository */
};

struct repositories {
        struct place places[PLACES];
};

/* --- what is said --- */

struct repository *repository_ref(struct repository *r)
{
        if (r)
                r->refs++;
        return r;
}

struct repository *repository_unref(struct repository *r)
{
        if (!r || --r->refs > 0)
                return NULL;
        free(r->path);
        free(r);
        return NULL;
}

static struct repository *repository_new(const char *path, const char *missing)
{
        struct repository *r = calloc(1, sizeof(*r));

        if (!r)
                return NULL;
        r->refs = 1;
        r->missing = missing;
        r->path = strdup(path);
        return r->path ? r : repository_unref(r);
}

void repository_tell(struct event *e, const struct repository *r, const char *shown)
{
        size_t n = r ? strlen(r->path) : 0;

        if (!r)
                return;
        /* the names of its directories are the file's: what is masked there is masked here */
        event_set(e, FIELD_REPOSITORY,
                  n == 0                            ? "."
                  : strncmp(shown, r->path, n) == 0 ? r->path
                                                    : "[...]");
        event_set(e, FIELD_REPOSITORY_URL, r->url[0] ? r->url : NULL);
        event_set(e, FIELD_BRANCH, r->branch[0] ? r->branch : NULL);
        event_set(e, FIELD_COMMIT, r->commit[0] ? r->commit : NULL);
        event_set(e, FIELD_REPOSITORY_MISSING, r->missing);
}

/* --- trees --- */

static struct tree *tree_unref(struct tree *t)
{
        if (!t || --t->refs > 0)
                return NULL;
        t->state = repository_unref(t->state);
        t->git_fd = fd_close(t->git_fd);
        free(t->path);
        free(t);
        return NULL;
}

/* path[0..n): of the work tree; fd: that directory; st: of .git in it. */
static struct tree *tree_new(uint32_t workspace, const char *path, size_t n, int fd,
                             const struct stat *st)
{
        struct tree *t = calloc(1, sizeof(*t));

        if (!t)
                return NULL;
        *t = (struct tree){.refs = 1, .workspace = workspace, .dev = st->st_dev, .ino = st->st_ino};
        t->git_fd = S_ISDIR(st->st_mode) ? open_beneath(fd, ".git", O_PATH | O_DIRECTORY) : -1;
        t->path = strndup(path, n);
        if (t->path && t->git_fd < 0)
                t->state = repository_new(
                        t->path,
                        "its .git leads elsewhere, as of a linked work tree or a submodule");
        return t->path && (t->git_fd >= 0 || t->state) ? t : tree_unref(t);
}

static struct tree *known_tree(struct repositories *r, uint32_t workspace, const char *path,
                               size_t n, const struct stat *st)
{
        for (size_t i = 0; i < PLACES; i++) {
                struct tree *t = r->places[i].tree;

                if (t && t->workspace == workspace && t->ino == st->st_ino &&
                    t->dev == st->st_dev && strlen(t->path) == n && memcmp(t->path, path, n) == 0)
                        return t;
        }
        return NULL;
}

/* The directory path[0..n), "" for the root. */
static int open_directory(const struct workspace *ws, const char *path, size_t n)
{
        _cleanup_free_ char *name = n > 0 ? strndup(path, n) : strdup(".");

        return name ? open_beneath(ws->root_fd, name, O_PATH | O_DIRECTORY) : -ENOMEM;
}

/* Looks in path[0..n) and upwards, no further than the workspace's root. */
static struct tree *find_tree(struct repositories *r, const struct workspace *ws, const char *path,
                              size_t n)
{
        for (unsigned i = 0; i < LEVELS_MAX; i++) {
                _cleanup_close_ int fd = open_directory(ws, path, n);
                struct stat st;

                if (fd < 0)
                        return NULL;
                _cleanup_close_ int git_fd = open_beneath(fd, ".git", O_PATH);
                if (git_fd >= 0 && fstat(git_fd, &st) == 0) {
                        struct tree *t = known_tree(r, ws->id, path, n, &st);

                        if (t)
                                t->refs++;
                        return t ?: tree_new(ws->id, path, n, fd, &st);
                }
                if (n == 0)
                        return NULL;
                const char *slash = memrchr(path, '/', n);
                n = slash ? (size_t)(slash - path) : 0;
        }
        return NULL;
}

/* --- places --- */

static size_t hash(uint32_t workspace, const char *s, size_t n)
{
        uint64_t h = fnv_add(FNV_BEGIN + workspace, s, n);

        return (size_t)(h ^ h >> 32);
}

static void clear(struct place *p)
{
        free(p->directory);
        (void)tree_unref(p->tree);
        *p = (struct place){0};
}

/* The tree of the file's directory, or NULL. */
static struct tree *tree_of(struct repositories *r, const struct workspace *ws, const char *path)
{
        const char *slash = strrchr(path, '/');
        size_t n = slash ? (size_t)(slash - path) : 0;
        struct place *p = &r->places[hash(ws->id, path, n) % PLACES];
        usec_t now = clock_monotonic();

        if (p->directory && p->workspace == ws->id && now < p->until &&
            strncmp(p->directory, path, n) == 0 && p->directory[n] == '\0')
                return p->tree;
        struct tree *t = find_tree(r, ws, path, n);
        clear(p);
        *p = (struct place){ws->id, strndup(path, n), now + PLACE_AGE, t};
        if (!p->directory)
                clear(p);
        return p->tree;
}

/* --- their states --- */

static void stamp(int git_fd, const char *name, struct file_id *ret)
{
        _cleanup_close_ int fd = open_beneath(git_fd, name, O_PATH);
        struct stat st;

        *ret = (struct file_id){0};
        if (fd >= 0 && fstat(fd, &st) == 0)
                file_id_from_stat(ret, &st);
}

static struct stamps stamps_of(const struct tree *t)
{
        struct stamps s;

        stamp(t->git_fd, "HEAD", &s.head);
        stamp(t->git_fd, "logs/HEAD", &s.log);
        return s;
}

static bool same_stamps(const struct stamps *a, const struct stamps *b)
{
        return file_id_equal(&a->head, &b->head) && file_id_equal(&a->log, &b->log);
}

bool repositories_find(struct repositories *r, const struct workspace *ws, const char *path,
                       struct repository **ret)
{
        struct tree *t = tree_of(r, ws, path);
        bool stale = false;

        *ret = NULL;
        if (!t)
                return false;
        if (t->git_fd >= 0) {
                struct stamps now = stamps_of(t);

                stale = !t->state || !same_stamps(&now, &t->known);
        }
        *ret = repository_ref(t->state);
        return stale;
}

/* Nothing but a regular file is opened. */
static int open_file(int git_fd, const char *name, uint64_t *ret_size)
{
        _cleanup_close_ int path_fd = open_beneath(git_fd, name, O_PATH);
        struct stat st;

        if (path_fd < 0 || fstat(path_fd, &st) < 0 || !S_ISREG(st.st_mode))
                return -1;
        *ret_size = (uint64_t)st.st_size;
        int fd = open_again(path_fd, O_RDONLY | O_NONBLOCK);
        return fd < 0 ? -1 : fd;
}

static void learn(struct tree *t, const struct stamps *stamps, const struct scan_about *about,
                  const char *missing)
{
        struct repository *state = repository_new(t->path, missing);

        if (!state)
                return;
        if (about && about->repository) {
                (void)text_copy(state->branch, sizeof(state->branch), about->branch);
                (void)text_copy(state->commit, sizeof(state->commit), about->commit);
                (void)text_copy(state->url, sizeof(state->url), about->url);
        }
        (void)repository_unref(t->state);
        t->state = state;
        t->known = *stamps;
}

struct repository_question *repositories_open(struct repositories *r, const struct workspace *ws,
                                              const char *path, struct scan_repository *ret)
{
        static const char *const names[_SCAN_REPOSITORY_MAX] = {
                [SCAN_REPOSITORY_HEAD] = "HEAD",
                [SCAN_REPOSITORY_LOG] = "logs/HEAD",
                [SCAN_REPOSITORY_CONFIG] = "config",
                [SCAN_REPOSITORY_PACKED] = "packed-refs",
        };
        struct tree *t = tree_of(r, ws, path);
        struct repository_question *question =
                t && t->git_fd >= 0 ? malloc(sizeof(*question)) : NULL;
        uint64_t size;

        *ret = SCAN_REPOSITORY_NONE;
        if (!question)
                return NULL;
        /* before they are opened: what changes meanwhile is asked for again */
        question->stamps = stamps_of(t);
        for (unsigned i = 0; i < _SCAN_REPOSITORY_MAX; i++) {
                ret->fds[i] = open_file(t->git_fd, names[i], &size);
                if (i == SCAN_REPOSITORY_LOG && ret->fds[i] >= 0)
                        ret->log_size = size;
        }
        if (ret->fds[SCAN_REPOSITORY_HEAD] >= 0)
                return question;
        scan_repository_close(ret);
        learn(t, &question->stamps, NULL, "its HEAD cannot be read");
        free(question);
        return NULL;
}

static const char *why_missing(const struct scan_about *about)
{
        if (!about)
                return "the scanner failed that was to read its HEAD";
        return about->repository ? NULL : "its HEAD is none that git writes";
}

void repositories_learn(struct repositories *r, const struct workspace *ws, const char *path,
                        const struct repository_question *question, const struct scan_about *about)
{
        struct tree *t = tree_of(r, ws, path);

        if (t && t->git_fd >= 0)
                learn(t, &question->stamps, about, why_missing(about));
}

/* --- all of them --- */

struct repositories *repositories_new(void)
{
        return calloc(1, sizeof(struct repositories));
}

struct repositories *repositories_free(struct repositories *r)
{
        for (size_t i = 0; r && i < PLACES; i++)
                clear(&r->places[i]);
        free(r);
        return NULL;
}
