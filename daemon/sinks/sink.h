/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Outputs. All render the same record; one file each, listed in sinks.def. Delivering never blocks:
 * what a receiver does not take at once goes to a bounded queue in memory and is retried; what
 * falls out of it is counted and reported.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/clock.h"
#include "common/model/event.h"

struct sink;

struct sink_config {
        const char *path;   /* jsonl: the file; syslog: the socket (default /dev/log); journal: the
                               socket, NULL for the default */
        const char *schema; /* jsonl: "native", "ocsf" or "ecs" */
        bool colour;        /* terminal */
        int fd;             /* terminal: where to write (borrowed) */
};

struct sink_stats {
        uint64_t delivered, queued, lost;
        uint64_t delivered_seq; /* number of the last event that it took */
        bool down;              /* the receiver does not take events at the moment */
};

struct sink_vtable {
        const char *name; /* "journal", "syslog", "audit", "jsonl", "terminal" */
        /* A receiver that is not there yet is no error: the sink is down and tries again. Returns
         * 0; -EINVAL for a configuration that cannot work; -ENOMEM. */
        int (*new)(struct sink **ret, const struct sink_config *config);
        struct sink *(*free)(struct sink *s);
        /* Delivers now. Returns 0; -EAGAIN: the receiver is full or away, try again later; other
         * negative errno: this event will never be taken (too large). */
        int (*deliver)(struct sink *s, const struct event *e);
        /* Opens again (log rotation, a restarted receiver). */
        int (*reopen)(struct sink *s);
};

struct sink {
        const struct sink_vtable *vtable;
};

const struct sink_vtable *sink_by_name(const char *name);

/* All enabled sinks with their queues. */
struct sinks;

/* lost() is told when events fell out of a sink's queue, and down() when a sink goes down or comes
 * back; each at most once a second for a sink. They may call sinks_emit(). */
struct sinks_handler {
        void (*lost)(void *userdata, const char *sink, uint64_t count);
        void (*down)(void *userdata, const char *sink, bool down, const char *detail);
        void *userdata;
};

int sinks_new(struct sinks **ret, const struct sinks_handler *handler,
              size_t queue_max /* events per sink */);
struct sinks *sinks_free(struct sinks *s);
/* Takes ownership of the sink. */
int sinks_add(struct sinks *s, struct sink *sink);
/* Consumes the event (shared by all sinks until each has delivered it). */
void sinks_emit(struct sinks *s, struct event *e);
/* When sinks_retry() wants to be called (monotonic), USEC_INFINITY: nothing waits. */
usec_t sinks_deadline(struct sinks *s);
void sinks_retry(struct sinks *s, usec_t now);
void sinks_reopen(struct sinks *s);
/* Delivers what waits, for at most this long; at the end of the daemon. */
void sinks_flush(struct sinks *s, usec_t limit);
/* Takes over from the sinks of the configuration before: what waits in them, their figures, and
 * what is known to be down. What waits for an output that is no more is told as lost. `old` has
 * empty queues after that. */
void sinks_inherit(struct sinks *s, struct sinks *old);
/* i-th sink's name and figures; false past the last. */
bool sinks_stats(const struct sinks *s, size_t i, const char **ret_name, struct sink_stats *ret);
