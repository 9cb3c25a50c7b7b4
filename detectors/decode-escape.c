/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: text in which single characters are written otherwise: percent-encoding, escapes of string
 * literals (JSON, YAML, source), character references of HTML and XML, quoted-printable.
 *
 * Must not own: what language a file is in. Escapes are read wherever they stand: in a file that
 * does not mean them so this gives a second text, and costs time.
 *
 * Only what can hide a secret begins a region: a character that a pattern asks for and that is not
 * there as it is written. The region takes some text on both sides with it, since a name often
 * stands before the value, and goes on as long as the next escape is not far.
 */
#include <string.h>

#include "common/base/macros.h"
#include "detectors/decode-internal.h"

#define AROUND ((size_t)512) /* bytes of text that a region takes with it, before and behind */

/* One written character: how long it is, and what it means. */
struct escape {
        size_t width;  /* bytes in the source; 0: it is none */
        uint32_t c;    /* the character; NOTHING for a break that is not there */
        bool decisive; /* a pattern would not see through it */
};
#define NOTHING UINT32_MAX

typedef struct escape (*escape_fn)(const uint8_t *s, size_t n);

static bool is_ascii(uint32_t c)
{
        return c < 0x7f && decode_is_text((uint8_t)c);
}

static bool is_word(uint8_t c)
{
        return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
}

/* Reads `want` hexadecimal digits. */
static bool read_hex(const uint8_t *s, size_t n, unsigned want, uint32_t *ret)
{
        uint32_t c = 0;

        if (n < want)
                return false;
        for (unsigned i = 0; i < want; i++) {
                int digit = decode_hex_digit(s[i]);
                if (digit < 0)
                        return false;
                c = c << 4 | (uint32_t)digit;
        }
        *ret = c;
        return true;
}

static struct escape coded(size_t width, uint32_t c)
{
        return (struct escape){width, c, is_ascii(c)};
}

/* --- percent-encoding and quoted-printable ---- */

static struct escape percent(const uint8_t *s, size_t n)
{
        uint32_t c;

        return n >= 3 && read_hex(s + 1, n - 1, 2, &c) && c != 0 ? coded(3, c) : (struct escape){0};
}

static struct escape quoted_printable(const uint8_t *s, size_t n)
{
        uint32_t c;

        if (n >= 2 && s[1] == '\n')
                return (struct escape){2, NOTHING, true};
        if (n >= 3 && s[1] == '\r' && s[2] == '\n')
                return (struct escape){3, NOTHING, true};
        return n >= 3 && read_hex(s + 1, n - 1, 2, &c) && c != 0 ? coded(3, c) : (struct escape){0};
}

/* --- escapes of strings ---- */

static struct escape unicode(const uint8_t *s, size_t n)
{
        uint32_t c = 0;
        size_t i = 3;

        if (s[1] == 'U')
                return read_hex(s + 2, n - 2, 8, &c) ? coded(10, c) : (struct escape){0};
        if (n < 4 || s[2] != '{')
                return read_hex(s + 2, n - 2, 4, &c) ? coded(6, c) : (struct escape){0};
        for (; i < n && i < 9 && decode_hex_digit(s[i]) >= 0; i++)
                c = c << 4 | (uint32_t)decode_hex_digit(s[i]);
        return i > 3 && i < n && s[i] == '}' ? coded(i + 1, c) : (struct escape){0};
}

static struct escape octal(const uint8_t *s, size_t n)
{
        if (n < 4 || s[1] > '1' || s[2] < '0' || s[2] > '7' || s[3] < '0' || s[3] > '7')
                return (struct escape){0};
        return coded(4, (uint32_t)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0')));
}

static struct escape backslash(const uint8_t *s, size_t n)
{
        uint32_t c;

        if (n < 2)
                return (struct escape){0};
        switch (s[1]) {
        case 'u':
        case 'U':
                return unicode(s, n);
        case 'x':
                return read_hex(s + 2, n - 2, 2, &c) ? coded(4, c) : (struct escape){0};
        case '0':
        case '1':
                return octal(s, n);
        /* the letter joins the word behind it: "\nghp_…"; and what is indented goes on from the
         * line before: "github:\n  token: …", "tokens:\n- …" */
        case 'n':
                return (struct escape){2, '\n',
                                       n > 2 && (is_word(s[2]) || s[2] == ' ' ||
                                                 (s[2] == '-' && n > 3 && s[3] == ' '))};
        case 't':
                return (struct escape){2, '\t', n > 2 && is_word(s[2])};
        case 'r':
                return (struct escape){2, '\r', n > 2 && is_word(s[2])};
        case '/':
                return (struct escape){2, '/', true};
        /* JSON or source in a string: {\"password\": \"…\"} */
        case '"':
                return (struct escape){2, '"', true};
        case '\'':
        case '\\':
                return (struct escape){2, s[1], false};
        default:
                return (struct escape){0};
        }
}

/* --- character references ---- */

static struct escape numbered(const uint8_t *s, size_t n)
{
        bool hex = n > 3 && (s[2] | 0x20) == 'x';
        size_t first = hex ? 3 : 2, i = first;
        uint32_t c = 0;

        for (; i < n && i < first + 7; i++) {
                int digit = decode_hex_digit(s[i]);

                if (digit < 0 || (!hex && digit > 9))
                        break;
                c = c * (hex ? 16u : 10u) + (uint32_t)digit;
        }
        return i > first && i < n && s[i] == ';' && c != 0 ? coded(i + 1, c) : (struct escape){0};
}

static struct escape reference(const uint8_t *s, size_t n)
{
        static const struct {
                const char *name;
                uint8_t c;
                bool decisive;
        } names[] = {
                {"&amp;", '&', false},   {"&lt;", '<', false},    {"&gt;", '>', false},
                {"&quot;", '"', true},   {"&apos;", '\'', true},  {"&nbsp;", ' ', false},
                {"&equals;", '=', true}, {"&colon;", ':', true},  {"&sol;", '/', true},
                {"&num;", '#', true},    {"&commat;", '@', true}, {"&lowbar;", '_', true},
                {"&period;", '.', true}, {"&plus;", '+', true},   {"&NewLine;", '\n', true},
                {"&Tab;", '\t', true},
        };

        if (n > 2 && s[1] == '#')
                return numbered(s, n);
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                size_t width = strlen(names[i].name);

                if (n >= width && memcmp(s, names[i].name, width) == 0)
                        return (struct escape){width, names[i].c, names[i].decisive};
        }
        return (struct escape){0};
}

/* --- regions ---- */

static void put_char(struct decoder *d, uint32_t c, size_t from, bool bytes)
{
        if (c == NOTHING)
                return;
        /* what is coded byte by byte is UTF-8 already */
        if (c < 0x80 || (bytes && c < 0x100))
                decoder_put(d, (uint8_t)c, from);
        else if (c < 0x800) {
                decoder_put(d, (uint8_t)(0xc0 | c >> 6), from);
                decoder_put(d, (uint8_t)(0x80 | (c & 0x3f)), from);
        } else
                decoder_put(d, '?', from);
}

static size_t fill(struct decoder *d, size_t at, size_t end, bool *ret_more, uint8_t lead,
                   escape_fn read)
{
        while (at < end) {
                struct escape e = {0};

                if (!decoder_room(d, at)) {
                        *ret_more = true;
                        break;
                }
                if (d->src[at] == lead)
                        e = read(d->src + at, end - at);
                if (e.width > 0)
                        put_char(d, e.c, at, lead != '&');
                else
                        decoder_put(d, d->src[at], at);
                at += MAX_OF(e.width, (size_t)1);
        }
        return at;
}

static size_t fill_percent(struct decoder *d, size_t at, size_t end, bool *ret_more)
{
        return fill(d, at, end, ret_more, '%', percent);
}

static size_t fill_backslash(struct decoder *d, size_t at, size_t end, bool *ret_more)
{
        return fill(d, at, end, ret_more, '\\', backslash);
}

static size_t fill_reference(struct decoder *d, size_t at, size_t end, bool *ret_more)
{
        return fill(d, at, end, ret_more, '&', reference);
}

static size_t fill_quoted_printable(struct decoder *d, size_t at, size_t end, bool *ret_more)
{
        return fill(d, at, end, ret_more, '=', quoted_printable);
}

/* The next character that begins a region, from `at` on; n if there is none. */
static size_t next_decisive(const struct decoder *d, size_t at, size_t limit, uint8_t lead,
                            escape_fn read)
{
        while (at < limit) {
                const uint8_t *p = memchr(d->src + at, lead, limit - at);

                if (!p)
                        return limit;
                at = (size_t)(p - d->src);
                struct escape e = read(p, d->n - at);
                if (e.decisive)
                        return at;
                at += MAX_OF(e.width, (size_t)1);
        }
        return limit;
}

static void regions(struct decoder *d, const struct decode_kind *kind, size_t from, uint8_t lead,
                    escape_fn read)
{
        size_t at = next_decisive(d, from, d->n, lead, read), done = from;

        while (at < d->n) {
                size_t begin = at - done > AROUND ? at - AROUND : done, last = at;

                for (;;) {
                        size_t limit = MIN_OF(last + 1 + AROUND, d->n);
                        size_t next =
                                next_decisive(d, last + read(d->src + last, d->n - last).width,
                                              limit, lead, read);

                        if (next >= limit)
                                break;
                        last = next;
                }
                size_t end = MIN_OF(last + 1 + AROUND, d->n);
                (void)decoder_run(d, kind, begin, end);
                done = last;
                at = next_decisive(d, end, d->n, lead, read);
        }
}

/* Where the text says that it is quoted-printable; n if it does not. The hyphen is the rarest of
 * the words' characters. */
static size_t find_announcement(const uint8_t *s, size_t n)
{
        static const char *const words[] = {"quoted-printable", "Quoted-Printable",
                                            "QUOTED-PRINTABLE"};
        static const size_t before = 6, length = 16;

        for (const uint8_t *p = s; (p = memchr(p, '-', n - (size_t)(p - s))); p++)
                for (size_t i = 0; i < ELEMENTSOF(words); i++)
                        if ((size_t)(p - s) >= before && n - (size_t)(p - s) >= length - before &&
                            memcmp(p - before, words[i], length) == 0)
                                return (size_t)(p - s) - before;
        return n;
}

/* Quoted-printable has to be announced: "=3d" is common in code. */
static void mail(struct decoder *d)
{
        static const struct decode_kind kind = {"quoted-printable", fill_quoted_printable, true,
                                                true};
        size_t at = find_announcement(d->src, d->n);

        if (at < d->n)
                regions(d, &kind, at, '=', quoted_printable);
}

void decode_escapes(struct decoder *d)
{
        static const struct decode_kind percents = {"percent-encoded text", fill_percent, true,
                                                    false};
        static const struct decode_kind strings = {"text with escapes", fill_backslash, true,
                                                   false};
        static const struct decode_kind references = {"text with character references",
                                                      fill_reference, true, false};

        regions(d, &percents, 0, '%', percent);
        regions(d, &strings, 0, '\\', backslash);
        regions(d, &references, 0, '&', reference);
        mail(d);
}
