/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stddef.h>

enum constant {
        CONSTANT_NONE, /* depends on something, or is not understood */
        CONSTANT_TRUE,
        CONSTANT_FALSE,
};

/* What a condition of Rego, Cedar or SQL always is: `true`, `(1 == 1)`, `!false`, `x || true`,
 * `'a' = 'a' and true`. Takes time linear in n. */
enum constant constant_value(const char *s, size_t n);
