/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what may change in XML: comments before elements, the kind of quotes, space around `=` and at
 * the end of tags.
 *
 * Must not own: ends of lines (rewrite-lines.c). Only well-formed examples without a document type are
 * changed.
 */
#include <string.h>

#include "common/base/macros.h"
#include "tests/property/rewriting.h"

enum how {
        COMMENTS,
        QUOTES,
        SPACES,
        CLOSED,
};

struct walk {
        const char *s, *end;
        struct buffer *b;
};

/* Copies up to behind `mark`, or all. */
static void copy_behind(struct walk *w, const char *mark)
{
        const char *found = memmem(w->s, (size_t)(w->end - w->s), mark, strlen(mark));
        const char *stop = found ? found + strlen(mark) : w->end;

        buffer_append(w->b, w->s, (size_t)(stop - w->s));
        w->s = stop;
}

/* The value whose quote is here. */
static void put_value(struct walk *w, enum how how)
{
        char quote = *w->s;
        const char *value = w->s + 1, *stop = memchr(value, quote, (size_t)(w->end - value));
        size_t n = stop ? (size_t)(stop - value) : 0;
        char other = quote == '"' ? '\'' : '"';

        if (how == QUOTES && stop && !memchr(value, other, n))
                quote = other;
        buffer_putc(w->b, quote);
        buffer_append(w->b, value, n);
        buffer_putc(w->b, quote);
        w->s = stop ? stop + 1 : w->end;
}

/* The tag that begins here. */
static void put_tag(struct walk *w, enum how how)
{
        if (how == COMMENTS && w->s[1] != '/')
                buffer_puts(w->b, "<!-- note: <x a=\"false\"> & 'y -->");
        while (w->s < w->end && *w->s != '>') {
                if (*w->s == '"' || *w->s == '\'') {
                        put_value(w, how);
                        continue;
                }
                if (how == SPACES && *w->s == '=')
                        buffer_puts(w->b, "\n = ");
                else
                        buffer_putc(w->b, *w->s);
                w->s++;
        }
        if (how == CLOSED && w->s[-1] != '/' && w->s[-1] != '?')
                buffer_puts(w->b, " \n");
        if (w->s < w->end)
                buffer_putc(w->b, *w->s++);
}

static bool rewrite(const struct original *o, unsigned how, struct rewritten *ret)
{
        struct walk w = {.s = o->text, .end = o->text + o->n, .b = &ret->text};

        if (!o->root || !original_is(o, "xml") || memmem(o->text, o->n, "<!DOCTYPE", 9))
                return false;
        while (w.s < w.end) {
                size_t left = (size_t)(w.end - w.s);

                if (left > 4 && memcmp(w.s, "<!--", 4) == 0)
                        copy_behind(&w, "-->");
                else if (left > 2 && memcmp(w.s, "<?", 2) == 0)
                        copy_behind(&w, "?>");
                else if (left > 9 && memcmp(w.s, "<![CDATA[", 9) == 0)
                        copy_behind(&w, "]]>");
                else if (*w.s == '<')
                        put_tag(&w, how);
                else
                        buffer_putc(w.b, *w.s++);
        }
        return true;
}

const struct rewriting rewritings_of_xml[] = {
        {"XML, comments before elements", rewrite, COMMENTS},
        {"XML, other quotes", rewrite, QUOTES},
        {"XML, space around =", rewrite, SPACES},
        {"XML, space at the end of tags", rewrite, CLOSED},
        {.name = NULL},
};
