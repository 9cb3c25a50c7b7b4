/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the table of words, and which of them a text holds as it is written. Does not own: names
 * that are written otherwise (words-odd.c), what the words are needed for (need.h).
 *
 * A word ends where a name ends, or where a name's part does (`_`, a capital): there, and only
 * there, the last three characters are looked up. Of a word that may go on in the text the first
 * three are, where a name begins. Nearly all of a text is passed over sixteen bytes at a time.
 */
#include "detectors/source/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "common/base/macros.h"
#include "detectors/source/words-internal.h"

#define BLOCK 16u
#define BLOCKS 4u /* at a time */

static bool is_small(uint8_t c)
{
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_capital(uint8_t c)
{
        return c >= 'A' && c <= 'Z';
}

/* Whether a name, or a part of one, ends between the two. */
static bool ends_between(uint8_t c, uint8_t next)
{
        return words_is_name(c) &&
               (!words_is_name(next) || next == '_' || (is_small(c) && is_capital(next)));
}

static unsigned hash(const char *last)
{
        uint32_t a = (uint8_t)last[0] | 0x20u, b = (uint8_t)last[1] | 0x20u,
                 c = (uint8_t)last[2] | 0x20u;

        return (a * 961 + b * 31 + c) % WORDS_BUCKETS;
}

/* Four characters, case ignored. */
static uint32_t folded(const char *s)
{
        uint32_t four;

        memcpy(&four, s, sizeof(four));
        return four | 0x20202020;
}

/* --- what may be looked up at all ---- */

/* It is looked up where it begins. */
static bool is_beginning(unsigned flags)
{
        return (flags & WORDS_BEGINS) && !(flags & WORDS_ENDS);
}

static unsigned filter_bit(uint32_t four)
{
        return (uint32_t)(four * 2654435761u) >> (32 - WORDS_FILTER_BITS);
}

static void filter_add(uint64_t *filter, uint32_t four)
{
        filter[filter_bit(four) / 64] |= UINT64_C(1) << filter_bit(four) % 64;
}

static bool filter_has(const uint64_t *filter, uint32_t four)
{
        return filter[filter_bit(four) / 64] >> filter_bit(four) % 64 & 1;
}

/* Of a word of three characters the fourth may be any, or any that is none of a name. */
static void filter_word(struct words *w, const char *s, size_t n, unsigned flags)
{
        bool beginning = is_beginning(flags), bound = (flags & WORDS_BEGINS) && !beginning;
        uint64_t *filter = beginning ? w->may_begin : w->may_end;
        char four[4];

        if (n > WORDS_LEAST) {
                filter_add(filter, folded(beginning ? s : s + n - 4));
                return;
        }
        memcpy(four + !beginning, s, WORDS_LEAST);
        for (unsigned c = 0; c < 256; c++) {
                four[beginning ? 3 : 0] = (char)c;
                if (!bound || !words_is_name((uint8_t)c))
                        filter_add(filter, folded(four));
        }
}

/* --- the table ---- */

int words_new(struct words **ret)
{
        struct words *w = calloc(1, sizeof(*w));

        if (!w)
                return -ENOMEM;
        *ret = w;
        return 0;
}

struct words *words_free(struct words *w)
{
        if (!w)
                return NULL;
        for (unsigned i = 0; i < w->n; i++)
                free(w->list[i].text);
        free(w);
        return NULL;
}

static bool is_word(const struct words_entry *w, const char *s, size_t n, unsigned flags)
{
        return w->n == n && w->flags == flags && memcmp(w->text, s, n) == 0;
}

/* Returns the word's number, WORDS_MAX if there is no room, -ENOMEM. */
static int word_id(struct words *w, const char *s, size_t n, unsigned flags)
{
        uint16_t *first = is_beginning(flags) ? &w->beginnings[hash(s)]
                                              : &w->endings[hash(s + n - WORDS_LEAST)];

        for (unsigned i = *first; i > 0; i = w->list[i - 1].next)
                if (is_word(&w->list[i - 1], s, n, flags))
                        return (int)i - 1;
        if (w->n == WORDS_MAX)
                return WORDS_MAX;
        char *text = strndup(s, n);
        if (!text)
                return -ENOMEM;
        w->list[w->n] = (struct words_entry){
                .text = text,
                .tail = n > WORDS_LEAST && !is_beginning(flags) ? folded(s + n - 4) : 0,
                .n = (uint16_t)n,
                .flags = (uint8_t)flags,
                .next = *first,
        };
        *first = (uint16_t)(w->n + 1);
        filter_word(w, s, n, flags);
        return (int)w->n++;
}

/* A name that may go on: as much of it as ends in the text, too. */
static size_t surely_ended(const char *s, size_t n, unsigned flags)
{
        for (size_t k = n; k-- > 1;) {
                uint8_t c = (uint8_t)s[k - 1], next = (uint8_t)s[k];

                if (next == '_' || (!(flags & WORDS_IGNORE_CASE) && ends_between(c, next)))
                        return k;
        }
        return 0;
}

static int add_name(struct words *w, const char *s, size_t n, unsigned flags,
                    struct word_term *term)
{
        size_t k = flags & (WORDS_BEGINS | WORDS_ENDS) ? n : surely_ended(s, n, flags);

        if (k < WORDS_LEAST || k > WORDS_LONGEST || term->n == WORD_TERM_MAX)
                return 0;
        int id = word_id(w, s, k, flags);
        if (id < 0)
                return id;
        if (id < (int)WORDS_MAX)
                term->ids[term->n++] = (uint16_t)id;
        return 0;
}

int words_add(struct words *w, const char *text, size_t n, unsigned flags, struct word_term *term)
{
        for (size_t i = 0, k; i < n; i = k + 1) {
                for (k = i; k < n && words_is_name((uint8_t)text[k]); k++)
                        ;
                unsigned f = flags & WORDS_IGNORE_CASE;

                f |= i > 0 ? WORDS_BEGINS : flags & WORDS_BEGINS;
                f |= k < n ? WORDS_ENDS : flags & WORDS_ENDS;
                int r = add_name(w, text + i, k - i, f, term);
                if (r < 0)
                        return r;
        }
        return 0;
}

int words_add_glob(struct words *w, const char *glob, unsigned flags, struct word_term *term)
{
        flags |= WORDS_BEGINS;
        for (;;) {
                size_t n = strcspn(glob, "*");
                int r = words_add(w, glob, n, flags | (glob[n] ? 0 : WORDS_ENDS), term);

                if (r < 0 || !glob[n])
                        return r;
                glob += n + 1;
                flags &= ~(unsigned)WORDS_BEGINS;
        }
}

/* --- the pass ---- */

static bool stands_at(const struct words_entry *e, const char *s, size_t at, size_t n)
{
        if (n - at < e->n || (e->flags & WORDS_IGNORE_CASE ? strncasecmp(s + at, e->text, e->n)
                                                           : memcmp(s + at, e->text, e->n)) != 0)
                return false;
        if ((e->flags & WORDS_BEGINS) && at > 0 && words_is_name((uint8_t)s[at - 1]))
                return false;
        at += e->n;
        return !(e->flags & WORDS_ENDS) || at == n || !words_is_name((uint8_t)s[at]);
}

static bool is_found(const struct word_set *found, unsigned id)
{
        return found->bits[id / 64] >> id % 64 & 1;
}

/* Looks up what ends before s[end]. */
static void look_up_end(const struct words *w, const char *s, size_t end, size_t n,
                        struct word_set *found)
{
        if (end < WORDS_LEAST)
                return;
        uint32_t tail = end > WORDS_LEAST ? folded(s + end - 4) : 0;
        for (unsigned i = w->endings[hash(s + end - WORDS_LEAST)]; i > 0; i = w->list[i - 1].next) {
                const struct words_entry *e = &w->list[i - 1];

                /* most that share the last three characters differ in the one before */
                if ((e->tail && e->tail != tail) || e->n > end || is_found(found, i - 1) ||
                    !stands_at(e, s, end - e->n, n))
                        continue;
                found->bits[(i - 1) / 64] |= UINT64_C(1) << (i - 1) % 64;
        }
}

/* Looks up what begins at s[at]. */
static void look_up_begin(const struct words *w, const char *s, size_t at, size_t n,
                          struct word_set *found)
{
        if (n - at < WORDS_LEAST)
                return;
        for (unsigned i = w->beginnings[hash(s + at)]; i > 0; i = w->list[i - 1].next)
                if (!is_found(found, i - 1) && stands_at(&w->list[i - 1], s, at, n))
                        found->bits[(i - 1) / 64] |= UINT64_C(1) << (i - 1) % 64;
}

/* The places in a block at which something ends, or a name begins: bit i is between s[i] and
 * s[i + 1]. */
struct edges {
        uint64_t ends, begins;
};

#ifdef __SSE2__
static __m128i between(__m128i v, char least, unsigned count)
{
        const __m128i from = _mm_sub_epi8(v, _mm_set1_epi8(least));

        return _mm_cmpeq_epi8(_mm_min_epu8(from, _mm_set1_epi8((char)(count - 1))), from);
}

static __m128i names_of(__m128i v)
{
        const __m128i letter = between(_mm_or_si128(v, _mm_set1_epi8(0x20)), 'a', 26);

        return _mm_or_si128(_mm_or_si128(letter, between(v, '0', 10)),
                            _mm_cmpeq_epi8(v, _mm_set1_epi8('_')));
}

static struct edges block_edges(const char *s)
{
        const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)s);
        const __m128i w = _mm_loadu_si128((const __m128i *)(const void *)(s + 1));
        const __m128i small = _mm_or_si128(between(v, 'a', 26), between(v, '0', 10));
        const __m128i part = _mm_or_si128(_mm_and_si128(small, between(w, 'A', 26)),
                                          _mm_cmpeq_epi8(w, _mm_set1_epi8('_')));
        const uint32_t name = (uint32_t)_mm_movemask_epi8(names_of(v));
        const uint32_t next = (uint32_t)_mm_movemask_epi8(names_of(w));

        return (struct edges){name & (~next | (uint32_t)_mm_movemask_epi8(part)), ~name & next};
}
#else
static struct edges block_edges(const char *s)
{
        struct edges e = {0};

        for (unsigned i = 0; i < BLOCK; i++) {
                uint8_t c = (uint8_t)s[i], next = (uint8_t)s[i + 1];

                e.ends |= (uint32_t)ends_between(c, next) << i;
                e.begins |= (uint32_t)(!words_is_name(c) && words_is_name(next)) << i;
        }
        return e;
}
#endif

void words_look_plain(const struct words *w, const char *s, size_t n, struct word_set *found)
{
        size_t at = 0;

        if (n > 0)
                look_up_begin(w, s, 0, n, found);
        for (; at + BLOCKS * BLOCK < n; at += BLOCKS * BLOCK) {
                struct edges all = {0};

                for (unsigned i = 0; i < BLOCKS; i++) {
                        struct edges e = block_edges(s + at + i * BLOCK);

                        all.ends |= e.ends << i * BLOCK;
                        all.begins |= e.begins << i * BLOCK;
                }
                for (; all.ends; all.ends &= all.ends - 1) {
                        size_t end = at + (size_t)__builtin_ctzll(all.ends) + 1;

                        if (end < 4 || filter_has(w->may_end, folded(s + end - 4)))
                                look_up_end(w, s, end, n, found);
                }
                for (; all.begins; all.begins &= all.begins - 1) {
                        size_t begin = at + (size_t)__builtin_ctzll(all.begins) + 1;

                        if (n - begin < 4 || filter_has(w->may_begin, folded(s + begin)))
                                look_up_begin(w, s, begin, n, found);
                }
        }
        for (; at < n; at++) {
                uint8_t c = (uint8_t)s[at], next = at + 1 < n ? (uint8_t)s[at + 1] : 0;

                if (ends_between(c, next))
                        look_up_end(w, s, at + 1, n, found);
                else if (!words_is_name(c) && at + 1 < n)
                        look_up_begin(w, s, at + 1, n, found);
        }
}

void words_look(const struct words *w, enum language language, const char *data, size_t n,
                struct word_set *found)
{
        *found = (struct word_set){.all = false};
        words_look_plain(w, data, n, found);
        words_look_odd(w, language, data, n, found);
}

static bool has(const struct word_set *found, unsigned id)
{
        return found->all || is_found(found, id);
}

bool words_have(const struct word_set *found, const struct word_term *term)
{
        for (unsigned i = 0; i < term->n; i++)
                if (!has(found, term->ids[i]))
                        return false;
        return true;
}

bool words_may_join(const struct words *w, const struct word_set *found,
                    const struct word_term *term, enum language language, const char *data,
                    size_t n)
{
        for (unsigned i = 0; i < term->n && !found->escaped; i++)
                if (!has(found, term->ids[i]) &&
                    !words_is_cut(&w->list[term->ids[i]], language, data, n))
                        return false;
        return true;
}
