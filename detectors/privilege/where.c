/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what the `where` entries of the tree and the call matcher have in common: words, yes-or-no
 * keys, regular expressions, and errors with a place. Does not own: what a test is asked of.
 * Regular expressions run without JIT (the scanner maps nothing executable) and with limits:
 * reaching one is "unknown".
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "detectors/privilege/where.h"

#include <pcre2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int where_error(struct ruleset_error *reterr, const struct node *n, const char *fmt, ...)
{
        va_list ap;

        reterr->line = n->line;
        reterr->column = n->column;
        va_start(ap, fmt);
        if (vsnprintf(reterr->message, sizeof(reterr->message), fmt, ap) < 0)
                reterr->message[0] = '\0';
        va_end(ap);
        return -EBADMSG;
}

int where_words_new(struct where_words *ret, const struct node *config,
                    struct ruleset_error *reterr)
{
        if (ret->v)
                return where_error(reterr, config, "this is given twice");
        ret->v = calloc(config->count > 0 ? config->count : 1, sizeof(*ret->v));
        if (!ret->v)
                return -ENOMEM;
        NODE_ITEMS(item, config)
        {
                const char *text = item->type == NODE_NULL ? "null" : node_text(item);
                if (!text)
                        return where_error(reterr, item, "a scalar is expected here");
                ret->v[ret->n] = strdup(text);
                if (!ret->v[ret->n++])
                        return -ENOMEM;
        }
        return ret->n > 0 ? 0 : where_error(reterr, config, "an empty list holds for nothing");
}

void where_words_done(struct where_words *w)
{
        for (size_t i = 0; i < w->n; i++)
                free(w->v[i]);
        free(w->v);
        *w = (struct where_words){0};
}

bool where_words_have(const struct where_words *w, const char *text)
{
        for (size_t i = 0; i < w->n; i++)
                if (strcasecmp(w->v[i], text) == 0)
                        return true;
        return false;
}

int where_ask_new(enum where_ask *ret, const struct node *config, struct ruleset_error *reterr)
{
        int truth = node_truth(config);

        if (truth < 0)
                return where_error(reterr, config, "true or false is expected here");
        *ret = truth ? ASK_TRUE : ASK_FALSE;
        return 0;
}

#define MATCH_LIMIT 200000u
#define DEPTH_LIMIT 2000u
#define HEAP_LIMIT_KIB 4096u

struct where_regex {
        pcre2_code *code;
        char *text;
};

int where_regex_new(struct where_regex **ret, const struct node *config,
                    struct ruleset_error *reterr)
{
        const char *text = node_text(config);
        PCRE2_UCHAR message[120];
        PCRE2_SIZE offset;
        int code;

        if (!text)
                return where_error(reterr, config, "a regular expression is expected here");
        struct where_regex *re = calloc(1, sizeof(*re));
        if (!re)
                return -ENOMEM;
        re->text = strdup(text);
        re->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, 0, &code, &offset, NULL);
        if (!re->code || !re->text) {
                bool no_memory = re->code || code == PCRE2_ERROR_HEAP_FAILED;

                (void)where_regex_free(re);
                if (no_memory)
                        return -ENOMEM;
                (void)pcre2_get_error_message(code, message, sizeof(message));
                return where_error(reterr, config, "regular expression, at %zu: %s", (size_t)offset,
                                   (const char *)message);
        }
        (void)where_regex_free(*ret);
        *ret = re;
        return 0;
}

struct where_regex *where_regex_free(struct where_regex *re)
{
        if (!re)
                return NULL;
        pcre2_code_free(re->code);
        free(re->text);
        free(re);
        return NULL;
}

const char *where_regex_text(const struct where_regex *re)
{
        return re->text;
}

/* As pcre2_match(): how many groups there are with the whole match, or negative. */
static int match(const struct where_regex *re, const char *text, size_t n, size_t at,
                 pcre2_match_data *data)
{
        pcre2_match_context *context = pcre2_match_context_create(NULL);
        int r = PCRE2_ERROR_NOMEMORY;

        if (context && data) {
                (void)pcre2_set_match_limit(context, MATCH_LIMIT);
                (void)pcre2_set_depth_limit(context, DEPTH_LIMIT);
                (void)pcre2_set_heap_limit(context, HEAP_LIMIT_KIB);
                r = pcre2_match(re->code, (PCRE2_SPTR)text, n, at, PCRE2_NO_JIT, data, context);
        }
        pcre2_match_context_free(context);
        return r;
}

enum trilean where_regex_test(const struct where_regex *re, const char *text, size_t n)
{
        pcre2_match_data *data = pcre2_match_data_create(1, NULL);
        int r = match(re, text, n, 0, data);

        pcre2_match_data_free(data);
        if (r == PCRE2_ERROR_NOMATCH)
                return TRILEAN_NO;
        return r >= 0 ? TRILEAN_YES : TRILEAN_UNKNOWN;
}

bool where_regex_find(const struct where_regex *re, const char *text, size_t n, size_t *at,
                      size_t *ret_from, size_t *ret_n)
{
        pcre2_match_data *data = pcre2_match_data_create_from_pattern(re->code, NULL);
        int r = *at <= n ? match(re, text, n, *at, data) : PCRE2_ERROR_NOMATCH;

        if (r > 0) {
                const PCRE2_SIZE *span = pcre2_get_ovector_pointer(data);
                bool group = r > 1 && span[2] != PCRE2_UNSET;

                *ret_from = span[group ? 2 : 0];
                *ret_n = span[group ? 3 : 1] - *ret_from;
                *at = span[1] > *at ? span[1] : *at + 1;
        }
        pcre2_match_data_free(data);
        return r > 0;
}
