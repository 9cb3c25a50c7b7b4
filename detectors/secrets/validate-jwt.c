/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what a JSON Web Token says of itself: algorithm, issuer, audience, expiry.
 *
 * There is no clock here: the date is told, and whether it has passed does not count. A token's
 * expiry is a claim of its own that services may not look at, and a finding must not change while
 * its file does not. The subject is not told: it is often a person.
 */
#include <string.h>
#include <strings.h>
#include <time.h>

#include "detectors/secrets/claims.h"
#include "detectors/secrets/unpack.h"
#include "detectors/secrets/validate.h"

#define PART_MAX 4096u

static bool is_none(const struct claim *algorithm)
{
        return algorithm->n == 4 && strncasecmp((const char *)algorithm->text, "none", 4) == 0;
}

static void doubt(struct judgement *j, const char *why)
{
        if (j->confidence > CONFIDENCE_MEDIUM)
                j->confidence = CONFIDENCE_MEDIUM;
        judge_about(j, "%s", why);
}

static void tell_expiry(const uint8_t *claims, size_t n, struct judgement *j)
{
        struct claim value;
        char date[16] = "";
        int64_t seconds;
        struct tm tm;

        if (!claims_get(claims, n, "exp", &value)) {
                judge_about(j, "no expiry");
                return;
        }
        if (!claims_time(&value, &seconds))
                return;
        time_t t = (time_t)seconds;
        if (gmtime_r(&t, &tm) && strftime(date, sizeof(date), "%Y-%m-%d", &tm) > 0)
                judge_about(j, "expires %s", date);
}

/* Supabase: the role decides what the token is good for. */
static void weigh_role(const uint8_t *claims, size_t n, struct judgement *j)
{
        struct claim issuer, role;

        if (!claims_get(claims, n, "iss", &issuer) || !claims_get(claims, n, "role", &role) ||
            !claims_equal(&issuer, "supabase"))
                return;
        if (claims_equal(&role, "anon")) {
                j->severity = SEVERITY_INFO;
                judge_about(j, "made to be public: role anon");
        } else if (claims_equal(&role, "service_role")) {
                j->severity = SEVERITY_CRITICAL;
                judge_about(j, "passes over row level security: role service_role");
        }
}

static void read_claims(const uint8_t *s, size_t n, struct judgement *j)
{
        uint8_t claims[PART_MAX];
        struct claim value;
        char name[64];
        ssize_t size = unpack_base64(s, n, claims, sizeof(claims));

        /* what is longer is left alone, not doubted */
        if (size < 0 && n > PART_MAX)
                return;
        if (size < 0 || !claims_object(claims, (size_t)size)) {
                doubt(j, "its claims cannot be read");
                return;
        }
        if (claims_get(claims, (size_t)size, "iss", &value) &&
            claims_name(&value, name, sizeof(name)))
                judge_about(j, "issuer %s", name);
        if (claims_get(claims, (size_t)size, "aud", &value) &&
            claims_name(&value, name, sizeof(name)))
                judge_about(j, "audience %s", name);
        tell_expiry(claims, (size_t)size, j);
        weigh_role(claims, (size_t)size, j);
        explicit_bzero(claims, sizeof(claims));
}

bool validate_jwt(struct judge_case *c, struct judgement *j)
{
        uint8_t header[PART_MAX];
        struct claim algorithm, encryption;
        size_t n = c->secret_end - c->secret_start;
        const uint8_t *s = c->data + c->secret_start;
        const uint8_t *dot = memchr(s, '.', n);
        char name[32];

        if (!dot)
                return false;
        ssize_t size = unpack_base64(s, (size_t)(dot - s), header, sizeof(header));
        if (size < 8 || header[0] != '{' || !memmem(header, (size_t)size, "\"alg\"", 5))
                return false;
        const uint8_t *last = memrchr(s, '.', n);
        if (last == dot || last == s + n - 1) {
                j->severity = SEVERITY_LOW;
                j->note = "it has no signature";
        }
        if (!claims_get(header, (size_t)size, "alg", &algorithm)) {
                doubt(j, "its header is damaged");
                return true;
        }
        if (is_none(&algorithm)) {
                j->severity = SEVERITY_LOW;
                j->note = "its header says it is not signed";
        } else if (claims_name(&algorithm, name, sizeof(name)))
                judge_about(j, "%s", name);
        /* an encrypted token's second part is a key, not claims */
        if (claims_get(header, (size_t)size, "enc", &encryption)) {
                judge_about(j, "encrypted");
                return true;
        }
        const uint8_t *end = last == dot ? s + n : last;
        read_claims(dot + 1, (size_t)(end - dot - 1), j);
        return true;
}
