/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the `where` entries of both matchers (matchers.h) have in common. */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/macros.h"
#include "detectors/formats/doc.h"
#include "detectors/ruleset.h"

enum trilean { TRILEAN_NO, TRILEAN_UNKNOWN, TRILEAN_YES };

static inline enum trilean tri_min(enum trilean a, enum trilean b)
{
        return a < b ? a : b;
}

static inline enum trilean tri_max(enum trilean a, enum trilean b)
{
        return a > b ? a : b;
}

static inline enum trilean tri_not(enum trilean a)
{
        return (enum trilean)(TRILEAN_YES - a);
}

static inline enum trilean tri_bool(bool b)
{
        return b ? TRILEAN_YES : TRILEAN_NO;
}

/* A key that takes true or false, or is not given. */
enum where_ask { ASK_NOT, ASK_FALSE, ASK_TRUE };
int where_ask_new(enum where_ask *ret, const struct node *config, struct ruleset_error *reterr);

/* A scalar or a list of scalars; owned. Giving it twice is an error. 0, -EBADMSG with *reterr,
 * -ENOMEM. */
struct where_words {
        char **v;
        size_t n;
};
int where_words_new(struct where_words *ret, const struct node *config,
                    struct ruleset_error *reterr);
void where_words_done(struct where_words *w);
/* Ignoring case */
bool where_words_have(const struct where_words *w, const char *text);

/* A PCRE2 expression, unanchored. A second one in the same place replaces the first. */
struct where_regex;
int where_regex_new(struct where_regex **ret, const struct node *config,
                    struct ruleset_error *reterr);
struct where_regex *where_regex_free(struct where_regex *re); /* returns NULL */
enum trilean where_regex_test(const struct where_regex *re, const char *text, size_t n);
/* The first match from *at on: *ret_from and *ret_n are its first group, or all of it if there is none; *at is put behind it.
 * False: there is none. */
bool where_regex_find(const struct where_regex *re, const char *text, size_t n, size_t *at,
                      size_t *ret_from, size_t *ret_n);
/* As it was written; valid as long as re. */
const char *where_regex_text(const struct where_regex *re);

/* Fills *reterr with the place of n and the text; returns -EBADMSG. */
int where_error(struct ruleset_error *reterr, const struct node *n, const char *fmt, ...)
        _printf_(3, 4);
