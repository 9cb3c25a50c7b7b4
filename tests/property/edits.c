/* SPDX-FileCopyrightText: giad maintainers */
/* Owns: stretches of a file that are replaced. */
#include <stdlib.h>

#include "common/base/macros.h"
#include "tests/property/rewriting.h"

void edits_add(struct edits *e, size_t at, size_t n, struct buffer *with)
{
        if (e->n == e->alloc) {
                e->alloc = MAX_OF(e->alloc * 2, (size_t)16);
                e->list = realloc(e->list, e->alloc * sizeof(*e->list));
                if (!e->list)
                        abort();
        }
        struct edit *edit = &e->list[e->n++];
        *edit = (struct edit){.at = at, .n = n};
        if (buffer_take(with, &edit->with) < 0)
                abort();
}

void edits_done(struct edits *e)
{
        for (size_t i = 0; i < e->n; i++)
                free(e->list[i].with);
        free(e->list);
        *e = (struct edits){0};
}

static int by_place(const void *a, const void *b)
{
        const struct edit *x = a, *y = b;

        return x->at < y->at ? -1 : x->at > y->at;
}

bool edits_apply(struct edits *e, const struct original *o, struct buffer *ret)
{
        size_t at = 0;

        if (e->n == 0)
                return false;
        qsort(e->list, e->n, sizeof(*e->list), by_place);
        for (size_t i = 0; i < e->n; i++) {
                const struct edit *edit = &e->list[i];

                if (edit->at < at || edit->at + edit->n > o->n)
                        return false;
                buffer_append(ret, o->text + at, edit->at - at);
                buffer_puts(ret, edit->with);
                at = edit->at + edit->n;
        }
        buffer_append(ret, o->text + at, o->n - at);
        return true;
}
