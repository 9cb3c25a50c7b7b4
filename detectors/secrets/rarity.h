/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Mean cost in bits of the pairs of letters in s, ignoring case: below RARITY_WORDS it reads like
 * words. 0 if there are no pairs. */
double rarity_letters(const uint8_t *s, size_t n);
#define RARITY_WORDS 4.7

struct rarity_shape {
        unsigned digits, lower, upper, other, spaces, high; /* how many */
        unsigned turns; /* how often the kind of character changes between letters and digits */
        unsigned run;   /* longest run of letters and digits */
        bool hex;       /* hex digits only */
};
struct rarity_shape rarity_shape(const uint8_t *s, size_t n);
