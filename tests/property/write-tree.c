/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: writing a document tree down as JSON or YAML, in many styles.
 *
 * Must not own: which styles a file is written in (rewrite-tree.c). A tree with templates in it is
 * not written: what they stand for is not known.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/scalar.h"
#include "tests/property/rewriting.h"

#define SHARED_KEY "x-shared"
#define ANCHORS_MAX 512u

struct writer {
        struct buffer *b;
        unsigned flags;
        uint64_t chance;
        const struct node *anchors[ANCHORS_MAX]; /* &a1, &a2, … */
        unsigned n_anchors;
        bool possible;
};

static bool has(const struct writer *w, unsigned flag)
{
        return w->flags & flag;
}

static bool is_container(const struct node *n)
{
        return n->type == NODE_MAPPING || n->type == NODE_SEQUENCE;
}

static void spaces(struct writer *w, unsigned n)
{
        for (unsigned i = 0; i < n; i++)
                buffer_putc(w->b, ' ');
}

/* --- order of keys ---- */

static unsigned below(struct writer *w, size_t n)
{
        w->chance ^= w->chance << 13;
        w->chance ^= w->chance >> 7;
        w->chance ^= w->chance << 17;
        return (unsigned)((w->chance >> 20) % n);
}

static bool has_key_twice(const struct node *mapping)
{
        NODE_CHILDREN(a, mapping)
        for (const struct node *b = a->next; b; b = b->next)
                if (a->key && b->key && strcmp(a->key, b->key) == 0)
                        return true;
        return false;
}

/* The children in the order in which they are written; freed by the caller. */
static const struct node **ordered(struct writer *w, const struct node *n)
{
        const struct node **list = calloc(n->count + 1u, sizeof(struct node *));
        size_t i = 0;

        if (!list)
                abort();
        NODE_CHILDREN(child, n)
        list[i++] = child;
        if (n->type != NODE_MAPPING || !has(w, WRITE_REVERSED | WRITE_SHUFFLED))
                return list;
        for (size_t k = 0; k < i; k++) {
                size_t other = has(w, WRITE_SHUFFLED) ? k + below(w, i - k) : i - 1 - k;
                const struct node *kept = list[k];

                if (other <= k)
                        continue;
                list[k] = list[other];
                list[other] = kept;
        }
        return list;
}

/* --- scalars ---- */

static bool is_json_number(const char *s)
{
        size_t at = *s == '-', whole = strspn(s + at, "0123456789");

        if (whole == 0 || (whole > 1 && s[at] == '0'))
                return false;
        at += whole;
        if (s[at] == '.') {
                size_t fraction = strspn(s + at + 1, "0123456789");

                if (fraction == 0)
                        return false;
                at += 1 + fraction;
        }
        return s[at] == '\0';
}

static void write_escaped(struct writer *w, const char *s, size_t n)
{
        buffer_putc(w->b, '"');
        for (size_t i = 0; i < n; i++)
                if (s[i] == '/')
                        buffer_puts(w->b, "\\/");
                else if (s[i] == '"' || s[i] == '\\' || (unsigned char)s[i] < 0x20 || s[i] == '*' ||
                         (i % 3 == 1 && (unsigned char)s[i] < 0x80))
                        buffer_printf(w->b, "\\u%04x", (unsigned char)s[i]);
                else
                        buffer_putc(w->b, s[i]);
        buffer_putc(w->b, '"');
}

static bool is_printable(const char *s, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
                        return false;
        return true;
}

/* No reader takes it for anything but this string. */
static bool is_plain(const char *s, size_t n)
{
        static const char *const words[] = {"y", "n", "yes", "no", "on", "off", "=", "<<"};

        if (n == 0 || !is_printable(s, n) || scalar_type(s, n) != NODE_STRING ||
            strchr(" -?:,[]{}#&*!|>'\"%@`", s[0]) || s[n - 1] == ' ' || s[n - 1] == ':')
                return false;
        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (strlen(words[i]) == n && memcmp(s, words[i], n) == 0)
                        return false;
        for (size_t i = 0; i < n; i++)
                if (strchr(",[]{}", s[i]) || (s[i] == ':' && s[i + 1] == ' ') ||
                    (s[i] == '#' && s[i - 1] == ' '))
                        return false;
        return true;
}

static void write_string(struct writer *w, const char *s, size_t n)
{
        if (has(w, WRITE_JSON) && has(w, WRITE_ESCAPES))
                write_escaped(w, s, n);
        else if (has(w, WRITE_JSON | WRITE_DOUBLE) || !is_printable(s, n) || strlen(s) != n)
                buffer_json_bytes(w->b, s, n);
        else if (!has(w, WRITE_SINGLE) && is_plain(s, n))
                buffer_append(w->b, s, n);
        else {
                buffer_putc(w->b, '\'');
                for (size_t i = 0; i < n; i++)
                        buffer_puts(w->b, (s[i] == '\'' ? "''" : (char[]){s[i], '\0'}));
                buffer_putc(w->b, '\'');
        }
}

static void write_scalar(struct writer *w, const struct node *n)
{
        switch (n->type) {
        case NODE_NULL:
                buffer_puts(w->b, "null");
                break;
        case NODE_BOOL:
                buffer_puts(w->b, n->text);
                break;
        case NODE_NUMBER:
                w->possible &= !has(w, WRITE_JSON) || is_json_number(n->text);
                buffer_puts(w->b, n->text);
                break;
        case NODE_STRING:
                write_string(w, n->text, n->text_len);
                break;
        default:
                w->possible = false;
        }
}

/* A text that can stand below `|` or, if it is one line, `>`. */
static bool is_literal(const struct writer *w, const struct node *n)
{
        bool lines = n->type == NODE_STRING && memchr(n->text, '\n', n->text_len);

        if (n->type != NODE_STRING || has(w, WRITE_SINGLE | WRITE_DOUBLE) ||
            (!lines && !has(w, WRITE_LITERAL | WRITE_FOLDED)) || n->text_len == 0 ||
            strchr(" \t\n", n->text[0]) || n->text_len != strlen(n->text))
                return false;
        for (size_t i = 0; i < n->text_len; i++)
                if ((unsigned char)n->text[i] < 0x20 && n->text[i] != '\n')
                        return false;
        return n->text_len < 2 || memcmp(n->text + n->text_len - 2, "\n\n", 2) != 0;
}

/* A single space is where a line may be broken. */
static void write_folded(struct writer *w, const struct node *n, unsigned indent)
{
        const char *s = n->text;

        buffer_puts(w->b, ">-\n");
        spaces(w, indent);
        for (size_t i = 0; i < n->text_len; i++)
                if (s[i] == ' ' && s[i - 1] != ' ' && s[i + 1] != ' ' && s[i + 1] != '\0') {
                        buffer_putc(w->b, '\n');
                        spaces(w, indent);
                } else
                        buffer_putc(w->b, s[i]);
        buffer_putc(w->b, '\n');
}

static void write_literal(struct writer *w, const struct node *n, unsigned indent)
{
        bool ends = n->text[n->text_len - 1] == '\n';

        if (has(w, WRITE_FOLDED) && !strchr(n->text, '\n')) {
                write_folded(w, n, indent);
                return;
        }
        buffer_puts(w->b, ends ? "|\n" : "|-\n");
        for (const char *s = n->text; *s;) {
                size_t line = strcspn(s, "\n");

                if (line > 0)
                        spaces(w, indent);
                buffer_append(w->b, s, line);
                buffer_putc(w->b, '\n');
                s += line + (s[line] == '\n');
        }
}

/* --- what stands before a value ---- */

static bool same(const struct node *a, const struct node *b)
{
        if (a->type != b->type || a->count != b->count || (a->tag == NULL) != (b->tag == NULL) ||
            (a->tag && strcmp(a->tag, b->tag) != 0))
                return false;
        if (!is_container(a))
                return a->text_len == b->text_len && memcmp(a->text, b->text, a->text_len) == 0;
        const struct node *other = b->first;
        NODE_CHILDREN(child, a)
        {
                if ((child->key && strcmp(child->key, other->key) != 0) || !same(child, other))
                        return false;
                other = other->next;
        }
        return true;
}

static bool takes_anchor(const struct node *n)
{
        return is_container(n) ? n->count > 0 : n->type == NODE_STRING && n->text_len > 0;
}

/* Writes an alias (then nothing else is to be written), or anchor and tag. */
static bool write_properties(struct writer *w, const struct node *n, const char *behind)
{
        if (has(w, WRITE_ALIASES | WRITE_SHARED) && takes_anchor(n)) {
                for (unsigned i = 0; i < w->n_anchors; i++)
                        if (same(w->anchors[i], n)) {
                                buffer_printf(w->b, "*a%u", i + 1);
                                return true;
                        }
                if (has(w, WRITE_ALIASES) && w->n_anchors < ANCHORS_MAX) {
                        w->anchors[w->n_anchors++] = n;
                        buffer_printf(w->b, "&a%u%s", w->n_anchors, behind);
                }
        }
        if (n->tag)
                buffer_printf(w->b, "%s%s", n->tag, behind);
        return false;
}

/* --- in brackets ---- */

static void new_line(struct writer *w, unsigned depth)
{
        if (has(w, WRITE_FLOW) || has(w, WRITE_SMALL))
                return;
        buffer_putc(w->b, '\n');
        for (unsigned i = 0; i < depth; i++)
                buffer_puts(w->b, has(w, WRITE_WIDE) ? "\t" : "  ");
}

static const char *colon(const struct writer *w)
{
        if (!has(w, WRITE_JSON))
                return ": ";
        return has(w, WRITE_SMALL) ? ":" : has(w, WRITE_WIDE) ? " : " : ": ";
}

/* The key that stands for a short form, or NULL. */
static const char *long_tag(const struct writer *w, const struct node *n)
{
        static const char *const names[] = {"Sub",    "Join",   "Select", "Split",    "ImportValue",
                                            "GetAtt", "If",     "Equals", "And",      "Or",
                                            "Not",    "GetAZs", "Base64", "FindInMap"};

        if (!n->tag || !has(w, WRITE_LONG_TAGS) || n->tag[0] != '!')
                return NULL;
        if (strcmp(n->tag, "!Ref") == 0 || strcmp(n->tag, "!Condition") == 0)
                return n->tag + 1;
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (strcmp(n->tag + 1, names[i]) == 0)
                        return names[i];
        return NULL;
}

static void write_flow(struct writer *w, const struct node *n, unsigned depth);

static void write_flow_value(struct writer *w, const struct node *n, unsigned depth)
{
        if (!is_container(n)) {
                write_scalar(w, n);
                return;
        }
        bool mapping = n->type == NODE_MAPPING;
        _cleanup_free_ const struct node **list = ordered(w, n);
        w->possible &= !mapping || !has_key_twice(n);
        buffer_putc(w->b, mapping ? '{' : '[');
        for (size_t i = 0; i < n->count; i++) {
                new_line(w, depth + 1);
                if (mapping) {
                        write_string(w, list[i]->key, strlen(list[i]->key));
                        buffer_puts(w->b, colon(w));
                }
                write_flow(w, list[i], depth + 1);
                if (i + 1 < n->count)
                        buffer_puts(w->b, has(w, WRITE_FLOW) ? ", " : ",");
        }
        if (n->count > 0)
                new_line(w, depth);
        buffer_putc(w->b, mapping ? '}' : ']');
}

static void write_flow(struct writer *w, const struct node *n, unsigned depth)
{
        const char *name = long_tag(w, n), *dot;

        if (!has(w, WRITE_JSON)) {
                if (!write_properties(w, n, " "))
                        write_flow_value(w, n, depth);
                return;
        }
        w->possible &= !n->tag || name;
        if (!name) {
                write_flow_value(w, n, depth);
                return;
        }
        bool function = strcmp(name, "Ref") != 0 && strcmp(name, "Condition") != 0;
        buffer_printf(w->b, "{\"%s%s\": ", function ? "Fn::" : "", name);
        if (strcmp(name, "GetAtt") == 0 && !is_container(n) && (dot = strchr(n->text, '.')))
                buffer_printf(w->b, "[\"%.*s\", \"%s\"]", (int)(dot - n->text), n->text, dot + 1);
        else
                write_flow_value(w, n, depth);
        buffer_putc(w->b, '}');
}

/* --- in lines ---- */

static void write_between(struct writer *w, unsigned indent)
{
        if (has(w, WRITE_BLANKS))
                buffer_puts(w->b, below(w, 2) ? "\n" : "   \n\n");
        if (!has(w, WRITE_COMMENTS))
                return;
        spaces(w, below(w, 2) ? indent : 0);
        buffer_puts(w->b, "# note: {\"a\": [*b, 'c\n");
}

static void end_line(struct writer *w)
{
        buffer_puts(w->b, has(w, WRITE_COMMENTS) ? "  # why: \"it's }\n" : "\n");
}

static void write_block(struct writer *w, const struct node *n, unsigned indent, bool continued);

/* Behind `key:` or `-`. */
static void write_block_value(struct writer *w, const struct node *n, unsigned indent, bool item)
{
        unsigned deeper = has(w, WRITE_WIDE) ? 4 : 2;
        size_t before = w->b->len;

        buffer_putc(w->b, ' ');
        if (write_properties(w, n, is_container(n) && n->count > 0 ? "" : " ")) {
                end_line(w);
                return;
        }
        bool bare = w->b->len == before + 1;
        if (!is_container(n) && is_literal(w, n)) {
                write_literal(w, n, indent + deeper);
        } else if (!is_container(n) || n->count == 0) {
                write_flow_value(w, n, 0);
                end_line(w);
        } else if (item && bare && !has(w, WRITE_WIDE)) {
                write_block(w, n, indent + 2, true);
        } else {
                bool flat = !item && n->type == NODE_SEQUENCE && has(w, WRITE_SMALL);

                w->b->len -= bare ? 1 : 0;
                end_line(w);
                write_block(w, n, flat ? indent : indent + deeper, false);
        }
}

/* continued: something stands in the line already. */
static void write_block(struct writer *w, const struct node *n, unsigned indent, bool continued)
{
        bool mapping = n->type == NODE_MAPPING;
        _cleanup_free_ const struct node **list = ordered(w, n);

        w->possible &= !mapping || !has_key_twice(n);
        for (size_t i = 0; i < n->count; i++) {
                if (i > 0 || !continued) {
                        write_between(w, indent);
                        spaces(w, indent);
                }
                if (mapping)
                        write_string(w, list[i]->key, strlen(list[i]->key));
                buffer_putc(w->b, mapping ? ':' : '-');
                write_block_value(w, list[i], indent, !mapping);
        }
}

/* --- a file ---- */

static void share(struct writer *w, const struct node *n)
{
        bool inner = takes_anchor(n);

        NODE_CHILDREN(child, n)
        {
                share(w, child);
                inner &= !is_container(child);
        }
        for (unsigned i = 0; i < w->n_anchors && inner; i++)
                inner = !same(w->anchors[i], n);
        if (!inner || !n->parent || n->tag || w->n_anchors == ANCHORS_MAX)
                return;
        buffer_printf(w->b, "  - &a%u ", w->n_anchors + 1);
        unsigned flags = w->flags;
        w->flags = WRITE_FLOW;
        write_flow_value(w, n, 0);
        w->flags = flags;
        buffer_putc(w->b, '\n');
        w->anchors[w->n_anchors++] = n;
}

static void write_document(struct writer *w, const struct node *n)
{
        w->n_anchors = 0;
        if (has(w, WRITE_SHARED)) {
                w->possible &= n->type == NODE_MAPPING && n->count > 0;
                buffer_puts(w->b, SHARED_KEY ":\n");
                share(w, n);
                w->possible &= w->n_anchors > 0;
        }
        if (has(w, WRITE_JSON | WRITE_FLOW) || !is_container(n) || n->count == 0) {
                write_flow(w, n, 0);
                buffer_putc(w->b, '\n');
        } else
                write_block(w, n, 0, false);
}

bool write_tree(const struct node *root, unsigned flags, uint64_t chance, struct buffer *ret)
{
        struct writer w = {.b = ret, .flags = flags, .chance = chance | 1, .possible = true};

        if (!root->multi) {
                write_document(&w, root);
                return w.possible;
        }
        NODE_CHILDREN(document, root)
        {
                if (document != root->first)
                        buffer_puts(ret, "---\n");
                write_document(&w, document);
        }
        return w.possible && !(flags & WRITE_JSON);
}
