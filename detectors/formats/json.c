/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading JSON: with comments and trailing commas (JSONC), several documents in a file (JSON
 * lines), and with templates in the places of values when it stands in a string of another format.
 * Does not own: strings (json-string.c), memory (doc.c).
 * Why a reader of its own: every value must know its place, duplicate keys must be kept, and the
 * nesting is the file's choice, so the open containers are the tree itself and not our stack.
 */
#include "detectors/formats/json.h"

#include <errno.h>
#include <string.h>

#include "detectors/formats/cursor.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/format.h"
#include "detectors/formats/json-string.h"
#include "detectors/formats/scalar.h"
#include "detectors/formats/template.h"

struct reader {
        struct cursor c;
        struct doc *doc;
        enum json_flags flags;
        struct node *top;  /* sequence of all documents */
        struct node *into; /* the container that is open */
        const char *key;   /* of the value that comes next */
        struct cursor key_at;
        struct doc_error *reterr;
};

static bool has_templates(const struct reader *r)
{
        return (r->flags & JSON_TEMPLATES) != 0;
}

static int bad(struct reader *r, const char *message)
{
        return cursor_bad(&r->c, r->reterr, message);
}

/* White space, comments, and the directives of a template language. */
static int skip_space(struct reader *r)
{
        struct cursor *c = &r->c;

        for (;;) {
                char byte = cursor_peek(c, 0);

                if (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r') {
                        cursor_step(c);
                } else if (byte == '/' && cursor_peek(c, 1) == '/') {
                        cursor_to_line_end(c);
                } else if (byte == '/' && cursor_peek(c, 1) == '*') {
                        cursor_skip(c, 2);
                        cursor_to_behind(c, "*/");
                } else if (byte == '%' && has_templates(r) && cursor_peek(c, 1) == '{') {
                        if (!template_skip(c))
                                return bad(r, "this template does not end");
                } else {
                        return 0;
                }
        }
}

/* Hangs n under the open container. */
static int add(struct reader *r, struct node *n)
{
        if (!n || doc_append(r->doc, r->into, n, r->key) < 0)
                return doc_error(r->doc);
        if (r->key) {
                /* doc_embedded() finds places by bytes of the value */
                bool bytes = (r->flags & JSON_EMBEDDED) != 0;

                n->key_line = r->key_at.line;
                n->key_column = bytes ? (uint32_t)r->key_at.at + 1 : r->key_at.column;
        }
        r->key = NULL;
        return 0;
}

/* The template that begins here, with what is glued to it, is a value or a key. */
static int read_template(struct reader *r, const char **ret)
{
        struct cursor begin = r->c;

        if (cursor_at(&r->c, "{{"))
                cursor_to_behind(&r->c, "}}");
        else if (!template_skip(&r->c))
                return bad(r, "this template does not end");
        while (!cursor_ended(&r->c) && cursor_peek(&r->c, 0) != '\0' &&
               !strchr(" \t\r\n,:]}", cursor_peek(&r->c, 0)))
                cursor_step(&r->c);
        *ret = cursor_text(&begin, &r->c, r->doc);
        return *ret ? 0 : doc_error(r->doc);
}

static bool at_template(const struct reader *r)
{
        return (has_templates(r) && template_begins(&r->c)) ||
               ((r->flags & JSON_EMBEDDED) && cursor_at(&r->c, "{{"));
}

static int read_template_value(struct reader *r)
{
        struct node *n = cursor_node(&r->c, r->doc, NODE_UNKNOWN);
        const char *text = NULL;

        if (!n)
                return doc_error(r->doc);

        int error = read_template(r, &text);
        if (error < 0)
                return error;
        node_set_text(n, text, strlen(text));
        n->template = true;
        cursor_end_node(&r->c, n);
        return add(r, n);
}

static bool holds_template(const struct reader *r, const char *text)
{
        const char *open = (r->flags & JSON_EMBEDDED) ? strstr(text, "{{") : NULL;

        return open && strstr(open, "}}");
}

/* `$${` and `%%{` are the texts `${` and `%{`. */
static bool is_text_template(const struct reader *r, const char *text, size_t n)
{
        if (!(r->flags & JSON_TEXT_TEMPLATES))
                return false;
        for (size_t i = 0; i + 1 < n; i++)
                if ((text[i] == '$' || text[i] == '%') && text[i + 1] == '{' &&
                    (i == 0 || text[i - 1] != text[i]))
                        return true;
        return false;
}

/* The text without what keeps it from being a template. Returns its size. */
static size_t plain_text(char *text, size_t n)
{
        size_t used = 0;

        for (size_t i = 0; i < n; i++) {
                bool doubled = i + 2 < n && (text[i] == '$' || text[i] == '%') &&
                               text[i + 1] == text[i] && text[i + 2] == '{';

                i += doubled;
                text[used++] = text[i];
        }
        text[used] = '\0';
        return used;
}

static bool is_substitution(const struct reader *r)
{
        const struct node *parent = r->into;

        return (r->key && strcmp(r->key, "Fn::Sub") == 0) ||
               (parent->key && parent->type == NODE_SEQUENCE &&
                strcmp(parent->key, "Fn::Sub") == 0);
}

static int read_string(struct reader *r)
{
        struct cursor begin = r->c;
        struct node *n = cursor_node(&r->c, r->doc, NODE_STRING);
        const char *text = NULL;
        size_t size = 0;
        bool is_template = false;

        if (!n)
                return doc_error(r->doc);

        int error = json_string_read(&r->c, r->doc, has_templates(r), &text, &size, &is_template,
                                     r->reterr);
        if (error < 0)
                return error;
        is_template = is_template || is_text_template(r, text, size);
        if ((r->flags & JSON_TEXT_TEMPLATES) && !is_template) {
                char *plain = doc_text(r->doc, text, size);

                if (!plain)
                        return doc_error(r->doc);
                size = plain_text(plain, size);
                text = plain;
        }
        node_set_text(n, text, size);
        n->quoted = true;
        if (is_template || holds_template(r, text)) {
                n->type = NODE_UNKNOWN;
                n->template = true;
        }
        cursor_end_node(&r->c, n);
        if (!(r->flags & JSON_EMBEDDED))
                doc_keep_source(r->doc, n, DOC_SPELLING_ESCAPED, is_template || is_substitution(r),
                                begin.data + begin.at, n->length);
        return add(r, n);
}

static int read_word(struct reader *r)
{
        struct cursor begin = r->c;
        struct node *n = cursor_node(&r->c, r->doc, NODE_NULL);

        if (!n)
                return doc_error(r->doc);
        while (!cursor_ended(&r->c) && cursor_peek(&r->c, 0) != '\0' &&
               !strchr(" \t\r\n,:]}[{\"/", cursor_peek(&r->c, 0)))
                cursor_step(&r->c);

        const char *text = cursor_text(&begin, &r->c, r->doc);
        if (!text)
                return doc_error(r->doc);

        size_t size = r->c.at - begin.at;
        enum node_type type = scalar_type(text, size);
        if (size == 0 || type == NODE_STRING || text[0] == '~' || text[0] == '.') {
                r->c = begin;
                return bad(r, "expected a value");
        }
        scalar_set(n, type, text, size);
        cursor_end_node(&r->c, n);
        return add(r, n);
}

static int read_key(struct reader *r)
{
        size_t size = 0;
        bool is_template = false;

        r->key_at = r->c;
        if (cursor_peek(&r->c, 0) == '"')
                return json_string_read(&r->c, r->doc, has_templates(r), &r->key, &size,
                                        &is_template, r->reterr);
        if (at_template(r))
                return read_template(r, &r->key);
        return bad(r, "expected a key in double quotes");
}

/* A template may stand where a whole entry of an object belongs. */
static int read_entry_template(struct reader *r)
{
        struct node *n = cursor_node(&r->key_at, r->doc, NODE_UNKNOWN);

        if (!n)
                return doc_error(r->doc);
        node_set_text(n, r->key, strlen(r->key));
        cursor_end_node(&r->c, n);
        return add(r, n);
}

static void close_container(struct reader *r)
{
        cursor_end_node(&r->c, r->into);
        r->into = r->into->parent;
}

static int open_container(struct reader *r)
{
        bool object = cursor_peek(&r->c, 0) == '{';
        struct node *n = cursor_node(&r->c, r->doc, object ? NODE_MAPPING : NODE_SEQUENCE);
        int error = add(r, n);

        if (error < 0)
                return error;
        cursor_step(&r->c);
        r->into = n;
        return 0;
}

static int read_value(struct reader *r)
{
        char byte = cursor_peek(&r->c, 0);

        if (at_template(r) && r->into != r->top)
                return read_template_value(r);
        if (byte == '{' || byte == '[')
                return open_container(r);
        if (r->into == r->top && (r->flags & JSON_EMBEDDED))
                return bad(r, "expected an object or an array");
        return byte == '"' ? read_string(r) : read_word(r);
}

/* The key and the colon, then the value. */
static int read_entry(struct reader *r)
{
        bool quoted = cursor_peek(&r->c, 0) == '"';
        int error = read_key(r);

        if (error < 0)
                return error;
        error = skip_space(r);
        if (error < 0)
                return error;
        if (!cursor_take(&r->c, ":"))
                return quoted ? bad(r, "expected a colon") : read_entry_template(r);
        error = skip_space(r);
        return error < 0 ? error : read_value(r);
}

/* Behind a value: a comma, or the end of the container, or (between documents) nothing. */
static int read_separator(struct reader *r)
{
        bool lenient = has_templates(r) || r->into == r->top || !r->into->last;

        if (r->into == r->top || cursor_peek(&r->c, 0) == '}' || cursor_peek(&r->c, 0) == ']')
                return 0;
        if (cursor_take(&r->c, ",") || lenient)
                return skip_space(r);
        return bad(r, "expected a comma");
}

/* One thing of the open container: an entry, an item, or its end. */
static int read_next(struct reader *r)
{
        char byte = cursor_peek(&r->c, 0), closing = r->into->type == NODE_MAPPING ? '}' : ']';

        if (r->into != r->top && byte == closing) {
                cursor_step(&r->c);
                close_container(r);
                return 0;
        }
        return r->into->type == NODE_MAPPING ? read_entry(r) : read_value(r);
}

static int read_all(struct reader *r)
{
        for (;;) {
                int error = skip_space(r);

                if (error < 0)
                        return error;
                if (cursor_ended(&r->c))
                        return r->into == r->top ? 0 : bad(r, "the text ends too early");
                if (r->into == r->top && r->top->count > 0 && (r->flags & JSON_EMBEDDED))
                        return bad(r, "expected nothing more");
                error = read_separator(r);
                if (error < 0)
                        return error;
                if (cursor_ended(&r->c))
                        continue;
                error = read_next(r);
                if (error < 0)
                        return error;
        }
}

int json_read(struct doc *d, const char *data, size_t n, enum json_flags flags, struct node **ret,
              struct doc_error *reterr)
{
        struct reader r = {
                .c = cursor_begin(data, n),
                .doc = d,
                .flags = flags,
                .reterr = reterr,
        };

        r.top = r.into = cursor_node(&r.c, d, NODE_SEQUENCE);
        if (!r.top)
                return doc_error(d);
        r.top->multi = true;

        int error = read_all(&r);
        while (r.into != r.top)
                close_container(&r);
        cursor_end_node(&r.c, r.top);
        *ret = r.top->count > 1 ? r.top : r.top->first;
        return error;
}

static int json_parse(struct doc *doc, const char *data, size_t n, struct doc_error *reterr)
{
        struct node *root = NULL;
        int error = json_read(doc, data, n, 0, &root, reterr);

        doc_set_root(doc, root);
        return error;
}

const struct format format_json = {.name = "json", .parse = json_parse};
