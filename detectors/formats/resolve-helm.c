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

#include <string.h>

#include "common/base/macros.h"

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

/* a.b.c below the values. */
static const struct node *value_at(struct resolver *r, struct resolve_rest *t)
{
        const struct node *value = values(r);

        do {
                char name[NAME_MAX_LENGTH];

                if (resolve_take_name(t, name, sizeof(name)) == 0)
                        return NULL;
                value = value ? resolve_get(r, value, name) : NULL;
        } while (t->s < t->end && *t->s == '.' && t->s++);
        return value && value->type != NODE_NULL ? value : NULL;
}

/* The text in quotes of default "x", or NULL. */
static const struct node *literal(struct resolver *r, const struct node *at, struct resolve_rest *t)
{
        resolve_skip_blanks(t);
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
static const struct node *value_of(struct resolver *r, const struct node *at, struct resolve_rest t)
{
        if (!resolve_step(r) || !resolve_take(&t, ".Values."))
                return NULL;
        const struct node *value = resolve_import(r, at, value_at(r, &t));
        while (resolve_take(&t, "|")) {
                if (resolve_take(&t, "default")) {
                        const struct node *other = literal(r, at, &t);

                        if (!other)
                                return NULL;
                        value = is_empty(value) ? other : value;
                } else if (!resolve_take(&t, "quote") && !resolve_take(&t, "squote") &&
                           !resolve_take(&t, "toString"))
                        return NULL;
        }
        resolve_skip_blanks(&t);
        return t.s == t.end ? value : NULL;
}

/* {{- and -}} also take away the blanks around the action. */
static const struct node *piece(struct resolver *r, const struct node *n, const char *s,
                                size_t size)
{
        struct resolve_rest action = {s, s + size};

        if (action.s < action.end && *action.s == '-')
                action.s++;
        if (action.end > action.s && action.end[-1] == '-')
                action.end--;
        return value_of(r, n, action);
}

bool resolve_helm(struct resolver *r, struct node *n)
{
        static const struct resolve_marks marks = {.open = "{{", .close = "}}"};

        return n->type == NODE_UNKNOWN && resolve_become(r, n, resolve_text(r, n, &marks, piece));
}
