/* SPDX-FileCopyrightText: giad maintainers */
/*
 * What is opened, where each byte of it comes from, and the limits. That secrets in it are found
 * and shown where they stand is tests/property/test-planted.
 */
#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "detectors/decode.h"
#include "tests/unit/test.h"

struct seen {
        const uint8_t *source;
        struct buffer text; /* of all values: "what=text;" */
        unsigned values;
        size_t bytes, taken; /* plain text in all, and without what pieces share */
        bool mapped;
};

static void on_value(void *userdata, const struct decoded *v)
{
        struct seen *s = userdata;

        s->values++;
        s->bytes += v->n;
        s->taken += MIN_OF(v->n, v->take_to) - v->take_from;
        s->mapped = v->map;
        assert_true(v->begin <= v->end);
        for (size_t i = 0; v->map && i < v->n; i++)
                assert_true(v->map[i] <= v->map[i + 1]);
        buffer_printf(&s->text, "%s=", v->what);
        buffer_append(&s->text, v->text, MIN_OF(v->n, (size_t)400));
        buffer_putc(&s->text, ';');
}

static struct decode_budget open_text(struct seen *s, const void *text, size_t n)
{
        struct decode_budget budget = {0};
        const struct decode_request r = {
                .text = text, .n = n, .budget = &budget, .fn = on_value, .userdata = s};

        buffer_done(&s->text);
        *s = (struct seen){.source = text, .text.max = (size_t)64 << 20};
        buffer_puts(&s->text, "");
        assert_int_equal(decode_text(&r), 0);
        return budget;
}

static void each_encoding_is_read(void **state)
{
        static const struct {
                const char *text, *opened;
        } cases[] = {
                {"x = aGVyZSBpcyBzb21lIHRleHQgdG8gcmVhZA==", "base64=here is some text to read;"},
                {"x = path/aGVyZSBpcyBzb21lIHRleHQgdG8gcmVhZA",
                 "base64=here is some text to read;"},
                {"x: 686572652069732074657874", "hex=here is text;"},
                {"x: 0x686572652069732074657874", "hex=here is text;"},
                {"a%3Db%zz", "percent-encoded text=a=b%zz;"},
                {"a\\u003db\\x3dc\\075d\\u{3d}e", "text with escapes=a=b=c=d=e;"},
                {"a&#61;b&#x3D;c&quot;&unknown;",
                 "text with character references=a=b=c\"&unknown;;"},
                {"Encoding: quoted-printable\na=3Db=\nc",
                 "quoted-printable=quoted-printable\na=bc;"},
                {"aGVyZSBpcyBzb21lIHRleHQgdGhhdCBnb2Vz\r\n  IG9uIGZvciBsb25n\r\n",
                 "base64=here is some text that goes on for long;"},
                {"aABlAHIAZQAgAGkAcwAgAHQAZQB4AHQA", "UTF-16 in base64=here is text;"},
                {"user,password\nbob,hun,\n", ""}, /* one cell too many */
                {"user,Pass word,x\nbob,hun,\nal,\"a\"\"b,\nc\",1\n",
                 "cell of a table=\nPass_word: \"hun\"\nPass_word: 'a\"\"b,'\n;"},
                {"key id;secret key\r\n1; 2 \r\n",
                 "cell of a table=\nkey_id: \"1\"\nsecret_key: \"2\"\n;"},
                {"a\ttoken\n\tx", "cell of a table=\ntoken: \"x\"\n;"},
                /* none of these hides anything */
                {"a,b,c\nd,e,f\n", ""},
                {"import a, token from './x';\nlet b, c;\n", ""},
                {"a,password\n", ""},
                {"a,\"password\nb,c", ""},
                {"detectors/secrets/engine.c and getElementsByTagNameAndAttribute", ""},
                {"d41d8cd98f00b204e9800998ecf8427e", ""},
                {"eyJhbGciOiJIUzI1NiJ9abcdefgh.eyJzdWIiOiIxMjM0NTY3ODkwIn0.AAECAwQFBgcICQoLDA0ODw",
                 ""},
                {"printf(\"%d %02x 100%\\n\") && x &amp; y \\u4f60", ""},
        };
        struct seen s = {0};

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                (void)open_text(&s, cases[i].text, strlen(cases[i].text));
                assert_string_equal(s.text.data ? s.text.data : "", cases[i].opened);
        }
        buffer_done(&s.text);
}

static void bytes_know_where_they_come_from(void **state)
{
        struct seen s = {0};
        static const char text[] = "\x01\0k\0e\0y\0 \0=\0 \0s\0o\0m\0e\0t\0h\0i\0n\0g\0\x02\x03";

        (void)state;
        (void)open_text(&s, text, sizeof(text) - 1);
        assert_string_equal(s.text.data, "UTF-16 between bytes=key = something;");
        assert_true(s.mapped);
        buffer_done(&s.text);
}

/* Four MiB of base64 in one run: read in pieces, and each byte is one piece's. */
static void a_long_value_is_read_in_pieces(void **state)
{
        const size_t n = (size_t)3 << 20;
        uint8_t *plain = malloc(n);
        char *text = malloc(BASE64_ENCODE_RAW_LENGTH(n) + 1);
        struct seen s = {0};

        (void)state;
        assert_non_null(plain);
        assert_non_null(text);
        for (size_t i = 0; i < n; i++)
                plain[i] = (uint8_t)('a' + i % 26);
        base64_encode_raw(text, n, plain);
        struct decode_budget budget = open_text(&s, text, BASE64_ENCODE_RAW_LENGTH(n));
        assert_true(s.values > 5);
        assert_int_equal(s.taken, n);
        assert_false(budget.capped);
        free(text);
        free(plain);
        buffer_done(&s.text);
}

static void what_is_too_much_is_left_and_told(void **state)
{
        struct seen s = {0};
        struct buffer b = {.max = (size_t)64 << 20};

        (void)state;
        for (unsigned i = 0; i < DECODE_VALUES + 10; i++)
                buffer_puts(&b, "aGVyZSBpcyBzb21lIHRleHQ ");
        struct decode_budget budget = open_text(&s, b.data, b.len);
        assert_int_equal(s.values, DECODE_VALUES);
        assert_true(budget.capped);
        buffer_done(&b);
        buffer_done(&s.text);
}

static size_t pack(const uint8_t *plain, size_t n, uint8_t *ret, size_t room)
{
        z_stream z = {.avail_in = (uInt)n, .avail_out = (uInt)room, .next_out = ret};

        z.next_in = (z_const Bytef *)(uintptr_t)plain;
        assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
                         Z_OK);
        assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
        (void)deflateEnd(&z);
        return room - z.avail_out;
}

static bool unpack(struct seen *s, const uint8_t *data, size_t n, struct decode_budget *budget)
{
        const struct decode_request r = {
                .text = data, .n = n, .budget = budget, .fn = on_value, .userdata = s};
        bool whole = false;

        *s = (struct seen){.text.max = (size_t)64 << 20};
        *budget = (struct decode_budget){0};
        assert_int_equal(decode_gzip(&r, &whole), 0);
        buffer_done(&s->text);
        return whole;
}

static void a_small_gzip_is_unpacked_and_a_bomb_is_left(void **state)
{
        const size_t n = (size_t)20 << 20;
        uint8_t *plain = calloc(1, n);
        static uint8_t packed[64 << 10];
        struct decode_budget budget;
        struct seen s;

        (void)state;
        assert_non_null(plain);
        size_t size =
                pack((const uint8_t *)"a text of some length, packed", 29, packed, sizeof(packed));
        assert_true(unpack(&s, packed, size, &budget));
        assert_int_equal(s.bytes, 29);
        assert_false(s.mapped);
        /* two members */
        size_t more = pack((const uint8_t *)"more", 4, packed + size, sizeof(packed) - size);
        assert_true(unpack(&s, packed, size + more, &budget));
        assert_int_equal(s.bytes, 33);
        /* cut and damaged: what there is, but not all */
        assert_false(unpack(&s, packed, size - 9, &budget));
        assert_false(unpack(&s, packed, 4, &budget));
        size = pack(plain, n, packed, sizeof(packed));
        assert_false(unpack(&s, packed, size, &budget));
        assert_true(budget.capped);
        assert_true(s.bytes <= DECODE_INFLATED_MAX);
        assert_true(s.bytes <= size * DECODE_INFLATE_RATIO);
        free(plain);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_encoding_is_read),
                cmocka_unit_test(bytes_know_where_they_come_from),
                cmocka_unit_test(a_long_value_is_read_in_pieces),
                cmocka_unit_test(what_is_too_much_is_left_and_told),
                cmocka_unit_test(a_small_gzip_is_unpacked_and_a_bomb_is_left),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
