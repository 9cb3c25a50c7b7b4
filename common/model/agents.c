/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the life of a table of agents.
 * Does not own: reading it (daemon/config), holding it against a process (watchers/process-agent.c).
 */
#include "common/model/agents.h"

#include <stdlib.h>

struct agents *agents_new(void)
{
        struct agents *a = calloc(1, sizeof(*a));

        if (a)
                a->refs = 1;
        return a;
}

struct agents_entry *agents_add(struct agents *a)
{
        struct agents_entry *entries = reallocarray(a->entries, a->n + 1, sizeof(*entries));

        if (!entries)
                return NULL;
        a->entries = entries;
        entries[a->n] = (struct agents_entry){0};
        return &entries[a->n++];
}

struct agents *agents_ref(struct agents *a)
{
        if (a)
                a->refs++;
        return a;
}

struct agents *agents_unref(struct agents *a)
{
        if (!a || --a->refs > 0)
                return NULL;
        for (size_t i = 0; i < a->n; i++) {
                struct agents_entry *e = &a->entries[i];

                free(e->name);
                word_list_done(&e->programs);
                word_list_done(&e->variables);
                word_list_done(&e->cgroups);
                word_list_done(&e->containers);
        }
        free(a->entries);
        free(a);
        return NULL;
}
