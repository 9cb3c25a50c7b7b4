/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* A receiver that the test opens, closes and lets hang. Include tests/unit/test.h before. */

#include <pthread.h>

#include "common/base/buffer.h"
#include "daemon/sinks/sink.h"

/* What the receivers of one name have had, whichever of them it was; it outlives them. */
struct fake_log {
        pthread_mutex_t lock;
        int answer; /* of deliver() */
        bool hangs; /* deliver() does not come back until fake_open() */
        pthread_cond_t open;
        _Atomic unsigned attempts, freed, reopened;
        struct buffer seen; /* seq of each delivered event, "!" if it is marked, and a space */
};

struct fake {
        struct sink sink;
        struct fake_log *log;
};

static inline struct sink *fake_free(struct sink *sink)
{
        struct fake *f = (struct fake *)sink;

        (void)pthread_mutex_lock(&f->log->lock);
        f->log->freed++;
        (void)pthread_mutex_unlock(&f->log->lock);
        free(f);
        return NULL;
}

static inline int fake_deliver(struct sink *sink, const struct event *e)
{
        struct fake_log *log = ((struct fake *)sink)->log;

        (void)pthread_mutex_lock(&log->lock);
        log->attempts++;
        while (log->hangs)
                (void)pthread_cond_wait(&log->open, &log->lock);
        int answer = log->answer;
        if (answer == 0)
                buffer_printf(&log->seen, "%llu%s ", (unsigned long long)e->seq,
                              e->fields[FIELD_REDELIVERED] ? "!" : "");
        (void)pthread_mutex_unlock(&log->lock);
        return answer;
}

static inline int fake_reopen(struct sink *sink)
{
        struct fake_log *log = ((struct fake *)sink)->log;

        (void)pthread_mutex_lock(&log->lock);
        log->reopened++;
        (void)pthread_mutex_unlock(&log->lock);
        return 0;
}

static const struct sink_vtable fake_vtable _unused_ = {
        .name = "fake", .free = fake_free, .deliver = fake_deliver, .reopen = fake_reopen};
static const struct sink_vtable fake_other_vtable _unused_ = {
        .name = "other", .free = fake_free, .deliver = fake_deliver, .reopen = fake_reopen};
/* One that says that it may wait. */
static const struct sink_vtable fake_slow_vtable _unused_ = {.name = "fake",
                                                             .free = fake_free,
                                                             .deliver = fake_deliver,
                                                             .reopen = fake_reopen,
                                                             .waits = true};

static inline void fake_log_init(struct fake_log *log)
{
        *log = (struct fake_log){.answer = 0};
        (void)pthread_mutex_init(&log->lock, NULL);
        (void)pthread_cond_init(&log->open, NULL);
        buffer_puts(&log->seen, "");
}

/* How much it has had, in bytes of `seen`. */
static inline size_t fake_had(struct fake_log *log)
{
        (void)pthread_mutex_lock(&log->lock);
        size_t n = log->seen.len;
        (void)pthread_mutex_unlock(&log->lock);
        return n;
}

static inline void fake_log_done(struct fake_log *log)
{
        (void)fake_had(log); /* whoever was in there is out */
        buffer_done(&log->seen);
        (void)pthread_cond_destroy(&log->open);
        (void)pthread_mutex_destroy(&log->lock);
}

static inline struct sink *fake_new(const struct sink_vtable *vtable, struct fake_log *log)
{
        struct fake *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        f->sink.vtable = vtable;
        f->log = log;
        return &f->sink;
}

static inline void fake_answer(struct fake_log *log, int answer)
{
        (void)pthread_mutex_lock(&log->lock);
        log->answer = answer;
        (void)pthread_mutex_unlock(&log->lock);
}

static inline void fake_hang(struct fake_log *log, bool hangs)
{
        (void)pthread_mutex_lock(&log->lock);
        log->hangs = hangs;
        (void)pthread_cond_broadcast(&log->open);
        (void)pthread_mutex_unlock(&log->lock);
}
