/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what the lists of giad.yaml have in common: words, texts, items, and mappings with their keys.
 * Does not own: what any of them means (lists*.c).
 */
#include <errno.h>
#include <string.h>

#include "daemon/config/internal.h"

int reading_each_word(struct reading *r, const yaml_node_t *node, const char *what,
                      int (*fn)(struct reading *r, const yaml_node_t *at, const char *word,
                                void *userdata),
                      void *userdata)
{
        const char *word;
        int k;

        if (node->type != YAML_SEQUENCE_NODE) {
                k = reading_scalar(r, node, what, &word);
                return k < 0 ? k : fn(r, node, word, userdata);
        }
        if (node->data.sequence.items.start == node->data.sequence.items.top)
                return reading_error(r, node,
                                     "%s is an empty list: leave it out to match everything", what);
        for (yaml_node_item_t *i = node->data.sequence.items.start;
             i < node->data.sequence.items.top; i++) {
                const yaml_node_t *item = reading_node(r, *i);

                k = reading_scalar(r, item, what, &word);
                if (k >= 0)
                        k = fn(r, item, word, userdata);
                if (k < 0)
                        return k;
        }
        return 0;
}

int reading_add_word(struct reading *r, const yaml_node_t *at, const char *word, void *userdata)
{
        struct word_list *list = userdata;

        if (*word == '\0')
                return reading_error(r, at, "an empty pattern matches nothing");
        return word_list_add(list, word);
}

int reading_fields(struct reading *r, const yaml_node_t *node, const char *what,
                   const struct reading_field *fields, size_t n, void *entry)
{
        const char *allowed[16];
        uint32_t given = 0;

        if (node->type != YAML_MAPPING_NODE)
                return reading_error(r, node, "%s must be a mapping", what);
        for (size_t i = 0; i < n; i++)
                allowed[i] = fields[i].key;
        for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top;
             p++) {
                const yaml_node_t *key_node = reading_node(r, p->key);
                const char *key;
                size_t i = 0;
                int k = reading_scalar(r, key_node, what, &key);

                if (k < 0)
                        return k;
                while (i < n && strcmp(fields[i].key, key) != 0)
                        i++;
                if (i == n)
                        return reading_unknown(r, key_node, "key", key, allowed, n);
                if (given & (1u << i))
                        return reading_error(r, key_node, "the key \"%s\" is given twice", key);
                given |= 1u << i;
                k = fields[i].read(r, reading_node(r, p->value), entry);
                if (k < 0)
                        return k;
        }
        return 0;
}

int reading_text(struct reading *r, const yaml_node_t *node, const char *what, char **ret)
{
        const char *text;
        int k = reading_scalar(r, node, what, &text);

        if (k < 0)
                return k;
        char *copy = strdup(text);
        if (!copy)
                return -ENOMEM;
        free(*ret);
        *ret = copy;
        return 0;
}

int reading_each_item(struct reading *r, const yaml_node_t *node, const char *what,
                      int (*fn)(struct reading *r, const yaml_node_t *item, void *userdata),
                      void *userdata)
{
        if (node->type != YAML_SEQUENCE_NODE)
                return reading_error(r, node, "%s must be a list", what);
        for (yaml_node_item_t *i = node->data.sequence.items.start;
             i < node->data.sequence.items.top; i++) {
                int k = fn(r, reading_node(r, *i), userdata);

                if (k < 0)
                        return k;
        }
        return 0;
}
