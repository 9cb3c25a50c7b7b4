/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The thread that brings events to one output, and the queue between it and the loop. All functions
 * are the loop's, and none of them waits, except courier_free(). */

#include "daemon/sinks/loss.h"
#include "daemon/sinks/sink.h"

struct courier;

/* Makes a courier, whose thread does nothing yet. name is copied; directory as for sinks_new();
 * wake_fd, an eventfd, is borrowed, and written to when courier_look() has something new. Returns 0 or
 * negative errno. */
int courier_new(struct courier **ret, const char *name, const char *directory, int wake_fd);
/* Lets it begin, or go on, with this receiver (takes ownership) and these bounds. */
void courier_go(struct courier *c, struct sink *sink, size_t queue_max, uint64_t spool_max);
/* Nobody waits for its output any more: what waits, in memory and on disk, is lost. It then ends. */
void courier_retire(struct courier *c);
/* It is to end: what waits is delivered or put on disk until then (monotonic). */
void courier_stop(struct courier *c, usec_t until);
/* Whether it has ended, for which it has until then. */
bool courier_wait(struct courier *c, usec_t until);
/* Frees one that has ended, or was never let go. One that has not hangs in its receiver or in the
 * disk: it is left to itself, and frees itself if it ever comes back. Accepts NULL, returns NULL. */
struct courier *courier_free(struct courier *c);

const char *courier_name(const struct courier *c);
/* Takes one more reference to the event. */
void courier_push(struct courier *c, struct event *e, bool telling);
void courier_reopen(struct courier *c);

/* Up to which sequence number it had dealt with all events when the last run ended; UINT64_MAX: not
 * known. */
uint64_t courier_handled(const struct courier *c);
/* An event of the run before. Returns 0, -EBADMSG or -ENOMEM. */
int courier_missed(struct courier *c, uint64_t seq, const char *json);

struct courier_state {
        struct sink_stats stats;
        usec_t down_since; /* monotonic; also if it hangs in its receiver; 0: it is not down */
        bool busy;         /* something is under way or waits */
        bool loss;         /* courier_take_loss() is worth asking */
        bool ended;
};
void courier_look(struct courier *c, struct courier_state *ret);
/* What was lost since it was last asked. */
void courier_take_loss(struct courier *c, struct sink_loss *ret);
/* What people were told: it wakes the loop when that is true no more. */
void courier_told(struct courier *c, bool down, bool spool_failed);
