/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Memory of one reading: chunks that only grow and are freed together, with a bound on bytes and on
 * nodes. It must not know what the nodes mean. Everything handed out belongs to the lexer and lives
 * until lexer_free().
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/source/reader.h"

#define CHUNK_SIZE ((size_t)64 * 1024)

struct chunk {
        struct chunk *next;
        size_t used, size;
        _Alignas(16) char data[];
};

static void *memory_fail(struct lexer *l, int error)
{
        if (!l->error)
                l->error = error;
        return NULL;
}

static struct chunk *chunk_add(struct lexer *l, size_t least)
{
        size_t size = MAX_OF(CHUNK_SIZE, least);
        if (l->bytes + size > l->bytes_max)
                return memory_fail(l, -E2BIG);
        struct chunk *c = malloc(sizeof(*c) + size);
        if (!c)
                return memory_fail(l, -ENOMEM);
        *c = (struct chunk){.next = l->chunks, .size = size};
        l->chunks = c;
        l->bytes += size;
        return c;
}

void *memory_take(struct lexer *l, size_t size)
{
        struct chunk *c = l->chunks;

        if (l->error)
                return NULL;
        size = (size + 15) & ~(size_t)15;
        if (!c || c->size - c->used < size)
                c = chunk_add(l, size);
        if (!c)
                return NULL;
        void *p = c->data + c->used;
        c->used += size;
        return memset(p, 0, size);
}

const char *memory_text(struct lexer *l, const char *s, size_t n)
{
        char *p = memory_take(l, n + 1);
        return p ? memcpy(p, s, n) : NULL;
}

static bool node_taken(struct lexer *l)
{
        if (l->nodes >= l->nodes_max)
                (void)memory_fail(l, -E2BIG);
        else
                l->nodes++;
        return !l->error;
}

struct value *memory_value(struct lexer *l, enum value_type type, const char *text)
{
        if (!text || !node_taken(l))
                return NULL;
        struct lexer_value *lv = memory_take(l, sizeof(*lv));
        if (!lv)
                return NULL;
        lv->v.type = type;
        lv->v.text = text;
        *l->values_end = lv;
        l->values_end = &lv->all;
        return &lv->v;
}

struct call *memory_call(struct lexer *l, const char *callee)
{
        if (!callee || !node_taken(l))
                return NULL;
        struct call *c = memory_take(l, sizeof(*c));
        if (!c)
                return NULL;
        c->callee = callee;
        *l->calls_end = c;
        l->calls_end = &c->next;
        l->source.n_calls++;
        return c;
}

void memory_free(struct lexer *l)
{
        while (l->chunks) {
                struct chunk *next = l->chunks->next;
                free(l->chunks);
                l->chunks = next;
        }
        free(l->bindings);
}
