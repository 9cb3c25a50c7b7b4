/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* What a name says of the value that is assigned to it. */
enum name_kind {
        NAME_OTHER,
        NAME_WEAK_KEY, /* some key: hashRowKey, beamer_key */
        NAME_TOKEN,    /* token, secret, api key, credential */
        NAME_PASSWORD,
};

/* The name that ends at data[end) and begins at from or later: dotted, with - and _, or camelCase.
 */
enum name_kind name_kind(const uint8_t *name, size_t n);
