/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "detectors/privilege/predicate.h"
#include "detectors/source/lexer.h"

/* The `where` entries of the call matcher (matchers.h), evaluated in three values over calls and
 * assignments. */
struct call_test;

struct call_tests {
        struct call_test *items;
        size_t n;
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

/* How long a value lasts, in seconds: a number counts in `unit`, "12h", timedelta(days=3), 24 *
 * time.Hour, Date.now() + 3600 (what is added). False if that is not known. call-span.c */
bool call_span(const struct value *v, double unit, double *ret);
