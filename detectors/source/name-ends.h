/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Which endings the names of a file have: most patterns are told by theirs to match none of them.
 * All zero: no name. */
struct name_ends {
        uint64_t bits[16];
};

/* The number of a pattern's ending, for name_ends_has(); NAME_END_ANY if a glob stands in it. */
#define NAME_END_ANY UINT16_MAX
uint16_t name_end(const char *pattern);

void name_ends_add(struct name_ends *ends, const char *name);
/* False: no name that was added matches, as callee_matches() has it, a pattern of that ending. */
bool name_ends_has(const struct name_ends *ends, uint16_t end);
