/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Owns: how long a piece of source code lasts: lifetimes of tokens, cookies and sessions as code
 * writes them. Does not own: what counts as too long (rules say). Values are borrowed. Why over
 * values: every language has its own words for the same thing, but all of them come down to a
 * number, a unit, and a point in time to which something is added. What is added is the answer; the
 * point in time is not looked at, so that `now + timedelta(days=365)` is known although `now` is
 * not.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"
#include "detectors/privilege/call-test.h"
#include "detectors/privilege/time-span.h"

#define DEPTH_MAX 12
#define UNIT_MAX 24 /* bytes of a unit's name */

static bool span(const struct value *v, double unit, unsigned depth, double *ret);

static bool number(const struct value *v, double *ret)
{
        char *end;

        if (!v || v->type != VALUE_NUMBER || !v->text[0])
                return false;
        *ret = strtod(v->text, &end);
        return *end == '\0';
}

/* "ofDays", "FromHours", "AddDays", "plusMinutes", "days", "Hour" → seconds; 0: no unit */
static double unit_of(const char *name)
{
        static const char *const verbs[] = {"of", "From", "Add", "plus", "from", "add"};
        const char *dot = strrchr(name, '.');
        char word[UNIT_MAX];

        name = dot ? dot + 1 : name;
        for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
                if (strncmp(name, verbs[i], strlen(verbs[i])) == 0) {
                        name += strlen(verbs[i]);
                        break;
                }
        size_t n = strlen(name);
        if (n < 3 || n >= sizeof(word))
                return 0;
        for (size_t i = 0; i <= n; i++)
                word[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] | 0x20 : name[i]);
        return time_span_unit(word);
}

/* time.Hour, ChronoUnit.DAYS; a variable of the name `days` says nothing */
static double unit_of_constant(const char *name)
{
        static const char *const from[] = {"time.*", "ChronoUnit.*", "TimeUnit.*",
                                           "DurationUnit.*"};

        for (size_t i = 0; i < ELEMENTSOF(from); i++)
                if (callee_matches(name, from[i]))
                        return unit_of(name);
        return 0;
}

/* timedelta(days=3, hours=1), Duration(hours: 1), {days: 3} */
static bool span_of_keywords(const struct value *first, double *ret)
{
        bool any = false;
        double sum = 0, n;

        for (const struct value *v = first; v; v = v->next) {
                double unit = v->key ? time_span_unit(v->key) : 0;
                if (unit > 0 && number(v, &n)) {
                        sum += n * unit;
                        any = true;
                }
        }
        *ret = sum;
        return any;
}

/* Calls that only carry a time: new Date(x), Math.floor(x), time.Now().Add(x).Unix() */
static bool carries(const char *callee)
{
        static const char *const names[] = {
                "Date", "*.floor", "*.round", "int",       "Number", "parseInt",         "*.Add",
                "plus", "*.plus",  "from",    "*.Instant", "ms",     "*.NewNumericDate",
        };

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (callee_matches(callee, names[i]))
                        return true;
        return false;
}

static bool span_of_call(const struct call *c, double unit, unsigned depth, double *ret)
{
        for (unsigned i = 0; c && i < DEPTH_MAX; c = c->on, i++) {
                const struct value *first = call_positional(c, 0);
                double n, of = unit_of(c->callee);

                if (of > 0 && number(first, &n)) {
                        *ret = n * of;
                        return true;
                }
                if (callee_matches(c->callee, "timedelta") && number(first, &n)) {
                        *ret = n * 86400;
                        return true;
                }
                if (span_of_keywords(c->args, ret))
                        return true;
                if (first && carries(c->callee) && span(first, unit, depth + 1, ret))
                        return true;
        }
        return false;
}

/* 30.days.from_now, 2.hours */
static bool span_of_suffix(const char *text, double *ret)
{
        char *end;
        char word[UNIT_MAX];
        double n = strtod(text, &end);

        if (end == text)
                return false;
        /* strtod takes the dot of "30.days" with it */
        const char *name = end[-1] == '.' ? end : *end == '.' ? end + 1 : NULL;
        size_t len = name ? strspn(name, "abcdefghijklmnopqrstuvwxyz") : 0;
        if (len < 3 || len >= sizeof(word))
                return false;
        memcpy(word, name, len);
        word[len] = '\0';
        *ret = n * time_span_unit(word);
        return *ret > 0;
}

/* A factor of a product: a number, or a unit by its name. */
static bool factor(const struct value *v, unsigned depth, double *ret, bool *ret_timed)
{
        if (number(v, ret))
                return true;
        if (v->type == VALUE_NAME) {
                *ret = unit_of_constant(v->text);
                *ret_timed = true;
                return *ret > 0;
        }
        if (v->type == VALUE_CALL && callee_matches(v->call->callee, "*Duration"))
                return v->call->args && number(v->call->args, ret);
        *ret_timed = true;
        return v->type != VALUE_STRING && span(v, 1, depth + 1, ret);
}

/* Terms that are not known do not count; at least one must be. */
static bool span_of_sum(const struct value *first, double unit, unsigned depth, double *ret)
{
        bool any = false;
        double sum = 0;

        for (const struct value *v = first; v;) {
                bool known = true, timed = false;
                char sign = v->op;
                double product = 1, n;

                if (sign && sign != '+' && sign != '-')
                        return false;
                const struct value *term = v;
                do {
                        known = factor(v, depth, &n, &timed) && known;
                        if (known)
                                product = v->op == '/' && v != term ? (n != 0 ? product / n : 0)
                                                                    : product * n;
                        v = v->next;
                } while (v && (v->op == '*' || v->op == '/'));
                if (!known || sign == '-')
                        continue;
                sum += product * (timed ? 1 : unit);
                any = true;
        }
        *ret = sum;
        return any;
}

static bool span(const struct value *v, double unit, unsigned depth, double *ret)
{
        double n;

        if (depth > DEPTH_MAX)
                return false;
        switch (v->type) {
        case VALUE_NUMBER:
                if (!number(v, &n))
                        return false;
                *ret = n * unit;
                return true;
        case VALUE_STRING:
                return time_span_parse(v->text, unit, ret);
        case VALUE_CALL:
                return span_of_call(v->call, unit, depth, ret);
        case VALUE_OBJECT:
                return span_of_keywords(v->first, ret);
        case VALUE_NAME:
                *ret = unit_of_constant(v->text);
                return *ret > 0;
        case VALUE_OTHER:
                return v->first ? span_of_sum(v->first, unit, depth, ret)
                                : span_of_suffix(v->text, ret);
        default:
                return false;
        }
}

bool call_span(const struct value *v, double unit, double *ret)
{
        return span(v, unit, 0, ret);
}
