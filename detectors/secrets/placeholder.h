/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True if the value stands for a secret instead of being one: a variable, a template, a published
 * example, a word that asks to be replaced, one character repeated. */
bool placeholder(const uint8_t *s, size_t n);

/* True if it is a variable, a template or a reference: what it will be cannot be known here. */
bool placeholder_reference(const uint8_t *s, size_t n);
/* True if one of the words (in lower case) stands in s, in whatever case. One pass over s. */
bool placeholder_holds_any(const uint8_t *s, size_t n, const char *const *words, size_t n_words);
/* True if it says where the secret is kept or how it is computed: a store, a lookup, a call, an
 * encrypted value. */
bool placeholder_indirect(const uint8_t *s, size_t n, bool quoted);
/* True if it is a word of settings and code that nobody means as a credential: a type, a state, an
 * algorithm, the name of a field. */
bool placeholder_word(const uint8_t *s, size_t n);
