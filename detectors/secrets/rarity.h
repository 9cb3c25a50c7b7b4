/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Mean surprise in bits of the characters of s, ignoring case: below RARITY_WORDS it reads like
 * words or a name, from RARITY_RANDOM on hardly anybody has made it up. */
double rarity_surprise(const uint8_t *s, size_t n);
#define RARITY_WORDS 4.4
#define RARITY_RANDOM 5.0

struct rarity_shape {
        unsigned digits, lower, upper, other, spaces, high; /* how many */
        unsigned turns; /* how often the kind of character changes between letters and digits */
        unsigned run;   /* longest run of letters and digits */
        bool hex;       /* hex digits only */
};
struct rarity_shape rarity_shape(const uint8_t *s, size_t n);
