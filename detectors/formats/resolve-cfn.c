/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what CloudFormation's intrinsic functions give if all that they need is in the template.
 * Does not own: which nodes are looked at (resolve.c).
 *
 * A parameter's default is what a stack gets unless somebody says otherwise. Pseudo parameters
 * (AWS::Region) and attributes of resources are not known here.
 * Source: AWS CloudFormation's documentation, "Intrinsic function reference".
 */
#include "detectors/formats/resolve-cfn.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"

#define TEXT_MAX ((size_t)16 << 10)
#define DEPTH_MAX 8u

static const struct node *value_of(struct resolver *r, const struct node *n);

/* A function's name without its prefix, and its argument; NULL: n is no call of one. */
static const struct node *call_of(const struct node *n, const char **ret_name)
{
        if (n->tag && n->tag[0] == '!' && n->tag[1] != '!') {
                *ret_name = n->tag + 1;
                return n;
        }
        if (n->type != NODE_MAPPING || n->count != 1 || !n->first->key)
                return NULL;
        const char *key = n->first->key;
        if (strncmp(key, "Fn::", 4) == 0)
                *ret_name = key + 4;
        else if (strcmp(key, "Ref") == 0)
                *ret_name = key;
        else
                return NULL;
        return n->first;
}

static const struct node *item(const struct node *list, unsigned index)
{
        if (!list || list->type != NODE_SEQUENCE)
                return NULL;
        NODE_CHILDREN(child, list)
        {
                if (index-- == 0)
                        return child;
        }
        return NULL;
}

static const char *text_at(struct resolver *r, const struct node *list, unsigned index)
{
        const struct node *value = value_of(r, item(list, index));

        return value ? node_text(value) : NULL;
}

/* --- the functions ------------------------------------------------------------------------- */

static struct node *split(struct resolver *r, const struct node *at, const char *text,
                          const char *separator)
{
        struct node *list = doc_node(r->doc, NODE_SEQUENCE, at->line, at->column, at->offset);
        size_t k = strlen(separator);

        for (const char *s = text; list && k > 0; s += k) {
                const char *next = strstr(s, separator);
                size_t n = next ? (size_t)(next - s) : strlen(s);
                struct node *part = resolve_step(r) ? resolve_string(r, at, s, n) : NULL;

                if (!part || doc_append(r->doc, list, part, NULL) < 0)
                        return NULL;
                if (!next)
                        return list;
                s = next;
        }
        return list;
}

static const struct node *parameter(struct resolver *r, const struct node *at, const char *name)
{
        const struct node *p = resolve_get(r, resolve_get(r, doc_root(r->doc), "Parameters"), name);
        const struct node *value = node_get(p, "Default");
        const char *type = node_text(node_get(p, "Type"));

        if (!value || !node_is_scalar(value) || value->type == NODE_NULL)
                return NULL;
        bool list =
                type && (strcmp(type, "CommaDelimitedList") == 0 || strncmp(type, "List<", 5) == 0);
        return list ? split(r, at, node_text(value), ",") : value;
}

static const struct node *ref(struct resolver *r, const struct node *at, const struct node *arg)
{
        const char *name = arg->text;

        return name ? parameter(r, at, name) : NULL;
}

static const struct node *substitution(struct resolver *r, const struct node *variables,
                                       const char *name, size_t n)
{
        char key[128];

        if (n >= sizeof(key))
                return NULL;
        memcpy(key, name, n);
        key[n] = '\0';
        const struct node *own = resolve_get(r, variables, key);
        return own ? value_of(r, own) : parameter(r, variables, key);
}

/* ${!x} is the text ${x}. */
static const struct node *sub(struct resolver *r, const struct node *at, const struct node *arg)
{
        const struct node *list = arg->type == NODE_SEQUENCE ? arg : NULL;
        const struct node *variables = item(list, 1) ?: at;
        const struct node *pattern = list ? item(list, 0) : arg;
        const char *s = pattern ? pattern->text : NULL;
        _cleanup_free_ char *text = malloc(TEXT_MAX);
        size_t used = 0;

        if (!s || !text)
                return NULL;
        while (*s) {
                const char *piece = s;
                size_t n = strcspn(s, "$"), taken = n;

                if (n == 0 && s[1] == '{' && s[2] == '!') {
                        piece = "${";
                        n = 2;
                        taken = 3;
                } else if (n == 0 && s[1] == '{') {
                        size_t k = strcspn(s + 2, "}");
                        const struct node *value =
                                s[2 + k] ? substitution(r, variables, s + 2, k) : NULL;

                        piece = value ? node_text(value) : NULL;
                        n = piece ? value->text_len : 0;
                        taken = k + 3;
                } else if (n == 0)
                        n = taken = 1;
                if (!piece || used + n > TEXT_MAX)
                        return NULL;
                memcpy(text + used, piece, n);
                used += n;
                s += taken;
        }
        return resolve_string(r, at, text, used);
}

static const struct node *join(struct resolver *r, const struct node *at, const struct node *arg)
{
        const char *separator = text_at(r, arg, 0);
        const struct node *list = value_of(r, item(arg, 1));
        _cleanup_free_ char *text = malloc(TEXT_MAX);
        size_t used = 0;

        if (!separator || !list || !text || list->type != NODE_SEQUENCE)
                return NULL;
        NODE_CHILDREN(child, list)
        {
                const struct node *value = value_of(r, child);
                size_t gap = child == list->first ? 0 : strlen(separator);

                if (!value || !node_text(value) || used + gap + value->text_len > TEXT_MAX)
                        return NULL;
                memcpy(text + used, separator, gap);
                memcpy(text + used + gap, value->text, value->text_len);
                used += gap + value->text_len;
        }
        return resolve_string(r, at, text, used);
}

static const struct node *select_item(struct resolver *r, const struct node *at,
                                      const struct node *arg)
{
        const struct node *index = value_of(r, item(arg, 0)), *list = value_of(r, item(arg, 1));
        double number;

        (void)at;
        return index && node_number(index, &number) && number >= 0 && number < 1000
                       ? value_of(r, item(list, (unsigned)number))
                       : NULL;
}

static const struct node *split_text(struct resolver *r, const struct node *at,
                                     const struct node *arg)
{
        const char *separator = text_at(r, arg, 0), *text = text_at(r, arg, 1);

        return separator && text ? split(r, at, text, separator) : NULL;
}

static const struct node *find_in_map(struct resolver *r, const struct node *at,
                                      const struct node *arg)
{
        const struct node *place = resolve_get(r, doc_root(r->doc), "Mappings");

        (void)at;
        for (unsigned i = 0; i < 3; i++) {
                const char *key = text_at(r, arg, i);

                if (!key)
                        return NULL;
                place = resolve_get(r, place, key);
        }
        return place;
}

static const struct node *named_condition(struct resolver *r, const struct node *name)
{
        const struct node *conditions = resolve_get(r, doc_root(r->doc), "Conditions");

        return name && name->text ? resolve_get(r, conditions, name->text) : NULL;
}

/* 1, 0, or -1: not known. */
static int condition(struct resolver *r, const struct node *n, unsigned depth)
{
        const char *function = "";
        const struct node *other = node_get(n, "Condition");

        if (!n || depth >= DEPTH_MAX || !resolve_step(r))
                return -1;
        if (other)
                return condition(r, named_condition(r, other), depth + 1);
        const struct node *arg = call_of(n, &function);
        if (strcmp(function, "Condition") == 0)
                return condition(r, named_condition(r, arg), depth + 1);
        if (strcmp(function, "Equals") == 0) {
                const char *a = text_at(r, arg, 0), *b = text_at(r, arg, 1);
                return a && b ? strcmp(a, b) == 0 : -1;
        }
        if (strcmp(function, "Not") == 0) {
                int is = condition(r, item(arg, 0), depth + 1);
                return is < 0 ? -1 : !is;
        }
        return -1;
}

static const struct node *either(struct resolver *r, const struct node *at, const struct node *arg)
{
        int is = condition(r, named_condition(r, item(arg, 0)), 0);

        (void)at;
        return is < 0 ? NULL : value_of(r, item(arg, is ? 1 : 2));
}

/* The value of n: itself, or what its call gives. */
static const struct node *value_of(struct resolver *r, const struct node *n)
{
        static const struct {
                const char *name;
                const struct node *(*fn)(struct resolver *r, const struct node *at,
                                         const struct node *arg);
        } functions[] = {
                {"Ref", ref},          {"Sub", sub},
                {"Join", join},        {"Select", select_item},
                {"Split", split_text}, {"FindInMap", find_in_map},
                {"If", either},
        };
        const char *name = NULL;
        const struct node *arg = n ? call_of(n, &name) : NULL, *value = NULL;

        if (!arg)
                return n;
        if (r->depth >= DEPTH_MAX || !resolve_step(r))
                return NULL;
        r->depth++;
        for (size_t i = 0; i < ELEMENTSOF(functions) && !value; i++)
                if (strcmp(functions[i].name, name) == 0)
                        value = functions[i].fn(r, n, arg);
        r->depth--;
        return value;
}

bool resolve_cfn_fits(const struct node *root)
{
        if (node_get(root, "AWSTemplateFormatVersion"))
                return true;
        NODE_CHILDREN(resource, node_get(root, "Resources"))
        {
                const char *type = node_text(node_get(resource, "Type"));

                return type && strncmp(type, "AWS::", 5) == 0;
        }
        return false;
}

bool resolve_cfn(struct resolver *r, struct node *n)
{
        const char *name;
        const struct node *arg = call_of(n, &name);

        /* a whole document in a text: what is in it has its places only as it is written */
        if (!arg || doc_source(arg) || doc_source(n))
                return false;
        const struct node *value = value_of(r, n);
        return value && value != n && resolve_become(r, n, value);
}
