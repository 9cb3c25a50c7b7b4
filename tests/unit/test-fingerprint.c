/* SPDX-FileCopyrightText: giad maintainers */
/*
 * A private key has one fingerprint however it is written, and two keys have two. The keys are made
 * here: numbers that belong to nothing.
 */
#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "detectors/detect.h"
#include "detectors/secrets/secrets.h"
#include "tests/unit/test.h"

#define DASHES "-----"
#define LINES 9u
#define WIDTH 64u

static const uint8_t host_key[SECRET_KEY_SIZE] = {7};
static const struct rule key_rule = {.class = CLASS_PRIVATE_KEY},
                         other_rule = {.class = CLASS_GITHUB_PAT};

struct print {
        uint8_t data[SECRET_FINGERPRINT_SIZE];
};

static struct print print_of(const struct rule *rule, const char *text, size_t n)
{
        struct print p;

        secret_fingerprint(rule, host_key, (const uint8_t *)text, n, p.data);
        return p;
}

static bool same(const struct print *a, const struct print *b)
{
        return memcmp(a, b, sizeof(*a)) == 0;
}

/* Line `i` of a key; the last one is short. No two keys of other seeds have a line in common. */
static void make_line(unsigned seed, unsigned i, char dst[static WIDTH + 1])
{
        uint8_t bytes[WIDTH / 4 * 3];
        size_t n = i + 1 == LINES ? 22 : sizeof(bytes);

        for (size_t k = 0; k < n; k++)
                bytes[k] = (uint8_t)(seed * 91 + i * 57 + k * (43 + seed) + (k >> 2) * 11);
        base64_encode_raw(dst, n, bytes);
        dst[BASE64_ENCODE_RAW_LENGTH(n)] = '\0';
}

/* How a key is written in a file. */
struct writing {
        const char *before, *end; /* of each line */
};

static void write_line(struct buffer *b, const struct writing *w, const char *line, bool first,
                       bool last)
{
        buffer_puts(b, first ? "" : w->before);
        buffer_puts(b, line);
        buffer_puts(b, last ? "" : w->end);
}

static void write_key(struct buffer *b, const struct writing *w, const char *label, unsigned seed)
{
        char line[WIDTH + 32];

        buffer_reset(b);
        (void)snprintf(line, sizeof(line), DASHES "BEGIN %s" DASHES, label);
        write_line(b, w, line, true, false);
        for (unsigned i = 0; i < LINES; i++) {
                make_line(seed, i, line);
                write_line(b, w, line, false, false);
        }
        (void)snprintf(line, sizeof(line), DASHES "END %s" DASHES, label);
        write_line(b, w, line, false, true);
        assert_int_equal(b->error, 0);
}

static const struct writing writings[] = {
        {"", "\n"},       {"", "\r\n"},     {"", "\r"},           {"", "\\n"},
        {"", "\\r\\n"},   {"", "\\\\n"},    {"", "\n\n"},         {"", " "},
        {"    ", "\n"},   {"\t", "  \r\n"}, {"\"", "\\n\" +\n"},  {"\"", "\\n\"\n"},
        {"\"", "\\n\"+"}, {"'", "',\n"},    {"'", "'#13#10 +\n"}, {"> ", "\n"},
        {"# ", "\n"},     {"", "&#10;"},    {"", "\\\n"},
};

static void a_key_is_the_same_in_every_writing(void **state)
{
        static const char *const labels[] = {"PRIVATE KEY", "OPENSSH PRIVATE KEY",
                                             "PGP PRIVATE KEY BLOCK"};
        _cleanup_buffer_ struct buffer b = {.max = 65536};

        (void)state;
        for (size_t k = 0; k < ELEMENTSOF(labels); k++) {
                write_key(&b, &writings[0], labels[k], 1);
                const struct print first = print_of(&key_rule, b.data, b.len);

                for (size_t i = 0; i < ELEMENTSOF(writings); i++) {
                        write_key(&b, &writings[i], labels[k], 1);
                        /* whatever rule finds it */
                        struct print p = print_of(i % 2 ? &key_rule : &other_rule, b.data, b.len);
                        if (!same(&p, &first))
                                fail_msg("writing %zu of %s", i, labels[k]);
                }
        }
}

/* A Secret of Kubernetes, a variable of CI: the text in base64, in one line or wrapped. */
static void base64_of_the_text_is_the_same_key(void **state)
{
        static const char *const breaks[] = {"", "\n", "\r\n    ", "\\n"};
        _cleanup_buffer_ struct buffer b = {.max = 65536}, code = {.max = 65536};
        char text[4096];

        (void)state;
        for (unsigned seed = 1; seed < 3; seed++) {
                write_key(&b, &writings[seed], "PRIVATE KEY", seed);
                const struct print first = print_of(&key_rule, b.data, b.len);
                const size_t n = BASE64_ENCODE_RAW_LENGTH(b.len);

                base64_encode_raw(text, b.len, (const uint8_t *)b.data);
                for (size_t i = 0; i < ELEMENTSOF(breaks); i++) {
                        buffer_reset(&code);
                        for (size_t at = 0; at < n; at += 76) {
                                buffer_puts(&code, at ? breaks[i] : "");
                                buffer_append(&code, text + at, MIN_OF(n - at, (size_t)76));
                        }
                        struct print p = print_of(&key_rule, code.data, code.len);
                        assert_true(same(&p, &first));
                }
                text[n / 2] = text[n / 2] == 'A' ? 'B' : 'A';
                struct print p = print_of(&key_rule, text, n);
                assert_false(same(&p, &first));
        }
}

static void another_key_is_another(void **state)
{
        _cleanup_buffer_ struct buffer b = {.max = 65536};

        (void)state;
        write_key(&b, &writings[0], "PRIVATE KEY", 1);
        const struct print first = print_of(&key_rule, b.data, b.len);

        /* one character, anywhere in the body */
        for (size_t i = strlen(DASHES "BEGIN PRIVATE KEY" DASHES "\n");
             i < b.len - strlen("==\n" DASHES "END PRIVATE KEY" DASHES); i++) {
                char was = b.data[i];

                if (was == '\n')
                        continue;
                b.data[i] = was == 'A' ? 'B' : 'A';
                struct print p = print_of(&key_rule, b.data, b.len);
                assert_false(same(&p, &first));
                b.data[i] = was;
        }
        /* a digit of base64 at the beginning of a line is none of the signs between literals */
        char *plus = strchr(b.data, '\n') + 1;
        *plus = '+';
        const struct print with = print_of(&key_rule, b.data, b.len);
        *plus = '/';
        const struct print other = print_of(&key_rule, b.data, b.len);
        assert_false(same(&with, &other));
}

/* Lines of PuTTY's file; `behind` is what a rule takes along. */
static void write_putty(struct buffer *b, const char *eol, const char *behind, unsigned seed)
{
        char line[WIDTH + 1];

        buffer_reset(b);
        buffer_printf(b, "PuTTY-User-Key-File-3: ssh-rsa%sEncryption: none%s", eol, eol);
        buffer_printf(b, "Public-Lines: 1%s%s%s", eol, "AAAAB3NzaC1yc2EAAAADAQABAAABAQ==", eol);
        buffer_printf(b, "Private-Lines: %u%s", LINES, eol);
        for (unsigned i = 0; i < LINES; i++) {
                make_line(seed, i, line);
                buffer_printf(b, "%s%s", line, eol);
        }
        buffer_puts(b, behind);
        assert_int_equal(b->error, 0);
}

static void a_key_without_a_last_line_ends_with_base64(void **state)
{
        _cleanup_buffer_ struct buffer b = {.max = 65536};

        (void)state;
        write_putty(&b, "\n", "", 1);
        const struct print first = print_of(&key_rule, b.data, b.len);
        write_putty(&b, "\r\n", "some words\r\n", 1);
        struct print p = print_of(&key_rule, b.data, b.len);
        assert_true(same(&p, &first));
        write_putty(&b, "\n", "", 2);
        p = print_of(&key_rule, b.data, b.len);
        assert_false(same(&p, &first));

        /* PEM that was cut */
        write_key(&b, &writings[0], "PRIVATE KEY", 1);
        const struct print cut = print_of(&key_rule, b.data, 400);
        write_key(&b, &writings[1], "PRIVATE KEY", 1);
        size_t lines = 0, n = 0;
        while (n < 400 + lines)
                lines += b.data[n++] == '\r';
        b.len = n;
        buffer_puts(&b, "\r\n\r\nmore words\r\n");
        p = print_of(&key_rule, b.data, b.len);
        assert_true(same(&p, &cut));
}

/* What is left of a key that has next to nothing is not the same for all of them. */
static void short_ones_differ(void **state)
{
        static const char a[] = DASHES "BEGIN PRIVATE KEY" DASHES "\nab\ncd\nef",
                          b[] = DASHES "BEGIN PRIVATE KEY" DASHES "\nab\ncd\ngh";

        (void)state;
        struct print p = print_of(&key_rule, a, strlen(a)), q = print_of(&key_rule, b, strlen(b));
        assert_false(same(&p, &q));
}

static void base64_of_a_key_may_be_wrapped(void **state)
{
        _cleanup_buffer_ struct buffer b = {.max = 65536}, wrapped = {.max = 65536};
        char line[WIDTH + 1];

        (void)state;
        for (unsigned i = 0; i < LINES; i++) {
                make_line(1, i, line);
                buffer_puts(&b, line);
                buffer_printf(&wrapped, "%s\r\n  ", line);
        }
        struct print p = print_of(&key_rule, b.data, b.len),
                     q = print_of(&key_rule, wrapped.data, wrapped.len),
                     r = print_of(&other_rule, wrapped.data, wrapped.len);
        assert_true(same(&p, &q));
        assert_false(same(&p, &r));
}

/* White space belongs to a password, and bytes are bytes. */
static void what_is_no_key_counts_as_it_is(void **state)
{
        static const char *const secrets[] = {"pass word pass word pass word pass word pass word",
                                              "password password password password password",
                                              "passwordpasswordpasswordpasswordpassword",
                                              "passwordpasswordpasswordpasswordpassword\n"};
        static const char bytes[] =
                "\x30\x82\n\x02\x01 (this is not a line of text, and long enough)",
                          more[] = "\x30\x82\x02\x01 (this is not a line of text, and long enough)";

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(secrets); i++)
                for (size_t k = 0; k < i; k++) {
                        struct print p = print_of(&other_rule, secrets[i], strlen(secrets[i])),
                                     q = print_of(&other_rule, secrets[k], strlen(secrets[k]));
                        assert_false(same(&p, &q));
                }
        struct print p = print_of(&key_rule, bytes, sizeof(bytes) - 1),
                     q = print_of(&key_rule, more, sizeof(more) - 1);
        assert_false(same(&p, &q));
}

/* --- in files ---- */

static const char pack[] =
        "rules:\n  - id: key\n    title: t\n    class: private-key\n    severity: high\n"
        "    confidence: high\n    remediation: r\n    pattern: {anchor: BEGIN PRIVATE, "
        "window: 16384, validator: any, "
        "regex: '(" DASHES "BEGIN PRIVATE KEY" DASHES "[^-]{1,12000}" DASHES
        "END PRIVATE KEY" DASHES ")'}\n";

static void percent(struct buffer *b, const char *text)
{
        for (; *text; text++)
                if (strchr("\n+/=", *text))
                        buffer_printf(b, "%%%02X", (unsigned)*text);
                else
                        buffer_putc(b, *text);
}

static void base64(struct buffer *b, const char *text)
{
        char coded[4096];

        base64_encode_raw(coded, strlen(text), (const uint8_t *)text);
        buffer_append(b, coded, BASE64_ENCODE_RAW_LENGTH(strlen(text)));
}

static void json(struct buffer *b, const char *text)
{
        buffer_puts(b, "{\"key\": \"");
        for (; *text; text++)
                if (*text == '\n')
                        buffer_puts(b, "\\n");
                else if (*text == '/')
                        buffer_puts(b, "\\/");
                else
                        buffer_putc(b, *text);
        buffer_puts(b, "\\n\"}\n");
}

static void mail(struct buffer *b, const char *text)
{
        buffer_puts(b, "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
        for (; *text; text++)
                if (*text == '=')
                        buffer_puts(b, "=3D");
                else if (*text == '\n')
                        buffer_puts(b, "\r\n");
                else
                        buffer_putc(b, *text);
}

static void plain(struct buffer *b, const char *text)
{
        buffer_puts(b, text);
}

static void in_files_it_is_the_same(void **state)
{
        static void (*const codings[])(struct buffer *, const char *) = {plain, percent, base64,
                                                                         json, mail};
        _cleanup_buffer_ struct buffer key = {.max = 65536}, b = {.max = 65536};
        struct detector_options options = {.parse_max = 1 << 20};
        struct scan_result *res = calloc(1, sizeof(*res));
        char first[FINDING_FINGERPRINT_MAX] = "";
        struct ruleset_error error = {0};
        struct ruleset *rules = NULL;
        struct detector *d = NULL;

        (void)state;
        assert_non_null(res);
        assert_int_equal(ruleset_new(&rules), 0);
        assert_int_equal(ruleset_add(rules, "p", pack, strlen(pack), &error), 0);
        assert_int_equal(detector_new(&d, rules, &options, &error), 0);
        write_key(&key, &writings[0], "PRIVATE KEY", 1);
        buffer_putc(&key, '\0');
        for (size_t i = 0; i < ELEMENTSOF(codings); i++) {
                buffer_reset(&b);
                codings[i](&b, key.data);
                assert_int_equal(b.error, 0);
                detector_scan(d, "x", S_IFREG, (const uint8_t *)b.data, b.len, res);
                assert_int_equal(res->n_findings, 1);
                if (i == 0)
                        memcpy(first, res->findings[0].fingerprint, sizeof(first));
                assert_string_equal(res->findings[0].fingerprint, first);
        }
        (void)detector_free(d);
        (void)ruleset_free(rules);
        free(res);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_key_is_the_same_in_every_writing),
                cmocka_unit_test(base64_of_the_text_is_the_same_key),
                cmocka_unit_test(another_key_is_another),
                cmocka_unit_test(a_key_without_a_last_line_ends_with_base64),
                cmocka_unit_test(short_ones_differ),
                cmocka_unit_test(base64_of_a_key_may_be_wrapped),
                cmocka_unit_test(what_is_no_key_counts_as_it_is),
                cmocka_unit_test(in_files_it_is_the_same),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
