/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the order of delivering and spooling for one receiver, the times of its retries, and the
 * account of what was lost. Does not own: how a record looks or travels (each sink's own file);
 * what waits in memory, and the thread (courier.c); files (spool.c).
 *
 *   event ─► receiver takes it ─► delivered
 *        └─► refused, or others wait ─► spool ─► receiver, once it is back
 *                                 └─► the disk takes nothing ─► stays in memory (courier.c)
 *
 * Events of a receiver that is well never touch the disk: a socket that is full for a few
 * milliseconds, as journald's is in a burst, is waited for.
 */
#include "daemon/sinks/output.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/model/event-read.h"
#include "daemon/sinks/spool.h"

#define BACKOFF_MIN (2 * USEC_PER_MSEC)
#define BACKOFF_MAX (30 * USEC_PER_SEC)
/* a receiver that is full for so long is not down */
#define PATIENCE (200 * USEC_PER_MSEC)
#define SPOOL_RETRY USEC_PER_SEC
/* what a loss of power may cost */
#define SYNC_INTERVAL USEC_PER_SEC
/* of delivering what waits, before events that are new get their turn */
#define RUN_TIME (5 * USEC_PER_MSEC)

struct output {
        struct sink *sink;
        char *directory;
        uint64_t spool_max;
        struct spool *spool; /* NULL: not open */
        struct sink_stats stats;
        usec_t backoff, retry_at;
        usec_t refused_since; /* 0: it takes events */
        usec_t spool_retry_at, sync_at;
        uint64_t doubt_seq; /* a former receiver may have taken those up to that one; 0: none */
        struct sink_loss loss;
        bool tell;
};

int output_new(struct output **ret, const char *directory, uint64_t spool_max)
{
        struct output *o = calloc(1, sizeof(*o));

        if (!o)
                return -ENOMEM;
        o->spool_max = spool_max;
        o->directory = directory ? strdup(directory) : NULL;
        if (directory && !o->directory) {
                free(o);
                return -ENOMEM;
        }
        *ret = o;
        return 0;
}

void output_set_sink(struct output *o, struct sink *sink)
{
        uint64_t pending =
                o->sink && o->sink->vtable->pending ? o->sink->vtable->pending(o->sink) : 0;

        o->doubt_seq = MAX_OF(o->doubt_seq, pending);
        if (o->sink)
                (void)o->sink->vtable->free(o->sink);
        o->sink = sink;
        o->retry_at = 0;
}

struct output *output_free(struct output *o)
{
        if (!o)
                return NULL;
        output_set_sink(o, NULL);
        /* what is in doubt for the next run stands first in it, or comes first from the register */
        (void)spool_close(o->spool, o->doubt_seq == 0);
        free(o->directory);
        free(o);
        return NULL;
}

static void count_lost(struct output *o, const struct sink_loss *loss, bool tell)
{
        if (loss->count == 0)
                return;
        o->stats.lost += loss->count;
        sink_loss_merge(&o->loss, loss);
        o->tell = o->tell || tell;
}

static void spool_failed(struct output *o, int error, usec_t now)
{
        o->stats.spool_error = error;
        o->spool_retry_at = now + SPOOL_RETRY;
}

static void spool_works(struct output *o)
{
        o->stats.spool_error = 0;
        o->spool_retry_at = 0;
}

void output_open(struct output *o, usec_t now)
{
        struct sink_loss loss = {0};

        if (!o->directory || o->spool || now < o->spool_retry_at)
                return;
        int k = spool_open(&o->spool, o->directory, o->spool_max, &loss);
        if (k < 0)
                spool_failed(o, k, now);
        else
                spool_works(o);
        count_lost(o, &loss, true);
}

void output_set_spool_max(struct output *o, uint64_t max)
{
        o->spool_max = max;
        if (o->spool)
                spool_set_max(o->spool, max);
}

void output_reopen(struct output *o)
{
        /* a receiver that cannot be opened is down and tries again */
        if (o->sink && o->sink->vtable->reopen)
                (void)o->sink->vtable->reopen(o->sink);
        o->retry_at = 0;
}

/* To whoever has it already: marked. */
static int deliver_in_doubt(struct output *o, const struct event *e)
{
        _cleanup_buffer_ struct buffer json = BUFFER_NULL;
        _cleanup_event_ struct event *copy = NULL;

        event_to_json(e, &json);
        if (json.error || event_read_json(&copy, json.data, json.len) < 0)
                return -EAGAIN;
        event_set_u64(copy, FIELD_REDELIVERED, 1);
        return o->sink->vtable->deliver(o->sink, copy);
}

/* Returns true if the event is dealt with, false if the receiver does not take it now. */
static bool deliver(struct output *o, const struct event *e, usec_t now)
{
        int r = !o->sink                                     ? -ENODEV
                : o->doubt_seq > 0 && e->seq <= o->doubt_seq ? deliver_in_doubt(o, e)
                                                             : o->sink->vtable->deliver(o->sink, e);

        if (r == -EAGAIN) {
                if (!o->stats.down) {
                        o->stats.down_since = clock_realtime();
                        o->refused_since = now;
                }
                o->stats.down = true;
                o->backoff = o->backoff > 0 ? MIN_OF(o->backoff * 2, BACKOFF_MAX) : BACKOFF_MIN;
                o->retry_at = now + o->backoff;
                return false;
        }
        /* what waited for the receiver's return can now be told where it is read */
        o->tell = o->tell || (o->stats.down && o->loss.count > 0);
        o->stats.down = false;
        o->backoff = 0;
        o->refused_since = 0;
        if (e->seq >= o->doubt_seq)
                o->doubt_seq = 0;
        /* whether the disk takes anything is no question any more */
        if (o->spool && spool_is_empty(o->spool))
                spool_works(o);
        if (r < 0) {
                count_lost(o, &(struct sink_loss){1, e->seq, e->seq}, true);
                return true;
        }
        o->stats.delivered++;
        o->stats.delivered_seq = e->seq;
        return true;
}

static bool waits_on_disk(const struct output *o)
{
        return o->spool && !spool_is_empty(o->spool);
}

static void note(struct output *o, const struct event *e, bool at_once)
{
        if (o->spool)
                spool_note(o->spool, e->seq, at_once);
}

/* 0: it is in the spool, or lost and counted; -EAGAIN: the disk does not take it. */
static int put_on_disk(struct output *o, const struct event *e, bool telling, usec_t now)
{
        struct sink_loss loss = {0};

        output_open(o, now);
        if (!o->spool || now < o->spool_retry_at)
                return -EAGAIN;
        bool dirty = spool_is_dirty(o->spool);
        int k = spool_append(o->spool, e, &loss);
        count_lost(o, &loss, !telling);
        if (k == -ENOBUFS) {
                count_lost(o, &(struct sink_loss){1, e->seq, e->seq}, !telling);
                return 0;
        }
        if (k < 0) {
                spool_failed(o, k, now);
                return -EAGAIN;
        }
        o->stats.spooled++;
        spool_works(o);
        if (!dirty)
                o->sync_at = now + SYNC_INTERVAL;
        return 0;
}

/* Until when a receiver that refuses is waited for. */
static usec_t patient_until(const struct output *o, bool hurry)
{
        return hurry ? 0 : o->refused_since + PATIENCE;
}

void output_expect(struct output *o, struct event *const *events, size_t n)
{
        /* what is in doubt is delivered marked */
        if (n == 0 || !o->sink || o->doubt_seq > 0 || waits_on_disk(o))
                return;
        if (o->directory &&
            !(o->spool && spool_begin(o->spool, events[0]->seq, events[n - 1]->seq)))
                return;
        if (o->sink->vtable->expect)
                o->sink->vtable->expect(o->sink, events, n);
}

int output_take(struct output *o, const struct event *e, bool telling, bool hurry, usec_t now)
{
        bool behind_others = waits_on_disk(o);
        bool may_deliver = !behind_others && now >= o->retry_at;
        bool delivered = may_deliver && !hurry && deliver(o, e, now);
        int k = delivered ? 0 : -EAGAIN;

        if (!delivered && (behind_others || now >= patient_until(o, hurry)))
                k = put_on_disk(o, e, telling, now);
        /* with no disk even the slowest receiver is quicker */
        if (k < 0 && may_deliver && hurry && deliver(o, e, now))
                k = 0;
        /* what is on disk must not come from the register as well */
        if (k == 0)
                note(o, e, !delivered);
        return k;
}

static void deliver_waiting(struct output *o, usec_t now)
{
        usec_t begin = clock_monotonic();
        const struct event *e;

        while (waits_on_disk(o) && now >= o->retry_at && clock_monotonic() - begin < RUN_TIME) {
                struct sink_loss loss = {0};
                int k = spool_peek(o->spool, &e, &loss);

                count_lost(o, &loss, true);
                if (k < 0)
                        o->retry_at = now + SPOOL_RETRY; /* memory is out */
                if (k <= 0 || !deliver(o, e, now))
                        return;
                spool_advance(o->spool);
        }
}

void output_run(struct output *o, usec_t now)
{
        output_open(o, now);
        deliver_waiting(o, now);
        if (!o->spool || !spool_is_dirty(o->spool) || now < o->sync_at)
                return;
        int k = spool_sync(o->spool);
        if (k < 0)
                o->stats.spool_error = k;
}

usec_t output_deadline(const struct output *o, bool held, bool hurry)
{
        usec_t deadline = USEC_INFINITY;

        if (waits_on_disk(o) || held)
                deadline = o->retry_at;
        if (held && waits_on_disk(o))
                deadline = MIN_OF(deadline, o->spool_retry_at);
        else if (held && o->directory)
                deadline = MIN_OF(deadline, MAX_OF(o->spool_retry_at, patient_until(o, hurry)));
        if (o->directory && !o->spool)
                deadline = MIN_OF(deadline, o->spool_retry_at);
        if (o->spool && spool_is_dirty(o->spool))
                deadline = MIN_OF(deadline, o->sync_at);
        return deadline;
}

void output_end(struct output *o)
{
        struct sink_loss loss = {0};

        if (o->spool)
                spool_remove(o->spool, o->directory, &loss);
        o->spool = NULL;
        count_lost(o, &loss, true);
}

void output_report(struct output *o, struct output_report *ret)
{
        struct spool_stats spool = {0};

        if (o->spool)
                spool_stats(o->spool, &spool);
        *ret = (struct output_report){.stats = o->stats,
                                      .down_since = o->stats.down ? o->refused_since : 0,
                                      .loss = o->loss,
                                      .tell = o->tell};
        ret->stats.queued = ret->stats.queued_disk = spool.records;
        ret->stats.spool_bytes = spool.bytes;
        o->loss = (struct sink_loss){0};
        o->tell = false;
}
