/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* A pool, what was asked of it, and what it has told. Include tests/unit/test.h before. */

#include <signal.h>
#include <sys/wait.h>

#include "common/model/rule-files.h"
#include "daemon/scan/pool.h"
#include "tests/unit/daemon-fixture.h"
#include "tests/unit/fake-scanner.h"
#include "tests/unit/remove-tree.h"

#define JOBS_MAX 64

struct job {
        const char *path;
        bool done, answered;
        enum reason reason;
        uint32_t findings;
        unsigned order; /* of the answers, from 1 */
};

struct pool_bed {
        sd_event *event;
        struct scan_pool *pool;
        char scanner[4096], dir[64], rules[128];
        struct job jobs[JOBS_MAX];
        unsigned n_jobs, n_done, n_ready, n_died, n_missing, n_found, n_room;
        char died_path[256], missing_detail[256];
        enum reason died_reason;
        int died_status;
        struct scan_hello hello;
        pid_t workers[8]; /* that live */
        unsigned n_workers;
        unsigned want; /* for loop_until() */
        unsigned n_peers;
};

static inline void on_done(void *userdata, void *job, const struct scan_result *result,
                           enum reason reason)
{
        struct pool_bed *b = userdata;
        struct job *j = job;

        assert_false(j->done);
        j->done = true;
        j->answered = result != NULL;
        j->reason = reason;
        j->findings = result ? result->n_findings : 0;
        j->order = ++b->n_done;
}

static inline void on_beside(void *userdata, const struct scan_job *job, struct scan_beside *beside)
{
        const struct pool_bed *b = userdata;
        struct scan_peers *ret = &beside->peers;

        for (unsigned i = 0; job->fd >= 0 && i < b->n_peers; i++) {
                ret->fds[ret->n++] = dup(job->fd);
                memcpy(ret->names + ret->names_size, "a.tf", sizeof("a.tf"));
                ret->names_size += sizeof("a.tf");
        }
}

static inline void on_ready(void *userdata, const struct scan_hello *hello)
{
        struct pool_bed *b = userdata;

        b->n_ready++;
        b->hello = *hello;
        assert_true(b->n_workers < ELEMENTSOF(b->workers));
        b->workers[b->n_workers++] = (pid_t)hello->pid;
}

static inline void on_died(void *userdata, pid_t pid, const char *path, enum reason reason,
                           int status)
{
        struct pool_bed *b = userdata;

        unsigned i = 0;

        while (i < b->n_workers && b->workers[i] != pid)
                i++;
        assert_true(i < b->n_workers);
        b->workers[i] = b->workers[--b->n_workers];
        b->n_died++;
        b->died_reason = reason;
        b->died_status = status;
        (void)snprintf(b->died_path, sizeof(b->died_path), "%s", path ? path : "(none)");
}

static inline void on_missing(void *userdata, bool missing, const char *detail)
{
        struct pool_bed *b = userdata;

        if (missing)
                b->n_missing++;
        else
                b->n_found++;
        if (missing)
                (void)snprintf(b->missing_detail, sizeof(b->missing_detail), "%s", detail);
}

static inline void on_room(void *userdata)
{
        ((struct pool_bed *)userdata)->n_room++;
}

static inline struct scan_pool_config config_of(struct pool_bed *b, const char *begin,
                                                unsigned workers)
{
        fake_scanner_rules(b->rules, sizeof(b->rules), b->dir, begin);
        struct scan_pool_config config = {
                .scanner = b->scanner,
                .rules = b->rules,
                .workers = workers,
                .deadline = PATIENCE,
                .memory = 1 << 20,
                .parse_max = 1 << 20,
                .file_max = 1 << 20,
        };

        memset(config.key, 0x5a, sizeof(config.key));
        return config;
}

static inline int make_pool(struct pool_bed *b, const struct scan_pool_config *config)
{
        const struct scan_pool_handler handler = {
                .done = on_done,
                .beside = on_beside,
                .ready = on_ready,
                .died = on_died,
                .missing = on_missing,
                .room = on_room,
                .userdata = b,
        };

        return scan_pool_new(&b->pool, b->event, config, &handler);
}

static inline bool enough_ready(void *userdata)
{
        const struct pool_bed *b = userdata;

        return b->n_ready >= b->want;
}

static inline bool enough_done(void *userdata)
{
        const struct pool_bed *b = userdata;

        return b->n_done >= b->want;
}

static inline bool enough_missing(void *userdata)
{
        const struct pool_bed *b = userdata;

        return b->n_missing >= b->want;
}

static inline bool enough_died(void *userdata)
{
        const struct pool_bed *b = userdata;

        return b->n_died >= b->want;
}

static inline void until(struct pool_bed *b, bool (*done)(void *), unsigned want)
{
        b->want = want;
        loop_until(b->event, done, b);
}

static inline void start(struct pool_bed *b, const char *begin, unsigned workers)
{
        const struct scan_pool_config config = config_of(b, begin, workers);

        assert_int_equal(make_pool(b, &config), 0);
        until(b, enough_ready, workers);
}

static inline void start_with_deadline(struct pool_bed *b, usec_t deadline)
{
        struct scan_pool_config config = config_of(b, "ok", 1);

        config.deadline = deadline;
        assert_int_equal(make_pool(b, &config), 0);
        until(b, enough_ready, 1);
}

static inline int submit_to(struct pool_bed *b, const char *path, uint64_t size, bool sweep)
{
        struct job *j = &b->jobs[b->n_jobs];
        const struct scan_job job = {.userdata = j,
                                     .fd = -1,
                                     .path = path,
                                     .text = "target",
                                     .mode = 0120777,
                                     .size = size,
                                     .sweep = sweep};

        assert_true(b->n_jobs < JOBS_MAX);
        *j = (struct job){.path = path};
        int k = scan_pool_submit(b->pool, &job);
        if (k == 0)
                b->n_jobs++;
        return k;
}

static inline int submit(struct pool_bed *b, const char *path)
{
        return submit_to(b, path, 0, false);
}

/* Before a scanner looks at the first of them. */
static inline void submit_all(struct pool_bed *b, const char *const *paths, unsigned n)
{
        for (unsigned i = 0; i < b->n_workers; i++)
                assert_int_equal(kill(b->workers[i], SIGSTOP), 0);
        for (unsigned i = 0; i < n; i++)
                assert_int_equal(submit(b, paths[i]), 0);
        for (unsigned i = 0; i < b->n_workers; i++)
                assert_int_equal(kill(b->workers[i], SIGCONT), 0);
}

static inline struct scan_pool_stats stats_of(const struct pool_bed *b)
{
        struct scan_pool_stats stats;

        scan_pool_stats(b->pool, &stats);
        return stats;
}

static inline int setup(void **state)
{
        struct pool_bed *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        assert_int_equal(sd_event_new(&b->event), 0);
        fake_scanner_path(b->scanner, sizeof(b->scanner));
        (void)snprintf(b->dir, sizeof(b->dir), "/tmp/giad-pool-XXXXXX");
        assert_non_null(mkdtemp(b->dir));
        *state = b;
        return 0;
}

static inline int teardown(void **state)
{
        struct pool_bed *b = *state;

        assert_null(scan_pool_free(b->pool));
        /* sweepers are waited for in the loop */
        while (b->event && waitid(P_ALL, 0, &(siginfo_t){0}, WEXITED | WNOHANG | WNOWAIT) == 0)
                assert_true(sd_event_run(b->event, PATIENCE) > 0);
        b->event = sd_event_unref(b->event);
        remove_tree(b->dir);
        free(b);
        /* no zombie is left */
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        assert_int_equal(errno, ECHILD);
        return 0;
}
