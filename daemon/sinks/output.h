/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * One receiver and what waits for it on disk. An event is delivered at once; one that the receiver
 * refuses for longer than a moment goes to the spool before anything else happens, and all that come
 * after it go behind it until the spool is empty again. May wait for the disk: it belongs to one
 * courier's thread (courier.h), and is not locked.
 */

#include "common/base/clock.h"
#include "daemon/sinks/loss.h"
#include "daemon/sinks/sink.h"

struct output;

/* directory: of its spool, NULL: it has none; it is not opened yet. spool_max: bytes. Returns 0 or
 * -ENOMEM. */
int output_new(struct output **ret, const char *directory, uint64_t spool_max);
/* Leaves a note of a clean end, and what waits on disk. Accepts NULL, returns NULL. */
struct output *output_free(struct output *o);

/* Opens the spool. What cannot be opened is tried again. */
void output_open(struct output *o, usec_t now);
/* Another receiver; takes ownership. NULL: there is none any more. */
void output_set_sink(struct output *o, struct sink *sink);
void output_set_spool_max(struct output *o, uint64_t max);
/* Opens the receiver again (log rotation), and tries at once. */
void output_reopen(struct output *o);

/* These, SINK_TOGETHER at most, will be offered next, in this order. Borrows them. */
void output_expect(struct output *o, struct event *const *events, size_t n);
/* Borrows the event. telling: it tells of a loss itself; hurry: so many wait behind it that it had
 * better go to the disk than be delivered. Returns 0: dealt with (delivered, on disk,
 * or lost and counted); -EAGAIN: to be offered again before any other, when output_deadline() says. */
int output_take(struct output *o, const struct event *e, bool telling, bool hurry, usec_t now);
/* Delivers what waits on disk, a few events at a time, and makes durable what is new there. */
void output_run(struct output *o, usec_t now);
/* When output_run() can do something, or, if an event is held that it did not take, output_take()
 * again (monotonic); USEC_INFINITY: never. */
usec_t output_deadline(const struct output *o, bool held, bool hurry);
/* Deletes the spool: nobody waits for it any more. */
void output_end(struct output *o);

struct output_report {
        struct sink_stats stats; /* queued: on disk alone */
        usec_t down_since;       /* monotonic; 0: it takes events */
        struct sink_loss loss;   /* since the last report */
        bool tell;               /* something is to be told of it now */
};
void output_report(struct output *o, struct output_report *ret);
