/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: words that do not stand in the text as they are written: in a string with escapes, in
 * adjacent strings that are one, and cut in two by whoever joins strings. Does not own: the table
 * (words.c), how an escape is read (tokens-string.c).
 *
 * It is not known here what is a string: any backslash may begin an escape, and any quote may stand
 * between two strings. What is found so may be none, and costs the reading of a file; what is not
 * found cannot be there.
 */
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"
#include "detectors/source/tokens.h"
#include "detectors/source/words-internal.h"

#define GAP_MAX 4096u /* bytes between two strings; beyond them nothing is ruled out */

/* A text in which a name is put together. */
struct odd {
        const char *s;
        size_t n;
        uint32_t flags; /* enum language_flag */
        const struct words *words;
        char name[256];
        size_t used;
        struct word_set *found;
};

/* What names and their keys consist of. */
static bool is_part(char c)
{
        return words_is_name((uint8_t)c) || c == '.' || c == '-';
}

/* What is longer than any word is looked at piece by piece. */
static void put(struct odd *o, char c)
{
        if (o->used == sizeof(o->name)) {
                words_look_plain(o->words, o->name, o->used, o->found);
                o->used = WORDS_LONGEST;
                memmove(o->name, o->name + sizeof(o->name) - o->used, o->used);
        }
        o->name[o->used++] = c;
}

/* Behind the comment that begins at `at`, or behind as much of it as is looked at, or `at`. */
static size_t pass_comment(const struct odd *o, size_t at)
{
        if (!(o->flags & LANGUAGE_HASH_COMMENT) || o->s[at] != '#')
                return at;
        size_t look_at = MIN_OF(o->n - at, (size_t)GAP_MAX);
        const char *end = memchr(o->s + at, '\n', look_at);
        return end ? (size_t)(end - o->s) : at + look_at;
}

static bool is_quote(char c)
{
        return c == '"' || c == '\'';
}

/* Bytes of r, b, f before a quote at s[at]; 0 if there are none. */
static size_t prefix_at(const struct odd *o, size_t at)
{
        size_t i = at;

        while (i < o->n && i < at + 3 && o->s[i] && strchr("rRbBuUfFtT", o->s[i]))
                i++;
        return i < o->n && is_quote(o->s[i]) ? i - at : 0;
}

/* Behind what may stand between two strings at s[at]; `at` if it is nothing of that. */
static size_t pass_gap(const struct odd *o, size_t at)
{
        char c = o->s[at];

        if (strchr(" \t\r\n\f\v", c) ||
            (c == '\\' && at + 1 < o->n && strchr("\r\n", o->s[at + 1])))
                return at + 1;
        size_t behind = pass_comment(o, at);
        return behind > at ? behind : at + prefix_at(o, at);
}

/* Where the next string's text begins, if s[at] is the quote with which one ends that it is joined
 * to; else 0. Behind an odd number of further quotes one is in a string: each that ends, or is
 * empty, has had one quote and another, or thrice as many. */
static size_t next_string(struct odd *o, size_t at)
{
        size_t i = at + 1, quotes = 0;

        while (i < o->n && i - at < GAP_MAX) {
                if (is_quote(o->s[i])) {
                        quotes++;
                        i++;
                        continue;
                }
                if (quotes % 2 == 1)
                        return i;
                size_t behind = pass_gap(o, i);
                if (behind == i)
                        return 0;
                i = behind;
        }
        o->found->all |= i < o->n;
        return 0;
}

/* Where the name goes on that an escape or the end of a string at s[at] may be in the midst of; 0
 * if it does not. *ret is the character that the escape stands for, or '\0'. */
static size_t pass_odd(struct odd *o, size_t at, char *ret)
{
        char text[4];
        size_t written = 0;

        *ret = '\0';
        if (is_quote(o->s[at]))
                return o->flags & LANGUAGE_JOINED ? next_string(o, at) : 0;
        if (o->s[at] != '\\' || at + 1 >= o->n)
                return 0;
        size_t read = token_escape(o->s + at + 1, o->n - at - 1, text, &written);
        if (written > 1 || (written == 1 && !is_part(text[0])))
                return 0;
        *ret = written ? text[0] : '\0';
        o->found->escaped |= read > 1;
        return at + 1 + read;
}

/* Puts together the name that s[at] is in the midst of. Returns where to go on, `at` if it is in
 * the midst of none. */
static size_t put_together(struct odd *o, size_t at)
{
        size_t begin = at;
        char c;

        if (!pass_odd(o, at, &c))
                return at;
        o->used = 0;
        while (begin > 0 && at - begin < WORDS_LONGEST && is_part(o->s[begin - 1]))
                begin--;
        for (size_t k = begin; k < at; k++)
                put(o, o->s[k]);
        while (at < o->n && !o->found->all) {
                size_t next = at + 1;

                c = o->s[at];
                if (!is_part(c))
                        next = pass_odd(o, at, &c);
                if (next == 0)
                        break;
                if (c)
                        put(o, c);
                at = next;
        }
        words_look_plain(o->words, o->name, o->used, o->found);
        return at;
}

/* Each place with that byte. */
static void look_at(struct odd *o, char byte)
{
        size_t at = 0;

        while (at < o->n && !o->found->all) {
                const char *p = memchr(o->s + at, byte, o->n - at);

                if (!p)
                        return;
                at = (size_t)(p - o->s);
                /* a string that ends without a part of a name is no piece of one */
                if (byte != '\\' && (at == 0 || !is_part(o->s[at - 1]))) {
                        at++;
                        continue;
                }
                size_t behind = put_together(o, at);
                at = behind > at ? behind : at + 1 + (byte == '\\');
        }
}

void words_look_odd(const struct words *w, enum language language, const char *data, size_t n,
                    struct word_set *found)
{
        struct odd o = {
                .s = data, .n = n, .flags = language_flags(language), .words = w, .found = found};

        look_at(&o, '\\');
        if (!(o.flags & LANGUAGE_JOINED))
                return;
        look_at(&o, '"');
        look_at(&o, '\'');
}

/* --- strings that are joined ---- */

/* What may end or begin a string, or stands beside what an escape leaves of it. */
static void limits_of(uint32_t flags, bool ret[static 256])
{
        for (unsigned c = 0; c < 256; c++)
                /* %q(…) and documents in these languages */
                ret[c] = flags & LANGUAGE_HEREDOC ? !words_is_name((uint8_t)c)
                                                  : c > 0 && c < 128 && strchr("\"'`\\", (int)c);
}

/* The characters of a word, and its ends, as if case did not count. */
static bool same(const char *a, const char *b, size_t n)
{
        return strncasecmp(a, b, n) == 0;
}

/* The word's beginning stands before s[at]. */
static bool begins_before(const struct words_entry *w, const char *s, size_t at)
{
        for (size_t k = at > 0 && words_is_name((uint8_t)s[at - 1]) ? MIN_OF((size_t)w->n - 1, at)
                                                                    : 0;
             k > 0; k--)
                if (((uint8_t)(s[at - 1] ^ w->text[k - 1]) & 0xdf) == 0 &&
                    same(s + at - k, w->text, k) &&
                    !((w->flags & WORDS_BEGINS) && at > k && words_is_name((uint8_t)s[at - k - 1])))
                        return true;
        return false;
}

/* The word's end stands at s[at]. */
static bool ends_at(const struct words_entry *w, const char *s, size_t at, size_t n)
{
        for (size_t k = at < n && words_is_name((uint8_t)s[at]) ? MIN_OF((size_t)w->n - 1, n - at)
                                                                : 0;
             k > 0; k--)
                if (((uint8_t)(s[at] ^ w->text[w->n - k]) & 0xdf) == 0 &&
                    same(s + at, w->text + w->n - k, k) &&
                    !((w->flags & WORDS_ENDS) && at + k < n && words_is_name((uint8_t)s[at + k])))
                        return true;
        return false;
}

bool words_is_cut(const struct words_entry *w, enum language language, const char *data, size_t n)
{
        bool begins = false, ends = false, limits[256];

        limits_of(language_flags(language), limits);
        for (size_t i = 0; i < n && !(begins && ends); i++) {
                if (!limits[(uint8_t)data[i]])
                        continue;
                begins = begins || begins_before(w, data, i);
                ends = ends || ends_at(w, data, i + 1, n) ||
                       (data[i] == '\\' && i + 1 < n && data[i + 1] == '\n' &&
                        ends_at(w, data, i + 2, n));
        }
        return begins && ends;
}
