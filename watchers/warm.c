/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the threads, and a bounded stack of the names of directories, each with its parent's descriptor.
 * Does not own: which directories come next (live-walk.c), and what is to be known of a file.
 *
 * walk ──name──► stack ──► thread: open beneath the parent, list, statx(2) of each entry, forget
 *
 * What was added last is taken first, as the walk does it. A thread opens directories only, one name beneath a directory
 * that the walk has open, and follows neither links nor mounts. They share nothing but the stack.
 */
#include "watchers/warm.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "common/base/macros.h"
#include "watchers/walk.h"

#define THREADS 4u
#define STACK_MAX 8192u
#define THREAD_STACK ((size_t)128 * 1024)
#define IN_VAIN_MAX 64u /* directories without a wait: all is in memory */

/* Held by each name that lies in it, and by the walk. */
struct parent {
        int fd;
        unsigned refs;
};

struct hint {
        struct hint *below, *above;
        struct parent *parent;
        char name[];
};

struct warm {
        pthread_mutex_t lock; /* of all that is not atomic */
        pthread_cond_t wake;
        pthread_t threads[THREADS];
        unsigned n_threads;
        struct hint *top, *bottom;
        size_t n;
        struct parent *parent; /* of what is added */
        _Atomic bool ends;
        _Atomic unsigned in_vain;
        _Atomic size_t listed;
};

long warm_waits(void)
{
        struct rusage usage;

        return getrusage(RUSAGE_THREAD, &usage) < 0 ? 0 : usage.ru_nvcsw;
}

static void let_go(struct parent *p)
{
        if (!p || --p->refs > 0)
                return;
        (void)fd_close(p->fd);
        free(p);
}

static void hint_free(struct hint *h)
{
        let_go(h->parent);
        free(h);
}

static struct hint *pop(struct warm *w)
{
        struct hint *h = w->top;

        w->top = h->below;
        if (w->top)
                w->top->above = NULL;
        else
                w->bottom = NULL;
        w->n--;
        return h;
}

static void forget_oldest(struct warm *w)
{
        struct hint *h = w->bottom;

        w->bottom = h->above;
        if (w->bottom)
                w->bottom->below = NULL;
        else
                w->top = NULL;
        w->n--;
        hint_free(h);
}

static void list(struct warm *w, struct walk *walk, int fd)
{
        const char *name;
        unsigned char type;
        struct stat st;

        if (walk_open(walk, fd) < 0)
                return;
        while (!w->ends && walk_next(walk, &name, &type) > 0)
                (void)walk_stat(walk, name, &st);
        walk_close(walk);
}

static void warm_one(struct warm *w, struct walk *walk, const struct hint *h)
{
        long before = warm_waits();
        int fd = walk_open_directory(h->parent->fd, h->name);

        if (fd >= 0)
                list(w, walk, fd);
        if (warm_waits() > before)
                w->in_vain = 0;
        else
                w->in_vain++;
        w->listed++;
}

static void *run(void *userdata)
{
        struct warm *w = userdata;
        struct walk walk = WALK_NULL;

        (void)pthread_mutex_lock(&w->lock);
        for (;;) {
                while (!w->top && !w->ends)
                        (void)pthread_cond_wait(&w->wake, &w->lock);
                if (w->ends)
                        break;
                struct hint *h = pop(w);
                (void)pthread_mutex_unlock(&w->lock);
                warm_one(w, &walk, h);
                (void)pthread_mutex_lock(&w->lock);
                hint_free(h);
        }
        (void)pthread_mutex_unlock(&w->lock);
        walk_done(&walk);
        return NULL;
}

static void start_threads(struct warm *w)
{
        pthread_attr_t attributes;
        sigset_t all, before;

        if (pthread_attr_init(&attributes) != 0)
                return;
        (void)pthread_attr_setstacksize(&attributes, THREAD_STACK);
        /* signals are the main thread's */
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        while (w->n_threads < THREADS &&
               pthread_create(&w->threads[w->n_threads], &attributes, run, w) == 0)
                w->n_threads++;
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        (void)pthread_attr_destroy(&attributes);
}

struct warm *warm_new(void)
{
        struct warm *w = calloc(1, sizeof(*w));

        if (!w)
                return NULL;
        (void)pthread_mutex_init(&w->lock, NULL);
        (void)pthread_cond_init(&w->wake, NULL);
        start_threads(w);
        return w->n_threads > 0 ? w : warm_free(w);
}

struct warm *warm_free(struct warm *w)
{
        if (!w)
                return NULL;
        w->ends = true;
        (void)pthread_mutex_lock(&w->lock);
        (void)pthread_cond_broadcast(&w->wake);
        (void)pthread_mutex_unlock(&w->lock);
        for (unsigned i = 0; i < w->n_threads; i++)
                (void)pthread_join(w->threads[i], NULL);
        while (w->top)
                hint_free(pop(w));
        let_go(w->parent);
        (void)pthread_cond_destroy(&w->wake);
        (void)pthread_mutex_destroy(&w->lock);
        free(w);
        return NULL;
}

bool warm_directory(struct warm *w, int fd)
{
        struct parent *p = calloc(1, sizeof(*p)), *before;

        if (!p)
                return false;
        *p = (struct parent){.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0), .refs = 1};
        if (p->fd < 0) {
                free(p);
                return false;
        }
        (void)pthread_mutex_lock(&w->lock);
        before = w->parent;
        w->parent = p;
        let_go(before);
        (void)pthread_mutex_unlock(&w->lock);
        return true;
}

void warm_add(struct warm *w, const char *name)
{
        size_t n = strlen(name) + 1;
        struct hint *h = malloc(sizeof(*h) + n);

        if (!h)
                return;
        memcpy(h->name, name, n);
        (void)pthread_mutex_lock(&w->lock);
        h->parent = w->parent;
        h->parent->refs++;
        h->below = w->top;
        h->above = NULL;
        if (w->top)
                w->top->above = h;
        else
                w->bottom = h;
        w->top = h;
        if (w->n++ == STACK_MAX)
                forget_oldest(w);
        (void)pthread_cond_signal(&w->wake);
        (void)pthread_mutex_unlock(&w->lock);
}

void warm_resume(struct warm *w)
{
        w->in_vain = 0;
}

bool warm_is_of_use(const struct warm *w)
{
        return w->in_vain < IN_VAIN_MAX;
}

size_t warm_count(const struct warm *w)
{
        return w->listed;
}
