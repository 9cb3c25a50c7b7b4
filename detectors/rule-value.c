/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading the plain values of a rule pack, and the sentences that say what is wrong with one.
 *
 * Must not own: which keys there are (rule-read.c). What is returned is the caller's; nodes are
 * borrowed.
 */
#include "detectors/rule-value.h"

#include <stdarg.h>
#include <string.h>

#include "common/base/text.h"

_Static_assert((int)_CLASS_MAX <= 256 && (int)_ARTEFACT_MAX <= 256, "rule_value_enum() has room");

int rule_value_error(struct ruleset_error *reterr, const struct node *at, const char *fmt, ...)
{
        char message[sizeof(reterr->message)];
        va_list ap;

        va_start(ap, fmt);
        int n = vsnprintf(message, sizeof(message), fmt, ap);
        va_end(ap);
        reterr->line = at ? (at->key_line ? at->key_line : at->line) : 0;
        reterr->column = at ? (at->key_column ? at->key_column : at->column) : 0;
        text_printable(reterr->message, sizeof(reterr->message), message,
                       n < 0 ? 0 : strnlen(message, sizeof(message)));
        return -EBADMSG;
}

#define LISTED_MAX 20 /* longer lists are a manual's matter */

/* "; did you mean 'x'?", and what is allowed if that is not too much. */
static const char *hint(char dst[static 256], const char *word, const char *const *names, size_t n)
{
        const char *near = word ? text_nearest(word, names, n) : NULL;
        size_t used = 0;

        dst[0] = '\0';
        if (near)
                used = (size_t)snprintf(dst, 256, "; did you mean '%.60s'?", near);
        for (size_t i = 0; i < n && n <= LISTED_MAX && used < 256; i++)
                used += (size_t)snprintf(dst + used, 256 - used, "%s%s",
                                         i ? ", " : "; allowed: ", names[i]);
        return dst;
}

int rule_value_key(const struct node *n, const char *const *names, const char *what, int *ret,
                   struct ruleset_error *reterr)
{
        for (int i = 0; names[i]; i++)
                if (strcmp(names[i], n->key ?: "") == 0) {
                        *ret = i;
                        return 0;
                }
        size_t count = 0;
        while (names[count])
                count++;
        char text[256];
        return rule_value_error(reterr, n, "unknown key '%.40s' of %s%s", n->key ?: "", what,
                                hint(text, n->key, names, count));
}

/* A scalar's text as a copy of its own. */
int rule_value_string(char **ret, const struct node *n, struct ruleset_error *reterr)
{
        const char *s = node_text(n);

        if (!s || n->type == NODE_NULL || n->text_len == 0 || strlen(s) != n->text_len)
                return rule_value_error(reterr, n, "'%s' takes a text that is not empty",
                                        n->key ?: "item");
        char *copy = strdup(s);
        if (!copy)
                return -ENOMEM;
        free(*ret);
        *ret = copy;
        return 0;
}

int rule_value_bounded(char *dst, size_t size, const struct node *n, struct ruleset_error *reterr)
{
        const char *s = node_text(n);

        if (!s || n->text_len == 0)
                return rule_value_error(reterr, n, "'%s' takes a text that is not empty",
                                        n->key ?: "item");
        if (n->text_len >= size)
                return rule_value_error(reterr, n, "'%s' is longer than %zu bytes",
                                        n->key ?: "item", size - 1);
        text_printable(dst, size, s, n->text_len);
        return 0;
}

/* A list of texts; one text counts as a list of one. */
int rule_value_list(char ***ret, size_t *ret_n, const struct node *n, struct ruleset_error *reterr)
{
        size_t count = n->type == NODE_SEQUENCE ? n->count : 1, i = 0;
        char **list = calloc(count + 1, sizeof(*list));

        if (!list)
                return -ENOMEM;
        int r = 0;
        NODE_ITEMS(item, n)
        {
                r = rule_value_string(&list[i], item, reterr);
                if (r < 0)
                        break;
                i++;
        }
        if (r < 0) {
                for (size_t k = 0; k < i; k++)
                        free(list[k]);
                free(list);
                return r;
        }
        *ret = list;
        *ret_n = i;
        return 0;
}

void rule_value_list_free(char **list, size_t n)
{
        for (size_t i = 0; i < n; i++)
                free(list[i]);
        free(list);
}

int rule_value_enum(int *ret, const struct node *n, int (*from_string)(const char *),
                    const char *(*to_string)(int), int max, struct ruleset_error *reterr)
{
        const char *s = node_text(n), *names[256];
        int value = s ? from_string(s) : -EINVAL;

        if (value >= 0) {
                *ret = value;
                return 0;
        }
        for (int i = 0; i < max; i++)
                names[i] = to_string(i);
        char text[256];
        return rule_value_error(reterr, n, "'%.60s' is no %s%s", s ?: "", n->key ?: "kind",
                                hint(text, s, names, (size_t)max));
}

int rule_value_number(double *ret, const struct node *n, double min, double max,
                      struct ruleset_error *reterr)
{
        double value;

        if (!node_number(n, &value) || value < min || value > max)
                return rule_value_error(reterr, n, "'%s' takes a number from %g to %g", n->key, min,
                                        max);
        *ret = value;
        return 0;
}
