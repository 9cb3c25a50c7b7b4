/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: writing trees between HCL and JSON: an object as JSON text and back, a whole file in
 * Terraform's JSON syntax.
 *
 * Must not own: which of them is done (rewrite-hcl.c). Numbers, words and strings are taken from
 * the file as they are where both languages write them alike.
 */
#include "tests/property/write-hcl.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"

static bool is_container(const struct node *n)
{
        return n->type == NODE_MAPPING || n->type == NODE_SEQUENCE;
}

static const char *source(const struct original *o, const struct node *n)
{
        return o->text + n->offset;
}

static void indent(struct buffer *b, unsigned depth)
{
        buffer_putc(b, '\n');
        for (unsigned i = 0; i < depth; i++)
                buffer_puts(b, "  ");
}

/* --- HCL's objects as JSON text ---- */

static bool put_json_key(const char *key, struct buffer *b)
{
        if (key[0] == '(' || key[0] == '"' || strchr(key, '\\') || strchr(key, '\n'))
                return false;
        if (strchr(key, '"') && !strstr(key, "${"))
                return false;
        buffer_printf(b, "\"%s\": ", key);
        return true;
}

static bool put_json_scalar(const struct original *o, const struct node *n, struct buffer *b)
{
        const char *s = source(o, n);

        if (n->type == NODE_UNKNOWN && !n->quoted) {
                if (s[0] == '<' || memchr(s, '\n', n->length) || memchr(s, '#', n->length))
                        return false;
                buffer_printf(b, "\"${%.*s}\"", (int)n->length, s);
                return true;
        }
        if (s[0] == '<')
                return false;
        buffer_append(b, s, n->length);
        return true;
}

static bool put_json(const struct original *o, const struct node *n, unsigned depth,
                     struct buffer *b)
{
        bool mapping = n->type == NODE_MAPPING;

        if (!is_container(n))
                return put_json_scalar(o, n, b);
        if (n->block || (n->tag && depth > 0))
                return false;
        buffer_putc(b, mapping ? '{' : '[');
        NODE_CHILDREN(child, n)
        {
                indent(b, depth + 1);
                if ((mapping && !put_json_key(child->key, b)) || !put_json(o, child, depth + 1, b))
                        return false;
                if (child->next)
                        buffer_putc(b, ',');
        }
        if (n->first)
                indent(b, depth);
        buffer_putc(b, mapping ? '}' : ']');
        return true;
}

bool write_hcl_as_json(const struct original *o, const struct node *n, struct buffer *ret)
{
        return put_json(o, n, 0, ret);
}

/* --- and back ---- */

static bool is_name(const char *s)
{
        size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");

        return n > 0 && s[n] == '\0';
}

static bool put_hcl_scalar(const struct original *o, const struct node *n, struct buffer *b)
{
        const char *s = source(o, n);
        size_t size = n->length;

        if (size == 0 || memmem(s, size, "\\/", 2))
                return false;
        if (n->type == NODE_UNKNOWN && s[0] != '"') {
                if (size < 4 || memcmp(s, "${", 2) != 0 || s[size - 1] != '}')
                        return false;
                s += 2;
                size -= 3;
        }
        buffer_append(b, s, size);
        return true;
}

static bool put_hcl(const struct original *o, const struct node *n, unsigned depth,
                    struct buffer *b)
{
        bool mapping = n->type == NODE_MAPPING;

        if (!is_container(n))
                return put_hcl_scalar(o, n, b);
        buffer_putc(b, mapping ? '{' : '[');
        NODE_CHILDREN(child, n)
        {
                if (mapping)
                        indent(b, depth + 2);
                if (mapping && is_name(child->key))
                        buffer_printf(b, "%s = ", child->key);
                else if (mapping && (strchr(child->key, '"') || strchr(child->key, '\\')))
                        return false;
                else if (mapping)
                        buffer_printf(b, "\"%s\" = ", child->key);
                if (!put_hcl(o, child, depth + 1, b))
                        return false;
                if (child->next && !mapping)
                        buffer_puts(b, ", ");
        }
        if (mapping && n->first)
                indent(b, depth + 1);
        buffer_putc(b, mapping ? '}' : ']');
        return true;
}

bool write_json_as_hcl(const struct original *o, const struct node *n, struct buffer *ret)
{
        return put_hcl(o, n, 0, ret);
}

/* --- other trees ---- */

/* What looks like a template in a text is none. */
static void put_text(const struct node *n, struct buffer *b)
{
        _cleanup_buffer_ struct buffer text = BUFFER_NULL;

        for (size_t i = 0; i < n->text_len; i++) {
                if (n->type == NODE_STRING && strchr("$%", n->text[i]) && n->text[i + 1] == '{')
                        buffer_putc(&text, n->text[i]);
                buffer_putc(&text, n->text[i]);
        }
        buffer_json_string(b, text.data ?: "");
}

bool write_tree_as_hcl(const struct node *n, unsigned depth, struct buffer *b)
{
        bool mapping = n->type == NODE_MAPPING;

        if (n->tag || n->type == NODE_UNKNOWN)
                return false;
        if (n->type == NODE_STRING)
                put_text(n, b);
        else if (!is_container(n))
                buffer_puts(b, n->type == NODE_NULL ? "null" : n->text);
        if (!is_container(n))
                return true;
        buffer_putc(b, mapping ? '{' : '[');
        NODE_CHILDREN(child, n)
        {
                indent(b, depth + 1);
                if (mapping && is_name(child->key))
                        buffer_printf(b, "%s = ", child->key);
                else if (mapping) {
                        if (strstr(child->key, "${"))
                                return false;
                        buffer_json_string(b, child->key);
                        buffer_puts(b, " = ");
                }
                if (!write_tree_as_hcl(child, depth + 1, b))
                        return false;
                if (!mapping)
                        buffer_putc(b, ',');
        }
        if (n->first)
                indent(b, depth);
        buffer_putc(b, mapping ? '}' : ']');
        return true;
}

/* --- Terraform's JSON ---- */

static bool put_value(const struct original *o, const struct node *n, struct buffer *b);

static void put_key(const char *key, struct buffer *b)
{
        buffer_json_string(b, key);
        buffer_puts(b, ": ");
}

static bool put_scalar(const struct original *o, const struct node *n, struct buffer *b)
{
        _cleanup_buffer_ struct buffer template = BUFFER_NULL;

        if (n->type == NODE_NULL || n->type == NODE_BOOL || n->type == NODE_NUMBER)
                buffer_append(b, source(o, n), n->length);
        else if (n->type == NODE_STRING || n->quoted || source(o, n)[0] == '<')
                put_text(n, b);
        else {
                buffer_printf(&template, "${%s}", n->text);
                buffer_json_string(b, template.data);
        }
        return true;
}

/* Blocks of one type from this one on that have the same first label, below it. */
static bool put_named_blocks(const struct original *o, const struct node *first, struct buffer *b)
{
        bool any = false;

        put_key(first->label[0], b);
        if (!first->label[1])
                return put_value(o, first, b);
        buffer_putc(b, '{');
        for (const struct node *n = first; n; n = n->next) {
                if (!n->label[0] || !n->label[1] || strcmp(n->label[0], first->label[0]) != 0)
                        continue;
                buffer_puts(b, any ? ",\n    " : "\n    ");
                put_key(n->label[1], b);
                if (!put_value(o, n, b))
                        return false;
                any = true;
        }
        buffer_puts(b, "\n  }");
        return true;
}

static bool has_label_before(const struct node *blocks, const struct node *n)
{
        for (const struct node *k = blocks->first; k != n; k = k->next)
                if (k->label[0] && strcmp(k->label[0], n->label[0]) == 0)
                        return true;
        return false;
}

static bool put_blocks(const struct original *o, const struct node *blocks, struct buffer *b)
{
        bool any = false, named = blocks->first->label[0];

        buffer_putc(b, named ? '{' : '[');
        NODE_CHILDREN(n, blocks)
        {
                if (named != (n->label[0] != NULL))
                        return false;
                if (named && has_label_before(blocks, n)) {
                        if (!n->label[1])
                                return false;
                        continue;
                }
                buffer_puts(b, any ? ",\n  " : "\n  ");
                if (named ? !put_named_blocks(o, n, b) : !put_value(o, n, b))
                        return false;
                any = true;
        }
        buffer_puts(b, named ? "\n}" : "]");
        return true;
}

static bool put_value(const struct original *o, const struct node *n, struct buffer *b)
{
        _cleanup_buffer_ struct buffer json = BUFFER_NULL;
        bool mapping = n->type == NODE_MAPPING;

        if (!is_container(n))
                return put_scalar(o, n, b);
        if (n->tag) {
                if (strcmp(n->tag, "jsonencode") != 0 || !write_hcl_as_json(o, n, &json))
                        return false;
                buffer_json_string(b, json.data);
                return true;
        }
        if (n->type == NODE_SEQUENCE && n->first && n->first->block)
                return put_blocks(o, n, b);
        buffer_putc(b, mapping ? '{' : '[');
        NODE_CHILDREN(child, n)
        {
                buffer_puts(b, mapping ? "\n      " : "");
                if (mapping)
                        put_key(child->key, b);
                if (!put_value(o, child, b))
                        return false;
                if (child->next)
                        buffer_putc(b, ',');
        }
        buffer_putc(b, mapping ? '}' : ']');
        return true;
}

bool write_hcl_as_terraform_json(const struct original *o, struct buffer *ret)
{
        bool done = put_value(o, o->root, ret);

        buffer_putc(ret, '\n');
        return done;
}

/* --- Terraform's plan ---- */

/* A plan has values where a configuration has expressions. */
static bool is_known(const struct node *n)
{
        if (n->type == NODE_UNKNOWN || (n->tag && strcmp(n->tag, "jsonencode") != 0))
                return false;
        NODE_CHILDREN(child, n)
        {
                if (!is_known(child) || (child->block && child->label[0] && n->parent->parent))
                        return false;
        }
        return true;
}

static bool put_change(const struct original *o, const struct node *block, struct buffer *b)
{
        if (!block->label[0] || !block->label[1] || !is_known(block))
                return false;
        buffer_puts(b, "\n  {\"mode\": \"managed\", \"type\": ");
        buffer_json_string(b, block->label[0]);
        buffer_puts(b, ", \"name\": ");
        buffer_json_string(b, block->label[1]);
        buffer_puts(b, ", \"change\": {\"actions\": [\"create\"], \"before\": null, \"after\": ");
        if (!put_value(o, block, b))
                return false;
        buffer_puts(b, ", \"after_unknown\": {\"id\": true}}}");
        return true;
}

bool write_hcl_as_plan(const struct original *o, struct buffer *ret)
{
        const struct node *resources = o->root->first;

        if (o->root->count != 1 || strcmp(resources->key, "resource") != 0)
                return false;
        buffer_puts(ret, "{\"format_version\": \"1.2\", \"terraform_version\": \"1.9.8\", "
                         "\"resource_changes\": [");
        NODE_CHILDREN(block, resources)
        {
                if (!put_change(o, block, ret))
                        return false;
                if (block->next)
                        buffer_putc(ret, ',');
        }
        buffer_puts(ret, "]}\n");
        return true;
}
