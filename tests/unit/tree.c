/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: showing a document as text, and the properties that the tests of all formats check.
 */
#include "tests/unit/tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/base/buffer.h"
#include "detectors/formats/format.h"
#include "tests/unit/test.h"

/* By name, or the one of a file of that name. */
static const struct format *find_format(const char *name, const char *data, size_t n)
{
        return format_by_name(name) ?: format_guess(name, data, n);
}

static int parse(const char *format, const char *data, size_t n, const struct doc_limits *limits,
                 struct doc **ret, struct doc_error *reterr)
{
        char *exact = malloc(n > 0 ? n : 1);

        assert_non_null(exact);
        if (n > 0)
                memcpy(exact, data, n);
        assert_non_null(find_format(format, data, n));
        assert_int_equal(doc_new(ret, limits), 0);

        int error = find_format(format, data, n)->parse(*ret, exact, n, reterr);
        free(exact);
        return error;
}

int tree_parse(const char *format, const char *data, size_t n, struct doc **ret,
               struct doc_error *reterr)
{
        return parse(format, data, n, NULL, ret, reterr);
}

static void print_text(struct buffer *b, const char *mark, const struct node *n)
{
        buffer_printf(b, "%s'", mark);
        for (size_t i = 0; i < n->text_len; i++) {
                if (n->text[i] == '\n')
                        buffer_puts(b, "\\n");
                else if (n->text[i] == '\0')
                        buffer_puts(b, "\\0");
                else
                        buffer_putc(b, n->text[i]);
        }
        buffer_putc(b, '\'');
}

static void print_value(struct buffer *b, const struct node *n)
{
        switch (n->type) {
        case NODE_NULL:
                buffer_puts(b, "null");
                break;
        case NODE_BOOL:
                print_text(b, "b", n);
                break;
        case NODE_NUMBER:
                print_text(b, "n", n);
                break;
        case NODE_STRING:
                print_text(b, n->quoted ? "q" : "s", n);
                break;
        case NODE_UNKNOWN:
                print_text(b, n->quoted ? "U" : "u", n);
                break;
        case NODE_SEQUENCE:
                buffer_puts(b, n->multi ? "multi[]" : "[]");
                break;
        case NODE_MAPPING:
                buffer_puts(b, n->block ? "block{}" : "{}");
                break;
        }
}

static char *print_tree(struct node *root, bool places)
{
        struct buffer b = BUFFER_NULL;
        int depth = 0;
        char *text = NULL;

        for (struct node *n = root; n;) {
                buffer_printf(&b, "%*s", 2 * depth, "");
                if (n->key)
                        buffer_printf(&b, "%s=", n->key);
                if (n->tag)
                        buffer_printf(&b, "%s ", n->tag);
                for (size_t i = 0; i < 2 && n->label[i]; i++)
                        buffer_printf(&b, "<%s>", n->label[i]);
                print_value(&b, n);
                if (places)
                        buffer_printf(&b, " %u:%u-%u %" PRIu64 "+%u", n->line, n->column,
                                      n->end_line, n->offset, n->length);
                if (places && n->key)
                        buffer_printf(&b, " key %u:%u", n->key_line, n->key_column);
                buffer_putc(&b, '\n');
                if (n->first) {
                        n = n->first;
                        depth++;
                        continue;
                }
                while (n != root && !n->next) {
                        n = n->parent;
                        depth--;
                }
                n = n == root ? NULL : n->next;
        }
        buffer_puts(&b, "");
        assert_int_equal(buffer_take(&b, &text), 0);
        return text;
}

char *tree_text(struct node *n)
{
        return print_tree(n, true);
}

char *tree_shape(struct node *n)
{
        return print_tree(n, false);
}

static void assert_tree(const char *format, const char *data, const char *expected, bool places)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct doc_error error = {0};
        int r = tree_parse(format, data, strlen(data), &d, &error);

        if (r < 0)
                print_error("%s:%u:%u: %s\n", format, error.line, error.column, error.message);
        assert_int_equal(r, 0);

        char *text = print_tree(doc_root(d), places);
        assert_string_equal(text, expected);
        free(text);
        tree_assert_consistent(doc_root(d), strlen(data));
}

void tree_assert(const char *format, const char *data, const char *expected)
{
        assert_tree(format, data, expected, true);
}

void tree_assert_shape(const char *format, const char *data, const char *expected)
{
        assert_tree(format, data, expected, false);
}

void tree_assert_bad(const char *format, const char *data, unsigned line, unsigned column)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct doc_error error = {0};

        assert_int_equal(tree_parse(format, data, strlen(data), &d, &error), -EBADMSG);
        assert_true(error.message[0] != '\0');
        if (error.line != line || error.column != column)
                print_error("%s at %u:%u\n", error.message, error.line, error.column);
        assert_int_equal(error.line, line);
        assert_int_equal(error.column, column);
        tree_assert_consistent(doc_root(d), strlen(data));
}

void tree_assert_consistent(struct node *root, size_t n)
{
        struct node *at = root;

        while (at) {
                uint32_t count = 0;

                assert_true(at->line >= 1 && at->column >= 1 && at->end_line >= at->line);
                assert_true(at->offset + at->length <= n);
                if (at->type == NODE_MAPPING || at->type == NODE_SEQUENCE)
                        assert_null(at->text);
                else
                        assert_true(at->text && at->text[at->text_len] == '\0' && !at->first);
                NODE_CHILDREN(child, at)
                {
                        assert_ptr_equal(child->parent, at);
                        assert_int_equal(at->type == NODE_MAPPING, child->key != NULL);
                        assert_true(child->next || at->last == child);
                        count++;
                }
                assert_int_equal(count, at->count);
                if (at->first) {
                        at = at->first;
                        continue;
                }
                while (at != root && !at->next)
                        at = at->parent;
                at = at == root ? NULL : at->next;
        }
}

static void try_once(const char *format, const char *data, size_t n)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct doc_error error = {0};
        int r = tree_parse(format, data, n, &d, &error);

        assert_true(r == 0 || r == -EBADMSG || r == -E2BIG);
        assert_true(r != -EBADMSG || (error.line >= 1 && error.column >= 1 && error.message[0]));
        tree_assert_consistent(doc_root(d), n);
}

void tree_assert_sturdy(const char *format, const char *data)
{
        static const char bytes[] = "\"'\\{}[]\n\r#:<$\0\xff";
        size_t n = strlen(data);
        char *copy = strdup(data);

        assert_non_null(copy);
        for (size_t i = 0; i <= n; i++)
                try_once(format, data, i);
        for (size_t i = 0; i < n; i++)
                for (size_t k = 0; k < sizeof(bytes) - 1; k++) {
                        copy[i] = bytes[k];
                        try_once(format, copy, n);
                        copy[i] = data[i];
                }
        free(copy);
}

static int try_limits(const char *format, const char *data, struct doc_limits limits)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct doc_error error = {0};
        int r = parse(format, data, strlen(data), &limits, &d, &error);

        assert_true(r == 0 || r == -E2BIG);
        assert_int_equal(r, doc_error(d));
        tree_assert_consistent(doc_root(d), strlen(data));
        return r;
}

void tree_assert_bounded(const char *format, const char *data)
{
        struct doc_limits limits = {.depth = 64, .nodes = 0, .bytes = 1 << 20};

        for (; try_limits(format, data, limits) < 0; limits.nodes++)
                assert_true(limits.nodes < 1000);
        limits = (struct doc_limits){.depth = 0, .nodes = 1000, .bytes = 1 << 20};
        for (; try_limits(format, data, limits) < 0; limits.depth++)
                assert_true(limits.depth < 64);
        limits = (struct doc_limits){.depth = 64, .nodes = 1000, .bytes = 0};
        for (; try_limits(format, data, limits) < 0; limits.bytes += 3)
                assert_true(limits.bytes < 1 << 20);
}

int tree_time(const char *format, const char *data, size_t n)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct doc_error error = {0};
        struct timespec begin, end;

        assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &begin), 0);
        int r = parse(format, data, n,
                      &(struct doc_limits){.depth = 64, .nodes = 10000000, .bytes = SIZE_MAX / 2},
                      &d, &error);
        assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &end), 0);
        print_message("%s: %.1f MB in %.3f s\n", format, (double)n / 1e6,
                      (double)(end.tv_sec - begin.tv_sec) +
                              (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
        return r;
}
