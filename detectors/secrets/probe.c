/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: examining pattern rules: their hits in the database counted, and the two engines held
 * against each other.
 *
 * Must not own: scanning (engine.c), what a match is worth (judge.c), samples and tables (giactl).
 *
 * The engine confirms what the database hits, so it can never tell what the database missed: here
 * PCRE2 goes over the whole text on its own, and the hits are looked for in its matches.
 */
#include "detectors/secrets/probe.h"

#include <hs/hs.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "common/base/macros.h"
#include "detectors/secrets/confirm.h"
#include "detectors/secrets/multi-pattern.h"

/* Examples are no attacker's: more than in confirm.c. */
#define MATCH_STEPS 10000000u

struct probed {
        const struct rule *rule;
        struct confirm *confirm;
        pcre2_code *code;
        size_t from, done_to; /* of the text at hand, as in engine.c */
};

struct secret_probe {
        struct probed *rules;
        unsigned n;
        hs_database_t *database;
        hs_scratch_t *scratch;
        struct confirm_memory *memory;
        pcre2_match_data *data;
        pcre2_match_context *context;
};

static int add_rule(struct secret_probe *p, const struct rule *rule, struct ruleset_error *reterr)
{
        struct probed *r = &p->rules[p->n];
        PCRE2_SIZE offset;
        int error;

        r->rule = rule;
        int k = confirm_new(&r->confirm, rule, reterr);
        if (k < 0)
                return k;
        p->n++;
        /* what confirm_new() took compiles here, too */
        r->code = pcre2_compile((PCRE2_SPTR)rule->pattern.regex, PCRE2_ZERO_TERMINATED, 0, &error,
                                &offset, NULL);
        return r->code ? 0 : -ENOMEM;
}

static int compile(struct secret_probe *p, struct ruleset_error *reterr)
{
        _cleanup_free_ const char **expressions = calloc(p->n, sizeof(*expressions));
        _cleanup_free_ unsigned *flags = calloc(p->n, sizeof(*flags));
        _cleanup_free_ unsigned *ids = calloc(p->n, sizeof(*ids));
        hs_compile_error_t *error = NULL;
        unsigned bad = 0;

        if (!expressions || !flags || !ids)
                return -ENOMEM;
        for (unsigned i = 0; i < p->n; i++) {
                const struct rule_pattern *pattern = &p->rules[i].rule->pattern;

                expressions[i] = pattern->anchor ?: pattern->regex;
                ids[i] = i;
        }
        int k = multi_pattern_compile(expressions, flags, ids, p->n, &p->database, &bad, &error);
        if (k == -EBADMSG) {
                ruleset_error_at(reterr, p->rules[bad].rule, error->message);
                (void)hs_free_compile_error(error);
        }
        if (k < 0)
                return k;
        if (hs_alloc_scratch(p->database, &p->scratch) != HS_SUCCESS)
                return -ENOMEM;
        return 0;
}

static int prepare(struct secret_probe *p, const struct rule *const *rules, unsigned n,
                   struct ruleset_error *reterr)
{
        p->rules = calloc(n + 1u, sizeof(*p->rules));
        p->data = pcre2_match_data_create(8, NULL);
        p->context = pcre2_match_context_create(NULL);
        if (!p->rules || !p->data || !p->context)
                return -ENOMEM;
        (void)pcre2_set_match_limit(p->context, MATCH_STEPS);
        int k = confirm_memory_new(&p->memory);
        for (unsigned i = 0; i < n && k == 0; i++)
                k = add_rule(p, rules[i], reterr);
        return k == 0 && n > 0 ? compile(p, reterr) : k;
}

int secret_probe_new(struct secret_probe **ret, const struct rule *const *rules, unsigned n,
                     struct ruleset_error *reterr)
{
        struct secret_probe *p = calloc(1, sizeof(*p));

        if (!p)
                return -ENOMEM;
        int k = prepare(p, rules, n, reterr);
        if (k < 0) {
                (void)secret_probe_free(p);
                return k;
        }
        *ret = p;
        return 0;
}

struct secret_probe *secret_probe_free(struct secret_probe *p)
{
        if (!p)
                return NULL;
        for (unsigned i = 0; i < p->n; i++) {
                (void)confirm_free(p->rules[i].confirm);
                pcre2_code_free(p->rules[i].code);
        }
        (void)hs_free_scratch(p->scratch);
        (void)hs_free_database(p->database);
        (void)confirm_memory_free(p->memory);
        pcre2_match_data_free(p->data);
        pcre2_match_context_free(p->context);
        free(p->rules);
        free(p);
        return NULL;
}

/* --- counting ---- */

struct counting {
        struct secret_probe *probe;
        const char *path;
        const uint8_t *data;
        size_t n;
        struct secret_probe_count *counts;
        int error;
};

static int count_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                     void *userdata)
{
        struct counting *c = userdata;
        struct probed *r = &c->probe->rules[id];
        struct confirm_span span;

        (void)from;
        (void)flags;
        if (c->path && !rule_path_fits(r->rule, c->path))
                return 0;
        c->counts[id].hits++;
        if (to <= r->done_to)
                return 0;
        int k = confirm_find(r->confirm, c->probe->memory, c->data, c->n, &r->from, (size_t)to,
                             &span);
        if (k == -ENOMEM) {
                c->error = k;
                return 1;
        }
        if (k <= 0)
                return 0;
        c->counts[id].matches++;
        r->from = r->done_to = span.end;
        return 0;
}

static void begin_text(struct secret_probe *p)
{
        for (unsigned i = 0; i < p->n; i++)
                p->rules[i].from = p->rules[i].done_to = 0;
}

int secret_probe_count(struct secret_probe *p, const char *path, const uint8_t *data, size_t n,
                       struct secret_probe_count *counts)
{
        struct counting c = {.probe = p, .path = path, .data = data, .n = n, .counts = counts};

        if (!p->database || n == 0)
                return 0;
        if (n > UINT32_MAX)
                return -EINVAL;
        begin_text(p);
        hs_error_t k = multi_pattern_scan(p->database, (const char *)data, (unsigned)n, p->scratch,
                                          count_hit, &c);
        if (c.error < 0)
                return c.error;
        return k == HS_SUCCESS ? 0 : -ENOMEM;
}

/* --- the two engines ---- */

struct ends {
        unsigned id;
        size_t *list, n, alloc;
        bool no_memory;
};

static int keep_end(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                    void *userdata)
{
        struct ends *e = userdata;

        (void)from;
        (void)flags;
        if (id != e->id)
                return 0;
        if (e->n == e->alloc) {
                size_t alloc = e->alloc ? e->alloc * 2 : 64;
                size_t *list = reallocarray(e->list, alloc, sizeof(*list));

                if (!list) {
                        e->no_memory = true;
                        return 1;
                }
                e->list = list;
                e->alloc = alloc;
        }
        e->list[e->n++] = (size_t)to;
        return 0;
}

/* A hit ends in the match, and its beginning is not farther before the hit than is looked. */
static bool has_hit(const struct ends *e, const struct rule_pattern *p, size_t start, size_t end)
{
        size_t before = p->before ? p->before : p->window;

        for (size_t i = 0; i < e->n; i++)
                if (e->list[i] > start && e->list[i] <= end && e->list[i] - start <= before)
                        return true;
        return false;
}

static int compare(struct secret_probe *p, const struct probed *r, const uint8_t *data, size_t n,
                   const struct ends *ends, size_t *ret_at)
{
        const PCRE2_SIZE *v = pcre2_get_ovector_pointer(p->data);
        size_t at = 0;

        while (at <= n) {
                int k = pcre2_match(r->code, data, n, at, 0, p->data, p->context);

                if (k == PCRE2_ERROR_NOMATCH)
                        return 1;
                if (k < 0)
                        return k == PCRE2_ERROR_NOMEMORY ? -ENOMEM : -E2BIG;
                if (v[1] > v[0] && !has_hit(ends, &r->rule->pattern, v[0], v[1])) {
                        *ret_at = v[0];
                        return 0;
                }
                at = MAX_OF(v[1], at + 1);
        }
        return 1;
}

int secret_probe_agrees(struct secret_probe *p, unsigned i, const uint8_t *data, size_t n,
                        size_t *ret_at)
{
        struct ends ends = {.id = i};

        if (n == 0)
                return 1;
        if (n > UINT32_MAX)
                return -EINVAL;
        hs_error_t k = multi_pattern_scan(p->database, (const char *)data, (unsigned)n, p->scratch,
                                          keep_end, &ends);
        int status = ends.no_memory || k != HS_SUCCESS
                             ? -ENOMEM
                             : compare(p, &p->rules[i], data, n, &ends, ret_at);
        free(ends.list);
        return status;
}
