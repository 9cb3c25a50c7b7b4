/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: starting a thread, and waiting with a time limit.
 * Does not own: what threads there are (docs/ARCHITECTURE.md).
 */
#include "common/base/thread.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "common/base/macros.h"

int thread_start(pthread_t *ret, size_t stack, void *(*fn)(void *userdata), void *userdata)
{
        pthread_attr_t attributes;
        sigset_t all, old;
        int k = pthread_attr_init(&attributes);

        if (k != 0)
                return -k;
        k = pthread_attr_setstacksize(&attributes, stack);
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &old);
        if (k == 0)
                k = pthread_create(ret, &attributes, fn, userdata);
        (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
        (void)pthread_attr_destroy(&attributes);
        return -k;
}

int thread_condition_init(pthread_cond_t *condition)
{
        pthread_condattr_t attributes;
        int k = pthread_condattr_init(&attributes);

        if (k != 0)
                return -k;
        k = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        if (k == 0)
                k = pthread_cond_init(condition, &attributes);
        (void)pthread_condattr_destroy(&attributes);
        return -k;
}

void thread_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, usec_t until)
{
        const struct timespec at = {.tv_sec = (time_t)(until / USEC_PER_SEC),
                                    .tv_nsec = (long)(until % USEC_PER_SEC * 1000)};

        if (until == USEC_INFINITY)
                (void)pthread_cond_wait(condition, lock);
        else
                (void)pthread_cond_timedwait(condition, lock, &at);
}

void thread_wait_for_pause(pthread_cond_t *condition, pthread_mutex_t *lock, const size_t *count,
                           usec_t end, bool (*may_wait)(const void *userdata), const void *userdata)
{
        usec_t now = clock_monotonic();
        size_t before;

        end = MIN_OF(end, now + THREAD_PAUSE_MAX);
        do {
                usec_t until = MIN_OF(now + THREAD_QUIET, end);

                before = *count;
                while (may_wait(userdata) && (now = clock_monotonic()) < until)
                        thread_condition_wait(condition, lock, until);
        } while (may_wait(userdata) && *count > before && now < end);
}
