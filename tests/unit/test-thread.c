/* SPDX-FileCopyrightText: giad maintainers */
#include <signal.h>
#include <stdbool.h>

#include "common/base/thread.h"
#include "tests/unit/test.h"

#define STACK ((size_t)256 * 1024)

static void *mask_of(void *userdata)
{
        (void)pthread_sigmask(SIG_BLOCK, NULL, userdata);
        return NULL;
}

static void signals_are_left_to_others(void **state)
{
        sigset_t in_thread, before, after;
        pthread_t thread;

        (void)state;
        (void)sigemptyset(&in_thread);
        (void)pthread_sigmask(SIG_BLOCK, NULL, &before);
        assert_int_equal(thread_start(&thread, STACK, mask_of, &in_thread), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        (void)pthread_sigmask(SIG_BLOCK, NULL, &after);
        for (int i = 1; i < 32; i++) {
                if (i != SIGKILL && i != SIGSTOP)
                        assert_true(sigismember(&in_thread, i));
                assert_int_equal(sigismember(&before, i), sigismember(&after, i));
        }
}

static void a_stack_that_cannot_be_had_is_an_error(void **state)
{
        pthread_t thread;

        (void)state;
        assert_true(thread_start(&thread, 1, mask_of, NULL) < 0);
}

struct door {
        pthread_mutex_t lock;
        pthread_cond_t changed;
        bool open;
};

static void *open_door(void *userdata)
{
        struct door *d = userdata;

        (void)pthread_mutex_lock(&d->lock);
        d->open = true;
        (void)pthread_cond_broadcast(&d->changed);
        (void)pthread_mutex_unlock(&d->lock);
        return NULL;
}

static void waiting_ends_with_a_signal_or_the_time(void **state)
{
        struct door d = {.lock = PTHREAD_MUTEX_INITIALIZER};
        pthread_t thread;

        (void)state;
        assert_int_equal(thread_condition_init(&d.changed), 0);
        (void)pthread_mutex_lock(&d.lock);
        usec_t start = clock_monotonic(), until = start + 50 * USEC_PER_MSEC;
        while (clock_monotonic() < until)
                thread_condition_wait(&d.changed, &d.lock, until);
        assert_in_range(clock_monotonic() - start, 50 * USEC_PER_MSEC, 30 * USEC_PER_SEC);
        assert_int_equal(thread_start(&thread, STACK, open_door, &d), 0);
        while (!d.open)
                thread_condition_wait(&d.changed, &d.lock, USEC_INFINITY);
        (void)pthread_mutex_unlock(&d.lock);
        assert_int_equal(pthread_join(thread, NULL), 0);
        (void)pthread_cond_destroy(&d.changed);
        (void)pthread_mutex_destroy(&d.lock);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(signals_are_left_to_others),
                cmocka_unit_test(a_stack_that_cannot_be_had_is_an_error),
                cmocka_unit_test(waiting_ends_with_a_signal_or_the_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
