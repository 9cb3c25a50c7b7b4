/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the grammar of HCL's expressions, as far as values can come out of it: literals, references,
 * conditionals, comparisons, calls.
 * Does not own: templates (hcl-template.c), loops (hcl-for.c), what a name refers to (hcl-names.c), what
 * functions do (hcl-functions.c), which nodes are evaluated (resolve.c).
 *
 * What is not known makes what is made of it unknown, but not its neighbours: a list keeps its other
 * items, a conditional needs only the branch that is taken. Arithmetic and splats are not computed: their
 * results are unknown.
 * Source: the HCL native syntax specification.
 */
#include "detectors/formats/hcl-evaluate.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/hcl-for.h"
#include "detectors/formats/hcl-functions.h"
#include "detectors/formats/hcl-names.h"
#include "detectors/formats/hcl-parser.h"

#define NESTING_MAX 24u

bool hcl_peek(struct hcl_parser *p, char c)
{
        resolve_skip_blanks(&p->rest);
        return p->rest.s < p->rest.end && *p->rest.s == c;
}

const struct node *hcl_bad(struct hcl_parser *p)
{
        p->bad = true;
        return NULL;
}

size_t hcl_name_length(const struct hcl_parser *p)
{
        const char *s = p->rest.s;

        if (s == p->rest.end || (!isalpha((unsigned char)*s) && *s != '_'))
                return 0;
        while (s < p->rest.end && (isalnum((unsigned char)*s) || *s == '_' || *s == '-'))
                s++;
        return (size_t)(s - p->rest.s);
}

static const struct node *truth(struct hcl_parser *p, bool value)
{
        struct node *n = doc_node(p->r->doc, NODE_BOOL, p->at->line, p->at->column, p->at->offset);

        if (n)
                node_set_text(n, value ? "true" : "false", value ? 4 : 5);
        return n;
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

static const struct node *quoted(struct hcl_parser *p)
{
        const char *begin = ++p->rest.s;

        while (p->rest.s < p->rest.end && *p->rest.s != '"') {
                if (*p->rest.s == '$' && p->rest.s + 1 < p->rest.end && p->rest.s[1] == '{') {
                        const char *behind = hcl_template_end(p->rest.s + 2, p->rest.end);

                        if (!behind)
                                return hcl_bad(p);
                        p->rest.s = behind;
                } else
                        p->rest.s += *p->rest.s == '\\' ? 2 : 1;
        }
        if (p->rest.s >= p->rest.end) {
                p->rest.s = p->rest.end; /* a backslash may have been the last character */
                return hcl_bad(p);
        }
        size_t n = (size_t)(p->rest.s++ - begin);
        _cleanup_free_ char *plain = malloc(n + 1);
        if (!plain)
                return hcl_bad(p);
        return hcl_template_value(p, plain, unescape(plain, begin, n));
}

/* "1..." is one, and a mark behind it. */
static bool is_point(const struct hcl_parser *p)
{
        return *p->rest.s == '.' && (p->rest.s + 1 == p->rest.end || p->rest.s[1] != '.');
}

static const struct node *number(struct hcl_parser *p)
{
        const char *begin = p->rest.s;

        p->rest.s += *p->rest.s == '-';
        while (p->rest.s < p->rest.end && (isalnum((unsigned char)*p->rest.s) || is_point(p)))
                p->rest.s++;
        size_t n = (size_t)(p->rest.s - begin);
        char *text = doc_text(p->r->doc, begin, n);
        struct node *node =
                doc_node(p->r->doc, NODE_NUMBER, p->at->line, p->at->column, p->at->offset);
        if (!text || !node)
                return hcl_bad(p);
        node_set_text(node, text, n);
        return node;
}

void hcl_add(struct hcl_parser *p, struct node *container, const char *key,
             const struct node *value, const char *source, size_t n)
{
        struct doc *d = p->r->doc;

        if (value) {
                if (!resolve_count(p->r, value) || !doc_copy(d, value, container, key))
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

static const struct node *list(struct hcl_parser *p)
{
        struct node *items =
                doc_node(p->r->doc, NODE_SEQUENCE, p->at->line, p->at->column, p->at->offset);

        if (!items)
                return hcl_bad(p);
        if (hcl_for_begins(p))
                return hcl_for(p, items);
        while (!p->bad && !resolve_take(&p->rest, "]")) {
                const char *begin = p->rest.s;
                const struct node *value = hcl_expression(p);

                if (p->bad)
                        break;
                hcl_add(p, items, NULL, value, begin, (size_t)(p->rest.s - begin));
                if (!resolve_take(&p->rest, ",") && !hcl_peek(p, ']'))
                        return hcl_bad(p);
        }
        return p->bad ? NULL : items;
}

static const struct node *operand(struct hcl_parser *p);

/* NULL: not known, or no key. */
static const char *object_key(struct hcl_parser *p)
{
        size_t n = hcl_name_length(p);

        if (n > 0) {
                const char *begin = p->rest.s;

                p->rest.s += n;
                return doc_text(p->r->doc, begin, n);
        }
        const struct node *key = hcl_peek(p, '"')   ? quoted(p)
                                 : hcl_peek(p, '(') ? operand(p)
                                                    : hcl_bad(p);
        return key ? node_text(key) : NULL;
}

static const struct node *object(struct hcl_parser *p)
{
        struct node *pairs =
                doc_node(p->r->doc, NODE_MAPPING, p->at->line, p->at->column, p->at->offset);
        bool known = true;

        if (!pairs)
                return hcl_bad(p);
        if (hcl_for_begins(p))
                return hcl_for(p, pairs);
        while (!p->bad && !resolve_take(&p->rest, "}")) {
                const char *key = object_key(p);

                if (p->bad || (!resolve_take(&p->rest, "=") && !resolve_take(&p->rest, ":")))
                        return hcl_bad(p);
                resolve_skip_blanks(&p->rest);
                const char *begin = p->rest.s;
                const struct node *value = hcl_expression(p);
                if (p->bad)
                        break;
                known = known && key;
                if (known)
                        hcl_add(p, pairs, key, value, begin, (size_t)(p->rest.s - begin));
                (void)resolve_take(&p->rest, ",");
        }
        return p->bad || !known ? NULL : pairs;
}

/* f(list...): each item is an argument. False if they are not known, or too many. */
static bool spread(const struct node **args, unsigned *n_args)
{
        const struct node *list = args[*n_args - 1];

        if (!list || list->type != NODE_SEQUENCE || list->count + *n_args > HCL_ARGUMENTS_MAX)
                return false;
        --*n_args;
        NODE_CHILDREN(item, list)
        {
                args[(*n_args)++] = item->type == NODE_UNKNOWN ? NULL : item;
        }
        return true;
}

static const struct node *call(struct hcl_parser *p, const char *name, size_t n)
{
        const struct node *args[HCL_ARGUMENTS_MAX] = {0};
        unsigned n_args = 0;
        bool spread_known = true;

        while (!p->bad && !resolve_take(&p->rest, ")")) {
                if (n_args == HCL_ARGUMENTS_MAX)
                        return hcl_bad(p);
                args[n_args++] = hcl_expression(p);
                if (resolve_take(&p->rest, "...") && !spread(args, &n_args))
                        spread_known = false;
                if (!p->bad && !resolve_take(&p->rest, ",") && !hcl_peek(p, ')'))
                        return hcl_bad(p);
        }
        return p->bad || !spread_known ? NULL : hcl_call(p->r, p->at, name, n, args, n_args);
}

/* A name that the place of the expression gives a meaning: true, *ret is its value or NULL. */
static bool scoped(struct hcl_parser *p, const char *name, size_t n, const struct node **ret)
{
        for (const struct resolve_scope *s = p->r->scope; s; s = s->outer) {
                char key[128];

                if (s->name && s->n == n && memcmp(s->name, name, n) == 0) {
                        *ret = s->value;
                        return true;
                }
                if (s->name || n >= sizeof(key))
                        continue;
                memcpy(key, name, n);
                key[n] = '\0';
                *ret = resolve_get(p->r, s->value, key);
                if (*ret)
                        return true;
        }
        return false;
}

/* data.TYPE.NAME: behind "data." */
static const struct node *data(struct hcl_parser *p, const char *type, size_t n_type)
{
        if (!resolve_take(&p->rest, "."))
                return hcl_bad(p);
        size_t n = hcl_name_length(p);
        const char *name = p->rest.s;
        p->rest.s += n;
        return n > 0 ? hcl_data(p->r, p->at, type, n_type, name, n) : hcl_bad(p);
}

static const struct node *word(struct hcl_parser *p)
{
        size_t n = hcl_name_length(p);
        const char *name = p->rest.s;

        if (n == 0)
                return hcl_bad(p);
        p->rest.s += n;
        if (resolve_take(&p->rest, "("))
                return call(p, name, n);
        if (n == 4 && memcmp(name, "true", 4) == 0)
                return truth(p, true);
        if (n == 5 && memcmp(name, "false", 5) == 0)
                return truth(p, false);
        const struct node *value;
        if (scoped(p, name, n, &value))
                return value && value->type == NODE_UNKNOWN && !doc_source(value)
                               ? hcl_evaluate(p->r, value)
                               : value;
        if (!resolve_take(&p->rest, "."))
                return NULL;
        size_t k = hcl_name_length(p);
        const char *rest = p->rest.s;
        p->rest.s += k;
        if (k > 0 && n == 4 && memcmp(name, "data", 4) == 0)
                return data(p, rest, k);
        return k > 0 ? hcl_name(p->r, p->at, name, n, rest, k) : hcl_bad(p);
}

/* .name, [0], ["key"] */
static const struct node *part_of(struct hcl_parser *p, const struct node *whole)
{
        if (resolve_take(&p->rest, "[")) {
                const struct node *index = resolve_take(&p->rest, "*") ? NULL : hcl_expression(p);
                double at;

                if (!resolve_take(&p->rest, "]"))
                        return hcl_bad(p);
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
        size_t n = hcl_name_length(p);
        if (n == 0 || n >= sizeof(key))
                return hcl_bad(p);
        memcpy(key, p->rest.s, n);
        key[n] = '\0';
        p->rest.s += n;
        return whole ? node_get(whole, key) : NULL;
}

static const struct node *operand(struct hcl_parser *p)
{
        const struct node *value = NULL;

        resolve_skip_blanks(&p->rest);
        if (p->rest.s == p->rest.end)
                return hcl_bad(p);
        if (resolve_take(&p->rest, "!")) {
                value = operand(p);
                int is = value ? node_truth(value) : -1;
                return is < 0 ? NULL : truth(p, !is);
        }
        if (resolve_take(&p->rest, "(")) {
                value = hcl_expression(p);
                if (!resolve_take(&p->rest, ")"))
                        return hcl_bad(p);
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
        while (!p->bad && (hcl_peek(p, '[') || (hcl_peek(p, '.') && p->rest.s + 1 < p->rest.end &&
                                                p->rest.s[1] != '.'))) {
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

static const struct node *comparison(struct hcl_parser *p)
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
static const struct node *junction(struct hcl_parser *p, bool both)
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

const struct node *hcl_expression(struct hcl_parser *p)
{
        if (p->bad || !resolve_step(p->r) || p->nesting++ >= NESTING_MAX)
                return hcl_bad(p);
        const struct node *value = junction(p, false);
        if (!p->bad && resolve_take(&p->rest, "?")) {
                const struct node *yes = hcl_expression(p);
                const struct node *no =
                        resolve_take(&p->rest, ":") ? hcl_expression(p) : hcl_bad(p);
                int is = value ? node_truth(value) : -1;

                value = is == 1 ? yes : is == 0 ? no : NULL;
        }
        p->nesting--;
        return p->bad ? NULL : value;
}

static const struct node *evaluate(struct resolver *r, const struct node *n)
{
        struct hcl_parser p = {.r = r, .at = n, .rest = {n->text, n->text + n->text_len}};

        if (n->template)
                return hcl_template_value(&p, n->text, n->text_len);
        const struct node *value = hcl_expression(&p);
        resolve_skip_blanks(&p.rest);
        return p.bad || p.rest.s != p.rest.end ? NULL : value;
}

const struct node *hcl_evaluate(struct resolver *r, const struct node *n)
{
        const struct resolve_scope *scope = r->scope;

        if (!n->text)
                return NULL;
        /* it stands somewhere else than what refers to it */
        r->scope = NULL;
        const struct node *value = evaluate(r, n);
        r->scope = scope;
        return value;
}
