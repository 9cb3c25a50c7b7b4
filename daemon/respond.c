/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what happens between a verdict and the event that says it was carried out.
 * Does not own: the protocol of the move (daemon/quarantine) nor the decision (daemon/policy).
 *
 *   take (here, in the loop) ─► ticket ─► storer ─► stored ─► note, event
 */
#include "daemon/respond.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/text.h"
#include "daemon/note.h"
#include "daemon/rollback.h"
#include "daemon/tell.h"
#include "daemon/writer.h"

struct responder {
        struct config *config; /* borrowed */
        struct quarantine *quarantine;
        struct storer *storer;
        struct pipeline_host host;
        struct notes *notes;
        void (*own)(void *userdata, const struct workspace *ws, const char *path,
                    const struct file_id *id);
        void *userdata;
};

struct taking {
        struct storer_job job;
        struct responder *responder;
        uint32_t workspace;
        char agent[128];
        struct verdict verdict;
        enum quarantine_how how;
        bool still_open;
        struct provenance *writer;     /* or NULL */
        struct repository *repository; /* or NULL */
        struct rollback *rollback;     /* what is to be put in its place, or NULL */
};

int responder_new(struct responder **ret, const struct pipeline_parts *parts,
                  const struct pipeline_host *host,
                  void (*own)(void *userdata, const struct workspace *ws, const char *path,
                              const struct file_id *id),
                  void *userdata)
{
        struct responder *r = calloc(1, sizeof(*r));

        if (!r)
                return -ENOMEM;
        r->config = parts->config;
        r->quarantine = parts->quarantine;
        r->storer = parts->storer;
        r->host = *host;
        r->own = own;
        r->userdata = userdata;
        int k = notes_new(&r->notes);
        if (k < 0) {
                free(r);
                return k;
        }
        *ret = r;
        return 0;
}

struct responder *responder_free(struct responder *r)
{
        if (r)
                r->notes = notes_free(r->notes);
        free(r);
        return NULL;
}

void responder_set_config(struct responder *r, struct config *config)
{
        r->config = config;
}

int responder_describe(const struct scan_result *result, char **ret)
{
        _cleanup_buffer_ struct buffer b = BUFFER_NULL;

        buffer_putc(&b, '[');
        for (uint32_t i = 0; i < result->n_findings; i++) {
                const struct finding *f = &result->findings[i];

                buffer_printf(&b,
                              "%s{\"line\":%u,\"column\":%u,\"severity\":\"%s\",\"class\":\"%s\","
                              "\"rule\":",
                              i ? "," : "", f->line, f->column, severity_to_string(f->severity),
                              finding_class_to_string(f->class));
                buffer_json_string(&b, f->rule);
                buffer_puts(&b, ",\"title\":");
                buffer_json_string(&b, f->title);
                buffer_puts(&b, ",\"redacted\":");
                buffer_json_string(&b, f->redacted);
                buffer_puts(&b, ",\"detail\":");
                buffer_json_string(&b, f->detail);
                buffer_puts(&b, ",\"fingerprint\":");
                buffer_json_string(&b, f->fingerprint);
                buffer_puts(&b, ",\"remediation\":");
                buffer_json_string(&b, f->remediation);
                buffer_putc(&b, '}');
        }
        buffer_putc(&b, ']');
        return buffer_take(&b, ret);
}

static void taking_free(struct taking *t)
{
        t->job.ticket = quarantine_ticket_free(t->job.ticket);
        quarantine_entry_done(&t->job.entry);
        t->rollback = rollback_cancel(t->rollback);
        t->writer = provenance_unref(t->writer);
        t->repository = repository_unref(t->repository);
        free(t);
}

static enum note_situation situation_of(const struct taking *t)
{
        return t->rollback           ? NOTE_ROLLED_BACK
               : t->verdict.rejected ? NOTE_REJECTED
                                     : NOTE_QUARANTINED;
}

static void leave_note(struct responder *r, const struct taking *t)
{
        const struct workspace *ws = r->host.workspace(r->host.userdata, t->workspace);
        struct file_id id;
        char path[4352];

        if (!ws || !config_bool(r->config, OPTION_NOTE) || t->job.entry.symlink_target)
                return;
        /* the note's name begins with the file's: it would carry the secret on */
        if (t->job.entry.shown && strcmp(t->job.entry.shown, t->job.entry.path) != 0)
                return;
        /* a note that cannot be written is no failure of the quarantine */
        (void)snprintf(path, sizeof(path), "%s%s", t->job.entry.path,
                       config_text(r->config, OPTION_NOTE_SUFFIX));
        if (notes_write(r->notes, r->config, ws->root_fd, &t->job.entry, situation_of(t),
                        clock_realtime(), &id) >= 0)
                r->own(r->userdata, ws, path, &id);
}

/* What an entry does not keep. */
static void tell_place(struct event *e, const struct taking *t)
{
        const struct responder *r = t->responder;
        const struct quarantine_entry *q = &t->job.entry;
        const struct workspace *ws = r->host.workspace(r->host.userdata, t->workspace);
        const char *shown = q->shown ?: q->path;
        struct inside inside;

        repository_tell(e, t->repository, shown);
        if (!ws)
                return;
        inside_find(&inside, t->writer, ws, q->path, shown);
        inside_tell(e, &inside);
}

static void on_stored(struct storer_job *job, void *userdata)
{
        struct taking *t = userdata;
        struct responder *r = t->responder;

        if (job->result >= 0) {
                leave_note(r, t);
                struct event *e = tell_quarantined(&job->entry, t->agent, t->writer, &t->verdict,
                                                   t->how, t->still_open);

                if (e)
                        tell_place(e, t);
                r->host.emit(r->host.userdata, e);
                if (t->rollback)
                        rollback_put(take_ptr(&t->rollback), NULL, t->verdict.policy, NULL, NULL);
        } else {
                char detail[160], reason[64];

                (void)snprintf(detail, sizeof(detail), "entry %s: %s",
                               quarantine_ticket_id(job->ticket),
                               strerror_r(-job->result, reason, sizeof(reason)));
                r->host.gap(r->host.userdata, t->workspace, REASON_STORE_FAILED, true, detail);
        }
        taking_free(t);
}

int responder_quarantine(struct responder *r, const struct workspace *ws,
                         const struct work_item *item, const struct scan_result *result,
                         const struct verdict *verdict, enum reason *ret_reason)
{
        _cleanup_free_ char *findings = NULL;
        const char *writer = writer_to_json(item->writer);
        struct taking *t = calloc(1, sizeof(*t));
        int k = t ? responder_describe(result, &findings) : -ENOMEM;

        if (k < 0) {
                free(t);
                *ret_reason = REASON_RENAME_REFUSED;
                return k;
        }
        t->responder = r;
        t->workspace = ws->id;
        t->verdict = *verdict;
        (void)text_copy(t->agent, sizeof(t->agent), ws->agent);
        t->writer = provenance_ref(item->writer);
        t->repository = repository_ref(item->repository);
        const struct quarantine_request request = {
                .workspace = ws->path,
                .root_fd = ws->root_fd,
                .path = item->path,
                .shown = result->shown[0] ? result->shown : NULL,
                .fd = item->fd,
                .id = item->id,
                .sha256 = result->hashed ? result->sha256 : NULL,
                .artefact = artefact_kind_to_string(result->artefact),
                .format = result->format,
                .findings = findings,
                .reason = verdict->policy,
                .writer = writer,
                .empty = inside_overlay(item->writer, ws, item->path),
        };
        /* before its place is free: should giad be killed then, the start knows what goes there */
        if (verdict->action == ACTION_ROLLBACK && r->host.rollback)
                t->rollback = r->host.rollback(r->host.userdata, ws, request.shown ?: item->path,
                                               item->path, request.sha256);
        k = quarantine_take(r->quarantine, &request, &t->job.ticket, ret_reason);
        if (k < 0) {
                taking_free(t);
                return k;
        }
        t->how = quarantine_ticket_how(t->job.ticket);
        t->still_open = item->fd >= 0 && file_is_written_to(item->fd) > 0;
        t->job.done = on_stored;
        t->job.userdata = t;
        t->job.patient = true;
        storer_submit(r->storer, &t->job);
        return 0;
}
