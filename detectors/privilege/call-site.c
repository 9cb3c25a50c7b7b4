/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Owns: where an argument of a call is: by keyword, by position, in an option object, behind a
 * spread. Does not own: what is asked of it. Values are borrowed. Why three values: an option that
 * is not written down may still come with `...options`, and a rule that says "is missing" must not
 * be sure then.
 */
#include <string.h>

#include "common/base/text.h"
#include "detectors/privilege/call-test.h"

#define PATH_MAX_KEYS 8

/* An entry of an object; UNKNOWN where the object, or what it spreads, is not known. */
static enum trilean entry_of(const struct value *object, const char *key, const struct value **ret)
{
        uint64_t index;

        *ret = value_entry(object, key);
        if (object->type == VALUE_LIST && text_to_u64(key, 10, &index) == 0)
                for (*ret = object->first; *ret && index > 0; index--)
                        *ret = (*ret)->next;
        if (*ret)
                return TRILEAN_YES;
        if (object->type == VALUE_OBJECT)
                return value_has_unknown_spread(object->first) ? TRILEAN_UNKNOWN : TRILEAN_NO;
        return call_value_is_open(object) ? TRILEAN_UNKNOWN : TRILEAN_NO;
}

static enum trilean keyword_of(const struct call *c, const char *key, const struct value **ret)
{
        *ret = call_keyword(c, key);
        if (*ret)
                return TRILEAN_YES;
        if (value_has_unknown_spread(c->args))
                return TRILEAN_UNKNOWN;
        for (const struct value *a = c->args; a; a = a->next)
                if (!a->key && a->type == VALUE_OBJECT && value_has_unknown_spread(a->first))
                        return TRILEAN_UNKNOWN;
        return TRILEAN_NO;
}

static enum trilean first_of(const struct call_site *site, const char *key,
                             const struct value **ret)
{
        uint64_t index;

        if (text_to_u64(key, 10, &index) < 0)
                return site->call ? keyword_of(site->call, key, ret)
                                  : entry_of(site->value, key, ret);
        if (!site->call)
                *ret = index == 0 ? site->value : NULL;
        else
                *ret = index < 64 ? call_positional(site->call, (unsigned)index) : NULL;
        if (*ret)
                return TRILEAN_YES;
        return site->call && value_has_unknown_spread(site->call->args) ? TRILEAN_UNKNOWN
                                                                        : TRILEAN_NO;
}

enum trilean call_site_value(const struct call_site *site, const char *path,
                             const struct value **ret)
{
        const struct value *v = NULL;
        char key[64];

        for (unsigned i = 0; i < PATH_MAX_KEYS; i++) {
                const char *dot = strchr(path, '.');
                size_t n = dot ? (size_t)(dot - path) : strlen(path);
                if (n >= sizeof(key))
                        return TRILEAN_NO;
                memcpy(key, path, n);
                key[n] = '\0';
                enum trilean there = i == 0 ? first_of(site, key, &v) : entry_of(v, key, &v);
                if (there != TRILEAN_YES)
                        return there;
                if (!dot)
                        break;
                path = dot + 1;
        }
        *ret = v;
        return TRILEAN_YES;
}
