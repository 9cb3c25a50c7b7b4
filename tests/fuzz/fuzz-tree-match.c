/* SPDX-FileCopyrightText: giad maintainers */
/* Any matcher over any document: the input is a YAML mapping of a `tree:` matcher, a line "%%", and
 * a document. */
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/format.h"
#include "detectors/formats/key-index.h"
#include "detectors/privilege/matchers.h"
#include "detectors/privilege/reporter.h"
#include "detectors/privilege/tree-path.h"
#include "tests/fuzz/fuzz.h"

static const struct rule rule = {.id = "fuzz", .title = "fuzz", .class = CLASS_IAM_ADMIN_POLICY};
static const uint8_t key[32];
static struct scan_result result;

static struct doc *parse(const char *name, const char *data, size_t n)
{
        struct doc_error error;
        struct doc *doc;

        if (doc_new(&doc, &DOC_LIMITS_DEFAULT) < 0)
                return NULL;
        (void)format_by_name(name)->parse(doc, data, n, &error);
        return doc;
}

/* What is found must be found as well by who asks for the document's names first (rule-plan.h). */
static void check_names(const struct tree_match *m, struct doc *doc)
{
        uint16_t names[4];
        bool if_known, any = false;
        struct key_set keys;
        unsigned n = tree_match_names(m, names, ELEMENTSOF(names), &if_known);

        if (n == 0 || !doc_root(doc) || (if_known && !tree_doc_known(doc)))
                return;
        doc_key_set(doc, &keys);
        for (unsigned i = 0; i < n; i++)
                any |= key_set_has(&keys, names[i]);
        if (!any && result.n_findings > 0)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const formats[] = {"yaml", "json", "hcl"};
        const uint8_t *mark = memmem(data, size, "\n%%\n", 4);
        struct ruleset_error error = {0};
        struct tree_match *m = NULL;
        struct reporter reporter;

        if (!mark || size > 20000)
                return 0;
        const char *text = (const char *)mark + 4;
        size_t n = size - (size_t)(mark - data) - 4;
        struct doc *config = parse("yaml", (const char *)data, (size_t)(mark - data));
        if (config && doc_root(config) && tree_match_new(&m, doc_root(config), &error) == 0) {
                struct subject s = {.path = "a", .data = text, .size = n};

                for (size_t i = 0; i < ELEMENTSOF(formats); i++) {
                        memset(&result, 0, offsetof(struct scan_result, findings));
                        s.format = formats[i];
                        s.doc = parse(formats[i], text, n);
                        reporter_init(&reporter, &result, NULL, &s, key);
                        tree_match_run(m, &rule, &s, &reporter);
                        for (uint32_t k = 0; k < result.n_findings; k++)
                                if (!finding_valid(&result.findings[k]))
                                        abort();
                        check_names(m, s.doc);
                        (void)doc_free(s.doc);
                }
        }
        (void)tree_match_free(m);
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
