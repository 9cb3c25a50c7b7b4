/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A value of an object's top level; borrows. text is what stands between the quotes, escapes and
 * all, or the bare word or number; of an object or array, it with its brackets. */
struct claim {
        const uint8_t *text;
        size_t n;
        bool quoted;
};

/* True if s is one JSON object, as far as brackets and strings tell. */
bool claims_object(const uint8_t *s, size_t n);
/* Looks for a key of the object's top level; the last of that name counts. */
bool claims_get(const uint8_t *s, size_t n, const char *key, struct claim *ret);
bool claims_equal(const struct claim *c, const char *text);
/* A number of seconds since 1970 up to the year 9999; fractions are cut off. */
bool claims_time(const struct claim *c, int64_t *ret);
/* Copies a text that names something: letters, digits and ".:/_-" only, so no address of a person
 * and no login in a URL. A query (from '?' on) is left out. Returns false, dst is "": other
 * characters, or too long. */
bool claims_name(const struct claim *c, char *dst, size_t size);
