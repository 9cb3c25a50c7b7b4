/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the unsettled files, found by (directory, name) and ordered by when they are due.
 * Does not own: the directories; settle_touch() returning 1 and settle_take()/settle_cancel() tell
 * the caller when an entry begins and ceases to refer to one.
 *
 * A binary heap whose order is corrected late: a touch only notes the time, and an entry that turns
 * out not to be due yet sinks when it comes to the top. So a busy writer costs one table look-up
 * for each event, and log n once in each settle time.
 */
#include "watchers/settle.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/table.h"

/* dir and name are one block and serve as the key */
struct settle_key {
        void *dir;
        char name[];
};

struct settle_entry {
        UT_hash_handle hh;
        struct settle_entry *fresh_next, *fresh_prev;
        usec_t due;   /* as the heap knows it; the true one is never earlier */
        usec_t first; /* touch */
        usec_t last;
        size_t at; /* index in the heap */
        enum candidate_why why;
        bool fresh;
        struct settle_key key;
};

struct settle {
        struct settle_entry *table;
        struct settle_entry *fresh;
        struct settle_entry **heap;
        size_t n, alloc, max;
        usec_t quiet, longest;
};

static void heap_set(struct settle *s, size_t at, struct settle_entry *e)
{
        s->heap[at] = e;
        e->at = at;
}

static void heap_rise(struct settle *s, struct settle_entry *e)
{
        size_t at = e->at;

        for (; at > 0 && s->heap[(at - 1) / 2]->due > e->due; at = (at - 1) / 2)
                heap_set(s, at, s->heap[(at - 1) / 2]);
        heap_set(s, at, e);
}

static void heap_sink(struct settle *s, struct settle_entry *e)
{
        size_t at = e->at;

        for (;;) {
                size_t child = 2 * at + 1;

                if (child + 1 < s->n && s->heap[child + 1]->due < s->heap[child]->due)
                        child++;
                if (child >= s->n || s->heap[child]->due >= e->due)
                        break;
                heap_set(s, at, s->heap[child]);
                at = child;
        }
        heap_set(s, at, e);
}

static int heap_push(struct settle *s, struct settle_entry *e)
{
        if (s->n == s->alloc) {
                size_t alloc = MAX_OF(s->alloc * 2, (size_t)64);
                struct settle_entry **heap =
                        reallocarray(s->heap, alloc, sizeof(struct settle_entry *));

                if (!heap)
                        return -ENOMEM;
                s->heap = heap;
                s->alloc = alloc;
        }
        heap_set(s, s->n++, e);
        heap_rise(s, e);
        return 0;
}

static void heap_remove(struct settle *s, struct settle_entry *e)
{
        struct settle_entry *last = s->heap[--s->n];

        if (last == e)
                return;
        heap_set(s, e->at, last);
        heap_rise(s, last);
        heap_sink(s, last);
}

static void fresh_add(struct settle *s, struct settle_entry *e)
{
        e->fresh = true;
        e->fresh_next = s->fresh;
        if (s->fresh)
                s->fresh->fresh_prev = e;
        s->fresh = e;
}

static void fresh_remove(struct settle *s, struct settle_entry *e)
{
        if (!e->fresh)
                return;
        if (e->fresh_prev)
                e->fresh_prev->fresh_next = e->fresh_next;
        else
                s->fresh = e->fresh_next;
        if (e->fresh_next)
                e->fresh_next->fresh_prev = e->fresh_prev;
        e->fresh_next = e->fresh_prev = NULL;
        e->fresh = false;
}

static void take_out(struct settle *s, struct settle_entry *e)
{
        fresh_remove(s, e);
        heap_remove(s, e);
        HASH_DEL(s->table, e);
}

static usec_t add_sat(usec_t a, usec_t b)
{
        return a > USEC_INFINITY - 1 - b ? USEC_INFINITY - 1 : a + b;
}

static usec_t due_of(const struct settle *s, const struct settle_entry *e)
{
        return MIN_OF(add_sat(e->last, s->quiet), add_sat(e->first, s->longest));
}

static struct settle_entry *find(struct settle *s, void *dir, const char *name)
{
        union {
                struct settle_key key;
                char bytes[sizeof(struct settle_key) + NAME_MAX + 1];
        } k;
        size_t n = strlen(name);
        struct settle_entry *e;

        if (n > NAME_MAX)
                return NULL;
        k.key.dir = dir;
        memcpy(k.bytes + sizeof(struct settle_key), name, n);
        HASH_FIND(hh, s->table, k.bytes, (unsigned)(sizeof(struct settle_key) + n), e);
        return e;
}

static int add(struct settle *s, void *dir, const char *name, enum candidate_why why, usec_t now)
{
        size_t n = strlen(name);

        if (s->n >= s->max)
                return -ENOBUFS;
        _cleanup_free_ struct settle_entry *e = calloc(1, sizeof(*e) + n + 1);
        if (!e)
                return -ENOMEM;
        e->first = e->last = now;
        e->why = why;
        e->due = due_of(s, e);
        e->key.dir = dir;
        memcpy(e->key.name, name, n);
        int r = heap_push(s, e);
        if (r < 0)
                return r;
        HASH_ADD_KEYPTR(hh, s->table, &e->key, (unsigned)(sizeof(e->key) + n), e);
        if (!e->hh.tbl) {
                heap_remove(s, e);
                return -ENOMEM;
        }
        if (why == CANDIDATE_LINKED)
                fresh_add(s, e);
        (void)take_ptr(&e);
        return 1;
}

static int strength(enum candidate_why why)
{
        return why == CANDIDATE_OPEN ? 2 : why == CANDIDATE_LINKED ? 1 : 0;
}

int settle_touch(struct settle *s, void *dir, const char *name, enum candidate_why why, usec_t now)
{
        if (strlen(name) > NAME_MAX)
                return -ENAMETOOLONG;
        struct settle_entry *e = find(s, dir, name);
        if (!e)
                return add(s, dir, name, why, now);
        fresh_remove(s, e);
        e->last = MAX_OF(e->last, now);
        if (strength(why) > strength(e->why))
                e->why = why;
        return 0;
}

bool settle_cancel(struct settle *s, void *dir, const char *name)
{
        struct settle_entry *e = find(s, dir, name);

        if (!e)
                return false;
        take_out(s, e);
        (void)settle_entry_free(e);
        return true;
}

bool settle_has(struct settle *s, void *dir, const char *name)
{
        return find(s, dir, name);
}

usec_t settle_deadline(struct settle *s)
{
        while (s->n > 0) {
                struct settle_entry *top = s->heap[0];
                usec_t due = due_of(s, top);

                if (due <= top->due)
                        return due;
                top->due = due;
                heap_sink(s, top);
        }
        return USEC_INFINITY;
}

struct settle_entry *settle_take(struct settle *s, usec_t now)
{
        if (s->n == 0 || settle_deadline(s) > now)
                return NULL;
        struct settle_entry *e = s->heap[0];
        take_out(s, e);
        return e;
}

size_t settle_count(const struct settle *s)
{
        return s->n;
}

const struct settle_entry *settle_next_fresh(struct settle *s)
{
        struct settle_entry *e = s->fresh;

        if (e)
                fresh_remove(s, e);
        return e;
}

int settle_new(struct settle **ret, usec_t quiet, usec_t longest, size_t max)
{
        struct settle *s = calloc(1, sizeof(*s));

        if (!s)
                return -ENOMEM;
        s->quiet = quiet;
        s->longest = MAX_OF(quiet, longest);
        s->max = max;
        *ret = s;
        return 0;
}

struct settle *settle_free(struct settle *s)
{
        struct settle_entry *e;

        if (!s)
                return NULL;
        while ((e = settle_take(s, USEC_INFINITY)))
                (void)settle_entry_free(e);
        free(s->heap);
        free(s);
        return NULL;
}

struct settle_entry *settle_entry_free(struct settle_entry *e)
{
        free(e);
        return NULL;
}

void *settle_entry_dir(const struct settle_entry *e)
{
        return e->key.dir;
}

const char *settle_entry_name(const struct settle_entry *e)
{
        return e->key.name;
}

enum candidate_why settle_entry_why(const struct settle_entry *e)
{
        return e->why;
}
