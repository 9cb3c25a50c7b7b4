/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "common/base/clock.h"
#include "daemon/control/control.h"
#include "daemon/control/message.h"
#include "daemon/control/penalty.h"
#include "daemon/control/refusals.h"

/* One client. Made by the server at accept(2); doomed by whoever finds that it must go, freed by
 * the server when no call of it is on the stack. */
struct connection {
        struct connection *prev, *next; /* of the server's list */
        struct control *control;
        struct control_peer peer;
        int fd;
        sd_event_source *io, *again, *resume;
        struct message_reader in;
        struct buffer out;
        size_t sent;          /* bytes of out that the client took */
        usec_t stalled_since; /* monotonic: the client last took something; valid while out waits */
        struct control_call *call; /* the request being answered; the next one waits for it */
        bool eof;                  /* the client will send no more */
        bool dispatching;          /* a method is running */
        bool doomed;
};

/* What the connections need to know of the server. */
struct control {
        sd_event *event;
        struct control_config config;
        char *path; /* to unlink; NULL: the socket was inherited */
        int fd;
        gid_t read_gid, decide_gid;
        sd_event_source *io, *timer, *reaper;
        struct connection *connections;
        struct penalties penalties;
        struct refusals refusals;
        struct control_stats stats;
        size_t waiting; /* bytes queued for all clients together */
};

/* Takes ownership of fd and links itself into the server's list. Returns 0 or negative errno. */
int connection_new(struct control *control, int fd, const struct control_peer *peer);
struct connection *connection_free(struct connection *c);
/* Ends it: the client is cut off and a kept call is told; the memory stays until the server reaps.
 */
void connection_doom(struct connection *c);
/* Queues a text with its NUL and sends what the client takes now. Returns 0 or negative errno: the
 * connection is of no more use, and the caller dooms it. */
int connection_write(struct connection *c, const char *text);
/* To be called when a call has ended or something was written: sets what is waited for. */
void connection_update(struct connection *c);
/* Bytes that the client has not taken yet. */
size_t connection_waiting(const struct connection *c);

/* Frees doomed connections soon. */
void control_reap_soon(struct control *control);
/* Looks after stalled clients from time to time as long as there are any. */
void control_watch_stalled(struct control *control);
