/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: answering questions over the control socket: from the manager's parts, and from the
 * register's read-only side. Does not own: decisions (decisions.c), rights (checked by
 * daemon/control before a method is called) and framing.
 */
#include "daemon/methods.h"

#include <string.h>

#include "common/base/buffer.h"
#include "common/base/text.h"
#include "daemon/answer.h"
#include "daemon/decisions.h"
#include "daemon/manager.h"
#include "daemon/policy/policy.h"
#include "daemon/status.h"

#define LIMIT_DEFAULT 1000
#define LIMIT_MAX 100000

static const char *parameter(const cJSON *parameters, const char *name)
{
        const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(parameters, name));

        return s && *s ? s : NULL;
}

static size_t limit_of(const cJSON *parameters)
{
        const cJSON *limit = cJSON_GetObjectItemCaseSensitive(parameters, "limit");

        if (!cJSON_IsNumber(limit) || limit->valuedouble < 1)
                return LIMIT_DEFAULT;
        return limit->valuedouble > LIMIT_MAX ? LIMIT_MAX : (size_t)limit->valuedouble;
}

static void reply_one(struct control_call *call, const char *name, cJSON *value)
{
        cJSON *reply = cJSON_CreateObject();

        if (reply)
                (void)cJSON_AddItemToObject(reply, name, value);
        else
                cJSON_Delete(value);
        (void)control_reply(call, reply, false);
}

static void method_status(void *userdata, struct control_call *call,
                          const struct control_peer *peer, const cJSON *parameters, bool more)
{
        (void)peer;
        (void)parameters;
        (void)more;
        reply_one(call, "status", status_describe(userdata));
}

/* --- Findings, Inventory ---- */

/* A finding as policy sees it, or the artefact itself. */
static struct policy_subject subject_of(const struct manager *m, const struct reg_artefact *a)
{
        const char *rest;

        return (struct policy_subject){
                .workspace = a->workspace,
                .agent = a->agent ? a->agent : "",
                .path = a->path,
                .kind = a->kind,
                .writer_uid = a->owner,
                .inline_suppressions = workspace_obeys_comments(
                        workspaces_of_path(m->workspaces, a->workspace, &rest)),
        };
}

static cJSON *describe_finding(const struct manager *m, const struct reg_artefact *a,
                               const struct finding *f)
{
        const struct policy_subject subject = subject_of(m, a);
        char said[FINDING_SAID_MAX];
        const struct class_info *class = finding_class_info((enum finding_class)f->class);
        cJSON *o = cJSON_CreateObject();
        char path[8192];

        (void)snprintf(path, sizeof(path), "%s/%s", a->workspace, a->path);
        answer_text(o, "path", path);
        answer_text(o, "artefact", artefact_kind_to_string((int)a->kind));
        answer_text(o, "rule", f->rule);
        answer_text(o, "kind", finding_kind_to_string((int)class->kind));
        answer_text(o, "class", class->name);
        answer_text(o, "title", f->title);
        answer_text(o, "severity", severity_to_string(f->severity));
        answer_text(o, "confidence", confidence_to_string(f->confidence));
        answer_text(o, "certainty", certainty_to_string(f->certainty));
        answer_count(o, "line", f->line);
        answer_count(o, "column", f->column);
        answer_text(o, "redacted", f->redacted);
        answer_text(o, "fingerprint", f->fingerprint);
        answer_text(o, "detail", finding_said(f, policy_comment_counts(&subject, f), said));
        if (f->comment)
                answer_text(o, "suppression_comment",
                            policy_comment_counts(&subject, f) ? "allowed" : "ignored");
        answer_text(o, "remediation", f->remediation);
        answer_text(o, "references", class->refs);
        answer_text(o, "state", reg_state_to_string((int)a->state));
        answer_time(o, "seen", a->last_seen);
        return o;
}

struct gathering {
        struct manager *m;
        cJSON *list;
        const char *path; /* absolute, or NULL */
        size_t left;
        enum severity worst;
        const struct workspace *ws;
};

static int gather_finding(void *userdata, const struct reg_artefact *a, const struct finding *f)
{
        struct gathering *g = userdata;
        char path[8192];

        (void)snprintf(path, sizeof(path), "%s/%s", a->workspace, a->path);
        if (g->path && strcmp(g->path, path) != 0)
                return 0;
        (void)cJSON_AddItemToArray(g->list, describe_finding(g->m, a, f));
        return --g->left == 0;
}

static void method_findings(void *userdata, struct control_call *call,
                            const struct control_peer *peer, const cJSON *parameters, bool more)
{
        struct manager *m = userdata;
        struct gathering g = {
                .m = m,
                .list = cJSON_CreateArray(),
                .path = parameter(parameters, "path"),
                .left = limit_of(parameters),
        };

        (void)peer;
        (void)more;
        (void)reg_finding_each(m->reader, NULL, gather_finding, &g);
        reply_one(call, "findings", g.list);
}

static int gather_artefact(void *userdata, const struct reg_artefact *a)
{
        struct gathering *g = userdata;
        cJSON *o = cJSON_CreateObject();
        char hex[65];

        text_hex(hex, a->sha256, sizeof(a->sha256));
        answer_text(o, "id", a->id);
        answer_text(o, "workspace", a->workspace);
        answer_text(o, "path", a->path);
        answer_text(o, "agent", a->agent ? a->agent : "");
        answer_text(o, "artefact", artefact_kind_to_string((int)a->kind));
        answer_text(o, "evidence", a->evidence ? a->evidence : "");
        answer_text(o, "sha256", hex);
        answer_text(o, "state", reg_state_to_string((int)a->state));
        answer_text(o, "severity", severity_to_string((int)a->severity));
        answer_count(o, "findings", a->n_findings);
        answer_count(o, "size", a->size);
        answer_count(o, "owner", a->owner);
        answer_time(o, "first_seen", a->first_seen);
        answer_time(o, "last_seen", a->last_seen);
        (void)cJSON_AddItemToArray(g->list, o);
        return --g->left == 0;
}

static void method_inventory(void *userdata, struct control_call *call,
                             const struct control_peer *peer, const cJSON *parameters, bool more)
{
        struct manager *m = userdata;
        const char *state = parameter(parameters, "state");
        int s = state ? reg_state_from_string(state) : _REG_STATE_MAX;
        struct gathering g = {.m = m, .list = NULL, .left = limit_of(parameters)};

        (void)peer;
        (void)more;
        if (s < 0) {
                (void)control_error(call, "InvalidParameter", "no such state: %s", state);
                return;
        }
        g.list = cJSON_CreateArray();
        (void)reg_artefact_each(m->reader, parameter(parameters, "workspace"), NULL,
                                (enum reg_state)s, gather_artefact, &g);
        reply_one(call, "artefacts", g.list);
}

/* --- Explain ---- */

static cJSON *describe_line(const struct config_policy *line)
{
        cJSON *o = cJSON_CreateObject();

        answer_text(o, "file", line ? line->file : "");
        answer_count(o, "line", line ? line->line : 0);
        answer_text(o, "action", line ? action_to_string((int)line->action) : "report");
        return o;
}

static int explain_finding(void *userdata, const struct reg_artefact *a, const struct finding *f)
{
        struct gathering *g = userdata;
        const struct policy_subject subject = subject_of(g->m, a);
        const struct config_suppress *s =
                policy_suppressed(g->m->config, &subject, f, clock_realtime());
        cJSON *o = describe_finding(g->m, a, f);

        (void)cJSON_AddItemToObject(o, "policy",
                                    describe_line(policy_line(g->m->config, &subject, f)));
        if (s) {
                cJSON *why = cJSON_AddObjectToObject(o, "suppressed");

                answer_text(why, "file", s->file);
                answer_count(why, "line", s->line);
                answer_text(why, "reason", s->reason);
        } else if (policy_comment_counts(&subject, f)) {
                cJSON *why = cJSON_AddObjectToObject(o, "suppressed");

                answer_text(why, "file", "");
                answer_count(why, "line", f->line);
                answer_text(why, "reason", "a comment on its line; the workspace allows that");
        }
        (void)cJSON_AddItemToArray(g->list, o);
        return 0;
}

static int explain_artefact(void *userdata, const struct reg_artefact *a)
{
        struct gathering *g = userdata;
        const struct policy_subject subject = subject_of(g->m, a);
        cJSON *o = cJSON_CreateObject(), *findings = cJSON_AddArrayToObject(o, "findings");
        struct gathering inner = {.m = g->m, .list = findings};

        answer_text(o, "workspace", a->workspace);
        answer_text(o, "path", a->path);
        answer_text(o, "artefact", artefact_kind_to_string((int)a->kind));
        answer_text(o, "artefact_text", artefact_kind_text(a->kind));
        answer_text(o, "evidence", a->evidence ? a->evidence : "");
        answer_text(o, "state", reg_state_to_string((int)a->state));
        if (a->kind != ARTEFACT_NONE)
                (void)cJSON_AddItemToObject(
                        o, "policy", describe_line(policy_line(g->m->config, &subject, NULL)));
        (void)reg_finding_each(g->m->reader, a->id, explain_finding, &inner);
        (void)cJSON_AddItemToArray(g->list, o);
        return 0;
}

static void method_explain(void *userdata, struct control_call *call,
                           const struct control_peer *peer, const cJSON *parameters, bool more)
{
        struct manager *m = userdata;
        const char *path = parameter(parameters, "path"), *rest = NULL;
        const struct workspace *ws = path ? workspaces_of_path(m->workspaces, path, &rest) : NULL;
        struct gathering g = {.m = m, .ws = ws};
        char printable[SCAN_PATH_MAX];

        (void)peer;
        (void)more;
        if (!path || *path != '/') {
                (void)control_error(call, "InvalidParameter", "path must be absolute");
                return;
        }
        if (!ws) {
                (void)control_error(call, "NotFound", "%s is in no workspace that is watched",
                                    path);
                return;
        }
        g.list = cJSON_CreateArray();
        (void)text_printable(printable, sizeof(printable), rest, strlen(rest));
        (void)reg_artefact_each(m->reader, ws->path, printable, _REG_STATE_MAX, explain_artefact,
                                &g);
        if (cJSON_GetArraySize(g.list) == 0) {
                cJSON_Delete(g.list);
                (void)control_error(call, "NotFound",
                                    "nothing is known of %s: it was not scanned yet, is excluded, "
                                    "or is an ordinary file without findings",
                                    path);
                return;
        }
        reply_one(call, "explanation", g.list);
}

/* --- Events, Watch ---- */

static int gather_event(void *userdata, uint64_t seq, const char *json)
{
        struct gathering *g = userdata;

        (void)seq;
        (void)cJSON_AddItemToArray(g->list, cJSON_CreateRaw(json));
        return 0;
}

static void method_events(void *userdata, struct control_call *call,
                          const struct control_peer *peer, const cJSON *parameters, bool more)
{
        struct manager *m = userdata;
        const cJSON *since = cJSON_GetObjectItemCaseSensitive(parameters, "since");
        struct gathering g = {.m = m, .list = cJSON_CreateArray()};

        (void)peer;
        (void)more;
        (void)reg_event_each(
                m->reader,
                cJSON_IsNumber(since) && since->valuedouble > 0 ? (uint64_t)since->valuedouble : 0,
                limit_of(parameters), gather_event, &g);
        reply_one(call, "events", g.list);
}

struct watch_client {
        struct manager *manager;
        struct control_call *call;
        struct watch_client *next;
};

static void watch_gone(void *userdata, struct control_call *call)
{
        struct watch_client *client = userdata;

        (void)call;
        for (struct watch_client **at = &client->manager->watch_clients; *at; at = &(*at)->next) {
                if (*at == client) {
                        *at = client->next;
                        break;
                }
        }
        free(client);
}

static void method_watch(void *userdata, struct control_call *call, const struct control_peer *peer,
                         const cJSON *parameters, bool more)
{
        struct manager *m = userdata;
        struct watch_client *client;

        (void)peer;
        (void)parameters;
        if (!more) {
                (void)control_error(call, "InvalidParameter", "Watch needs \"more\": true");
                return;
        }
        client = calloc(1, sizeof(*client));
        if (!client) {
                (void)control_error(call, "Failed", "out of memory");
                return;
        }
        client->manager = m;
        client->call = call;
        client->next = m->watch_clients;
        m->watch_clients = client;
        control_call_keep(call, watch_gone, client);
}

void methods_event(struct manager *m, const struct event *e)
{
        _cleanup_buffer_ struct buffer json = BUFFER_NULL;

        if (!m->watch_clients)
                return;
        event_to_json(e, &json);
        if (json.error)
                return;
        for (struct watch_client *client = m->watch_clients, *next; client; client = next) {
                cJSON *reply = cJSON_CreateObject();

                next = client->next; /* a client that is too slow is gone after the reply */
                (void)cJSON_AddRawToObject(reply, "event", json.data);
                (void)control_reply(client->call, reply, true);
        }
}

void methods_done(struct manager *m)
{
        while (m->watch_clients) {
                struct watch_client *client = m->watch_clients;

                m->watch_clients = client->next;
                free(client);
        }
}

/* --- Quarantine ---- */

static void make_printable(cJSON *object)
{
        char text[2048];
        cJSON *value;

        cJSON_ArrayForEach(value, object) if (cJSON_IsString(value))(void)
                cJSON_SetValuestring(value, text_printable(text, sizeof(text), value->valuestring,
                                                           strlen(value->valuestring)));
}

/* The findings of an entry are a scanner's words about an agent's. */
static cJSON *printable_list(const char *json)
{
        cJSON *list = cJSON_Parse(json), *finding;

        cJSON_ArrayForEach(finding, list) make_printable(finding);
        return list;
}

/* What is said of the writer are names that it chose. */
static cJSON *printable_object(const char *json)
{
        cJSON *object = cJSON_Parse(json);

        make_printable(object);
        return object;
}

static cJSON *describe_entry(const struct quarantine_entry *e, bool whole)
{
        cJSON *o = cJSON_CreateObject();
        char hex[65], mode[8];

        text_hex(hex, e->sha256, sizeof(e->sha256));
        (void)snprintf(mode, sizeof(mode), "%04o", e->mode & 07777);
        answer_text(o, "id", e->id);
        answer_text(o, "workspace", e->workspace ? e->workspace : "");
        answer_text(o, "path", e->shown ? e->shown : e->path ? e->path : "?");
        answer_text(o, "sha256", hex);
        answer_count(o, "size", e->size);
        answer_text(o, "mode", mode);
        answer_count(o, "owner", e->uid);
        answer_count(o, "group", e->gid);
        answer_time(o, "taken", e->taken);
        answer_text(o, "reason", e->reason ? e->reason : "");
        (void)cJSON_AddBoolToObject(o, "held", e->held);
        if (whole && e->findings)
                (void)cJSON_AddItemToObject(o, "findings", printable_list(e->findings));
        if (whole && e->writer)
                (void)cJSON_AddItemToObject(o, "writer", printable_object(e->writer));
        if (e->symlink_target)
                (void)cJSON_AddBoolToObject(o, "symlink", true);
        return o;
}

static int gather_entry(void *userdata, const struct quarantine_entry *e)
{
        (void)cJSON_AddItemToArray(((struct gathering *)userdata)->list, describe_entry(e, true));
        return 0;
}

static void method_list(void *userdata, struct control_call *call, const struct control_peer *peer,
                        const cJSON *parameters, bool more)
{
        struct manager *m = userdata;
        struct gathering g = {.m = m, .list = cJSON_CreateArray()};

        (void)peer;
        (void)parameters;
        (void)more;
        (void)quarantine_list(m->quarantine, gather_entry, &g);
        reply_one(call, "entries", g.list);
}

static void method_show(void *userdata, struct control_call *call, const struct control_peer *peer,
                        const cJSON *parameters, bool more)
{
        struct manager *m = userdata;
        const char *id = parameter(parameters, "id");
        struct quarantine_entry e = {0};

        (void)peer;
        (void)more;
        if (!id || !id_valid(id)) {
                (void)control_error(call, "InvalidParameter",
                                    "id must be the id of a quarantine entry");
                return;
        }
        int k = quarantine_get(m->quarantine, id, &e);
        if (k < 0)
                (void)control_error(call, k == -ENOENT ? "NotFound" : "Failed",
                                    "no readable entry %s", id);
        else
                reply_one(call, "entry", describe_entry(&e, true));
        quarantine_entry_done(&e);
}

/* --- Sweep ---- */

static void method_sweep(void *userdata, struct control_call *call, const struct control_peer *peer,
                         const cJSON *parameters, bool more)
{
        struct manager *m = userdata;
        const char *path = parameter(parameters, "workspace");
        struct workspace *ws;
        unsigned n = 0;

        (void)peer;
        (void)more;
        for (size_t i = 0; (ws = workspaces_at(m->workspaces, i)); i++) {
                if (path && strcmp(path, ws->path) != 0)
                        continue;
                sweeper_want(m->sweeper, ws);
                n++;
        }
        if (n == 0 && path)
                (void)control_error(call, "NotFound", "%s is no workspace that is watched", path);
        else
                reply_one(call, "workspaces", cJSON_CreateNumber(n));
}

static const struct control_method methods[] = {
        {"Status", CONTROL_READ, "() -> (status: object)", method_status},
        {"Findings", CONTROL_READ, "(path: ?string, limit: ?int) -> (findings: []object)",
         method_findings},
        {"Inventory", CONTROL_READ,
         "(workspace: ?string, state: ?string, limit: ?int) -> (artefacts: []object)",
         method_inventory},
        {"Explain", CONTROL_READ, "(path: string) -> (explanation: []object)", method_explain},
        {"Events", CONTROL_READ, "(since: ?int, limit: ?int) -> (events: []object)", method_events},
        {"Watch", CONTROL_READ, "() -> (event: object)", method_watch},
        {"Sweep", CONTROL_DECIDE, "(workspace: ?string) -> (workspaces: int)", method_sweep},
        {"QuarantineList", CONTROL_READ, "() -> (entries: []object)", method_list},
        {"QuarantineShow", CONTROL_READ, "(id: string) -> (entry: object)", method_show},
        {"QuarantineRelease", CONTROL_DECIDE,
         "(id: string, reason: string, to: ?string, expires: ?int) -> (path: string, dropped: "
         "?string)",
         decisions_release},
        {"QuarantinePurge", CONTROL_DECIDE, "(id: string, reason: string) -> ()", decisions_purge},
};

const struct control_method *methods_table(size_t *ret_n)
{
        *ret_n = ELEMENTSOF(methods);
        return methods;
}
