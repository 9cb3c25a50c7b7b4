/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: turning "this rule, at this place, because …" into a finding: the rule's texts, the
 * keyed fingerprint, and that one rule says one thing once about one place.
 * Does not own: the result, the rules or the subject, all borrowed; whether a rule matched.
 * Why: matchers and analysers know documents; none of them should know how findings are stored
 * or made safe.
 */
#include <nettle/hmac.h>
#include <stdio.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/context.h"
#include "detectors/privilege/reporter.h"

void reporter_init(struct reporter *r, struct scan_result *result, const struct ruleset *rules,
                   const struct subject *subject, const uint8_t key[static 32])
{
        *r = (struct reporter){.result = result, .rules = rules, .subject = subject};
        memcpy(r->key, key, sizeof(r->key));
}

void reporter_done(struct reporter *r)
{
        explicit_bzero(r->key, sizeof(r->key));
}

bool reporter_rule_applies(const struct rule *rule, const struct subject *s)
{
        if (!rule->enabled || (rule->kinds != 0 && !(rule->kinds & (UINT64_C(1) << s->kind))))
                return false;
        return rule_path_fits(rule, s->path);
}

/* 128 bits of HMAC-SHA-256 over rule id, NUL, identity. */
static void fingerprint(const struct reporter *r, const struct rule *rule, const char *identity,
                        char ret[static FINDING_FINGERPRINT_MAX])
{
        struct hmac_sha256_ctx ctx;
        uint8_t digest[(FINDING_FINGERPRINT_MAX - 1) / 2];

        hmac_sha256_set_key(&ctx, sizeof(r->key), r->key);
        hmac_sha256_update(&ctx, strlen(rule->id) + 1, (const uint8_t *)rule->id);
        hmac_sha256_update(&ctx, strlen(identity), (const uint8_t *)identity);
        hmac_sha256_digest(&ctx, sizeof(digest), digest);
        text_hex(ret, digest, sizeof(digest));
        explicit_bzero(&ctx, sizeof(ctx));
}

/* Code in tests and examples runs for nobody else. A path lowers, it never acquits. */
static int delta_of_place(const struct reporter *r, const struct rule *rule)
{
        return rule->matcher == MATCHER_CALL && context_is_sample(r->subject->path) ? -1 : 0;
}

static uint8_t shifted_severity(enum severity severity, int delta)
{
        int shifted = (int)severity + delta;

        return (uint8_t)MAX_OF((int)SEVERITY_INFO, MIN_OF(shifted, (int)_SEVERITY_MAX - 1));
}

static struct finding *find_same(struct scan_result *res, const struct rule *rule, struct spot at)
{
        for (uint32_t i = 0; i < res->n_findings; i++) {
                struct finding *f = &res->findings[i];

                if (f->line == at.line && f->column == at.column && strcmp(f->rule, rule->id) == 0)
                        return f;
        }
        return NULL;
}

static void fill(struct finding *f, const struct rule *rule, struct spot at,
                 enum certainty certainty, int severity_delta)
{
        (void)text_copy(f->rule, sizeof(f->rule), rule->id);
        (void)text_copy(f->title, sizeof(f->title), rule->title);
        (void)text_copy(f->remediation, sizeof(f->remediation), rule->remediation);
        f->class = (uint16_t)rule->class;
        f->severity = shifted_severity(rule->severity, severity_delta);
        f->confidence = (uint8_t)rule->confidence;
        f->certainty = (uint8_t)certainty;
        f->line = at.line;
        f->column = at.line > 0 ? at.column : 0;
        f->end_line = MAX_OF(at.end_line, at.line);
        f->offset = at.offset;
        f->length = at.length;
}

/* What is known for certain, and what is worse, wins over what was said of the same place before.
 */
static void strengthen(struct finding *f, const struct rule *rule, enum certainty certainty,
                       int severity_delta)
{
        uint8_t severity = shifted_severity(rule->severity, severity_delta);

        if (certainty == CERTAINTY_YES)
                f->certainty = CERTAINTY_YES;
        if (severity > f->severity)
                f->severity = severity;
}

/* The finding of least severity; the later of two. */
static struct finding *find_least(struct scan_result *res)
{
        struct finding *least = NULL;

        for (uint32_t i = 0; i < res->n_findings; i++)
                if (!least || res->findings[i].severity <= least->severity)
                        least = &res->findings[i];
        return least;
}

/* Room for a finding of that severity: a flood of little ones must not keep out a grave one. One is
 * dropped and counted when the result is full; NULL if it is this one. */
static struct finding *make_room(struct scan_result *res, enum severity severity)
{
        struct finding *f = scan_result_add_finding(res);

        if (f)
                return f;
        f = find_least(res);
        return f && severity > f->severity ? f : NULL;
}

bool report_keeps(struct reporter *r, const struct rule *rule, struct spot at)
{
        struct scan_result *res = r->result;

        if (res->n_findings < SCAN_FINDINGS_MAX || find_same(res, rule, at) ||
            rule->severity > find_least(res)->severity)
                return true;
        (void)scan_result_add_finding(res);
        return false;
}

static void report_text(struct reporter *r, const struct rule *rule, struct spot at,
                        enum certainty certainty, int severity_delta, const char *identity,
                        const char *text)
{
        struct finding *f = find_same(r->result, rule, at);

        severity_delta += delta_of_place(r, rule);
        if (f) {
                strengthen(f, rule, certainty, severity_delta);
                return;
        }
        f = make_room(r->result, shifted_severity(rule->severity, severity_delta));
        if (!f)
                return;
        *f = (struct finding){.rule = ""};
        fill(f, rule, at, certainty, severity_delta);
        text_printable(f->detail, sizeof(f->detail), text, strlen(text));
        fingerprint(r, rule, identity ? identity : text, f->fingerprint);
}

static void __attribute__((format(printf, 3, 0)))
format_detail(char *dst, size_t size, const char *detail, va_list ap)
{
        dst[0] = '\0';
        if (detail && vsnprintf(dst, size, detail, ap) < 0)
                dst[0] = '\0';
}

/* Longer than a finding's detail, so that text_printable() can mark the cut. */
#define DETAIL_MAX (2 * FINDING_DETAIL_MAX)

void report(struct reporter *r, const struct rule *rule, struct spot at, enum certainty certainty,
            int severity_delta, const char *identity, const char *detail, ...)
{
        char text[DETAIL_MAX];
        va_list ap;

        va_start(ap, detail);
        format_detail(text, sizeof(text), detail, ap);
        va_end(ap);
        report_text(r, rule, at, certainty, severity_delta, identity, text);
}

void report_check(struct reporter *r, const struct analyser *a, const char *check, struct spot at,
                  enum certainty certainty, int severity_delta, const char *identity,
                  const char *detail, ...)
{
        const struct rule_check *checks = NULL;
        char text[DETAIL_MAX];
        size_t n = 0;
        va_list ap;

        va_start(ap, detail);
        format_detail(text, sizeof(text), detail, ap);
        va_end(ap);
        if (r->rules)
                checks = ruleset_checks(r->rules, &n);
        for (size_t i = 0; i < n; i++) {
                const struct rule *rule = checks[i].rule;

                if (checks[i].analyser == a && rule->check && strcmp(rule->check, check) == 0 &&
                    reporter_rule_applies(rule, r->subject))
                        report_text(r, rule, at, certainty, severity_delta, identity, text);
        }
}
