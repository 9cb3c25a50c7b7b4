/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Any document through every analyser: the first byte says which format the rest is read as. What
 * is checked: no analyser reads what is not there, whatever the shape of the tree, and every report
 * has a place and a text.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "detectors/formats/format.h"
#include "detectors/privilege/analyser.h"
#include "tests/fuzz/fuzz.h"

struct reporter {
        unsigned reports;
};

extern const struct analyser analyser_aws_iam, analyser_k8s_rbac, analyser_github_workflow,
        analyser_shared_identity, analyser_file_mode, analyser_openapi_security;

void report_check(struct reporter *r, const struct analyser *a, const char *check, struct spot at,
                  enum certainty certainty, int severity_delta, const char *identity,
                  const char *detail, ...)
{
        char text[512];
        va_list ap;

        (void)a;
        (void)certainty;
        (void)severity_delta;
        va_start(ap, detail);
        int n = vsnprintf(text, sizeof(text), detail, ap);
        va_end(ap);
        if (n <= 0 || at.line == 0 || !check[0] || (identity && !identity[0]))
                abort();
        r->reports++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const formats[] = {"json", "yaml", "hcl"};
        static const struct analyser *const analysers[] = {
                &analyser_aws_iam,         &analyser_k8s_rbac,  &analyser_github_workflow,
                &analyser_shared_identity, &analyser_file_mode, &analyser_openapi_security};
        struct doc *doc = NULL;
        struct doc_error error;
        struct reporter r = {0};

        if (size < 1 || doc_new(&doc, &DOC_LIMITS_DEFAULT) < 0)
                return 0;
        const struct format *format = format_by_name(formats[data[0] % 3]);
        (void)format->parse(doc, (const char *)data + 1, size - 1, &error);
        struct subject s = {.path = "x",
                            .mode = 0100644,
                            .data = (const char *)data + 1,
                            .size = size - 1,
                            .format = format->name,
                            .doc = doc};
        for (size_t i = 0; i < sizeof(analysers) / sizeof(analysers[0]); i++)
                analysers[i]->run(&s, &r);
        (void)doc_free(doc);
        return 0;
}
