/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: HCL's heredocs: where they end, which indentation goes, whether templates are in them.
 * Does not own: the templates.
 */
#include "detectors/formats/hcl-heredoc.h"

#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/hcl-skip.h"
#include "detectors/formats/template.h"

struct heredoc {
        const char *name; /* in the text */
        size_t name_size;
        bool dedent;
        size_t body, end; /* bytes of the text */
};

bool hcl_heredoc_begins(const struct cursor *c)
{
        struct cursor at = *c;

        if (!cursor_at(c, "<<"))
                return false;
        cursor_skip(&at, 2);
        (void)cursor_take(&at, "-");
        if (!hcl_skip_is_name(&at))
                return false;
        hcl_skip_name(&at);
        return cursor_peek(&at, 0) == '\n' || cursor_at(&at, "\r\n");
}

static size_t blanks(const char *s, size_t n)
{
        size_t i = 0;

        while (i < n && (s[i] == ' ' || s[i] == '\t'))
                i++;
        return i;
}

/* The closing name stands alone on its line, perhaps indented. In a list or a call something may
 * follow that belongs to the expression around. */
static size_t closing_size(const struct cursor *c, const struct heredoc *h)
{
        size_t indent = blanks(c->data + c->at, c->n - c->at), at = c->at + indent;

        if (c->n - at < h->name_size || memcmp(c->data + at, h->name, h->name_size) != 0)
                return 0;
        at += h->name_size;

        size_t behind = blanks(c->data + at, c->n - at);
        char next = at + behind < c->n ? c->data[at + behind] : '\n';
        return next == '\n' || next == '\r' || next == ')' || next == ',' || next == ']' ||
                               next == '}'
                       ? indent + h->name_size
                       : 0;
}

/* Steps behind the closing name. */
static bool scan(struct cursor *c, struct heredoc *h)
{
        *h = (struct heredoc){0};
        cursor_skip(c, 2);
        h->dedent = cursor_take(c, "-");
        h->name = c->data + c->at;
        hcl_skip_name(c);
        h->name_size = (size_t)(c->data + c->at - h->name);
        cursor_to_line_end(c);
        cursor_skip(c, 1);
        h->body = c->at;
        for (;;) {
                size_t closing = closing_size(c, h);

                h->end = c->at;
                if (closing > 0) {
                        cursor_skip(c, closing);
                        return true;
                }
                if (cursor_ended(c))
                        return false;
                cursor_to_line_end(c);
                cursor_skip(c, 1);
        }
}

bool hcl_heredoc_skip(struct cursor *c)
{
        struct heredoc h;

        return scan(c, &h);
}

static size_t line_size(const char *s, size_t n)
{
        const char *end = memchr(s, '\n', n);

        return end ? (size_t)(end - s) + 1 : n;
}

/* The least indentation of the lines that are not blank. */
static size_t common_indent(const char *s, size_t n)
{
        size_t least = SIZE_MAX;

        for (size_t size; n > 0; s += size, n -= size) {
                size_t indent = blanks(s, n);

                size = line_size(s, n);
                if (indent < size && s[indent] != '\n' && s[indent] != '\r')
                        least = MIN_OF(least, indent);
        }
        return least == SIZE_MAX ? 0 : least;
}

static size_t copy_dedented(char *dst, const char *s, size_t n, size_t indent)
{
        size_t out = 0;

        for (size_t size; n > 0; s += size, n -= size) {
                size = line_size(s, n);

                size_t cut = blanks(s, size) >= indent ? indent : 0;
                memcpy(dst + out, s + cut, size - cut);
                out += size - cut;
        }
        return out;
}

static bool has_template(const char *s, size_t n)
{
        struct cursor c = {.data = s, .n = n};

        while (!cursor_ended(&c)) {
                if (template_is_literal(&c))
                        cursor_skip(&c, 3);
                else if (template_begins(&c))
                        return true;
                else
                        cursor_step(&c);
        }
        return false;
}

/* `$${` is `${`, in place. */
static size_t unescape(char *s, size_t n)
{
        struct cursor c = {.data = s, .n = n};
        size_t out = 0;

        while (!cursor_ended(&c)) {
                c.at += template_is_literal(&c);
                s[out++] = s[c.at++];
        }
        return out;
}

struct node *hcl_heredoc_read(struct cursor *c, struct doc *d, bool *ret_ended)
{
        struct cursor begin = *c;
        struct heredoc h;
        bool ended = scan(c, &h);
        const char *body = c->data + h.body;
        size_t size = h.end - h.body;
        struct node *n = cursor_node(&begin, d, NODE_STRING);
        char *text = n ? doc_text_reserve(d, size) : NULL;

        if (!text)
                return NULL;

        size_t used = copy_dedented(text, body, size, h.dedent ? common_indent(body, size) : 0);
        if (has_template(text, used)) {
                n->type = NODE_UNKNOWN;
                n->template = true;
        } else
                used = unescape(text, used);
        doc_text_trim(d, text, size, used);
        node_set_text(n, text, used);
        cursor_end_node(c, n);
        doc_keep_source(d, n, DOC_SPELLING_VERBATIM, n->type == NODE_UNKNOWN, begin.data + begin.at,
                        n->length);
        *ret_ended = ended;
        return doc_error(d) < 0 ? NULL : n;
}
