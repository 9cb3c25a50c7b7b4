/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the grammar of HCL's expressions, as far as values can come out of it: literals, references,
 * templates, conditionals, comparisons, calls.
 * Does not own: what a name refers to (hcl-names.c), what functions do (hcl-functions.c), which nodes
 * are evaluated (resolve.c).
 *
 * What is not known makes what is made of it unknown, but not its neighbours: a list keeps its other
 * items, a conditional needs only the branch that is taken. Arithmetic, `for` and splats are not
 * computed: their results are unknown.
 * Source: the HCL native syntax specification.
 */
#include "detectors/formats/hcl-evaluate.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/hcl-functions.h"
#include "detectors/formats/hcl-names.h"

#define NESTING_MAX 24u
#define TEXT_MAX ((size_t)64 << 10)

struct parser {
        struct resolver *r;
        const struct node *at; /* whose place what is made has */
        struct resolve_rest rest;
        unsigned nesting;
        bool bad; /* not understood: no value comes out */
};

static const struct node *expression(struct parser *p);

static bool peek(struct parser *p, char c)
{
        resolve_skip_blanks(&p->rest);
        return p->rest.s < p->rest.end && *p->rest.s == c;
}

static const struct node *bad(struct parser *p)
{
        p->bad = true;
        return NULL;
}

static size_t name_length(const struct parser *p)
{
        const char *s = p->rest.s;

        if (s == p->rest.end || (!isalpha((unsigned char)*s) && *s != '_'))
                return 0;
        while (s < p->rest.end && (isalnum((unsigned char)*s) || *s == '_' || *s == '-'))
                s++;
        return (size_t)(s - p->rest.s);
}

static const struct node *truth(struct parser *p, bool value)
{
        struct node *n = doc_node(p->r->doc, NODE_BOOL, p->at->line, p->at->column, p->at->offset);

        if (n)
                node_set_text(n, value ? "true" : "false", value ? 4 : 5);
        return n;
}

/* --- templates ----------------------------------------------------------------------------- */

struct text {
        char *s;
        size_t n;
        bool unknown;
};

static void put(struct text *t, const char *s, size_t n)
{
        if (t->n + n > TEXT_MAX)
                t->unknown = true;
        else {
                memcpy(t->s + t->n, s, n);
                t->n += n;
        }
}

/* Behind the brace that closes the template whose expression begins at s; NULL if none does. */
static const char *template_end(const char *s, const char *end)
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

static void put_template(struct parser *p, struct text *t, const char *s, const char *end)
{
        struct parser inner = {.r = p->r, .at = p->at, .rest = {s, end}, .nesting = p->nesting};
        const struct node *value = expression(&inner);

        resolve_skip_blanks(&inner.rest);
        if (inner.bad || inner.rest.s != inner.rest.end || !value || !node_is_scalar(value) ||
            value->type == NODE_NULL)
                t->unknown = true;
        else
                put(t, value->text, value->text_len);
}

/* The text s[0..n), in which escapes are resolved already. */
static const struct node *template(struct parser *p, const char *s, size_t n)
{
        _cleanup_free_ char *room = malloc(TEXT_MAX);
        struct text t = {.s = room};
        const char *end = s + n;

        if (!room)
                return NULL;
        while (s < end && !t.unknown) {
                const char *next = memchr(s, '$', (size_t)(end - s));
                const char *directive = memmem(s, (size_t)(end - s), "%{", 2);

                if (directive)
                        return NULL;
                if (!next || next + 1 >= end) {
                        put(&t, s, (size_t)(end - s));
                        break;
                }
                put(&t, s, (size_t)(next - s));
                if (next[1] == '$' && next + 2 < end && next[2] == '{') {
                        put(&t, "${", 2);
                        s = next + 3;
                } else if (next[1] == '{') {
                        const char *behind = template_end(next + 2, end);

                        if (!behind)
                                return NULL;
                        put_template(p, &t, next + 2, behind - 1);
                        s = behind;
                } else {
                        put(&t, "$", 1);
                        s = next + 1;
                }
        }
        return t.unknown ? NULL : resolve_string(p->r, p->at, t.s, t.n);
}

/* "${x}" alone is what x is, be it a list. */
static bool is_one_template(const char *s, size_t n)
{
        return n > 3 && s[0] == '$' && s[1] == '{' && template_end(s + 2, s + n) == s + n;
}

static const struct node *template_value(struct parser *p, const char *s, size_t n)
{
        if (!is_one_template(s, n))
                return template(p, s, n);
        struct parser inner = {
                .r = p->r, .at = p->at, .rest = {s + 2, s + n - 1}, .nesting = p->nesting};
        const struct node *value = expression(&inner);
        resolve_skip_blanks(&inner.rest);
        return inner.bad || inner.rest.s != inner.rest.end ? NULL : value;
}

/* --- what an expression begins with -------------------------------------------------------- */

static size_t unescape(char *dst, const char *s, size_t n)
{
        size_t used = 0;

        for (size_t i = 0; i < n; i++) {
                if (s[i] != '\\' || i + 1 == n) {
                        dst[used++] = s[i];
                        continue;
                }
                i++;
                dst[used++] = s[i] == 'n' ? '\n' : s[i] == 't' ? '\t' : s[i] == 'r' ? '\r' : s[i];
        }
        return used;
}

static const struct node *quoted(struct parser *p)
{
        const char *begin = ++p->rest.s;

        while (p->rest.s < p->rest.end && *p->rest.s != '"') {
                if (*p->rest.s == '$' && p->rest.s + 1 < p->rest.end && p->rest.s[1] == '{') {
                        const char *behind = template_end(p->rest.s + 2, p->rest.end);

                        if (!behind)
                                return bad(p);
                        p->rest.s = behind;
                } else
                        p->rest.s += *p->rest.s == '\\' ? 2 : 1;
        }
        if (p->rest.s >= p->rest.end) {
                p->rest.s = p->rest.end; /* a backslash may have been the last character */
                return bad(p);
        }
        size_t n = (size_t)(p->rest.s++ - begin);
        _cleanup_free_ char *plain = malloc(n + 1);
        if (!plain)
                return bad(p);
        return template_value(p, plain, unescape(plain, begin, n));
}

static const struct node *number(struct parser *p)
{
        const char *begin = p->rest.s;

        p->rest.s += *p->rest.s == '-';
        while (p->rest.s < p->rest.end && (isalnum((unsigned char)*p->rest.s) || *p->rest.s == '.'))
                p->rest.s++;
        size_t n = (size_t)(p->rest.s - begin);
        char *text = doc_text(p->r->doc, begin, n);
        struct node *node =
                doc_node(p->r->doc, NODE_NUMBER, p->at->line, p->at->column, p->at->offset);
        if (!text || !node)
                return bad(p);
        node_set_text(node, text, n);
        return node;
}

/* Appends a copy of value, or what stands for it in the source if it is not known. */
static void add(struct parser *p, struct node *container, const char *key, const struct node *value,
                const char *source, size_t n)
{
        struct doc *d = p->r->doc;

        if (value) {
                if (!doc_copy(d, value, container, key))
                        p->bad = true;
                return;
        }
        struct node *unknown = doc_node(d, NODE_UNKNOWN, p->at->line, p->at->column, p->at->offset);
        char *text = doc_text(d, source, n);
        if (!unknown || !text || doc_append(d, container, unknown, key) < 0)
                p->bad = true;
        else
                node_set_text(unknown, text, n);
}

static const struct node *list(struct parser *p)
{
        struct node *items =
                doc_node(p->r->doc, NODE_SEQUENCE, p->at->line, p->at->column, p->at->offset);

        if (!items || (name_length(p) == 3 && memcmp(p->rest.s, "for", 3) == 0))
                return bad(p);
        while (!p->bad && !resolve_take(&p->rest, "]")) {
                const char *begin = p->rest.s;
                const struct node *value = expression(p);

                if (p->bad)
                        break;
                add(p, items, NULL, value, begin, (size_t)(p->rest.s - begin));
                if (!resolve_take(&p->rest, ",") && !peek(p, ']'))
                        return bad(p);
        }
        return p->bad ? NULL : items;
}

static const char *object_key(struct parser *p)
{
        size_t n = name_length(p);

        if (n > 0) {
                const char *begin = p->rest.s;

                p->rest.s += n;
                return doc_text(p->r->doc, begin, n);
        }
        const struct node *key = peek(p, '"') ? quoted(p) : NULL;
        return key ? node_text(key) : NULL;
}

static const struct node *object(struct parser *p)
{
        struct node *pairs =
                doc_node(p->r->doc, NODE_MAPPING, p->at->line, p->at->column, p->at->offset);

        if (!pairs)
                return bad(p);
        while (!p->bad && !resolve_take(&p->rest, "}")) {
                const char *key = object_key(p);

                if (!key || strcmp(key, "for") == 0 ||
                    (!resolve_take(&p->rest, "=") && !resolve_take(&p->rest, ":")))
                        return bad(p);
                resolve_skip_blanks(&p->rest);
                const char *begin = p->rest.s;
                const struct node *value = expression(p);
                if (p->bad)
                        break;
                add(p, pairs, key, value, begin, (size_t)(p->rest.s - begin));
                (void)resolve_take(&p->rest, ",");
        }
        return p->bad ? NULL : pairs;
}

static const struct node *call(struct parser *p, const char *name, size_t n)
{
        const struct node *args[HCL_ARGUMENTS_MAX] = {0};
        unsigned n_args = 0;

        while (!p->bad && !resolve_take(&p->rest, ")")) {
                if (n_args == HCL_ARGUMENTS_MAX)
                        return bad(p);
                args[n_args++] = expression(p);
                if (resolve_take(&p->rest, "..."))
                        return bad(p);
                if (!p->bad && !resolve_take(&p->rest, ",") && !peek(p, ')'))
                        return bad(p);
        }
        return p->bad ? NULL : hcl_call(p->r, p->at, name, n, args, n_args);
}

static const struct node *word(struct parser *p)
{
        size_t n = name_length(p);
        const char *name = p->rest.s;

        if (n == 0)
                return bad(p);
        p->rest.s += n;
        if (resolve_take(&p->rest, "("))
                return call(p, name, n);
        if (n == 4 && memcmp(name, "true", 4) == 0)
                return truth(p, true);
        if (n == 5 && memcmp(name, "false", 5) == 0)
                return truth(p, false);
        if (!resolve_take(&p->rest, "."))
                return NULL;
        size_t k = name_length(p);
        const char *rest = p->rest.s;
        p->rest.s += k;
        return k > 0 ? hcl_name(p->r, p->at, name, n, rest, k) : bad(p);
}

/* .name, [0], ["key"] */
static const struct node *part_of(struct parser *p, const struct node *whole)
{
        if (resolve_take(&p->rest, "[")) {
                const struct node *index = resolve_take(&p->rest, "*") ? NULL : expression(p);
                double at;

                if (!resolve_take(&p->rest, "]"))
                        return bad(p);
                if (!whole || !index)
                        return NULL;
                if (whole->type == NODE_MAPPING)
                        return node_text(index) ? node_get(whole, node_text(index)) : NULL;
                if (whole->type != NODE_SEQUENCE || !node_number(index, &at) || at < 0)
                        return NULL;
                NODE_CHILDREN(item, whole)
                {
                        if (at-- < 1)
                                return item;
                }
                return NULL;
        }
        p->rest.s++;
        if (resolve_take(&p->rest, "*"))
                return NULL;
        char key[128];
        size_t n = name_length(p);
        if (n == 0 || n >= sizeof(key))
                return bad(p);
        memcpy(key, p->rest.s, n);
        key[n] = '\0';
        p->rest.s += n;
        return whole ? node_get(whole, key) : NULL;
}

static const struct node *operand(struct parser *p)
{
        const struct node *value = NULL;

        resolve_skip_blanks(&p->rest);
        if (p->rest.s == p->rest.end)
                return bad(p);
        if (resolve_take(&p->rest, "!")) {
                value = operand(p);
                int is = value ? node_truth(value) : -1;
                return is < 0 ? NULL : truth(p, !is);
        }
        if (resolve_take(&p->rest, "(")) {
                value = expression(p);
                if (!resolve_take(&p->rest, ")"))
                        return bad(p);
        } else if (*p->rest.s == '"')
                value = quoted(p);
        else if (isdigit((unsigned char)*p->rest.s) ||
                 (*p->rest.s == '-' && p->rest.s + 1 < p->rest.end &&
                  isdigit((unsigned char)p->rest.s[1])))
                value = number(p);
        else if (resolve_take(&p->rest, "["))
                value = list(p);
        else if (resolve_take(&p->rest, "{"))
                value = object(p);
        else
                value = word(p);
        while (!p->bad && (peek(p, '[') ||
                           (peek(p, '.') && p->rest.s + 1 < p->rest.end && p->rest.s[1] != '.'))) {
                value = part_of(p, value);
                /* what a name refers to may be an expression itself */
                if (value && value->type == NODE_UNKNOWN)
                        value = hcl_evaluate(p->r, value);
        }
        return p->bad ? NULL : value;
}

/* --- operators ----------------------------------------------------------------------------- */

static bool same(const struct node *a, const struct node *b)
{
        return a->text_len == b->text_len && memcmp(a->text ?: "", b->text ?: "", a->text_len) == 0;
}

static const struct node *comparison(struct parser *p)
{
        const struct node *left = operand(p);
        bool equal = !p->bad && resolve_take(&p->rest, "==");

        if (p->bad || (!equal && !resolve_take(&p->rest, "!=")))
                return left;
        const struct node *right = operand(p);
        if (!left || !right || !node_is_scalar(left) || !node_is_scalar(right))
                return NULL;
        return truth(p, same(left, right) == equal);
}

/* a && b && …, or a || b || …: known as soon as one of them decides. */
static const struct node *junction(struct parser *p, bool both)
{
        const struct node *left = both ? comparison(p) : junction(p, true);

        while (!p->bad && resolve_take(&p->rest, both ? "&&" : "||")) {
                const struct node *right = both ? comparison(p) : junction(p, true);
                int a = left ? node_truth(left) : -1, b = right ? node_truth(right) : -1;

                left = a == !both || b == !both ? truth(p, !both)
                       : a >= 0 && b >= 0       ? truth(p, both)
                                                : NULL;
        }
        return p->bad ? NULL : left;
}

static const struct node *expression(struct parser *p)
{
        if (p->bad || !resolve_step(p->r) || p->nesting++ >= NESTING_MAX)
                return bad(p);
        const struct node *value = junction(p, false);
        if (!p->bad && resolve_take(&p->rest, "?")) {
                const struct node *yes = expression(p);
                const struct node *no = resolve_take(&p->rest, ":") ? expression(p) : bad(p);
                int is = value ? node_truth(value) : -1;

                value = is == 1 ? yes : is == 0 ? no : NULL;
        }
        p->nesting--;
        return p->bad ? NULL : value;
}

const struct node *hcl_evaluate(struct resolver *r, const struct node *n)
{
        struct parser p = {.r = r, .at = n, .rest = {n->text, n->text + n->text_len}};

        if (!n->text)
                return NULL;
        if (n->template)
                return template_value(&p, n->text, n->text_len);
        const struct node *value = expression(&p);
        resolve_skip_blanks(&p.rest);
        return p.bad || p.rest.s != p.rest.end ? NULL : value;
}
