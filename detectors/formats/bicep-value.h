/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Values of Bicep as nodes. */

#include "detectors/formats/bicep-skip.h"
#include "detectors/formats/doc-internal.h"

#define BICEP_NESTING_MAX 48u

struct bicep_reader {
        struct cursor c;
        struct doc *doc;
        struct doc_error *reterr;
        unsigned nesting;
        bool broken; /* *reterr is set */
        /* Reads `resource …` in the body of another; the cursor is at the word. */
        int (*nested)(struct bicep_reader *r);
};

/* Notes the first error at this place. Returns 0, so that reading goes on. */
int bicep_bad_at(struct bicep_reader *r, const struct cursor *at, const char *message);

/* Appends a new node that begins at `at` to parent; key may be NULL, key_at is where the key is, or
 * NULL. NULL: see doc_error(). */
struct node *bicep_add(struct bicep_reader *r, const struct cursor *at, enum node_type type,
                       struct node *parent, const char *key, const struct cursor *key_at);
/* The same of a string with the text from `from` to `to`. */
struct node *bicep_add_text(struct bicep_reader *r, const struct cursor *from,
                            const struct cursor *to, struct node *parent, const char *key);

/* Reads the value that begins here and appends it to parent. Returns 0, or a negative errno that
 * ends all reading; what is wrong with the text is noted and stepped over. */
int bicep_value_read(struct bicep_reader *r, struct node *parent, const char *key,
                     const struct cursor *key_at, enum bicep_ends ends);
/* Reads the object whose brace is here into n, which is a mapping. */
int bicep_value_object(struct bicep_reader *r, struct node *n);
/* Copies the string at from..to without quotes and escapes into the arena; *ret_template: something
 * is interpolated, and the text is what stands between the quotes. */
char *bicep_value_string(struct bicep_reader *r, const struct cursor *from, const struct cursor *to,
                         size_t *ret_n, bool *ret_template);
/* `[for` begins here. */
bool bicep_value_is_loop(struct cursor c);

/* Replaces the escapes in s[0..n) in place; returns how long it is then. */
size_t bicep_unescape(char *s, size_t n);
