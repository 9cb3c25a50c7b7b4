/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The ending of a name or of a pattern, as a number; NAME_END_ANY if it is short or a glob. */
#define NAME_END_ANY UINT16_MAX
uint16_t name_end(const char *name);

/* False: the name does not match the pattern, as callee_matches() has it. */
static inline bool name_ends_agree(uint16_t name, uint16_t pattern)
{
        return name == pattern || name == NAME_END_ANY || pattern == NAME_END_ANY;
}

/* Which endings the names of a file have. All zero: no name. */
struct name_ends {
        uint64_t bits[16];
        bool any;
};

void name_ends_add(struct name_ends *ends, uint16_t end);
/* False: no name of these matches a pattern of that ending. */
bool name_ends_has(const struct name_ends *ends, uint16_t end);
