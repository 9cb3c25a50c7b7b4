/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: values of Bicep: strings, numbers, truth values, arrays, objects, for-expressions.
 * Does not own: statements (bicep.c), where expressions end (bicep-skip.c), what they come to
 * (resolve-bicep.c).
 *
 * What is no literal is UNKNOWN with its source. A for-expression is a list of what it repeats, once:
 * how often is not known, what each of them is mostly is.
 * Source: "Bicep language", learn.microsoft.com/azure/azure-resource-manager/bicep.
 */
#include "detectors/formats/bicep-value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/json-string.h"
#include "detectors/formats/scalar.h"

int bicep_bad_at(struct bicep_reader *r, const struct cursor *at, const char *message)
{
        if (!r->broken)
                (void)cursor_bad(at, r->reterr, message);
        r->broken = true;
        return 0;
}

static int bad(struct bicep_reader *r, const char *message)
{
        return bicep_bad_at(r, &r->c, message);
}

struct node *bicep_add(struct bicep_reader *r, const struct cursor *at, enum node_type type,
                       struct node *parent, const char *key, const struct cursor *key_at)
{
        struct node *n = cursor_node(at, r->doc, type);

        if (!n || doc_append(r->doc, parent, n, key) < 0)
                return NULL;
        if (key_at) {
                n->key_line = key_at->line;
                n->key_column = key_at->column;
        }
        return n;
}

struct node *bicep_add_text(struct bicep_reader *r, const struct cursor *from,
                            const struct cursor *to, struct node *parent, const char *key)
{
        char *text = cursor_text(from, to, r->doc);
        struct node *n = text ? bicep_add(r, from, NODE_STRING, parent, key, NULL) : NULL;

        if (!n)
                return NULL;
        node_set_text(n, text, to->at - from->at);
        cursor_end_node(to, n);
        return n;
}

/* --- strings ------------------------------------------------------------------------------- */

/* \u{…} at s[0..n): its character goes to dst. Returns how long it is; 0: it is none. */
static size_t unescape_code(char *dst, size_t *used, const char *s, size_t n)
{
        char *end = NULL;

        if (n < 5 || s[2] != '{')
                return 0;
        unsigned long code = strtoul(s + 3, &end, 16);
        size_t size = (size_t)(end - s);
        if (size >= n || *end != '}' || size == 3 || size > 11)
                return 0;
        char encoded[4];
        size_t k = json_string_encode(encoded, (uint32_t)code);
        memcpy(dst + *used, encoded, k); /* never longer than what it is written as */
        *used += k;
        return size + 1;
}

size_t bicep_unescape(char *s, size_t n)
{
        size_t used = 0;

        for (size_t i = 0; i < n; i++) {
                if (s[i] != '\\' || i + 1 == n) {
                        s[used++] = s[i];
                        continue;
                }
                size_t code = s[i + 1] == 'u' ? unescape_code(s, &used, s + i, n - i) : 0;
                if (code > 0) {
                        i += code - 1;
                        continue;
                }
                i++;
                s[used++] = s[i] == 'n' ? '\n' : s[i] == 't' ? '\t' : s[i] == 'r' ? '\r' : s[i];
        }
        return used;
}

static bool has_interpolation(const char *s, size_t n)
{
        for (size_t i = 0; i + 1 < n; i++) {
                if (s[i] == '\\')
                        i++;
                else if (s[i] == '$' && s[i + 1] == '{')
                        return true;
        }
        return false;
}

/* A newline behind the opening quotes is no part of the text. */
static void trim_multi_line(const char **s, size_t *n)
{
        *s += 3;
        *n = *n >= 6 ? *n - 6 : 0;
        size_t newline = *n > 1 && memcmp(*s, "\r\n", 2) == 0 ? 2 : *n > 0 && **s == '\n';
        *s += newline;
        *n -= newline;
}

char *bicep_value_string(struct bicep_reader *r, const struct cursor *from, const struct cursor *to,
                         size_t *ret_n, bool *ret_template)
{
        const char *s = from->data + from->at;
        size_t n = to->at - from->at;
        bool multi = cursor_at(from, "'''");

        *ret_template = false;
        if (multi)
                trim_multi_line(&s, &n);
        else {
                s++;
                n = n >= 2 ? n - 2 : 0;
                *ret_template = has_interpolation(s, n);
        }
        char *text = doc_text(r->doc, s, n);
        *ret_n = n;
        if (text && !multi && !*ret_template && memchr(text, '\\', n)) {
                *ret_n = bicep_unescape(text, n);
                text[*ret_n] = '\0';
        }
        return text;
}

/* Steps over the rest of the expression; it becomes UNKNOWN, with its source from n's beginning on.
 */
static int make_unknown(struct bicep_reader *r, struct node *n, enum bicep_ends ends)
{
        bool complete = bicep_skip_expression(&r->c, ends);
        int error = cursor_end_unknown(&r->c, r->doc, n);

        if (error < 0)
                return error;
        return complete ? 0 : bad(r, "this expression does not end");
}

/* n is a constant so far; what follows may make it part of something larger. */
static int complete(struct bicep_reader *r, struct node *n, enum bicep_ends ends)
{
        cursor_end_node(&r->c, n);
        return bicep_skip_is_end(r->c, ends) ? 0 : make_unknown(r, n, ends);
}

static int read_string(struct bicep_reader *r, struct node *n, enum bicep_ends ends)
{
        struct cursor begin = r->c;
        bool is_template = false;
        size_t size = 0;

        if (!bicep_skip_string(&r->c)) {
                (void)bicep_bad_at(r, &begin, "this string does not end");
                return make_unknown(r, n, ends);
        }
        char *text = bicep_value_string(r, &begin, &r->c, &size, &is_template);
        if (!text)
                return doc_error(r->doc);
        node_set_text(n, text, size);
        n->type = is_template ? NODE_UNKNOWN : NODE_STRING;
        n->template = is_template;
        n->quoted = true;
        int error = complete(r, n, ends);
        if (n->quoted && !is_template)
                doc_keep_source(r->doc, n,
                                cursor_at(&begin, "'''") ? DOC_SPELLING_VERBATIM
                                                         : DOC_SPELLING_ESCAPED,
                                false, begin.data + begin.at, n->length);
        return error;
}

/* --- words --------------------------------------------------------------------------------- */

static int read_word(struct bicep_reader *r, struct node *n, enum bicep_ends ends)
{
        struct cursor begin = r->c;

        if (cursor_peek(&r->c, 0) == '-')
                cursor_step(&r->c);
        bicep_skip_name(&r->c);
        size_t size = r->c.at - begin.at;
        enum node_type type = scalar_type(r->c.data + begin.at, size);
        if (size == 0 || type == NODE_STRING) {
                r->c = begin;
                int error = make_unknown(r, n, ends);

                return error == 0 && n->length == 0 ? bad(r, "expected a value") : error;
        }
        char *text = cursor_text(&begin, &r->c, r->doc);
        if (!text)
                return doc_error(r->doc);
        scalar_set(n, type, text, size);
        return complete(r, n, ends);
}

/* --- arrays -------------------------------------------------------------------------------- */

bool bicep_value_is_loop(struct cursor c)
{
        if (!cursor_take(&c, "["))
                return false;
        bicep_skip_lines(&c);
        return bicep_skip_word(&c, "for");
}

/* What stands in `if (…)` before what is repeated is not kept. */
static int read_loop(struct bicep_reader *r, struct node *n)
{
        if (!bicep_skip_loop_head(&r->c))
                return bad(r, "expected a colon and what is repeated");
        bicep_skip_lines(&r->c);
        if (bicep_skip_word(&r->c, "if")) {
                bicep_skip_blanks(&r->c);
                if (cursor_take(&r->c, "("))
                        (void)bicep_skip_expression(&r->c, BICEP_ENDS_BRACKETS);
                (void)cursor_take(&r->c, ")");
                bicep_skip_blanks(&r->c);
        }
        n->tag = "for";
        return bicep_value_read(r, n, NULL, NULL, BICEP_ENDS_LINE);
}

/* At the end of a list: what is left of it, and its bracket. */
static int end_array(struct bicep_reader *r)
{
        bicep_skip_lines(&r->c);
        return cursor_take(&r->c, "]") ? 0 : bad(r, "this array does not end");
}

static int read_array(struct bicep_reader *r, struct node *n)
{
        bool loop = bicep_value_is_loop(r->c);

        cursor_step(&r->c);
        bicep_skip_lines(&r->c);
        if (loop) {
                int error = read_loop(r, n);

                return error < 0 ? error : end_array(r);
        }
        for (;;) {
                bicep_skip_lines(&r->c);
                if (cursor_take(&r->c, ","))
                        continue;
                char byte = cursor_peek(&r->c, 0);
                if (cursor_ended(&r->c) || byte == ']' || byte == '}' || byte == ')')
                        return end_array(r);
                int error = bicep_value_read(r, n, NULL, NULL, BICEP_ENDS_LINE);
                if (error < 0)
                        return error;
        }
}

/* --- objects ------------------------------------------------------------------------------- */

static bool is_nested_resource(struct cursor c)
{
        if (!bicep_skip_word(&c, "resource"))
                return false;
        bicep_skip_blanks(&c);
        return bicep_skip_is_name(&c);
}

/* The key that begins here, or NULL: there is none, or see doc_error(). */
static char *read_key(struct bicep_reader *r)
{
        struct cursor begin = r->c;

        if (cursor_at(&r->c, "...")) {
                cursor_skip(&r->c, 3);
                return doc_text(r->doc, "...", 3);
        }
        if (bicep_skip_is_name(&r->c)) {
                bicep_skip_name(&r->c);
                return cursor_text(&begin, &r->c, r->doc);
        }
        bool is_template = false;
        size_t size = 0;
        if (cursor_peek(&r->c, 0) != '\'' || !bicep_skip_string(&r->c))
                return NULL;
        return bicep_value_string(r, &begin, &r->c, &size, &is_template);
}

static int read_property(struct bicep_reader *r, struct node *n)
{
        struct cursor begin = r->c;
        char *key = read_key(r);

        if (!key) {
                if (doc_error(r->doc) < 0)
                        return doc_error(r->doc);
                (void)bicep_bad_at(r, &begin, "expected a property");
                if (r->c.at == begin.at)
                        cursor_step(&r->c);
                cursor_to_line_end(&r->c);
                return 0;
        }
        bool spread = strcmp(key, "...") == 0;
        bicep_skip_blanks(&r->c);
        if (!spread && !cursor_take(&r->c, ":")) {
                cursor_to_line_end(&r->c);
                return bicep_bad_at(r, &begin, "expected a colon behind this name");
        }
        bicep_skip_blanks(&r->c);
        return bicep_value_read(r, n, key, &begin, BICEP_ENDS_LINE);
}

int bicep_value_object(struct bicep_reader *r, struct node *n)
{
        cursor_step(&r->c);
        for (;;) {
                int error = 0;

                bicep_skip_lines(&r->c);
                if (cursor_ended(&r->c))
                        return bad(r, "this object does not end");
                if (cursor_take(&r->c, "}"))
                        return 0;
                if (cursor_take(&r->c, ","))
                        continue;
                if (cursor_peek(&r->c, 0) == '@') /* of a nested resource: nothing that matters */
                        (void)bicep_skip_expression(&r->c, BICEP_ENDS_LINE);
                else if (r->nested && is_nested_resource(r->c))
                        error = r->nested(r);
                else
                        error = read_property(r, n);
                if (error < 0)
                        return error;
        }
}

/* --- any value ----------------------------------------------------------------------------- */

static int read_container(struct bicep_reader *r, struct node *n, enum bicep_ends ends)
{
        int error;

        if (r->nesting >= BICEP_NESTING_MAX)
                return -E2BIG;
        r->nesting++;
        error = n->type == NODE_MAPPING ? bicep_value_object(r, n) : read_array(r, n);
        r->nesting--;
        return error < 0 ? error : complete(r, n, ends);
}

int bicep_value_read(struct bicep_reader *r, struct node *parent, const char *key,
                     const struct cursor *key_at, enum bicep_ends ends)
{
        char byte = cursor_peek(&r->c, 0);
        enum node_type type = byte == '{'   ? NODE_MAPPING
                              : byte == '[' ? NODE_SEQUENCE
                                            : NODE_UNKNOWN;
        struct node *n = bicep_add(r, &r->c, type, parent, key, key_at);

        if (!n)
                return doc_error(r->doc);
        if (type != NODE_UNKNOWN)
                return read_container(r, n, ends);
        node_set_text(n, "", 0);
        return byte == '\'' ? read_string(r, n, ends) : read_word(r, n, ends);
}
