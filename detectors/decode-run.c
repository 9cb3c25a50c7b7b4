/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading base64 and hex, in one line or wrapped, and UTF-16 that stands between bytes.
 *
 * Must not own: looking for runs of them (decode.c), except for UTF-16, which no other decoder's
 * characters show.
 *
 * A value is opened if its beginning holds text, a gzip or UTF-16, and up to where it stops to. A
 * wrapped one is followed over its line breaks, real ones and those that are written "\n" in a
 * string, if the line before is as long as wrapped lines are and the next one holds nothing else.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/decode-internal.h"

#define PROBE 24u     /* bytes of plain text that tell what a value is */
#define WRAPPED 32u   /* characters: the shortest line that goes on in the next one */
#define STARTS_MAX 8u /* places in one run where a value could begin */
#define UTF16_MIN 12u /* characters */

/* --- line breaks in a value ---- */

/* Whether a line of a wrapped value may end with the run that ends at `at`. */
static bool line_is_full(const struct decoder *d, size_t at)
{
        if (at < WRAPPED)
                return false;
        for (size_t i = at - WRAPPED; i < at; i++)
                if (!decode_is_base64(d->src[i]))
                        return false;
        return true;
}

/* Skips one line break, as it is or as an escape, or returns `at`. */
static size_t skip_break(const struct decoder *d, size_t at, size_t end)
{
        const uint8_t *s = d->src;
        size_t i = at;

        if (i < end && s[i] == '\\' && i + 1 < end && (s[i + 1] == '\n' || s[i + 1] == '\r'))
                i++;
        if (i < end && s[i] == '\r')
                i++;
        if (i < end && s[i] == '\n')
                i++;
        if (i > at)
                return i;
        if (i + 4 <= end && memcmp(s + i, "\\r\\n", 4) == 0)
                return i + 4;
        return i + 2 <= end && memcmp(s + i, "\\n", 2) == 0 ? i + 2 : at;
}

/* Where a wrapped value goes on behind its line that ends at `at`; 0 if it does not. */
static size_t next_line(const struct decoder *d, size_t at, size_t end)
{
        static const char behind[] = "=\r\n\"'`\\,;)<]}";
        size_t i = at;

        if (!line_is_full(d, at))
                return 0;
        while (i < end && (d->src[i] == ' ' || d->src[i] == '\t'))
                i++;
        size_t broken = skip_break(d, i, end);
        if (broken == i)
                return 0;
        for (i = broken; i < end && (d->src[i] == ' ' || d->src[i] == '\t');)
                i++;
        size_t run = i;
        while (i < end && decode_is_base64(d->src[i]))
                i++;
        if (i == run)
                return 0;
        return i == end || memchr(behind, d->src[i], sizeof(behind) - 1) ? run : 0;
}

/* --- fillers ---- */

/* Puts a quantum's bytes; returns how many of them were taken. */
static unsigned put_quantum(struct decoder *d, uint32_t bits, const size_t *from, unsigned n,
                            bool wide)
{
        for (unsigned i = 0; i < n; i++) {
                uint8_t c = (uint8_t)(bits >> (16 - 8 * i));

                if (wide && c == 0)
                        continue;
                if (!decode_is_text(c))
                        return i;
                decoder_put(d, c, from[i]);
        }
        return n;
}

static size_t fill_base64_as(struct decoder *d, size_t at, size_t end, bool *ret_more, bool wide)
{
        size_t from[4] = {0}, i = at;
        uint32_t bits = 0;
        unsigned k = 0;

        while (i < end) {
                int digit = decode_base64_digit(d->src[i]);

                if (digit < 0) {
                        size_t next = next_line(d, i, end);
                        if (next == 0)
                                break;
                        i = next;
                        continue;
                }
                if (k == 0 && !decoder_room(d, i)) {
                        *ret_more = true;
                        return i;
                }
                from[k++] = i++;
                bits = bits << 6 | (uint32_t)digit;
                if (k < 4)
                        continue;
                unsigned taken = put_quantum(d, bits, from, 3, wide);
                if (taken < 3)
                        return from[taken];
                k = bits = 0;
        }
        if (k > 1)
                (void)put_quantum(d, bits << (6 * (4 - k)), from, k - 1, wide);
        return i;
}

static size_t fill_base64(struct decoder *d, size_t at, size_t end, bool *ret_more)
{
        return fill_base64_as(d, at, end, ret_more, false);
}

static size_t fill_base64_wide(struct decoder *d, size_t at, size_t end, bool *ret_more)
{
        return fill_base64_as(d, at, end, ret_more, true);
}

static size_t fill_hex(struct decoder *d, size_t at, size_t end, bool *ret_more)
{
        size_t from = 0, i = at;
        int high = -1;

        while (i < end) {
                int digit = decode_hex_digit(d->src[i]);

                if (digit < 0) {
                        size_t next = next_line(d, i, end);
                        if (next == 0)
                                break;
                        i = next;
                        continue;
                }
                if (high < 0) {
                        if (!decoder_room(d, i)) {
                                *ret_more = true;
                                return i;
                        }
                        from = i++;
                        high = digit;
                        continue;
                }
                uint8_t c = (uint8_t)(high << 4 | digit);
                if (!decode_is_text(c))
                        return from;
                decoder_put(d, c, from);
                high = -1;
                i++;
        }
        return i;
}

static const struct decode_kind base64 = {"base64", fill_base64, false, false};
static const struct decode_kind base64_wide = {"UTF-16 in base64", fill_base64_wide, false, false};
static const struct decode_kind hex = {"hex", fill_hex, false, false};

/* --- what a run holds ---- */

/* Bytes of UTF-8 text: what is no UTF-8 is no text either. */
static bool is_text(const uint8_t *s, size_t n)
{
        for (size_t i = 0; i < n;) {
                unsigned more = s[i] < 0x80   ? 0
                                : s[i] < 0xc2 ? 4
                                : s[i] < 0xe0 ? 1
                                : s[i] < 0xf0 ? 2
                                              : 3;

                if (!decode_is_text(s[i]) || more == 4)
                        return false;
                for (i++; more > 0 && i < n; more--, i++)
                        if ((s[i] & 0xc0) != 0x80)
                                return false;
        }
        return n > 0;
}

static bool is_wide_text(const uint8_t *s, size_t n)
{
        if (n >= 2 && ((s[0] == 0xff && s[1] == 0xfe) || (s[0] == 0xfe && s[1] == 0xff)))
                return true;
        if (n < 8)
                return false;
        for (size_t i = 0; i + 1 < n; i += 2)
                if (s[i] == 0 || !decode_is_text(s[i]) || s[i + 1] != 0)
                        return false;
        return true;
}

static size_t probe_base64(const uint8_t *s, size_t n, uint8_t ret[static PROBE])
{
        size_t used = 0;

        for (size_t i = 0; i + 4 <= n && used + 3 <= PROBE; i += 4) {
                uint32_t bits = 0;

                for (size_t k = 0; k < 4; k++)
                        bits = bits << 6 | (uint32_t)decode_base64_digit(s[i + k]);
                ret[used++] = (uint8_t)(bits >> 16);
                ret[used++] = (uint8_t)(bits >> 8);
                ret[used++] = (uint8_t)bits;
        }
        return used;
}

static bool probe_hex(const uint8_t *s, size_t n)
{
        uint8_t plain[PROBE];
        size_t used = 0;

        for (size_t i = 0; i + 2 <= n && used < PROBE; i += 2) {
                int high = decode_hex_digit(s[i]), low = decode_hex_digit(s[i + 1]);

                if (high < 0 || low < 0)
                        break;
                plain[used++] = (uint8_t)(high << 4 | low);
        }
        return used >= DECODE_HEX_MIN / 2 && is_text(plain, used);
}

/* A gzip in base64 is small enough to be unpacked as one. */
static size_t base64_gzip(struct decoder *d, size_t at, size_t end)
{
        size_t room = MIN_OF(end - at, DECODE_INFLATED_MAX), used = 0, i = at;
        _cleanup_free_ uint8_t *packed = malloc(room + 3);
        uint32_t bits = 0;
        unsigned k = 0;

        if (!packed) {
                d->error = -ENOMEM;
                return end;
        }
        while (i < end && used + 3 <= room) {
                int digit = decode_base64_digit(d->src[i]);
                size_t next = digit < 0 ? next_line(d, i, end) : i + 1;

                if (next == 0)
                        break;
                i = next;
                if (digit < 0)
                        continue;
                bits = bits << 6 | (uint32_t)digit;
                if (++k < 4)
                        continue;
                for (unsigned b = 0; b < 3; b++)
                        packed[used++] = (uint8_t)(bits >> (16 - 8 * b));
                k = bits = 0;
        }
        for (unsigned b = 0; b + 1 < k; b++)
                packed[used++] = (uint8_t)(bits << (6 * (4 - k)) >> (16 - 8 * b));
        (void)decode_inflate(d, "gzip in base64", packed, used, at, i);
        return i;
}

/* Whether a run that begins so can hold anything that is opened; most names in source cannot. */
static bool may_open(const uint8_t s[static 4])
{
        uint32_t bits = 0;
        bool hex_digits = true;

        for (unsigned i = 0; i < 4; i++) {
                bits = bits << 6 | (uint32_t)decode_base64_digit(s[i]);
                hex_digits = hex_digits && decode_hex_digit(s[i]) >= 0;
        }
        const uint8_t plain[3] = {(uint8_t)(bits >> 16), (uint8_t)(bits >> 8), (uint8_t)bits};
        bool wide = plain[0] >= 0xfe || (decode_is_text(plain[0]) && plain[1] == 0);
        return hex_digits || wide || is_text(plain, sizeof(plain)) ||
               memcmp(plain, "\x1f\x8b\x08", 3) == 0;
}

/* Opens what begins at src[at]; returns where it ends, or `at` if nothing does. */
static size_t open_at(struct decoder *d, size_t at, size_t end)
{
        uint8_t plain[PROBE];

        if (!may_open(d->src + at))
                return at;
        size_t n = probe_base64(d->src + at, end - at, plain);
        if (n >= 3 && memcmp(plain, "\x1f\x8b\x08", 3) == 0)
                return base64_gzip(d, at, d->n);
        if (probe_hex(d->src + at, end - at))
                return decoder_run(d, &hex, at, d->n);
        if (n < DECODE_BASE64_MIN / 4 * 3)
                return at;
        if (is_text(plain, n))
                return decoder_run(d, &base64, at, d->n);
        if (is_wide_text(plain, n))
                return decoder_run(d, &base64_wide, at, d->n);
        return at;
}

/* Where a value could begin in a run (of at least MIN): at its beginning; behind "0x"; behind what
 * parts a path or a name; and anywhere in a quantum, if the run goes on from before the text. */
static unsigned starts(const struct decoder *d, size_t begin, size_t end, size_t *ret)
{
        size_t look = MIN_OF(end - begin - DECODE_BASE64_MIN + 1, 64u);
        unsigned n = 0;

        ret[n++] = begin;
        if (begin == 0 && d->request->continued)
                for (size_t i = 1; i < 4; i++)
                        ret[n++] = i;
        if (look > 2 && d->src[begin] == '0' && (d->src[begin + 1] | 0x20) == 'x')
                ret[n++] = begin + 2;
        for (size_t i = begin; i + 1 < begin + look && n < STARTS_MAX; i++)
                if (decode_base64_digit(d->src[i]) >= 62)
                        ret[n++] = i + 1;
        return n;
}

size_t decode_base64_run(struct decoder *d, size_t begin, size_t end)
{
        size_t at[STARTS_MAX];

        /* header and claims of a token are that token's own */
        if (end - begin > 3 && memcmp(d->src + begin, "eyJ", 3) == 0 &&
            ((begin > 0 && d->src[begin - 1] == '.') || (end < d->n && d->src[end] == '.')))
                return end;
        unsigned n = starts(d, begin, end, at);
        for (unsigned i = 0; i < n && at[i] + DECODE_BASE64_MIN <= end; i++) {
                size_t stop = open_at(d, at[i], end);

                if (stop > at[i])
                        return MAX_OF(stop, end);
        }
        return end;
}

void decode_base64_value(struct decoder *d, const char *what, const char *prefix, size_t at,
                         size_t end)
{
        uint8_t plain[PROBE];
        size_t n = probe_base64(d->src + at, end - at, plain);
        bool more = false;

        if (at >= end || !decoder_ready(d))
                return;
        /* the run is met and unpacked as any other */
        if (n >= 3 && memcmp(plain, "\x1f\x8b\x08", 3) == 0)
                return;
        d->used = d->resume_used = 0;
        for (const char *p = prefix; *p; p++)
                decoder_put(d, (uint8_t)*p, at);
        size_t stop = fill_base64(d, at, end, &more);
        d->map[d->used] = (uint32_t)stop;
        if (stop > at && decoder_charge(d, d->used))
                d->request->fn(d->request->userdata, &(struct decoded){.what = what,
                                                                       .text = d->text,
                                                                       .n = d->used,
                                                                       .map = d->map,
                                                                       .begin = at,
                                                                       .end = stop,
                                                                       .take_to = SIZE_MAX});
        explicit_bzero(d->text, d->used);
}

/* --- UTF-16 between bytes ---- */

static size_t fill_wide(struct decoder *d, size_t at, size_t end, bool *ret_more)
{
        size_t i = at;

        /* text[at] is a character, text[at + 1] its zero; in the other order the zero of the next
         * one */
        for (; i + 1 < end; i += 2) {
                if (!decoder_room(d, i)) {
                        *ret_more = true;
                        break;
                }
                decoder_put(d, d->src[i], i);
        }
        return i;
}

static bool is_wide_unit(const struct decoder *d, size_t i)
{
        return i + 1 < d->n && d->src[i] != 0 && d->src[i] < 0x7f && decode_is_text(d->src[i]) &&
               d->src[i + 1] == 0;
}

/* Whether eight bytes are four units of one byte order; any run that is long enough has such eight
 * at a place that is divisible by eight. */
static bool looks_wide(const uint8_t s[static 8])
{
        uint64_t even = 0, word;

        memset(&even, 0xff, sizeof(even));
        for (unsigned i = 1; i < 8; i += 2)
                ((uint8_t *)&even)[i] = 0;
        memcpy(&word, s, sizeof(word));
        return word != 0 && ((word & even) == 0 || (word & ~even) == 0);
}

/* Reads the run around src[at]; returns where it ends, or `at` if there is none. */
static size_t wide_run(struct decoder *d, size_t from, size_t at)
{
        static const struct decode_kind wide = {"UTF-16 between bytes", fill_wide, false, false};
        size_t begin = is_wide_unit(d, at) ? at : at + 1, end = begin;

        if (!is_wide_unit(d, begin))
                return at;
        while (begin >= from + 2 && is_wide_unit(d, begin - 2))
                begin -= 2;
        while (is_wide_unit(d, end))
                end += 2;
        /* big-endian: the last character has no zero behind it */
        if (end + 1 == d->n && decode_is_text(d->src[end]) && d->src[end] < 0x7f)
                end += 2;
        if (end - begin >= 2 * UTF16_MIN)
                (void)decoder_run(d, &wide, begin, MIN_OF(end, d->n));
        return end;
}

void decode_utf16_runs(struct decoder *d)
{
        size_t done = 0;

        for (size_t i = 0; i + 8 <= d->n; i += 8) {
                if (i < done || !looks_wide(d->src + i))
                        continue;
                size_t end = wide_run(d, done, i);
                done = MAX_OF(done, end);
        }
}
