/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* A value that was published as an example. */
struct known {
        size_t n;        /* its length in bytes */
        uint64_t digest; /* the first 8 bytes of its SHA-256 */
        const char *where;
};

/* Returns the entry of the value, or NULL. For a key in PEM the value is its DER. */
const struct known *known_value(const uint8_t *s, size_t n);
