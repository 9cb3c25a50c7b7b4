/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Lines that end with CR alone, as old Macs and some terminals write them: all of a text's, or some.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is no text has no lines: a CR is a byte like any other there. */
bool line_ends_with_cr(const uint8_t *s, size_t n);
/* Makes LF of each such CR; places stay as they are. */
void line_ends_normalise(uint8_t *s, size_t n);
