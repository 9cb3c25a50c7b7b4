/* SPDX-FileCopyrightText: giad maintainers */
/* Any matcher over any source: the input is a YAML mapping of a `call:` matcher, a line "%%", a
 * byte that chooses the language, and the source. */
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/format.h"
#include "detectors/privilege/matchers.h"
#include "detectors/privilege/reporter.h"
#include "detectors/source/lexer.h"
#include "tests/fuzz/fuzz.h"

static const struct rule rule = {.id = "fuzz", .title = "fuzz", .class = CLASS_IAM_ADMIN_POLICY};
static const uint8_t key[32];
static struct scan_result result;

static void run(const struct call_match *m, enum language language, const char *text, size_t n)
{
        struct subject s = {.path = "a", .data = text, .size = n};
        struct reporter reporter;
        struct lexer *lexer = NULL;

        (void)lexer_read(&lexer, language, text, n, NULL);
        if (!lexer)
                return;
        s.source = lexer_source(lexer);
        memset(&result, 0, offsetof(struct scan_result, findings));
        reporter_init(&reporter, &result, NULL, &s, key);
        call_match_run(m, &rule, &s, &reporter);
        for (uint32_t i = 0; i < result.n_findings; i++)
                if (!finding_valid(&result.findings[i]))
                        abort();
        (void)lexer_free(lexer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const uint8_t *mark = memmem(data, size, "\n%%\n", 4);
        struct ruleset_error error = {0};
        struct doc_error doc_error;
        struct call_match *m = NULL;
        struct doc *config = NULL;

        if (!mark || (size_t)(mark - data) + 5 > size)
                return 0;
        size_t n = (size_t)(mark - data);
        if (doc_new(&config, &DOC_LIMITS_DEFAULT) < 0)
                return 0;
        (void)format_yaml.parse(config, (const char *)data, n, &doc_error);
        if (doc_root(config) && call_match_new(&m, doc_root(config), &error) == 0)
                run(m, (enum language)(mark[4] % _LANGUAGE_MAX), (const char *)mark + 5,
                    size - n - 5);
        else if (doc_root(config) && !error.message[0])
                abort(); /* refused without a word why */
        (void)call_match_free(m);
        (void)doc_free(config);
        return 0;
}

/* report.c asks for it only on behalf of analysers. */
const struct rule_check *ruleset_checks(const struct ruleset *rs, size_t *ret_n)
{
        (void)rs;
        *ret_n = 0;
        return NULL;
}
