/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: finding what nobody answers for any more.
 * Does not own: what follows from the end of an approval: its files are looked at again anyway (verdict.until).
 *
 * Names of accounts are asked for in the storer's thread: whoever answers (NSS) may take its time.
 */
#include "daemon/offboard.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/base/words.h"
#include "daemon/governed.h"
#include "daemon/manager.h"
#include "daemon/rollback.h"

#define ACCOUNTS_LAST 60000u
#define TOLD_MAX 64u /* artefacts in one run; the others the next time */
#define GONE_PAGE 1000u

/* --- approvals ---- */

struct ended {
        struct storer_job job;
        struct reg_approval approval;
        bool forget;
};

static int run_ended(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        struct ended *e = (struct ended *)job;

        (void)quarantine;
        return e->forget ? reg_approval_revoke(reg, e->approval.id)
                         : reg_approval_put(reg, &e->approval);
}

static void ended_done(struct storer_job *job, void *userdata)
{
        (void)userdata;
        reg_approval_done(&((struct ended *)job)->approval);
        free(job);
}

static void tell_ended(struct manager *m, const struct reg_approval *a)
{
        char path[8192];
        const struct told_operator by = {a->operator_name ? a->operator_name : "?", a->operator_uid,
                                         a->operator_login_uid};
        const struct told_artefact what = {
                .workspace = a->workspace,
                .path = text_mask(path, sizeof(path), a->path),
                .sha256 = a->scope == REG_SCOPE_CONTENT ? a->sha256 : NULL,
        };

        manager_emit(m,
                     tell_judgement(EVENT_APPROVAL_EXPIRED, &by, &what, a, a->reason, "NHI1:2025"));
}

struct ending {
        usec_t now, forget_before;
        char ids[TOLD_MAX][ID_SIZE];
        size_t n;
};

static int find_ended(void *userdata, const struct reg_approval *a)
{
        struct ending *e = userdata;

        if (!a->expires || a->expires > e->now || a->awaits || !*a->id ||
            (a->told && a->expires > e->forget_before))
                return 0;
        memcpy(e->ids[e->n++], a->id, ID_SIZE);
        return e->n == TOLD_MAX;
}

static int copy_approval(void *userdata, const struct reg_approval *a)
{
        struct ended *e = userdata;

        if (strcmp(a->id, e->approval.id) != 0)
                return 0;
        return reg_approval_copy(&e->approval, a) < 0 ? -ENOMEM : 1;
}

static void end_one(struct manager *m, const char *id)
{
        struct ended *e = calloc(1, sizeof(*e));

        if (!e)
                return;
        memcpy(e->approval.id, id, ID_SIZE);
        approvals_each(m->approvals, copy_approval, e);
        if (!e->approval.workspace) {
                free(e);
                return;
        }
        e->forget = e->approval.told;
        e->approval.told = true;
        if (!e->forget)
                tell_ended(m, &e->approval);
        if (e->forget)
                approvals_remove(m->approvals, id);
        else
                (void)approvals_add(m->approvals, &e->approval);
        if (e->approval.pattern) {
                ended_done(&e->job, NULL);
                return;
        }
        e->job.run = run_ended;
        e->job.done = ended_done;
        storer_submit(m->storer, &e->job);
}

void offboard_approvals(struct manager *m)
{
        usec_t now = clock_realtime(), keep = config_number(m->config, OPTION_RETENTION);
        struct ending e = {.now = now, .forget_before = keep && keep < now ? now - keep : 0};

        approvals_each(m->approvals, find_ended, &e);
        for (size_t i = 0; i < e.n; i++)
                end_one(m, e.ids[i]);
}

/* --- artefacts ---- */

struct orphan {
        struct reg_artefact artefact;
        bool by_owner;
};

struct orphans_job {
        struct storer_job job;
        struct manager *manager;
        struct quarantine *versions;
        usec_t forget_before;
        struct word_list workspaces; /* that are watched */
        struct reg *reg;             /* while it runs */
        bool by_owner;
        struct orphan found[TOLD_MAX];
        size_t n;
        struct word_list gone;
        uint32_t owners[TOLD_MAX];
        bool owner_gone[TOLD_MAX];
        size_t n_owners;
};

static void add_orphan(void *userdata, const struct reg_artefact *a)
{
        struct orphans_job *o = userdata;
        struct orphan *to = &o->found[o->n];

        if (reg_artefact_copy(&to->artefact, a) < 0)
                return;
        to->by_owner = o->by_owner;
        o->n++;
}

static int note_workspace(void *userdata, const char *workspace)
{
        struct orphans_job *o = userdata;

        return !word_list_has(&o->workspaces, workspace) && word_list_add(&o->gone, workspace) < 0;
}

static bool account_is_gone(uint32_t uid)
{
        struct passwd entry, *found = NULL;
        char text[4096];

        return uid <= ACCOUNTS_LAST && getpwuid_r(uid, &entry, text, sizeof(text), &found) == 0 &&
               !found;
}

static int note_owner(void *userdata, uint32_t owner)
{
        struct orphans_job *o = userdata;

        o->owner_gone[o->n_owners] = account_is_gone(owner);
        o->owners[o->n_owners++] = owner;
        return o->n_owners == TOLD_MAX;
}

static int run_orphans(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        struct orphans_job *o = (struct orphans_job *)job;
        int k = reg_workspace_each(reg, note_workspace, o);

        (void)quarantine;
        for (size_t i = 0; i < o->workspaces.n && k == 0; i++)
                k = reg_orphan_clear(reg, o->workspaces.words[i], 0);
        for (size_t i = 0; i < o->gone.n && k == 0; i++)
                k = reg_orphan_each(reg, o->gone.words[i], 0, TOLD_MAX - o->n, add_orphan, o);
        o->by_owner = true;
        if (k == 0)
                k = reg_owner_each(reg, note_owner, o);
        for (size_t i = 0; i < o->n_owners && k == 0; i++)
                k = o->owner_gone[i] ? reg_orphan_each(reg, NULL, o->owners[i], TOLD_MAX - o->n,
                                                       add_orphan, o)
                                     : reg_orphan_clear(reg, NULL, o->owners[i]);
        rollback_forget(o->versions, reg, o->forget_before);
        return k;
}

static void tell_orphan(struct manager *m, const struct orphan *orphan)
{
        const struct reg_artefact *a = &orphan->artefact;
        const struct author owner = {.uid = a->owner};
        const struct told_artefact what = {
                .workspace = a->workspace,
                .path = a->path,
                .id = a->id,
                .kind = a->kind,
                .severity = a->severity,
                .sha256 = a->sha256,
                .author = &owner,
        };

        manager_emit(m, tell_judgement(EVENT_ORPHANED, NULL, &what, NULL, NULL,
                                       orphan->by_owner
                                               ? "the account of its owner is gone (NHI1:2025)"
                                               : "its workspace is watched no more (NHI1:2025)"));
}

static void orphans_done(struct storer_job *job, void *userdata)
{
        struct orphans_job *o = (struct orphans_job *)job;

        (void)userdata;
        for (size_t i = 0; i < o->n; i++) {
                tell_orphan(o->manager, &o->found[i]);
                reg_artefact_done(&o->found[i].artefact);
        }
        word_list_done(&o->workspaces);
        word_list_done(&o->gone);
        free(o);
}

void offboard_artefacts(struct manager *m)
{
        struct orphans_job *o = calloc(1, sizeof(*o));
        usec_t now = clock_realtime(), keep = config_number(m->config, OPTION_RETENTION);
        struct workspace *ws;

        if (!o)
                return;
        o->manager = m;
        o->versions = m->versions;
        o->forget_before = keep && keep < now ? now - keep : 0;
        for (size_t i = 0; (ws = workspaces_at(m->workspaces, i)); i++)
                if (word_list_add(&o->workspaces, ws->path) < 0) {
                        /* a workspace that is not in the list would seem to be gone */
                        orphans_done(&o->job, NULL);
                        return;
                }
        o->job.run = run_orphans;
        o->job.done = orphans_done;
        storer_submit(m->storer, &o->job);
}

/* --- what is not there any more ---- */

/* A page at a time: the storer has other work, too. */
struct gone_job {
        struct storer_job job;
        struct storer *storer;
        char *workspace;
        int root_fd;
        uint64_t from;
        struct word_list paths;
};

static int find_gone(void *userdata, const char *path, const char *place)
{
        struct gone_job *g = userdata;

        if (*place == '\0') /* nobody knows */
                return 0;
        _cleanup_close_ int fd = open_beneath(g->root_fd, place, O_PATH);

        return (fd == -ENOENT || fd == -ENOTDIR) && word_list_add(&g->paths, path) < 0;
}

static int run_gone(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        struct gone_job *g = (struct gone_job *)job;
        int k = reg_place_each(reg, g->workspace, g->from, GONE_PAGE, find_gone, g, &g->from);

        (void)quarantine;
        for (size_t i = 0; i < g->paths.n && k == 0; i++)
                k = reg_artefact_state(reg, g->workspace, g->paths.words[i], REG_GONE, NULL);
        word_list_done(&g->paths);
        return k;
}

static void gone_done(struct storer_job *job, void *userdata)
{
        struct gone_job *g = (struct gone_job *)job;

        (void)userdata;
        if (job->result >= 0 && g->from) {
                storer_submit(g->storer, &g->job);
                return;
        }
        free(g->workspace);
        g->root_fd = fd_close(g->root_fd);
        free(g);
}

void offboard_workspace(struct manager *m, const struct workspace *ws)
{
        struct gone_job *g = calloc(1, sizeof(*g));

        if (!g)
                return;
        g->storer = m->storer;
        g->root_fd = fcntl(ws->root_fd, F_DUPFD_CLOEXEC, 3);
        g->workspace = strdup(ws->path);
        g->job.run = run_gone;
        g->job.done = gone_done;
        if (g->root_fd < 0 || !g->workspace)
                gone_done(&g->job, NULL);
        else
                storer_submit(m->storer, &g->job);
}
