/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the operators of expressions, as far as values can come out of them.
 * Does not own: operands (hcl-evaluate.c, resolve-bicep.c).
 *
 * What is not known makes what is made of it unknown, unless it does not matter: a conditional needs only the
 * branch that is taken, && and || only what decides them. Arithmetic is not computed: it is not understood.
 */
#include "detectors/formats/expression.h"

#include <string.h>

#define NESTING_MAX 32u /* of expressions and operands in each other */

bool expression_peek(struct expression *e, char c)
{
        resolve_skip_blanks(&e->rest);
        return e->rest.s < e->rest.end && *e->rest.s == c;
}

const struct node *expression_bad(struct expression *e)
{
        e->bad = true;
        return NULL;
}

static const struct node *literal(struct expression *e, enum node_type type, const char *s,
                                  size_t n)
{
        char *text = doc_text(e->r->doc, s, n);
        struct node *node = doc_node(e->r->doc, type, e->at->line, e->at->column, e->at->offset);

        if (!text || !node)
                return expression_bad(e);
        node_set_text(node, text, n);
        return node;
}

const struct node *expression_truth(struct expression *e, bool value)
{
        return literal(e, NODE_BOOL, value ? "true" : "false", value ? 4 : 5);
}

const struct node *expression_number(struct expression *e, const char *s, size_t n)
{
        return literal(e, NODE_NUMBER, s, n);
}

const struct node *expression_item(struct expression *e, const struct node *whole,
                                   const struct node *index)
{
        double at;

        if (!whole || !index)
                return NULL;
        if (whole->type == NODE_MAPPING)
                return node_text(index) ? resolve_get(e->r, whole, node_text(index)) : NULL;
        if (whole->type != NODE_SEQUENCE || whole->tag || !node_number(index, &at) || at < 0 ||
            !resolve_look(e->r, whole))
                return NULL;
        NODE_CHILDREN(item, whole)
        {
                if (at-- < 1)
                        return item;
        }
        return NULL;
}

/* -1: not known */
static int is_true(const struct node *value)
{
        return value ? node_truth(value) : -1;
}

static const struct node *negated(struct expression *e)
{
        int is = is_true(expression_operand(e));

        return e->bad || is < 0 ? NULL : expression_truth(e, !is);
}

static const struct node *parenthesised(struct expression *e)
{
        const struct node *value = expression_value(e);

        return resolve_take(&e->rest, ")") ? value : expression_bad(e);
}

static const struct node *with_parts(struct expression *e, const struct node *value)
{
        while (!e->bad && e->language->has_part(e)) {
                value = e->language->part(e, value);
                /* what a name refers to may be an expression itself */
                if (value && value->type == NODE_UNKNOWN)
                        value = e->language->value(e->r, value);
        }
        return value;
}

const struct node *expression_operand(struct expression *e)
{
        const struct node *value;

        resolve_skip_blanks(&e->rest);
        if (e->bad || e->rest.s == e->rest.end || e->nesting++ >= NESTING_MAX)
                return expression_bad(e);
        if (resolve_take(&e->rest, "!"))
                value = negated(e);
        else if (resolve_take(&e->rest, "("))
                value = with_parts(e, parenthesised(e));
        else
                value = with_parts(e, e->language->operand(e));
        e->nesting--;
        return e->bad ? NULL : value;
}

static bool same(const struct node *a, const struct node *b)
{
        return a->text_len == b->text_len && memcmp(a->text ?: "", b->text ?: "", a->text_len) == 0;
}

static bool is_settled(const struct expression *e, const struct node *n)
{
        return n && node_is_scalar(n) && (!e->language->settled || e->language->settled(n));
}

static const struct node *comparison(struct expression *e)
{
        const struct node *left = expression_operand(e);
        bool equal = !e->bad && resolve_take(&e->rest, "==");

        if (e->bad || (!equal && !resolve_take(&e->rest, "!=")))
                return left;
        const struct node *right = expression_operand(e);
        if (e->bad || !is_settled(e, left) || !is_settled(e, right))
                return NULL;
        return expression_truth(e, same(left, right) == equal);
}

/* a && b && …, or a || b || …: known as soon as one of them decides. */
static const struct node *junction(struct expression *e, bool both)
{
        const struct node *left = both ? comparison(e) : junction(e, true);

        while (!e->bad && resolve_take(&e->rest, both ? "&&" : "||")) {
                const struct node *right = both ? comparison(e) : junction(e, true);
                int a = is_true(left), b = is_true(right);

                left = a == !both || b == !both ? expression_truth(e, !both)
                       : a >= 0 && b >= 0       ? expression_truth(e, both)
                                                : NULL;
        }
        return e->bad ? NULL : left;
}

const struct node *expression_value(struct expression *e)
{
        if (e->bad || !resolve_step(e->r) || e->nesting++ >= NESTING_MAX)
                return expression_bad(e);
        const struct node *value = junction(e, false);
        if (!e->bad && resolve_take(&e->rest, "?")) {
                const struct node *yes = expression_value(e);
                const struct node *no =
                        resolve_take(&e->rest, ":") ? expression_value(e) : expression_bad(e);
                int is = is_true(value);

                value = is == 1 ? yes : is == 0 ? no : NULL;
        }
        e->nesting--;
        return e->bad ? NULL : value;
}

const struct node *expression_inside(const struct expression *outer, const char *s, const char *end)
{
        struct expression e = {.r = outer->r,
                               .language = outer->language,
                               .at = outer->at,
                               .rest = {s, end},
                               .nesting = outer->nesting};
        const struct node *value = expression_value(&e);

        resolve_skip_blanks(&e.rest);
        return e.bad || e.rest.s != e.rest.end ? NULL : value;
}
