/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the thread of one output, and what the loop and it hand each other.
 * Does not own: in which order things are delivered and spooled (output.c), what people are told
 * (sinks.c).
 *
 *   loop: push ─► queue ─► thread: output_take(), output_run() ─► figures ─► loop: look
 *
 * Why a thread for each output. Writing to a spool is a write into the page cache, and yet it sleeps
 * while a disk is throttled, frozen or gone; so does syncing, and reading what waits. The loop takes
 * verdicts and must not sleep. One thread for all outputs would let one that hangs hold up the
 * others. Receivers that may wait themselves have another thread (aside.c), since what comes
 * meanwhile has to be put on disk. The lock is held for a few instructions at a time, by nobody who
 * waits.
 *
 * The first event after a rest is delivered at once; in a burst the thread waits for a pause, as the
 * storing thread does: telling takes as much of a processor as taking files away, which comes first.
 *
 * An event leaves the queue when it is delivered or on disk. What is in it when the process is killed
 * is in the register, from which it is handed over again (sinks_missed()).
 */
#include "daemon/sinks/courier.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "common/base/thread.h"
#include "common/model/event-read.h"
#include "daemon/sinks/output.h"
#include "daemon/sinks/queue.h"
#include "daemon/sinks/spool-position.h"

#define STACK_SIZE ((size_t)512 * 1024)

struct courier {
        char *name;
        int wake_fd;
        pthread_t thread;
        struct output *output;        /* the thread's, once it is let go */
        struct spool_position resume; /* of the run before; handled 0: not known */
        enum spool_doubt doubt;

        pthread_mutex_t lock; /* guards what follows */
        pthread_cond_t changed;
        struct queue queue;
        size_t queue_max;
        bool go, stop, retired, ended;
        bool orphan; /* the thread frees it */
        usec_t stop_until;
        /* orders for the thread */
        struct sink *next_sink;
        uint64_t spool_max;
        bool has_order, reopen;
        /* what the thread says */
        struct output_report report;
        uint64_t lost;     /* from the queue, beside those of the report */
        size_t under_way;  /* events that are out of the queue */
        bool lingers;      /* it waits for a burst to pause */
        usec_t busy_since; /* monotonic; 0: it waits for work */
        /* what is to be told, and what was */
        struct sink_loss loss;
        bool tell_loss, told_down, told_spool_failed;
};

/* With the lock held: whoever owns the eventfd may close it once the courier is an orphan. */
static void wake_loop(const struct courier *c)
{
        const uint64_t one = 1;

        if (!c->orphan)
                (void)!write(c->wake_fd, &one, sizeof(one));
}

/* --- the thread ---- */

static void destroy(struct courier *c)
{
        if (c->next_sink)
                (void)c->next_sink->vtable->free(c->next_sink);
        queue_done(&c->queue);
        (void)output_free(c->output);
        (void)pthread_cond_destroy(&c->changed);
        (void)pthread_mutex_destroy(&c->lock);
        free(c->name);
        free(c);
}

static void publish(struct courier *c)
{
        struct output_report report;

        output_report(c->output, &report);
        sink_loss_merge(&c->loss, &report.loss);
        bool tell = report.tell && c->loss.count > 0 && !c->tell_loss;
        c->tell_loss = c->tell_loss || tell;
        c->report = report;
        if (tell || (c->told_down && !report.stats.down) ||
            c->told_spool_failed != (report.stats.spool_error < 0))
                wake_loop(c);
}

struct order {
        struct sink *sink;
        uint64_t spool_max;
        bool given, reopen;
};

static struct order take_order(struct courier *c)
{
        struct order order = {c->next_sink, c->spool_max, c->has_order, c->reopen};

        c->next_sink = NULL;
        c->has_order = c->reopen = false;
        return order;
}

static void follow_order(struct courier *c, const struct order *order)
{
        if (order->given) {
                output_set_sink(c->output, order->sink);
                output_set_spool_max(c->output, order->spool_max);
        }
        if (order->reopen)
                output_reopen(c->output);
}

static bool is_crowded(const struct courier *c)
{
        return c->queue.count > c->queue_max / 2;
}

/* Events that are out of the queue, in their order. */
struct batch {
        struct queue_slot *slots[SINK_TOGETHER];
        size_t n;
};

static void take_batch(struct courier *c, struct batch *b, size_t max)
{
        struct queue_slot *slot;

        b->n = 0;
        while (b->n < max && (slot = queue_pop(&c->queue)))
                b->slots[b->n++] = slot;
        c->under_way = b->n;
}

/* Returns how many are dealt with. */
static size_t offer_batch(struct courier *c, struct batch *b, bool hurry)
{
        struct event *events[SINK_TOGETHER];
        size_t done = 0;

        for (size_t i = 0; i < b->n; i++)
                events[i] = b->slots[i]->event;
        if (b->n > 1)
                output_expect(c->output, events, b->n);
        while (done < b->n && output_take(c->output, events[done], b->slots[done]->telling, hurry,
                                          clock_monotonic()) != -EAGAIN)
                done++;
        for (size_t i = 0; i < done; i++)
                b->slots[i] = queue_slot_free(b->slots[i]);
        return done;
}

static void put_back_batch(struct courier *c, struct batch *b, size_t done)
{
        while (b->n > done)
                queue_put_back(&c->queue, b->slots[--b->n]);
        c->under_way = 0;
}

/* Some events, if they may be offered, and a few that wait on disk. held: the output did not take the
 * last one. The lock is held before and after, not meanwhile. */
static void work(struct courier *c, usec_t now, bool *held)
{
        const struct order order = take_order(c);
        bool hurry = is_crowded(c);
        bool offer = !*held || order.given || order.reopen ||
                     now >= output_deadline(c->output, true, hurry);
        struct batch batch;

        take_batch(c, &batch, !offer ? 0 : hurry || *held ? 1 : SINK_TOGETHER);
        c->busy_since = now;
        (void)pthread_mutex_unlock(&c->lock);
        follow_order(c, &order);
        size_t done = offer_batch(c, &batch, hurry);
        /* what waits in memory has no other place than the disk, and comes first */
        if (!hurry)
                output_run(c->output, now);
        (void)pthread_mutex_lock(&c->lock);
        c->busy_since = 0;
        if (offer)
                *held = done < batch.n;
        put_back_batch(c, &batch, done);
        publish(c);
}

/* A quarter of the queue is far from what would be given up, and from where the disk is used. */
static bool may_linger(const void *userdata)
{
        const struct courier *c = userdata;

        return !c->retired && !c->stop && !c->has_order && !c->reopen &&
               c->queue.count < c->queue_max / 4;
}

/* Until no more events come, or it has been long enough. */
static void linger(struct courier *c, usec_t end)
{
        c->lingers = true;
        thread_wait_for_pause(&c->changed, &c->lock, &c->queue.count, end, may_linger, c);
        c->lingers = false;
}

/* Until there is something to do. */
static void rest(struct courier *c, usec_t until)
{
        usec_t begin = clock_monotonic();
        bool empty = c->queue.count == 0; /* what was not taken waits for the receiver */

        thread_condition_wait(&c->changed, &c->lock, until);
        if (empty && c->queue.count > 0 && clock_monotonic() < begin + THREAD_QUIET)
                linger(c, until);
}

/* Until it is to end. */
static void run(struct courier *c)
{
        bool held = false;

        while (!c->retired) {
                usec_t now = clock_monotonic();
                usec_t next = output_deadline(c->output, held && c->queue.count > 0, is_crowded(c));

                if (c->stop && (c->queue.count == 0 || now >= c->stop_until))
                        break;
                if (c->has_order || c->reopen || (c->queue.count > 0 && !held) || now >= next)
                        work(c, now, &held);
                else
                        rest(c, c->stop ? MIN_OF(next, c->stop_until) : next);
        }
}

/* Nobody waits for what is left. */
static void drop_all(struct courier *c)
{
        struct queue_slot *slot;

        while ((slot = queue_pop(&c->queue))) {
                sink_loss_add(&c->loss, 1, slot->event->seq, slot->event->seq);
                c->lost++;
                (void)queue_slot_free(slot);
        }
        (void)pthread_mutex_unlock(&c->lock);
        output_end(c->output);
        (void)pthread_mutex_lock(&c->lock);
        publish(c);
}

static void *thread_main(void *userdata)
{
        struct courier *c = userdata;
        char name[16];

        (void)snprintf(name, sizeof(name), "out-%s", c->name);
        (void)prctl(PR_SET_NAME, name, 0, 0, 0);
        (void)pthread_mutex_lock(&c->lock);
        while (!c->go && !c->stop)
                (void)pthread_cond_wait(&c->changed, &c->lock);
        if (c->go) {
                const struct order order = take_order(c);

                (void)pthread_mutex_unlock(&c->lock);
                follow_order(c, &order);
                output_open(c->output, clock_monotonic());
                (void)pthread_mutex_lock(&c->lock);
                publish(c);
                run(c);
                if (c->retired)
                        drop_all(c);
        }
        (void)pthread_mutex_unlock(&c->lock);
        c->output = output_free(c->output);
        (void)pthread_mutex_lock(&c->lock);
        c->ended = true;
        bool orphan = c->orphan;
        wake_loop(c);
        (void)pthread_cond_broadcast(&c->changed);
        (void)pthread_mutex_unlock(&c->lock);
        if (orphan)
                destroy(c);
        return NULL;
}

/* --- birth and death ---- */

int courier_new(struct courier **ret, const char *name, const char *directory, int wake_fd)
{
        struct courier *c = calloc(1, sizeof(*c));

        if (!c)
                return -ENOMEM;
        c->wake_fd = wake_fd;
        c->queue = QUEUE_NULL;
        (void)pthread_mutex_init(&c->lock, NULL);
        int k = thread_condition_init(&c->changed);
        c->name = strdup(name);
        if (k >= 0)
                k = c->name ? output_new(&c->output, directory, 0) : -ENOMEM;
        if (k >= 0 && directory && spool_position_look(directory, &c->resume) >= 0)
                c->doubt = spool_position_doubt(&c->resume);
        if (k >= 0)
                k = thread_start(&c->thread, STACK_SIZE, thread_main, c);
        if (k < 0) {
                destroy(c);
                return k;
        }
        *ret = c;
        return 0;
}

void courier_go(struct courier *c, struct sink *sink, size_t queue_max, uint64_t spool_max)
{
        (void)pthread_mutex_lock(&c->lock);
        /* one that the thread has not come to use yet */
        if (c->next_sink)
                (void)c->next_sink->vtable->free(c->next_sink);
        c->next_sink = sink;
        c->queue_max = queue_max;
        c->spool_max = spool_max;
        c->has_order = c->go = true;
        (void)pthread_cond_broadcast(&c->changed);
        (void)pthread_mutex_unlock(&c->lock);
}

void courier_retire(struct courier *c)
{
        (void)pthread_mutex_lock(&c->lock);
        c->retired = c->go = true;
        (void)pthread_cond_broadcast(&c->changed);
        (void)pthread_mutex_unlock(&c->lock);
}

void courier_stop(struct courier *c, usec_t until)
{
        (void)pthread_mutex_lock(&c->lock);
        c->stop = true;
        c->stop_until = until;
        (void)pthread_cond_broadcast(&c->changed);
        (void)pthread_mutex_unlock(&c->lock);
}

bool courier_wait(struct courier *c, usec_t until)
{
        (void)pthread_mutex_lock(&c->lock);
        while (!c->ended && clock_monotonic() < until)
                thread_condition_wait(&c->changed, &c->lock, until);
        bool ended = c->ended;
        (void)pthread_mutex_unlock(&c->lock);
        return ended;
}

struct courier *courier_free(struct courier *c)
{
        if (!c)
                return NULL;
        (void)pthread_mutex_lock(&c->lock);
        c->stop = true;
        c->orphan = c->go && !c->ended;
        bool orphan = c->orphan;
        pthread_t thread = c->thread;
        if (orphan)
                (void)pthread_detach(thread);
        (void)pthread_cond_broadcast(&c->changed);
        (void)pthread_mutex_unlock(&c->lock);
        /* from here on an orphan is the thread's alone */
        if (orphan)
                return NULL;
        (void)pthread_join(thread, NULL);
        destroy(c);
        return NULL;
}

/* --- the loop's side ---- */

const char *courier_name(const struct courier *c)
{
        return c->name;
}

void courier_push(struct courier *c, struct event *e, bool telling)
{
        struct sink_loss loss = {0};

        (void)pthread_mutex_lock(&c->lock);
        queue_push(&c->queue, c->queue_max, e, telling, &loss);
        if (loss.count > 0) {
                c->lost += loss.count;
                sink_loss_merge(&c->loss, &loss);
                if (!telling && !c->tell_loss)
                        wake_loop(c);
                c->tell_loss = c->tell_loss || !telling;
        }
        if (!c->lingers || !may_linger(c))
                (void)pthread_cond_signal(&c->changed);
        (void)pthread_mutex_unlock(&c->lock);
}

void courier_reopen(struct courier *c)
{
        (void)pthread_mutex_lock(&c->lock);
        c->reopen = true;
        (void)pthread_cond_signal(&c->changed);
        (void)pthread_mutex_unlock(&c->lock);
}

uint64_t courier_handled(const struct courier *c)
{
        return c->resume.handled > 0 ? c->resume.handled : UINT64_MAX;
}

int courier_missed(struct courier *c, uint64_t seq, const char *json)
{
        _cleanup_event_ struct event *e = NULL;

        if (seq <= courier_handled(c))
                return 0;
        int k = event_read_json(&e, json, strlen(json));
        if (k < 0)
                return k;
        if (c->doubt != SPOOL_DOUBT_NONE)
                event_set_u64(e, FIELD_REDELIVERED, 1);
        /* the first one in any case */
        if (c->doubt == SPOOL_DOUBT_SOME && seq >= c->resume.begun)
                c->doubt = SPOOL_DOUBT_NONE;
        courier_push(c, e, false);
        return 0;
}

void courier_look(struct courier *c, struct courier_state *ret)
{
        (void)pthread_mutex_lock(&c->lock);
        *ret = (struct courier_state){
                .stats = c->report.stats,
                .down_since = c->report.stats.down ? c->report.down_since : c->busy_since,
                .busy = c->busy_since > 0 || c->queue.count > 0 || c->report.stats.down,
                .loss = c->tell_loss,
                .ended = c->ended,
        };
        ret->stats.lost += c->lost;
        ret->stats.queued += c->queue.count + c->under_way;
        (void)pthread_mutex_unlock(&c->lock);
}

void courier_take_loss(struct courier *c, struct sink_loss *ret)
{
        (void)pthread_mutex_lock(&c->lock);
        *ret = c->loss;
        c->loss = (struct sink_loss){0};
        c->tell_loss = false;
        (void)pthread_mutex_unlock(&c->lock);
}

void courier_told(struct courier *c, bool down, bool spool_failed)
{
        (void)pthread_mutex_lock(&c->lock);
        c->told_down = down;
        c->told_spool_failed = spool_failed;
        (void)pthread_mutex_unlock(&c->lock);
}
