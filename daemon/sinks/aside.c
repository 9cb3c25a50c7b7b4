/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the thread that waits in a receiver, and the answer that nobody has fetched yet.
 * Does not own: the receiver's ways (audit.c, jsonl.c); what waits behind the event (output.c).
 *
 *   courier: deliver(e) ─► thread: inner deliver(e) ─► answer
 *         └─ after a moment: -EAGAIN ... deliver(e) again ◄──┘
 *
 * Without it a courier that hangs in its receiver could not put on disk what comes meanwhile.
 * Ownership: an event that is under way has a reference of the thread's. A thread that does not come
 * back from its receiver keeps both, and frees them if it ever does.
 */
#include "daemon/sinks/aside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/thread.h"

#define STACK_SIZE ((size_t)512 * 1024)
/* how long somebody waits for an answer */
#define MOMENT (20 * USEC_PER_MSEC)

struct aside {
        struct sink sink;
        struct sink_vtable vtable; /* ours, with the name of the other one */
        struct sink *inner;        /* the thread's */
        pthread_t thread;

        pthread_mutex_t lock; /* guards what follows */
        pthread_cond_t changed;
        struct event *event; /* under way, or done and not asked for yet; NULL: the thread rests */
        bool done;
        int answer;
        bool reopen, stop;
        bool orphan; /* the thread frees it */
};

static void destroy(struct aside *a)
{
        if (a->inner)
                (void)a->inner->vtable->free(a->inner);
        (void)event_free(a->event);
        (void)pthread_cond_destroy(&a->changed);
        (void)pthread_mutex_destroy(&a->lock);
        free(a);
}

static bool is_under_way(const struct aside *a)
{
        return a->event && !a->done;
}

static void *thread_main(void *userdata)
{
        struct aside *a = userdata;

        (void)pthread_mutex_lock(&a->lock);
        while (!a->stop) {
                bool reopen = a->reopen, deliver = is_under_way(a);
                int answer = 0;

                if (!reopen && !deliver) {
                        thread_condition_wait(&a->changed, &a->lock, USEC_INFINITY);
                        continue;
                }
                a->reopen = false;
                (void)pthread_mutex_unlock(&a->lock);
                /* one that cannot be opened says so when it is delivered to */
                if (reopen && a->inner->vtable->reopen)
                        (void)a->inner->vtable->reopen(a->inner);
                if (deliver)
                        answer = a->inner->vtable->deliver(a->inner, a->event);
                (void)pthread_mutex_lock(&a->lock);
                if (deliver) {
                        a->answer = answer;
                        a->done = true;
                }
                (void)pthread_cond_broadcast(&a->changed);
        }
        bool orphan = a->orphan;
        (void)pthread_mutex_unlock(&a->lock);
        if (orphan)
                destroy(a);
        return NULL;
}

static void wait_a_moment(struct aside *a)
{
        usec_t until = clock_monotonic() + MOMENT;

        while (is_under_way(a) && clock_monotonic() < until)
                thread_condition_wait(&a->changed, &a->lock, until);
}

static bool is_same(const struct event *a, const struct event *b)
{
        const char *x = a->fields[FIELD_EVENT_ID], *y = b->fields[FIELD_EVENT_ID];

        return a->seq == b->seq && x && y && strcmp(x, y) == 0;
}

static int fetch_answer(struct aside *a)
{
        int answer = a->answer;

        a->event = event_free(a->event);
        a->done = false;
        return answer;
}

static void send(struct aside *a, const struct event *e)
{
        /* an event is counted, which the const does not mean */
        memcpy(&a->event, &e, sizeof(a->event));
        (void)event_ref(a->event);
        (void)pthread_cond_broadcast(&a->changed);
}

static int aside_deliver(struct sink *sink, const struct event *e)
{
        struct aside *a = (struct aside *)sink;
        int answer = -EAGAIN;

        (void)pthread_mutex_lock(&a->lock);
        wait_a_moment(a);
        /* one that was given up meanwhile: nobody asks any more what came of it */
        if (a->event && a->done && !is_same(a->event, e))
                (void)fetch_answer(a);
        if (!a->event) {
                send(a, e);
                wait_a_moment(a);
        }
        if (a->done)
                answer = fetch_answer(a);
        (void)pthread_mutex_unlock(&a->lock);
        return answer;
}

static int aside_reopen(struct sink *sink)
{
        struct aside *a = (struct aside *)sink;

        (void)pthread_mutex_lock(&a->lock);
        a->reopen = true;
        (void)pthread_cond_broadcast(&a->changed);
        (void)pthread_mutex_unlock(&a->lock);
        return 0;
}

static uint64_t aside_pending(struct sink *sink)
{
        struct aside *a = (struct aside *)sink;

        (void)pthread_mutex_lock(&a->lock);
        uint64_t seq = a->event && (!a->done || a->answer == 0) ? a->event->seq : 0;
        (void)pthread_mutex_unlock(&a->lock);
        return seq;
}

static struct sink *aside_free(struct sink *sink)
{
        struct aside *a = (struct aside *)sink;

        if (!a)
                return NULL;
        (void)pthread_mutex_lock(&a->lock);
        wait_a_moment(a);
        a->stop = true;
        a->orphan = is_under_way(a);
        bool orphan = a->orphan;
        pthread_t thread = a->thread;
        if (orphan)
                (void)pthread_detach(thread);
        (void)pthread_cond_broadcast(&a->changed);
        (void)pthread_mutex_unlock(&a->lock);
        /* from here on an orphan is the thread's alone */
        if (orphan)
                return NULL;
        (void)pthread_join(thread, NULL);
        destroy(a);
        return NULL;
}

int aside_new(struct sink **ret, struct sink *sink)
{
        struct aside *a = calloc(1, sizeof(*a));

        if (!a) {
                (void)sink->vtable->free(sink);
                return -ENOMEM;
        }
        a->inner = sink;
        a->vtable = (struct sink_vtable){
                .name = sink->vtable->name,
                .free = aside_free,
                .deliver = aside_deliver,
                .reopen = aside_reopen,
                .pending = aside_pending,
        };
        a->sink.vtable = &a->vtable;
        (void)pthread_mutex_init(&a->lock, NULL);
        int k = thread_condition_init(&a->changed);
        if (k >= 0)
                k = thread_start(&a->thread, STACK_SIZE, thread_main, a);
        if (k < 0) {
                destroy(a);
                return k;
        }
        *ret = &a->sink;
        return 0;
}
