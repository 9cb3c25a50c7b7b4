/* SPDX-FileCopyrightText: giad maintainers */
/* Parse, read and classify any bytes under a name that the first byte chooses: nothing may be read
 * outside the input, and evidence stays printable. */
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/classify.h"
#include "detectors/formats/format.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct subject s = {.mode = 0100644};
        struct lexer *lexer = NULL;
        struct doc *doc = NULL;
        struct doc_error error;
        char evidence[96], again[4 * sizeof(evidence)];

        if (size == 0)
                return 0;
        s.path = fuzz_names[data[0] % fuzz_n_names];
        s.data = (const char *)data + 1;
        s.size = size - 1;
        const struct format *format = classify_format(s.path, s.data, s.size);
        if (format && doc_new(&doc, &DOC_LIMITS_DEFAULT) == 0) {
                (void)format->parse(doc, s.data, s.size, &error);
                s.doc = doc;
                s.format = format->name;
        }
        if (lexer_language(s.path) != LANGUAGE_NONE &&
            lexer_read(&lexer, lexer_language(s.path), s.data, s.size, NULL) == 0)
                s.source = lexer_source(lexer);
        enum artefact_kind kind = classify(&s, evidence, sizeof(evidence));
        if (kind >= _ARTEFACT_MAX || (kind == ARTEFACT_NONE) != (evidence[0] == '\0') ||
            strcmp(evidence, text_printable(again, sizeof(again), evidence, strlen(evidence))) != 0)
                abort();
        if (lexer)
                (void)lexer_free(lexer);
        (void)doc_free(doc);
        return 0;
}
