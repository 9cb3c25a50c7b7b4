/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Threads that leave signals to the loop, and conditions that know CLOCK_MONOTONIC. */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/base/clock.h"

/* stack: bytes. Returns 0 or negative errno. */
int thread_start(pthread_t *ret, size_t stack, void *(*fn)(void *userdata), void *userdata);

/* Returns 0 or negative errno. */
int thread_condition_init(pthread_cond_t *condition);
/* Waits for a signal, or until then (monotonic; USEC_INFINITY: for ever). The lock is held before and
 * after. Wakes up without cause, too. */
void thread_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, usec_t until);

#define THREAD_QUIET (10 * USEC_PER_MSEC)      /* nothing came for so long: it is a pause */
#define THREAD_PAUSE_MAX (500 * USEC_PER_MSEC) /* a pause is waited for so long */

/* Waits for a burst to pause: until *count, which counts what comes, has not grown for THREAD_QUIET, for THREAD_PAUSE_MAX or until
 * end (monotonic), or until may_wait() says no, for which it is asked whenever the condition is signalled. The lock
 * is held before and after, and when it asks. */
void thread_wait_for_pause(pthread_cond_t *condition, pthread_mutex_t *lock, const size_t *count,
                           usec_t end, bool (*may_wait)(const void *userdata),
                           const void *userdata);
