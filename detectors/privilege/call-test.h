/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "detectors/privilege/predicate.h"
#include "detectors/privilege/where.h"
#include "detectors/source/lexer.h"
#include "detectors/source/need.h"

/* The `where` entries of the call matcher (matchers.h), evaluated in three values over calls and
 * assignments. */
struct call_test;

struct call_tests {
        struct call_test *items;
        size_t n;
};

/* One entry. All that is given of it must hold. */
struct call_test {
        struct where_words arg; /* paths; the first one that is there counts */
        struct where_words equals, not_equals, contains;
        struct where_regex *matches, *not_matches, *name_matches, *has_key;
        enum where_ask absent, truth, string, fallback, known, object;
        bool has_greater, has_less, has_unit;
        double greater, less, unit;
        unsigned min_length;
        struct call_tests any, all, none;
};

/* A call, or the value of an assignment as its only argument. */
struct call_site {
        const struct call *call; /* or NULL: */
        const struct value *value;
};

/* config is a sequence of mappings, or one. Returns 0; -EBADMSG with *reterr; -ENOMEM. */
int call_tests_new(struct call_tests *ret, const struct node *config, struct ruleset_error *reterr);
void call_tests_done(struct call_tests *tests);
enum trilean call_tests_all(const struct call_tests *tests, const struct call_site *site);

/* No constant: what it is depends on something that the file does not tell. */
static inline bool call_value_is_open(const struct value *v)
{
        return v->type == VALUE_NAME || v->type == VALUE_CALL || v->type == VALUE_OTHER;
}

/* call-site.c: the value at a path ("1", "cookie.secure", "2.secure"). *ret is NULL unless the
 * answer is YES; UNKNOWN: it may be there. */
enum trilean call_site_value(const struct call_site *site, const char *path,
                             const struct value **ret);

/* call-need.c: what a text must hold for all tests to be surely true of a call in it. Returns 0 or
 * -ENOMEM. */
int call_tests_need(const struct call_tests *tests, struct words *words, struct need *need);
/* One of the globs matches a callee or a target of the text. */
int call_globs_need(char *const *globs, size_t n, struct words *words, struct need *need);

/* How long a value lasts, in seconds: a number counts in `unit`, "12h", timedelta(days=3), 24 *
 * time.Hour, Date.now() + 3600 (what is added). False if that is not known. call-span.c */
bool call_span(const struct value *v, double unit, double *ret);
