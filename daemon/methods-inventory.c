/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the lists of the register: artefacts by filters, findings, events.
 * Does not own: how a long list is answered (pages.c), what is said of each (describe.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "daemon/describe.h"
#include "daemon/governed.h"
#include "daemon/methods-internal.h"
#include "daemon/pages.h"

#define EVENTS_AT_ONCE 200u /* they are longer than the others */

/* What is being appended. */
struct filling {
        struct manager *m;
        struct buffer *out;
        size_t n;
};

static void begin_item(struct filling *f)
{
        f->n++;
        pages_item(f->out);
}

/* How many are wanted; PAGES_ALL: nothing was said of that. */
static size_t limit_of(const cJSON *parameters, bool more)
{
        const cJSON *limit = cJSON_GetObjectItemCaseSensitive(parameters, "limit");

        if (!cJSON_IsNumber(limit) || limit->valuedouble < 1)
                return PAGES_ALL;
        return more && limit->valuedouble < 1e15 ? (size_t)limit->valuedouble
                                                 : method_limit(parameters);
}

/* --- Inventory ---- */

/* A closed set of words. */
struct words {
        const char *parameter;
        int n;
        int (*from_string)(const char *name);
        const char *(*to_string)(int value);
};

static void refuse_word(struct control_call *call, const struct words *words, const char *text)
{
        const char *all[_CLASS_MAX + _ARTEFACT_MAX], *nearest;

        for (int i = 0; i < words->n; i++)
                all[i] = words->to_string(i);
        nearest = text_nearest(text, all, (size_t)words->n);
        (void)control_error(call, "InvalidParameter",
                            nearest ? "no such %s: %s; did you mean %s?" : "no such %s: %s",
                            words->parameter, text, nearest);
}

/* The value that a parameter names, or absent if it is not there; -EINVAL: no such value, and that was said. */
static int choice_of(struct control_call *call, const cJSON *parameters, const struct words *words,
                     int absent)
{
        const char *text = method_parameter(parameters, words->parameter);
        int value = text ? words->from_string(text) : absent;

        if (value < 0)
                refuse_word(call, words, text);
        return value;
}

/* A parameter in seconds since the epoch, which is 0 where it is not there. */
static usec_t time_of(const cJSON *parameters, const char *name)
{
        const cJSON *n = cJSON_GetObjectItemCaseSensitive(parameters, name);

        return cJSON_IsNumber(n) && n->valuedouble > 0 && n->valuedouble < 1e11
                       ? (usec_t)(n->valuedouble * 1e6)
                       : 0;
}

/* 0, or -EINVAL: the call was answered. Texts are borrowed. */
static int read_filter(struct control_call *call, const cJSON *parameters, struct reg_filter *ret)
{
        static const struct words states = {"state", _REG_STATE_MAX, reg_state_from_string,
                                            reg_state_to_string},
                                  kinds = {"artefact", _ARTEFACT_MAX, artefact_kind_from_string,
                                           artefact_kind_to_string},
                                  classes = {"class", _CLASS_MAX, finding_class_from_string,
                                             finding_class_to_string},
                                  severities = {"severity", _SEVERITY_MAX, severity_from_string,
                                                severity_to_string};
        int state = choice_of(call, parameters, &states, _REG_STATE_MAX);
        int kind = state < 0 ? state : choice_of(call, parameters, &kinds, _ARTEFACT_MAX);
        int class = kind < 0 ? kind : choice_of(call, parameters, &classes, _CLASS_MAX);
        int severity = class < 0 ? class : choice_of(call, parameters, &severities, SEVERITY_INFO);

        if (severity < 0)
                return -EINVAL;
        *ret = (struct reg_filter){
                .workspace = method_parameter(parameters, "workspace"),
                .agent = method_parameter(parameters, "agent"),
                .path = method_parameter(parameters, "path"),
                .state = (enum reg_state)state,
                .kind = (enum artefact_kind)kind,
                .class = (enum finding_class) class,
                .severity = (enum severity)severity,
                .new_since = time_of(parameters, "new_since"),
                .seen_since = time_of(parameters, "seen_since"),
        };
        return 0;
}

static int add_artefact(void *userdata, const struct reg_artefact *a)
{
        struct filling *f = userdata;

        begin_item(f);
        describe_artefact(f->out, a);
        return 0;
}

static int fill_artefacts(void *userdata, struct manager *m, struct buffer *out, size_t max,
                          size_t *ret_n)
{
        struct filling f = {.m = m, .out = out};
        int k = reg_listing_step(userdata, m->reader, max, add_artefact, &f);

        *ret_n = f.n;
        return k;
}

static void free_listing(void *userdata)
{
        (void)reg_listing_free(userdata);
}

void method_inventory(void *userdata, struct control_call *call, const struct control_peer *peer,
                      const cJSON *parameters, bool more)
{
        static const struct pages_source source = {"artefacts", fill_artefacts, free_listing};
        struct manager *m = userdata;
        struct reg_listing *listing = NULL;
        struct reg_filter filter;

        (void)peer;
        if (read_filter(call, parameters, &filter) < 0)
                return;
        int k = reg_listing_new(&listing, m->reader, &filter);
        if (k < 0 && k != -ENOMEM)
                pages_failed(m, call, k);
        else
                pages_answer(m, call, more, limit_of(parameters, more), &source, listing);
}

/* --- Findings ---- */

struct findings {
        struct reg_finding_place place;
        char artefact[ID_SIZE]; /* of one only; "": of all */
};

static int add_finding(void *userdata, const struct reg_artefact *a, const struct finding *finding)
{
        struct filling *f = userdata;

        begin_item(f);
        describe_finding(f->out, f->m, a, finding);
        return 0;
}

static int fill_findings(void *userdata, struct manager *m, struct buffer *out, size_t max,
                         size_t *ret_n)
{
        struct findings *findings = userdata;
        struct filling f = {.m = m, .out = out};
        int k = *findings->artefact
                        ? reg_finding_each(m->reader, findings->artefact, add_finding, &f)
                        : reg_finding_step(m->reader, &findings->place, max, add_finding, &f);

        *ret_n = f.n;
        return k;
}

void method_findings(void *userdata, struct control_call *call, const struct control_peer *peer,
                     const cJSON *parameters, bool more)
{
        static const struct pages_source source = {"findings", fill_findings, NULL};
        struct manager *m = userdata;
        const char *path = method_parameter(parameters, "path");
        struct findings *findings = calloc(1, sizeof(*findings));
        _cleanup_(reg_artefact_done) struct reg_artefact a = {.id = ""};

        (void)peer;
        /* what is not known has no findings, and that is no error */
        if (findings && path && governed_find_at(m->reader, path, &a) < 0)
                (void)text_copy(findings->artefact, sizeof(findings->artefact), "-");
        else if (findings && path)
                memcpy(findings->artefact, a.id, sizeof(findings->artefact));
        pages_answer(m, call, more, limit_of(parameters, more), &source, findings);
}

/* --- Events ---- */

struct events {
        uint64_t since, before;
};

struct event_filling {
        struct filling f;
        uint64_t last;
};

static int add_event(void *userdata, uint64_t seq, const char *json)
{
        struct event_filling *f = userdata;

        begin_item(&f->f);
        buffer_puts(f->f.out, json);
        f->last = seq;
        return 0;
}

static int fill_events(void *userdata, struct manager *m, struct buffer *out, size_t max,
                       size_t *ret_n)
{
        struct events *e = userdata;
        struct event_filling f = {.f = {.m = m, .out = out}};
        size_t wanted = MIN_OF(max, (size_t)EVENTS_AT_ONCE);
        int k = reg_event_each(m->reader, e->since, e->before, wanted, add_event, &f);

        *ret_n = f.f.n;
        /* of a damaged table: numbers that do not go down have no end */
        if (f.f.n > 0 && e->before && f.last >= e->before)
                return -EUCLEAN;
        e->before = f.last;
        return k < 0 ? k : f.f.n == wanted && f.last > 0;
}

void method_events(void *userdata, struct control_call *call, const struct control_peer *peer,
                   const cJSON *parameters, bool more)
{
        static const struct pages_source source = {"events", fill_events, NULL};
        const cJSON *since = cJSON_GetObjectItemCaseSensitive(parameters, "since");
        struct events *e = calloc(1, sizeof(*e));

        (void)peer;
        if (e && cJSON_IsNumber(since) && since->valuedouble > 0)
                e->since = (uint64_t)since->valuedouble;
        pages_answer(userdata, call, more, limit_of(parameters, more), &source, e);
}
