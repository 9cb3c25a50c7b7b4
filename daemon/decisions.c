/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: who may decide, and carrying a decision out: approve in memory, release or purge in the
 * storer, tell.
 *
 *   check ─► pin in memory (before the file reappears: its own event must find it) ─► storer: the
 *   pin is durable ─► storer: release, forget the entry ─► reply, event
 *
 * The pin is written before the file has its name again, in a transaction of its own: killed in
 * between, giad would take an approved file away a second time.
 */
#include "daemon/decisions.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/text.h"
#include "daemon/decisions-internal.h"
#include "daemon/governed.h"
#include "daemon/rollback.h"
#include "daemon/tell.h"

struct decision {
        struct storer_job job;
        struct manager *manager;
        struct asker asker;
        struct quarantine *versions; /* for the storer: the manager is the loop's */
        uint64_t keep;
        struct quarantine_entry entry;
        struct reg_approval pin;
        struct opposed opposed; /* that it ends */
        usec_t former_expiry; /* of an equal pin that was there before; APPROVALS_NONE: none was */
        char *to;             /* where it goes: relative path below root_fd */
        int root_fd;
        bool elsewhere;
        char *dropped;
        char *place; /* absolute, for people: printable and without secrets */
        bool pinned; /* the pin is in the register */
};

static struct decision *decision_free(struct decision *d)
{
        if (!d)
                return NULL;
        quarantine_entry_done(&d->entry);
        reg_approval_done(&d->pin);
        d->root_fd = fd_close(d->root_fd);
        asker_done(&d->asker);
        free(d->to);
        free(d->dropped);
        free(d->place);
        free(d);
        return NULL;
}
DEFINE_CLEANUP(struct decision *, decision_free);

static struct event *tell_about(const struct decision *d, enum event_kind kind, const char *detail)
{
        const struct told_operator by = asker_operator(&d->asker);

        return tell_decision(kind, &by, &d->entry, d->asker.comment, detail);
}

const char *decision_reason(struct control_call *call, const cJSON *parameters)
{
        const char *reason =
                cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(parameters, "reason"));

        if (reason && *reason != '\0' && strlen(reason) <= DECISION_REASON_MAX)
                return reason;
        (void)control_error(call, "InvalidParameter", "reason must say why, in at most %u bytes",
                            DECISION_REASON_MAX);
        return NULL;
}

int decision_expires(const cJSON *parameters, usec_t *ret)
{
        const cJSON *expires = cJSON_GetObjectItemCaseSensitive(parameters, "expires");

        *ret = 0;
        if (!expires || cJSON_IsNull(expires))
                return 0;
        if (!cJSON_IsNumber(expires) || !(expires->valuedouble >= 1 && expires->valuedouble < 1e10))
                return -ERANGE;
        *ret = clock_realtime() + (usec_t)expires->valuedouble * USEC_PER_SEC;
        return 0;
}

int decision_bad_expiry(struct control_call *call)
{
        return control_error(call, "InvalidParameter",
                             "expires is a number of seconds from 1 to 10000000000");
}

bool decision_disagreed(struct control_call *call, enum agreement agreement)
{
        if (agreement == AGREEMENT_SAME_PERSON)
                (void)control_error(call, "PermissionDenied",
                                    "you have agreed already: another person must do so as well "
                                    "(approval.two_persons)");
        else if (agreement == AGREEMENT_NO_MEMORY)
                (void)control_error(call, "Failed", "out of memory");
        else
                return false;
        return true;
}

bool decision_permitted(struct manager *m, struct control_call *call,
                        const struct control_peer *peer, const struct governed *what,
                        const char *comment)
{
        const struct told_operator by = {peer->name, peer->uid, peer->auid};
        const struct told_artefact told = governed_told(what);
        const char *why = rights_refusal(peer, &what->version.author);

        if (why) {
                manager_emit(m,
                             tell_judgement(EVENT_ACCESS_DENIED, &by, &told, NULL, comment, why));
                (void)control_error(call, "PermissionDenied", "%s", why);
                return false;
        }
        if (*governed_place(what) == '\0') {
                (void)control_error(call, "NotPossible",
                                    "a secret stands in its name, which is therefore not kept: "
                                    "give it another name first");
                return false;
        }
        return true;
}

/* Reads id and reason, fetches the entry, checks who asks. On failure the call has been answered.
 */
static int begin(struct manager *m, struct control_call *call, const struct control_peer *peer,
                 const cJSON *parameters, struct decision **ret)
{
        const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(parameters, "id"));
        const char *comment;
        _cleanup_(decision_freep) struct decision *d = calloc(1, sizeof(*d));
        struct author author;

        if (!d)
                return control_error(call, "Failed", "out of memory");
        d->root_fd = -1;
        if (!id || !id_valid(id))
                return control_error(call, "InvalidParameter",
                                     "id must be the id of a quarantine entry");
        comment = decision_reason(call, parameters);
        if (!comment)
                return 0;
        int k = quarantine_get(m->quarantine, id, &d->entry);
        if (k < 0)
                return control_error(call, k == -ENOENT ? "NotFound" : "Failed",
                                     "no readable entry %s", id);
        d->manager = m;
        d->versions = m->versions;
        d->keep = config_number(m->config, OPTION_VERSIONS_KEPT);
        if (asker_set(&d->asker, call, peer, comment) < 0)
                return control_error(call, "Failed", "out of memory");
        rights_author_from_json(&author, d->entry.writer, d->entry.uid, d->entry.taken);
        const char *why = rights_refusal(peer, &author);
        if (why) {
                manager_emit(m, tell_about(d, EVENT_ACCESS_DENIED, why));
                return control_error(call, "PermissionDenied", "%s", why);
        }
        *ret = take_ptr(&d);
        return 1;
}

static void submit(struct decision *d,
                   int (*run)(struct storer_job *, struct reg *, struct quarantine *),
                   void (*done)(struct storer_job *, void *))
{
        d->job = (struct storer_job){.run = run, .done = done, .userdata = d, .durable = true};
        storer_submit(d->manager->storer, &d->job);
}

/* --- release ---- */

/* The set of findings that the entry was taken for, as the pin knows it. */
static int pin_findings(const struct quarantine_entry *e, uint8_t ret[static 32])
{
        cJSON *list = cJSON_Parse(e->findings ? e->findings : "[]");
        int n = cJSON_GetArraySize(list), i = 0;
        struct finding *findings = calloc((size_t)n + 1, sizeof(*findings));
        const cJSON *f;

        if (!findings) {
                cJSON_Delete(list);
                return -ENOMEM;
        }
        cJSON_ArrayForEach(f, list)
        {
                const char *rule =
                        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(f, "rule"));
                const char *print =
                        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(f, "fingerprint"));

                (void)text_copy(findings[i].rule, sizeof(findings[i].rule), rule ? rule : "");
                (void)text_copy(findings[i].fingerprint, sizeof(findings[i].fingerprint),
                                print ? print : "");
                i++;
        }
        reg_findings_digest(findings, (size_t)n, ret);
        free(findings);
        cJSON_Delete(list);
        return 0;
}

/* Where the file will be, as a scan will name it: below a workspace if it is put into one, else
 * below the directory itself. */
static int pin_place(struct decision *d)
{
        char link[64], directory[4096];

        if (!d->elsewhere) {
                d->pin.workspace = strdup(d->entry.workspace);
                d->pin.path = strdup(d->entry.path);
                return d->pin.workspace && d->pin.path ? 0 : -ENOMEM;
        }
        (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", d->root_fd);
        ssize_t n = readlink(link, directory, sizeof(directory) - 1);
        if (n < 0)
                return -errno;
        directory[n] = '\0';
        for (size_t i = 0; workspaces_at(d->manager->workspaces, i); i++) {
                const char *root = workspaces_at(d->manager->workspaces, i)->path;
                size_t len = strlen(root);

                if (strncmp(directory, root, len) != 0 ||
                    (directory[len] != '/' && directory[len] != '\0'))
                        continue;
                const char *below = directory + len + (directory[len] == '/');
                d->pin.workspace = strdup(root);
                if (asprintf(&d->pin.path, "%s%s%s", below, *below ? "/" : "", d->to) < 0)
                        d->pin.path = NULL;
                return d->pin.workspace && d->pin.path ? 0 : -ENOMEM;
        }
        d->pin.workspace = strdup(directory);
        d->pin.path = strdup(d->to);
        return d->pin.workspace && d->pin.path ? 0 : -ENOMEM;
}

static int make_pin(struct decision *d, const cJSON *parameters)
{
        struct reg_approval *pin = &d->pin;
        int k = pin_place(d);

        if (k < 0)
                return k;
        memcpy(pin->sha256, d->entry.sha256, sizeof(pin->sha256));
        pin->reason = strdup(d->asker.comment);
        pin->made = clock_realtime();
        if (!pin->reason)
                return -ENOMEM;
        k = decision_expires(parameters, &pin->expires);
        return k < 0 ? k : pin_findings(&d->entry, pin->findings);
}

/* Puts the pin where the file's own event will find it. */
static int set_pin(struct decision *d)
{
        const struct reg_approval *former = approvals_find(d->manager->approvals, &d->pin);

        d->former_expiry = former && !former->awaits ? former->expires : APPROVALS_NONE;
        if (!*d->pin.id && id_new(d->pin.id) < 0)
                return -EIO;
        opposed_find(d->manager->approvals, &d->pin, &d->opposed);
        opposed_forget(&d->opposed, d->manager->approvals);
        return approvals_add(d->manager->approvals, &d->pin);
}

/* What was not given back is not approved either, unless it was before. */
static void unset_pin(struct decision *d)
{
        d->pin.expires = d->former_expiry;
        if (d->former_expiry == APPROVALS_NONE)
                approvals_remove(d->manager->approvals, d->pin.id);
        else
                (void)approvals_add(d->manager->approvals, &d->pin);
}

/* Whoever is not root may only have it put where they could put it themselves: the daemon's rights
 * are not theirs to use. */
static int may_use_directory(const struct decision *d)
{
        struct stat st;

        if (fstat(d->root_fd, &st) < 0)
                return -errno;
        return d->asker.peer.uid == 0 || st.st_uid == d->asker.peer.uid ? 0 : -EACCES;
}

/* Where it goes back to: its workspace, opened anew; or the directory that the operator names. */
static int find_place(struct decision *d, const char *to)
{
        const char *slash = strrchr(d->entry.path, '/'), *name = slash ? slash + 1 : d->entry.path;
        const char *shown = d->entry.shown ? d->entry.shown : d->entry.path;
        const char *root = to ? to : d->entry.workspace;
        char place[8192], text[8192];

        if (to && (slash = strrchr(shown, '/')) != NULL)
                shown = slash + 1;
        (void)snprintf(place, sizeof(place), "%s/%s", root, shown);
        d->place = strdup(text_printable(text, sizeof(text), place, strlen(place)));
        d->to = strdup(to ? name : d->entry.path);
        if (!d->place || !d->to)
                return -ENOMEM;
        if (to && *to != '/')
                return -EINVAL;
        d->elsewhere = to != NULL;
        d->root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC | (to ? 0 : O_NOFOLLOW));
        if (d->root_fd < 0)
                return -errno;
        return to ? may_use_directory(d) : 0;
}

static int run_pin(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        struct decision *d = (struct decision *)job;
        int k = reg_approval_put(reg, &d->pin);

        (void)quarantine;
        return k < 0 ? k : opposed_end(&d->opposed, reg);
}

/* It is approved, so it may be wanted back one day. */
static void keep_released(const struct decision *d, struct reg *reg)
{
        _cleanup_(governed_done) struct governed g = {.version = {.n = 0}};

        if (!d->elsewhere &&
            governed_load(reg, d->entry.workspace, d->entry.shown ? d->entry.shown : d->entry.path,
                          &g) == 0 &&
            memcmp(g.version.sha256, d->entry.sha256, sizeof(d->entry.sha256)) == 0)
                (void)rollback_keep(d->versions, reg, &g, d->keep);
}

static int run_release(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        struct decision *d = (struct decision *)job;
        const struct quarantine_release release = {
                .id = d->entry.id,
                .root_fd = d->root_fd,
                .path = d->to,
                .elsewhere = d->elsewhere,
        };
        struct file_id id;
        int k = quarantine_release(quarantine, &release, &id, &d->dropped);

        if (k < 0) {
                if (d->former_expiry == APPROVALS_NONE)
                        (void)reg_approval_revoke(reg, d->pin.id);
                return k;
        }
        (void)reg_quarantine_state(reg, d->entry.id, "released", d->asker.peer.name,
                                   d->asker.comment);
        (void)reg_artefact_state(
                reg, d->entry.workspace, d->entry.shown ? d->entry.shown : d->entry.path,
                REG_RELEASED,
                &(struct reg_decision){d->asker.peer.name, d->asker.peer.uid, d->asker.comment});
        keep_released(d, reg);
        return quarantine_purge(quarantine, d->entry.id);
}

static void answer_failure(struct decision *d, int error)
{
        char text[64];
        bool asked_wrongly = !d->job.run; /* it was not even begun */

        if (!d->asker.call)
                return;
        if (error == -EEXIST)
                (void)control_error(d->asker.call, "NotPossible",
                                    "something stands at %s now: move it away, or use --to=DIR",
                                    d->place);
        else if (asked_wrongly && error == -EACCES)
                (void)control_error(
                        d->asker.call, "PermissionDenied",
                        "only root may put it into a directory that is not their own: %s",
                        d->place);
        else if (asked_wrongly && error == -ERANGE)
                (void)decision_bad_expiry(d->asker.call);
        else if (asked_wrongly && error == -EINVAL)
                (void)control_error(d->asker.call, "InvalidParameter",
                                    "to must be an absolute path");
        else if (error == -ESTALE || error == -ENOENT || error == -ENOTDIR || error == -ELOOP)
                (void)control_error(
                        d->asker.call, "NotPossible",
                        "the directory of %s is gone, or not the one it was: use --to=DIR",
                        d->place);
        else
                (void)control_error(d->asker.call, "Failed", "%s",
                                    strerror_r(-error, text, sizeof(text)));
}

static void reply_released(struct decision *d)
{
        cJSON *reply = cJSON_CreateObject();

        (void)cJSON_AddStringToObject(reply, "path", d->place);
        if (d->dropped)
                (void)cJSON_AddStringToObject(reply, "dropped", d->dropped);
        if (d->pin.awaits)
                (void)cJSON_AddTrueToObject(reply, "awaits");
        (void)control_reply(d->asker.call, reply, false);
}

static void released(struct storer_job *job, void *userdata)
{
        struct decision *d = userdata;

        if (job->result >= 0 && !d->pinned && !d->pin.awaits) {
                d->pinned = true;
                submit(d, run_release, released);
                return;
        }
        if (job->result < 0) {
                unset_pin(d);
                answer_failure(d, job->result);
        } else {
                manager_emit(d->manager,
                             tell_about(d, d->pin.awaits ? EVENT_APPROVED : EVENT_RELEASED,
                                        d->pin.awaits ? TELL_AWAITS : d->dropped));
                if (d->asker.call)
                        reply_released(d);
        }
        (void)decision_free(d);
}

void decisions_release(void *userdata, struct control_call *call, const struct control_peer *peer,
                       const cJSON *parameters, bool more)
{
        const char *to = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(parameters, "to"));
        struct manager *m = userdata;
        _cleanup_(decision_freep) struct decision *d = NULL;

        (void)more;
        if (begin(userdata, call, peer, parameters, &d) <= 0)
                return;
        int k = find_place(d, to);
        if (k >= 0)
                k = make_pin(d, parameters);
        if (k >= 0 &&
            decision_disagreed(call, agree(m->approvals, config_bool(m->config, OPTION_TWO_PERSONS),
                                           peer, &d->pin)))
                return;
        if (k >= 0)
                k = set_pin(d);
        if (k < 0) {
                answer_failure(d, k);
                return;
        }
        asker_keep(&d->asker);
        submit(take_ptr(&d), run_pin, released);
}

/* --- purge ---- */

static int run_purge(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        struct decision *d = (struct decision *)job;
        int k = quarantine_purge(quarantine, d->entry.id);

        if (k >= 0)
                (void)reg_quarantine_state(reg, d->entry.id, "purged", d->asker.peer.name,
                                           d->asker.comment);
        return k;
}

static void purged(struct storer_job *job, void *userdata)
{
        struct decision *d = userdata;

        if (job->result < 0) {
                answer_failure(d, job->result);
        } else {
                manager_emit(d->manager, tell_about(d, EVENT_PURGED, NULL));
                if (d->asker.call)
                        (void)control_reply(d->asker.call, NULL, false);
        }
        (void)decision_free(d);
}

void decisions_purge(void *userdata, struct control_call *call, const struct control_peer *peer,
                     const cJSON *parameters, bool more)
{
        _cleanup_(decision_freep) struct decision *d = NULL;

        (void)more;
        if (begin(userdata, call, peer, parameters, &d) <= 0)
                return;
        asker_keep(&d->asker);
        submit(take_ptr(&d), run_purge, purged);
}
