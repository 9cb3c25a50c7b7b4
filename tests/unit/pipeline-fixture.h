/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* A pipeline between a host that takes notes and scanners that answer by a file's name
 * (tests/unit/fake-scanner.c). Include tests/unit/test.h before. */

#include <signal.h>

#include "daemon/pipeline.h"
#include "daemon/work.h"
#include "tests/unit/daemon-fixture.h"
#include "tests/unit/fake-scanner.h"
#include "tests/unit/test.h"

#define TOLD_MAX 512

struct line {
        struct bed bed;
        struct workspace ws;
        struct approvals *approvals;
        struct scan_pool *pool;
        struct pipeline *pipeline;
        bool gone; /* the host has no workspace any more */
        struct event *told[TOLD_MAX];
        unsigned n_told, n_memory_out, n_gaps, n_rewalks, n_answers, n_ready;
        usec_t again_at; /* as last asked for */
        enum reason gap;
        char gap_detail[256];
        /* Called when an answer has come, before the pipeline hears of it. */
        void (*before)(struct line *l, const struct work_item *item);
        unsigned want;
        unsigned sweepers; /* of the pool that is started next */
        bool stop_next; /* scanners that become ready are stopped before they are given anything */
        unsigned n_judged;   /* for somebody at the gate */
        ino_t synthetic;     /* giad's own test; 0: there is none */
        enum action ordered; /* for it */
        unsigned n_synthetic;
        enum reason synthetic_failed;
};

static inline struct workspace *line_workspace(void *userdata, uint32_t id)
{
        struct line *l = userdata;

        return l->gone || id != l->ws.id ? NULL : &l->ws;
}

static inline void line_emit(void *userdata, struct event *e)
{
        struct line *l = userdata;

        if (!e) {
                l->n_memory_out++;
                return;
        }
        assert_true(l->n_told < TOLD_MAX);
        l->told[l->n_told++] = e;
}

static inline void line_gap(void *userdata, uint32_t workspace, enum reason reason, bool open,
                            const char *detail)
{
        struct line *l = userdata;

        assert_int_equal(workspace, l->ws.id);
        assert_true(open);
        l->n_gaps++;
        l->gap = reason;
        (void)snprintf(l->gap_detail, sizeof(l->gap_detail), "%s", detail ? detail : "");
}

static inline void line_rewalk(void *userdata, uint32_t workspace)
{
        struct line *l = userdata;

        assert_true(workspace == l->ws.id || workspace == 0 /* all */);
        l->n_rewalks++;
}

static inline void line_again_at(void *userdata, usec_t when)
{
        struct line *l = userdata;

        l->again_at = when;
}

static inline void line_judged(void *userdata, uint64_t ticket, int fd, const struct file_id *id,
                               bool allow)
{
        struct line *l = userdata;

        (void)fd;
        (void)id;
        (void)allow;
        l->n_judged += ticket > 0;
}

static inline bool line_synthetic(void *userdata, const struct file_id *id,
                                  const struct scan_result *result, enum reason reason,
                                  struct verdict *v)
{
        struct line *l = userdata;

        if (l->synthetic == 0 || id->ino != l->synthetic)
                return false;
        l->n_synthetic++;
        l->synthetic_failed = result ? REASON_NONE : reason;
        v->action = l->ordered;
        return true;
}

static inline void line_scanned(void *userdata, void *job, const struct scan_result *result,
                                enum reason reason)
{
        struct line *l = userdata;

        l->n_answers++;
        if (l->before)
                l->before(l, job);
        pipeline_scanned(l->pipeline, job, result, reason);
}

static inline void line_beside(void *userdata, const struct scan_job *job, struct scan_beside *ret)
{
        pipeline_beside(((struct line *)userdata)->pipeline, job, ret);
}

static inline void line_about(void *userdata, void *job, const struct scan_about *about)
{
        pipeline_about(((struct line *)userdata)->pipeline, job, about);
}

static inline void line_ready(void *userdata, const struct scan_hello *hello)
{
        struct line *l = userdata;

        if (l->stop_next)
                assert_int_equal(kill((pid_t)hello->pid, SIGSTOP), 0);
        l->n_ready++;
}

static inline void line_died(void *userdata, pid_t pid, const char *path, enum reason reason,
                             int status)
{
        (void)userdata;
        (void)pid;
        (void)path;
        (void)reason;
        (void)status;
}

static inline void line_missing(void *userdata, bool missing, const char *detail)
{
        (void)userdata;
        (void)missing;
        (void)detail;
}

static inline void line_room(void *userdata)
{
        struct line *l = userdata;

        if (l->pipeline)
                pipeline_pump(l->pipeline);
}

static inline bool line_enough_ready(void *userdata)
{
        const struct line *l = userdata;

        return l->n_ready >= l->want;
}

/* Starts scanners and gives them to the pipeline. */
static inline void line_start_pool(struct line *l, unsigned workers)
{
        char scanner[4096], rules[128];
        struct scan_pool_handler handler = {
                .done = line_scanned,
                .beside = line_beside,
                .about = line_about,
                .ready = line_ready,
                .died = line_died,
                .missing = line_missing,
                .room = line_room,
                .userdata = l,
        };
        struct scan_pool_config config = {
                .scanner = scanner,
                .rules = rules,
                .workers = workers,
                .sweepers = l->sweepers,
                .deadline = PATIENCE,
                .file_max = 1 << 20,
        };
        struct scan_pool *pool = NULL;

        fake_scanner_path(scanner, sizeof(scanner));
        fake_scanner_rules(rules, sizeof(rules), l->bed.f.base, "ok");
        assert_int_equal(scan_pool_new(&pool, l->bed.event, &config, &handler), 0);
        l->want = l->n_ready + workers;
        loop_until(l->bed.event, line_enough_ready, l);
        l->pool = scan_pool_free(l->pool);
        l->pool = pool;
        if (l->pipeline)
                pipeline_set_pool(l->pipeline, pool);
}

static inline struct pipeline_parts line_parts(struct line *l)
{
        static const uint8_t key[32] = "a key of the host, for tests";

        return (struct pipeline_parts){
                .event = l->bed.event,
                .config = l->bed.config,
                .quarantine = l->bed.f.q,
                .storer = l->bed.storer,
                .approvals = l->approvals,
                .key = key,
        };
}

static inline struct pipeline_host line_host(struct line *l)
{
        return (struct pipeline_host){
                .workspace = line_workspace,
                .emit = line_emit,
                .gap = line_gap,
                .rewalk = line_rewalk,
                .again_at = line_again_at,
                .judged = line_judged,
                .synthetic = line_synthetic,
                .userdata = l,
        };
}

/* Without pipeline and scanners. */
static inline void line_make_base(struct line *l, const char *config)
{
        memset(l, 0, sizeof(*l));
        bed_make(&l->bed, config);
        assert_int_equal(approvals_new(&l->approvals), 0);
        l->ws = (struct workspace){
                .id = 7,
                .path = l->bed.f.workspace,
                .root_fd = l->bed.f.root_fd,
                .agent = "alice",
                .fine_times = true, /* a file may be known as seen at once */
        };
}

static inline void line_make(struct line *l, const char *config)
{
        line_make_base(l, config);
        const struct pipeline_parts parts = line_parts(l);
        const struct pipeline_host host = line_host(l);
        assert_int_equal(pipeline_new(&l->pipeline, &parts, &host), 0);
        line_start_pool(l, 1);
}

static inline void line_forget(struct line *l)
{
        for (unsigned i = 0; i < l->n_told; i++)
                (void)event_free(l->told[i]);
        l->n_told = l->n_gaps = l->n_rewalks = l->n_answers = 0;
}

static inline void line_done(struct line *l)
{
        l->pool = scan_pool_free(l->pool);
        if (l->pipeline)
                pipeline_flush(l->pipeline);
        storer_stop(l->bed.storer);
        l->pipeline = pipeline_free(l->pipeline);
        bed_done(&l->bed);
        l->approvals = approvals_free(l->approvals);
        line_forget(l);
}

static inline struct pipeline_stats line_stats(const struct line *l)
{
        struct pipeline_stats stats;

        pipeline_stats(l->pipeline, &stats);
        return stats;
}

static inline bool line_is_quiet(void *userdata)
{
        return line_stats(userdata).pending == 0;
}

/* Until nothing is under way and all of it has been stored. */
static inline void line_settle(struct line *l)
{
        loop_until(l->bed.event, line_is_quiet, l);
        bed_settle(&l->bed);
}

static inline void line_candidate(struct line *l, const char *path, enum candidate_why why)
{
        const struct candidate c = {.workspace = l->ws.id, .path = path, .why = why};

        pipeline_candidate(l->pipeline, &c);
}

/* A file is written, named, and dealt with. */
static inline void line_write(struct line *l, const char *path)
{
        fixture_write(&l->bed.f, path, "some content", 12);
        line_candidate(l, path, CANDIDATE_WRITTEN);
        line_settle(l);
}

static inline const struct event *line_find(const struct line *l, enum event_kind kind)
{
        for (unsigned i = 0; i < l->n_told; i++)
                if (l->told[i]->kind == kind)
                        return l->told[i];
        return NULL;
}

static inline unsigned line_count(const struct line *l, enum event_kind kind)
{
        unsigned n = 0;

        for (unsigned i = 0; i < l->n_told; i++)
                n += l->told[i]->kind == kind;
        return n;
}

static inline const char *told_field(const struct event *e, enum field field)
{
        assert_non_null(e);
        return e->fields[field] ? e->fields[field] : "";
}

static inline int line_count_entry(void *userdata, const struct quarantine_entry *e)
{
        (void)e;
        ++*(unsigned *)userdata;
        return 0;
}

static inline unsigned line_in_store(struct line *l)
{
        unsigned n = 0;

        (void)quarantine_list(l->bed.f.q, line_count_entry, &n);
        return n;
}

/* for cmocka */

#define TAKES "policy: [{when: {severity: [high]}, action: quarantine}, {action: report}]\n"
#define REPORTS "policy: [{action: report}]\n"

static inline int line_setup_taking(void **state)
{
        static struct line line;

        line_make(&line, TAKES);
        *state = &line;
        return 0;
}

static inline int line_setup_reporting(void **state)
{
        static struct line line;

        line_make(&line, REPORTS);
        *state = &line;
        return 0;
}

static inline int line_teardown(void **state)
{
        line_done(*state);
        return 0;
}

static inline void line_set_config(struct line *l, const char *text)
{
        (void)config_unref(l->bed.config);
        l->bed.config = config_from(text);
        pipeline_set_config(l->pipeline, l->bed.config);
}
