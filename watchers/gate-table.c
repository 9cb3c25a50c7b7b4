/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the files that the gate knows, and the fd of what is asked.
 * Does not own: what is made of a verdict (gate-judge.c); who waits (gate-thread.c).
 */
#include "watchers/gate-table.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"

int gate_table_init(struct gate_table *t, size_t max, size_t asked_max)
{
        *t = (struct gate_table){.max = MAX_OF(max, (size_t)1), .asked_max = asked_max};
        t->asked = calloc(asked_max, sizeof(struct gate_file *));
        return t->asked ? 0 : -ENOMEM;
}

struct gate_file *gate_table_find(struct gate_table *t, const struct gate_key *key)
{
        struct gate_file *f;

        HASH_FIND(hh, t->by_key, key, sizeof(*key), f);
        return f;
}

void gate_file_set_path(struct gate_file *f, const char *path)
{
        if (*path == '\0' || (f->path && strcmp(f->path, path) == 0))
                return;
        free(f->path);
        f->path = strdup(path);
}

static void take_out(struct gate_table *t, struct gate_file *f)
{
        if (f->older)
                f->older->newer = f->newer;
        else
                t->oldest = f->newer;
        if (f->newer)
                f->newer->older = f->older;
        else
                t->newest = f->older;
        f->older = f->newer = NULL;
}

static void put_last(struct gate_table *t, struct gate_file *f)
{
        f->older = t->newest;
        f->newer = NULL;
        if (t->newest)
                t->newest->newer = f;
        else
                t->oldest = f;
        t->newest = f;
}

void gate_table_touch(struct gate_table *t, struct gate_file *f)
{
        if (t->newest == f)
                return;
        take_out(t, f);
        put_last(t, f);
}

void gate_table_remove(struct gate_table *t, struct gate_file *f)
{
        gate_table_answered(t, f);
        take_out(t, f);
        HASH_DEL(t->by_key, f);
        t->n--;
        free(f->path);
        free(f);
}

static void make_room(struct gate_table *t)
{
        for (struct gate_file *f = t->oldest, *next; f && t->n >= t->max; f = next) {
                next = f->newer;
                if (!f->waiters)
                        gate_table_remove(t, f);
        }
}

struct gate_file *gate_table_add(struct gate_table *t, const struct gate_key *key)
{
        struct gate_file *f = calloc(1, sizeof(*f));

        if (!f)
                return NULL;
        make_room(t);
        f->key = *key;
        f->asked.fd = -1;
        HASH_ADD(hh, t->by_key, key, sizeof(f->key), f);
        if (!f->hh.tbl) {
                free(f);
                return NULL;
        }
        put_last(t, f);
        t->n++;
        return f;
}

/* --- what is asked --------------------------------------------------------------------------- */

static size_t slot_of(const struct gate_table *t, uint64_t ticket)
{
        return (size_t)(ticket % t->asked_max);
}

struct gate_file *gate_table_asked(struct gate_table *t, uint64_t ticket)
{
        struct gate_file *f = t->asked[slot_of(t, ticket)];

        return f && f->asked.ticket == ticket ? f : NULL;
}

/* One that is free, or whose answer nobody waits for any more. */
static struct gate_file **find_slot(struct gate_table *t)
{
        for (size_t i = 0; i < t->asked_max; i++) {
                struct gate_file **slot = &t->asked[t->asked_next];

                t->asked_next = (t->asked_next + 1) % t->asked_max;
                if (*slot && !(*slot)->waiters)
                        gate_table_answered(t, *slot);
                if (!*slot)
                        return slot;
        }
        return NULL;
}

bool gate_table_ask(struct gate_table *t, struct gate_file *f, const struct gate_asked *asked)
{
        int fd = asked->fd;

        gate_table_answered(t, f);
        struct gate_file **slot = find_slot(t);
        if (!slot) {
                (void)fd_close(fd);
                return false;
        }
        *slot = f;
        f->asked = *asked;
        f->asked.ticket = ++t->asked_n * t->asked_max + (uint64_t)(slot - t->asked);
        return true;
}

void gate_table_answered(struct gate_table *t, struct gate_file *f)
{
        if (f->asked.ticket == 0)
                return;
        t->asked[slot_of(t, f->asked.ticket)] = NULL;
        f->asked.fd = fd_close(f->asked.fd);
        f->asked.ticket = 0;
}

void gate_table_done(struct gate_table *t)
{
        while (t->oldest)
                gate_table_remove(t, t->oldest);
        free(t->asked);
        *t = (struct gate_table){0};
}
