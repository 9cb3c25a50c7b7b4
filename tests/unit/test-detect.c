/* SPDX-FileCopyrightText: giad maintainers */
/*
 * The detector over whole files: pieces and their edges, encodings, line ends, and that no secret
 * leaves it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/detect.h"
#include "tests/unit/test.h"

#define RULE(id, severity, pattern)                                                         \
        "  - id: " id "\n    title: t\n    class: github-pat\n    severity: " severity "\n" \
        "    confidence: high\n    remediation: r\n    pattern: " pattern "\n"

/* Of SQL only the first is asked, for its keys are words of the reader. */
#define TREE_RULES                                                                 \
        "  - id: sql\n    title: t\n    class: db-grant-all\n    severity: high\n" \
        "    confidence: high\n    remediation: r\n"                               \
        "    tree: {format: sql, select: 'statements/*/options/superuser'}\n"      \
        "  - id: any\n    title: t\n    class: db-grant-all\n    severity: high\n" \
        "    confidence: high\n    remediation: r\n    tree: {select: '**/superuser'}\n"

#define ASSERTIONS                                                                         \
        "assertions:\n  - {id: a, what: secret, kinds: [dotenv], tree: {select: ., each: " \
        "'*'}, text: '{each-key} is {each}'}\n"

static const char pack[] = ASSERTIONS
        "rules:\n" TREE_RULES RULE("token", "high", "{regex: '\\btok_([A-Z0-9]{12})\\b'}")
                RULE("wrapped", "high", "{regex: 'tok_[A-Z0-9]{12}:([a-z]{4})'}")
                        RULE("noise", "low", "{regex: 'noise[0-9]{4}'}") RULE(
                                "block", "critical",
                                "{regex: 'BEGIN[^E]{10,20000}END', anchor: BEGIN, window: 16384}");

struct fixture {
        struct ruleset *rules;
        struct detector *detector;
        struct scan_result *res;
        struct buffer text;
};

static int set_up(void **state)
{
        static struct fixture fx;
        struct ruleset_error error;
        struct detector_options options = {.parse_max = 1 << 20};

        fx = (struct fixture){.text.max = (size_t)8 << 20};
        memset(options.fingerprint_key, 7, sizeof(options.fingerprint_key));
        assert_int_equal(ruleset_new(&fx.rules), 0);
        if (ruleset_add(fx.rules, "p", pack, strlen(pack), &error) < 0)
                fail_msg("%u: %s", error.line, error.message);
        if (detector_new(&fx.detector, fx.rules, &options, &error) < 0)
                fail_msg("%s", error.message);
        fx.res = calloc(1, sizeof(*fx.res));
        assert_non_null(fx.res);
        *state = &fx;
        return 0;
}

static int tear_down(void **state)
{
        struct fixture *fx = *state;

        (void)detector_free(fx->detector);
        (void)ruleset_free(fx->rules);
        free(fx->res);
        buffer_done(&fx->text);
        return 0;
}

static void scan_bytes(struct fixture *fx, const char *path, const void *data, size_t n)
{
        detector_scan(fx->detector, path, S_IFREG | 0644, data, n, fx->res);
        for (uint32_t i = 0; i < fx->res->n_findings; i++)
                assert_true(finding_valid(&fx->res->findings[i]));
}

static void scan(struct fixture *fx, const char *text)
{
        scan_bytes(fx, "notes.txt", text, strlen(text));
}

static void is_at(const struct fixture *fx, uint32_t i, uint32_t line, uint32_t column)
{
        assert_true(i < fx->res->n_findings);
        assert_int_equal(fx->res->findings[i].line, line);
        assert_int_equal(fx->res->findings[i].column, column);
}

static void several_in_a_line_and_a_file_are_all_found(void **state)
{
        struct fixture *fx = *state;

        scan(fx, "tok_ABCDEFGHIJK1 tok_ABCDEFGHIJK2\r\n\r\n  tok_ABCDEFGHIJK3\r\ntok_ABCDEFGHIJK1");
        assert_int_equal(fx->res->n_findings, 4);
        is_at(fx, 0, 1, 5);
        is_at(fx, 1, 1, 22);
        is_at(fx, 2, 3, 7);
        is_at(fx, 3, 4, 5);
        assert_int_equal(fx->res->findings[2].offset, 43);
        assert_int_equal(fx->res->findings[2].length, 12);
        /* one secret, one fingerprint, wherever it stands */
        assert_string_equal(fx->res->findings[0].fingerprint, fx->res->findings[3].fingerprint);
        assert_string_not_equal(fx->res->findings[0].fingerprint, fx->res->findings[1].fingerprint);
        assert_int_equal(fx->res->hashed, 1);
}

static void columns_count_characters(void **state)
{
        struct fixture *fx = *state;

        scan(fx, "\xef\xbb\xbf"
                 "äöü€ tok_ABCDEFGHIJK1\n\xf0\x9f\x98\x80 tok_ABCDEFGHIJK2");
        assert_int_equal(fx->res->n_findings, 2);
        is_at(fx, 0, 1, 10);
        is_at(fx, 1, 2, 7);
}

static void a_file_without_findings_is_not_hashed(void **state)
{
        struct fixture *fx = *state;

        scan(fx, "nothing here\n");
        assert_int_equal(fx->res->n_findings, 0);
        assert_int_equal(fx->res->hashed, 0);
        assert_int_equal(fx->res->bytes, 13);
        scan_bytes(fx, "empty", "", 0);
        assert_int_equal(fx->res->n_findings, 0);
}

/* Writes text as UTF-16 of the given byte order; bom is put first if asked. */
static size_t widen(const char *text, bool little, bool bom, uint8_t *dst)
{
        size_t n = 0;

        if (bom) {
                dst[n++] = little ? 0xff : 0xfe;
                dst[n++] = little ? 0xfe : 0xff;
        }
        for (const char *p = text; *p; p++) {
                uint16_t c = (uint8_t)*p;

                /* stands for the snowman and for a character beyond the first plane */
                if (*p == '^')
                        c = 0x2603;
                if (*p == '~') {
                        uint16_t high = 0xd83d;
                        dst[n++] = (uint8_t)(little ? high & 0xff : high >> 8);
                        dst[n++] = (uint8_t)(little ? high >> 8 : high & 0xff);
                        c = 0xde00;
                }
                dst[n++] = (uint8_t)(little ? c & 0xff : c >> 8);
                dst[n++] = (uint8_t)(little ? c >> 8 : c & 0xff);
        }
        return n;
}

static void utf16_is_read_in_both_orders(void **state)
{
        struct fixture *fx = *state;
        const char *text = "first line\r\n^~ tok_ABCDEFGHIJK1 x";
        uint8_t wide[256];

        for (int i = 0; i < 4; i++) {
                /* the one that goes by the zeros alone has few characters beyond Latin */
                bool bom = i < 2;
                size_t n = widen(bom ? text : "first line\r\naa tok_ABCDEFGHIJK1 x", i % 2 == 0,
                                 bom, wide);

                scan_bytes(fx, "notes.txt", wide, n);
                assert_int_equal(fx->res->n_findings, 1);
                is_at(fx, 0, 2, 8);
                const struct finding *f = &fx->res->findings[0];
                assert_int_equal(f->offset % 2, 0);
                assert_int_equal(f->length, 24);
                /* the offset is the file's */
                assert_int_equal(wide[f->offset + (i % 2 == 0 ? 0 : 1)], 'A');
        }
}

/* A secret at every distance from where the buffer is cut, fed in pieces of all sorts. */
static void nothing_is_lost_or_doubled_at_edges(void **state)
{
        struct fixture *fx = *state;
        const size_t size = (size_t)3 << 20, edge = (size_t)1 << 20;
        static const size_t pieces[] = {4096, 65536, 100003, (size_t)1 << 20, (size_t)3 << 20};
        size_t planted = 0;
        uint8_t *data = malloc(size);

        assert_non_null(data);
        memset(data, '.', size);
        for (size_t i = 79; i < size; i += 80)
                data[i] = '\n';
        for (size_t at = edge - (192u << 10); at < edge + (192u << 10); at += 12345, planted++)
                memcpy(data + at / 80 * 80 + planted % 50, " tok_ABCDEFGHIJK1 ", 18);
        for (size_t p = 0; p < ELEMENTSOF(pieces); p++) {
                detector_begin(fx->detector, "big.txt", S_IFREG, size, fx->res);
                for (size_t i = 0; i < size; i += pieces[p])
                        detector_feed(fx->detector, data + i, MIN_OF(pieces[p], size - i));
                detector_end(fx->detector);
                assert_int_equal(fx->res->n_findings, planted);
                assert_int_equal(fx->res->bytes, size);
                for (uint32_t i = 0; i < fx->res->n_findings; i++) {
                        const struct finding *f = &fx->res->findings[i];
                        assert_memory_equal(data + f->offset, "ABCDEFGHIJK1", 12);
                        assert_int_equal(f->line, f->offset / 80 + 1);
                        assert_int_equal(f->column, f->offset % 80 + 1);
                }
        }
        free(data);
}

static void a_long_secret_across_an_edge_is_whole(void **state)
{
        struct fixture *fx = *state;
        const size_t size = (size_t)2 << 20, length = 12000;
        uint8_t *data = malloc(size);

        assert_non_null(data);
        for (size_t at = ((size_t)1 << 20) - 90000; at < ((size_t)1 << 20) + 10000; at += 7001) {
                memset(data, '.', size);
                for (size_t i = 0; i < length; i++)
                        data[at + i] = (uint8_t)('k' + i * 5 % 13);
                memcpy(data + at, "BEGIN", 5);
                memcpy(data + at + length - 3, "END", 3);
                scan_bytes(fx, "big.txt", data, size);
                assert_int_equal(fx->res->n_findings, 1);
                assert_int_equal(fx->res->findings[0].offset, at);
                assert_int_equal(fx->res->findings[0].length, length);
        }
        free(data);
}

static void one_very_long_line_is_counted_right(void **state)
{
        struct fixture *fx = *state;

        buffer_reset(&fx->text);
        for (int i = 0; i < 40; i++) {
                for (int k = 0; k < 3000; k++)
                        buffer_puts(&fx->text, "minified;");
                buffer_puts(&fx->text, " tok_ABCDEFGHIJK1 ");
        }
        assert_int_equal(fx->text.error, 0);
        scan_bytes(fx, "min.txt", fx->text.data, fx->text.len);
        assert_int_equal(fx->res->n_findings, 40);
        for (uint32_t i = 0; i < 40; i++)
                is_at(fx, i, 1, (uint32_t)(27000 + 27018 * i) + 6);
}

static void of_two_rules_at_one_place_one_is_reported(void **state)
{
        struct fixture *fx = *state;

        scan(fx, "BEGIN tok_ABCDEFGHIJK1 noise1234 BB_ND");
        assert_int_equal(fx->res->n_findings, 2);
        scan(fx, "BEGIN tok_ABCDFGHIJK11 noise1234 END");
        assert_int_equal(fx->res->n_findings, 1);
        assert_string_equal(fx->res->findings[0].rule, "block");
}

static void the_worst_is_not_pushed_out_by_many_small_ones(void **state)
{
        struct fixture *fx = *state;

        buffer_reset(&fx->text);
        for (int i = 0; i < 300; i++)
                buffer_printf(&fx->text, "noise%04d\n", i);
        buffer_puts(&fx->text, "tok_ABCDEFGHIJK1\n");
        scan(fx, fx->text.data);
        assert_int_equal(fx->res->n_findings, SCAN_FINDINGS_MAX);
        assert_int_equal(fx->res->findings_dropped, 301 - SCAN_FINDINGS_MAX);
        assert_string_equal(fx->res->findings[SCAN_FINDINGS_MAX - 1].rule, "token");
        assert_int_equal(fx->res->gaps[0].reason, REASON_FINDINGS_CAPPED);
}

static void too_many_matches_are_a_gap(void **state)
{
        struct fixture *fx = *state;

        buffer_reset(&fx->text);
        for (int i = 0; i < 1200; i++)
                buffer_printf(&fx->text, "noise%04d\n", i);
        scan(fx, fx->text.data);
        bool said = false;
        for (unsigned i = 0; i < fx->res->n_gaps; i++)
                said |= fx->res->gaps[i].reason == REASON_MATCHES_CAPPED;
        assert_true(said);
}

static void names_and_link_targets_are_looked_at(void **state)
{
        struct fixture *fx = *state;
        const char *target = "/tmp/tok_ABCDEFGHIJK1";

        detector_begin(fx->detector, "link", S_IFLNK, 0, fx->res);
        detector_feed_aside(fx->detector, "link target", (const uint8_t *)target, strlen(target));
        detector_end(fx->detector);
        assert_int_equal(fx->res->n_findings, 1);
        assert_int_equal(fx->res->findings[0].line, 0);
        assert_int_equal(fx->res->findings[0].column, 0);
        assert_non_null(strstr(fx->res->findings[0].detail, "link target"));
}

static void values_of_kubernetes_secrets_are_decoded(void **state)
{
        struct fixture *fx = *state;
        /* tok_ABCDEFGHIJK1 */
        const char *text = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\ndata:\n"
                           "  other: Zm9v\n  key: dG9rX0FCQ0RFRkdISUpLMQ==\n";

        scan_bytes(fx, "secret.yaml", text, strlen(text));
        assert_int_equal(fx->res->n_findings, 1);
        assert_int_equal(fx->res->findings[0].line, 7);
        assert_non_null(strstr(fx->res->findings[0].detail, "data.key"));
}

static void base64_of_text_is_opened_once(void **state)
{
        struct fixture *fx = *state;
        /* "the token is tok_ABCDEFGHIJK1, keep it" */
        const char *coded = "dGhlIHRva2VuIGlzIHRva19BQkNERUZHSElKSzEsIGtlZXAgaXQ=";

        buffer_reset(&fx->text);
        buffer_printf(&fx->text, "line\nvalue = \"%s\"\n", coded);
        scan(fx, fx->text.data);
        assert_int_equal(fx->res->n_findings, 1);
        is_at(fx, 0, 2, 10);
        assert_int_equal(fx->res->findings[0].length, strlen(coded));
        /* the fingerprint is that of the secret, however it is written */
        char fingerprint[FINDING_FINGERPRINT_MAX];
        memcpy(fingerprint, fx->res->findings[0].fingerprint, sizeof(fingerprint));
        scan(fx, "tok_ABCDEFGHIJK1");
        assert_string_equal(fx->res->findings[0].fingerprint, fingerprint);
}

static void strings_with_escapes_are_read(void **state)
{
        struct fixture *fx = *state;
        const char *text = "{\"a\": 1,\n \"key\": \"tok\\u005fABCDEFGHIJK1\"}";

        scan_bytes(fx, "x.json", text, strlen(text));
        assert_int_equal(fx->res->n_findings, 1);
        assert_int_equal(fx->res->findings[0].line, 2);
        assert_non_null(strstr(fx->res->findings[0].detail, "escapes"));
}

static void two_secrets_of_one_value_are_two(void **state)
{
        struct fixture *fx = *state;
        /* "A=tok_ABCDEFGHIJK1\nB=tok_ABCDEFGHIJK2\n" */
        scan(fx, "x: QT10b2tfQUJDREVGR0hJSksxCkI9dG9rX0FCQ0RFRkdISUpLMgo=\n");
        assert_int_equal(fx->res->n_findings, 2);
        is_at(fx, 0, 1, 4);
        is_at(fx, 1, 1, 4);
        assert_string_not_equal(fx->res->findings[0].fingerprint, fx->res->findings[1].fingerprint);
}

static void a_wrapped_value_shows_the_secrets_line(void **state)
{
        struct fixture *fx = *state;
        /* "0123456789012345678901234567890123456789 tok_ABCDEFGHIJK1 " in lines of 40 */
        scan(fx, "x: >\n  MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5\n"
                 "  MDEyMzQ1Njc4OSB0b2tfQUJDREVGR0hJSksxIA==\n");
        assert_int_equal(fx->res->n_findings, 1);
        is_at(fx, 0, 3, 3);
}

static void lines_end_with_cr_alone_too(void **state)
{
        struct fixture *fx = *state;

        scan(fx, "one\rtwo\r\r  tok_ABCDEFGHIJK1\rtok_ABCDEFGHIJK2");
        assert_int_equal(fx->res->n_findings, 2);
        is_at(fx, 0, 4, 7);
        is_at(fx, 1, 5, 5);
        scan(fx, "one\rtwo\r\n\n\r\ntok_ABCDEFGHIJK1");
        is_at(fx, 0, 5, 5);
}

static void latin1_counts_each_byte(void **state)
{
        struct fixture *fx = *state;

        scan(fx, "\xa3\xe9\xe9! tok_ABCDEFGHIJK1");
        is_at(fx, 0, 1, 10);
}

static void bytes_that_look_like_utf16_are_scanned_as_bytes_too(void **state)
{
        struct fixture *fx = *state;

        scan_bytes(fx, "x",
                   "\xff\xfe"
                   "a\0b\0 tok_ABCDEFGHIJK1 ",
                   24);
        assert_int_equal(fx->res->n_findings, 1);
}

/* A character of four bytes at each place around where the buffer is cut. */
static void no_character_is_cut_in_two(void **state)
{
        struct fixture *fx = *state;
        const size_t units = (size_t)700 << 10;
        char *text = malloc(units + 64);
        uint8_t *wide = malloc(4 * units + 256);

        assert_non_null(text);
        assert_non_null(wide);
        for (unsigned shift = 0; shift < 4; shift++) {
                memset(text, '~', units);
                memset(text, '.', shift);
                memcpy(text + units, " tok_ABCDEFGHIJK1", 18);
                size_t n = widen(text, true, true, wide);
                scan_bytes(fx, "x.txt", wide, n);
                assert_int_equal(fx->res->n_findings, 1);
                is_at(fx, 0, 1, (uint32_t)units + 6);
        }
        free(text);
        free(wide);
}

static void a_malformed_file_is_scanned_all_the_same(void **state)
{
        struct fixture *fx = *state;
        const char *text = "{\"a\": [1, tok_ABCDEFGHIJK1";

        scan_bytes(fx, "x.json", text, strlen(text));
        assert_int_equal(fx->res->n_findings, 1);
        assert_int_equal(fx->res->gaps[0].reason, REASON_MALFORMED);
}

static bool has_gap(const struct fixture *fx, enum reason reason)
{
        for (unsigned i = 0; i < fx->res->n_gaps; i++)
                if (fx->res->gaps[i].reason == reason)
                        return true;
        return false;
}

static void a_language_is_a_document_and_text(void **state)
{
        struct fixture *fx = *state;
        const char *text = "CREATE ROLE a SUPERUSER;\n-- tok_ABCDEFGHIJK1\nSELECT '";

        scan_bytes(fx, "x.sql", text, strlen(text));
        assert_int_equal(fx->res->n_findings, 2);
        assert_string_equal(fx->res->findings[0].rule, "sql");
        assert_string_equal(fx->res->findings[1].rule, "token");
        assert_string_equal(fx->res->format, "sql");
        assert_true(has_gap(fx, REASON_MALFORMED));
        text = "{\"superuser\": 1}";
        scan_bytes(fx, "x.json", text, strlen(text));
        assert_int_equal(fx->res->n_findings, 1);
        assert_string_equal(fx->res->findings[0].rule, "any");
}

static void of_a_large_file_in_a_language_the_beginning_is_read(void **state)
{
        static const char begin[] = "CREATE ROLE a SUPERUSER;\nINSERT INTO t VALUES ('";
        struct fixture *fx = *state;

        buffer_reset(&fx->text);
        buffer_append(&fx->text, begin, sizeof(begin) - 1);
        while (fx->text.len < 3u << 20)
                buffer_puts(&fx->text, "a, b, c\n");
        scan_bytes(fx, "x.sql", fx->text.data, fx->text.len);
        assert_int_equal(fx->res->n_findings, 1);
        assert_string_equal(fx->res->findings[0].rule, "sql");
        assert_int_equal(fx->res->n_gaps, 1);
        assert_int_equal(fx->res->gaps[0].reason, REASON_TOO_LARGE_TO_PARSE);
}

static void the_secret_is_nowhere_in_the_result(void **state)
{
        struct fixture *fx = *state;

        scan(fx, "tok_ABCDEFGHIJK1 and BEGIN0123456789tok_AB_ABCDFGHIJK1 END");
        assert_true(fx->res->n_findings >= 2);
        const uint8_t *bytes = (const uint8_t *)fx->res;
        assert_null(memmem(bytes, sizeof(*fx->res), "ABCDE", 5));
        assert_null(memmem(bytes, sizeof(*fx->res), "FGHIJ", 5));
        assert_null(memmem(bytes, sizeof(*fx->res), "345678", 6));
}

static void a_detector_serves_file_after_file(void **state)
{
        struct fixture *fx = *state;

        scan(fx, "tok_ABCDEFGHIJK1");
        scan(fx, "nothing");
        assert_int_equal(fx->res->n_findings, 0);
        assert_int_equal(fx->res->n_gaps, 0);
        scan(fx, "tok_ABCDEFGHIJK1");
        assert_int_equal(fx->res->n_findings, 1);
}

static void what_cannot_be_looked_into_is_told(void **state)
{
        static const struct {
                const char *text;
                size_t n;
                enum reason reason;
        } cases[] = {
                {"PK\x03\x04zip", 7, REASON_ARCHIVE},
                {"\x1f\x8b\x08gzip", 7, REASON_ARCHIVE},
                {"$ANSIBLE_VAULT;1.1;AES256\n", 26, REASON_ENCRYPTED},
                {"PK is no archive\n", 17, REASON_NONE},
                {"PK", 2, REASON_NONE},
        };
        struct fixture *fx = *state;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                detector_scan(fx->detector, "f", S_IFREG | 0644, (const uint8_t *)cases[i].text,
                              cases[i].n, fx->res);
                assert_int_equal(fx->res->n_gaps, cases[i].reason != REASON_NONE);
                if (cases[i].reason)
                        assert_int_equal(fx->res->gaps[0].reason, cases[i].reason);
        }
}

static void a_text_that_is_cut_differs_with_what_is_not_shown(void **state)
{
        char before[ASSERTION_TEXT_MAX];
        struct fixture *fx = *state;

        for (unsigned round = 0; round < 2; round++) {
                fx->text.len = 0;
                buffer_puts(&fx->text, "E=");
                for (unsigned i = 0; i < 80; i++)
                        buffer_puts(&fx->text, "word");
                buffer_printf(&fx->text, "%u\n", round);
                scan_bytes(fx, ".env", fx->text.data, fx->text.len);
                assert_int_equal(fx->res->n_assertions, 1);
                const char *text = fx->res->assertions[0].text;
                assert_non_null(strstr(text, "wordword"));
                if (round == 1)
                        assert_string_not_equal(text, before);
                (void)text_copy(before, sizeof(before), text);
                assert_true(strlen(text) < ASSERTION_TEXT_MAX && strstr(text, "… #"));
        }
}

/* Also where it stands without what it was known by, and where it is cut. */
static void no_secret_stands_in_what_a_file_asserts(void **state)
{
        static const char text[] = "A=plain\nB=tok_ABCDEFGHIJK1\nC=x_ABCDEFGHIJK1\nD=ABCDEF\n";
        struct fixture *fx = *state;
        const struct assertion *list = fx->res->assertions;

        scan_bytes(fx, ".env", text, strlen(text));
        assert_int_equal(fx->res->n_findings, 1);
        assert_int_equal(fx->res->n_assertions, 4);
        assert_string_equal(list[0].text, "A is plain");
        assert_memory_equal(list[1].text, "B is tok_[secret ", strlen("B is tok_[secret "));
        assert_memory_equal(list[2].text, "C is x_[secret ", strlen("C is x_[secret "));
        assert_string_equal(list[3].text, "D is ABCDEF");
        /* the same secret is the same text */
        assert_string_equal(strchr(list[1].text, '['), strchr(list[2].text, '['));

        /* what a cut leaves of the secret is taken out, too */
        fx->text.len = 0;
        buffer_puts(&fx->text, "E=");
        for (unsigned i = 0; i < 193; i++)
                buffer_putc(&fx->text, '.');
        buffer_puts(&fx->text, " tok_ABCDEFGHIJK1 and so on\n");
        scan_bytes(fx, ".env", fx->text.data, fx->text.len);
        assert_int_equal(fx->res->n_findings, 1);
        assert_int_equal(fx->res->n_assertions, 1);
        assert_non_null(strstr(list[0].text, "[secret "));
        assert_null(strstr(list[0].text, "ABC"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_cannot_be_looked_into_is_told),
                cmocka_unit_test(several_in_a_line_and_a_file_are_all_found),
                cmocka_unit_test(columns_count_characters),
                cmocka_unit_test(a_file_without_findings_is_not_hashed),
                cmocka_unit_test(utf16_is_read_in_both_orders),
                cmocka_unit_test(nothing_is_lost_or_doubled_at_edges),
                cmocka_unit_test(a_long_secret_across_an_edge_is_whole),
                cmocka_unit_test(one_very_long_line_is_counted_right),
                cmocka_unit_test(of_two_rules_at_one_place_one_is_reported),
                cmocka_unit_test(the_worst_is_not_pushed_out_by_many_small_ones),
                cmocka_unit_test(too_many_matches_are_a_gap),
                cmocka_unit_test(names_and_link_targets_are_looked_at),
                cmocka_unit_test(values_of_kubernetes_secrets_are_decoded),
                cmocka_unit_test(base64_of_text_is_opened_once),
                cmocka_unit_test(two_secrets_of_one_value_are_two),
                cmocka_unit_test(a_wrapped_value_shows_the_secrets_line),
                cmocka_unit_test(lines_end_with_cr_alone_too),
                cmocka_unit_test(latin1_counts_each_byte),
                cmocka_unit_test(bytes_that_look_like_utf16_are_scanned_as_bytes_too),
                cmocka_unit_test(no_character_is_cut_in_two),
                cmocka_unit_test(strings_with_escapes_are_read),
                cmocka_unit_test(a_malformed_file_is_scanned_all_the_same),
                cmocka_unit_test(a_language_is_a_document_and_text),
                cmocka_unit_test(of_a_large_file_in_a_language_the_beginning_is_read),
                cmocka_unit_test(the_secret_is_nowhere_in_the_result),
                cmocka_unit_test(no_secret_stands_in_what_a_file_asserts),
                cmocka_unit_test(a_text_that_is_cut_differs_with_what_is_not_shown),
                cmocka_unit_test(a_detector_serves_file_after_file),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
