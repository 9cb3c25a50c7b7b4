/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * A thread that does nothing but empty the kernel's queue and find out at once who wrote: what a short-lived process
 * was cannot be asked later. What it finds waits in a bounded room; when that is full the kernel's queue
 * fills, and says so.
 */

#include <pthread.h>

#include "watchers/event-ring.h"
#include "watchers/writers.h"

/* One event. */
struct drained {
        uint64_t mask; /* FAN_… */
        struct provenance
                *writer;      /* a reference that who takes the event drops; NULL: not looked for */
        uint16_t handle_size; /* of a struct handle_name, cut: the directory's; 0: none */
        char data[];          /* the handle, then the name, NUL-terminated */
};

#define DRAIN_WAITING_MAX 1024u /* each may hold a pidfd */

/* One that is in the ring, and whose writer is still to be looked at. */
struct drain_waiting {
        struct drained *event;
        pid_t pid;
        int pidfd; /* owned; -1: none */
        bool asks; /* for its writer */
        struct process_brief brief;
        uint64_t reading; /* see writers.h */
};

struct drain {
        int fd;      /* fanotify; owned */
        int wake_fd; /* readable when there is something to take, or an error */
        int stop_fd;
        bool started;
        pthread_t thread;
        struct event_ring ring;
        struct writers *writers;
        _Atomic(struct agents *) agents; /* for the thread to take; NULL: it has them already */
        _Atomic bool busy; /* events have left the kernel and are not in the ring yet */
        _Atomic int error; /* negative errno: it has ended */
        char *buffer;
        /* the thread's own: a queue */
        struct drain_waiting *waiting;
        unsigned first_waiting, n_waiting;
        pid_t ignored;    /* 0: nobody */
        bool wake_due;    /* who takes is to be woken, now */
        usec_t wake_late; /* by then at the latest (monotonic); 0: it need not be */
        bool urgent;
        usec_t since;     /* it last waited for the kernel */
        uint64_t reading; /* see writers.h */
        pid_t last;       /* whose event came last */
        unsigned row;     /* so many of that one's without another's in between */
        bool paused;      /* since events came */
};

#define DRAIN_NULL ((struct drain){.fd = -1, .wake_fd = -1, .stop_fd = -1, .ring = EVENT_RING_NULL})

/* Takes the fd over, also on failure. ignore_own: what this process does is left out, but
 * for names that it gives. 0 or negative errno;
 * drain_done() in any case. */
int drain_start(struct drain *d, int fd, bool ignore_own);
void drain_done(struct drain *d);
/* The configuration's agents from now on; a reference is taken. NULL: none. */
void drain_set_agents(struct drain *d, struct agents *agents);
/* The oldest event, or NULL; *ret_empty: there is none in the kernel's queue either. */
/* Whether there is anything on the way from the kernel to who takes it. */
bool drain_is_behind(const struct drain *d);
const struct drained *drain_first(struct drain *d, bool *ret_empty);
void drain_take(struct drain *d);
