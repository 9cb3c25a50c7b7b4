/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the examples that a rule brings along: what it must find and what it must leave alone.
 *
 * Must not own: trying them (tests, giactl). Node text (borrowed) -> copies, which live as long as
 * their rule.
 */
#include "detectors/rule-example.h"

#include <nettle/base64.h>
#include <string.h>
#include <sys/stat.h>

#include "detectors/rule-value.h"

#define EXAMPLE_PATH_DEFAULT "example.txt"

void rule_examples_free(struct rule_example *list, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                free(list[i].path);
                free(list[i].text);
                rule_value_list_free(list[i].also, list[i].n_also);
        }
        free(list);
}

/* The text of an example: `text:` as it is or `base64:` decoded, so that a pack can hold what
 * secret scanners of hosting services would refuse. */
static int read_example_text(struct rule_example *e, const struct node *text,
                             const struct node *coded, struct ruleset_error *reterr)
{
        const struct node *n = text ?: coded;
        const char *s = node_text(n);

        if (!s || (text && coded))
                return rule_value_error(reterr, n, "an example takes one of 'text' and 'base64'");
        e->text = malloc(n->text_len + 4);
        if (!e->text)
                return -ENOMEM;
        if (text) {
                memcpy(e->text, s, n->text_len + 1);
                e->size = n->text_len;
                return 0;
        }
        struct base64_decode_ctx ctx;
        size_t size = BASE64_DECODE_LENGTH(n->text_len) + 1;
        char *grown = realloc(e->text, size);
        if (!grown)
                return -ENOMEM;
        e->text = grown;
        base64_decode_init(&ctx);
        if (!base64_decode_update(&ctx, &size, (uint8_t *)e->text, n->text_len, s) ||
            !base64_decode_final(&ctx))
                return rule_value_error(reterr, n, "'base64' does not decode");
        e->size = size;
        return 0;
}

static int read_mode(uint32_t *ret, const struct node *n, struct ruleset_error *reterr)
{
        const char *text = n->text ?: "";
        size_t size = strlen(text);

        if (size < 3 || size > 4 || strspn(text, "01234567") != size)
                return rule_value_error(reterr, n, "'mode' takes an octal number, as chmod does");
        *ret = S_IFREG | (uint32_t)strtoul(text, NULL, 8);
        return 0;
}

static int read_example(struct rule_example *e, const struct node *n, const char *path,
                        struct ruleset_error *reterr)
{
        const struct node *text = NULL, *coded = NULL;

        e->at = n->line;
        e->mode = S_IFREG | 0600;
        if (n->type == NODE_STRING)
                text = n;
        else if (n->type != NODE_MAPPING)
                return rule_value_error(reterr, n,
                                        "an example is a mapping with 'text' or 'base64'");
        NODE_CHILDREN(child, text ? NULL : n)
        {
                const char *key = child->key ?: "";
                double line;
                int r = 0;

                if (strcmp(key, "text") == 0)
                        text = child;
                else if (strcmp(key, "base64") == 0)
                        coded = child;
                else if (strcmp(key, "path") == 0)
                        r = rule_value_string(&e->path, child, reterr);
                else if (strcmp(key, "line") == 0) {
                        r = rule_value_number(&line, child, 0, UINT32_MAX, reterr);
                        if (r == 0)
                                e->line = (uint32_t)line;
                } else if (strcmp(key, "mode") == 0)
                        r = read_mode(&e->mode, child, reterr);
                else if (strcmp(key, "also") == 0 && e->also)
                        r = rule_value_error(reterr, child, "'also' is given twice");
                else if (strcmp(key, "also") == 0)
                        r = rule_value_list(&e->also, &e->n_also, child, reterr);
                else
                        r = rule_value_error(reterr, child,
                                             "unknown key '%.40s' of an example; it takes 'path', "
                                             "'text', 'base64', 'line', 'mode' and 'also'",
                                             key);
                if (r < 0)
                        return r;
        }
        if (!text && !coded)
                return rule_value_error(reterr, n, "an example takes one of 'text' and 'base64'");
        if (!e->path && !(e->path = strdup(path)))
                return -ENOMEM;
        return read_example_text(e, text, coded, reterr);
}

static int read_example_list(struct rule_example **ret, size_t *ret_n, const struct node *n,
                             const char *path, struct ruleset_error *reterr)
{
        if (n->type != NODE_SEQUENCE)
                return rule_value_error(reterr, n, "'%s' takes a list of examples", n->key);
        struct rule_example *list = calloc(n->count + 1u, sizeof(*list));
        if (!list)
                return -ENOMEM;
        size_t i = 0;
        int r = 0;
        NODE_CHILDREN(item, n)
        {
                r = read_example(&list[i++], item, path, reterr);
                if (r == 0 && list[i - 1].also && strcmp(n->key, "good") != 0)
                        r = rule_value_error(reterr, item, "'also' belongs to a good example");
                if (r < 0)
                        break;
        }
        if (r < 0) {
                rule_examples_free(list, i);
                return r;
        }
        *ret = list;
        *ret_n = i;
        return 0;
}

int rule_examples_read(struct rule *rule, const struct node *n, const struct node *config,
                       struct ruleset_error *reterr)
{
        const char *path = node_text(node_get(config, "example-path")) ?: EXAMPLE_PATH_DEFAULT;
        int r = 0;

        if (n->type != NODE_MAPPING)
                return rule_value_error(reterr, n, "'examples' takes 'bad' and 'good'");
        NODE_CHILDREN(child, n)
        {
                const char *key = child->key ?: "";

                if (strcmp(key, "bad") == 0 && !rule->bad)
                        r = read_example_list(&rule->bad, &rule->n_bad, child, path, reterr);
                else if (strcmp(key, "good") == 0 && !rule->good)
                        r = read_example_list(&rule->good, &rule->n_good, child, path, reterr);
                else
                        r = rule_value_error(reterr, child,
                                             "'examples' takes 'bad' and 'good', each once");
                if (r < 0)
                        return r;
        }
        return 0;
}
