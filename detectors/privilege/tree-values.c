/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: how values of a document are shown in a text that must be the same for the same content.
 * Does not own: which values are shown (tree-template.c).
 */
#include "detectors/privilege/tree-values.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/privilege/tree-path.h"

#define DEPTH_MAX 6u /* of the mappings and lists in a value */
#define RAW_MAX \
        4096u /* bytes of a value, of the keys before it, and of what is shown of them, with NUL */

static bool has(const struct tree_values *values, const char *text)
{
        for (unsigned i = 0; i < values->n; i++)
                if (strcmp(values->v[i], text) == 0)
                        return true;
        return false;
}

/* Of "scheme://user:password@host/path?query" what names the place. */
static void leave_out_credentials(struct buffer *b)
{
        char *place = b->data ? strstr(b->data, "://") : NULL;

        if (!place)
                return;
        place += strlen("://");
        place[strcspn(place, "?#")] = '\0';
        char *at = memrchr(place, '@', strcspn(place, "/ "));
        if (at)
                memmove(place, at + 1, strlen(at + 1) + 1);
        b->len = strlen(b->data);
}

static void add_text(struct tree_values *values, struct buffer *text)
{
        char shown[RAW_MAX];

        if (text->len == 0)
                return;
        leave_out_credentials(text);
        (void)text_printable(shown, sizeof(shown), text->data, text->len);
        if (has(values, shown))
                return;
        char *copy = values->n < TREE_VALUES_MAX ? strdup(shown) : NULL;
        if (copy)
                values->v[values->n++] = copy;
        else
                values->more++;
}

/* --- functions of CloudFormation ---- */

/* The name of the function that n is, or NULL; *ret_value is what it is given. */
static const char *function_name(const struct node *n, const struct node **ret_value)
{
        *ret_value = n;
        if (n->tag && n->tag[0] == '!')
                return n->tag + 1;
        if (n->type != NODE_MAPPING || n->count != 1 || !n->first->key)
                return NULL;
        *ret_value = n->first;
        if (strcmp(n->first->key, "Ref") == 0)
                return n->first->key;
        return strncmp(n->first->key, "Fn::", strlen("Fn::")) == 0 ? n->first->key + strlen("Fn::")
                                                                   : NULL;
}

static void append_leaves(struct buffer *b, const struct node *n, const char *between,
                          unsigned depth)
{
        const struct node *inside;

        if (depth == DEPTH_MAX)
                return;
        if (function_name(n, &inside) && inside != n) {
                append_leaves(b, inside, between, depth + 1);
                return;
        }
        if (n->text && n->type != NODE_NULL) {
                if (b->len > 0)
                        buffer_puts(b, between);
                buffer_append(b, n->text, n->text_len);
        }
        NODE_CHILDREN(child, n)
        {
                append_leaves(b, child, between, depth + 1);
        }
}

/* What Join puts together stands as it will be read; all else with dots. */
static void append_function(struct buffer *b, const char *name, const struct node *value)
{
        const char *between = ".";

        if (strcmp(name, "Join") == 0 && value->type == NODE_SEQUENCE && value->count == 2) {
                between = node_text(value->first) ?: "";
                value = value->last;
        }
        append_leaves(b, value, between, 0);
}

/* --- all others ---- */

static void add_below(struct tree_values *values, const struct node *n, struct buffer *keys,
                      unsigned depth);

static void add_children(struct tree_values *values, const struct node *n, struct buffer *keys,
                         unsigned depth)
{
        NODE_CHILDREN(child, depth < DEPTH_MAX ? n : NULL)
        {
                size_t before = keys->len;

                /* what stands between the tags of XML is the element's own value */
                if (n->type == NODE_MAPPING && child->key && strcmp(child->key, "#text") != 0)
                        buffer_printf(keys, "%s ", child->key);
                add_below(values, child, keys, depth + 1);
                keys->len = before;
                if (keys->data)
                        keys->data[before] = '\0';
        }
}

static void add_below(struct tree_values *values, const struct node *n, struct buffer *keys,
                      unsigned depth)
{
        _cleanup_buffer_ struct buffer text = {.max = RAW_MAX};
        const struct node *inside;
        const char *function = tree_node_unknown(n) ? function_name(n, &inside) : NULL;

        if (tree_node_unknown(n))
                values->unknown = n;
        if (!function && n->first) {
                add_children(values, n, keys, depth);
                return;
        }
        if (function)
                append_function(&text, function, inside);
        else if (n->text && n->type != NODE_NULL)
                buffer_append(&text, n->text, MIN_OF(n->text_len, (size_t)RAW_MAX / 2));
        /* an empty item says something: the core group of Kubernetes */
        if (n->type == NODE_STRING && n->text_len == 0 && n->parent &&
            n->parent->type == NODE_SEQUENCE)
                buffer_puts(&text, "\"\"");
        if (text.len == 0)
                return;
        _cleanup_buffer_ struct buffer whole = {.max = 2 * RAW_MAX};
        buffer_append(&whole, keys->data ?: "", keys->len);
        buffer_append(&whole, text.data, text.len);
        add_text(values, &whole);
}

void tree_values_add(struct tree_values *values, const struct node *n)
{
        _cleanup_buffer_ struct buffer keys = {.max = RAW_MAX};

        if (n)
                add_below(values, n, &keys, 0);
}

void tree_values_done(struct tree_values *values)
{
        for (unsigned i = 0; i < values->n; i++)
                free(values->v[i]);
        *values = (struct tree_values){.n = 0};
}

static int compare(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

void tree_values_append(struct tree_values *values, struct buffer *b)
{
        qsort(values->v, values->n, sizeof(values->v[0]), compare);
        for (unsigned i = 0; i < values->n; i++)
                buffer_printf(b, "%s%s", i > 0 ? ", " : "", values->v[i]);
        if (values->more > 0)
                buffer_printf(b, ", and %u more", values->more);
}
