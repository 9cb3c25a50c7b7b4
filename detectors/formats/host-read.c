/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what lines of the host's identity files have in common: blanks, lines that go on, words,
 * quotes, and templates in them, because such files are often written by Ansible or cloud-init.
 * Does not own: any one syntax.
 */
#include "detectors/formats/host-read.h"

#include <errno.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/fold.h"
#include "detectors/formats/scalar.h"

static bool is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\r';
}

bool host_line_ends(const struct cursor *c)
{
        return cursor_ended(c) || cursor_peek(c, 0) == '\n' || cursor_at(c, "\r\n");
}

bool host_line_goes_on(const struct cursor *c)
{
        return cursor_at(c, "\\\n") || cursor_at(c, "\\\r\n");
}

void host_skip_blanks(struct cursor *c, bool joined)
{
        for (;;) {
                if (joined && host_line_goes_on(c))
                        cursor_skip(c, cursor_peek(c, 1) == '\r' ? 3 : 2);
                else if (is_blank(cursor_peek(c, 0)))
                        cursor_step(c);
                else
                        return;
        }
}

void host_next_line(struct cursor *c, bool joined)
{
        for (; !cursor_ended(c) && cursor_peek(c, 0) != '\n'; cursor_step(c))
                if (joined && host_line_goes_on(c))
                        cursor_skip(c, cursor_peek(c, 1) == '\r' ? 2 : 1);
        cursor_skip(c, 1);
}

/* Where the template that begins at s ends, or NULL. */
static const char *template_end(const char *s, const char *end)
{
        static const char *const marks[][2] = {
                {"{{", "}}"}, {"{%", "%}"}, {"{#", "#}"}, {"<%", "%>"}, {"${", "}"}};
        const char *stop;

        if (end - s < 4 || !strchr("{<$", *s))
                return NULL;
        for (size_t i = 0; i < ELEMENTSOF(marks); i++) {
                if (s[0] != marks[i][0][0] || s[1] != marks[i][0][1])
                        continue;
                stop = memmem(s + 2, (size_t)(end - s) - 2, marks[i][1], strlen(marks[i][1]));
                return stop ? stop + strlen(marks[i][1]) : NULL;
        }
        return NULL;
}

/* The furthest that a template goes: who writes one without end must not make us look far often. */
#define TEMPLATE_MAX 256u

bool host_take_template(struct cursor *c)
{
        const char *s = c->data + c->at, *stop = NULL;
        size_t left = MIN_OF(c->n - c->at, TEMPLATE_MAX);

        if (left > 0 && strchr("{<$", *s) && *s != '\0') {
                const char *line = memchr(s, '\n', left);
                stop = template_end(s, line ? line : s + left);
        }
        if (stop)
                cursor_skip(c, (size_t)(stop - s));
        return stop;
}

bool host_is_template_line(const struct cursor *at)
{
        struct cursor c = *at;

        while (host_take_template(&c))
                host_skip_blanks(&c, false);
        return c.at > at->at && host_line_ends(&c);
}

void host_take_word(struct cursor *c, const char *ends, bool escapes)
{
        while (!host_line_ends(c) && !host_line_goes_on(c)) {
                char byte = cursor_peek(c, 0);

                if (is_blank(byte) || (byte != '\0' && strchr(ends, byte)))
                        return;
                if (host_take_template(c))
                        continue;
                cursor_step(c);
                if (escapes && byte == '\\' && !host_line_ends(c))
                        cursor_step(c);
        }
}

bool host_take_quoted(struct cursor *c)
{
        struct cursor end = *c;

        for (cursor_step(&end); !host_line_ends(&end); cursor_step(&end)) {
                if (cursor_peek(&end, 0) == '"') {
                        cursor_step(&end);
                        *c = end;
                        return true;
                }
                if (cursor_peek(&end, 0) == '\\' && end.at + 1 < end.n)
                        cursor_step(&end);
        }
        return false;
}

/* Returns the length of what is written to dst. */
static size_t clean(char *dst, const struct cursor *from, const struct cursor *to, unsigned how)
{
        size_t n = 0;

        for (struct cursor c = *from; c.at < to->at;) {
                if (host_line_goes_on(&c)) {
                        host_skip_blanks(&c, true);
                        dst[n++] = ' ';
                        continue;
                }
                if ((how & HOST_TEXT_ESCAPED) && cursor_peek(&c, 0) == '\\' && c.at + 1 < to->at)
                        cursor_step(&c);
                dst[n++] = cursor_peek(&c, 0);
                cursor_step(&c);
        }
        while (n > 0 && is_blank(dst[n - 1]))
                n--;
        return n;
}

static bool has_template(const struct cursor *from, const struct cursor *to)
{
        struct cursor c = *from;

        for (c.n = to->at; !cursor_ended(&c); cursor_step(&c))
                if (strchr("{<$", cursor_peek(&c, 0)) && cursor_peek(&c, 0) != '\0' &&
                    host_take_template(&c))
                        return true;
        return false;
}

struct node *host_add(struct host_reader *r, struct node *parent, const char *key,
                      const struct cursor *at, enum node_type type)
{
        struct node *n = cursor_node(at, r->doc, type);

        if (n && parent && doc_append(r->doc, parent, n, key) < 0)
                return NULL;
        return n;
}

struct node *host_add_text(struct host_reader *r, struct node *parent, const char *key,
                           const struct cursor *from, const struct cursor *to, unsigned how)
{
        bool unknown = !(how & HOST_TEXT_SHELL) && has_template(from, to);
        size_t room = to->at - from->at;
        /* first the text: a node without would be half a node if memory is out */
        char *text = doc_text_reserve(r->doc, room);
        struct cursor end = *to;

        if (!text)
                return NULL;
        size_t size = clean(text, from, to, how);
        doc_text_trim(r->doc, text, room, size);
        struct node *n = host_add(r, parent, key, from, unknown ? NODE_UNKNOWN : NODE_STRING);
        if (!n)
                return NULL;
        node_set_text(n, text, size);
        n->template = unknown;
        for (; end.at > from->at && is_blank(end.data[end.at - 1]); end.at--)
                end.column--;
        cursor_end_node(&end, n);
        return n;
}

struct node *host_add_word(struct host_reader *r, struct node *parent, const char *key,
                           const struct cursor *at, const char *word)
{
        struct node *n = host_add(r, parent, key, at, NODE_STRING);

        if (n)
                node_set_text(n, word, strlen(word));
        return n;
}

struct node *host_add_bool(struct host_reader *r, struct node *parent, const char *key,
                           const struct cursor *at, bool truth)
{
        struct node *n = host_add(r, parent, key, at, NODE_BOOL);

        if (n)
                scalar_set(n, NODE_BOOL, truth ? "true" : "false", truth ? 4 : 5);
        return n;
}

char *host_key(struct host_reader *r, const struct cursor *from, const struct cursor *to)
{
        char *key = cursor_text(from, to, r->doc);

        for (char *s = key; s && *s; s++)
                if (*s >= 'A' && *s <= 'Z')
                        *s = (char)(*s | 0x20);
        return key;
}

int host_bad(struct host_reader *r, const struct cursor *at, const char *message)
{
        if (!r->broken)
                (void)cursor_bad(at, r->reterr, message);
        r->broken = true;
        return 0;
}

int host_begin(struct host_reader *r, struct doc *doc, const char *data, size_t n,
               struct doc_error *reterr)
{
        struct node *root;

        *r = (struct host_reader){.c = cursor_begin(data, n), .doc = doc, .reterr = reterr};
        root = cursor_node(&r->c, doc, NODE_MAPPING);
        doc_set_root(doc, root);
        return root ? 0 : doc_error(doc);
}

int host_end(struct host_reader *r)
{
        int error = doc_error(r->doc);

        if (error == 0)
                error = fold_repeated_keys(r->doc, doc_root(r->doc));
        return error < 0 ? error : r->broken ? -EBADMSG : 0;
}
