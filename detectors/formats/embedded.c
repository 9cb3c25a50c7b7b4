/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading the document of JSON or YAML that a string holds, and finding the places of its parts in
 * the file. Does not own: JSON (json.c), YAML (yaml.c); which strings keep their source (the readers,
 * doc_keep_source()). Why places are found by matching value and source: a string's value and what
 * stands in the file differ by quotes, escapes and indentation, which every format does its own
 * way; but what is not white space comes in the same order in both, so one pass over both finds
 * each character's place.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/cursor.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/doc.h"
#include "detectors/formats/format.h"
#include "detectors/formats/json-string.h"
#include "detectors/formats/json.h"

#define EMBEDDED_MAX ((size_t)512 << 10)

/* Where a byte of the value stands in the source. */
struct spot {
        uint32_t at, line, column;
};

static bool is_space(char c)
{
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The escape at the cursor: its length; *ret its one character, '\0' if that is no ASCII character.
 */
static size_t read_escape(const struct cursor *c, char *ret)
{
        static const char names[] = "0abtnvfre", values[] = "\0\a\b\t\n\v\f\r\x1b";
        char name = cursor_peek(c, 1);
        size_t digits = name == 'x' ? 2 : name == 'u' ? 4 : name == 'U' ? 8 : 0;
        const char *known = name != '\0' ? strchr(names, name) : NULL;
        uint32_t value = 0;

        *ret = known ? values[known - names] : name;
        for (size_t i = 0; i < digits; i++) {
                char digit[2] = {cursor_peek(c, 2 + i), '\0'};

                value = value << 4 | (uint32_t)strtoul(digit, NULL, 16);
        }
        if (digits > 0)
                *ret = value < 0x80 ? (char)value : '\0';
        return 2 + digits;
}

/* Moves to the unit of the source that became this character of the value, and returns its length.
 */
static size_t find_unit(struct cursor *c, bool escapes, char wanted)
{
        while (!cursor_ended(c)) {
                size_t length = 1;
                char byte = cursor_peek(c, 0);

                if (escapes && byte == '\\')
                        length = read_escape(c, &byte);
                if (byte == wanted)
                        return length;
                cursor_skip(c, length);
        }
        return 0;
}

/* spots has room for the value and its end. */
static void find_spots(const struct node *n, const struct doc_source *source, struct spot *spots)
{
        const char *header = source->yaml ? memchr(source->raw, '\n', source->size) : NULL;
        struct cursor c = {
                .data = source->raw,
                .n = source->size,
                .line = n->line,
                .column = n->column,
        };
        bool escapes = source->spelling == DOC_SPELLING_ESCAPED;

        if (header)
                cursor_skip(&c, (size_t)(header + 1 - source->raw));
        for (size_t i = 0; i <= n->text_len; i++) {
                char wanted = i < n->text_len ? n->text[i] : ' ';
                /* letters beyond ASCII may come from escapes and are not looked for */
                bool known = (unsigned char)wanted < 0x80 && !is_space(wanted);
                size_t length = known ? find_unit(&c, escapes, wanted)
                                      : wanted == cursor_peek(&c, 0) && !is_space(wanted);

                spots[i] = (struct spot){(uint32_t)c.at, c.line, c.column};
                cursor_skip(&c, length);
        }
}

struct placing {
        const struct node *outer;
        const struct spot *spots;
};

/* The JSON reader counted bytes of the value: they become places in the file. */
static int place_node(struct node *n, void *userdata)
{
        const struct placing *p = userdata;
        size_t last = p->outer->text_len, begin = MIN_OF(n->offset, last);
        size_t end = MIN_OF(begin + n->length, last);
        const struct spot *from = &p->spots[begin], *to = &p->spots[end];

        n->line = from->line;
        n->column = from->column;
        n->end_line = p->spots[end > begin ? end - 1 : begin].line;
        n->offset = p->outer->offset + from->at;
        n->length = to->at - from->at;
        if (n->key_line > 0) {
                const struct spot *key = &p->spots[MIN_OF(n->key_column - 1, last)];

                n->key_line = key->line;
                n->key_column = key->column;
        }
        return 0;
}

static int place_at(struct node *n, void *userdata)
{
        node_place(n, userdata);
        return 0;
}

/* What the YAML reader counted in lines and columns of the value becomes what the JSON reader counts:
 * bytes. lines: where they begin. */
static int count_bytes(struct node *n, void *userdata)
{
        const size_t *lines = userdata;

        if (n->key_line > 0)
                n->key_column += (uint32_t)lines[n->key_line - 1];
        return 0;
}

static void place_yaml(const struct node *n, const struct doc_source *source, struct node *tree)
{
        _cleanup_free_ struct spot *spots = calloc(n->text_len + 1, sizeof(*spots));
        _cleanup_free_ size_t *lines = calloc(n->text_len + 2, sizeof(*lines));
        size_t k = 1;

        if (!spots || !lines) {
                (void)node_walk(tree, place_at, (void *)(uintptr_t)n);
                return;
        }
        for (size_t i = 0; i < n->text_len; i++)
                if (n->text[i] == '\n')
                        lines[k++] = i + 1;
        find_spots(n, source, spots);
        (void)node_walk(tree, count_bytes, lines);
        (void)node_walk(tree, place_node, &(struct placing){.outer = n, .spots = spots});
}

struct node *doc_embedded_yaml(struct doc *d, const struct node *n)
{
        const struct doc_source *source = doc_yaml_source(n);
        struct node *root = doc_root(d);
        struct doc_error error;

        if (!n->text || n->text_len > EMBEDDED_MAX || doc_error(d) < 0)
                return NULL;
        /* the reader takes the document's root for its own, for a moment */
        doc_set_root(d, NULL);
        int k = format_yaml.parse(d, n->text, n->text_len, &error);
        struct node *tree = doc_root(d);
        doc_set_root(d, root);
        if (k < 0 || !tree)
                return NULL;
        if (source)
                place_yaml(n, source, tree);
        else
                (void)node_walk(tree, place_at, (void *)(uintptr_t)n);
        return tree;
}

static struct node *read_embedded(struct doc *d, struct node *n, const struct doc_source *source)
{
        _cleanup_free_ struct spot *spots =
                source->placed ? NULL : calloc(n->text_len + 1, sizeof(*spots));
        enum json_flags flags = JSON_EMBEDDED | (source->templates ? JSON_TEMPLATES : 0);
        struct doc_error error;
        struct node *tree = NULL;

        if ((!spots && !source->placed) ||
            json_read(d, n->text, n->text_len, flags, &tree, &error) < 0 || !tree)
                return NULL;
        tree->parent = NULL;
        if (source->placed) {
                (void)node_walk(tree, place_at, n);
                return tree;
        }
        find_spots(n, source, spots);
        (void)node_walk(tree, place_node, &(struct placing){.outer = n, .spots = spots});
        return tree;
}

struct node *doc_embedded(struct doc *d, struct node *n)
{
        struct node *tree = NULL;

        if (!n || n->type == NODE_SEQUENCE || n->type == NODE_MAPPING)
                return n;
        if (doc_embedded_known(n, &tree))
                return tree;

        const struct doc_source *source = doc_source(n);
        if (source && n->text_len <= EMBEDDED_MAX && doc_error(d) == 0)
                tree = read_embedded(d, n, source);
        doc_embedded_remember(n, tree);
        return tree;
}
