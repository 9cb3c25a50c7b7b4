/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: answering what the register knows of one artefact: its versions and history, and which policy decides about it.
 * Does not own: lists (methods-inventory.c), the register, rights, framing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "daemon/answer.h"
#include "daemon/describe.h"
#include "daemon/governed.h"
#include "daemon/manager.h"
#include "daemon/methods-internal.h"
#include "daemon/policy/policy.h"

struct gathering {
        struct manager *m;
        cJSON *list;
};

/* What is written as text elsewhere, as an object. */
static cJSON *object_of(struct buffer *text)
{
        cJSON *o = text->error ? NULL : cJSON_Parse(text->data);

        buffer_done(text);
        return o ? o : cJSON_CreateObject();
}

static cJSON *finding_object(const struct manager *m, const struct reg_artefact *a,
                             const struct finding *f)
{
        struct buffer text = BUFFER_NULL;

        describe_finding(&text, m, a, f);
        return object_of(&text);
}

static int gather_finding(void *userdata, const struct reg_artefact *a, const struct finding *f)
{
        struct gathering *g = userdata;

        (void)cJSON_AddItemToArray(g->list, finding_object(g->m, a, f));
        return 0;
}

/* --- Show ---- */

struct history {
        cJSON *versions;
        struct assertion former[REG_ASSERTIONS_MAX];
        size_t n_former;
};

static bool has_assertion(const struct assertion *list, size_t n, const struct assertion *a)
{
        for (size_t i = 0; i < n; i++)
                if (assertion_compare(&list[i], a) == 0)
                        return true;
        return false;
}

static cJSON *describe_assertion(const struct assertion *a)
{
        cJSON *o = cJSON_CreateObject();

        answer_text(o, "kind", assertion_kind_to_string(a->kind));
        answer_text(o, "text", a->text);
        answer_text(o, "certainty", certainty_to_string(a->certainty));
        answer_count(o, "line", a->line);
        return o;
}

/* Those of a that are not in b. */
static void add_difference(cJSON *o, const char *name, const struct assertion *a, size_t n_a,
                           const struct assertion *b, size_t n_b)
{
        cJSON *list = cJSON_AddArrayToObject(o, name);

        for (size_t i = 0; i < n_a; i++)
                if (!has_assertion(b, n_b, &a[i]))
                        (void)cJSON_AddItemToArray(list, describe_assertion(&a[i]));
}

static void add_if_known(cJSON *o, const char *name, const char *text)
{
        if (text)
                answer_text(o, name, text);
}

static int gather_version(void *userdata, const struct reg_version *v,
                          const struct assertion *assertions, size_t n)
{
        struct history *h = userdata;
        cJSON *o = cJSON_CreateObject(), *list;
        char hex[65];

        text_hex(hex, v->sha256, sizeof(v->sha256));
        answer_count(o, "version", v->n);
        answer_text(o, "sha256", hex);
        answer_count(o, "size", v->size);
        answer_text(o, "state", reg_state_to_string((int)v->state));
        answer_text(o, "severity", severity_to_string((int)v->severity));
        answer_count(o, "findings", v->n_findings);
        answer_time(o, "first_seen", v->first_seen);
        answer_time(o, "last_seen", v->last_seen);
        add_if_known(o, "writer", v->writer);
        add_if_known(o, "agent", v->agent);
        add_if_known(o, "container", v->container);
        add_if_known(o, "repository", v->repository);
        add_if_known(o, "branch", v->branch);
        add_if_known(o, "commit", v->revision);
        (void)cJSON_AddBoolToObject(o, "kept", v->kept != NULL);
        list = cJSON_AddArrayToObject(o, "assertions");
        for (size_t i = 0; i < n; i++)
                (void)cJSON_AddItemToArray(list, describe_assertion(&assertions[i]));
        add_difference(o, "adds", assertions, n, h->former, h->n_former);
        add_difference(o, "drops", h->former, h->n_former, assertions, n);
        (void)cJSON_AddItemToArray(h->versions, o);
        memcpy(h->former, assertions, n * sizeof(*assertions));
        h->n_former = n;
        return 0;
}

static int gather_transition(void *userdata, const struct reg_transition *t)
{
        cJSON *o = cJSON_CreateObject();

        answer_time(o, "at", t->at);
        answer_count(o, "version", t->version);
        answer_text(o, "state", reg_state_to_string((int)t->state));
        answer_text(o, "by", t->operator_name ? t->operator_name : "giad");
        if (t->operator_name)
                answer_count(o, "uid", t->operator_uid);
        answer_text(o, "reason", t->reason ? t->reason : "");
        (void)cJSON_AddItemToArray(userdata, o);
        return 0;
}

void method_show_artefact(void *userdata, struct control_call *call,
                          const struct control_peer *peer, const cJSON *parameters, bool more)
{
        struct manager *m = userdata;
        _cleanup_(reg_artefact_done) struct reg_artefact a = {.id = ""};
        _cleanup_free_ struct history *h = calloc(1, sizeof(*h));

        (void)peer;
        (void)more;
        if (!h) {
                (void)control_error(call, "Failed", "out of memory");
                return;
        }
        if (governed_find(m->reader, call, parameters, &a) < 0)
                return;
        struct buffer text = BUFFER_NULL;
        describe_artefact(&text, &a);
        cJSON *o = object_of(&text);
        struct gathering g = {.m = m, .list = cJSON_AddArrayToObject(o, "found")};
        h->versions = cJSON_AddArrayToObject(o, "versions");
        (void)reg_finding_each(m->reader, a.id, gather_finding, &g);
        (void)reg_version_each(m->reader, a.id, gather_version, h);
        (void)reg_transition_each(m->reader, a.id, gather_transition,
                                  cJSON_AddArrayToObject(o, "history"));
        method_reply(call, "artefact", o);
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
        const struct policy_subject subject = describe_subject(g->m, a);
        const struct config_suppress *s =
                policy_suppressed(g->m->config, &subject, f, clock_realtime());
        cJSON *o = finding_object(g->m, a, f);

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
        const struct policy_subject subject = describe_subject(g->m, a);
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

void method_explain(void *userdata, struct control_call *call, const struct control_peer *peer,
                    const cJSON *parameters, bool more)
{
        struct manager *m = userdata;
        const char *path = method_parameter(parameters, "path"), *rest = NULL;
        const struct workspace *ws = path ? workspaces_of_path(m->workspaces, path, &rest) : NULL;
        struct gathering g = {.m = m};
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
        method_reply(call, "explanation", g.list);
}
