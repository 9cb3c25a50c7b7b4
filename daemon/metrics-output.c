/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: when metrics are taken, for whom, and the file.
 * Does not own: their text (metrics.c).
 *
 *   asked for, or the timer ─► storer: artefacts by state, which may be many ─► loop: all other numbers, text
 *   ─► the caller, or storer: the file, under another name and then renamed
 *
 * The loop never waits for the register or the disk. Without outputs.metrics there is no timer.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/io.h"
#include "common/base/log.h"
#include "daemon/generation.h"
#include "daemon/methods-internal.h"
#include "daemon/metrics.h"

struct metrics_output {
        sd_event_source *timer;
        char *path;
        bool busy; /* a file is on its way */
        bool down; /* the last one could not be written */
};

struct metrics_job {
        struct storer_job job;
        struct control_call
                *call; /* who asked; NULL: the client went away, or it is for the file */
        uint64_t states[_REG_STATE_MAX];
        char *path; /* of the file; NULL: for a caller */
        struct buffer text;
        int error; /* of writing it; not a failure of the register */
};

static void job_free(struct metrics_job *job)
{
        buffer_done(&job->text);
        free(job->path);
        free(job);
}

/* --- in the storer ---- */

static int run_count(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        (void)quarantine;
        return reg_artefact_count(reg, ((struct metrics_job *)job)->states);
}

/* Whole or as it was: whoever reads it must never see a part. */
static int write_whole(const char *path, const char *text, size_t n)
{
        char fresh[4300];

        if (snprintf(fresh, sizeof(fresh), "%s.new", path) >= (int)sizeof(fresh))
                return -ENAMETOOLONG;
        /* what a crash left, or somebody put there */
        (void)unlink(fresh);
        _cleanup_close_ int fd =
                open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        int k = io_write_all(fd, text, n);
        /* the collector is another user; no metric is a secret */
        if (k >= 0 && (fchmod(fd, 0644) < 0 || rename(fresh, path) < 0))
                k = -errno;
        if (k < 0)
                (void)unlink(fresh);
        return k;
}

static int run_write(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        struct metrics_job *j = (struct metrics_job *)job;

        (void)reg;
        (void)quarantine;
        j->error = write_whole(j->path, j->text.data, j->text.len);
        return 0;
}

/* --- in the loop ---- */

static void on_written(struct storer_job *job, void *userdata)
{
        struct metrics_job *j = (struct metrics_job *)job;
        struct manager *m = userdata;
        struct metrics_output *o = m->metrics;
        char text[64], detail[512];

        if (o && o->path && strcmp(o->path, j->path) == 0) {
                bool down = j->error < 0;

                o->busy = false;
                if (down)
                        (void)snprintf(detail, sizeof(detail), "%.400s: %s", j->path,
                                       strerror_r(-j->error, text, sizeof(text)));
                if (down != o->down)
                        manager_output_down(m, "metrics", down, down ? detail : NULL);
                o->down = down;
        } else {
                /* switched off, or to another place, while it was written */
                (void)unlink(j->path);
        }
        job_free(j);
}

static void answer(struct metrics_job *j, int error)
{
        struct control_call *call = take_ptr(&j->call);
        char text[64];

        if (!call)
                return;
        if (error < 0)
                (void)control_error(call, "Failed", "the register cannot be read: %s",
                                    strerror_r(-error, text, sizeof(text)));
        else
                method_reply(call, "text", cJSON_CreateString(j->text.data));
}

static void on_counted(struct storer_job *job, void *userdata)
{
        struct metrics_job *j = (struct metrics_job *)job;
        struct manager *m = userdata;
        int k = m->stopping ? -ESHUTDOWN : job->result;

        if (k >= 0) {
                metrics_describe(m, j->states, &j->text);
                k = j->text.error;
        }
        if (!j->path || k < 0) {
                answer(j, k);
                if (j->path && m->metrics)
                        m->metrics->busy = false;
                job_free(j);
                return;
        }
        j->job.run = run_write;
        j->job.done = on_written;
        storer_submit(m->storer, &j->job);
}

static struct metrics_job *submit(struct manager *m, const char *path)
{
        struct metrics_job *j = calloc(1, sizeof(*j));

        if (!j)
                return NULL;
        j->path = path ? strdup(path) : NULL;
        if (path && !j->path) {
                job_free(j);
                return NULL;
        }
        j->job.run = run_count;
        j->job.done = on_counted;
        j->job.userdata = m;
        storer_submit(m->storer, &j->job);
        return j;
}

static void on_gone(void *userdata, struct control_call *call)
{
        (void)call;
        ((struct metrics_job *)userdata)->call = NULL;
}

void metrics_answer(struct manager *m, struct control_call *call)
{
        struct metrics_job *j = submit(m, NULL);

        if (!j) {
                (void)control_error(call, "Failed", "out of memory");
                return;
        }
        /* its end is told in the loop, later */
        j->call = call;
        control_call_keep(call, on_gone, j);
}

/* --- the file ---- */

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct manager *m = userdata;

        (void)usec;
        if (!m->metrics->busy)
                m->metrics->busy = submit(m, m->metrics->path) != NULL;
        (void)sd_event_source_set_time_relative(source,
                                                config_number(m->config, OPTION_METRICS_INTERVAL));
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

void metrics_output_stop(struct manager *m)
{
        struct metrics_output *o = take_ptr(&m->metrics);

        if (!o)
                return;
        o->timer = sd_event_source_disable_unref(o->timer);
        if (!o->down)
                (void)unlink(o->path);
        else if (!m->stopping)
                manager_output_down(m, "metrics", false, "the output was switched off");
        free(o->path);
        free(o);
}

int metrics_output_apply(struct manager *m)
{
        const char *path = config_text(m->config, OPTION_METRICS_PATH);
        bool on = config_bool(m->config, OPTION_METRICS);

        if (m->metrics && (!on || strcmp(m->metrics->path, path) != 0))
                metrics_output_stop(m);
        if (!on)
                return 0;
        if (!m->metrics) {
                m->metrics = calloc(1, sizeof(*m->metrics));
                if (!m->metrics)
                        return -ENOMEM;
                m->metrics->path = strdup(path);
                int k = m->metrics->path ? sd_event_add_time_relative(m->event, &m->metrics->timer,
                                                                      CLOCK_MONOTONIC, 0,
                                                                      USEC_PER_SEC / 4, on_timer, m)
                                         : -ENOMEM;
                if (k < 0) {
                        free(m->metrics->path);
                        free(m->metrics);
                        m->metrics = NULL;
                        return k;
                }
                return 0;
        }
        /* the interval may be another one */
        (void)sd_event_source_set_time_relative(m->metrics->timer, 0);
        return sd_event_source_set_enabled(m->metrics->timer, SD_EVENT_ONESHOT);
}
