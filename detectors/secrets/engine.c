/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the multi-pattern database of all pattern rules, and what becomes of each of its hits:
 * confirmed once, judged once, handed on.
 *
 * Must not own: positions in lines, merging of rules that match one place, findings (detectors/),
 * the single expression (confirm.c), what a match is worth (judge.c).
 *
 * Ownership: rules are borrowed and outlive the engine -> struct secret_match is valid only during
 * its callback.
 *
 * The database reports only where a hit ends, and reports every end of a repetition: a hit that
 * lies within what its rule has matched already is passed over, so that each match is confirmed
 * once and none is lost after the first. What is looked at is bounded for each rule and file.
 */
#include <hs/hs.h>
#include <stdio.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/secrets/confirm.h"
#include "detectors/secrets/judge.h"
#include "detectors/secrets/multi-pattern.h"
#include "detectors/secrets/patterns.h"
#include "detectors/secrets/secrets.h"

#define ATTEMPTS_PER_MATCH 50u
#define ATTEMPT_BYTES 128u /* of a match that was rejected count as one attempt more */
#define GIVEN_UP_MAX 50u   /* each costs as much as thousands of others */

/* Rules that are for some paths only have a database of their own: their anchors may be as common
 * as "password =", and cost nothing in other files. */
enum group { GROUP_ANY_PATH, GROUP_BY_PATH, _GROUP_MAX };

struct secret_rule {
        const struct rule *rule;
        enum group group;
        struct confirm *confirm;
        struct judge judge;
        uint64_t scan, file; /* which ones the rest is of: it is reset when a hit comes */
        bool on;             /* in this scan: kind and path are right */
        size_t done_to;      /* hits of this scan up to it are settled */
        size_t from;         /* no match begins before it that is not settled */
        unsigned matches;    /* in this file */
        unsigned attempts;   /* in this file */
        unsigned given_up;   /* attempts that reached the limits of matching, in this file */
};

struct database {
        hs_database_t *hs; /* NULL: no rules */
        uint8_t key[32];   /* of its bytes */
};

/* One glob of a rule of GROUP_BY_PATH. */
struct path_glob {
        const char *glob;
        uint64_t pairs; /* text_glob_pairs() of it */
};

struct secret_engine {
        struct secret_rule *rules;
        struct path_glob *globs;
        size_t n_globs;
        unsigned n;
        uint64_t scan, file; /* numbers of the present ones */
        uint64_t path_file;  /* the file that by_path is of */
        bool by_path;        /* some rule of that group is for its path */
        unsigned matches_per_rule;
        struct database databases[_GROUP_MAX];
        hs_scratch_t *scratch;
        struct confirm_memory *memory;
};

/* One scan. */
struct scan {
        struct secret_engine *engine;
        const char *path;
        enum artefact_kind kind;
        const uint8_t *data;
        size_t n, from; /* no match begins before data[from] */
        secret_match_fn fn;
        void *userdata;
        bool capped;
        int error;
};

static int error_of_rule(struct ruleset_error *reterr, const struct rule *rule, const char *what)
{
        ruleset_error_at(reterr, rule, what);
        return -EBADMSG;
}

/* A rule for files of several endings is for ordinary files, and its anchor is as rare as others. */
static enum group group_of(const struct rule *rule)
{
        unsigned endings = 0;

        for (size_t i = 0; i < rule->n_paths; i++)
                endings += strncmp(rule->paths[i], "*.", 2) == 0;
        return rule->n_paths == 0 || endings > 1 ? GROUP_ANY_PATH : GROUP_BY_PATH;
}

static int add_rule(struct secret_engine *e, const struct rule *rule, struct ruleset_error *reterr)
{
        struct secret_rule *sr = &e->rules[e->n];
        const char *what;

        *sr = (struct secret_rule){.rule = rule, .group = group_of(rule)};
        if (judge_init(&sr->judge, rule, &what) < 0)
                return error_of_rule(reterr, rule, what);
        int r = confirm_new(&sr->confirm, rule, reterr);
        if (r < 0)
                return r;
        e->n++;
        return 0;
}

static int add_globs(struct secret_engine *e)
{
        size_t n = 0;

        for (unsigned i = 0; i < e->n; i++)
                n += e->rules[i].rule->n_paths;
        e->globs = calloc(n + 1, sizeof(*e->globs));
        if (!e->globs)
                return -ENOMEM;
        for (unsigned i = 0; i < e->n; i++) {
                const struct rule *rule = e->rules[i].rule;

                for (size_t k = 0; e->rules[i].group == GROUP_BY_PATH && k < rule->n_paths; k++)
                        e->globs[e->n_globs++] =
                                (struct path_glob){rule->paths[k], text_glob_pairs(rule->paths[k])};
        }
        return 0;
}

/* What a database looks for: for each rule its anchor, or the whole expression. */
struct expressions {
        const char **texts;
        unsigned *flags, *ids, n;
};

static void expressions_done(struct expressions *x)
{
        free(x->texts);
        free(x->flags);
        free(x->ids);
}

static int expressions_make(struct expressions *x, const struct secret_engine *e, enum group group)
{
        x->texts = calloc(e->n, sizeof(*x->texts));
        x->flags = calloc(e->n, sizeof(*x->flags));
        x->ids = calloc(e->n, sizeof(*x->ids));
        if (!x->texts || !x->flags || !x->ids)
                return -ENOMEM;
        for (unsigned i = 0; i < e->n; i++) {
                const struct rule_pattern *p = &e->rules[i].rule->pattern;

                if (e->rules[i].group != group)
                        continue;
                x->texts[x->n] = p->anchor ?: p->regex;
                x->ids[x->n++] = i;
        }
        return 0;
}

static int compile(struct secret_engine *e, const struct expressions *x, hs_database_t **ret,
                   struct ruleset_error *reterr)
{
        hs_compile_error_t *error = NULL;
        unsigned bad = 0;
        char what[192];
        int r = multi_pattern_compile(x->texts, x->flags, x->ids, x->n, ret, &bad, &error);

        if (r != -EBADMSG)
                return r;
        const struct rule *rule = e->rules[x->ids[bad]].rule;
        (void)snprintf(what, sizeof(what), "%.100s (in its %s)", error->message,
                       rule->pattern.anchor ? "anchor"
                                            : "regex: give it an 'anchor' that libhs takes");
        (void)hs_free_compile_error(error);
        return error_of_rule(reterr, rule, what);
}

/* With stored bytes only these are used: compiling takes time and memory that the caller does not
 * have. What was used of them is taken off. */
static int make_database(struct secret_engine *e, enum group group, struct secret_patterns *stored,
                         struct ruleset_error *reterr)
{
        _cleanup_(expressions_done) struct expressions x = {0};
        struct database *d = &e->databases[group];
        size_t used = 0;
        int r = expressions_make(&x, e, group);

        if (r < 0 || x.n == 0)
                return r;
        r = patterns_key(&(struct pattern_set){x.texts, x.flags, x.ids, x.n}, d->key);
        if (r < 0)
                return r;
        if (stored->data) {
                r = patterns_read(stored->data, stored->size, d->key, &d->hs, &used);
                stored->data = (const uint8_t *)stored->data + used;
                stored->size -= used;
        } else
                r = compile(e, &x, &d->hs, reterr);
        if (r < 0)
                return r;
        return hs_alloc_scratch(d->hs, &e->scratch) == HS_SUCCESS ? 0 : -ENOMEM;
}

static int make_databases(struct secret_engine *e, const struct secret_patterns *stored,
                          struct ruleset_error *reterr)
{
        struct secret_patterns left = stored ? *stored : (struct secret_patterns){0};
        int r = 0;

        for (unsigned i = 0; i < _GROUP_MAX && r == 0; i++)
                r = make_database(e, (enum group)i, &left, reterr);
        return r == 0 && left.size > 0 ? -EBADMSG : r;
}

int secret_engine_new(struct secret_engine **ret, const struct ruleset *rules,
                      unsigned matches_per_rule, const struct secret_patterns *stored,
                      struct ruleset_error *reterr)
{
        struct secret_engine *e = calloc(1, sizeof(*e));
        size_t count = ruleset_count(rules);
        int r = 0;

        if (!e)
                return -ENOMEM;
        e->matches_per_rule = matches_per_rule;
        e->rules = calloc(count + 1, sizeof(*e->rules));
        if (!e->rules)
                r = -ENOMEM;
        if (r == 0)
                r = confirm_memory_new(&e->memory);
        for (size_t i = 0; i < count && r == 0; i++) {
                const struct rule *rule = ruleset_at(rules, i);

                if (rule->enabled && rule->matcher == MATCHER_PATTERN)
                        r = add_rule(e, rule, reterr);
        }
        if (r == 0)
                r = add_globs(e);
        if (r == 0 && e->n > 0)
                r = make_databases(e, stored, reterr);
        if (r < 0) {
                (void)secret_engine_free(e);
                return r;
        }
        *ret = e;
        return 0;
}

int secret_engine_patterns(const struct secret_engine *e, void **ret, size_t *ret_n)
{
        void *bytes = NULL;
        size_t n = 0;

        for (unsigned i = 0; i < _GROUP_MAX; i++)
                if (e->databases[i].hs &&
                    patterns_write(e->databases[i].hs, e->databases[i].key, &bytes, &n) < 0) {
                        free(bytes);
                        return -ENOMEM;
                }
        if (!bytes)
                return -ENOENT;
        *ret = bytes;
        *ret_n = n;
        return 0;
}

struct secret_engine *secret_engine_free(struct secret_engine *e)
{
        if (!e)
                return NULL;
        for (unsigned i = 0; e->rules && i < e->n; i++)
                (void)confirm_free(e->rules[i].confirm);
        (void)hs_free_scratch(e->scratch);
        for (unsigned i = 0; i < _GROUP_MAX; i++)
                (void)hs_free_database(e->databases[i].hs);
        (void)confirm_memory_free(e->memory);
        free(e->globs);
        free(e->rules);
        free(e);
        return NULL;
}

void secret_engine_begin(struct secret_engine *e)
{
        e->file++;
}

static int tell(struct scan *s, struct secret_rule *sr, const struct judge_case *c,
                const struct judgement *j)
{
        struct secret_match m = {
                .rule = sr->rule,
                .start = c->start,
                .end = c->end,
                .secret_start = c->secret_start,
                .secret_end = c->secret_end,
                .class = j->class,
                .confidence = j->confidence,
                .severity = j->severity,
                .note = j->note,
                .companion = j->companion,
                .companion_at = j->companion_at,
        };

        sr->matches++;
        memcpy(m.about, j->about, sizeof(m.about));
        return s->fn(s->userdata, &m);
}

static int hand_on(struct scan *s, struct secret_rule *sr, const struct confirm_span *span)
{
        struct judge_case c = {
                .path = s->path,
                .data = s->data,
                .size = s->n,
                .start = span->start,
                .end = span->end,
                .secret_start = span->secret_start,
                .group_start = span->secret_start,
        };
        bool found = false;
        int r = 0;

        do {
                struct judgement j;

                c.secret_start = MAX_OF(c.secret_start, c.next);
                c.secret_end = span->secret_end;
                c.next = 0;
                if (judge(&sr->judge, &c, &j)) {
                        found = true;
                        r = tell(s, sr, &c, &j);
                }
        } while (r == 0 && c.next > 0);
        if (found) {
                sr->done_to = sr->from = span->end;
                return r;
        }
        /* what was rejected may hold what is not, or begin it: {"auth": "token=…"},
         * old key: api_key = … */
        sr->done_to = MAX_OF(span->start + 1, span->secret_start);
        sr->from = MAX_OF(sr->from, sr->done_to);
        sr->attempts += (unsigned)((span->end - span->start) / ATTEMPT_BYTES);
        return r;
}

static bool rule_applies(const struct rule *rule, const char *path, enum artefact_kind kind)
{
        return (!rule->kinds || rule->kinds & (UINT64_C(1) << kind)) && rule_path_fits(rule, path);
}

/* Asked once for a file. */
static bool needs_group(struct secret_engine *e, enum group group, const char *path)
{
        if (group == GROUP_ANY_PATH || e->path_file == e->file)
                return group == GROUP_ANY_PATH || e->by_path;
        e->path_file = e->file;
        e->by_path = false;
        uint64_t pairs = text_pairs(path);
        for (size_t i = 0; i < e->n_globs && !e->by_path; i++)
                e->by_path = (e->globs[i].pairs & ~pairs) == 0 &&
                             text_glob_path_pairs(e->globs[i].glob, path, pairs);
        return e->by_path;
}

/* The state of the rule in this scan. Few rules have a hit in a file: only theirs is ever set. */
static void enter(const struct scan *s, struct secret_rule *sr)
{
        const struct secret_engine *e = s->engine;

        if (sr->scan == e->scan)
                return;
        sr->scan = e->scan;
        sr->on = rule_applies(sr->rule, s->path, s->kind);
        sr->done_to = 0;
        sr->from = s->from;
        if (sr->file == e->file)
                return;
        sr->file = e->file;
        sr->matches = sr->attempts = sr->given_up = 0;
}

static int on_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                  void *userdata)
{
        struct scan *s = userdata;
        struct secret_engine *e = s->engine;
        struct secret_rule *sr = &e->rules[id];
        struct confirm_span span;

        (void)from;
        (void)flags;
        enter(s, sr);
        if (!sr->on || to <= sr->done_to)
                return 0;
        if (sr->matches >= e->matches_per_rule ||
            sr->attempts / ATTEMPTS_PER_MATCH >= e->matches_per_rule ||
            sr->given_up >= GIVEN_UP_MAX) {
                s->capped = true;
                sr->on = false;
                return 0;
        }
        sr->attempts++;
        int r = confirm_find(sr->confirm, e->memory, s->data, s->n, &sr->from, (size_t)to, &span);
        if (r == -E2BIG) {
                s->capped = true;
                sr->given_up++;
        }
        if (r == 0 && sr->from >= to)
                sr->attempts--; /* it cost little and will not come again */
        if (r == -ENOMEM) {
                s->error = r;
                return 1;
        }
        if (r <= 0)
                return 0;
        return hand_on(s, sr, &span);
}

int secret_engine_scan(struct secret_engine *e, const char *path, enum artefact_kind kind,
                       const struct secret_text *text, secret_match_fn fn, void *userdata,
                       bool *ret_capped)
{
        struct scan s = {.engine = e,
                         .path = path,
                         .kind = kind,
                         .data = text->data,
                         .n = text->n,
                         .from = text->continued ? 1 : 0,
                         .fn = fn,
                         .userdata = userdata};

        hs_error_t r = HS_SUCCESS;

        if (text->n == 0)
                return 0;
        if (text->n > UINT32_MAX)
                return -EINVAL;
        e->scan++;
        for (unsigned i = 0; i < _GROUP_MAX && r == HS_SUCCESS; i++)
                if (e->databases[i].hs && needs_group(e, (enum group)i, path))
                        r = multi_pattern_scan(e->databases[i].hs, (const char *)text->data,
                                               (unsigned)text->n, e->scratch, on_hit, &s);
        if (s.capped)
                *ret_capped = true;
        if (s.error < 0)
                return s.error;
        return r == HS_SUCCESS || r == HS_SCAN_TERMINATED ? 0 : -ENOMEM;
}

/* --- scrubbing ---- */

struct scrub {
        struct secret_engine *engine;
        const char *text;
        uint8_t *marks; /* per byte: 0 keep, 1 part of a secret */
};

static int mark(void *userdata, const struct secret_match *m)
{
        struct scrub *s = userdata;

        if (m->confidence >= CONFIDENCE_MEDIUM)
                memset(s->marks + m->secret_start, 1, m->secret_end - m->secret_start);
        return 0;
}

int secret_scrub(struct secret_engine *e, const char *text, char *dst, size_t size)
{
        size_t n = strlen(text), used = 0;
        _cleanup_free_ uint8_t *marks = calloc(n + 1, 1);
        bool capped = false;

        if (!marks || size == 0)
                return -ENOMEM;
        struct scrub s = {.engine = e, .text = text, .marks = marks};
        const struct secret_text all = {.data = (const uint8_t *)text, .n = n};
        secret_engine_begin(e);
        int r = secret_engine_scan(e, "", ARTEFACT_NONE, &all, mark, &s, &capped);
        if (r < 0)
                return r;
        /* what could not be decided is not shown */
        if (capped)
                memset(marks, 1, n);
        for (size_t i = 0; i < n && used + 1 < size;) {
                if (!marks[i]) {
                        dst[used++] = text[i++];
                        continue;
                }
                while (i < n && marks[i])
                        i++;
                int k = snprintf(dst + used, size - used, "[redacted]");
                used = MIN_OF(used + (k > 0 ? (size_t)k : 0), size - 1);
        }
        dst[used] = '\0';
        return 0;
}
