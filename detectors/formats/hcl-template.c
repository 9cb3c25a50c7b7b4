/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: texts of HCL with ${ } in them.
 * Does not own: the expressions inside (hcl-evaluate.c). Directives, %{ }, are not run: what they make is
 * not known.
 * Source: the HCL native syntax specification, "Template Expressions".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/hcl-parser.h"

#define TEXT_MAX ((size_t)64 << 10)

struct text {
        char *s;
        size_t n;
        bool keep;    /* what is not known stays as it is written */
        bool raw;     /* and so do texts that only look like templates */
        bool unknown; /* something was not known */
        bool full;
};

static void put(struct text *t, const char *s, size_t n)
{
        if (t->n + n > TEXT_MAX)
                t->full = true;
        else {
                memcpy(t->s + t->n, s, n);
                t->n += n;
        }
}

const char *hcl_template_end(const char *s, const char *end)
{
        unsigned open = 1;

        for (; s < end; s++) {
                if (*s == '"') {
                        for (s++; s < end && *s != '"'; s++)
                                if (*s == '\\')
                                        s++;
                        continue;
                }
                if (*s == '{')
                        open++;
                else if (*s == '}' && --open == 0)
                        return s + 1;
        }
        return NULL;
}

static void put_quoted(struct text *t, const char *s, size_t n)
{
        put(t, "\"", 1);
        for (size_t i = 0; i < n; i++) {
                char escape[8];

                if (s[i] == '"' || s[i] == '\\')
                        put(t, "\\", 1);
                if ((unsigned char)s[i] >= 0x20) {
                        put(t, s + i, 1);
                        continue;
                }
                (void)snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)(unsigned char)s[i]);
                put(t, escape, 6);
        }
        put(t, "\"", 1);
}

static bool put_scalar(struct text *t, const struct node *n)
{
        if (n->type == NODE_UNKNOWN)
                return false;
        if (n->type == NODE_NULL)
                put(t, "null", 4);
        else if (n->type == NODE_STRING)
                put_quoted(t, n->text ?: "", n->text_len);
        else
                put(t, n->text, n->text_len);
        return true;
}

/* What jsonencode() makes of it. False, and nothing put, if not all of it is known. */
static bool put_json(struct text *t, const struct node *value)
{
        const size_t before = t->n;
        const struct node *n = value;

        for (;;) {
                bool map = n->type == NODE_MAPPING, container = map || n->type == NODE_SEQUENCE;

                if (n != value && n->key) {
                        put_quoted(t, n->key, strlen(n->key));
                        put(t, ":", 1);
                }
                if (container)
                        put(t, map ? "{" : "[", 1);
                else if (!put_scalar(t, n)) {
                        t->n = before;
                        return false;
                }
                if (n->first) {
                        n = n->first;
                        continue;
                }
                if (container)
                        put(t, map ? "}" : "]", 1);
                while (n != value && !n->next) {
                        n = n->parent;
                        put(t, n->type == NODE_MAPPING ? "}" : "]", 1);
                }
                if (n == value)
                        return true;
                n = n->next;
                put(t, ",", 1);
        }
}

/* begin: at the mark; s..end: what is in its braces. */
static void put_template(struct expression *p, struct text *t, const char *begin, const char *s,
                         const char *end)
{
        /* ~ takes blanks away from around the template: they mean little in what is looked at here */
        const struct node *value =
                expression_inside(p, s + (s < end && *s == '~'), end - (s < end && end[-1] == '~'));

        if (value && node_is_scalar(value) && value->type != NODE_NULL) {
                put(t, value->text, value->text_len);
                return;
        }
        if (value && value->tag && strcmp(value->tag, "jsonencode") == 0 && put_json(t, value))
                return;
        t->unknown = true;
        if (t->keep)
                put(t, begin, (size_t)(end + 1 - begin));
}

/* Fills t with s[0..n). False: it is no template, or has a directive where none may stay. */
static bool fill(struct expression *p, struct text *t, const char *s, size_t n)
{
        const char *end = s + n;

        if (memmem(s, n, "%{", 2)) {
                t->unknown = true;
                if (!t->keep)
                        return false;
        }
        while (s < end && !t->full && (t->keep || !t->unknown)) {
                const char *next = memchr(s, '$', (size_t)(end - s));

                if (!next || next + 1 >= end) {
                        put(t, s, (size_t)(end - s));
                        break;
                }
                put(t, s, (size_t)(next - s));
                if (next[1] == '$' && next + 2 < end && next[2] == '{') {
                        put(t, t->raw ? next : next + 1, t->raw ? 3 : 2);
                        s = next + 3;
                } else if (next[1] == '{') {
                        const char *behind = hcl_template_end(next + 2, end);

                        if (!behind)
                                return false;
                        put_template(p, t, next, next + 2, behind - 1);
                        s = behind;
                } else {
                        put(t, next, 1);
                        s = next + 1;
                }
        }
        return !t->full;
}

/* "${x}" alone is what x is, be it a list. */
static bool is_one_template(const char *s, size_t n)
{
        return n > 3 && s[0] == '$' && s[1] == '{' && hcl_template_end(s + 2, s + n) == s + n;
}

const struct node *hcl_template_value(struct expression *p, const char *s, size_t n)
{
        if (is_one_template(s, n))
                return expression_inside(p, s + 2, s + n - 1);
        _cleanup_free_ char *room = malloc(TEXT_MAX);
        struct text t = {.s = room};
        return room && fill(p, &t, s, n) && !t.unknown ? resolve_string(p->r, p->at, t.s, t.n)
                                                       : NULL;
}

const struct node *hcl_template_document(struct expression *p, const char *s, size_t n)
{
        _cleanup_free_ char *room = malloc(TEXT_MAX);
        struct text t = {.s = room, .keep = true};

        if (!room || !fill(p, &t, s, n))
                return NULL;
        if (!t.unknown)
                return resolve_string(p->r, p->at, t.s, t.n);
        /* what is left has to be told from what is none */
        t = (struct text){.s = room, .keep = true, .raw = true};
        struct node *string = fill(p, &t, s, n) ? resolve_string(p->r, p->at, t.s, t.n) : NULL;
        if (!string)
                return NULL;
        doc_keep_placed(p->r->doc, string, true);
        if (!doc_source(string))
                return NULL;
        string->type = NODE_UNKNOWN;
        string->template = true;
        return string;
}
