/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Owns: the regular expressions of the call matcher. Does not own: what they are held against.
 * They run without JIT, since the scanner maps nothing executable, and with limits on steps, depth
 * and heap; an expression that reaches one has no answer.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "detectors/privilege/call-test.h"

#define MATCH_LIMIT 200000u
#define DEPTH_LIMIT 2000u
#define HEAP_LIMIT_KIB 4096u

int call_regex_new(struct call_regex **ret, const struct node *config, struct ruleset_error *reterr)
{
        const char *text = node_text(config);
        PCRE2_UCHAR message[120];
        PCRE2_SIZE offset;
        int code;

        if (!text)
                return predicate_error(reterr, config, "a regular expression is expected here");
        pcre2_code *re =
                pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, 0, &code, &offset, NULL);
        if (!re) {
                (void)pcre2_get_error_message(code, message, sizeof(message));
                return predicate_error(reterr, config, "regular expression, at %zu: %s",
                                       (size_t)offset, (const char *)message);
        }
        (void)call_regex_free(*ret);
        *ret = (struct call_regex *)re;
        return 0;
}

struct call_regex *call_regex_free(struct call_regex *re)
{
        pcre2_code_free((pcre2_code *)re);
        return NULL;
}

enum trilean call_regex_test(const struct call_regex *re, const char *text, size_t n)
{
        pcre2_match_context *context = pcre2_match_context_create(NULL);
        pcre2_match_data *data = pcre2_match_data_create(1, NULL);
        enum trilean answer = TRILEAN_UNKNOWN;

        if (context && data) {
                (void)pcre2_set_match_limit(context, MATCH_LIMIT);
                (void)pcre2_set_depth_limit(context, DEPTH_LIMIT);
                (void)pcre2_set_heap_limit(context, HEAP_LIMIT_KIB);
                int r = pcre2_match((const pcre2_code *)re, (PCRE2_SPTR)text, n, 0, PCRE2_NO_JIT,
                                    data, context);
                if (r >= 0 || r == PCRE2_ERROR_NOMATCH)
                        answer = r >= 0 ? TRILEAN_YES : TRILEAN_NO;
        }
        pcre2_match_data_free(data);
        pcre2_match_context_free(context);
        return answer;
}
