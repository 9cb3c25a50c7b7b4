/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the table of a sudoers file's aliases, and what a name stands for in the end.
 * Does not own: the text (sudoers.c); the nodes of the members, which the document owns.
 * Why bounded: ten aliases of ten others each, ten times over, are a short file and no end of
 * names.
 */
#include "detectors/formats/sudoers-alias.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"

#define NESTING_MAX 16u
#define STEPS_MAX 100000u

int sudoers_aliases_add(struct sudoers_aliases *t, enum sudoers_kind kind,
                        const struct node *members)
{
        if (t->n == t->alloc) {
                size_t alloc = t->alloc ? t->alloc * 2 : 16;
                struct sudoers_alias *list = reallocarray(t->list, alloc, sizeof(*list));

                if (!list)
                        return -ENOMEM;
                t->list = list;
                t->alloc = alloc;
        }
        t->list[t->n++] = (struct sudoers_alias){.kind = kind, .members = members};
        return 0;
}

static int compare(enum sudoers_kind kind, const char *name, const struct sudoers_alias *b)
{
        return kind != b->kind ? (kind < b->kind ? -1 : 1) : strcmp(name, b->members->key);
}

/* Of two with one name the first is kept, as visudo would complain. */
static int by_name(const void *x, const void *y)
{
        const struct sudoers_alias *a = x, *b = y;
        int order = compare(a->kind, a->members->key, b);

        return order
                       ?: (a->members->offset > b->members->offset) -
                                  (a->members->offset < b->members->offset);
}

void sudoers_aliases_sort(struct sudoers_aliases *t)
{
        if (t->n > 0)
                qsort(t->list, t->n, sizeof(*t->list), by_name);
}

void sudoers_aliases_done(struct sudoers_aliases *t)
{
        free(t->list);
        *t = (struct sudoers_aliases){0};
}

/* The first of that name, or NULL. */
static struct sudoers_alias *find(struct sudoers_aliases *t, enum sudoers_kind kind,
                                  const char *name)
{
        size_t low = 0, high = t->n;

        if (*name < 'A' || *name > 'Z')
                return NULL;
        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (compare(kind, name, &t->list[middle]) > 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < t->n && compare(kind, name, &t->list[low]) == 0 ? &t->list[low] : NULL;
}

struct frame {
        struct sudoers_alias *alias;
        const struct node *next;
        bool negated;
};

static const char *behind_negation(const char *text, bool *negated)
{
        for (; *text == '!' || *text == ' ' || *text == '\t'; text++)
                *negated ^= *text == '!';
        return text;
}

/* Members of aliases below the first, until none is left. */
static int expand(struct sudoers_aliases *t, struct frame *stack, sudoers_alias_fn fn,
                  void *userdata)
{
        unsigned depth = 1;
        int r = 0;

        while (r == 0 && depth > 0) {
                struct frame *top = &stack[depth - 1];
                const struct node *member = top->next;

                if (!member) {
                        top->alias->active = false;
                        depth--;
                        continue;
                }
                if (++t->steps > STEPS_MAX)
                        r = -E2BIG;
                top->next = member->next;
                bool negated = top->negated;
                const char *text = behind_negation(member->text, &negated);
                struct sudoers_alias *alias = find(t, top->alias->kind, text);
                if (!alias && r == 0)
                        r = fn(userdata, member, text, negated);
                if (!alias || alias->active || depth == NESTING_MAX)
                        continue;
                alias->active = true;
                stack[depth++] = (struct frame){alias, alias->members->first, negated};
        }
        for (; depth > 0; depth--)
                stack[depth - 1].alias->active = false;
        return r;
}

int sudoers_aliases_expand(struct sudoers_aliases *t, enum sudoers_kind kind,
                           const struct node *word, bool negated, sudoers_alias_fn fn,
                           void *userdata)
{
        struct sudoers_alias *alias = find(t, kind, word->text);
        struct frame stack[NESTING_MAX];

        if (!alias)
                return fn(userdata, word, word->text, negated);
        alias->active = true;
        stack[0] = (struct frame){alias, alias->members->first, negated};
        return expand(t, stack, fn, userdata);
}
