/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: telling random text from words and identifiers.
 *
 * Entropy does that badly: an identifier of thirty characters has as much of it as a random token
 * of twenty. How characters follow each other does it well. ngrams.def says how surprising each
 * character is after the two before it, counted over words of many languages and over names and
 * text in source code (tools/make-ngrams); the mean over a value is 2 to 4.2 bits for names and
 * words (99 of 100 of at least 16 characters) and 4.6 to 6.8 for random text of 62 or 64 characters
 * (99 of 100 of that length).
 */
#include "detectors/secrets/rarity.h"

#include <ctype.h>

#include "common/base/macros.h"

/* beyond this much of a value the mean does not change */
#define SCORED_MAX 256u

enum { SYMBOL_DIGIT = 26, SYMBOL_END = 27, SYMBOLS = 28 };

static const char cost[SYMBOLS * SYMBOLS][SYMBOLS + 1] = {
#include "detectors/secrets/ngrams.def"
};

/* What has been read of a value, and what it cost. */
struct reader {
        int before, last;
        unsigned sum, n;
};

static void read_symbol(struct reader *r, int symbol)
{
        /* how long a number is says nothing, nor do separators in a row */
        if (symbol >= SYMBOL_DIGIT && symbol == r->last) {
                r->before = r->last;
                return;
        }
        r->sum += (unsigned)(cost[r->before * SYMBOLS + r->last][symbol] - ']');
        r->n++;
        r->before = r->last;
        r->last = symbol;
}

/* A word ends between two letters: camelCase, XMLFile. */
static bool ends_word(const uint8_t *s, size_t n, size_t at)
{
        return at > 0 && isupper(s[at]) && isalpha(s[at - 1]) &&
               (islower(s[at - 1]) || (at + 1 < n && islower(s[at + 1])));
}

double rarity_surprise(const uint8_t *s, size_t n)
{
        struct reader r = {SYMBOL_END, SYMBOL_END, 0, 0};

        n = MIN_OF(n, SCORED_MAX);
        for (size_t i = 0; i < n; i++) {
                if (isdigit(s[i])) {
                        read_symbol(&r, SYMBOL_DIGIT);
                } else if (isalpha(s[i])) {
                        if (ends_word(s, n, i))
                                read_symbol(&r, SYMBOL_END);
                        read_symbol(&r, tolower(s[i]) - 'a');
                } else {
                        read_symbol(&r, SYMBOL_END);
                }
        }
        read_symbol(&r, SYMBOL_END);
        return r.n ? r.sum / 3.0 / r.n : 0;
}

struct rarity_shape rarity_shape(const uint8_t *s, size_t n)
{
        struct rarity_shape r = {.hex = n > 0};
        unsigned run = 0;
        int last = -1;

        for (size_t i = 0; i < n; i++) {
                int kind = isdigit(s[i]) ? 0 : islower(s[i]) ? 1 : isupper(s[i]) ? 2 : 3;

                run = kind == 3 ? 0 : run + 1;
                if (run > r.run)
                        r.run = run;
                r.digits += kind == 0;
                r.lower += kind == 1;
                r.upper += kind == 2;
                r.other += kind == 3;
                r.spaces += isspace(s[i]) != 0;
                r.high += s[i] >= 0x80;
                r.hex &= isxdigit(s[i]) != 0;
                /* Aa is one step of a word, aA, a1 and 1a are turns */
                if (last >= 0 && kind != 3 && kind != last && !(last == 2 && kind == 1))
                        r.turns++;
                last = kind == 3 ? -1 : kind;
        }
        return r;
}
