/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: moving through a text while counting lines and characters.
 * Does not own: the text; any syntax.
 */
#include "detectors/formats/cursor.h"

#include <errno.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/formats/doc-internal.h"

struct cursor cursor_begin(const char *data, size_t n)
{
        struct cursor c = {.data = data, .n = n, .line = 1, .column = 1};

        if (n >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
                c.at = 3;
        return c;
}

void cursor_skip(struct cursor *c, size_t n)
{
        for (; n > 0 && !cursor_ended(c); n--)
                cursor_step(c);
}

void cursor_move(struct cursor *c, size_t at)
{
        const char *newline;

        at = MIN_OF(at, c->n);
        while (c->at < at && (newline = memchr(c->data + c->at, '\n', at - c->at))) {
                c->at = (size_t)(newline - c->data) + 1;
                c->line++;
                c->column = 1;
        }
        for (; c->at < at; c->at++)
                c->column += ((unsigned char)c->data[c->at] & 0xc0) != 0x80;
}

bool cursor_at(const struct cursor *c, const char *s)
{
        size_t n = strlen(s);

        return n <= c->n - c->at && memcmp(c->data + c->at, s, n) == 0;
}

bool cursor_take(struct cursor *c, const char *s)
{
        if (!cursor_at(c, s))
                return false;
        cursor_skip(c, strlen(s));
        return true;
}

void cursor_to_line_end(struct cursor *c)
{
        while (!cursor_ended(c) && c->data[c->at] != '\n')
                cursor_step(c);
}

void cursor_to_behind(struct cursor *c, const char *end)
{
        while (!cursor_ended(c)) {
                if (cursor_take(c, end))
                        return;
                cursor_step(c);
        }
}

bool cursor_skip_comment(struct cursor *c)
{
        if (cursor_at(c, "//"))
                cursor_to_line_end(c);
        else if (cursor_take(c, "/*"))
                cursor_to_behind(c, "*/");
        else
                return false;
        return true;
}

struct node *cursor_node(const struct cursor *c, struct doc *d, enum node_type type)
{
        return doc_node(d, type, c->line, c->column, c->at);
}

void cursor_end_node(const struct cursor *c, struct node *n)
{
        n->length = (uint32_t)MIN_OF(c->at - n->offset, UINT32_MAX);
        n->end_line = c->column == 1 && c->line > n->line ? c->line - 1 : c->line;
}

int cursor_end_unknown(const struct cursor *c, struct doc *d, struct node *n)
{
        size_t size = c->at - n->offset;
        char *text = doc_text(d, c->data + n->offset, size);

        if (!text)
                return doc_error(d);
        n->type = NODE_UNKNOWN;
        n->quoted = n->template = false;
        n->tag = NULL;
        n->first = n->last = NULL;
        n->count = 0;
        node_set_text(n, text, size);
        cursor_end_node(c, n);
        return 0;
}

char *cursor_text(const struct cursor *from, const struct cursor *to, struct doc *d)
{
        return doc_text(d, from->data + from->at, to->at - from->at);
}

int cursor_bad(const struct cursor *c, struct doc_error *reterr, const char *message)
{
        reterr->line = c->line;
        reterr->column = c->column;
        (void)text_printable(reterr->message, sizeof(reterr->message), message, strlen(message));
        return -EBADMSG;
}
