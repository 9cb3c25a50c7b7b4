/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: approving and rejecting what the register knows, and taking that back.
 * Does not own: who may (rights.h), what an approval covers (approvals.c), entries of the store (decisions.c).
 *
 *   find ─► may the peer? is it what they saw? ─► pin ─► storer: durable, a copy for rollbacks ─► in force, looked at again ─► reply, event
 *
 * What is decided is a version: whoever writes the file between a look and a decision makes another one, and that was not seen.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buffer.h"
#include "common/base/text.h"
#include "daemon/answer.h"
#include "daemon/decisions-internal.h"
#include "daemon/governed.h"
#include "daemon/methods-internal.h"
#include "daemon/rollback.h"
#include "daemon/tell.h"

struct judgement {
        struct storer_job job;
        struct manager *manager;
        struct asker asker;
        struct quarantine *versions; /* for the storer: the manager is the loop's */
        uint64_t keep;
        struct governed what;
        struct reg_approval pin;
        struct opposed opposed; /* that it ends */
        bool kept;              /* a copy, for rollbacks */
};

static struct judgement *judgement_free(struct judgement *j)
{
        if (!j)
                return NULL;
        governed_done(&j->what);
        reg_approval_done(&j->pin);
        asker_done(&j->asker);
        free(j);
        return NULL;
}
DEFINE_CLEANUP(struct judgement *, judgement_free);

static void tell(const struct judgement *j, enum event_kind kind, const char *detail)
{
        const struct told_operator by = asker_operator(&j->asker);
        const struct told_artefact what = governed_told(&j->what);

        manager_emit(j->manager,
                     tell_judgement(kind, &by, &what, &j->pin, j->asker.comment, detail));
}

/* --- which, and may they ---- */

/* 1: *ret is what the call is about; 0: the call has been answered. */
static int begin(struct manager *m, struct control_call *call, const struct control_peer *peer,
                 const cJSON *parameters, struct judgement **ret)
{
        const cJSON *version = cJSON_GetObjectItemCaseSensitive(parameters, "version");
        const char *comment = decision_reason(call, parameters);
        _cleanup_(judgement_freep) struct judgement *j = comment ? calloc(1, sizeof(*j)) : NULL;

        if (!comment)
                return 0;
        if (!j || asker_set(&j->asker, call, peer, comment) < 0)
                return control_error(call, "Failed", "out of memory");
        j->manager = m;
        j->versions = m->versions;
        j->keep = config_number(m->config, OPTION_VERSIONS_KEPT);
        if (governed_find_version(m->reader, call, parameters, &j->what) < 0)
                return 0;
        if (!cJSON_IsNumber(version) || version->valuedouble < 1)
                return control_error(
                        call, "InvalidParameter",
                        "version must say which version was looked at: the last is %llu",
                        (unsigned long long)j->what.version.n);
        if ((uint64_t)version->valuedouble != j->what.version.n)
                return control_error(call, "NotPossible",
                                     "version %llu is there now, not %.0f: look at it first",
                                     (unsigned long long)j->what.version.n, version->valuedouble);
        if (!decision_permitted(m, call, peer, &j->what, comment))
                return 0;
        if (j->what.artefact.state == REG_GONE)
                return control_error(call, "NotPossible",
                                     "it is gone: there is nothing to decide about until it is "
                                     "there again (giactl rollback puts an approved version back)");
        if (j->what.artefact.state == REG_QUARANTINED)
                return control_error(call, "NotPossible",
                                     "it is in quarantine: giactl quarantine release gives it back "
                                     "and approves it, "
                                     "giactl quarantine purge deletes it");
        *ret = take_ptr(&j);
        return 1;
}

/* --- what is approved ---- */

/* The rules that found something, each once. */
static int rules_of(const struct scan_result *r, char **ret)
{
        _cleanup_buffer_ struct buffer b = BUFFER_NULL;

        for (uint32_t i = 0; i < r->n_findings; i++) {
                bool again = false;

                for (uint32_t k = 0; k < i && !again; k++)
                        again = strcmp(r->findings[k].rule, r->findings[i].rule) == 0;
                if (!again)
                        buffer_printf(&b, "%s%s", b.len ? " " : "", r->findings[i].rule);
        }
        buffer_puts(&b, "");
        return buffer_take(&b, ret);
}

static bool has_class(const struct scan_result *r, const char *class)
{
        for (uint32_t i = 0; i < r->n_findings; i++)
                if (strcmp(finding_class_to_string(r->findings[i].class), class) == 0)
                        return true;
        return false;
}

static int set_place(struct judgement *j)
{
        struct reg_approval *pin = &j->pin;

        pin->workspace = strdup(j->what.artefact.workspace);
        pin->path = strdup(pin->scope == REG_SCOPE_CLASS ? "" : governed_place(&j->what));
        pin->reason = strdup(j->asker.comment);
        pin->made = clock_realtime();
        return pin->workspace && pin->path && pin->reason ? 0 : -ENOMEM;
}

/* Sets what of the artefact the pin is about. Returns 0 or negative errno: -ENOENT: it has no finding of that class. */
static int set_extent(struct judgement *j, const char *class)
{
        _cleanup_free_ struct scan_result *r = governed_findings(j->manager->reader, &j->what);
        struct reg_approval *pin = &j->pin;

        if (!r)
                return -EIO;
        memcpy(pin->sha256, j->what.version.sha256, sizeof(pin->sha256));
        switch (pin->scope) {
        case REG_SCOPE_CONTENT:
                reg_findings_digest(r->findings, r->n_findings, pin->findings);
                return 0;
        case REG_SCOPE_FILE:
                return rules_of(r, &pin->rules);
        case REG_SCOPE_CLASS:
                if (!class || !has_class(r, class))
                        return -ENOENT;
                pin->class = strdup(class);
                return pin->class ? 0 : -ENOMEM;
        case _REG_SCOPE_MAX:
                break;
        }
        return -EINVAL;
}

/* What is for more than one content ends, and not too late. */
static int set_end(struct judgement *j, const cJSON *parameters)
{
        usec_t longest = config_number(j->manager->config, OPTION_APPROVAL_LONGEST);

        if (decision_expires(parameters, &j->pin.expires) < 0)
                return decision_bad_expiry(j->asker.call);
        if (j->pin.scope == REG_SCOPE_CONTENT)
                return 1;
        if (j->pin.expires && j->pin.expires - j->pin.made <= longest + USEC_PER_SEC)
                return 1;
        return control_error(j->asker.call, "InvalidParameter",
                             "an approval of a file or a class needs an end, at most %llu seconds "
                             "from now (approval.longest)",
                             (unsigned long long)(longest / USEC_PER_SEC));
}

/* 1: the pin says what is approved; 0: the call has been answered. */
static int set_pin(struct judgement *j, const cJSON *parameters)
{
        const char *scope = method_parameter(parameters, "scope"),
                   *class = method_parameter(parameters, "class");
        int s = scope ? reg_scope_from_string(scope) : REG_SCOPE_CONTENT;

        if (s < 0)
                return control_error(j->asker.call, "InvalidParameter",
                                     "scope is content, file or class");
        j->pin.scope = (enum reg_scope)s;
        int k = set_place(j);
        if (k == 0)
                k = set_extent(j, class);
        if (k == -ENOENT)
                return control_error(j->asker.call, "InvalidParameter",
                                     "class must be one of those that were found in the artefact");
        if (k < 0)
                return control_error(j->asker.call, "Failed", "the register cannot be read");
        return set_end(j, parameters);
}

/* --- carrying it out ---- */

/* What was written meanwhile is another version, about which nobody has decided. */
static bool is_still_there(const struct judgement *j, struct reg *reg)
{
        _cleanup_(reg_artefact_done) struct reg_artefact now = {.id = ""};

        return reg_artefact_find(reg, j->what.artefact.id, NULL, NULL, &now) == 0 &&
               memcmp(now.sha256, j->what.version.sha256, sizeof(now.sha256)) == 0;
}

static int run_judgement(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        struct judgement *j = (struct judgement *)job;
        const struct reg_decision by = {j->asker.peer.name, j->asker.peer.uid, j->asker.comment};
        int k = reg_approval_put(reg, &j->pin);

        (void)quarantine;
        if (k < 0 || j->pin.awaits)
                return k;
        k = opposed_end(&j->opposed, reg);
        if (k < 0 || j->pin.scope == REG_SCOPE_CLASS || !is_still_there(j, reg))
                return k;
        if (k == 0)
                k = reg_artefact_state(reg, j->what.artefact.workspace, j->what.artefact.path,
                                       j->pin.reject ? REG_REJECTED : REG_APPROVED, &by);
        if (j->pin.reject)
                rollback_drop(j->versions, reg, j->pin.workspace, j->pin.path, j->pin.sha256);
        if (k == 0 && !j->pin.reject)
                j->kept = rollback_keep(j->versions, reg, &j->what, j->keep) == 0;
        return k;
}

static void reply(const struct judgement *j)
{
        cJSON *o = cJSON_CreateObject();

        answer_text(o, "approval", j->pin.id);
        answer_text(o, "state",
                    j->pin.awaits
                            ? reg_state_to_string((int)j->what.artefact.state)
                            : reg_state_to_string(j->pin.reject ? REG_REJECTED : REG_APPROVED));
        (void)cJSON_AddBoolToObject(o, "awaits", j->pin.awaits);
        (void)cJSON_AddBoolToObject(o, "kept", j->kept);
        if (j->pin.expires)
                answer_time(o, "expires", j->pin.expires);
        (void)control_reply(j->asker.call, o, false);
}

static void judged(struct storer_job *job, void *userdata)
{
        struct judgement *j = userdata;
        struct manager *m = j->manager;

        if (job->result >= 0 && approvals_add(m->approvals, &j->pin) < 0)
                job->result =
                        -ENOMEM; /* the register has it: it is in force after the next start */
        if (job->result < 0) {
                if (j->asker.call)
                        (void)control_error(j->asker.call, "Failed",
                                            "the register cannot be written");
                (void)judgement_free(j);
                return;
        }
        opposed_forget(&j->opposed, m->approvals);
        tell(j, j->pin.reject ? EVENT_REJECTED : EVENT_APPROVED,
             j->pin.awaits ? TELL_AWAITS : NULL);
        if (j->asker.call)
                reply(j);
        if (!j->pin.awaits)
                governed_look_again(m, j->pin.workspace,
                                    j->pin.scope == REG_SCOPE_CLASS ? NULL : j->pin.path);
        (void)judgement_free(j);
}

static void submit(struct judgement *j)
{
        j->job = (struct storer_job){
                .run = run_judgement, .done = judged, .userdata = j, .durable = true};
        storer_submit(j->manager->storer, &j->job);
}

void decisions_approve(void *userdata, struct control_call *call, const struct control_peer *peer,
                       const cJSON *parameters, bool more)
{
        struct manager *m = userdata;
        _cleanup_(judgement_freep) struct judgement *j = NULL;

        (void)more;
        if (begin(m, call, peer, parameters, &j) <= 0 || set_pin(j, parameters) <= 0)
                return;
        if (decision_disagreed(call, agree(m->approvals, config_bool(m->config, OPTION_TWO_PERSONS),
                                           peer, &j->pin)))
                return;
        opposed_find(m->approvals, &j->pin, &j->opposed);
        asker_keep(&j->asker);
        submit(take_ptr(&j));
}

/* One person is enough to say no. */
void decisions_reject(void *userdata, struct control_call *call, const struct control_peer *peer,
                      const cJSON *parameters, bool more)
{
        struct manager *m = userdata;
        _cleanup_(judgement_freep) struct judgement *j = NULL;

        (void)more;
        if (begin(m, call, peer, parameters, &j) <= 0)
                return;
        j->pin.reject = true;
        if (set_place(j) < 0 || set_extent(j, NULL) < 0) {
                (void)control_error(call, "Failed", "the register cannot be read");
                return;
        }
        if (decision_disagreed(call, agree(m->approvals, false, peer, &j->pin)))
                return;
        opposed_find(m->approvals, &j->pin, &j->opposed);
        asker_keep(&j->asker);
        submit(take_ptr(&j));
}
