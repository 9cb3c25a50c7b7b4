/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The gate's thread, for the two files that it is made of. */

#include "watchers/gate-internal.h"
#include "watchers/process.h"

struct gate_thread {
        struct gate *g;
        pid_t id;
        struct gate_table table;
        struct gate_place place;
        struct gate_outside outside;
        struct gate_waiter *pool, *unused, *first, *last;
        size_t n_waiting;
        uint64_t version, generation;
        pid_t exempt[GATE_EXEMPT_MAX];
        size_t n_exempt;
        struct ancestors ancestors;
        usec_t now;        /* of this round */
        int64_t marked_ns; /* every file made since, since the epoch, was seen to be made */
        char *buffer;
};

/* --- gate-wait.c ------------------------------------------------------------------------------ */

void gate_respond(struct gate_thread *t, int fd, bool allow);
/* Refuses, and tells of it. late: there is no verdict. */
void gate_refuse(struct gate_thread *t, int fd, pid_t opener, uint32_t workspace,
                 const struct gate_look *l, bool late);
/* There is no verdict, and no more waiting. */
void gate_give_up(struct gate_thread *t, int fd, pid_t opener, uint32_t workspace);
/* Whether somebody has it open for writing; from then on reading it makes events. */
void gate_wait_look(struct gate_thread *t, struct gate_file *f, int fd, struct gate_look *l);
/* A copy of like, with its fd, among those who wait. NULL: too many do. */
struct gate_waiter *gate_wait_start(struct gate_thread *t, struct gate_file *f,
                                    const struct gate_waiter *like);
void gate_wait_stop(struct gate_thread *t, struct gate_waiter *w);
/* Asks for a verdict, if what is asked already is not just that. */
void gate_wait_want(struct gate_thread *t, struct gate_file *f, const struct gate_look *l,
                    struct gate_waiter *w);
/* Looks at all who wait for the file again. ticket: the one whose verdict has come; 0: none has. */
void gate_wait_again(struct gate_thread *t, struct gate_file *f, uint64_t ticket);
/* Those whose deadline has passed are answered. Returns how long until something is due. */
usec_t gate_wait_attend(struct gate_thread *t);
/* Looks at those who are due to be. */
void gate_wait_due(struct gate_thread *t);
