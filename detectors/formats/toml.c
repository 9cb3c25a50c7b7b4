/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: TOML's values and keys, and telling a TOML file from another INI file.
 * Does not own: sections and lines (ini.c).
 * Why INI files are told apart by content: `session.cookie_secure = 1` is one key in php.ini and
 * two tables in TOML, and a reader is not told the file's name.
 */
#include "detectors/formats/toml.h"

#include <errno.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/json-string.h"
#include "detectors/formats/scalar.h"

/* Brackets in brackets. */
#define BRACKETS_MAX 64

static bool is_bare(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
}

static void skip_blanks(struct cursor *c)
{
        while (cursor_peek(c, 0) == ' ' || cursor_peek(c, 0) == '\t' || cursor_peek(c, 0) == '\r')
                cursor_step(c);
}

static void skip_space(struct cursor *c)
{
        for (;;) {
                skip_blanks(c);
                if (cursor_peek(c, 0) == '#')
                        cursor_to_line_end(c);
                else if (!cursor_take(c, "\n"))
                        return;
        }
}

/* Steps over the string that begins here, in either kind of quotes, of one line or of several;
 * *ret_quotes is 1 or 3. */
static bool skip_string(struct cursor *c, size_t *ret_quotes)
{
        char quote = cursor_peek(c, 0);
        size_t quotes = cursor_peek(c, 1) == quote && cursor_peek(c, 2) == quote ? 3 : 1, met = 0;

        *ret_quotes = quotes;
        cursor_skip(c, quotes);
        while (!cursor_ended(c) && met < quotes) {
                char byte = cursor_peek(c, 0);

                if (byte == '\n' && quotes == 1)
                        return false;
                if (byte == '\\' && quote == '"' && cursor_peek(c, 1) != '\n')
                        cursor_step(c);
                if (!cursor_ended(c))
                        cursor_step(c);
                met = byte == quote ? met + 1 : 0;
        }
        /* up to two quotes may stand before the closing three */
        for (int i = 0; i < 2 && quotes == 3 && met == 3 && cursor_peek(c, 0) == quote; i++)
                cursor_step(c);
        return met == quotes;
}

/* Steps over an array or inline table. */
static bool skip_brackets(struct cursor *c)
{
        size_t open = 0, quotes;

        while (!cursor_ended(c)) {
                char byte = cursor_peek(c, 0);

                if (byte == '"' || byte == '\'') {
                        if (!skip_string(c, &quotes))
                                return false;
                        continue;
                }
                if (byte == '#') {
                        cursor_to_line_end(c);
                        continue;
                }
                cursor_step(c);
                if (byte == '[' || byte == '{')
                        open++;
                else if ((byte == ']' || byte == '}') && --open == 0)
                        return true;
        }
        return false;
}

static size_t word_size(const struct cursor *c)
{
        for (size_t size = 0;; size++) {
                char byte = cursor_peek(c, size);

                if (!is_bare(byte) && byte != '+' && byte != '.' && byte != ':')
                        return size;
        }
}

/* A number, which may have underscores, or a date. */
static bool is_typed_word(const char *s, size_t n)
{
        static const char *const words[] = {"true", "false", "inf", "nan", "+inf", "-inf"};

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (strlen(words[i]) == n && memcmp(words[i], s, n) == 0)
                        return true;
        for (size_t i = 0; i < n; i++)
                if (!(s[i] >= '0' && s[i] <= '9') && !strchr("abcdefABCDEFoxTZ_:.+-", s[i]))
                        return false;
        return n > 0 && ((s[0] >= '0' && s[0] <= '9') || s[0] == '-' || s[0] == '+');
}

/* Steps over a value. *typical is set if only TOML would write it so. */
static bool skip_value(struct cursor *c, bool *typical)
{
        char byte = cursor_peek(c, 0);
        size_t quotes, size = word_size(c);

        if (byte == '"' || byte == '\'') {
                *typical = true;
                return skip_string(c, &quotes);
        }
        if (byte == '[' || byte == '{') {
                *typical = true;
                return skip_brackets(c);
        }
        if (!is_typed_word(c->data + c->at, size))
                return false;
        cursor_skip(c, size);
        return true;
}

static bool skip_key(struct cursor *c)
{
        size_t begin = c->at, quotes;

        for (;;) {
                char byte = cursor_peek(c, 0);

                if (byte == '"' || byte == '\'') {
                        if (!skip_string(c, &quotes))
                                return false;
                } else if (is_bare(byte) || byte == '.') {
                        cursor_step(c);
                } else {
                        break;
                }
        }
        return c->at > begin;
}

static bool at_line_end(const struct cursor *c)
{
        return cursor_ended(c) || cursor_peek(c, 0) == '\n' || cursor_peek(c, 0) == '#';
}

bool toml_is(struct cursor c)
{
        bool typical = false;

        for (skip_space(&c); !cursor_ended(&c); skip_space(&c)) {
                if (cursor_peek(&c, 0) == '[') {
                        typical = typical || cursor_peek(&c, 1) == '[';
                        cursor_to_line_end(&c);
                        continue;
                }
                typical = typical || cursor_peek(&c, 0) == '"' || cursor_peek(&c, 0) == '\'';
                if (!skip_key(&c))
                        return false;
                skip_blanks(&c);
                if (!cursor_take(&c, "="))
                        return false;
                skip_blanks(&c);
                if (!skip_value(&c, &typical))
                        return false;
                skip_blanks(&c);
                if (!at_line_end(&c))
                        return false;
        }
        return typical;
}

/* In basic strings a backslash at the end of a line takes the white space away that follows. */
static size_t join_lines(char *dst, const char *s, size_t n)
{
        size_t out = 0;

        for (size_t i = 0; i < n;) {
                size_t end = i + 1;

                while (s[i] == '\\' && end < n &&
                       (s[end] == ' ' || s[end] == '\t' || s[end] == '\r'))
                        end++;
                if (s[i] != '\\' || end >= n) {
                        dst[out++] = s[i++];
                } else if (s[end] == '\n') {
                        while (end < n && strchr(" \t\r\n", s[end]) && s[end] != '\0')
                                end++;
                        i = end;
                } else {
                        dst[out++] = s[i++];
                        dst[out++] = s[i++];
                }
        }
        return out;
}

/* The literal or basic string that begins here, decoded. */
static int read_string(struct cursor *c, struct doc *d, const char **ret, size_t *ret_size)
{
        struct cursor begin = *c;
        char quote = cursor_peek(c, 0);
        size_t quotes = 1, size = 0;

        if (!skip_string(c, &quotes)) {
                *c = begin;
                return -EBADMSG;
        }

        const char *raw = begin.data + begin.at + quotes;
        size = c->at - begin.at - 2 * quotes;
        if (quotes == 3 && size > 0 && raw[0] == '\n') {
                raw++;
                size--;
        }

        char *text = doc_text_reserve(d, size);
        if (!text)
                return doc_error(d);
        if (quote == '"')
                *ret_size = json_string_decode(text, join_lines(text, raw, size), text);
        else
                memcpy(text, raw, *ret_size = size);
        doc_text_trim(d, text, size, *ret_size);
        *ret = text;
        return 0;
}

int toml_read_key_part(struct cursor *c, struct doc *d, const char **ret, bool *ret_more)
{
        struct cursor begin = *c;
        size_t size = 0;
        int error = 0;

        if (cursor_peek(c, 0) == '"' || cursor_peek(c, 0) == '\'') {
                error = read_string(c, d, ret, &size);
        } else {
                while (is_bare(cursor_peek(c, 0)))
                        cursor_step(c);
                if (c->at == begin.at)
                        return -EBADMSG;
                *ret = cursor_text(&begin, c, d);
                error = *ret ? 0 : doc_error(d);
        }
        if (error < 0)
                return error;
        skip_blanks(c);
        *ret_more = cursor_take(c, ".");
        if (*ret_more)
                skip_blanks(c);
        return 0;
}

static int add(struct doc *d, struct node *parent, struct node *n, const char *key,
               const struct cursor *key_at)
{
        if (!n || doc_append(d, parent, n, key) < 0)
                return doc_error(d);
        if (key) {
                n->key_line = key_at->line;
                n->key_column = key_at->column;
        }
        return 0;
}

static int set_word(struct cursor *c, struct doc *d, struct node *n, struct doc_error *reterr)
{
        size_t size = word_size(c), out = 0;
        char *text = doc_text_reserve(d, size);

        if (!text)
                return doc_error(d);
        if (!is_typed_word(c->data + c->at, size))
                return cursor_bad(c, reterr, "expected a value");
        for (size_t i = 0; i < size; i++)
                if (c->data[c->at + i] != '_')
                        text[out++] = c->data[c->at + i];
        doc_text_trim(d, text, size, out);
        cursor_skip(c, size);
        scalar_set(n, scalar_type(text, out), text, out);
        return 0;
}

static int read_scalar(struct cursor *c, struct doc *d, struct node *n, struct doc_error *reterr)
{
        struct cursor begin = *c;
        bool basic = cursor_peek(c, 0) == '"';
        int error;

        node_set_text(n, "", 0);
        if (!basic && cursor_peek(c, 0) != '\'') {
                error = set_word(c, d, n, reterr);
        } else {
                const char *text = NULL;
                size_t size = 0;

                error = read_string(c, d, &text, &size);
                if (error == -EBADMSG)
                        return cursor_bad(c, reterr, "this string does not end");
                if (error == 0)
                        node_set_text(n, text, size);
                n->quoted = true;
        }
        if (error < 0)
                return error;
        cursor_end_node(c, n);
        doc_keep_source(d, n, basic ? DOC_SPELLING_ESCAPED : DOC_SPELLING_VERBATIM, false,
                        begin.data + begin.at, n->length);
        return doc_error(d);
}

/* A key of an inline table up to its value; of a dotted key all parts but the last are mappings. */
static int read_inline_key(struct cursor *c, struct doc *d, struct node **parent, const char **key,
                           struct doc_error *reterr)
{
        bool more = true;

        while (more) {
                struct cursor at = *c;
                int error = toml_read_key_part(c, d, key, &more);

                if (error == -EBADMSG)
                        return cursor_bad(&at, reterr, "expected a key");
                if (error < 0)
                        return error;
                if (!more)
                        break;

                struct node *n = cursor_node(&at, d, NODE_MAPPING);
                error = add(d, *parent, n, *key, &at);
                if (error < 0)
                        return error;
                *parent = n;
        }
        if (!cursor_take(c, "="))
                return cursor_bad(c, reterr, "expected '='");
        skip_blanks(c);
        return 0;
}

/* The brackets that are open, the outermost first. */
struct brackets {
        struct node *open[BRACKETS_MAX];
        size_t n;
};

/* A value hung under parent: done, or opened. */
static int begin_value(struct cursor *c, struct doc *d, struct node *parent, const char *key,
                       const struct cursor *key_at, struct brackets *b, struct doc_error *reterr)
{
        char byte = cursor_peek(c, 0);
        enum node_type type = byte == '['   ? NODE_SEQUENCE
                              : byte == '{' ? NODE_MAPPING
                                            : NODE_STRING;
        struct node *n = cursor_node(c, d, type);
        int error = add(d, parent, n, key, key_at);

        if (error < 0)
                return error;
        if (type == NODE_STRING)
                return read_scalar(c, d, n, reterr);
        if (b->n == ELEMENTSOF(b->open))
                return -E2BIG;
        cursor_step(c);
        b->open[b->n++] = n;
        return 0;
}

/* The next entry of the innermost brackets, or their end. */
static int read_next(struct cursor *c, struct doc *d, struct brackets *b, struct doc_error *reterr)
{
        struct node *parent = b->open[b->n - 1];
        bool table = parent->type == NODE_MAPPING;
        const char *key = NULL;

        skip_space(c);
        if (cursor_take(c, ","))
                return 0;
        if (cursor_ended(c))
                return cursor_bad(c, reterr, "the text ends within brackets");
        if (cursor_take(c, table ? "}" : "]")) {
                cursor_end_node(c, parent);
                b->n--;
                return 0;
        }

        struct cursor key_at = *c;
        int error = table ? read_inline_key(c, d, &parent, &key, reterr) : 0;
        return error < 0 ? error : begin_value(c, d, parent, key, &key_at, b, reterr);
}

int toml_read_value(struct cursor *c, struct doc *d, struct node *parent, const char *key,
                    const struct cursor *key_at, struct doc_error *reterr)
{
        struct brackets b = {0};
        int error = begin_value(c, d, parent, key, key_at, &b, reterr);

        while (error == 0 && b.n > 0)
                error = read_next(c, d, &b, reterr);
        while (b.n > 0)
                cursor_end_node(c, b.open[--b.n]);
        return error;
}
