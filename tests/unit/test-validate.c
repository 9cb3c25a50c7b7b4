/* SPDX-FileCopyrightText: giad maintainers */
/*
 * What tokens say of themselves (encodings, check digits, claims), published examples, and ids
 * that stand beside their secrets. All tokens are made here.
 */
#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/macros.h"
#include "detectors/detect.h"
#include "detectors/secrets/checksum.h"
#include "detectors/secrets/claims.h"
#include "detectors/secrets/judge.h"
#include "detectors/secrets/known.h"
#include "detectors/secrets/unpack.h"
#include "detectors/secrets/validate.h"
#include "tests/unit/test.h"

static int check(judge_checksum_fn fn, const char *secret)
{
        /* exactly as much memory as there is text: what reads past it is seen */
        size_t n = strlen(secret);
        char *copy = malloc(n ? n : 1);

        assert_non_null(copy);
        memcpy(copy, secret, n);
        int r = fn(copy, n);
        free(copy);
        return r;
}

/* The same for every beginning of the secret: none is right. */
static void no_part_is_right(judge_checksum_fn fn, const char *secret)
{
        char part[512];

        for (size_t n = 0; n < strlen(secret); n++) {
                (void)snprintf(part, sizeof(part), "%.*s", (int)n, secret);
                assert_int_not_equal(check(fn, part), 1);
        }
}

static void grafana_tokens_end_in_their_sum(void **state)
{
        /* worked out with another program */
        char token[] = "glsa_Zt7Qm2Lw9Xc4Vb8Ny1Kd6Rf3Hg5Js0Pq_@@@@@@@@";

        (void)state;
        memcpy(token + strlen(token) - 8, "16223d16", 8);
        assert_int_equal(check(checksum_grafana, token), 1);
        no_part_is_right(checksum_grafana, token);
        token[10] ^= 1;
        assert_int_equal(check(checksum_grafana, token), 0);
        assert_int_equal(check(checksum_grafana, "glsa_short"), -1);
}

static void bech32_is_checked(void **state)
{
        (void)state;
        /* BIP 173 */
        assert_int_equal(check(checksum_bech32, "A12UEL5L"), 1);
        assert_int_equal(check(checksum_bech32, "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw"),
                         1);
        assert_int_equal(check(checksum_bech32, "A12UEL5Q"), 0);
        assert_int_equal(check(checksum_bech32, "abcdef1bpzry9x8gf2tv"), 0);
        assert_int_equal(check(checksum_bech32, "1qqqqqqq"), -1);
        assert_int_equal(check(checksum_bech32, "nothing"), -1);
        assert_int_equal(check(checksum_bech32, ""), -1);
}

/* prefix, then base32 of "new", the account and nine bits of whatever. */
static void aws_id(char dst[static 21], uint64_t account, unsigned is_new)
{
        static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        uint64_t bits = (uint64_t)is_new << 49 | account << 9 | 0x155;

        memcpy(dst, "AKIA##########QWERTY", 21);
        for (int i = 9; i >= 0; i--, bits >>= 5)
                dst[4 + i] = digits[bits & 31];
}

static void aws_key_ids_name_their_account(void **state)
{
        uint64_t account = 0;
        char id[21];

        (void)state;
        aws_id(id, UINT64_C(123456789012), 1);
        assert_int_equal(checksum_aws_account(id, 20, &account), 1);
        assert_true(account == UINT64_C(123456789012));
        assert_int_equal(check(checksum_base32, id), 1);
        id[9] = '1';
        assert_int_equal(check(checksum_base32, id), 0);
        /* more than twelve digits */
        aws_id(id, UINT64_C(1000000000000), 1);
        assert_int_equal(check(checksum_base32, id), 0);
        aws_id(id, UINT64_C(1000000000000), 0);
        assert_int_equal(checksum_aws_account(id, 20, &account), -1);
        assert_int_equal(check(checksum_base32, id), 1);
        assert_int_equal(check(checksum_base32, "AKIA"), -1);
}

static void base64_ends_in_zero_bits(void **state)
{
        (void)state;
        assert_int_equal(check(checksum_base64, "aGVsbG8gYW5kIGhlbGxvYQ=="), 1);
        assert_int_equal(check(checksum_base64, "aGVsbG8gYW5kIGhlbGxvYR=="), 0);
        assert_int_equal(check(checksum_base64, "aGVsbG8gYW5kIGhlbGxvYWE="), 1);
        assert_int_equal(check(checksum_base64, "aGVsbG8gYW5kIGhlbGxvYWF="), 0);
        assert_int_equal(check(checksum_base64, "aGVsbG8gYW5kIGhlbGxv"), -1);
        assert_int_equal(check(checksum_base64, "===="), -1);
        assert_int_equal(check(checksum_base64, ""), -1);
}

static void encode(char *dst, const void *s, size_t n, bool padded)
{
        base64_encode_raw(dst, n, s);
        dst[BASE64_ENCODE_RAW_LENGTH(n)] = '\0';
        for (char *p = dst; *p; p++)
                *p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
        if (!padded && strchr(dst, '='))
                *strchr(dst, '=') = '\0';
}

static void objects_in_tokens_are_checked(void **state)
{
        static const char object[] =
                "{\"iat\":1700000000.5,\"url\":\"https://x\",\"org\":\"acme\"}";
        char token[256] = "sntrys_";

        (void)state;
        encode(token + 7, object, strlen(object), true);
        strncat(token, "_q7W2e9R4t1Z6u3I8o5P0", sizeof(token) - strlen(token) - 1);
        assert_int_equal(check(checksum_json, token), 1);
        encode(token + 7, object, strlen(object) - 1, false);
        assert_int_equal(check(checksum_json, token), 0);
        assert_int_equal(check(checksum_json, "sntrys_none"), -1);
}

static void discord_tokens_begin_with_a_number(void **state)
{
        char token[128];

        (void)state;
        encode(token, "123456789012345678", 18, false);
        strncat(token, ".abcdef.x", 10);
        assert_int_equal(check(checksum_discord, token), 1);
        encode(token, "12345678901234567x", 18, false);
        strncat(token, ".abcdef.x", 10);
        assert_int_equal(check(checksum_discord, token), 0);
        assert_int_equal(check(checksum_discord, "."), 0);
        assert_int_equal(check(checksum_discord, "nodot"), -1);
}

static void pypi_tokens_are_whole_macaroons(void **state)
{
        uint8_t m[160];
        char token[256] = "pypi-";
        size_t n = 0;

        (void)state;
        memcpy(m, "\x02\x01\x08pypi.org\x02\x24", 13);
        memset(m + 13, 'i', 36);
        n = 13 + 36;
        memcpy(m + n, "\x00\x02\x10", 3); /* a caveat */
        memset(m + n + 3, 'c', 16);
        n += 19;
        memcpy(m + n, "\x00\x00\x06\x20", 4);
        memset(m + n + 4, 0xa7, 32);
        n += 36;
        encode(token + 5, m, n, false);
        assert_int_equal(check(checksum_pypi, token), 1);
        no_part_is_right(checksum_pypi, token);
        m[14 + 36 + 1] = 0x7f; /* a length past the end */
        encode(token + 5, m, n, false);
        assert_int_equal(check(checksum_pypi, token), 0);
        m[3] = 'q';
        encode(token + 5, m, n, false);
        assert_int_equal(check(checksum_pypi, token), 0);
        assert_int_equal(check(checksum_pypi, "pypi"), -1);
        for (size_t i = 0; i < n; i++) {
                m[i] = 0xff;
                encode(token + 5, m, n, false);
                (void)check(checksum_pypi, token);
        }
}

static void base64_is_unpacked_within_bounds(void **state)
{
        uint8_t plain[8];

        (void)state;
        assert_int_equal(unpack_base64((const uint8_t *)"YWJj", 4, plain, 3), 3);
        assert_memory_equal(plain, "abc", 3);
        assert_int_equal(unpack_base64((const uint8_t *)"YWJjZA", 6, plain, 4), 4);
        assert_int_equal(unpack_base64((const uint8_t *)"YWJjZA==", 8, plain, 3), -1);
        assert_int_equal(unpack_base64((const uint8_t *)"YWJjZ", 5, plain, 8), -1);
        assert_int_equal(unpack_base64((const uint8_t *)"YW=j", 4, plain, 8), -1);
        assert_int_equal(unpack_base64((const uint8_t *)"YW j", 4, plain, 8), -1);
        assert_int_equal(unpack_base64((const uint8_t *)"_-8=", 4, plain, 8), 2);
        assert_int_equal(plain[0], 0xff);
        assert_int_equal(unpack_base64((const uint8_t *)"", 0, plain, 0), 0);
}

static bool has(const char *object, const char *key, struct claim *ret)
{
        return claims_get((const uint8_t *)object, strlen(object), key, ret);
}

static void claims_are_read_at_the_top_only(void **state)
{
        static const char object[] =
                " {\"a\":{\"exp\":1,\"x\":[\"}\",2]},\"\\\"exp\":3, \"exp\" : 1893456000.25,"
                "\"b\":true,\"iss\":\"https://x.y/z?q=1\",\"n\":-1.5e3,\"iss2\":\"a b\"} ";
        static const char *const broken[] = {
                "",    "{",           "{\"a\"}", "{\"a\":}",  "{\"a\":1",    "{\"a\":1}x",
                "[1]", "{\"a\":\"\\", "{a:1}",   "{\"a\":[}", "{\"a\":1 2}", "{\"a\":{\"b\"",
                "{,}"};
        struct claim claim;
        int64_t seconds = 0;
        char name[32];

        (void)state;
        assert_true(has(object, "exp", &claim));
        assert_true(claims_time(&claim, &seconds));
        assert_int_equal(seconds, 1893456000);
        assert_true(has(object, "iss", &claim));
        assert_true(claims_name(&claim, name, sizeof(name)));
        assert_string_equal(name, "https://x.y/z");
        assert_false(claims_name(&claim, name, 4));
        assert_true(has(object, "iss2", &claim));
        assert_false(claims_name(&claim, name, sizeof(name)));
        assert_false(has(object, "x", &claim));
        assert_true(has("{\"exp\":99999999999999999999}", "exp", &claim));
        assert_false(claims_time(&claim, &seconds));
        for (size_t i = 0; i < ELEMENTSOF(broken); i++)
                if (claims_object((const uint8_t *)broken[i], strlen(broken[i])))
                        fail_msg("%s", broken[i]);
        for (size_t n = 0; n < strlen(object) - 1; n++) {
                uint8_t *copy = malloc(n ? n : 1);

                assert_non_null(copy);
                memcpy(copy, object, n);
                assert_false(claims_object(copy, n));
                free(copy);
        }
}

static struct judgement judge_jwt(const char *header, const char *claims, const char *signature,
                                  bool *ret)
{
        static char token[20000];
        struct judgement j = {.severity = SEVERITY_MEDIUM, .confidence = CONFIDENCE_HIGH};

        encode(token, header, strlen(header), false);
        strncat(token, ".", 2);
        encode(token + strlen(token), claims, strlen(claims), false);
        strncat(token, signature, 100);
        struct judge_case c = {.path = "x",
                               .data = (const uint8_t *)token,
                               .size = strlen(token),
                               .end = strlen(token),
                               .secret_end = strlen(token)};
        *ret = validate_jwt(&c, &j);
        return j;
}

static void web_tokens_say_what_they_are(void **state)
{
        static const struct {
                const char *header, *claims, *signature, *about;
                enum severity severity;
                enum confidence confidence;
        } cases[] = {
                {"{\"alg\":\"HS256\"}", "{\"iss\":\"acme\",\"exp\":1893456000}", ".abc",
                 "HS256, issuer acme, expires 2030-01-01", SEVERITY_MEDIUM, CONFIDENCE_HIGH},
                {"{\"alg\":\"RS256\"}", "{\"sub\":\"a@b.c\",\"aud\":\"api\"}", ".abc",
                 "RS256, audience api, no expiry", SEVERITY_MEDIUM, CONFIDENCE_HIGH},
                {"{\"alg\":\"None\"}", "{\"sub\":\"a\"}", ".abc", "no expiry", SEVERITY_LOW,
                 CONFIDENCE_HIGH},
                {"{\"alg\":\"HS256\"}", "{\"exp\":253402300799}", ".", "HS256, expires 9999-12-31",
                 SEVERITY_LOW, CONFIDENCE_HIGH},
                {"{\"alg\":\"HS256\"}", "{\"exp\":\"soon\"}", "", "HS256", SEVERITY_LOW,
                 CONFIDENCE_HIGH},
                {"{\"alg\":\"HS256\"}", "{\"exp\":18934", ".abc",
                 "HS256, its claims cannot be read", SEVERITY_MEDIUM, CONFIDENCE_MEDIUM},
                {"{\"alg\":\"dir\",\"enc\":\"A256GCM\"}", "xx", ".abc", "dir, encrypted",
                 SEVERITY_MEDIUM, CONFIDENCE_HIGH},
                {"{\"alg\":\"HS256\"}", "{\"iss\":\"supabase\",\"role\":\"anon\",\"exp\":0}",
                 ".abc", "HS256, issuer supabase, expires 1970-01-01, made to be public: role anon",
                 SEVERITY_INFO, CONFIDENCE_HIGH},
        };
        bool kept;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct judgement j =
                        judge_jwt(cases[i].header, cases[i].claims, cases[i].signature, &kept);

                assert_true(kept);
                assert_string_equal(j.about, cases[i].about);
                assert_int_equal(j.severity, cases[i].severity);
                assert_int_equal(j.confidence, cases[i].confidence);
        }
        (void)judge_jwt("{\"typ\":\"JWT\"}", "{}", ".abc", &kept);
        assert_false(kept);
        struct judgement damaged = judge_jwt("{\"alg\":\x9ezz\"}", "{}", ".abc", &kept);
        assert_true(kept);
        assert_string_equal(damaged.about, "its header is damaged");
        assert_int_equal(damaged.confidence, CONFIDENCE_MEDIUM);
        (void)judge_jwt("not an object", "{}", ".abc", &kept);
        assert_false(kept);
}

static void huge_claims_are_left_alone(void **state)
{
        static char claims[9000];
        bool kept;

        (void)state;
        memset(claims, 'a', sizeof(claims) - 1);
        struct judgement j = judge_jwt("{\"alg\":\"HS256\"}", claims, ".abc", &kept);
        assert_true(kept);
        assert_int_equal(j.confidence, CONFIDENCE_HIGH);
        assert_string_equal(j.about, "HS256");
}

static void published_examples_are_known(void **state)
{
        /* base64, so that nobody takes this file for a leak */
        static const char *const values[] = {
                "QUtJQUlPU0ZPRE5ON0VYQU1QTEU=",
                "d0phbHJYVXRuRkVNSS9LN01ERU5HL2JQeFJmaUNZRVhBTVBMRUtFWQ==",
                "c2tfdGVzdF80ZUMzOUhxTHlqV0Rhcmp0VDF6ZHA3ZGM=",
                "RWJ5OHZkTTAyeE5PY3FGbHFVd0pQTGxtRXRsQ0RYSjFPVXpGVDUwdVNSWjZJRnN1RnEyVVZFckN6NEk2dH"
                "Ev"
                "SzFTWkZQVE90ci9LQkhCZWtzb0dNR3c9PQ==",
                "ZXlKaGJHY2lPaUpJVXpJMU5pSXNJblI1Y0NJNklrcFhWQ0o5LmV5SnpkV0lpT2lJeE1qTTBOVFkzT0Rrd0"
                "lp"
                "d2libUZ0WlNJNklrcHZhRzRnUkc5bElpd2lhV0YwSWpveE5URTJNak01TURJeWZRLlNmbEt4d1JKU01lS0"
                "tG"
                "MlFUNGZ3cE1lSmYzNlBPazZ5SlZfYWRRc3N3NWM=",
                /* RFC 8410, section 10.3 */
                "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC",
        };
        uint8_t plain[256];

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(values); i++) {
                ssize_t n = unpack_base64((const uint8_t *)values[i], strlen(values[i]), plain,
                                          sizeof(plain));

                assert_true(n > 0);
                assert_non_null(known_value(plain, (size_t)n));
                plain[n / 2] ^= 1;
                assert_null(known_value(plain, (size_t)n));
        }
        assert_null(known_value(plain, 0));
}

/* --- ids beside secrets, through the whole detector */

static const char pack[] =
        "rules:\n"
        "  - {id: aws-access-key-id, title: t, class: aws-access-key, severity: info,\n"
        "     confidence: high, remediation: r, pattern: {regex: '\\b(AKIA[A-Z0-9]{16})\\b',\n"
        "     checksum: base32, validator: aws-key-id}}\n"
        "  - {id: value, title: t, class: generic-api-key, severity: medium, confidence: low,\n"
        "     remediation: r, pattern: {regex: 'value=([A-Za-z0-9+/]{39,40})'}}\n";

static char aws_secret[] = "q7W2e9R4t1Z6u3I8o5P0a7S2d9F4g1H6j3K8l5Y0";

static struct scan_result *scan(const char *text, size_t n)
{
        static struct scan_result res;
        struct detector_options options = {.parse_max = 1 << 20};
        struct ruleset *rules = NULL;
        struct detector *d = NULL;
        struct ruleset_error error;

        assert_int_equal(ruleset_new(&rules), 0);
        if (ruleset_add(rules, "p", pack, strlen(pack), &error) < 0)
                fail_msg("%u: %s", error.line, error.message);
        assert_int_equal(detector_new(&d, rules, &options, &error), 0);
        detector_scan(d, "notes.txt", S_IFREG | 0644, (const uint8_t *)text, n, &res);
        for (uint32_t i = 0; i < res.n_findings; i++)
                assert_true(finding_valid(&res.findings[i]));
        (void)detector_free(d);
        (void)ruleset_free(rules);
        return &res;
}

static void an_id_alone_is_information(void **state)
{
        char id[21], text[100];

        (void)state;
        aws_id(id, UINT64_C(123456789012), 1);
        (void)snprintf(text, sizeof(text), "x\nid=%s\n", id);
        struct scan_result *res = scan(text, strlen(text));
        assert_int_equal(res->n_findings, 1);
        assert_int_equal(res->findings[0].severity, SEVERITY_INFO);
        assert_string_equal(res->findings[0].detail,
                            "of account 123456789012; its checksum is right");
}

static void is_joined(const struct scan_result *res, const char *detail, uint32_t line)
{
        assert_int_equal(res->n_findings, 1);
        assert_int_equal(res->findings[0].class, CLASS_AWS_ACCESS_KEY);
        assert_int_equal(res->findings[0].severity, SEVERITY_CRITICAL);
        assert_int_equal(res->findings[0].confidence, CONFIDENCE_HIGH);
        assert_int_equal(res->findings[0].line, line);
        assert_string_equal(res->findings[0].detail, detail);
}

static void an_id_beside_its_secret_is_one_finding(void **state)
{
        char id[21], text[300], wide[600];

        (void)state;
        aws_id(id, UINT64_C(123456789012), 1);
        (void)snprintf(text, sizeof(text), "x\n\xc3\xa4 id=%s\n\nvalue=%s\n", id, aws_secret);
        is_joined(scan(text, strlen(text)), "with its access key id in line 2", 4);
        (void)snprintf(text, sizeof(text), "x\nvalue=%s\n\n\nid=%s\n", aws_secret, id);
        is_joined(scan(text, strlen(text)), "with its access key id in line 5", 2);
        /* UTF-16 */
        (void)snprintf(text, sizeof(text), "x\nid=%s\n\nvalue=%s\n", id, aws_secret);
        memcpy(wide, "\xff\xfe", 2);
        for (size_t i = 0; i < strlen(text); i++) {
                wide[2 + 2 * i] = text[i];
                wide[3 + 2 * i] = '\0';
        }
        is_joined(scan(wide, 2 + 2 * strlen(text)), "with its access key id in line 2", 4);
}

static void what_does_not_belong_together_stays_apart(void **state)
{
        char id[21], text[1200];

        (void)state;
        aws_id(id, UINT64_C(123456789012), 1);
        /* a secret of another length */
        (void)snprintf(text, sizeof(text), "id=%s\nvalue=%.39s\n", id, aws_secret);
        assert_int_equal(scan(text, strlen(text))->n_findings, 2);
        /* too far away */
        (void)snprintf(text, sizeof(text), "id=%s\n%600s\nvalue=%s\n", id, "", aws_secret);
        assert_int_equal(scan(text, strlen(text))->n_findings, 2);
        /* part of a longer word */
        (void)snprintf(text, sizeof(text), "id=%sX\nvalue=%s\n", id, aws_secret);
        assert_int_equal(scan(text, strlen(text))->n_findings, 1);
        assert_int_equal(scan(text, strlen(text))->findings[0].confidence, CONFIDENCE_LOW);
}

static void an_example_is_named_as_one(void **state)
{
        uint8_t plain[64];
        char text[100];
        static const char coded[] = "QUtJQUlPU0ZPRE5ON0VYQU1QTEU=";

        (void)state;
        ssize_t n = unpack_base64((const uint8_t *)coded, strlen(coded), plain, sizeof(plain));
        (void)snprintf(text, sizeof(text), "id=%.*s\n", (int)n, (const char *)plain);
        struct scan_result *res = scan(text, strlen(text));
        assert_int_equal(res->n_findings, 1);
        assert_int_equal(res->findings[0].class, CLASS_EXAMPLE_CREDENTIAL);
        assert_int_equal(res->findings[0].severity, SEVERITY_INFO);
        assert_int_equal(res->findings[0].confidence, CONFIDENCE_LOW);
        assert_string_equal(res->findings[0].detail,
                            "from: AWS documentation; a published example value");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(grafana_tokens_end_in_their_sum),
                cmocka_unit_test(bech32_is_checked),
                cmocka_unit_test(aws_key_ids_name_their_account),
                cmocka_unit_test(base64_ends_in_zero_bits),
                cmocka_unit_test(objects_in_tokens_are_checked),
                cmocka_unit_test(discord_tokens_begin_with_a_number),
                cmocka_unit_test(pypi_tokens_are_whole_macaroons),
                cmocka_unit_test(base64_is_unpacked_within_bounds),
                cmocka_unit_test(claims_are_read_at_the_top_only),
                cmocka_unit_test(web_tokens_say_what_they_are),
                cmocka_unit_test(huge_claims_are_left_alone),
                cmocka_unit_test(published_examples_are_known),
                cmocka_unit_test(an_id_alone_is_information),
                cmocka_unit_test(an_id_beside_its_secret_is_one_finding),
                cmocka_unit_test(what_does_not_belong_together_stays_apart),
                cmocka_unit_test(an_example_is_named_as_one),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
