/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * All outputs. Each has a courier: a thread that delivers to it, so that a receiver which is dead,
 * slow or full, and a disk that is, delay neither the caller nor another output. What a receiver
 * does not take waits in its spool on disk, and in memory where the disk takes nothing; what does not
 * fit there is counted and told. All functions are called by one thread, and none of them waits,
 * except sinks_free().
 */

#include "daemon/sinks/loss.h"
#include "daemon/sinks/sink.h"

struct sinks;

/* Told by sinks_dispatch(), each at most once a second for an output. They may call sinks_emit(). */
struct sinks_handler {
        /* Events fell out of what waits. */
        void (*lost)(void *userdata, const char *sink, const struct sink_loss *loss);
        /* An output goes down, or comes back. */
        void (*down)(void *userdata, const char *sink, bool down, const char *detail);
        /* What waits for it cannot be kept on disk (error: negative errno), or can again. */
        void (*spool_failed)(void *userdata, const char *sink, bool failed, int error);
        void *userdata;
};

/* directory: holds the spools, one for each output; NULL: there are none. */
int sinks_new(struct sinks **ret, const struct sinks_handler *handler, const char *directory);
/* Ends the couriers, which have until `limit` from now to deliver what waits in memory or put it on
 * disk. One that hangs even then is left to the end of the process. */
struct sinks *sinks_free(struct sinks *s, usec_t limit);

/* The receivers of a configuration, put together beside those in force. */
struct sinks_next;
int sinks_next_new(struct sinks_next **ret, struct sinks *s);
struct sinks_next *sinks_next_free(struct sinks_next *next);
/* Takes ownership of the sink. Returns 0 or negative errno. */
int sinks_next_add(struct sinks_next *next, struct sink *sink);
/* Puts them into force; consumes. What waited for an output goes on waiting for its successor of the
 * same name; what waited for one that is no more, also from an earlier run, is told as lost.
 * queue_max: events of an output in memory; spool_max: bytes of an output on disk. */
void sinks_apply(struct sinks *s, struct sinks_next *next, size_t queue_max, uint64_t spool_max);

/* Consumes the event (shared by all outputs until each has dealt with it). */
void sinks_emit(struct sinks *s, struct event *e);

/* The lowest sequence number up to which an output had dealt with all events when the last run
 * ended, UINT64_MAX if none has such a memory. Later ones that the register has are handed to
 * sinks_missed() in their order, before anything is emitted. */
uint64_t sinks_handled(const struct sinks *s);
/* An event of the run before, in native JSON. Goes to the outputs that had not dealt with it. Returns
 * 0; -EBADMSG: it is no event; or -ENOMEM. */
int sinks_missed(struct sinks *s, uint64_t seq, const char *json);

/* Becomes readable when sinks_dispatch() has something to tell. Borrowed. */
int sinks_fd(const struct sinks *s);
/* When it wants to be called at the latest (monotonic); USEC_INFINITY: not. */
usec_t sinks_deadline(const struct sinks *s);
void sinks_dispatch(struct sinks *s, usec_t now);

/* All receivers open again (log rotation). */
void sinks_reopen(struct sinks *s);
/* i-th output's name and figures; false past the last. */
bool sinks_stats(const struct sinks *s, size_t i, const char **ret_name, struct sink_stats *ret);
