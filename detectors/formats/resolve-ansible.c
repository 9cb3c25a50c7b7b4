/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what {{ … }} stands for in a playbook, if the file says so: vars of the task, of the blocks around
 * it, of the play.
 * Does not own: which nodes are looked at (resolve.c).
 *
 * Of the filters only default() is understood. Facts, registered results, inventories and roles are not
 * known here.
 * Source: Ansible's documentation, "Using variables", "Variable precedence".
 */
#include "detectors/formats/resolve-ansible.h"

#include <string.h>

#include "common/base/macros.h"

#define NAME_MAX_LENGTH 128u
#define FOLLOW_MAX 8u

bool resolve_ansible_fits(const struct node *root)
{
        if (root->type != NODE_SEQUENCE)
                return false;
        NODE_CHILDREN(play, root)
        {
                if (node_get(play, "hosts") || node_get(play, "vars") || node_get(play, "block"))
                        return true;
        }
        return false;
}

/* The innermost that defines it. */
static const struct node *variable(struct resolver *r, const struct node *at, const char *name)
{
        for (const struct node *n = at; n; n = n->parent) {
                const struct node *value = n->type == NODE_MAPPING
                                                   ? resolve_get(r, resolve_get(r, n, "vars"), name)
                                                   : NULL;

                if (value && value != at)
                        return value;
        }
        return NULL;
}

/* default('x'), d("x"): the text between the quotes; NULL if it is no such filter. */
static struct node *fallback(struct resolver *r, const struct node *at, struct resolve_rest *t)
{
        if (!resolve_take(t, "default(") && !resolve_take(t, "d("))
                return NULL;
        resolve_skip_blanks(t);
        char quote = t->s < t->end ? *t->s : '\0';
        const char *end = quote == '\'' || quote == '"'
                                  ? memchr(t->s + 1, quote, (size_t)(t->end - t->s - 1))
                                  : NULL;
        const char *close = end ? memchr(end, ')', (size_t)(t->end - end)) : NULL;
        if (!close)
                return NULL;
        struct node *value = resolve_string(r, at, t->s + 1, (size_t)(end - t->s - 1));
        t->s = close + 1;
        return value;
}

static const struct node *value_of(struct resolver *r, const struct node *at,
                                   struct resolve_rest t);

/* What a variable holds may be a reference itself. */
static const struct node *followed(struct resolver *r, const struct node *value)
{
        const char *open = value && value->text ? strstr(value->text, "{{") : NULL;

        if (!open)
                return value;
        const char *close = strstr(open, "}}");
        if (open != value->text || !close || close[2] != '\0' || r->depth >= FOLLOW_MAX)
                return NULL;
        r->depth++;
        value = value_of(r, value, (struct resolve_rest){open + 2, close});
        r->depth--;
        return value;
}

/* What stands between the braces. */
static const struct node *value_of(struct resolver *r, const struct node *at, struct resolve_rest t)
{
        char name[NAME_MAX_LENGTH];

        resolve_skip_blanks(&t);
        if (!resolve_step(r) || resolve_take_name(&t, name, sizeof(name)) == 0)
                return NULL;
        const struct node *value = followed(r, variable(r, at, name));
        while (resolve_take(&t, ".")) {
                if (resolve_take_name(&t, name, sizeof(name)) == 0)
                        return NULL;
                value = value ? followed(r, resolve_get(r, value, name)) : NULL;
        }
        if (resolve_take(&t, "|")) {
                resolve_skip_blanks(&t);
                struct node *other = fallback(r, at, &t);
                value = value ? value : other;
                if (!other)
                        return NULL;
        }
        resolve_skip_blanks(&t);
        return t.s == t.end ? value : NULL;
}

static const struct node *piece(struct resolver *r, const struct node *n, const char *s,
                                size_t size)
{
        return value_of(r, n, (struct resolve_rest){s, s + size});
}

bool resolve_ansible(struct resolver *r, struct node *n)
{
        static const struct resolve_marks marks = {.open = "{{", .close = "}}"};

        return resolve_become(r, n, resolve_text(r, n, &marks, piece));
}
