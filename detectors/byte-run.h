/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Long runs of bytes of one kind (base64, hex, …) in a text, without looking at every byte. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct byte_run {
        size_t begin, end;
};

/* The first run of at least min (> 0) bytes of the set that begins at `at` or later; a run that has
 * begun before `at` counts from `at` on. Returns false if there is none. */
bool byte_run_next(const uint8_t *text, size_t n, size_t at, size_t min, const bool set[static 256],
                   struct byte_run *ret);
