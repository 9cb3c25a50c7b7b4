/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The monitor's side of the scanners: starts giad-scanner workers, hands them read-only fds, holds
 * each file to its deadline, restarts what dies. A worker's death costs the file that it was
 * reading; the other files it had been given go to another worker.
 *
 * Workers for sweeps have the lowest priority that there is. On a busy host they may not run for a long time: what one of
 * them has had for the deadline without an answer is given to the other workers.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "common/base/clock.h"
#include "common/model/peers.h"
#include "common/model/scan.h"

struct scan_pool;

struct scan_pool_config {
        const char *scanner;     /* path of giad-scanner */
        const char *rules;       /* directory of shipped packs */
        const char *local_rules; /* directory of local packs; may not exist */
        const char *patterns; /* file that keeps compiled patterns; NULL: compile at each start */
        unsigned workers;     /* at least 1 */
        unsigned
                sweepers; /* workers of idle priority for sweeps, which run only while there is something
                                  to sweep; 0: the others do that as well */
        int nice;         /* of the workers, 0 to 19 */
        usec_t deadline;       /* for one file */
        usec_t start_deadline; /* for loading rules and compiling patterns; 0: a minute */
        usec_t sweeper_rest;   /* how long a sweeper without work stays; 0: half a minute */
        uint64_t memory;       /* bytes of address space that a worker may take beyond its start */
        uint64_t parse_max, file_max; /* bytes */
        const char *user;             /* run as this user if giad is root; NULL: as giad's own */
        uint8_t key[32];              /* of the fingerprints */
};

struct scan_job {
        void *userdata;
        int fd;           /* borrowed until done() was called; -1: text */
        const char *path; /* relative; borrowed likewise */
        const char *text; /* a symlink's target, or NULL */
        uint32_t mode;
        uint64_t size;
        bool sweep; /* it has time: for a worker of idle priority, if there are any */
};

/* What a scanner is given with a file. */
struct scan_beside {
        struct scan_peers
                peers; /* files in which names of the file may be defined; the pool closes them */
        const char *
                command; /* the writer's command line, to be masked; borrowed for the call, or NULL */
        size_t command_size; /* at most SCAN_COMMAND_MAX */
        bool command_cut;
        struct scan_repository
                repository; /* files that say in which state the file's repository is; the pool closes them */
        struct scan_container container; /* and of its writer's container, likewise */
};

#define SCAN_BESIDE_NONE \
        ((struct scan_beside){.repository = SCAN_REPOSITORY_NONE, .container = SCAN_CONTAINER_NONE})

struct scan_pool_handler {
        /* The answer to a job; answer is NULL with the reason (SCANNER_DIED, SCANNER_DEADLINE,
         * SCANNER_ANSWER, READ_ERROR). Both are valid during the call. */
        void (*done)(void *userdata, void *job, const struct scan_result *result,
                     enum reason reason);
        /* A worker is ready; generation is the same for all of a pool. */
        void (*ready)(void *userdata, const struct scan_hello *hello);
        /* A worker ended that should not have. path of the file it was reading, or NULL. */
        void (*died)(void *userdata, pid_t pid, const char *path, enum reason reason, int status);
        /* Workers can (missing == false) or cannot be started; told on changes. detail is the last
         * line that one of them said (what is wrong with the rules), or an error. The pool must not
         * be freed in here. */
        void (*missing)(void *userdata, bool missing, const char *detail);
        /* What goes with the job, each time that it is sent; NULL: nothing. */
        void (*beside)(void *userdata, const struct scan_job *job, struct scan_beside *ret);
        /* What the answer to a job says of that, before done(). May be NULL. */
        void (*about)(void *userdata, void *job, const struct scan_about *about);
        /* There is room for more jobs. */
        void (*room)(void *userdata);
        void *userdata;
};

/* Starts the workers. The rules are taken from disk until a worker could read them; from then on
 * every worker of this pool gets those same ones. Returns 0 or negative errno. */
int scan_pool_new(struct scan_pool **ret, sd_event *event, const struct scan_pool_config *config,
                  const struct scan_pool_handler *handler);
/* Kills the workers; jobs in flight are not answered. */
struct scan_pool *scan_pool_free(struct scan_pool *p);

/* Copies the job. Returns 0; -EAGAIN: no worker has room (room() will tell). */
int scan_pool_submit(struct scan_pool *p, const struct scan_job *job);
/* Whether a worker has room for a job: for a sweep or not. */
bool scan_pool_has_room(const struct scan_pool *p, bool sweep);
/* The job with this userdata need not be done any more, or not like this: done() is not called for it. With sweep only if
 * a worker of idle priority has it. Returns whether there was such a job. */
bool scan_pool_recall(struct scan_pool *p, const void *userdata, bool sweep);

/* Whether sweeps have workers of their own. */
bool scan_pool_sweeps(const struct scan_pool *p);
/* There is something to sweep: starts the workers for that, unless they run; room() will tell. They end by themselves
 * when there has been nothing for a while. */
void scan_pool_begin_sweep(struct scan_pool *p);

struct scan_pool_stats {
        unsigned workers, ready, sweepers; /* sweepers: those that run */
        uint64_t scanned, bytes, deaths, deadlines, restarts;
        size_t in_flight;
        uint32_t rules;
};
/* The workers that run, at most max. Returns how many. */
size_t scan_pool_pids(const struct scan_pool *p, pid_t *ret, size_t max);
void scan_pool_stats(const struct scan_pool *p, struct scan_pool_stats *ret);
