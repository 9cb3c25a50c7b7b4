/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading environment files: NAME=value lines with `export`, quotes and comments.
 * Does not own: expanding variables; a value that refers to others is UNKNOWN.
 * Why lenient: the many readers of such files disagree; whatever line is none is skipped, reported
 * as the first error, and the rest is read.
 */
#include <errno.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/cursor.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/fold.h"
#include "detectors/formats/format.h"
#include "detectors/formats/scalar.h"

struct reader {
        struct cursor c;
        struct doc *doc;
        struct node *root;
        struct doc_error *reterr;
        bool broken;
        bool no_more[2]; /* the text has no further ' or " that would end a value of several lines
                          */
};

static void skip_blanks(struct cursor *c)
{
        while (cursor_peek(c, 0) == ' ' || cursor_peek(c, 0) == '\t' || cursor_peek(c, 0) == '\r')
                cursor_step(c);
}

static bool is_name_char(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '.' || c == '-';
}

static bool is_line_end(const struct cursor *c)
{
        return cursor_ended(c) || cursor_peek(c, 0) == '\n' || cursor_at(c, "\r\n");
}

/* Steps behind the quote that ends the quoted text which begins here. */
static bool skip_quoted(struct reader *r, struct cursor *c)
{
        char quote = cursor_peek(c, 0);
        bool *no_more = quote == '`' ? NULL : &r->no_more[quote == '"'];

        cursor_step(c);
        while (!cursor_ended(c) && cursor_peek(c, 0) != quote) {
                if (cursor_peek(c, 0) == '\n' && (!no_more || *no_more))
                        return false;
                if (quote == '"' && cursor_peek(c, 0) == '\\')
                        cursor_step(c);
                if (!cursor_ended(c))
                        cursor_step(c);
        }
        if (cursor_ended(c)) {
                if (no_more)
                        *no_more = true;
                return false;
        }
        cursor_step(c);
        return true;
}

static size_t decode(char *s, size_t n)
{
        static const char names[] = "nrt\"\\$", values[] = "\n\r\t\"\\$";
        size_t out = 0;

        for (size_t i = 0; i < n; i++) {
                const char *name = s[i] == '\\' && i + 1 < n && s[i + 1] != '\0'
                                           ? strchr(names, s[i + 1])
                                           : NULL;

                s[out++] = name ? values[name - names] : s[i];
                i += name != NULL;
        }
        return out;
}

/* `${NAME}` and `$(command)` stand for something else. */
static bool refers(const char *s, size_t n)
{
        for (size_t i = 0; i + 1 < n; i++) {
                if (s[i] == '\\')
                        i++;
                else if (s[i] == '$' && (s[i + 1] == '{' || s[i + 1] == '('))
                        return true;
        }
        return false;
}

static int set_value(struct reader *r, struct node *n, const struct cursor *from, char quote)
{
        size_t size = r->c.at - from->at;
        char *text = cursor_text(from, &r->c, r->doc);

        if (!text)
                return doc_error(r->doc);
        if (quote != '\'' && quote != '`' && refers(text, size))
                n->type = NODE_UNKNOWN;
        else if (quote == '"')
                size = decode(text, size);
        text[size] = '\0';
        node_set_text(n, text, size);
        n->quoted = quote != '\0';
        return 0;
}

/* True if a whole value in quotes, with nothing but a comment behind it, begins here. */
static bool is_quoted(struct reader *r, struct cursor *ret_end)
{
        struct cursor end = r->c;
        char quote = cursor_peek(&end, 0);

        if ((quote != '\'' && quote != '"' && quote != '`') || !skip_quoted(r, &end))
                return false;
        *ret_end = end;
        skip_blanks(&end);
        return is_line_end(&end) || cursor_peek(&end, 0) == '#' || cursor_peek(&end, 0) == ';';
}

/* Steps to the end of a value without quotes: the line's, or a comment's beginning. */
static void skip_bare(struct cursor *c)
{
        struct cursor end = *c;
        bool blank = true;

        for (; !is_line_end(c); cursor_step(c)) {
                char byte = cursor_peek(c, 0);

                if (byte == '#' && blank)
                        break;
                blank = byte == ' ' || byte == '\t';
                if (!blank) {
                        end = *c;
                        cursor_step(&end);
                }
        }
        *c = end;
}

static int read_value(struct reader *r, struct node *n)
{
        struct cursor begin = r->c, end;
        enum doc_spelling spelling = DOC_SPELLING_VERBATIM;
        int error;

        if (is_quoted(r, &end)) {
                struct cursor inside = r->c;
                char quote = cursor_peek(&r->c, 0);

                cursor_step(&inside);
                r->c.at = end.at - 1;
                error = set_value(r, n, &inside, quote);
                r->c = end;
                if (quote == '"')
                        spelling = DOC_SPELLING_ESCAPED;
        } else {
                skip_bare(&r->c);
                error = set_value(r, n, &begin, '\0');
                enum node_type type = scalar_type(n->text ? n->text : "", n->text_len);
                if (n->type == NODE_STRING && (type == NODE_BOOL || type == NODE_NUMBER))
                        scalar_set(n, type, n->text, n->text_len);
        }
        if (error < 0)
                return error;
        cursor_end_node(&r->c, n);
        doc_keep_source(r->doc, n, spelling, n->type == NODE_UNKNOWN, begin.data + begin.at,
                        n->length);
        return 0;
}

static void skip_export(struct cursor *c)
{
        if (!cursor_at(c, "export") || (cursor_peek(c, 6) != ' ' && cursor_peek(c, 6) != '\t'))
                return;
        cursor_skip(c, 6);
        skip_blanks(c);
}

static int bad_line(struct reader *r)
{
        if (!r->broken)
                (void)cursor_bad(&r->c, r->reterr, "expected NAME=value");
        r->broken = true;
        cursor_to_line_end(&r->c);
        return 0;
}

static int read_line(struct reader *r)
{
        struct cursor *c = &r->c;

        skip_blanks(c);
        if (is_line_end(c) || cursor_peek(c, 0) == '#')
                return 0;
        skip_export(c);

        struct cursor begin = *c;
        while (is_name_char(cursor_peek(c, 0)))
                cursor_step(c);
        if (c->at == begin.at)
                return bad_line(r);

        char *key = cursor_text(&begin, c, r->doc);
        skip_blanks(c);
        /* a name alone is taken over from the environment */
        bool alone = is_line_end(c);
        if (!alone && !cursor_take(c, "=") && !cursor_take(c, ":"))
                return bad_line(r);
        skip_blanks(c);

        struct node *n = cursor_node(c, r->doc, alone ? NODE_NULL : NODE_STRING);
        if (!n || doc_append(r->doc, r->root, n, key) < 0)
                return doc_error(r->doc);
        n->key_line = begin.line;
        n->key_column = begin.column;
        node_set_text(n, "", 0);
        return alone ? 0 : read_value(r, n);
}

static int dotenv_read(struct doc *doc, const char *data, size_t n, struct doc_error *reterr)
{
        struct reader r = {.c = cursor_begin(data, n), .doc = doc, .reterr = reterr};

        r.root = cursor_node(&r.c, doc, NODE_MAPPING);
        doc_set_root(doc, r.root);
        if (!r.root)
                return doc_error(doc);
        while (!cursor_ended(&r.c)) {
                int error = read_line(&r);

                if (error < 0)
                        return error;
                cursor_to_line_end(&r.c);
                cursor_skip(&r.c, 1);
                cursor_end_node(&r.c, r.root);
        }

        int error = fold_repeated_keys(doc, r.root);
        return error < 0 ? error : r.broken ? -EBADMSG : 0;
}

const struct format format_dotenv = {.name = "dotenv", .parse = dotenv_read};
