/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the storing thread, its queue and its transactions.
 * Does not own: what a job does.
 *
 *   submit ─► queue ─► batch: [tickets → store] + [jobs in one transaction] ─► finished ─► done (loop)
 *
 * A batch is what has queued up while the one before was written: under load batches grow by
 * themselves, and a thousand files cost about as many syncs as ten. The first of a burst is not begun
 * before the burst pauses: making things durable takes more of a processor than finding them and
 * taking them away, which does not wait for it.
 */
#include "daemon/storer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/macros.h"
#include "common/base/thread.h"

#define BATCH_MAX 512
#define LINGER_JOBS 8192                  /* when so many have come, no pause is waited for */
#define MEND_INTERVAL (60 * USEC_PER_SEC) /* between two attempts that fail */

struct storer {
        struct reg *reg;
        struct quarantine *quarantine;
        void (*failed)(void *userdata, bool failed, int error);
        void *userdata;
        void (*room)(void *userdata); /* NULL: nobody wants to know */
        void *room_userdata;
        void (*renewed)(void *userdata, unsigned renewals, const char *detail); /* likewise */
        void *renewed_userdata;
        usec_t mend_after; /* monotonic; the thread's */
        sd_event_source *source;
        int wake; /* eventfd: finished jobs wait */
        pthread_t thread;
        bool started, reg_failed_told;

        pthread_mutex_t lock; /* guards what follows */
        pthread_cond_t more;
        struct storer_job *first, *last, *finished, *finished_last;
        size_t queued;
        size_t urgent; /* of them: somebody waits for what they do */
        bool lingers;  /* the thread, for more to come */
        bool stop;
        int reg_error;     /* of the last batch */
        int reg_failure;   /* first one since the loop asked: a later batch may have gone well */
        usec_t busy_since; /* monotonic; 0: idle */
        unsigned renewals; /* of the register */
        /* why it was begun anew since the loop asked, and where the former one is; "": it was not */
        char renewal[4608];
};

static void append(struct storer_job **first, struct storer_job **last, struct storer_job *job)
{
        job->next = NULL;
        if (*last)
                (*last)->next = job;
        else
                *first = job;
        *last = job;
}

/* --- the thread ---- */

static bool may_linger(const void *userdata)
{
        const struct storer *s = userdata;

        return s->urgent == 0 && !s->stop && s->queued < LINGER_JOBS;
}

/* Until no more jobs come, or it has been long enough. */
static void linger(struct storer *s)
{
        s->lingers = true;
        thread_wait_for_pause(&s->more, &s->lock, &s->queued, USEC_INFINITY, may_linger, s);
        s->lingers = false;
}

static size_t next_batch(struct storer *s, struct storer_job *batch[static BATCH_MAX])
{
        size_t n = 0;

        (void)pthread_mutex_lock(&s->lock);
        s->busy_since = 0;
        while (!s->first && !s->stop)
                thread_condition_wait(&s->more, &s->lock, USEC_INFINITY);
        if (s->queued < BATCH_MAX)
                linger(s);
        while (s->first && n < BATCH_MAX) {
                batch[n++] = s->first;
                s->urgent -= !s->first->patient;
                s->first = s->first->next;
        }
        if (!s->first)
                s->last = NULL;
        s->queued -= n;
        s->busy_since = clock_monotonic();
        (void)pthread_mutex_unlock(&s->lock);
        return n;
}

static void store_tickets(struct storer *s, struct storer_job *const *batch, size_t n)
{
        struct quarantine_ticket *tickets[BATCH_MAX];
        struct quarantine_entry entries[BATCH_MAX];
        int results[BATCH_MAX];
        size_t k = 0;

        for (size_t i = 0; i < n; i++)
                if (batch[i]->ticket)
                        tickets[k++] = batch[i]->ticket;
        if (k == 0)
                return;
        (void)quarantine_store(s->quarantine, tickets, k, entries, results);
        k = 0;
        for (size_t i = 0; i < n; i++) {
                if (!batch[i]->ticket)
                        continue;
                batch[i]->result = results[k];
                if (results[k] >= 0)
                        batch[i]->entry = entries[k];
                k++;
        }
}

static int index_entry(struct storer *s, const struct quarantine_entry *e)
{
        int k = reg_quarantine_put(s->reg, e->id, e->workspace, e->shown ? e->shown : e->path,
                                   e->sha256, e->taken);

        return k < 0 ? k : reg_quarantine_state(s->reg, e->id, "stored", NULL, NULL);
}

/* What is written into a file that is damaged, or not there any more, is lost. 0: it is whole, 1: it was begun anew, or negative errno:
 * that cannot be. */
static int mend(struct storer *s)
{
        const char *why, *aside;

        if (reg_verify(s->reg, &why) >= 0)
                return 0;
        if (clock_monotonic() < s->mend_after)
                return -EUCLEAN;
        int k = reg_renew(s->reg);
        if (k < 0) {
                s->mend_after = clock_monotonic() + MEND_INTERVAL;
                return k;
        }
        aside = reg_aside(s->reg);
        (void)pthread_mutex_lock(&s->lock);
        s->renewals = reg_renewals(s->reg);
        (void)snprintf(s->renewal, sizeof(s->renewal), "%s%s%s", why,
                       aside ? "; what is left of it: " : "", aside ? aside : "");
        (void)pthread_mutex_unlock(&s->lock);
        return 1;
}

/* Returns 0 or negative errno for who waits for what they have written, with what is to be told of the register in *ret_failure. */
static int write_batch(struct storer *s, struct storer_job *const *batch, size_t n,
                       int *ret_failure)
{
        bool durable = false;
        int mended = mend(s), error = reg_begin(s->reg);

        error = mended < 0 ? mended : error;
        for (size_t i = 0; i < n; i++) {
                struct storer_job *job = batch[i];

                if (job->ticket) {
                        /* the store describes itself: a failing index does not undo the storing */
                        if (job->result >= 0 && error >= 0)
                                error = index_entry(s, &job->entry);
                        durable = true;
                        continue;
                }
                job->result = job->run(job, s->reg, s->quarantine);
                durable = durable || job->durable;
        }
        int k = reg_commit(s->reg, durable);
        if (k < 0)
                (void)reg_rollback(s->reg);
        error = error < 0 ? error : k;
        /* what this batch wrote is lost with what was there before, and found again in the same way: no other failure */
        mended = mend(s);
        *ret_failure = mended > 0 ? 0 : error;
        return mended > 0 ? -EUCLEAN : error;
}

/* reg_error: for who waits; failure: of the register. */
static void finish(struct storer *s, struct storer_job *const *batch, size_t n, int reg_error,
                   int failure)
{
        const uint64_t one = 1;

        (void)pthread_mutex_lock(&s->lock);
        for (size_t i = 0; i < n; i++) {
                if (reg_error < 0 && !batch[i]->ticket && batch[i]->result >= 0)
                        batch[i]->result = reg_error;
                append(&s->finished, &s->finished_last, batch[i]);
        }
        s->reg_error = failure;
        if (s->reg_failure == 0)
                s->reg_failure = failure;
        (void)pthread_mutex_unlock(&s->lock);
        (void)!write(s->wake, &one, sizeof(one));
}

/* Until nothing is queued and it is to stop. */
static void run_queue(struct storer *s)
{
        struct storer_job *batch[BATCH_MAX];
        int failure = 0;
        size_t n;

        while ((n = next_batch(s, batch)) > 0) {
                store_tickets(s, batch, n);
                int error = write_batch(s, batch, n, &failure);
                finish(s, batch, n, error, failure);
        }
}

static void *thread_main(void *userdata)
{
        run_queue(userdata);
        return NULL;
}

/* --- the loop's side ---- */

static void tell_finished(struct storer *s)
{
        (void)pthread_mutex_lock(&s->lock);
        struct storer_job *job = s->finished;
        int error = s->reg_error, failure = s->reg_failure;
        unsigned renewals = s->renewals;
        char renewal[sizeof(s->renewal)];

        memcpy(renewal, s->renewal, sizeof(renewal));
        s->renewal[0] = '\0';
        s->finished = s->finished_last = NULL;
        s->reg_failure = 0;
        (void)pthread_mutex_unlock(&s->lock);

        if (*renewal && s->renewed)
                s->renewed(s->renewed_userdata, renewals, renewal);
        while (job) {
                struct storer_job *next = job->next;

                if (job->done)
                        job->done(job, job->userdata);
                else
                        free(job);
                job = next;
        }
        if (failure < 0 && !s->reg_failed_told) {
                s->reg_failed_told = true;
                s->failed(s->userdata, true, failure);
        }
        if (error == 0 && s->reg_failed_told) {
                s->reg_failed_told = false;
                s->failed(s->userdata, false, 0);
        }
}

static int on_wake(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        struct storer *s = userdata;
        uint64_t count;

        (void)source;
        (void)revents;
        (void)!read(fd, &count, sizeof(count));
        tell_finished(s);
        if (s->room)
                s->room(s->room_userdata);
        return 0;
}

static int start_thread(struct storer *s)
{
        sigset_t all, old;

        /* signals are the loop's */
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &old);
        int k = pthread_create(&s->thread, NULL, thread_main, s);
        (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
        s->started = k == 0;
        return -k;
}

int storer_new(struct storer **ret, sd_event *event, struct reg *reg, struct quarantine *quarantine,
               void (*failed)(void *userdata, bool failed, int error), void *userdata)
{
        struct storer *s = calloc(1, sizeof(*s));

        if (!s)
                return -ENOMEM;
        s->quarantine = quarantine;
        s->failed = failed;
        s->userdata = userdata;
        s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        int k = s->wake < 0 ? -errno : 0;
        if (k >= 0)
                k = -pthread_mutex_init(&s->lock, NULL);
        if (k >= 0)
                k = thread_condition_init(&s->more);
        if (k >= 0)
                k = sd_event_add_io(event, &s->source, s->wake, EPOLLIN, on_wake, s);
        if (k >= 0) {
                s->reg = reg;
                k = start_thread(s);
                if (k < 0)
                        s->reg = NULL;
        }
        if (k < 0) {
                (void)storer_free(s);
                return k;
        }
        *ret = s;
        return 0;
}

/* The end of a job may submit another one (an event that tells of it): there is no thread for it
 * any more. */
static void run_rest(struct storer *s)
{
        tell_finished(s);
        while (s->first) {
                run_queue(s);
                tell_finished(s);
        }
}

void storer_stop(struct storer *s)
{
        if (s->started) {
                (void)pthread_mutex_lock(&s->lock);
                s->stop = true;
                (void)pthread_cond_signal(&s->more);
                (void)pthread_mutex_unlock(&s->lock);
                (void)pthread_join(s->thread, NULL);
                s->started = false;
        }
        if (s->stop)
                run_rest(s);
}

void storer_set_room(struct storer *s, void (*room)(void *userdata), void *userdata)
{
        s->room = room;
        s->room_userdata = userdata;
}

void storer_set_renewed(struct storer *s,
                        void (*renewed)(void *userdata, unsigned renewals, const char *detail),
                        void *userdata)
{
        s->renewed = renewed;
        s->renewed_userdata = userdata;
}

struct storer *storer_free(struct storer *s)
{
        if (!s)
                return NULL;
        storer_stop(s);
        s->source = sd_event_source_disable_unref(s->source);
        s->wake = fd_close(s->wake);
        (void)pthread_cond_destroy(&s->more);
        (void)pthread_mutex_destroy(&s->lock);
        (void)reg_free(s->reg);
        free(s);
        return NULL;
}

void storer_submit(struct storer *s, struct storer_job *job)
{
        (void)pthread_mutex_lock(&s->lock);
        append(&s->first, &s->last, job);
        s->queued++;
        s->urgent += !job->patient;
        if (!s->lingers || !may_linger(s))
                (void)pthread_cond_signal(&s->more);
        (void)pthread_mutex_unlock(&s->lock);
}

size_t storer_queued(struct storer *s)
{
        (void)pthread_mutex_lock(&s->lock);
        size_t n = s->queued;
        (void)pthread_mutex_unlock(&s->lock);
        return n;
}

bool storer_alive(struct storer *s, usec_t limit)
{
        usec_t now = clock_monotonic();

        (void)pthread_mutex_lock(&s->lock);
        bool alive = s->busy_since == 0 || now - s->busy_since < limit;
        (void)pthread_mutex_unlock(&s->lock);
        return alive;
}
