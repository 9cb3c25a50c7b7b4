/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: telling which approvals and rejections there are, and taking them back.
 * Does not own: making them (decisions-artefact.c, decisions.c, signed.c).
 */
#include <errno.h>
#include <string.h>

#include "common/base/text.h"
#include "daemon/answer.h"
#include "daemon/decisions-internal.h"
#include "daemon/governed.h"
#include "daemon/methods-internal.h"
#include "daemon/rollback.h"
#include "daemon/tell.h"

/* --- list ---- */

static void add_person(cJSON *list, const char *name, uint32_t uid, uint32_t login_uid)
{
        cJSON *o = cJSON_CreateObject();

        answer_text(o, "name", name);
        if (uid != PROVENANCE_NONE)
                answer_count(o, "uid", uid);
        if (login_uid != PROVENANCE_NONE)
                answer_count(o, "login_uid", login_uid);
        (void)cJSON_AddItemToArray(list, o);
}

static int describe(void *userdata, const struct reg_approval *a)
{
        cJSON *o = cJSON_CreateObject(), *by;
        char hex[65], path[8192];

        answer_text(o, "id", a->id);
        answer_text(o, "kind", a->reject ? "rejection" : "approval");
        answer_text(o, "scope", reg_scope_to_string((int)a->scope));
        answer_text(o, "workspace", a->workspace);
        if (a->scope != REG_SCOPE_CLASS)
                answer_text(o, "path", text_mask(path, sizeof(path), a->path));
        if (a->scope == REG_SCOPE_CONTENT) {
                text_hex(hex, a->sha256, sizeof(a->sha256));
                answer_text(o, "sha256", hex);
        }
        if (a->rules)
                answer_text(o, "rules", a->rules);
        if (a->class)
                answer_text(o, "class", a->class);
        by = cJSON_AddArrayToObject(o, "by");
        add_person(by, a->operator_name ? a->operator_name : "?", a->operator_uid,
                   a->operator_login_uid);
        if (a->second_name)
                add_person(by, a->second_name, a->second_uid, a->second_login_uid);
        answer_text(o, "reason", a->reason ? a->reason : "");
        answer_time(o, "made", a->made);
        if (a->expires)
                answer_time(o, "expires", a->expires);
        (void)cJSON_AddBoolToObject(o, "awaits", a->awaits);
        (void)cJSON_AddBoolToObject(o, "signed", a->pattern);
        (void)cJSON_AddBoolToObject(o, "expired", a->expires && a->expires <= clock_realtime());
        (void)cJSON_AddItemToArray(userdata, o);
        return 0;
}

void decisions_list(void *userdata, struct control_call *call, const struct control_peer *peer,
                    const cJSON *parameters, bool more)
{
        const struct manager *m = userdata;
        cJSON *list = cJSON_CreateArray();

        (void)peer;
        (void)parameters;
        (void)more;
        approvals_each(m->approvals, describe, list);
        method_reply(call, "approvals", list);
}

/* --- revoke ---- */

struct revocation {
        struct storer_job job;
        struct manager *manager;
        struct asker asker;
        struct quarantine *versions; /* for the storer: the manager is the loop's */
        struct reg_approval approval;
};

static struct revocation *revocation_free(struct revocation *r)
{
        if (!r)
                return NULL;
        reg_approval_done(&r->approval);
        asker_done(&r->asker);
        free(r);
        return NULL;
}
DEFINE_CLEANUP(struct revocation *, revocation_free);

struct finding_id {
        const char *id;
        struct reg_approval *ret;
        int result;
};

static int copy_if_it(void *userdata, const struct reg_approval *a)
{
        struct finding_id *f = userdata;

        if (strcmp(a->id, f->id) != 0)
                return 0;
        *f->ret = (struct reg_approval){.scope = a->scope,
                                        .reject = a->reject,
                                        .pattern = a->pattern,
                                        .expires = a->expires,
                                        .workspace = strdup(a->workspace),
                                        .path = strdup(a->path),
                                        .class = a->class ? strdup(a->class) : NULL};
        memcpy(f->ret->id, a->id, sizeof(a->id));
        memcpy(f->ret->sha256, a->sha256, sizeof(a->sha256));
        f->result = f->ret->workspace && f->ret->path ? 0 : -ENOMEM;
        return 1;
}

static int run_revoke(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        struct revocation *r = (struct revocation *)job;

        (void)quarantine;
        int k = reg_approval_revoke(reg, r->approval.id);
        if (r->approval.scope == REG_SCOPE_CONTENT)
                rollback_drop(r->versions, reg, r->approval.workspace, r->approval.path,
                              r->approval.sha256);
        return k == -ENOENT ? 0 : k;
}

static void revoked(struct storer_job *job, void *userdata)
{
        struct revocation *r = userdata;
        struct manager *m = r->manager;
        const struct told_operator by = asker_operator(&r->asker);
        char path[8192];
        const struct told_artefact what = {
                .workspace = r->approval.workspace,
                .path = text_mask(path, sizeof(path), r->approval.path),
                .sha256 = r->approval.scope == REG_SCOPE_CONTENT ? r->approval.sha256 : NULL,
        };

        if (job->result < 0) {
                if (r->asker.call)
                        (void)control_error(r->asker.call, "Failed",
                                            "the register cannot be written");
        } else {
                approvals_remove(m->approvals, r->approval.id);
                manager_emit(m, tell_judgement(EVENT_REVOKED, &by, &what, &r->approval,
                                               r->asker.comment, NULL));
                if (r->asker.call)
                        (void)control_reply(r->asker.call, NULL, false);
                governed_look_again(m, r->approval.workspace,
                                    r->approval.scope == REG_SCOPE_CLASS ? NULL : r->approval.path);
        }
        (void)revocation_free(r);
}

/* Taking an approval back makes giad stricter: nobody who may decide is kept from that. Taking a rejection back does not, and is an
 * approval's business. */
void decisions_revoke(void *userdata, struct control_call *call, const struct control_peer *peer,
                      const cJSON *parameters, bool more)
{
        struct manager *m = userdata;
        const char *id = method_parameter(parameters, "id"),
                   *comment = decision_reason(call, parameters);
        _cleanup_(revocation_freep) struct revocation *r = comment ? calloc(1, sizeof(*r)) : NULL;

        (void)more;
        if (!comment)
                return;
        struct finding_id f = {.id = id, .ret = r ? &r->approval : NULL, .result = -ENOENT};
        if (r && id)
                approvals_each(m->approvals, copy_if_it, &f);
        if (!r || f.result == -ENOMEM || asker_set(&r->asker, call, peer, comment) < 0) {
                (void)control_error(call, "Failed", "out of memory");
        } else if (f.result < 0) {
                (void)control_error(call, "NotFound", "no approval %s is known",
                                    id ? id : "without an id");
        } else if (r->approval.pattern) {
                (void)control_error(
                        call, "NotPossible",
                        "it is signed: take its file out of approval.signed_directory, and reload");
        } else if (r->approval.reject) {
                (void)control_error(
                        call, "NotPossible",
                        "it is a rejection: approving the same content (giactl approve) ends it");
        } else {
                r->manager = m;
                r->versions = m->versions;
                asker_keep(&r->asker);
                r->job = (struct storer_job){
                        .run = run_revoke, .done = revoked, .userdata = r, .durable = true};
                struct revocation *submitted = take_ptr(&r);
                storer_submit(m->storer, &submitted->job);
        }
}
