/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: Terraform's functions of texts.
 * Does not own: which function a name is (hcl-functions.c). Regular expressions are not run.
 *
 * Source: Terraform's documentation, "String Functions".
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/formats/hcl-functions-internal.h"

static const struct node *join(const struct hcl_call *c)
{
        const char *separator = c->n == 2 && c->args[0] ? node_text(c->args[0]) : NULL;
        _cleanup_free_ char *text = malloc(HCL_TEXT_MAX);
        size_t used = 0;

        if (!separator || !text || !c->args[1])
                return NULL;
        NODE_ITEMS(item, c->args[1])
        {
                size_t gap = used > 0 ? strlen(separator) : 0;

                if (!node_text(item) || used + gap + item->text_len > HCL_TEXT_MAX)
                        return NULL;
                memcpy(text + used, separator, gap);
                memcpy(text + used + gap, item->text, item->text_len);
                used += gap + item->text_len;
        }
        return resolve_string(c->r, c->at, text, used);
}

struct made {
        char *text; /* HCL_TEXT_MAX bytes */
        size_t n;
        bool full;
};

static void put(struct made *m, const char *s, size_t n)
{
        if (m->n + n > HCL_TEXT_MAX) {
                m->full = true;
                return;
        }
        memcpy(m->text + m->n, s, n);
        m->n += n;
}

static const struct node *text_of(const struct hcl_call *c, const struct made *m)
{
        return m->full ? NULL : resolve_string(c->r, c->at, m->text, m->n);
}

/* "%s:%s" with values: %s, %v, %d and %% only. index: of the item that counts of a list; negative: lists
 * are no values. */
static const struct node *formatted(const struct hcl_call *c, int64_t index)
{
        const char *pattern = hcl_text(c, 0);
        _cleanup_free_ char *room = malloc(HCL_TEXT_MAX);
        struct made m = {.text = room};
        unsigned next = 1;

        if (!pattern || !room || !resolve_step(c->r))
                return NULL;
        for (const char *s = pattern; *s; s++) {
                if (*s != '%') {
                        put(&m, s, 1);
                        continue;
                }
                if (*++s == '%') {
                        put(&m, s, 1);
                        continue;
                }
                const struct node *value = hcl_argument(c, next++);
                if (index >= 0 && value && value->type == NODE_SEQUENCE) {
                        int64_t left = index;

                        value = value->first;
                        while (value && left-- > 0)
                                value = value->next;
                }
                const char *text = *s && strchr("svd", *s) && value ? node_text(value) : NULL;
                if (!text)
                        return NULL;
                put(&m, text, value->text_len);
        }
        return text_of(c, &m);
}

static const struct node *format(const struct hcl_call *c)
{
        return formatted(c, -1);
}

static const struct node *formatlist(const struct hcl_call *c)
{
        struct node *made = hcl_container(c, NODE_SEQUENCE);
        uint32_t n = 0;

        for (unsigned i = 1; i < c->n; i++)
                if (c->args[i] && c->args[i]->type == NODE_SEQUENCE)
                        n = MAX_OF(n, c->args[i]->count);
        for (uint32_t i = 0; made && i < n; i++) {
                /* the way to the item is a walk */
                const struct node *text = resolve_look(c->r, made) ? formatted(c, i) : NULL;

                if (!text || !doc_copy(c->r->doc, text, made, NULL))
                        return NULL;
        }
        return made;
}

static const struct node *in_case(const struct hcl_call *c, int (*convert)(int c))
{
        const char *text = hcl_text(c, 0);
        size_t n = text ? c->args[0]->text_len : 0;
        _cleanup_free_ char *made = malloc(n + 1);

        if (!text || !made)
                return NULL;
        for (size_t i = 0; i < n; i++)
                made[i] = (char)convert((unsigned char)text[i]);
        return resolve_string(c->r, c->at, made, n);
}

static const struct node *lower(const struct hcl_call *c)
{
        return in_case(c, tolower);
}

static const struct node *upper(const struct hcl_call *c)
{
        return in_case(c, toupper);
}

/* The first letter of each word. */
static const struct node *title(const struct hcl_call *c)
{
        const char *text = hcl_text(c, 0);
        size_t n = text ? c->args[0]->text_len : 0;
        _cleanup_free_ char *made = malloc(n + 1);

        if (!text || !made)
                return NULL;
        for (size_t i = 0; i < n; i++)
                made[i] = i == 0 || isspace((unsigned char)text[i - 1])
                                  ? (char)toupper((unsigned char)text[i])
                                  : text[i];
        return resolve_string(c->r, c->at, made, n);
}

/* replace(text, wanted, by); between slashes it would be a regular expression. */
static const struct node *replace(const struct hcl_call *c)
{
        const char *s = hcl_text(c, 0), *wanted = hcl_text(c, 1), *by = hcl_text(c, 2);
        _cleanup_free_ char *room = malloc(HCL_TEXT_MAX);
        struct made m = {.text = room};
        size_t n = wanted ? strlen(wanted) : 0;

        if (!s || n == 0 || !by || !room || (n > 1 && wanted[0] == '/' && wanted[n - 1] == '/'))
                return NULL;
        for (const char *found; (found = strstr(s, wanted)); s = found + n) {
                put(&m, s, (size_t)(found - s));
                put(&m, by, strlen(by));
        }
        put(&m, s, strlen(s));
        return text_of(c, &m);
}

static const struct node *split(const struct hcl_call *c)
{
        const char *separator = hcl_text(c, 0), *s = hcl_text(c, 1);
        struct node *made = separator && *separator && s ? hcl_container(c, NODE_SEQUENCE) : NULL;

        while (made) {
                const char *found = strstr(s, separator);
                struct node *piece =
                        resolve_step(c->r) ? resolve_string(c->r, c->at, s,
                                                            found ? (size_t)(found - s) : strlen(s))
                                           : NULL;

                if (!piece || doc_append(c->r->doc, made, piece, NULL) < 0)
                        return NULL;
                if (!found)
                        break;
                s = found + strlen(separator);
        }
        return made;
}

static const struct node *trimmed(const struct hcl_call *c, const char *set, bool before)
{
        const char *s = hcl_text(c, 0);
        size_t n = s && set ? strlen(s) : 0;

        if (!s || !set)
                return NULL;
        while (n > 0 && strchr(set, s[n - 1]))
                n--;
        size_t skip = before ? strspn(s, set) : 0;
        skip = MIN_OF(skip, n);
        return resolve_string(c->r, c->at, s + skip, n - skip);
}

static const struct node *trim(const struct hcl_call *c)
{
        return trimmed(c, hcl_text(c, 1), true);
}

static const struct node *trimspace(const struct hcl_call *c)
{
        return trimmed(c, " \t\r\n\v\f", true);
}

static const struct node *chomp(const struct hcl_call *c)
{
        return trimmed(c, "\r\n", false);
}

static bool starts(const char *s, const char *with)
{
        return strncmp(s, with, strlen(with)) == 0;
}

static const struct node *trimprefix(const struct hcl_call *c)
{
        const char *s = hcl_text(c, 0), *prefix = hcl_text(c, 1);

        if (!s || !prefix)
                return NULL;
        s += starts(s, prefix) ? strlen(prefix) : 0;
        return resolve_string(c->r, c->at, s, strlen(s));
}

static const struct node *trimsuffix(const struct hcl_call *c)
{
        const char *s = hcl_text(c, 0), *suffix = hcl_text(c, 1);

        if (!s || !suffix)
                return NULL;
        size_t n = strlen(s) - (text_ends_with(s, suffix) ? strlen(suffix) : 0);
        return resolve_string(c->r, c->at, s, n);
}

static const struct node *startswith(const struct hcl_call *c)
{
        const char *s = hcl_text(c, 0), *with = hcl_text(c, 1);

        return s && with ? hcl_truth(c, starts(s, with)) : NULL;
}

static const struct node *endswith(const struct hcl_call *c)
{
        const char *s = hcl_text(c, 0), *with = hcl_text(c, 1);

        return s && with ? hcl_truth(c, text_ends_with(s, with)) : NULL;
}

static const struct node *strcontains(const struct hcl_call *c)
{
        const char *s = hcl_text(c, 0), *part = hcl_text(c, 1);

        return s && part ? hcl_truth(c, strstr(s, part) != NULL) : NULL;
}

/* Of ASCII; of other texts the places of characters are not counted. */
static const struct node *substr(const struct hcl_call *c)
{
        const char *s = hcl_text(c, 0);
        double from, n;

        if (!s || !hcl_text(c, 1) || !hcl_text(c, 2) || !node_number(c->args[1], &from) ||
            !node_number(c->args[2], &n) || from < 0 || from > (double)strlen(s))
                return NULL;
        for (const char *t = s; *t; t++)
                if ((unsigned char)*t >= 0x80)
                        return NULL;
        s += (size_t)from;
        return resolve_string(c->r, c->at, s,
                              n < 0 || n > (double)strlen(s) ? strlen(s) : (size_t)n);
}

static const struct node *basename_of(const struct hcl_call *c)
{
        const char *s = hcl_text(c, 0), *slash = s ? strrchr(s, '/') : NULL;

        return s ? resolve_string(c->r, c->at, slash ? slash + 1 : s, strlen(slash ? slash + 1 : s))
                 : NULL;
}

static const struct node *dirname_of(const struct hcl_call *c)
{
        const char *s = hcl_text(c, 0), *slash = s ? strrchr(s, '/') : NULL;

        return !s      ? NULL
               : slash ? resolve_string(c->r, c->at, s, (size_t)(slash - s))
                       : resolve_string(c->r, c->at, ".", 1);
}

const struct hcl_named hcl_text_functions[] = {
        {"basename", basename_of},
        {"chomp", chomp},
        {"dirname", dirname_of},
        {"endswith", endswith},
        {"format", format},
        {"formatlist", formatlist},
        {"join", join},
        {"lower", lower},
        {"replace", replace},
        {"split", split},
        {"startswith", startswith},
        {"strcontains", strcontains},
        {"substr", substr},
        {"title", title},
        {"trim", trim},
        {"trimprefix", trimprefix},
        {"trimspace", trimspace},
        {"trimsuffix", trimsuffix},
        {"upper", upper},
        {NULL, NULL},
};
