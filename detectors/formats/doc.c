/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the memory of a document (an arena of chunks), the making and linking of nodes, the limits.
 * Does not own: any syntax; the readers build trees with what is here.
 * Ownership: everything handed out lives until doc_free(); nothing in a tree is freed by itself.
 * Why an arena: a hostile file makes hundreds of thousands of nodes, and all of them go at once.
 */
#include "detectors/formats/doc.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/doc-internal.h"

#define CHUNK_FIRST ((size_t)16 << 10)
#define CHUNK_MAX ((size_t)1 << 20)

struct chunk {
        struct chunk *next;
        size_t size, used;
        alignas(max_align_t) char data[];
};

struct doc {
        struct doc_limits limits;
        struct chunk *chunks; /* the newest first */
        size_t bytes;         /* handed out */
        unsigned nodes;
        int error;
        struct node *root;
};

/* Every node is the first member of one of these; what readers need not see hangs behind it. */
struct slot {
        struct node node;
        unsigned depth;
        bool embedded_known;
        struct node *embedded;
        struct doc_source *source;
};

static struct slot *slot_of(struct node *n)
{
        return (struct slot *)(void *)n;
}

static const struct slot *slot_of_const(const struct node *n)
{
        return (const struct slot *)(const void *)n;
}

int doc_new(struct doc **ret, const struct doc_limits *limits)
{
        struct doc *d = calloc(1, sizeof(*d));

        if (!d)
                return -ENOMEM;
        d->limits = limits ? *limits : DOC_LIMITS_DEFAULT;
        *ret = d;
        return 0;
}

struct doc *doc_free(struct doc *d)
{
        if (!d)
                return NULL;
        for (struct chunk *c = d->chunks, *next; c; c = next) {
                next = c->next;
                free(c);
        }
        free(d);
        return NULL;
}

struct node *doc_root(struct doc *d)
{
        return d->root;
}

void doc_set_root(struct doc *d, struct node *root)
{
        d->root = root;
        if (root) {
                root->parent = NULL;
                root->next = NULL;
        }
}

int doc_error(const struct doc *d)
{
        return d->error;
}

const struct doc_limits *doc_limits(const struct doc *d)
{
        return &d->limits;
}

static void *fail(struct doc *d, int error)
{
        if (d->error == 0)
                d->error = error;
        return NULL;
}

static struct chunk *chunk_add(struct doc *d, size_t n)
{
        size_t size = d->chunks ? MIN_OF(d->chunks->size * 2, CHUNK_MAX) : CHUNK_FIRST;

        size = MAX_OF(size, n);
        struct chunk *c = malloc(sizeof(*c) + size);
        if (!c)
                return fail(d, -ENOMEM);
        *c = (struct chunk){.next = d->chunks, .size = size};
        d->chunks = c;
        return c;
}

static void *arena_take(struct doc *d, size_t n, size_t alignment)
{
        if (d->error != 0)
                return NULL;
        if (n > d->limits.bytes || d->bytes > d->limits.bytes - n)
                return fail(d, -E2BIG);

        struct chunk *c = d->chunks;
        size_t start = c ? (c->used + alignment - 1) & ~(alignment - 1) : 0;
        if (!c || start > c->size || c->size - start < n) {
                c = chunk_add(d, n);
                if (!c)
                        return NULL;
                start = 0;
        }
        d->bytes += n;
        c->used = start + n;
        return c->data + start;
}

void *doc_alloc(struct doc *d, size_t n)
{
        return arena_take(d, n, alignof(max_align_t));
}

char *doc_text_reserve(struct doc *d, size_t n)
{
        if (n == SIZE_MAX)
                return fail(d, -E2BIG);
        return arena_take(d, n + 1, 1);
}

void doc_text_trim(struct doc *d, char *text, size_t reserved, size_t used)
{
        struct chunk *c = d->chunks;

        text[used] = '\0';
        if (text + reserved + 1 != c->data + c->used)
                return;
        c->used -= reserved - used;
        d->bytes -= reserved - used;
}

char *doc_text(struct doc *d, const char *s, size_t n)
{
        char *text = doc_text_reserve(d, n);

        if (!text)
                return NULL;
        if (n > 0)
                memcpy(text, s, n);
        text[n] = '\0';
        return text;
}

struct node *doc_node(struct doc *d, enum node_type type, uint32_t line, uint32_t column,
                      uint64_t offset)
{
        if (d->error == 0 && d->nodes >= d->limits.nodes)
                return fail(d, -E2BIG);

        struct slot *slot = doc_alloc(d, sizeof(*slot));
        if (!slot)
                return NULL;
        d->nodes++;
        *slot = (struct slot){
                .node =
                        {
                                .type = type,
                                .line = line,
                                .column = column,
                                .end_line = line,
                                .offset = offset,
                        },
        };
        return &slot->node;
}

int doc_append(struct doc *d, struct node *parent, struct node *child, const char *key)
{
        if (!child || !parent)
                (void)fail(d, -E2BIG);
        if (d->error != 0)
                return d->error;

        unsigned depth = slot_of(parent)->depth + 1;
        if (depth > d->limits.depth) {
                (void)fail(d, -E2BIG);
                return d->error;
        }
        slot_of(child)->depth = depth;
        child->parent = parent;
        child->key = key;
        child->next = NULL;
        if (parent->last)
                parent->last->next = child;
        else
                parent->first = child;
        parent->last = child;
        parent->count++;
        return 0;
}

void node_place(struct node *n, const struct node *at)
{
        n->line = at->line;
        n->column = at->column;
        n->end_line = at->end_line;
        n->offset = at->offset;
        n->length = at->length;
        n->key_line = n->key_column = 0;
}

void node_set_text(struct node *n, const char *text, size_t size)
{
        n->text = text;
        n->text_len = text ? size : 0;
}

void node_unlink(struct node *child, struct node *before)
{
        struct node *parent = child->parent;

        if (before)
                before->next = child->next;
        else
                parent->first = child->next;
        if (parent->last == child)
                parent->last = before;
        parent->count--;
        child->next = NULL;
}

void node_extend(struct node *container, uint64_t end, uint32_t end_line)
{
        if (end > container->offset)
                container->length = (uint32_t)MIN_OF(end - container->offset, UINT32_MAX);
        if (end_line > container->end_line)
                container->end_line = end_line;
}

/* Copies what a node is, not where it hangs. */
static struct node *copy_one(struct doc *d, const struct node *from, struct node *parent,
                             const char *key)
{
        struct node *to = doc_node(d, from->type, from->line, from->column, from->offset);

        if (!to)
                return NULL;
        *to = *from;
        to->first = to->last = to->next = NULL;
        to->index = NULL;
        to->count = 0;
        slot_of(to)->source = slot_of_const(from)->source;
        return doc_append(d, parent, to, key) < 0 ? NULL : to;
}

struct node *doc_copy(struct doc *d, const struct node *n, struct node *parent, const char *key)
{
        struct node *top = copy_one(d, n, parent, key), *to = top;

        for (const struct node *from = n; to;) {
                if (from->first) {
                        from = from->first;
                        to = copy_one(d, from, to, from->key);
                        continue;
                }
                while (from != n && !from->next) {
                        from = from->parent;
                        to = to->parent;
                }
                if (from == n)
                        return top;
                from = from->next;
                to = copy_one(d, from, to->parent, from->key);
        }
        return NULL;
}

int doc_become(struct doc *d, struct node *n, const struct node *value)
{
        struct slot *slot = slot_of(n), before = *slot;
        int error = d->error;

        if (error != 0)
                return error;
        n->type = value->type;
        n->quoted = value->quoted;
        n->template = value->template;
        n->tag = value->tag;
        n->text = value->text;
        n->text_len = value->text_len;
        n->first = n->last = NULL;
        n->index = NULL;
        n->count = 0;
        slot->source = slot_of_const(value)->source;
        slot->embedded_known = false;
        /* what is in it is found from where it is written */
        if (doc_source(n) && !slot->source->placed) {
                n->line = value->line;
                n->column = value->column;
                n->end_line = value->end_line;
                n->offset = value->offset;
                n->length = value->length;
        }
        NODE_CHILDREN(child, value)
        {
                if (!doc_copy(d, child, n, child->key))
                        break;
        }
        if (d->error == 0)
                return 0;
        error = d->error;
        d->error = 0;
        *slot = before;
        return error;
}

static bool looks_like_json(const struct node *n)
{
        size_t i = 0;

        while (i < n->text_len && (n->text[i] == ' ' || n->text[i] == '\t' || n->text[i] == '\n' ||
                                   n->text[i] == '\r'))
                i++;
        return i < n->text_len && (n->text[i] == '{' || n->text[i] == '[');
}

void doc_keep_source(struct doc *d, struct node *n, enum doc_spelling spelling, bool templates,
                     const char *raw, size_t size)
{
        if (!n || !n->text || !looks_like_json(n))
                return;

        struct doc_source *source = doc_alloc(d, sizeof(*source));
        char *copy = doc_text(d, raw, size);
        if (!source || !copy)
                return;
        *source = (struct doc_source){
                .raw = copy,
                .size = size,
                .spelling = spelling,
                .templates = templates,
        };
        slot_of(n)->source = source;
}

void doc_keep_placed(struct doc *d, struct node *n, bool templates)
{
        if (!n || !n->text || !looks_like_json(n))
                return;

        struct doc_source *source = doc_alloc(d, sizeof(*source));
        if (!source)
                return;
        *source = (struct doc_source){.templates = templates, .placed = true};
        slot_of(n)->source = source;
}

void doc_place_source(struct doc *d, struct node *n)
{
        const struct doc_source *source = slot_of(n)->source;

        if (!source)
                return;
        slot_of(n)->source = NULL;
        doc_keep_placed(d, n, source->templates);
}

void doc_keep_yaml(struct doc *d, struct node *n, const char *raw, size_t size)
{
        static const char kind[] = "kind:", change[] = "op:";

        if (!n || !n->text || slot_of(n)->source ||
            (!memmem(n->text, n->text_len, kind, sizeof(kind) - 1) &&
             !memmem(n->text, n->text_len, change, sizeof(change) - 1)))
                return;

        struct doc_source *source = doc_alloc(d, sizeof(*source));
        char *copy = doc_text(d, raw, size);
        if (!source || !copy)
                return;
        *source = (struct doc_source){
                .raw = copy, .size = size, .spelling = DOC_SPELLING_VERBATIM, .yaml = true};
        slot_of(n)->source = source;
}

void doc_forget_source(struct node *n)
{
        slot_of(n)->source = NULL;
}

const struct doc_source *doc_source(const struct node *n)
{
        const struct doc_source *source = slot_of_const(n)->source;

        return source && !source->yaml ? source : NULL;
}

const struct doc_source *doc_yaml_source(const struct node *n)
{
        const struct doc_source *source = slot_of_const(n)->source;

        return source && source->yaml ? source : NULL;
}

bool doc_embedded_known(const struct node *n, struct node **ret)
{
        if (!slot_of_const(n)->embedded_known)
                return false;
        *ret = slot_of_const(n)->embedded;
        return true;
}

void doc_embedded_remember(struct node *n, struct node *tree)
{
        struct slot *slot = slot_of(n);

        slot->embedded_known = true;
        slot->embedded = tree;
        if (tree)
                tree->parent = n;
}
