/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the threads, and a fixed number of jobs with the memory for what is found out.
 * Does not own: which directories come next, and what makes a listing worthless (live-walk.c).
 *
 *   walk: put ─► waits ─► thread: list, lstat() of each entry ─► done ─► walk: take
 *                  └── the walk comes first: it does that itself
 *
 * What was put last is listed first, as the walk does it. A thread more is called when several jobs wait for each that is
 * at work, so that one is enough while all is in memory, and all of them wait for a disk. They open nothing, and share nothing but
 * the jobs. The walk waits for one file at most: who is at work on what it comes to, or wants no more, is stopped there.
 */
#include "watchers/ahead.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "common/base/macros.h"
#include "common/base/thread.h"

#define THREADS 4u
#define JOBS 128u
#define JOBS_EACH 4u /* that a thread is given before another one is woken */
#define STACK_SIZE ((size_t)128 * 1024)

enum job_state {
        JOB_FREE,
        JOB_WAITS,
        JOB_RUNS,
        JOB_DONE,
        JOB_FAILED,
        JOB_TAKEN,
};

struct job {
        enum job_state state;
        unsigned turn; /* the highest is the next */
        const void *key;
        int fd;
        _Atomic bool stop;
        struct walk_listing listing;
};

/* What a listing needs; of a small directory the first pages are used. */
struct room {
        char entries[WALK_LISTING_SIZE];
        struct walk_found found[WALK_LISTING_MAX];
};

struct ahead {
        pthread_mutex_t lock; /* of all but what a job that runs has found */
        pthread_cond_t wake, done;
        pthread_t threads[THREADS];
        unsigned n_threads, idle, calls; /* of those that are idle so many are called */
        struct job jobs[JOBS];
        unsigned waiting, turn;
        struct job *taken;
        struct room *rooms;
        bool ends;
};

static struct job *next_job(struct ahead *a)
{
        struct job *next = NULL;

        if (a->waiting == 0)
                return NULL;
        for (struct job *j = a->jobs; j < a->jobs + JOBS; j++)
                if (j->state == JOB_WAITS && (!next || j->turn > next->turn))
                        next = j;
        return next;
}

static void wait_for_call(struct ahead *a)
{
        a->idle++;
        while (a->calls == 0 && !a->ends)
                (void)pthread_cond_wait(&a->wake, &a->lock);
        a->idle--;
        if (a->calls > 0)
                a->calls--;
}

static void *run(void *userdata)
{
        struct ahead *a = userdata;
        struct job *j;

        (void)pthread_mutex_lock(&a->lock);
        for (;;) {
                while (!(j = next_job(a)) && !a->ends)
                        wait_for_call(a);
                if (a->ends)
                        break;
                j->state = JOB_RUNS;
                a->waiting--;
                (void)pthread_mutex_unlock(&a->lock);
                int r = walk_list(&j->listing, j->fd, &j->stop);
                (void)pthread_mutex_lock(&a->lock);
                j->state = r < 0 ? JOB_FAILED : JOB_DONE;
                (void)pthread_cond_signal(&a->done);
        }
        (void)pthread_mutex_unlock(&a->lock);
        return NULL;
}

static bool start(struct ahead *a)
{
        /* so large that it is given back as a whole */
        void *p = mmap(NULL, JOBS * sizeof(*a->rooms), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (p == MAP_FAILED)
                return false;
        a->rooms = p;
        for (size_t i = 0; i < JOBS; i++)
                a->jobs[i].listing = (struct walk_listing){
                        .entries = a->rooms[i].entries,
                        .found = a->rooms[i].found,
                };
        while (a->n_threads < THREADS &&
               thread_start(&a->threads[a->n_threads], STACK_SIZE, run, a) >= 0)
                a->n_threads++;
        return a->n_threads > 0;
}

struct ahead *ahead_new(void)
{
        struct ahead *a = calloc(1, sizeof(*a));

        if (!a)
                return NULL;
        (void)pthread_mutex_init(&a->lock, NULL);
        (void)pthread_cond_init(&a->wake, NULL);
        (void)pthread_cond_init(&a->done, NULL);
        return start(a) ? a : ahead_free(a);
}

struct ahead *ahead_free(struct ahead *a)
{
        if (!a)
                return NULL;
        (void)pthread_mutex_lock(&a->lock);
        a->ends = true;
        for (struct job *j = a->jobs; j < a->jobs + JOBS; j++)
                j->stop = true;
        (void)pthread_cond_broadcast(&a->wake);
        (void)pthread_mutex_unlock(&a->lock);
        for (unsigned i = 0; i < a->n_threads; i++)
                (void)pthread_join(a->threads[i], NULL);
        if (a->rooms)
                (void)munmap(a->rooms, JOBS * sizeof(*a->rooms));
        (void)pthread_cond_destroy(&a->done);
        (void)pthread_cond_destroy(&a->wake);
        (void)pthread_mutex_destroy(&a->lock);
        free(a);
        return NULL;
}

static struct job *find(struct ahead *a, const void *key)
{
        for (struct job *j = a->jobs; j < a->jobs + JOBS; j++)
                if (j->state != JOB_FREE && j->state != JOB_TAKEN && j->key == key)
                        return j;
        return NULL;
}

bool ahead_put(struct ahead *a, const void *key, int fd)
{
        struct job *j = a->jobs;

        (void)pthread_mutex_lock(&a->lock);
        while (j < a->jobs + JOBS && j->state != JOB_FREE)
                j++;
        bool room = j < a->jobs + JOBS;
        if (room) {
                j->key = key;
                j->fd = fd;
                j->turn = ++a->turn;
                j->stop = false;
                j->state = JOB_WAITS;
                a->waiting++;
                if (a->calls < a->idle &&
                    a->waiting > JOBS_EACH * (a->n_threads - a->idle + a->calls)) {
                        a->calls++;
                        (void)pthread_cond_signal(&a->wake);
                }
        }
        (void)pthread_mutex_unlock(&a->lock);
        return room;
}

/* Nobody is at it any more. Returns whether something was found out. */
static bool settle(struct ahead *a, struct job *j)
{
        if (j->state == JOB_WAITS)
                a->waiting--;
        j->stop = true;
        while (j->state == JOB_RUNS)
                (void)pthread_cond_wait(&a->done, &a->lock);
        return j->state == JOB_DONE;
}

const struct walk_listing *ahead_take(struct ahead *a, const void *key)
{
        (void)pthread_mutex_lock(&a->lock);
        if (a->taken)
                a->taken->state = JOB_FREE;
        a->taken = NULL;
        struct job *j = find(a, key);
        if (j) {
                bool done = settle(a, j);

                j->state = done ? JOB_TAKEN : JOB_FREE;
                a->taken = done ? j : NULL;
        }
        const struct walk_listing *listing = a->taken ? &a->taken->listing : NULL;
        (void)pthread_mutex_unlock(&a->lock);
        return listing;
}

void ahead_drop(struct ahead *a, const void *key)
{
        (void)pthread_mutex_lock(&a->lock);
        struct job *j = find(a, key);
        if (j) {
                (void)settle(a, j);
                j->state = JOB_FREE;
        }
        (void)pthread_mutex_unlock(&a->lock);
}
