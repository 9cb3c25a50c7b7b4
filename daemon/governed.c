/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: finding an artefact by what an operator calls it.
 * Does not own: the register, deciding (decisions-artefact.c), putting back (rollback.c).
 */
#include "daemon/governed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/manager.h"
#include "daemon/methods-internal.h"

void governed_done(struct governed *g)
{
        reg_artefact_done(&g->artefact);
        reg_version_done(&g->version);
}

int governed_find_at(struct reg *r, const char *path, struct reg_artefact *ret)
{
        char *copy = strdup(path);
        int k = copy ? -ENOENT : -ENOMEM;

        for (char *slash = copy ? copy + 1 : NULL; slash && k == -ENOENT;) {
                slash = strchr(slash, '/');
                if (!slash)
                        break;
                *slash = '\0';
                k = reg_artefact_find(r, NULL, copy, slash + 1, ret);
                *slash++ = '/';
        }
        free(copy);
        return k;
}

int governed_find(struct reg *r, struct control_call *call, const cJSON *parameters,
                  struct reg_artefact *ret)
{
        const char *id = method_parameter(parameters, "id"),
                   *path = method_parameter(parameters, "path");

        if (!id == !path) {
                (void)control_error(call, "InvalidParameter", "one of id and path is needed");
                return -EINVAL;
        }
        int k = id ? reg_artefact_find(r, id, NULL, NULL, ret) : governed_find_at(r, path, ret);
        if (k < 0)
                (void)control_error(call, k == -ENOENT ? "NotFound" : "Failed",
                                    k == -ENOENT ? "no artefact %s is known"
                                                 : "the register cannot be read: %s",
                                    id ? id : path);
        return k;
}

/* Takes the version over; the last one that comes stays. */
static int take_version(void *userdata, const struct reg_version *v,
                        const struct assertion *assertions, size_t n)
{
        struct reg_version *last = userdata;
        char *const place = v->place ? strdup(v->place) : NULL;
        char *const kept = v->kept ? strdup(v->kept) : NULL;

        (void)assertions;
        (void)n;
        reg_version_done(last);
        *last = (struct reg_version){.n = v->n,
                                     .size = v->size,
                                     .state = v->state,
                                     .severity = v->severity,
                                     .n_findings = v->n_findings,
                                     .first_seen = v->first_seen,
                                     .last_seen = v->last_seen,
                                     .author = v->author,
                                     .place = place,
                                     .kept = kept};
        memcpy(last->sha256, v->sha256, sizeof(last->sha256));
        return (v->place && !place) || (v->kept && !kept);
}

static int load_version(struct reg *r, struct governed *g)
{
        int k = reg_version_each(r, g->artefact.id, take_version, &g->version);

        /* of a register of before, or if the writer is not known: whoever the file belongs to */
        if (g->version.author.uid == PROVENANCE_NONE)
                g->version.author.uid = g->artefact.owner;
        return k == 0 && g->version.n == 0 ? -ENOENT : k;
}

int governed_load(struct reg *r, const char *workspace, const char *path, struct governed *ret)
{
        int k = reg_artefact_find(r, NULL, workspace, path, &ret->artefact);

        return k < 0 ? k : load_version(r, ret);
}

int governed_find_version(struct reg *r, struct control_call *call, const cJSON *parameters,
                          struct governed *ret)
{
        int k = governed_find(r, call, parameters, &ret->artefact);

        if (k < 0)
                return k;
        k = load_version(r, ret);
        if (k < 0)
                (void)control_error(call, "Failed",
                                    "no version of it is known: look through its workspace again "
                                    "(giactl sweep)");
        return k;
}

static int take_finding(void *userdata, const struct reg_artefact *a, const struct finding *f)
{
        struct finding *copy = scan_result_add_finding(userdata);

        (void)a;
        if (copy)
                *copy = *f;
        return 0;
}

struct scan_result *governed_findings(struct reg *r, const struct governed *g)
{
        _cleanup_free_ struct scan_result *result = calloc(1, sizeof(*result));

        if (!result || reg_finding_each(r, g->artefact.id, take_finding, result) < 0)
                return NULL;
        return take_ptr(&result);
}

const char *governed_place(const struct governed *g)
{
        return g->version.place ? g->version.place : g->artefact.path;
}

struct told_artefact governed_told(const struct governed *g)
{
        return (struct told_artefact){
                .workspace = g->artefact.workspace,
                .path = g->artefact.path,
                .id = g->artefact.id,
                .version = g->version.n,
                .kind = g->artefact.kind,
                .severity = g->artefact.severity,
                .sha256 = g->version.sha256,
                .author = &g->version.author,
        };
}

/* --- looking again ---- */

static struct workspace *find_workspace(const struct manager *m, const char *path)
{
        struct workspace *ws;

        for (size_t i = 0; (ws = workspaces_at(m->workspaces, i)); i++)
                if (strcmp(ws->path, path) == 0)
                        return ws;
        return NULL;
}

struct looking {
        struct manager *m;
        struct workspace *ws;
};

static int look_at(void *userdata, const struct reg_artefact *a)
{
        const struct looking *l = userdata;
        _cleanup_(reg_version_done) struct reg_version v = {.n = 0};

        (void)reg_version_each(l->m->reader, a->id, take_version, &v);
        const char *place = v.place ? v.place : a->path;
        if (*place)
                pipeline_decided(l->m->pipeline, l->ws, place);
        return 0;
}

void governed_look_again(struct manager *m, const char *workspace, const char *path)
{
        static const enum reg_state states[] = {REG_PENDING, REG_APPROVED, REG_REJECTED};
        struct looking l = {.m = m, .ws = find_workspace(m, workspace)};

        if (!l.ws)
                return;
        if (path) {
                pipeline_decided(m->pipeline, l.ws, path);
                return;
        }
        for (size_t i = 0; i < ELEMENTSOF(states); i++)
                (void)reg_artefact_each(m->reader, workspace, NULL, states[i], look_at, &l);
}
