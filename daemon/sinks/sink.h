/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Receivers of events. All render the same record; one file each, listed in sinks.def. A receiver
 * does not queue: what it does not take is kept by who delivers to it (output.h). It is used by one
 * thread at a time.
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

/* What is known of an output: the receiver and what waits for it. */
struct sink_stats {
        uint64_t delivered, lost;
        uint64_t delivered_seq; /* sequence number of the last event that the receiver took */
        uint64_t queued;        /* events that wait, in memory and on disk */
        uint64_t queued_disk;   /* of them on disk */
        uint64_t spool_bytes;   /* that these take */
        uint64_t spooled;       /* events that went to the disk since the start */
        bool down;              /* the receiver does not take events at the moment */
        usec_t down_since;      /* realtime; says nothing unless down */
        int spool_error;        /* why the spool cannot be used, negative errno; 0: it can */
};

/* So many events may be under way together; a crash leaves them in doubt. */
#define SINK_TOGETHER ((size_t)16)

struct sink_vtable {
        const char *name; /* "journal", "syslog", "audit", "jsonl", "terminal" */
        /* A receiver that is not there yet is no error: the sink is down and tries again. Returns
         * 0; -EINVAL for a configuration that cannot work; -ENOMEM. */
        int (*new)(struct sink **ret, const struct sink_config *config);
        struct sink *(*free)(struct sink *s);
        /* Delivers now. Returns 0; -EAGAIN: the receiver is full or away, try again later; other
         * negative errno: this event will never be taken (too large). */
        int (*deliver)(struct sink *s, const struct event *e);
        /* These, SINK_TOGETHER at most, will be delivered next, in this order: it may begin with them. Borrows them. May be
         * NULL. */
        void (*expect)(struct sink *s, struct event *const *events, size_t n);
        /* Opens again (log rotation, a restarted receiver). */
        int (*reopen)(struct sink *s);
        /* Sequence number of the last event that it may have taken, though it was not asked to or said -EAGAIN; 0:
         * there is none. May be NULL: it says what it does. */
        uint64_t (*pending)(struct sink *s);
        /* Delivering may have to wait: for the kernel's audit backlog, for a disk. */
        bool waits;
};

struct sink {
        const struct sink_vtable *vtable;
};

const struct sink_vtable *sink_by_name(const char *name);
