/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what may change in HCL without changing what it says: the order of what is in a block,
 * lists in several lines, keys with and without quotes, a JSON document by
 * jsonencode(), as heredoc or as string.
 *
 * Must not own: what stands between the lines (rewrite-lines.c), Terraform's JSON (write-hcl.c).
 *
 * A file is copied, and changed on the way where a node of its tree begins: what is between nodes
 * stays as it is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "tests/property/write-hcl.h"

enum how {
        REVERSED,
        LISTS_BROKEN,
        KEYS_QUOTED,
        KEYS_BARE,
        HEREDOC,          /* jsonencode({…}) as <<EOF */
        HEREDOC_INDENTED, /* as <<-EOF */
        STRING,           /* as "{\"…" */
        ENCODED,          /* <<EOF as jsonencode({…}) */
        UNFOLDED,         /* <<EOF as "…\n…" */
        INDENTED,         /* <<EOF as <<-EOF */
        TEMPLATES,        /* x.y as "${x.y}" */
        TERRAFORM_JSON,
        PLAN,
};

/* `key = value`, a block, or an item of a list. */
struct part {
        size_t begin, end;
        const struct node *value;
};

struct copier {
        const struct original *o;
        unsigned how;
        struct buffer *b;
};

static void copy(struct copier *c, const struct node *n);

static size_t end_of(const struct node *n)
{
        return n->offset + n->length;
}

static bool is_blocks(const struct node *n)
{
        return n->type == NODE_SEQUENCE && n->first && n->first->block;
}

static bool is_heredoc(const struct original *o, const struct node *n)
{
        return n->length > 4 && memcmp(o->text + n->offset, "<<", 2) == 0;
}

/* Where a key stands in the text. */
static size_t key_offset(const struct original *o, const struct node *n)
{
        size_t at = 0;

        for (uint32_t line = 1; line < n->key_line; line++)
                at = (size_t)((const char *)memchr(o->text + at, '\n', o->n - at) - o->text) + 1;
        for (uint32_t column = 1; column < n->key_column; at++)
                column += (o->text[at + 1] & 0xc0) != 0x80;
        return at;
}

static int by_begin(const void *a, const void *b)
{
        const struct part *x = a, *y = b;

        return x->begin < y->begin ? -1 : x->begin > y->begin;
}

static struct part *parts_of(const struct original *o, const struct node *n, size_t *ret_n)
{
        size_t count = 0;

        NODE_CHILDREN(child, n)
        count += is_blocks(child) ? child->count : 1;
        struct part *parts = calloc(count + 1, sizeof(*parts));
        if (!parts)
                abort();
        *ret_n = 0;
        NODE_CHILDREN(child, n)
        {
                NODE_CHILDREN(block, is_blocks(child) ? child : NULL)
                parts[(*ret_n)++] = (struct part){block->offset, end_of(block), block};
                if (!is_blocks(child))
                        parts[(*ret_n)++] = (struct part){child->key_line > 0 ? key_offset(o, child)
                                                                              : child->offset,
                                                          end_of(child), child};
        }
        qsort(parts, count, sizeof(*parts), by_begin);
        return parts;
}

/* --- keys ---- */

static bool is_name(const char *s)
{
        size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

        return n > 0 && s[n] == '\0' && (s[0] < '0' || s[0] > '9');
}

/* Up to the value. */
static void copy_key(struct copier *c, const struct node *in, const struct part *p)
{
        const struct node *n = p->value;
        bool object = in->type == NODE_MAPPING && in->parent && !in->block;

        if (object && c->how == KEYS_QUOTED && n->key && is_name(n->key))
                buffer_printf(c->b, "\"%s\" : ", n->key);
        else if (object && c->how == KEYS_BARE && n->key && is_name(n->key))
                buffer_printf(c->b, "%s = ", n->key);
        else if (n->offset > p->begin)
                buffer_append(c->b, c->o->text + p->begin, n->offset - p->begin);
}

static void copy_part(struct copier *c, const struct node *in, const struct part *p)
{
        copy_key(c, in, p);
        copy(c, p->value);
}

/* --- containers ---- */

/* Of two settings of one name the order counts; a heredoc must have the rest of its line. */
static bool may_change_places(const struct copier *c, const struct node *n,
                              const struct part *parts, size_t count)
{
        if (c->how != REVERSED || n->type != NODE_MAPPING)
                return false;
        for (size_t i = 0; i < count; i++) {
                if (is_heredoc(c->o, parts[i].value) && n->parent && !n->block)
                        return false;
                for (size_t k = 0; k < i && !parts[i].value->block; k++)
                        if (parts[k].value->key && parts[i].value->key &&
                            strcmp(parts[k].value->key, parts[i].value->key) == 0)
                                return false;
        }
        return true;
}

static void copy_list(struct copier *c, const struct node *n, const struct part *parts,
                      size_t count)
{
        buffer_puts(c->b, "[\n");
        for (size_t i = 0; i < count; i++) {
                buffer_puts(c->b, "    ");
                copy_part(c, n, &parts[i]);
                buffer_puts(c->b, ",\n");
        }
        buffer_puts(c->b, "  ]");
}

static void copy_container(struct copier *c, const struct node *n)
{
        size_t count, at = n->parent ? n->offset : 0, end = n->parent ? end_of(n) : c->o->n;
        _cleanup_free_ struct part *parts = parts_of(c->o, n, &count);
        bool change = may_change_places(c, n, parts, count);
        bool list = n->type == NODE_SEQUENCE && !n->tag && count > 0 &&
                    !is_heredoc(c->o, parts[count - 1].value);

        if (list && c->how == LISTS_BROKEN) {
                copy_list(c, n, parts, count);
                return;
        }
        for (size_t i = 0; i < count; i++) {
                buffer_append(c->b, c->o->text + at, parts[i].begin - at);
                copy_part(c, n, &parts[change ? count - 1 - i : i]);
                at = parts[i].end;
        }
        buffer_append(c->b, c->o->text + at, end - at);
}

/* --- JSON documents ---- */

static bool has_rest_of_line(const struct original *o, const struct node *n)
{
        size_t at = end_of(n);

        return at == o->n || o->text[at] == '\n' || o->text[at] == '\r';
}

static void put_lines_indented(struct buffer *b, const char *s, size_t n, unsigned indent)
{
        for (const char *end = s + n; s < end;) {
                const char *stop = memchr(s, '\n', (size_t)(end - s)) ?: end;

                buffer_printf(b, "%*s%.*s\n", stop > s ? (int)indent : 0, "", (int)(stop - s), s);
                s = stop < end ? stop + 1 : end;
        }
}

/* jsonencode({…}) otherwise. */
static bool copy_encoded(struct copier *c, const struct node *n)
{
        _cleanup_buffer_ struct buffer json = BUFFER_NULL;

        if (!n->tag || strcmp(n->tag, "jsonencode") != 0 || !has_rest_of_line(c->o, n))
                return false;
        if (c->how == STRING) {
                if (!write_hcl_as_json(c->o, n, &json) || strstr(json.data, "${"))
                        return false;
                buffer_json_string(c->b, json.data);
                return true;
        }
        if ((c->how != HEREDOC && c->how != HEREDOC_INDENTED) || !write_hcl_as_json(c->o, n, &json))
                return false;
        bool indented = c->how == HEREDOC_INDENTED;
        buffer_puts(c->b, indented ? "<<-EOT\n" : "<<POLICY\n");
        put_lines_indented(c->b, json.data, json.len, indented ? 6 : 0);
        buffer_puts(c->b, indented ? "    EOT" : "POLICY");
        return true;
}

/* The lines of a heredoc, without the first and the last one. */
static const char *heredoc_lines(const struct original *o, const struct node *n, size_t *ret_n)
{
        const char *begin = o->text + n->offset, *end = begin + n->length;
        const char *first = memchr(begin, '\n', n->length), *last = end;

        if (!first)
                return NULL;
        while (last > first && last[-1] == '\n')
                last--;
        while (last > first && last[-1] != '\n')
                last--;
        *ret_n = last > first ? (size_t)(last - first - 1) : 0;
        return first + 1;
}

static bool copy_indented(struct copier *c, const struct node *n)
{
        const char *begin = c->o->text + n->offset, *lines;
        size_t size = 0, mark = strcspn(begin, "\n");

        if (begin[2] == '-' || !(lines = heredoc_lines(c->o, n, &size)))
                return false;
        buffer_printf(c->b, "<<-%.*s\n", (int)mark - 2, begin + 2);
        put_lines_indented(c->b, lines, size, 8);
        buffer_printf(c->b, "    %.*s", (int)mark - 2, begin + 2);
        return true;
}

static bool copy_heredoc(struct copier *c, const struct node *n)
{
        size_t before = c->b->len;
        struct node *tree;

        if (!is_heredoc(c->o, n) || !has_rest_of_line(c->o, n))
                return false;
        if (c->how == INDENTED)
                return copy_indented(c, n);
        if (c->how == UNFOLDED && n->type == NODE_STRING && !strstr(n->text, "${") &&
            !strstr(n->text, "%{")) {
                buffer_json_bytes(c->b, n->text, n->text_len);
                return true;
        }
        /* the document keeps the tree; nothing else changes */
        if (c->how != ENCODED || !(tree = doc_embedded(c->o->doc, (struct node *)(uintptr_t)n)))
                return false;
        buffer_puts(c->b, "jsonencode(");
        if (write_json_as_hcl(c->o, tree, c->b)) {
                buffer_putc(c->b, ')');
                return true;
        }
        c->b->len = before;
        return false;
}

/* A reference, where a template may stand for it. */
static bool copy_reference(struct copier *c, const struct node *n)
{
        static const char *const bare[] = {"provider", "providers",      "depends_on",
                                           "type",     "ignore_changes", "replace_triggered_by"};
        const char *s = c->o->text + n->offset;

        if (c->how != TEMPLATES || n->type != NODE_UNKNOWN || n->quoted)
                return false;
        for (size_t i = 0; i < n->length; i++)
                if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.-0123456789",
                            s[i]))
                        return false;
        for (const struct node *k = n; k; k = k->parent)
                for (size_t i = 0; k->key && i < ELEMENTSOF(bare); i++)
                        if (strcmp(k->key, bare[i]) == 0)
                                return false;
        buffer_printf(c->b, "\"${%.*s}\"", (int)n->length, s);
        return true;
}

static void copy(struct copier *c, const struct node *n)
{
        bool container = n->type == NODE_MAPPING || n->type == NODE_SEQUENCE;

        if (container ? copy_encoded(c, n) : copy_heredoc(c, n) || copy_reference(c, n))
                return;
        if (container)
                copy_container(c, n);
        else
                buffer_append(c->b, c->o->text + n->offset, n->length);
}

static int directory_length(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? (int)(slash + 1 - path) : 0;
}

static bool rewrite(const struct original *o, unsigned how, struct rewritten *ret)
{
        struct copier c = {.o = o, .how = how, .b = &ret->text};
        size_t n = strlen(o->path);

        if (!o->root || !original_is(o, "hcl"))
                return false;
        if (how == PLAN) {
                (void)snprintf(ret->path, sizeof(ret->path), "%.*splan.json",
                               directory_length(o->path), o->path);
                return write_hcl_as_plan(o, &ret->text);
        }
        if (how != TERRAFORM_JSON) {
                copy(&c, o->root);
                return true;
        }
        if (n < 3 || strcmp(o->path + n - 3, ".tf") != 0)
                return false;
        (void)snprintf(ret->path, sizeof(ret->path), "%s.json", o->path);
        return write_hcl_as_terraform_json(o, &ret->text);
}

const struct rewriting rewritings_of_hcl[] = {
        {"HCL, order reversed", rewrite, REVERSED},
        {"HCL, lists in lines", rewrite, LISTS_BROKEN},
        {"HCL, keys in quotes", rewrite, KEYS_QUOTED},
        {"HCL, keys without quotes", rewrite, KEYS_BARE},
        {"HCL, heredoc for jsonencode", rewrite, HEREDOC},
        {"HCL, indented heredoc for jsonencode", rewrite, HEREDOC_INDENTED},
        {"HCL, string for jsonencode", rewrite, STRING},
        {"HCL, jsonencode for heredoc", rewrite, ENCODED},
        {"HCL, string for heredoc", rewrite, UNFOLDED},
        {"HCL, indented heredoc", rewrite, INDENTED},
        {"HCL, references in templates", rewrite, TEMPLATES},
        {"Terraform's JSON for HCL", rewrite, TERRAFORM_JSON},
        {"Terraform's plan for HCL", rewrite, PLAN},
        {.name = NULL},
};
