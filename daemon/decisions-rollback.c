/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: an operator's order to put an approved version back.
 * Does not own: putting it back (rollback.c), taking away what stands there (quarantine/).
 *
 *   which version? ─► intent ─► take what stands there ─► storer: it is in quarantine ─► rollback_put() ─► reply
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/text.h"
#include "daemon/decisions-internal.h"
#include "daemon/governed.h"
#include "daemon/methods-internal.h"
#include "daemon/respond.h"
#include "daemon/rollback.h"
#include "daemon/tell.h"

#define TAKE_ATTEMPTS 3

struct order {
        struct storer_job job; /* with the ticket of what stood there */
        struct manager *manager;
        struct asker asker;
        struct governed what;
        struct rollback *rollback;
        char *findings;
        char agent[128];
        uint64_t version; /* that is put back */
        enum quarantine_how how;
};

static struct order *order_free(struct order *o)
{
        if (!o)
                return NULL;
        o->job.ticket = quarantine_ticket_free(o->job.ticket);
        quarantine_entry_done(&o->job.entry);
        o->rollback = rollback_cancel(o->rollback);
        governed_done(&o->what);
        asker_done(&o->asker);
        free(o->findings);
        free(o);
        return NULL;
}
DEFINE_CLEANUP(struct order *, order_free);

static void put_back(void *userdata, int result)
{
        struct order *o = userdata;

        if (o->asker.call && result < 0) {
                (void)control_error(
                        o->asker.call, "NotPossible",
                        result == -EEXIST
                                ? "something stands there again; what stood there is in quarantine"
                                : "it could not be put back: see the event; what stood there is in "
                                  "quarantine");
        } else if (o->asker.call) {
                cJSON *reply = cJSON_CreateObject();

                (void)cJSON_AddNumberToObject(reply, "version", (double)o->version);
                if (*o->job.entry.id)
                        (void)cJSON_AddStringToObject(reply, "quarantined", o->job.entry.id);
                (void)control_reply(o->asker.call, reply, false);
        }
        (void)order_free(o);
}

static void put(struct order *o)
{
        const struct told_operator by = asker_operator(&o->asker);

        rollback_put(take_ptr(&o->rollback), &by, o->asker.comment, put_back, o);
}

static void taken(struct storer_job *job, void *userdata)
{
        struct order *o = userdata;

        if (job->result < 0) {
                if (o->asker.call)
                        (void)control_error(o->asker.call, "Failed",
                                            "what stands there could not be stored");
                manager_gap(o->manager, REASON_STORE_FAILED, true, NULL);
                (void)order_free(o);
                return;
        }
        manager_emit(o->manager,
                     tell_quarantined(&job->entry, o->agent, NULL, NULL, o->how, false));
        put(o);
}

/* --- what stands there ---- */

/* For the entry: a release of it is to be an approval of these. */
static int describe_findings(struct order *o)
{
        _cleanup_free_ struct scan_result *r = governed_findings(o->manager->reader, &o->what);

        return r ? responder_describe(r, &o->findings) : -EIO;
}

static int take_once(struct order *o, const struct workspace *ws, enum reason *ret_reason)
{
        const char *place = governed_place(&o->what);
        _cleanup_close_ int path_fd = open_beneath(ws->root_fd, place, O_PATH);
        _cleanup_close_ int fd = -1;
        char reason[128];
        struct stat st;

        if (path_fd < 0)
                return path_fd;
        if (fstat(path_fd, &st) < 0)
                return -errno;
        if (S_ISREG(st.st_mode)) {
                fd = open_again(path_fd, O_RDONLY | O_NONBLOCK);
                if (fd < 0)
                        return fd;
        } else if (!S_ISLNK(st.st_mode)) {
                return -EISDIR;
        }
        (void)snprintf(reason, sizeof(reason), "rolled back by %s", o->asker.peer.name);
        struct quarantine_request request = {
                .workspace = ws->path,
                .root_fd = ws->root_fd,
                .path = place,
                .shown = o->what.version.place ? o->what.artefact.path : NULL,
                .fd = fd,
                .findings = o->findings,
                .reason = reason,
        };
        file_id_from_stat(&request.id, &st);
        return quarantine_take(o->manager->quarantine, &request, &o->job.ticket, ret_reason);
}

/* 0: it is taken; -ENOENT: nothing stands there; others. */
static int take(struct order *o, const struct workspace *ws)
{
        enum reason reason;
        int k = describe_findings(o);

        for (int i = 0; k == 0 && i < TAKE_ATTEMPTS; i++) {
                k = take_once(o, ws, &reason);
                if (k != -ESTALE)
                        return k;
                k = 0;
        }
        return k < 0 ? k : -ESTALE;
}

/* --- the order ---- */

static int begin(struct manager *m, struct control_call *call, const struct control_peer *peer,
                 const cJSON *parameters, struct order **ret)
{
        const char *comment = decision_reason(call, parameters);
        _cleanup_(order_freep) struct order *o = comment ? calloc(1, sizeof(*o)) : NULL;

        if (!comment)
                return 0;
        if (!o || asker_set(&o->asker, call, peer, comment) < 0)
                return control_error(call, "Failed", "out of memory");
        o->manager = m;
        if (governed_find_version(m->reader, call, parameters, &o->what) < 0)
                return 0;
        if (!decision_permitted(m, call, peer, &o->what, comment))
                return 0;
        *ret = take_ptr(&o);
        return 1;
}

static int choose(struct order *o, const struct workspace *ws, const cJSON *parameters)
{
        const cJSON *version = cJSON_GetObjectItemCaseSensitive(parameters, "version");
        const char *place = governed_place(&o->what);
        _cleanup_close_ int there = open_beneath(ws->root_fd, place, O_PATH);
        uint64_t n = cJSON_IsNumber(version) && version->valuedouble >= 1
                             ? (uint64_t)version->valuedouble
                             : 0;
        int k = rollback_begin(o->manager, ws, &o->what.artefact, place, n,
                               there >= 0 ? o->what.version.sha256 : NULL, &o->rollback);

        if (k == 0)
                o->version = rollback_version(o->rollback);
        if (k == -ENOENT && n)
                return control_error(
                        o->asker.call, "NotFound",
                        "no content of version %llu is kept (giactl show tells of which)",
                        (unsigned long long)n);
        if (k == -ENOENT)
                return control_error(o->asker.call, "NotFound",
                                     "no approved version is kept but what stands there");
        if (k < 0)
                return control_error(o->asker.call, k == -EBUSY ? "NotPossible" : "Failed",
                                     k == -EBUSY ? "it is being put back already"
                                                 : "the register cannot be read");
        return 1;
}

void decisions_rollback(void *userdata, struct control_call *call, const struct control_peer *peer,
                        const cJSON *parameters, bool more)
{
        struct manager *m = userdata;
        _cleanup_(order_freep) struct order *o = NULL;
        const char *rest;

        (void)more;
        if (begin(m, call, peer, parameters, &o) <= 0)
                return;
        const struct workspace *ws =
                workspaces_of_path(m->workspaces, o->what.artefact.workspace, &rest);
        if (!ws) {
                (void)control_error(call, "NotPossible", "its workspace is not watched any more");
                return;
        }
        if (choose(o, ws, parameters) <= 0)
                return;
        (void)text_copy(o->agent, sizeof(o->agent), ws->agent);
        int k = take(o, ws);
        if (k < 0 && k != -ENOENT) {
                char text[64];

                (void)control_error(
                        call, "NotPossible", "what stands there cannot be taken away: %s",
                        k == -ESTALE ? "it keeps changing" : strerror_r(-k, text, sizeof(text)));
                return;
        }
        asker_keep(&o->asker);
        if (k == -ENOENT) {
                put(take_ptr(&o));
                return;
        }
        o->how = quarantine_ticket_how(o->job.ticket);
        o->job.done = taken;
        o->job.userdata = o;
        struct order *submitted = take_ptr(&o);
        storer_submit(m->storer, &submitted->job);
}
