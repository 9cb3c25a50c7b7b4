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

size_t hcl_name_length(const struct expression *p)
{
        const char *s = p->rest.s;

        if (s == p->rest.end || (!isalpha((unsigned char)*s) && *s != '_'))
                return 0;
        while (s < p->rest.end && (isalnum((unsigned char)*s) || *s == '_' || *s == '-'))
                s++;
        return (size_t)(s - p->rest.s);
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

static const struct node *quoted(struct expression *p)
{
        const char *begin = ++p->rest.s;

        while (p->rest.s < p->rest.end && *p->rest.s != '"') {
                if (*p->rest.s == '$' && p->rest.s + 1 < p->rest.end && p->rest.s[1] == '{') {
                        const char *behind = hcl_template_end(p->rest.s + 2, p->rest.end);

                        if (!behind)
                                return expression_bad(p);
                        p->rest.s = behind;
                } else
                        p->rest.s += *p->rest.s == '\\' ? 2 : 1;
        }
        if (p->rest.s >= p->rest.end) {
                p->rest.s = p->rest.end; /* a backslash may have been the last character */
                return expression_bad(p);
        }
        size_t n = (size_t)(p->rest.s++ - begin);
        _cleanup_free_ char *plain = malloc(n + 1);
        if (!plain)
                return expression_bad(p);
        return hcl_template_value(p, plain, unescape(plain, begin, n));
}

/* "1..." is one, and a mark behind it. */
static bool is_point(const struct expression *p)
{
        return *p->rest.s == '.' && (p->rest.s + 1 == p->rest.end || p->rest.s[1] != '.');
}

static const struct node *number(struct expression *p)
{
        const char *begin = p->rest.s;

        p->rest.s += *p->rest.s == '-';
        while (p->rest.s < p->rest.end && (isalnum((unsigned char)*p->rest.s) || is_point(p)))
                p->rest.s++;
        return expression_number(p, begin, (size_t)(p->rest.s - begin));
}

void hcl_add(struct expression *p, struct node *container, const char *key,
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

static const struct node *list(struct expression *p)
{
        struct node *items =
                doc_node(p->r->doc, NODE_SEQUENCE, p->at->line, p->at->column, p->at->offset);

        if (!items)
                return expression_bad(p);
        if (hcl_for_begins(p))
                return hcl_for(p, items);
        while (!p->bad && !resolve_take(&p->rest, "]")) {
                const char *begin = p->rest.s;
                const struct node *value = expression_value(p);

                if (p->bad)
                        break;
                hcl_add(p, items, NULL, value, begin, (size_t)(p->rest.s - begin));
                if (!resolve_take(&p->rest, ",") && !expression_peek(p, ']'))
                        return expression_bad(p);
        }
        return p->bad ? NULL : items;
}

/* NULL: not known, or no key. */
static const char *object_key(struct expression *p)
{
        size_t n = hcl_name_length(p);

        if (n > 0) {
                const char *begin = p->rest.s;

                p->rest.s += n;
                return doc_text(p->r->doc, begin, n);
        }
        const struct node *key = expression_peek(p, '"')   ? quoted(p)
                                 : expression_peek(p, '(') ? expression_operand(p)
                                                           : expression_bad(p);
        return key ? node_text(key) : NULL;
}

static const struct node *object(struct expression *p)
{
        struct node *pairs =
                doc_node(p->r->doc, NODE_MAPPING, p->at->line, p->at->column, p->at->offset);
        bool known = true;

        if (!pairs)
                return expression_bad(p);
        if (hcl_for_begins(p))
                return hcl_for(p, pairs);
        while (!p->bad && !resolve_take(&p->rest, "}")) {
                const char *key = object_key(p);

                if (p->bad || (!resolve_take(&p->rest, "=") && !resolve_take(&p->rest, ":")))
                        return expression_bad(p);
                resolve_skip_blanks(&p->rest);
                const char *begin = p->rest.s;
                const struct node *value = expression_value(p);
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

static const struct node *call(struct expression *p, const char *name, size_t n)
{
        const struct node *args[HCL_ARGUMENTS_MAX] = {0};
        unsigned n_args = 0;
        bool spread_known = true;

        while (!p->bad && !resolve_take(&p->rest, ")")) {
                if (n_args == HCL_ARGUMENTS_MAX)
                        return expression_bad(p);
                args[n_args++] = expression_value(p);
                if (resolve_take(&p->rest, "...") && !spread(args, &n_args))
                        spread_known = false;
                if (!p->bad && !resolve_take(&p->rest, ",") && !expression_peek(p, ')'))
                        return expression_bad(p);
        }
        return p->bad || !spread_known ? NULL : hcl_call(p->r, p->at, name, n, args, n_args);
}

/* A name that the place of the expression gives a meaning: true, *ret is its value or NULL. */
static bool scoped(struct expression *p, const char *name, size_t n, const struct node **ret)
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
static const struct node *data(struct expression *p, const char *type, size_t n_type)
{
        if (!resolve_take(&p->rest, "."))
                return expression_bad(p);
        size_t n = hcl_name_length(p);
        const char *name = p->rest.s;
        p->rest.s += n;
        return n > 0 ? hcl_data(p->r, p->at, type, n_type, name, n) : expression_bad(p);
}

static const struct node *word(struct expression *p)
{
        size_t n = hcl_name_length(p);
        const char *name = p->rest.s;

        if (n == 0)
                return expression_bad(p);
        p->rest.s += n;
        if (resolve_take(&p->rest, "("))
                return call(p, name, n);
        if (n == 4 && memcmp(name, "true", 4) == 0)
                return expression_truth(p, true);
        if (n == 5 && memcmp(name, "false", 5) == 0)
                return expression_truth(p, false);
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
        return k > 0 ? hcl_name(p->r, p->at, name, n, rest, k) : expression_bad(p);
}

/* "1..." is one, and a mark behind it. */
static bool has_part(struct expression *p)
{
        return expression_peek(p, '[') ||
               (expression_peek(p, '.') && p->rest.s + 1 < p->rest.end && p->rest.s[1] != '.');
}

/* .name, [0], ["key"] */
static const struct node *part_of(struct expression *p, const struct node *whole)
{
        if (resolve_take(&p->rest, "[")) {
                const struct node *index = resolve_take(&p->rest, "*") ? NULL : expression_value(p);

                return resolve_take(&p->rest, "]") ? expression_item(p, whole, index)
                                                   : expression_bad(p);
        }
        p->rest.s++;
        if (resolve_take(&p->rest, "*"))
                return NULL;
        char key[128];
        size_t n = hcl_name_length(p);
        if (n == 0 || n >= sizeof(key))
                return expression_bad(p);
        memcpy(key, p->rest.s, n);
        key[n] = '\0';
        p->rest.s += n;
        return whole ? resolve_get(p->r, whole, key) : NULL;
}

static const struct node *operand(struct expression *p)
{
        const char *s = p->rest.s;

        if (*s == '"')
                return quoted(p);
        if (isdigit((unsigned char)*s) ||
            (*s == '-' && s + 1 < p->rest.end && isdigit((unsigned char)s[1])))
                return number(p);
        if (resolve_take(&p->rest, "["))
                return list(p);
        if (resolve_take(&p->rest, "{"))
                return object(p);
        return word(p);
}

const struct expression_language hcl_language = {
        .operand = operand,
        .part = part_of,
        .has_part = has_part,
        .value = hcl_evaluate,
};

static const struct node *evaluate(struct resolver *r, const struct node *n)
{
        struct expression p = {.r = r, .at = n, .language = &hcl_language};

        return n->template ? hcl_template_value(&p, n->text, n->text_len)
                           : expression_inside(&p, n->text, n->text + n->text_len);
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
