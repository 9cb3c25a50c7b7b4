/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading INI and its relatives: systemd units, git and php configuration, properties, and
 * TOML's sections and lines. Does not own: TOML's values (toml.c), what becomes of repeated keys
 * (fold.c). Why one lenient reader: nobody says which of the dialects a file is in; a line without
 * a separator is a key without a value, and only what cannot be read at all is an error.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "detectors/formats/cursor.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/fold.h"
#include "detectors/formats/format.h"
#include "detectors/formats/scalar.h"
#include "detectors/formats/toml.h"

/* How far a table is looked for; one that is missed appears a second time, as if it were repeated.
 */
#define PROBES_MAX 64

struct reader {
        struct cursor c;
        struct doc *doc;
        struct node *root;
        struct node *section; /* where keys go */
        struct node *
                *tables; /* hash table of the mappings that dotted names made, by parent and key */
        size_t n_tables, alloc_tables;
        struct buffer value; /* that is being put together */
        bool toml;
        bool unit; /* in a section of a systemd unit: no comments behind values */
        bool broken;
        struct doc_error *reterr;
};

static void reader_done(struct reader *r)
{
        buffer_done(&r->value);
        free(r->tables);
}

static int bad(struct reader *r, const struct cursor *at, const char *message)
{
        if (!r->broken)
                (void)cursor_bad(at, r->reterr, message);
        r->broken = true;
        return 0;
}

static bool is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\r';
}

static void skip_blanks(struct cursor *c)
{
        while (is_blank(cursor_peek(c, 0)))
                cursor_step(c);
}

static bool at_line_end(const struct cursor *c)
{
        return cursor_ended(c) || cursor_peek(c, 0) == '\n';
}

static size_t table_hash(const struct node *parent, const char *key)
{
        uint64_t hash = 0xcbf29ce484222325u ^ (uintptr_t)parent;

        for (; *key; key++)
                hash = (hash ^ (unsigned char)*key) * 0x100000001b3u;
        return (size_t)(hash ^ hash >> 32);
}

/* The table's place in the hash table, or a free one; NULL if neither is near. */
static struct node **table_find(struct reader *r, const struct node *parent, const char *key)
{
        size_t hash = table_hash(parent, key);

        for (size_t i = 0; i < MIN_OF(r->alloc_tables, (size_t)PROBES_MAX); i++) {
                struct node **at = &r->tables[(hash + i) & (r->alloc_tables - 1)];

                if (!*at || ((*at)->parent == parent && strcmp((*at)->key, key) == 0))
                        return at;
        }
        return NULL;
}

static int tables_grow(struct reader *r)
{
        struct node **old = r->tables;
        size_t n_old = r->alloc_tables, alloc = MAX_OF(2 * n_old, (size_t)64);
        struct node **tables = calloc(alloc, sizeof(struct node *));

        if (!tables)
                return -ENOMEM;
        r->tables = tables;
        r->alloc_tables = alloc;
        for (size_t i = 0; i < n_old; i++) {
                struct node **at = old[i] ? table_find(r, old[i]->parent, old[i]->key) : NULL;

                if (at)
                        *at = old[i];
        }
        free(old);
        return 0;
}

static int table_add(struct reader *r, struct node *n)
{
        if (2 * r->n_tables >= r->alloc_tables) {
                int error = tables_grow(r);

                if (error < 0)
                        return error;
        }

        struct node **at = table_find(r, n->parent, n->key);
        if (at) {
                r->n_tables += !*at;
                *at = n;
        }
        return 0;
}

static int add(struct reader *r, struct node *parent, struct node *n, const char *key,
               const struct cursor *key_at)
{
        if (!n || doc_append(r->doc, parent, n, key) < 0)
                return doc_error(r->doc);
        n->key_line = key_at->line;
        n->key_column = key_at->column;
        return 0;
}

/* The mapping `key` of parent: the one that is there, the last item of an array of tables, or a new
 * one that begins at `begin`. */
static int enter_table(struct reader *r, struct node *parent, const char *key,
                       const struct cursor *key_at, const struct cursor *begin, struct node **ret)
{
        struct node **at = table_find(r, parent, key), *n;

        if (at && *at) {
                *ret = (*at)->type == NODE_SEQUENCE ? (*at)->last : *at;
                return 0;
        }
        n = cursor_node(begin, r->doc, NODE_MAPPING);
        int error = add(r, parent, n, key, key_at);
        if (error < 0)
                return error;
        *ret = n;
        return table_add(r, n);
}

/* Another item of the array of tables `key`. */
static int add_array_table(struct reader *r, struct node *parent, const char *key,
                           const struct cursor *key_at, const struct cursor *begin,
                           struct node **ret)
{
        struct node **at = table_find(r, parent, key);
        struct node *array = at && *at && (*at)->type == NODE_SEQUENCE ? *at : NULL;

        if (!array) {
                array = cursor_node(begin, r->doc, NODE_SEQUENCE);
                int error = add(r, parent, array, key, key_at);
                if (error < 0)
                        return error;
                error = table_add(r, array);
                if (error < 0)
                        return error;
        }

        struct node *n = cursor_node(begin, r->doc, NODE_MAPPING);
        if (!n || doc_append(r->doc, array, n, NULL) < 0)
                return doc_error(r->doc);
        *ret = n;
        return 0;
}

/* [a.b."c"] or [[a.b]], behind the brackets. */
static int read_toml_header(struct reader *r, const struct cursor *begin, bool array)
{
        struct node *parent = r->root;

        for (bool more = true; more;) {
                struct cursor key_at = r->c;
                const char *key = NULL;
                int error = toml_read_key_part(&r->c, r->doc, &key, &more);

                if (error == -EBADMSG)
                        return bad(r, &r->c, "expected the name of a section");
                if (error < 0)
                        return error;
                if (array && !more)
                        error = add_array_table(r, parent, key, &key_at, begin, &parent);
                else
                        error = enter_table(r, parent, key, &key_at, begin, &parent);
                if (error < 0)
                        return error;
        }
        r->section = parent;
        return cursor_take(&r->c, array ? "]]" : "]") ? 0 : bad(r, &r->c, "expected ']'");
}

static bool is_unit_section(const char *name)
{
        static const char *const names[] = {"Unit",  "Service", "Install", "Socket", "Timer",
                                            "Path",  "Mount",   "Swap",    "Slice",  "Scope",
                                            "Match", "Network", "Exec"};

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (strcmp(names[i], name) == 0)
                        return true;
        return false;
}

/* [any text]: a section of its own, also if there was one of that name. */
static int read_plain_header(struct reader *r, const struct cursor *begin)
{
        struct cursor key_at = r->c, end;

        while (!at_line_end(&r->c) && cursor_peek(&r->c, 0) != ']')
                cursor_step(&r->c);
        end = r->c;

        char *name = cursor_text(&key_at, &end, r->doc);
        struct node *n = name ? cursor_node(begin, r->doc, NODE_MAPPING) : NULL;
        int error = add(r, r->root, n, name, &key_at);
        if (error < 0)
                return error;
        r->section = n;
        r->unit = is_unit_section(name);
        return cursor_take(&r->c, "]") ? 0 : bad(r, &end, "expected ']'");
}

/* The section, and all that it is in, reach to here. */
static void extend_section(struct reader *r)
{
        for (struct node *n = r->section; n; n = n->parent)
                cursor_end_node(&r->c, n);
}

static int read_header(struct reader *r)
{
        struct cursor begin = r->c;
        bool array = cursor_at(&r->c, "[[");

        cursor_skip(&r->c, array && r->toml ? 2 : 1);
        skip_blanks(&r->c);

        int error = r->toml ? read_toml_header(r, &begin, array) : read_plain_header(r, &begin);
        if (error == 0)
                extend_section(r);
        return error;
}

/* a.b = value: all parts but the last are tables of the section. */
static int read_toml_line(struct reader *r)
{
        struct node *parent = r->section;
        struct cursor key_at = r->c;
        const char *key = NULL;
        int error = 0;

        for (bool more = true; more;) {
                key_at = r->c;
                error = toml_read_key_part(&r->c, r->doc, &key, &more);
                if (error == -EBADMSG)
                        return bad(r, &r->c, "expected a key");
                if (error == 0 && more)
                        error = enter_table(r, parent, key, &key_at, &key_at, &parent);
                if (error < 0)
                        return error;
        }
        if (!cursor_take(&r->c, "="))
                return bad(r, &r->c, "expected '='");
        skip_blanks(&r->c);

        struct doc_error why;
        error = toml_read_value(&r->c, r->doc, parent, key, &key_at, &why);
        if (error == -EBADMSG) {
                struct cursor at = {.line = why.line, .column = why.column};

                return bad(r, &at, why.message);
        }
        extend_section(r);
        return error;
}

/* Steps to the separator that ends a key: the first `=`, or `:` before a blank; without them the
 * first `:`, or blank; else to the end of the line. */
static void skip_key(struct cursor *c)
{
        struct cursor colon = *c, blank = *c;
        bool has_colon = false, has_blank = false;

        for (; !at_line_end(c); cursor_step(c)) {
                char byte = cursor_peek(c, 0), next = cursor_peek(c, 1);

                if (byte == '=' || (byte == ':' && (is_blank(next) || next == '\n')))
                        return;
                if (!has_colon && byte == ':') {
                        colon = *c;
                        has_colon = true;
                }
                if (!has_blank && is_blank(byte)) {
                        blank = *c;
                        has_blank = true;
                }
        }
        if (has_colon || has_blank)
                *c = has_colon ? colon : blank;
}

/* A comment behind a value has blanks around its mark: passwords have # and ; in them. */
static bool is_comment(const struct reader *r, const struct cursor *c)
{
        char byte = cursor_peek(c, 0), next = cursor_peek(c, 1);

        return !r->unit && (byte == ';' || byte == '#') && c->at > 0 &&
               is_blank(c->data[c->at - 1]) && (is_blank(next) || next == '\n' || next == '\0');
}

static bool is_whole_comment(const struct cursor *c)
{
        char byte = cursor_peek(c, 0);

        return byte == '#' || byte == ';' || byte == '!';
}

/* A backslash at the end of the line continues it. */
static bool continues(const struct cursor *c)
{
        return cursor_peek(c, 0) == '\\' &&
               (cursor_peek(c, 1) == '\n' ||
                (cursor_peek(c, 1) == '\r' && cursor_peek(c, 2) == '\n'));
}

/* Steps to the line that a backslash continues, over comments in between. */
static void skip_continuation(struct cursor *c)
{
        cursor_to_line_end(c);
        do {
                cursor_skip(c, 1);
                skip_blanks(c);
                if (!is_whole_comment(c))
                        return;
                cursor_to_line_end(c);
        } while (!cursor_ended(c));
}

/* Appends the rest of the line, without blanks at its ends, to the value; *end is behind it in the
 * file. A line that a backslash continues is read with the next one. */
static void read_rest(struct reader *r, struct cursor *end)
{
        skip_blanks(&r->c);

        char quote = cursor_peek(&r->c, 0);
        bool quoted = quote == '"' || quote == '\'';
        size_t begin = r->value.len, kept = begin;
        while (!at_line_end(&r->c)) {
                char byte = cursor_peek(&r->c, 0);

                if (continues(&r->c)) {
                        skip_continuation(&r->c);
                        buffer_putc(&r->value, ' ');
                        continue;
                }
                if (!quoted && is_comment(r, &r->c))
                        break;
                buffer_putc(&r->value, byte);
                cursor_step(&r->c);
                quoted = quoted && (byte != quote || r->value.len == begin + 1);
                if (!is_blank(byte)) {
                        kept = r->value.len;
                        *end = r->c;
                }
        }
        r->value.len = kept;
}

/* Takes off quotes that are around all of it. */
static void set_value(struct node *n, char *text, size_t size)
{
        enum node_type type = scalar_type(text, size);
        char quote = text[0];

        if (size >= 2 && (quote == '"' || quote == '\'') &&
            memchr(text + 1, quote, size - 1) == text + size - 1) {
                text[size - 1] = '\0';
                n->quoted = true;
                node_set_text(n, text + 1, size - 2);
        } else {
                scalar_set(n, type == NODE_NULL ? NODE_STRING : type, text, size);
        }
}

/* At the end of a line: the next one is indented further than the key, so it belongs to the value.
 */
static bool goes_on_below(const struct cursor *c, size_t indent)
{
        struct cursor at = *c;

        cursor_skip(&at, 1);

        size_t begin = at.at;
        skip_blanks(&at);
        return !at_line_end(&at) && at.at - begin > indent;
}

static int read_value(struct reader *r, struct node *n, size_t indent)
{
        const struct cursor begin = r->c;
        struct cursor end = r->c;

        buffer_reset(&r->value);
        read_rest(r, &end);
        for (cursor_to_line_end(&r->c); !cursor_ended(&r->c) && goes_on_below(&r->c, indent);
             cursor_to_line_end(&r->c)) {
                cursor_skip(&r->c, 1);
                skip_blanks(&r->c);
                if (is_whole_comment(&r->c))
                        continue;
                if (r->value.len == 0) {
                        n->line = r->c.line;
                        n->column = r->c.column;
                        n->offset = r->c.at;
                } else {
                        buffer_putc(&r->value, '\n');
                }
                read_rest(r, &end);
        }
        if (r->value.error < 0)
                return r->value.error;
        /* lines below that hold nothing after all */
        if (r->value.len == 0) {
                n->line = begin.line;
                n->column = begin.column;
                n->offset = begin.at;
        }

        char *text = doc_text(r->doc, r->value.data, r->value.len);
        if (!text)
                return doc_error(r->doc);
        set_value(n, text, r->value.len);
        cursor_end_node(&end, n);
        doc_keep_source(r->doc, n, DOC_SPELLING_VERBATIM, false, end.data + n->offset, n->length);
        return doc_error(r->doc);
}

/* key = value, key: value, key value, or key. */
static int read_plain_line(struct reader *r, size_t indent)
{
        struct cursor begin = r->c, end;

        skip_key(&r->c);
        end = r->c;
        while (end.at > begin.at && is_blank(end.data[end.at - 1]))
                end.at--;

        char *key = cursor_text(&begin, &end, r->doc);
        bool alone = at_line_end(&r->c);
        if (!alone)
                cursor_step(&r->c);
        skip_blanks(&r->c);

        struct node *n = cursor_node(&r->c, r->doc, alone ? NODE_NULL : NODE_STRING);
        int error = key ? add(r, r->section, n, key, &begin) : doc_error(r->doc);
        if (error < 0)
                return error;
        node_set_text(n, "", 0);
        if (!alone)
                error = read_value(r, n, indent);
        extend_section(r);
        return error;
}

static int read_line(struct reader *r)
{
        size_t begin = r->c.at;

        skip_blanks(&r->c);
        if (at_line_end(&r->c) || is_whole_comment(&r->c))
                return 0;
        if (r->toml)
                return cursor_peek(&r->c, 0) == '[' ? read_header(r) : read_toml_line(r);

        size_t indent = r->c.at - begin;
        return cursor_peek(&r->c, 0) == '[' ? read_header(r) : read_plain_line(r, indent);
}

static int read_all(struct reader *r)
{
        while (!cursor_ended(&r->c)) {
                int error = read_line(r);

                if (error < 0)
                        return error;
                cursor_to_line_end(&r->c);
                cursor_skip(&r->c, 1);
        }
        return fold_repeated_keys(r->doc, r->root);
}

static int ini_read(struct doc *doc, const char *data, size_t n, struct doc_error *reterr)
{
        struct cursor begin = cursor_begin(data, n);
        _cleanup_(reader_done) struct reader r = {
                .c = begin,
                .doc = doc,
                .reterr = reterr,
                .toml = toml_is(begin),
                .value = {.max = n + 1},
        };

        r.root = r.section = cursor_node(&begin, doc, NODE_MAPPING);
        if (!r.root)
                return doc_error(doc);
        doc_set_root(doc, r.root);

        int error = read_all(&r);
        return error < 0 ? error : r.broken ? -EBADMSG : 0;
}

const struct format format_ini = {.name = "ini", .parse = ini_read};
