/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the queue in front of each sink, the times of its retries, and the account of what was
 * lost. Does not own: how a record looks or travels; that is each sink's own file. Ownership:
 * sinks_emit() → one shared event, counted → every queue that could not deliver it at once; the
 * last one frees it.
 *
 * A full queue gives up the oldest of its least important events: who floods the host with
 * harmless artefacts must not push a critical finding out. Losses are told at most once a second;
 * those that the telling itself causes are counted, but ask for no further telling, or a dead
 * receiver would be reported for ever.
 */
#include <string.h>
#include <time.h>

#include "daemon/sinks/sink.h"

#define BACKOFF_MIN (10 * USEC_PER_MSEC)
#define BACKOFF_MAX (30 * USEC_PER_SEC)
#define TELL_INTERVAL USEC_PER_SEC
/* a receiver whose socket is full for a moment is not worth a word */
#define DOWN_GRACE USEC_PER_SEC
/* events delivered to one sink before the loop gets its turn again */
#define RETRY_BATCH 256

#define PRIORITIES 8

/* The priority stands beside the event, so that looking for a victim reads one array. */
struct slot {
        struct event *event;
        int priority;
};

struct queue {
        struct sink *sink;
        struct slot *ring; /* capacity: queue_max */
        size_t head, count;
        size_t of_priority[PRIORITIES]; /* how many of each wait */
        struct sink_stats stats;
        usec_t backoff, retry_at;
        usec_t down_since;
        usec_t lost_tell_at, down_tell_at; /* not before */
        uint64_t lost_untold;
        bool tell_lost, told_down;
};

struct sinks {
        struct sinks_handler handler;
        size_t queue_max;
        struct queue *queues;
        size_t n_queues;
        bool telling;
};

int sinks_new(struct sinks **ret, const struct sinks_handler *handler, size_t queue_max)
{
        if (queue_max == 0)
                return -EINVAL;
        struct sinks *s = calloc(1, sizeof(*s));
        if (!s)
                return -ENOMEM;
        if (handler)
                s->handler = *handler;
        s->queue_max = queue_max;
        *ret = s;
        return 0;
}

static struct slot *queue_at(const struct sinks *s, const struct queue *q, size_t i)
{
        return &q->ring[(q->head + i) % s->queue_max];
}

struct sinks *sinks_free(struct sinks *s)
{
        if (!s)
                return NULL;
        for (size_t i = 0; i < s->n_queues; i++) {
                struct queue *q = &s->queues[i];

                for (size_t k = 0; k < q->count; k++)
                        (void)event_free(queue_at(s, q, k)->event);
                free(q->ring);
                (void)q->sink->vtable->free(q->sink);
        }
        free(s->queues);
        free(s);
        return NULL;
}

int sinks_add(struct sinks *s, struct sink *sink)
{
        _cleanup_free_ struct slot *ring = calloc(s->queue_max, sizeof(*ring));
        struct queue *queues =
                ring ? reallocarray(s->queues, s->n_queues + 1, sizeof(*queues)) : NULL;

        if (!queues) {
                (void)sink->vtable->free(sink);
                return -ENOMEM;
        }
        s->queues = queues;
        queues[s->n_queues++] = (struct queue){.sink = sink, .ring = take_ptr(&ring)};
        return 0;
}

static void queue_count_lost(const struct sinks *s, struct queue *q)
{
        q->stats.lost++;
        q->lost_untold++;
        if (!s->telling)
                q->tell_lost = true;
}

static void queue_remove(const struct sinks *s, struct queue *q, size_t i)
{
        struct slot *slot = queue_at(s, q, i);

        q->of_priority[slot->priority]--;
        (void)event_free(slot->event);
        for (; i > 0; i--)
                *queue_at(s, q, i) = *queue_at(s, q, i - 1);
        q->head = (q->head + 1) % s->queue_max;
        q->count--;
}

/* Makes room for an event of this priority: the oldest of the least important goes. Returns false
 * if what waits is more important. */
static bool queue_make_room(const struct sinks *s, struct queue *q, int priority)
{
        int least = PRIORITIES - 1;
        size_t i = 0;

        queue_count_lost(s, q);
        while (least > 0 && q->of_priority[least] == 0)
                least--;
        if (priority > least)
                return false;
        while (queue_at(s, q, i)->priority != least)
                i++;
        queue_remove(s, q, i);
        return true;
}

static void queue_push(const struct sinks *s, struct queue *q, struct event *e)
{
        int priority = event_priority(e) & (PRIORITIES - 1);

        if (q->count == s->queue_max && !queue_make_room(s, q, priority))
                return;
        *queue_at(s, q, q->count++) = (struct slot){.event = event_ref(e), .priority = priority};
        q->of_priority[priority]++;
}

/* Returns true if the event is dealt with, false if the receiver does not take it now. */
static bool queue_deliver(const struct sinks *s, struct queue *q, const struct event *e, usec_t now)
{
        int r = q->sink->vtable->deliver(q->sink, e);

        if (r == -EAGAIN) {
                if (!q->stats.down)
                        q->down_since = now;
                q->stats.down = true;
                q->backoff = q->backoff > 0 ? MIN_OF(q->backoff * 2, BACKOFF_MAX) : BACKOFF_MIN;
                q->retry_at = now + q->backoff;
                return false;
        }
        /* what waited for the receiver's return can now be told where it is read */
        if (q->stats.down && q->lost_untold > 0)
                q->tell_lost = true;
        q->stats.down = false;
        q->backoff = 0;
        if (r < 0) {
                queue_count_lost(s, q);
        } else {
                q->stats.delivered++;
                q->stats.delivered_seq = e->seq;
        }
        return true;
}

static void queue_tell(struct sinks *s, size_t i, usec_t now)
{
        struct queue *q = &s->queues[i];
        const char *name = q->sink->vtable->name;
        bool down = q->stats.down && (q->told_down || now >= q->down_since + DOWN_GRACE);
        char detail[64];

        if (down != q->told_down && now >= q->down_tell_at) {
                q->told_down = down;
                q->down_tell_at = now + TELL_INTERVAL;
                (void)snprintf(detail, sizeof(detail), "%zu events wait", q->count);
                if (s->handler.down)
                        s->handler.down(s->handler.userdata, name, down, detail);
        }
        q = &s->queues[i];
        if (q->tell_lost && now >= q->lost_tell_at) {
                uint64_t lost = q->lost_untold;

                q->tell_lost = false;
                q->lost_untold = 0;
                q->lost_tell_at = now + TELL_INTERVAL;
                if (s->handler.lost)
                        s->handler.lost(s->handler.userdata, name, lost);
        }
}

static void sinks_tell(struct sinks *s, usec_t now)
{
        if (s->telling)
                return;
        s->telling = true;
        for (size_t i = 0; i < s->n_queues; i++)
                queue_tell(s, i, now);
        s->telling = false;
}

void sinks_emit(struct sinks *s, struct event *e)
{
        usec_t now = clock_monotonic();

        if (!e)
                return;
        for (size_t i = 0; i < s->n_queues; i++) {
                struct queue *q = &s->queues[i];

                if (q->count > 0 || !queue_deliver(s, q, e, now))
                        queue_push(s, q, e);
        }
        (void)event_free(e);
        sinks_tell(s, now);
}

usec_t sinks_deadline(struct sinks *s)
{
        usec_t deadline = USEC_INFINITY;

        for (size_t i = 0; i < s->n_queues; i++) {
                const struct queue *q = &s->queues[i];

                if (q->count > 0)
                        deadline = MIN_OF(deadline, q->retry_at);
                if (q->tell_lost)
                        deadline = MIN_OF(deadline, q->lost_tell_at);
                if (q->told_down && !q->stats.down)
                        deadline = MIN_OF(deadline, q->down_tell_at);
        }
        return deadline;
}

static void queue_retry(const struct sinks *s, struct queue *q, usec_t now)
{
        for (size_t n = 0; q->count > 0; n++) {
                if (n == RETRY_BATCH) {
                        q->retry_at = now;
                        return;
                }
                if (!queue_deliver(s, q, queue_at(s, q, 0)->event, now))
                        return;
                queue_remove(s, q, 0);
        }
}

void sinks_retry(struct sinks *s, usec_t now)
{
        for (size_t i = 0; i < s->n_queues; i++)
                if (s->queues[i].retry_at <= now)
                        queue_retry(s, &s->queues[i], now);
        sinks_tell(s, now);
}

void sinks_reopen(struct sinks *s)
{
        for (size_t i = 0; i < s->n_queues; i++) {
                struct queue *q = &s->queues[i];

                /* a sink that cannot be opened is down and tries again */
                if (q->sink->vtable->reopen)
                        (void)q->sink->vtable->reopen(q->sink);
                q->retry_at = 0;
        }
}

void sinks_flush(struct sinks *s, usec_t limit)
{
        const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
        usec_t start = clock_monotonic();

        for (;;) {
                usec_t now = clock_monotonic();
                bool waits = false;

                for (size_t i = 0; i < s->n_queues; i++) {
                        struct queue *q = &s->queues[i];

                        queue_retry(s, q, now);
                        waits = waits || q->count > 0;
                }
                if (!waits || now - start >= limit)
                        return;
                (void)nanosleep(&pause, NULL);
        }
}

static struct queue *queue_named(struct sinks *s, const char *name)
{
        for (size_t i = 0; i < s->n_queues; i++)
                if (strcmp(s->queues[i].sink->vtable->name, name) == 0)
                        return &s->queues[i];
        return NULL;
}

static void queue_inherit(struct sinks *s, struct queue *to, struct sinks *old, struct queue *from)
{
        while (from->count > 0) {
                queue_push(s, to, queue_at(old, from, 0)->event);
                queue_remove(old, from, 0);
        }
        to->stats.delivered += from->stats.delivered;
        to->stats.delivered_seq = MAX_OF(to->stats.delivered_seq, from->stats.delivered_seq);
        to->stats.lost += from->stats.lost;
        to->stats.down = from->stats.down;
        to->down_since = from->down_since;
        to->told_down = from->told_down;
        to->lost_untold += from->lost_untold;
        to->tell_lost = to->tell_lost || from->tell_lost;
}

/* Nobody waits for it any more: what it had not taken is lost, and it is down no longer. */
static void queue_end(struct sinks *s, struct sinks *old, struct queue *from)
{
        const char *name = from->sink->vtable->name;
        uint64_t lost = from->lost_untold + from->count;

        while (from->count > 0)
                queue_remove(old, from, 0);
        if (from->told_down && s->handler.down)
                s->handler.down(s->handler.userdata, name, false, "the output was switched off");
        if (lost > 0 && s->handler.lost)
                s->handler.lost(s->handler.userdata, name, lost);
}

void sinks_inherit(struct sinks *s, struct sinks *old)
{
        for (size_t i = 0; old && i < old->n_queues; i++) {
                struct queue *from = &old->queues[i];
                struct queue *to = queue_named(s, from->sink->vtable->name);

                if (to)
                        queue_inherit(s, to, old, from);
        }
        /* only now: telling emits, and must come behind what waited */
        for (size_t i = 0; old && i < old->n_queues; i++)
                if (!queue_named(s, old->queues[i].sink->vtable->name))
                        queue_end(s, old, &old->queues[i]);
}

bool sinks_stats(const struct sinks *s, size_t i, const char **ret_name, struct sink_stats *ret)
{
        if (i >= s->n_queues)
                return false;
        *ret_name = s->queues[i].sink->vtable->name;
        *ret = s->queues[i].stats;
        ret->queued = s->queues[i].count;
        return true;
}
