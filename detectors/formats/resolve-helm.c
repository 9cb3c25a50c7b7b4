/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which actions of a chart's template are a value of values.yaml, as whoever installs the chart
 * without values of his own gets it.
 * Does not own: finding templates in YAML (yaml-template.c), which nodes are looked at (resolve.c).
 *
 * Conditions and loops are not run, nor are named templates: what comes of them is not known.
 * Source: Helm's documentation, "Values files", "Template functions and pipelines".
 */
#include "detectors/formats/resolve-helm.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"

#define TEXT_MAX ((size_t)16 << 10)
#define NAME_MAX_LENGTH 128u

static const struct node *values(const struct resolver *r)
{
        for (size_t i = 0; i < r->n_peers; i++)
                if (strcmp(r->peers[i].name, "values.yaml") == 0)
                        return r->peers[i].root;
        return NULL;
}

bool resolve_helm_fits(const struct resolver *r)
{
        return values(r) != NULL;
}

struct text {
        const char *s, *end;
};

static void skip_blanks(struct text *t)
{
        while (t->s < t->end && isspace((unsigned char)*t->s))
                t->s++;
}

static bool take(struct text *t, const char *token)
{
        size_t n = strlen(token);

        skip_blanks(t);
        if ((size_t)(t->end - t->s) < n || memcmp(t->s, token, n) != 0)
                return false;
        t->s += n;
        return true;
}

/* a.b.c below the values. */
static const struct node *value_at(struct resolver *r, struct text *t)
{
        const struct node *value = values(r);

        do {
                char name[NAME_MAX_LENGTH];
                size_t n = 0;

                while (t->s + n < t->end && n + 1 < sizeof(name) &&
                       (isalnum((unsigned char)t->s[n]) || t->s[n] == '_')) {
                        name[n] = t->s[n];
                        n++;
                }
                if (n == 0)
                        return NULL;
                name[n] = '\0';
                t->s += n;
                value = value ? resolve_get(r, value, name) : NULL;
        } while (t->s < t->end && *t->s == '.' && t->s++);
        return value && value->type != NODE_NULL ? value : NULL;
}

/* The text in quotes of default "x", or NULL. */
static const struct node *literal(struct resolver *r, const struct node *at, struct text *t)
{
        skip_blanks(t);
        if (t->s == t->end || *t->s != '"')
                return NULL;
        const char *end = memchr(t->s + 1, '"', (size_t)(t->end - t->s - 1));
        if (!end)
                return NULL;
        const struct node *value = resolve_string(r, at, t->s + 1, (size_t)(end - t->s - 1));
        t->s = end + 1;
        return value;
}

static bool is_empty(const struct node *value)
{
        return !value || (!value->first && value->text_len == 0) || node_truth(value) == 0;
}

/* What an action, without its braces, gives; NULL: not known. */
static const struct node *value_of(struct resolver *r, const struct node *at, struct text t)
{
        if (!resolve_step(r) || !take(&t, ".Values."))
                return NULL;
        const struct node *value = resolve_import(r, at, value_at(r, &t));
        while (take(&t, "|")) {
                if (take(&t, "default")) {
                        const struct node *other = literal(r, at, &t);

                        if (!other)
                                return NULL;
                        value = is_empty(value) ? other : value;
                } else if (!take(&t, "quote") && !take(&t, "squote") && !take(&t, "toString"))
                        return NULL;
        }
        skip_blanks(&t);
        return t.s == t.end ? value : NULL;
}

/* The action that begins at s: what is between its braces, and where it ends. False: none does. */
static bool read_action(const char *s, const char *end, struct text *ret, const char **ret_behind)
{
        const char *close = memmem(s, (size_t)(end - s), "}}", 2);

        if (!close)
                return false;
        *ret = (struct text){s + 2, close};
        if (ret->s < close && *ret->s == '-')
                ret->s++;
        if (ret->end > ret->s && ret->end[-1] == '-')
                ret->end--;
        *ret_behind = close + 2;
        return true;
}

static const struct node *in_text(struct resolver *r, const struct node *n)
{
        _cleanup_free_ char *text = malloc(TEXT_MAX);
        const char *s = n->text, *end = s + n->text_len;
        size_t used = 0;

        while (text && s < end) {
                const char *open = memmem(s, (size_t)(end - s), "{{", 2), *piece = s;
                size_t k = (size_t)((open ? open : end) - s);

                if (open == s) {
                        struct text action;
                        const struct node *value =
                                read_action(s, end, &action, &s) ? value_of(r, n, action) : NULL;

                        if (!value || !node_text(value))
                                return NULL;
                        piece = value->text;
                        k = value->text_len;
                } else
                        s += k;
                if (used + k > TEXT_MAX)
                        return NULL;
                memcpy(text + used, piece, k);
                used += k;
        }
        return text ? resolve_string(r, n, text, used) : NULL;
}

bool resolve_helm(struct resolver *r, struct node *n)
{
        struct text action;
        const char *behind;

        if (n->type != NODE_UNKNOWN || n->text_len < 4 || !memmem(n->text, n->text_len, "{{", 2))
                return false;
        const char *end = n->text + n->text_len;
        bool whole =
                n->text[0] == '{' && read_action(n->text, end, &action, &behind) && behind == end;
        return resolve_become(r, n, whole ? value_of(r, n, action) : in_text(r, n));
}
