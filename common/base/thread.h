/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Threads that leave signals to the loop, and conditions that know CLOCK_MONOTONIC. */

#include <pthread.h>
#include <stddef.h>

#include "common/base/clock.h"

/* stack: bytes. Returns 0 or negative errno. */
int thread_start(pthread_t *ret, size_t stack, void *(*fn)(void *userdata), void *userdata);

/* Returns 0 or negative errno. */
int thread_condition_init(pthread_cond_t *condition);
/* Waits for a signal, or until then (monotonic; USEC_INFINITY: for ever). The lock is held before and
 * after. Wakes up without cause, too. */
void thread_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, usec_t until);
