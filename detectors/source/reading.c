/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Questions about calls and values, for those who write matchers. It must not change what was read.
 * Everything returned is borrowed from the lexer.
 */

#include <string.h>

#include "detectors/source/reader.h"

static bool is_spread(const struct value *v)
{
        return v->type == VALUE_OTHER && v->first && v->first->op == '.';
}

/* The last one counts, as it does in all these languages; a spread's entries stand where it stands.
 */
static const struct value *entry_among(const struct value *first, const char *key, bool spread)
{
        const struct value *found = NULL;

        for (const struct value *v = first; v; v = v->next) {
                if (v->key && strcmp(v->key, key) == 0)
                        found = v;
                else if (spread && is_spread(v) && v->first->type == VALUE_OBJECT) {
                        const struct value *in = entry_among(v->first->first, key, false);
                        found = in ? in : found;
                }
        }
        return found;
}

bool value_has_unknown_spread(const struct value *first)
{
        for (const struct value *v = first; v; v = v->next)
                if (is_spread(v) && v->first->type != VALUE_OBJECT)
                        return true;
        return false;
}

const struct value *value_entry(const struct value *object, const char *key)
{
        if (!object || object->type != VALUE_OBJECT)
                return NULL;
        return entry_among(object->first, key, true);
}

const struct value *call_keyword(const struct call *c, const char *key)
{
        const struct value *v = entry_among(c->args, key, true);

        for (const struct value *a = c->args; a && !v; a = a->next)
                v = a->key ? NULL : value_entry(a, key);
        return v;
}

const struct value *call_positional(const struct call *c, unsigned index)
{
        for (const struct value *a = c->args; a; a = a->next)
                if (!a->key && index-- == 0)
                        return a;
        return NULL;
}

static bool glob(const char *s, const char *pattern)
{
        const char *star = NULL;
        const char *from = s;

        while (*s) {
                if (*pattern == '*') {
                        star = ++pattern;
                        from = s;
                } else if (*pattern == *s) {
                        pattern++;
                        s++;
                } else if (star) {
                        pattern = star;
                        s = ++from;
                } else {
                        return false;
                }
        }
        while (*pattern == '*')
                pattern++;
        return *pattern == '\0';
}

bool callee_matches(const char *callee, const char *pattern)
{
        size_t n = strlen(callee), k = strlen(pattern);

        /* most names end in another letter, and are long in a chain of calls */
        if (k > 0 && pattern[k - 1] != '*' && (n == 0 || callee[n - 1] != pattern[k - 1]))
                return false;
        const char *dot = strchr(pattern, '.') ? NULL : memrchr(callee, '.', n);
        if (dot)
                callee = dot + 1;
        return glob(callee, pattern);
}
