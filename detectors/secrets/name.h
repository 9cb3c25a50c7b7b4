/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
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
/* Whether a name ends by saying that the value is no credential but its id, its path, its type, … */
bool name_is_of_other_thing(const uint8_t *name, size_t n);
/* Whether what is called so is a secret: client_secret, secrets_for_ci. */
bool name_is_of_secret(const uint8_t *name, size_t n);
/* Whether several things are called so: tokens, passwords_of_users. */
bool name_is_plural(const uint8_t *name, size_t n);
