/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: telling random text from words and identifiers.
 *
 * Entropy does that badly: an identifier of thirty characters has as much of it as a random token
 * of twenty. How letters follow each other does it well: over identifiers of C and Python sources
 * the mean cost of a pair is 2.7 to 4.2 bits (1st to 95th percentile), over random text of 20
 * characters 5.0 to 7.4 (5th to 95th).
 */
#include "detectors/secrets/rarity.h"

#include <ctype.h>

/* -log2 of the probability that the column's letter follows the row's, measured over the
 * identifiers of a Linux system's C headers and Python modules, rounded and cut at 9. */
static const char cost[26][27] = {
        "85449759597343959342667769", "36573779358377479546379959", "38663793594467279463589969",
        "36642677389577479556578979", "47446569798453756233867479", "47663379299475369455488969",
        "47672865497464579445588987", "29872888397657389464699969", "56455559999442359543859795",
        "37872699486866369848395989", "47651758389575569636596989", "37752769398387379855559959",
        "25762799398657439856579989", "48433538497786479832569989", "66448669696442549355465799",
        "38763685497377359354588959", "88879799699577986557079999", "37552769397655379444668959",
        "58482784396577548742487969", "38672794399678469355598949", "54564569499343749343999999",
        "27681789399836569767997989", "37563774296674369347888899", "56473598499657639862889559",
        "66574669599444529634776877", "37771797499669479776789966",
};

double rarity_letters(const uint8_t *s, size_t n)
{
        unsigned sum = 0, pairs = 0;

        for (size_t i = 0; i + 1 < n; i++) {
                uint8_t a = s[i], b = s[i + 1];

                /* a new word of an identifier begins there */
                if (!isalpha(a) || !isalpha(b) || (islower(a) && isupper(b)))
                        continue;
                sum += (unsigned)(cost[tolower(a) - 'a'][tolower(b) - 'a'] - '0');
                pairs++;
        }
        return pairs ? (double)sum / pairs : 0;
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
