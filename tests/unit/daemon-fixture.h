/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* A workspace, a store, a register and a storer in a loop. Include tests/unit/test.h before. */

#include <sys/syscall.h>
#include <systemd/sd-event.h>

#include "common/base/clock.h"
#include "daemon/config/config.h"
#include "daemon/storer.h"
#include "tests/unit/quarantine-fixture.h"
#include "tests/unit/test.h"

/* openat2(2) and pidfd_open(2): giad cannot do without, and valgrind 3.19 does not know them. */
static inline bool kernel_calls_missing(void)
{
        return (syscall(SYS_openat2, -1, NULL, NULL, 0) < 0 && errno == ENOSYS) ||
               (syscall(SYS_pidfd_open, -1, 0) < 0 && errno == ENOSYS);
}

/* At the beginning of main(): the whole program is skipped. */
#define SKIP_WITHOUT_KERNEL_CALLS()                                                           \
        do {                                                                                  \
                if (kernel_calls_missing()) {                                                 \
                        (void)fprintf(stderr, "openat2 or pidfd_open is missing: skipped\n"); \
                        return 77;                                                            \
                }                                                                             \
        } while (0)

/* For events that come: only a broken test waits that long. */
#define PATIENCE (60 * USEC_PER_SEC)

struct bed {
        struct fixture f;
        char reg_path[128];
        sd_event *event;
        struct storer *storer;
        struct config *config;
        unsigned told_failed, told_works;
};

/* Runs the loop until done() says so. */
static inline void loop_until(sd_event *event, bool (*done)(void *userdata), void *userdata)
{
        usec_t end = clock_monotonic() + PATIENCE;

        while (!done(userdata)) {
                assert_true(clock_monotonic() < end);
                assert_true(sd_event_run(event, 50 * USEC_PER_MSEC) >= 0);
        }
}

/* What is ready now, and nothing that comes later. */
static inline void loop_drain(sd_event *event)
{
        while (sd_event_run(event, 0) > 0)
                ;
}

static inline void bed_failed(void *userdata, bool failed, int error)
{
        struct bed *b = userdata;

        (void)error;
        if (failed)
                b->told_failed++;
        else
                b->told_works++;
}

static inline struct config *config_from(const char *text)
{
        struct config *c = NULL;
        struct config_error error = {0};

        if (config_parse(&c, "test.yaml", text, strlen(text), &error) < 0)
                fail_msg("%u:%u: %s", error.line, error.column, error.message);
        return c;
}

static inline void bed_start_storer(struct bed *b)
{
        struct reg *reg = NULL;

        assert_int_equal(reg_open(&reg, b->reg_path, false, NULL), 0);
        assert_int_equal(storer_new(&b->storer, b->event, reg, b->f.q, bed_failed, b), 0);
}

static inline void bed_make(struct bed *b, const char *config)
{
        memset(b, 0, sizeof(*b));
        fixture_make_in_memory(&b->f);
        fixture_open(&b->f);
        (void)snprintf(b->reg_path, sizeof(b->reg_path), "%s/register.db", b->f.base);
        assert_int_equal(sd_event_new(&b->event), 0);
        b->config = config_from(config);
        bed_start_storer(b);
}

static inline void bed_done(struct bed *b)
{
        b->storer = storer_free(b->storer);
        fixture_done(&b->f);
        (void)config_unref(b->config);
        b->event = sd_event_unref(b->event);
}

/* --- waiting for the storer ------------------------------------------------------------------ */

struct barrier {
        struct storer_job job;
        bool *passed;
};

static inline int barrier_run(struct storer_job *job, struct reg *reg, struct quarantine *q)
{
        (void)job;
        (void)reg;
        (void)q;
        return 0;
}

static inline void barrier_done(struct storer_job *job, void *userdata)
{
        (void)userdata;
        *((struct barrier *)job)->passed = true;
        free(job);
}

static inline bool is_true(void *userdata)
{
        return *(bool *)userdata;
}

/* Until the storer has done, and the loop has heard of, all that was submitted before. */
static inline void bed_settle(struct bed *b)
{
        bool passed = false;
        struct barrier *barrier = calloc(1, sizeof(*barrier));

        assert_non_null(barrier);
        barrier->job.run = barrier_run;
        barrier->job.done = barrier_done;
        barrier->passed = &passed;
        storer_submit(b->storer, &barrier->job);
        loop_until(b->event, is_true, &passed);
}
