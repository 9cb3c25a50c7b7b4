/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: whether a match is a secret, and how sure and how bad it is: published examples, entropy,
 * stop words, placeholders, then the rule's validator, its checksum, and what stands beside it.
 *
 * Must not own: the checks themselves (checksum*.c, validate*.c, generic.c, known.c, companion.c,
 * placeholder.c), the matching. docs/DETECTION.md tells what the outcome means.
 *
 * Entropy and stop words gate, because rules ask for them; a checksum only moves the confidence:
 * people and tests invent tokens with wrong ones, and a format may change its check.
 */
#include "detectors/secrets/judge.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"
#include "detectors/secrets/checksum.h"
#include "detectors/secrets/companion.h"
#include "detectors/secrets/generic.h"
#include "detectors/secrets/known.h"
#include "detectors/secrets/listed.h"
#include "detectors/secrets/placeholder.h"
#include "detectors/secrets/validate.h"

static const struct {
        const char *name;
        judge_checksum_fn fn;
} checksums[] = {
        {"github-crc32", checksum_github},
        {"gitlab-crc32", checksum_gitlab},
        {"luhn", checksum_luhn},
        {"base32", checksum_base32},
        {"base64", checksum_base64},
        {"base64-json", checksum_json},
        {"bech32", checksum_bech32},
        {"discord", checksum_discord},
        {"grafana-crc32", checksum_grafana},
        {"pypi-macaroon", checksum_pypi},
};

static const struct {
        const char *name;
        judge_validator_fn fn;
        bool by_name; /* goes by names and randomness */
} validators[] = {
        {"any", validate_any, false},
        {"aws-key-id", validate_aws_key_id, false},
        {"basic", validate_basic, false},
        {"command-password", validate_command_password, false},
        {"generic", generic_validate, true},
        {"generic-in-match", generic_validate_in_match, true},
        {"header", generic_validate_header, true},
        {"jwt", validate_jwt, false},
        {"listed", listed_validate, true},
        {"mixed", validate_mixed, false},
        {"not-in-url", validate_not_in_url, false},
        {"odd", generic_validate_odd, true},
        {"password", generic_validate_password, true},
        {"prefixed", generic_validate_prefixed, true},
        {"private-key", validate_private_key, false},
        {"private-key-der", validate_private_key_der, false},
        {"random", validate_random, false},
        {"rare", generic_validate_rare, true},
        {"strong", generic_validate_strong, true},
        {"url-password", validate_url_password, false},
        {"vendor", generic_validate_vendor, true},
};

judge_checksum_fn judge_checksum_by_name(const char *name)
{
        for (size_t i = 0; i < ELEMENTSOF(checksums); i++)
                if (strcmp(checksums[i].name, name) == 0)
                        return checksums[i].fn;
        return NULL;
}

judge_validator_fn judge_validator_by_name(const char *name)
{
        for (size_t i = 0; i < ELEMENTSOF(validators); i++)
                if (strcmp(validators[i].name, name) == 0)
                        return validators[i].fn;
        return NULL;
}

bool judge_goes_by_name(const char *validator)
{
        for (size_t i = 0; validator && i < ELEMENTSOF(validators); i++)
                if (strcmp(validators[i].name, validator) == 0)
                        return validators[i].by_name;
        return false;
}

int judge_init(struct judge *j, const struct rule *rule, const char **ret_what)
{
        const struct rule_pattern *p = &rule->pattern;
        judge_checksum_fn checksum = p->checksum ? judge_checksum_by_name(p->checksum) : NULL;
        judge_validator_fn validator = p->validator ? judge_validator_by_name(p->validator) : NULL;

        if (p->checksum && !checksum) {
                *ret_what = "there is no checksum of that name";
                return -EINVAL;
        }
        if (p->validator && !validator) {
                *ret_what = "there is no validator of that name";
                return -EINVAL;
        }
        *j = (struct judge){.rule = rule, .checksum = checksum, .validator = validator};
        return 0;
}

double judge_entropy(const uint8_t *s, size_t n)
{
        unsigned count[256] = {0};
        double bits = 0;

        if (n == 0)
                return 0;
        for (size_t i = 0; i < n; i++)
                count[s[i]]++;
        for (unsigned i = 0; i < 256; i++)
                if (count[i]) {
                        double p = (double)count[i] / (double)n;
                        bits -= p * log2(p);
                }
        return bits;
}

static bool has_stop_word(const struct rule_pattern *p, const uint8_t *s, size_t n)
{
        for (size_t i = 0; i < p->n_stop; i++) {
                size_t width = strlen(p->stop[i]);

                for (size_t k = 0; k + width <= n; k++)
                        if (strncasecmp((const char *)s + k, p->stop[i], width) == 0)
                                return true;
        }
        return false;
}

void judge_about(struct judgement *j, const char *fmt, ...)
{
        size_t n = strlen(j->about);
        va_list ap;

        if (n > 0 && n + 2 < sizeof(j->about)) {
                memcpy(j->about + n, ", ", 3);
                n += 2;
        }
        va_start(ap, fmt);
        (void)vsnprintf(j->about + n, sizeof(j->about) - n, fmt, ap);
        va_end(ap);
}

void judge_known(struct judgement *j, const char *where)
{
        j->class = CLASS_EXAMPLE_CREDENTIAL;
        j->severity = SEVERITY_INFO;
        j->confidence = CONFIDENCE_LOW;
        j->note = "a published example value";
        judge_about(j, "from: %s", where);
}

/* A checksum moves the confidence, and says so. */
static void weigh_checksum(judge_checksum_fn checksum, const uint8_t *secret, size_t n,
                           struct judgement *j)
{
        int right = checksum((const char *)secret, n);

        if (right > 0) {
                j->confidence = CONFIDENCE_HIGH;
                j->note = "its checksum is right";
        } else if (right == 0) {
                if (j->confidence > CONFIDENCE_LOW)
                        j->confidence--;
                j->note = "its checksum is wrong: it may be invented";
        }
}

bool judge(const struct judge *j, struct judge_case *c, struct judgement *ret)
{
        const struct rule_pattern *p = &j->rule->pattern;
        const uint8_t *secret = c->data + c->secret_start;
        size_t n = c->secret_end - c->secret_start;
        struct judgement judgement = {
                .class = j->rule->class,
                .confidence = j->rule->confidence,
                .severity = j->rule->severity,
        };

        if (n == 0)
                return false;
        /* before all else: many hold a word that placeholders hold */
        const struct known *known = known_value(secret, n);
        if (known) {
                judge_known(&judgement, known->where);
                *ret = judgement;
                return true;
        }
        if ((p->entropy > 0 && judge_entropy(secret, n) < p->entropy) ||
            has_stop_word(p, secret, n))
                return false;
        /* a validator that knows its value better than the general test decides alone */
        if (!j->validator && placeholder(secret, n))
                return false;
        if (j->validator && !j->validator(c, &judgement))
                return false;
        /* the validator may have narrowed it */
        secret = c->data + c->secret_start;
        n = c->secret_end - c->secret_start;
        if (j->validator && (known = known_value(secret, n)))
                judge_known(&judgement, known->where);
        else {
                if (j->checksum)
                        weigh_checksum(j->checksum, secret, n, &judgement);
                companion_look(j->rule, c, &judgement);
        }
        *ret = judgement;
        return true;
}
