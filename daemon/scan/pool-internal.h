/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the parts of the pool share. Nobody else includes this. */

#include "daemon/scan/pool.h"

#define AHEAD 16      /* requests that a sweeper is given at once */
#define AHEAD_FRESH 8 /* and any other worker */
/* of files that are together no larger than that, unless it is one */
#define AHEAD_BYTES (256u * 1024)
/* A sweeper's answers are taken at most so often: each alone would wake the loop, which goes before it. */
#define SWEEP_ANSWERS (400 * USEC_PER_MSEC / 1000)
#define SAID_MAX 1024u

struct worker {
        struct scan_pool *pool;
        pid_t pid; /* 0: not running */
        int pidfd, socket, err;
        bool sweeps;  /* it is for sweeps, of idle priority */
        bool wanted;  /* it runs, or will */
        bool retired; /* it was ended because there is nothing to sweep */
        bool late;    /* others have what it was given: it has not had the processor for too long */
        bool ready;
        uint32_t rules;
        struct scan_job
                jobs[AHEAD]; /* ring: first is being read; without a path: it was recalled */
        unsigned first, n_jobs;
        uint64_t bytes; /* of these */
        uint64_t next_id;
        enum reason killed_for; /* REASON_NONE: it ended by itself */
        usec_t backoff;
        uint64_t answered;   /* since it was started */
        char said[SAID_MAX]; /* its last line, of stderr */
        sd_event_source *on_socket, *on_exit, *on_err, *timer;
};

struct scan_pool {
        sd_event *event;
        struct scan_pool_config config;
        char *scanner, *rules, *local_rules, *patterns, *user;
        int rules_fd;     /* what the workers are given; -1: not taken yet */
        bool rules_serve; /* a worker has read them: they stay */
        bool all_started; /* the first worker may still be compiling patterns for the others */
        struct scan_pool_handler handler;
        struct worker *workers; /* those for sweeps behind the others */
        unsigned n_workers;     /* all of them */
        struct scan_job *retry; /* of workers that died: go out before new ones */
        size_t n_retry;
        bool missing;
        struct scan_pool_stats stats;
        struct scan_answer answer;
};

/* Starts the worker, or arms its timer to try again later and tells that there is none. Returns 0. */
int pool_worker_start(struct worker *w);
/* Tries to start it again after a while, which grows each time. */
void pool_worker_later(struct worker *w);
/* Closes what belongs to its process, which has ended. */
void pool_worker_close(struct worker *w);
/* When the worker's time is up; USEC_INFINITY: never. */
void pool_worker_timer(struct worker *w, usec_t after);
/* Tells it if it is news. */
void pool_set_missing(struct scan_pool *p, bool missing, const char *detail);

/* Whether a worker may be given a job. */
bool pool_worker_has_room(const struct worker *w);
/* Ends it; reason: what the file that it is reading is charged with. */
void pool_worker_kill(struct worker *w, enum reason reason);
/* Its oldest job has this answer, or the reason why there is none. */
void pool_worker_finish(struct worker *w, const struct scan_result *result, enum reason reason);
/* Gives others what it has; the one that it is reading may have an answer some time. */
void pool_hand_over(struct worker *w);
/* Sends out what waits for a worker because another one ended. */
void pool_pump_retries(struct scan_pool *p);
/* A worker for sweeps has had its time: nothing came, or no answer. */
void pool_sweeper_timeout(struct worker *w);
/* Waits for the end of its process, which was killed, beside everything else; takes its pidfd. Returns 0 or negative
 * errno. */
int pool_reap_later(struct worker *w);
/* Has nothing to do from now on. */
void pool_sweeper_rests(struct worker *w);

/* The worker's socket, its stderr, and its end; userdata is the worker. */
int pool_on_message(sd_event_source *s, int fd, uint32_t revents, void *userdata);
int pool_on_stderr(sd_event_source *s, int fd, uint32_t revents, void *userdata);
int pool_on_exit(sd_event_source *s, int fd, uint32_t revents, void *userdata);
