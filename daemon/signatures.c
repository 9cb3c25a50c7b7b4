/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: making approvals of signed files, and telling of them.
 * Does not own: whether a file counts (daemon/signed/), what an approval covers (approvals.c).
 *
 * They are in no register: the files are what there is, and one that is taken away ends with the next reload.
 */
#include "daemon/signatures.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/text.h"
#include "daemon/events.h"
#include "daemon/governed.h"
#include "daemon/manager.h"
#include "daemon/signed/load.h"

struct refusal {
        char *name, *why;
};

struct signatures_job {
        struct storer_job job;
        struct manager *manager;
        char *directory, *signers, *user;
        bool two_persons;
        struct reg_approval *approvals;
        char **names; /* of the file that each is from */
        size_t n;
        struct refusal *refusals;
        size_t n_refusals;
        int error; /* the directory cannot be read */
};

static void job_free(struct signatures_job *j)
{
        for (size_t i = 0; i < j->n; i++) {
                reg_approval_done(&j->approvals[i]);
                free(j->names[i]);
        }
        for (size_t i = 0; i < j->n_refusals; i++) {
                free(j->refusals[i].name);
                free(j->refusals[i].why);
        }
        free(j->approvals);
        free(j->names);
        free(j->refusals);
        free(j->directory);
        free(j->signers);
        free(j->user);
        free(j);
}

static struct signatures_job *job_new(struct manager *m)
{
        struct signatures_job *j = calloc(1, sizeof(*j));

        if (!j)
                return NULL;
        j->manager = m;
        j->directory = strdup(config_text(m->config, OPTION_SIGNED_DIRECTORY));
        j->signers = strdup(config_text(m->config, OPTION_ALLOWED_SIGNERS));
        j->user = strdup(config_text(m->config, OPTION_SCANNER_USER));
        j->two_persons = config_bool(m->config, OPTION_TWO_PERSONS);
        if (!j->directory || !j->signers || !j->user) {
                job_free(j);
                return NULL;
        }
        return j;
}

/* --- reading ---- */

static int copy_item(const struct signed_item *item, const struct signed_loaded *l,
                     struct reg_approval *ret)
{
        static const enum reg_scope scopes[] = {[SIGNED_CONTENT] = REG_SCOPE_CONTENT,
                                                [SIGNED_FILE] = REG_SCOPE_FILE,
                                                [SIGNED_CLASS] = REG_SCOPE_CLASS};
        const struct reg_approval borrowed = {
                .scope = scopes[item->scope],
                .pattern = true,
                .workspace = item->workspace,
                .path = item->path,
                .rules = item->scope == SIGNED_CLASS ? NULL : item->rules,
                .class = item->class,
                .operator_name = (char *)(uintptr_t)l->principals[0],
                .operator_uid = PROVENANCE_NONE,
                .operator_login_uid = PROVENANCE_NONE,
                .second_name = l->n > 1 ? (char *)(uintptr_t)l->principals[1] : NULL,
                .second_uid = PROVENANCE_NONE,
                .second_login_uid = PROVENANCE_NONE,
                .reason = l->file->reason,
                .made = clock_realtime(),
                .expires = l->file->expires,
        };
        int k = reg_approval_copy(ret, &borrowed);

        memcpy(ret->sha256, item->sha256, sizeof(ret->sha256));
        return k < 0 ? k : id_new(ret->id);
}

static int add_loaded(void *userdata, const struct signed_loaded *l)
{
        struct signatures_job *j = userdata;
        struct reg_approval *approvals =
                reallocarray(j->approvals, j->n + l->file->n, sizeof(*approvals));
        char **names;

        if (!approvals)
                return l->file->n ? -ENOMEM : 0;
        j->approvals = approvals;
        names = reallocarray(j->names, j->n + l->file->n, sizeof(*names));
        if (!names)
                return -ENOMEM;
        j->names = names;
        for (size_t i = 0; i < l->file->n; i++) {
                int k = copy_item(&l->file->items[i], l, &approvals[j->n]);

                if (k < 0)
                        return k;
                names[j->n] = strdup(l->name);
                j->n++;
        }
        return 0;
}

static void add_refused(void *userdata, const char *name, const char *why)
{
        struct signatures_job *j = userdata;
        struct refusal *all = reallocarray(j->refusals, j->n_refusals + 1, sizeof(*all));

        if (!all)
                return;
        j->refusals = all;
        all[j->n_refusals].name = strdup(name);
        all[j->n_refusals++].why = strdup(why);
}

static int run_load(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        struct signatures_job *j = (struct signatures_job *)job;
        const struct signed_source source = {
                .directory = j->directory,
                .signers = j->signers,
                .two_persons = j->two_persons,
                .verify = {.user = j->user},
        };

        (void)reg;
        (void)quarantine;
        j->error = signed_load(&source, add_loaded, add_refused, j);
        return 0; /* nothing of the register failed */
}

/* --- putting into force ---- */

static void tell_refused(struct manager *m, const char *name, const char *why)
{
        struct config_error error = {.line = 0};

        (void)text_copy(error.file, sizeof(error.file), name ?: "?");
        (void)snprintf(error.message, sizeof(error.message),
                       "signed approvals do not count: %.400s", why ?: "?");
        log_warning("%s: %s", error.file, error.message);
        events_config_refused(m, &error, -EBADMSG);
}

static void tell_approved(struct manager *m, const struct reg_approval *a, const char *name)
{
        const struct told_operator by = {a->operator_name, PROVENANCE_NONE, PROVENANCE_NONE};
        const struct told_artefact what = {
                .workspace = a->workspace,
                .path = a->path,
                .sha256 = a->scope == REG_SCOPE_CONTENT ? a->sha256 : NULL,
        };
        char detail[512];

        (void)snprintf(detail, sizeof(detail), "signed%s%.200s: %.250s",
                       a->second_name ? ", and by " : "", a->second_name ?: "", name ?: "?");
        manager_emit(m, tell_judgement(EVENT_APPROVED, &by, &what, a, a->reason, detail));
}

/* What is in force before and after is not told again. */
static void put_into_force(struct signatures_job *j)
{
        struct manager *m = j->manager;
        _cleanup_free_ bool *known = calloc(j->n ? j->n : 1, sizeof(*known));

        for (size_t i = 0; known && i < j->n; i++)
                known[i] = approvals_find(m->approvals, &j->approvals[i]) != NULL;
        approvals_remove_signed(m->approvals);
        for (size_t i = 0; i < j->n; i++) {
                if (approvals_add(m->approvals, &j->approvals[i]) < 0)
                        tell_refused(m, j->names[i], "out of memory");
                else if (known && !known[i])
                        tell_approved(m, &j->approvals[i], j->names[i]);
        }
        for (size_t i = 0; i < j->n_refusals; i++)
                tell_refused(m, j->refusals[i].name, j->refusals[i].why);
        if (j->error < 0) {
                char text[64];

                tell_refused(m, j->directory, strerror_r(-j->error, text, sizeof(text)));
        }
}

void signatures_load(struct manager *m)
{
        struct signatures_job *j = job_new(m);

        if (!j)
                return;
        (void)run_load(&j->job, NULL, NULL);
        put_into_force(j);
        job_free(j);
}

static void reloaded(struct storer_job *job, void *userdata)
{
        struct signatures_job *j = (struct signatures_job *)job;
        struct workspace *ws;

        (void)userdata;
        put_into_force(j);
        for (size_t i = 0; (ws = workspaces_at(j->manager->workspaces, i)); i++)
                governed_look_again(j->manager, ws->path, NULL);
        job_free(j);
}

void signatures_reload(struct manager *m)
{
        struct signatures_job *j = job_new(m);

        if (!j)
                return;
        j->job.run = run_load;
        j->job.done = reloaded;
        storer_submit(m->storer, &j->job);
}
