/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: changing entries of a `suppress` list in the text of a file.
 *
 * Such a file is kept by people: comments, order and quoting are theirs, so the lines of an entry
 * are changed and nothing else is written anew. An entry is the line with its dash, the comments
 * right above it, and what is indented deeper below it. What is written in another way is refused.
 * The caller reads the result before it replaces anything.
 */
#include <ctype.h>
#include <string.h>

#include "common/base/text.h"
#include "daemon/ctl/baseline.h"

struct line {
        const char *at;
        size_t n;      /* without the newline */
        size_t indent; /* blanks at the begin */
        bool blank, comment;
};

struct lines {
        struct line *list;
        size_t n;
};

/* The lines of one entry, [begin, end); dash is the one that begins it. */
struct extent {
        size_t begin, dash, end;
};

static void lines_done(struct lines *l)
{
        free(l->list);
}

static int split(const char *text, struct lines *ret)
{
        size_t n = 0;

        for (const char *s = text; *s; s++)
                n += *s == '\n';
        ret->list = calloc(n + 1, sizeof(*ret->list));
        if (!ret->list)
                return -ENOMEM;
        for (const char *s = text; *s;) {
                struct line *l = &ret->list[ret->n++];

                l->at = s;
                l->n = strcspn(s, "\n");
                l->indent = strspn(s, " ");
                l->blank = l->indent + strspn(s + l->indent, "\t\r") >= l->n;
                l->comment = s[l->indent] == '#';
                s += l->n + (s[l->n] == '\n');
        }
        return 0;
}

static bool has_dash(const struct line *l)
{
        return l->at[l->indent] == '-' && (l->indent + 1 == l->n || l->at[l->indent + 1] == ' ');
}

/* at: the line on which the entry's mapping begins, from 0. */
static int find_extent(const struct lines *l, size_t at, struct extent *ret)
{
        if (at >= l->n)
                return -EINVAL;
        /* "-" may stand alone above its mapping */
        if (!has_dash(&l->list[at]) && at > 0)
                at--;
        if (!has_dash(&l->list[at]))
                return -EINVAL;
        size_t indent = l->list[at].indent, begin = at, end = at + 1;
        while (begin > 0 && l->list[begin - 1].comment && l->list[begin - 1].indent == indent)
                begin--;
        while (end < l->n && (l->list[end].blank || l->list[end].indent > indent))
                end++;
        while (l->list[end - 1].blank)
                end--;
        *ret = (struct extent){begin, at, end};
        return 0;
}

static void copy_line(struct buffer *out, const struct line *l)
{
        buffer_append(out, l->at, l->n);
        buffer_putc(out, '\n');
}

/* Bytes before the keys of the entry: "  - rule: x" → 4. */
static size_t key_indent(const struct lines *l, const struct extent *x)
{
        const struct line *dash = &l->list[x->dash];
        size_t n = dash->indent + 1 + strspn(dash->at + dash->indent + 1, " ");

        if (n < dash->n)
                return n;
        return x->dash + 1 < x->end ? l->list[x->dash + 1].indent : dash->indent + 2;
}

static bool is_expires(const struct line *l, size_t indent)
{
        static const char key[] = "expires:";

        return l->n >= indent + sizeof(key) - 1 &&
               strncmp(l->at + indent, key, sizeof(key) - 1) == 0;
}

/* "- {rule: x, reason: y}" on one line */
static int expire_flow(struct buffer *out, const struct line *l, const char *expires)
{
        const char *close = memrchr(l->at, '}', l->n);

        if (!close || memmem(l->at, l->n, "expires", 7))
                return -EINVAL;
        buffer_append(out, l->at, (size_t)(close - l->at));
        buffer_printf(out, ", expires: %s", expires);
        buffer_append(out, close, l->n - (size_t)(close - l->at));
        buffer_putc(out, '\n');
        return 0;
}

static int expire(struct buffer *out, const struct lines *l, const struct extent *x,
                  const char *expires)
{
        size_t indent = key_indent(l, x);
        bool written = false;

        for (size_t i = x->begin; i < x->dash; i++)
                copy_line(out, &l->list[i]);
        if (l->list[x->dash].at[indent] == '{')
                return x->end == x->dash + 1 ? expire_flow(out, &l->list[x->dash], expires)
                                             : -EINVAL;
        for (size_t i = x->dash; i < x->end; i++) {
                const struct line *line = &l->list[i];
                bool deep = i == x->dash || line->indent == indent;

                if (!deep || !is_expires(line, indent)) {
                        copy_line(out, line);
                        continue;
                }
                buffer_append(out, line->at, indent);
                buffer_printf(out, "expires: %s\n", expires);
                written = true;
        }
        if (!written)
                buffer_printf(out, "%*sexpires: %s\n", (int)indent, "", expires);
        return 0;
}

/* A list without entries would be nothing at all. */
static bool copy_heading(struct buffer *out, const struct line *l)
{
        static const char key[] = "suppress:";
        size_t n = sizeof(key) - 1;

        if (l->n < n || strncmp(l->at, key, n) != 0)
                return false;
        size_t rest = n + strspn(l->at + n, " \t\r");
        if (rest < l->n && l->at[rest] != '#')
                return false;
        buffer_printf(out, "%s []", key);
        buffer_append(out, l->at + n, l->n - n);
        buffer_putc(out, '\n');
        return true;
}

int baseline_edit(struct buffer *out, const char *text, const struct baseline_change *changes,
                  size_t n, uint32_t *reterr_line)
{
        _cleanup_(lines_done) struct lines l = {0};
        size_t at = 0, dropped = 0;
        int k = split(text, &l);

        if (k < 0)
                return k;
        for (size_t i = 0; i < n; i++)
                dropped += changes[i].fate == BASELINE_DROP;
        bool empty = n > 0 && dropped == n;
        for (size_t i = 0; i < n; i++) {
                const struct baseline_change *c = &changes[i];
                struct extent x;

                if (c->fate == BASELINE_KEEP)
                        continue;
                *reterr_line = c->line;
                if (c->line == 0 || find_extent(&l, c->line - 1, &x) < 0 || x.begin < at)
                        return -EINVAL;
                for (; at < x.begin; at++)
                        if (!empty || !copy_heading(out, &l.list[at]))
                                copy_line(out, &l.list[at]);
                at = x.end;
                if (c->fate == BASELINE_EXPIRE && expire(out, &l, &x, c->expires) < 0)
                        return -EINVAL;
        }
        for (; at < l.n; at++)
                copy_line(out, &l.list[at]);
        return out->error;
}
