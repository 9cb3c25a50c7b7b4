/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Owns: the `where` entries of the call matcher: reading them from a rule, and evaluating them over
 * a call's arguments or an assigned value. Does not own: which calls are looked at (call-match.c),
 * and how long a value lasts (call-span.c). Rule text is copied; values are borrowed during the
 * call only. Why beside predicate.c: that one asks a document's nodes, where a path is all there
 * is; here a missing argument may hide in an object or a spread, and a value may be a name, a call
 * or a default behind `or`.
 */
#include "detectors/privilege/call-test.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/text.h"
#include "detectors/privilege/time-span.h"

#define NESTING_MAX 8
#define NAME_DEPTH 4

/* --- reading a rule ---- */

static int bound_new(bool *ret_has, double *ret, const struct node *config,
                     struct ruleset_error *reterr)
{
        const char *text = node_text(config);

        *ret_has = text && time_span_parse(text, 1, ret);
        return *ret_has ? 0 : where_error(reterr, config, "a number is expected here");
}

static int unit_new(struct call_test *t, const struct node *config, struct ruleset_error *reterr)
{
        const char *text = node_text(config);

        t->unit = text ? time_span_unit(text) : 0;
        t->has_unit = t->unit > 0;
        return t->has_unit ? 0 : where_error(reterr, config, "a unit of time is expected here");
}

static int length_new(unsigned *ret, const struct node *config, struct ruleset_error *reterr)
{
        double n;

        if (!node_number(config, &n) || n < 0 || n > 4096)
                return where_error(reterr, config, "a length up to 4096 is expected here");
        *ret = (unsigned)n;
        return 0;
}

static int tests_new(struct call_tests *ret, const struct node *config, unsigned depth,
                     struct ruleset_error *reterr);

/* Each key of an entry, and the kind of thing it takes. */
enum key_kind {
        KEY_WORDS,
        KEY_REGEX,
        KEY_ASK,
        KEY_GREATER,
        KEY_LESS,
        KEY_UNIT,
        KEY_LENGTH,
        KEY_TESTS
};

static const struct key {
        const char *name;
        enum key_kind kind;
        size_t offset;
} keys[] = {
        {"arg", KEY_WORDS, offsetof(struct call_test, arg)},
        {"equals", KEY_WORDS, offsetof(struct call_test, equals)},
        {"not-equals", KEY_WORDS, offsetof(struct call_test, not_equals)},
        {"contains", KEY_WORDS, offsetof(struct call_test, contains)},
        {"matches", KEY_REGEX, offsetof(struct call_test, matches)},
        {"not-matches", KEY_REGEX, offsetof(struct call_test, not_matches)},
        {"name-matches", KEY_REGEX, offsetof(struct call_test, name_matches)},
        {"has-key", KEY_REGEX, offsetof(struct call_test, has_key)},
        {"absent", KEY_ASK, offsetof(struct call_test, absent)},
        {"truth", KEY_ASK, offsetof(struct call_test, truth)},
        {"string", KEY_ASK, offsetof(struct call_test, string)},
        {"fallback", KEY_ASK, offsetof(struct call_test, fallback)},
        {"known", KEY_ASK, offsetof(struct call_test, known)},
        {"object", KEY_ASK, offsetof(struct call_test, object)},
        {"greater", KEY_GREATER, 0},
        {"less", KEY_LESS, 0},
        {"unit", KEY_UNIT, 0},
        {"min-length", KEY_LENGTH, offsetof(struct call_test, min_length)},
        {"any", KEY_TESTS, offsetof(struct call_test, any)},
        {"all", KEY_TESTS, offsetof(struct call_test, all)},
        {"none", KEY_TESTS, offsetof(struct call_test, none)},
};

static int unknown_key(const struct node *v, struct ruleset_error *reterr)
{
        const char *names[ELEMENTSOF(keys)];

        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                names[i] = keys[i].name;
        const char *nearest = text_nearest(v->key, names, ELEMENTSOF(names));
        return where_error(reterr, v, "no such test%s%s", nearest ? "; meant is perhaps " : "",
                           nearest ? nearest : "");
}

static int test_set(struct call_test *t, const struct node *v, unsigned depth,
                    struct ruleset_error *reterr)
{
        const struct key *key = NULL;

        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                if (strcmp(keys[i].name, v->key) == 0)
                        key = &keys[i];
        if (!key)
                return unknown_key(v, reterr);
        void *field = (char *)t + key->offset;
        switch (key->kind) {
        case KEY_WORDS:
                return where_words_new(field, v, reterr);
        case KEY_REGEX:
                return where_regex_new(field, v, reterr);
        case KEY_ASK:
                return where_ask_new(field, v, reterr);
        case KEY_GREATER:
                return bound_new(&t->has_greater, &t->greater, v, reterr);
        case KEY_LESS:
                return bound_new(&t->has_less, &t->less, v, reterr);
        case KEY_UNIT:
                return unit_new(t, v, reterr);
        case KEY_LENGTH:
                return length_new(field, v, reterr);
        default:
                return tests_new(field, v, depth + 1, reterr);
        }
}

static bool asks_value(const struct call_test *t)
{
        return t->equals.n || t->not_equals.n || t->contains.n || t->matches || t->not_matches ||
               t->name_matches || t->has_key || t->truth != ASK_NOT || t->string != ASK_NOT ||
               t->fallback != ASK_NOT || t->known != ASK_NOT || t->object != ASK_NOT ||
               t->has_greater || t->has_less || t->min_length;
}

static int test_new(struct call_test *t, const struct node *config, unsigned depth,
                    struct ruleset_error *reterr)
{
        if (config->type != NODE_MAPPING)
                return where_error(reterr, config, "a mapping of arg and tests is expected here");
        t->unit = 1;
        NODE_CHILDREN(v, config)
        {
                int r = test_set(t, v, depth, reterr);
                if (r < 0)
                        return r;
        }
        bool asks = asks_value(t) || t->absent != ASK_NOT;
        if (asks != (t->arg.n > 0))
                return where_error(reterr, config, "`arg` and tests belong together");
        if (t->absent == ASK_TRUE && asks_value(t))
                return where_error(reterr, config, "what is absent cannot be tested further");
        if (!asks && !t->any.n && !t->all.n && !t->none.n)
                return where_error(reterr, config, "there is no test here");
        return 0;
}

static int tests_new(struct call_tests *ret, const struct node *config, unsigned depth,
                     struct ruleset_error *reterr)
{
        size_t n = config->type == NODE_SEQUENCE ? config->count : 1;

        if (depth > NESTING_MAX)
                return where_error(reterr, config, "tests are nested too deeply");
        if (n == 0 || ret->items)
                return where_error(reterr, config, "there is no test here, or it is given twice");
        ret->items = calloc(n, sizeof(*ret->items));
        if (!ret->items)
                return -ENOMEM;
        NODE_ITEMS(item, config)
        {
                int r = test_new(&ret->items[ret->n++], item, depth, reterr);
                if (r < 0)
                        return r;
        }
        return 0;
}

int call_tests_new(struct call_tests *ret, const struct node *config, struct ruleset_error *reterr)
{
        struct call_tests tests = {0};

        if (ret->items)
                return where_error(reterr, config, "the tests are given twice");
        int r = tests_new(&tests, config, 0, reterr);
        if (r < 0) {
                call_tests_done(&tests);
                return r;
        }
        *ret = tests;
        return 0;
}

void call_tests_done(struct call_tests *tests)
{
        for (size_t i = 0; i < tests->n; i++) {
                struct call_test *t = &tests->items[i];
                where_words_done(&t->arg);
                where_words_done(&t->equals);
                where_words_done(&t->not_equals);
                where_words_done(&t->contains);
                (void)where_regex_free(t->matches);
                (void)where_regex_free(t->not_matches);
                (void)where_regex_free(t->name_matches);
                (void)where_regex_free(t->has_key);
                call_tests_done(&t->any);
                call_tests_done(&t->all);
                call_tests_done(&t->none);
        }
        free(tests->items);
        *tests = (struct call_tests){0};
}

/* --- tests of one value ---- */

/* The first of the paths that is there. */
static enum trilean value_at(const struct call_site *site, const struct where_words *paths,
                             const struct value **ret)
{
        enum trilean answer = TRILEAN_NO;

        for (size_t i = 0; i < paths->n; i++) {
                enum trilean there = call_site_value(site, paths->v[i], ret);
                if (there == TRILEAN_YES)
                        return there;
                answer = tri_max(answer, there);
        }
        return answer;
}

/* null and 0 are false, as they are to whoever reads the setting */
static enum trilean truth_of(const struct value *v)
{
        if (call_value_is_open(v))
                return TRILEAN_UNKNOWN;
        if (v->type == VALUE_BOOL)
                return tri_bool(strcmp(v->text, "true") == 0);
        if (v->type == VALUE_NUMBER)
                return tri_bool(strcmp(v->text, "0") != 0);
        return tri_bool(v->type != VALUE_NULL);
}

static enum trilean text_tests(const struct call_test *t, const struct value *v)
{
        enum trilean answer = TRILEAN_YES;

        if (!t->equals.n && !t->not_equals.n && !t->matches && !t->not_matches)
                return TRILEAN_YES;
        if (call_value_is_open(v))
                return TRILEAN_UNKNOWN;
        if (v->type == VALUE_OBJECT || v->type == VALUE_LIST ||
            (t->equals.n && !where_words_have(&t->equals, v->text)) ||
            (t->not_equals.n && where_words_have(&t->not_equals, v->text)))
                return TRILEAN_NO;
        if (t->matches)
                answer = where_regex_test(t->matches, v->text, strlen(v->text));
        if (t->not_matches)
                answer = tri_min(answer, tri_not(where_regex_test(t->not_matches, v->text,
                                                                  strlen(v->text))));
        return answer;
}

static enum trilean contains_test(const struct where_words *w, const struct value *v)
{
        enum trilean answer = call_value_is_open(v) ? TRILEAN_UNKNOWN : TRILEAN_NO;

        if (v->type != VALUE_LIST)
                return call_value_is_open(v) ? answer : tri_bool(where_words_have(w, v->text));
        for (const struct value *item = v->first; item; item = item->next) {
                /* a class or a constant of a library is known by its name */
                if (where_words_have(w, item->text))
                        return TRILEAN_YES;
                if (call_value_is_open(item))
                        answer = TRILEAN_UNKNOWN;
        }
        return answer;
}

/* What the code is called, where it is not a constant: a name, a callee, an expression's source */
static enum trilean name_test(const struct where_regex *re, const struct value *v)
{
        enum trilean answer = TRILEAN_NO;

        /* []byte(password), String(password): a call is called what it is given, too */
        for (unsigned i = 0; v && i < NAME_DEPTH && answer != TRILEAN_YES; i++) {
                if (v->resolved || !call_value_is_open(v))
                        break;
                answer = tri_max(answer, where_regex_test(re, v->text, strlen(v->text)));
                v = v->type == VALUE_CALL ? v->call->args : NULL;
        }
        return answer;
}

static enum trilean has_key_test(const struct where_regex *re, const struct value *v)
{
        enum trilean answer = TRILEAN_NO;

        if (v->type != VALUE_OBJECT)
                return call_value_is_open(v) ? TRILEAN_UNKNOWN : TRILEAN_NO;
        for (const struct value *e = v->first; e; e = e->next)
                if (e->key)
                        answer = tri_max(answer, where_regex_test(re, e->key, strlen(e->key)));
        return answer;
}

static bool is_text(const struct value *v, unsigned min_length)
{
        return v && v->type == VALUE_STRING && v->text[0] && strlen(v->text) >= min_length;
}

/* getenv("X", "text"), x or "text": a constant that is used when nothing else is there */
static bool has_fallback(const struct value *v, unsigned min_length)
{
        static const char *const getters[] = {"*.environ.get", "environ.get", "getenv",
                                              "env",           "*.fetch",     "config",
                                              "*.get_env",     "getOrElse"};

        if (v->type == VALUE_OTHER)
                for (const struct value *o = v->first; o; o = o->next)
                        if (o->op == 'O' && is_text(o, min_length))
                                return true;
        if (v->type != VALUE_CALL)
                return false;
        for (size_t i = 0; i < ELEMENTSOF(getters); i++)
                if (callee_matches(v->call->callee, getters[i]))
                        return is_text(call_positional(v->call, 1), min_length) ||
                               is_text(call_keyword(v->call, "default"), min_length);
        return false;
}

static enum trilean number_test(const struct call_test *t, const struct value *v)
{
        double n;

        if (!call_span(v, t->unit, &n))
                return call_value_is_open(v) ? TRILEAN_UNKNOWN : TRILEAN_NO;
        return tri_bool((!t->has_greater || n > t->greater) && (!t->has_less || n < t->less));
}

/* An expression is taken for a number or text: where options may stand, code passes them as they
 * are or by name. */
static enum trilean object_test(const struct value *v)
{
        if (v->type == VALUE_NAME || v->type == VALUE_CALL)
                return TRILEAN_UNKNOWN;
        return tri_bool(v->type == VALUE_OBJECT);
}

static enum trilean value_tests(const struct call_test *t, const struct value *v)
{
        enum trilean answer = text_tests(t, v);

        if ((t->known != ASK_NOT && call_value_is_open(v) == (t->known == ASK_TRUE)) ||
            (t->string != ASK_NOT && is_text(v, t->min_length) != (t->string == ASK_TRUE)) ||
            (t->fallback != ASK_NOT && has_fallback(v, t->min_length) != (t->fallback == ASK_TRUE)))
                return TRILEAN_NO;
        if (t->truth != ASK_NOT)
                answer = tri_min(answer, t->truth == ASK_TRUE ? truth_of(v) : tri_not(truth_of(v)));
        if (t->object != ASK_NOT)
                answer = tri_min(answer,
                                 t->object == ASK_TRUE ? object_test(v) : tri_not(object_test(v)));
        if (t->contains.n)
                answer = tri_min(answer, contains_test(&t->contains, v));
        if (t->name_matches)
                answer = tri_min(answer, name_test(t->name_matches, v));
        if (t->has_key)
                answer = tri_min(answer, has_key_test(t->has_key, v));
        if (t->has_greater || t->has_less)
                answer = tri_min(answer, number_test(t, v));
        return answer;
}

static enum trilean arg_test(const struct call_test *t, const struct call_site *site)
{
        const struct value *v = NULL;
        enum trilean there = value_at(site, &t->arg, &v);

        if (there == TRILEAN_YES && v->type == VALUE_NULL && t->absent != ASK_NOT)
                there = TRILEAN_NO;
        if (t->absent == ASK_TRUE)
                return tri_not(there);
        if (there != TRILEAN_YES || !asks_value(t))
                return there;
        return value_tests(t, v);
}

static enum trilean test_one(const struct call_test *t, const struct call_site *site);

static enum trilean tests_any(const struct call_tests *tests, const struct call_site *site)
{
        enum trilean answer = TRILEAN_NO;

        for (size_t i = 0; i < tests->n && answer != TRILEAN_YES; i++)
                answer = tri_max(answer, test_one(&tests->items[i], site));
        return answer;
}

enum trilean call_tests_all(const struct call_tests *tests, const struct call_site *site)
{
        enum trilean answer = TRILEAN_YES;

        for (size_t i = 0; i < tests->n && answer != TRILEAN_NO; i++)
                answer = tri_min(answer, test_one(&tests->items[i], site));
        return answer;
}

static enum trilean test_one(const struct call_test *t, const struct call_site *site)
{
        enum trilean answer = t->arg.n ? arg_test(t, site) : TRILEAN_YES;

        if (t->any.n && answer != TRILEAN_NO)
                answer = tri_min(answer, tests_any(&t->any, site));
        if (t->all.n && answer != TRILEAN_NO)
                answer = tri_min(answer, call_tests_all(&t->all, site));
        if (t->none.n && answer != TRILEAN_NO)
                answer = tri_min(answer, tri_not(tests_any(&t->none, site)));
        return answer;
}
