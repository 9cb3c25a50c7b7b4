/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the thread that waits in a receiver, and the answers that nobody has fetched yet.
 * Does not own: the receiver's ways (audit.c, jsonl.c); what waits behind the events (output.c).
 *
 *   courier: expect(several), deliver(e) ─► thread: inner deliver(e), and on to the next ─► answers
 *         └─ after a moment: -EAGAIN ... deliver(e) again ◄────────────────────────────────────┘
 *
 * Without it a courier that hangs in its receiver could not put on disk what comes meanwhile. Several are handed over
 * together, so that the threads take turns once for all of them; the first that is refused ends that.
 * Ownership: events that are under way have a reference of the thread's. A thread that does not come
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
        /* of n events `answered` have their answer, of which `fetched` are gone */
        struct event *events[SINK_TOGETHER];
        int answers[SINK_TOGETHER];
        size_t n, answered, fetched;
        bool busy; /* the thread is in the receiver */
        bool reopen, stop;
        bool orphan; /* the thread frees it */
};

static bool is_under_way(const struct aside *a)
{
        return a->answered < a->n;
}

/* The answer to the oldest. */
static int fetch(struct aside *a)
{
        int answer = a->answers[a->fetched];

        a->events[a->fetched] = event_free(a->events[a->fetched]);
        if (++a->fetched == a->n)
                a->n = a->answered = a->fetched = 0;
        return answer;
}

static void forget_from(struct aside *a, size_t first)
{
        for (size_t i = first; i < a->n; i++)
                a->events[i] = event_free(a->events[i]);
        a->n = first;
}

static void destroy(struct aside *a)
{
        if (a->inner)
                (void)a->inner->vtable->free(a->inner);
        forget_from(a, a->fetched);
        (void)pthread_cond_destroy(&a->changed);
        (void)pthread_mutex_destroy(&a->lock);
        free(a);
}

/* One event, with the lock held before and after, not meanwhile. */
static void deliver_next(struct aside *a)
{
        const struct event *e = a->events[a->answered];

        a->busy = true;
        (void)pthread_mutex_unlock(&a->lock);
        int answer = a->inner->vtable->deliver(a->inner, e);
        (void)pthread_mutex_lock(&a->lock);
        a->busy = false;
        a->answers[a->answered++] = answer;
        /* none goes past one that has to be offered again */
        if (answer == -EAGAIN)
                forget_from(a, a->answered);
        if (!is_under_way(a))
                (void)pthread_cond_broadcast(&a->changed);
}

static void reopen(struct aside *a)
{
        a->reopen = false;
        a->busy = true;
        (void)pthread_mutex_unlock(&a->lock);
        /* one that cannot be opened says so when it is delivered to */
        if (a->inner->vtable->reopen)
                (void)a->inner->vtable->reopen(a->inner);
        (void)pthread_mutex_lock(&a->lock);
        a->busy = false;
}

static void *thread_main(void *userdata)
{
        struct aside *a = userdata;

        (void)pthread_mutex_lock(&a->lock);
        while (!a->stop) {
                if (a->reopen)
                        reopen(a);
                else if (is_under_way(a))
                        deliver_next(a);
                else
                        thread_condition_wait(&a->changed, &a->lock, USEC_INFINITY);
        }
        bool orphan = a->orphan;
        (void)pthread_mutex_unlock(&a->lock);
        if (orphan)
                destroy(a);
        return NULL;
}

/* Until all have their answers. */
static void wait_a_moment(struct aside *a)
{
        usec_t until = clock_monotonic() + MOMENT;

        while (is_under_way(a) && clock_monotonic() < until)
                thread_condition_wait(&a->changed, &a->lock, until);
}

static bool is_same(const struct event *a, const struct event *b)
{
        const char *x = a->fields[FIELD_EVENT_ID], *y = b->fields[FIELD_EVENT_ID];

        return a == b || (a->seq == b->seq && x && y && strcmp(x, y) == 0);
}

static bool has_answer(const struct aside *a)
{
        return a->fetched < a->answered;
}

/* Those that were given up meanwhile: nobody asks any more what came of them. */
static void forget_others(struct aside *a, const struct event *e)
{
        while (has_answer(a) && !is_same(a->events[a->fetched], e))
                (void)fetch(a);
}

static void send(struct aside *a, struct event *const *events, size_t n)
{
        for (size_t i = 0; i < n; i++)
                a->events[i] = event_ref(events[i]);
        a->n = n;
        (void)pthread_cond_broadcast(&a->changed);
}

static void aside_expect(struct sink *sink, struct event *const *events, size_t n)
{
        struct aside *a = (struct aside *)sink;

        (void)pthread_mutex_lock(&a->lock);
        forget_others(a, events[0]);
        if (a->n == 0)
                send(a, events, n);
        (void)pthread_mutex_unlock(&a->lock);
}

static int aside_deliver(struct sink *sink, const struct event *e)
{
        struct aside *a = (struct aside *)sink;
        struct event *event;
        int answer = -EAGAIN;

        /* an event is counted, which the const does not mean */
        memcpy(&event, &e, sizeof(event));
        (void)pthread_mutex_lock(&a->lock);
        forget_others(a, e);
        if (!has_answer(a)) {
                wait_a_moment(a);
                forget_others(a, e);
        }
        if (a->n == 0) {
                send(a, &event, 1);
                wait_a_moment(a);
        }
        if (has_answer(a))
                answer = fetch(a);
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
        uint64_t seq = 0;

        (void)pthread_mutex_lock(&a->lock);
        for (size_t i = a->fetched; i < a->n; i++)
                if (i >= a->answered || a->answers[i] == 0)
                        seq = a->events[i]->seq;
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
        a->orphan = a->busy;
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
                .expect = aside_expect,
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
