/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The thread that makes things durable: it copies what was taken away into the store, and writes
 * the register. The loop hands it jobs and hears of their end; it never waits for it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "daemon/quarantine/quarantine.h"
#include "daemon/register/register.h"

struct storer;

/* A job, embedded in the caller's struct. Jobs run in the order of their submission, in batches of
 * one transaction. */
struct storer_job {
        struct storer_job *next; /* the storer's */
        int result;
        /* Exactly one of ticket and run is set. A ticket's entry is filled on success. run() is
         * called in the storer's thread. */
        struct quarantine_ticket *ticket;
        struct quarantine_entry entry;
        int (*run)(struct storer_job *job, struct reg *reg, struct quarantine *quarantine);
        bool durable; /* the batch must be on disk before done() is called */
        bool patient; /* nobody waits for it: more jobs are waited for, for half a second at most */
        /* In the loop's thread, with result set; frees the job. May be NULL: then the job is freed
         * with free(). */
        void (*done)(struct storer_job *job, void *userdata);
        void *userdata;
};

/* Takes ownership of reg; borrows quarantine. failed() is told in the loop when writing the
 * register fails or works again. */
int storer_new(struct storer **ret, sd_event *event, struct reg *reg, struct quarantine *quarantine,
               void (*failed)(void *userdata, bool failed, int error), void *userdata);
/* room() is told in the loop whenever jobs have ended: who holds back because many are queued may
 * go on. */
void storer_set_room(struct storer *s, void (*room)(void *userdata), void *userdata);
/* renewed() is told in the loop that the register was damaged, set aside, and begun anew and empty, for the how-many-eth time: detail says why, and where the
 * damaged one is. Jobs that had been run before may be lost with it. */
void storer_set_renewed(struct storer *s,
                        void (*renewed)(void *userdata, unsigned renewals, const char *detail),
                        void *userdata);
/* Runs what is queued, tells its end, and ends the thread. What is submitted afterwards is run by
 * the next stop or by free. */
void storer_stop(struct storer *s);
/* Stops and frees. */
struct storer *storer_free(struct storer *s);

/* Hands a job over; never blocks. */
void storer_submit(struct storer *s, struct storer_job *job);
size_t storer_queued(struct storer *s);
/* True unless the thread has been busy with one batch for longer than limit: what feeds the
 * watchdog asks this. */
bool storer_alive(struct storer *s, usec_t limit);
