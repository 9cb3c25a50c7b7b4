/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the first items of an order out of any number, and counts by name.
 * Does not own: the orders and the names (report-gather.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/report.h"

#define NAMES_MAX 1000u /* that are told apart: agents choose some of them */

int tallies_add(struct tallies *t, const char *name, int severity)
{
        size_t i = 0;

        while (i < t->n && strcmp(t->list[i].name, name) != 0)
                i++;
        if (i == NAMES_MAX)
                return 0;
        if (i == t->n) {
                if (t->n == t->alloc) {
                        size_t alloc = t->alloc ? 2 * t->alloc : 32;
                        struct tally *list = reallocarray(t->list, alloc, sizeof(*list));

                        if (!list)
                                return -ENOMEM;
                        t->list = list;
                        t->alloc = alloc;
                }
                t->list[i] = (struct tally){.name = strdup(name)};
                if (!t->list[i].name)
                        return -ENOMEM;
                t->n++;
        }
        t->list[i].n[severity]++;
        t->list[i].total++;
        return 0;
}

static int compare_tallies(const void *a, const void *b)
{
        const struct tally *x = a, *y = b;

        for (int s = _SEVERITY_MAX - 1; s > 0; s--)
                if (x->n[s] != y->n[s])
                        return x->n[s] < y->n[s] ? 1 : -1;
        if (x->total != y->total)
                return x->total < y->total ? 1 : -1;
        return strcmp(x->name, y->name);
}

static int compare_totals(const void *a, const void *b)
{
        const struct tally *x = a, *y = b;

        return x->total == y->total ? compare_tallies(a, b) : x->total < y->total ? 1 : -1;
}

void tallies_sort_by_total(struct tallies *t)
{
        if (t->n > 0)
                qsort(t->list, t->n, sizeof(t->list[0]), compare_totals);
}

void tallies_sort(struct tallies *t)
{
        if (t->n > 0)
                qsort(t->list, t->n, sizeof(t->list[0]), compare_tallies);
}

size_t tallies_count(const struct tallies *t, const char *name)
{
        for (size_t i = 0; i < t->n; i++)
                if (strcmp(t->list[i].name, name) == 0)
                        return t->list[i].total;
        return 0;
}

static void tallies_done(struct tallies *t)
{
        for (size_t i = 0; i < t->n; i++)
                free(t->list[i].name);
        free(t->list);
}

static int compare_best(const void *a, const void *b, void *userdata)
{
        const struct best *best = userdata;

        return best->compare(*(cJSON *const *)a, *(cJSON *const *)b);
}

static void cut(struct best *b)
{
        if (b->n > 0)
                qsort_r(b->list, b->n, sizeof(b->list[0]), compare_best, b);
        b->sorted = b->n >= b->max && b->max > 0;
        while (b->n > b->max)
                cJSON_Delete(b->list[--b->n]);
}

int best_add(struct best *b, const cJSON *item)
{
        b->seen++;
        /* most of a million are behind those that were the first when it was sorted last */
        if (b->sorted && b->compare(item, b->list[b->max - 1]) >= 0)
                return 0;
        if (b->n >= 2 * b->max)
                cut(b);
        if (b->n == b->alloc) {
                size_t alloc = b->alloc ? 2 * b->alloc : 64;
                cJSON **list = reallocarray(b->list, alloc, sizeof(*list));

                if (!list)
                        return -ENOMEM;
                b->list = list;
                b->alloc = alloc;
        }
        b->list[b->n] = cJSON_Duplicate(item, true);
        if (!b->list[b->n])
                return -ENOMEM;
        b->n++;
        return 0;
}

void best_finish(struct best *b)
{
        cut(b);
}

static void best_done(struct best *b)
{
        b->max = 0;
        cut(b);
        free(b->list);
}

void report_done(struct report *r)
{
        struct tallies *const tallies[] = {&r->states, &r->kinds, &r->agents, &r->classes,
                                           &r->references};
        struct best *const lists[] = {&r->inventory, &r->worst, &r->notable, &r->quarantine};

        for (size_t i = 0; i < ELEMENTSOF(tallies); i++)
                tallies_done(tallies[i]);
        for (size_t i = 0; i < ELEMENTSOF(lists); i++)
                best_done(lists[i]);
        cJSON_Delete(r->status);
        free(r->hours);
}
