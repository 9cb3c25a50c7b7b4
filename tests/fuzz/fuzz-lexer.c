/* SPDX-FileCopyrightText: giad maintainers */

/*
 * The lexical reader on arbitrary bytes: the first one selects the language, the rest is the file.
 * What comes out is walked, so that a value with a wild pointer or text without end is found too.
 */

#include <stdlib.h>
#include <string.h>

#include "detectors/source/lexer.h"
#include "tests/fuzz/fuzz.h"

static size_t walk(const struct value *v, size_t n, unsigned depth)
{
        size_t seen = 0;

        for (; v; v = v->next) {
                if (v->offset + v->length > n || (v->key && strlen(v->key) > n + 8) ||
                    strlen(v->text) > n + 8 + 4096)
                        abort();
                seen += 1 + (depth ? walk(v->first, n, depth - 1) : 0);
        }
        return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const struct lexer_limits limits = {.depth = 24, .nodes = 5000, .bytes = 4 << 20};
        struct lexer *l = NULL;

        if (size < 1)
                return 0;
        enum language language = (enum language)(data[0] % _LANGUAGE_MAX);
        size_t n = size - 1;
        char *copy = malloc(n ? n : 1); /* so that a byte too far is one */
        if (!copy)
                return 0;
        memcpy(copy, data + 1, n);
        (void)lexer_read(&l, language, copy, n, &limits);
        if (l) {
                for (const struct call *c = lexer_source(l)->calls; c; c = c->next) {
                        if (c->offset + c->length > n || strlen(c->callee) > 256)
                                abort();
                        (void)walk(c->args, n, 8);
                        (void)call_keyword(c, "secure");
                        (void)call_positional(c, 1);
                        (void)callee_matches(c->callee, "*.set*cookie");
                }
                for (const struct assignment *a = lexer_source(l)->assignments; a; a = a->next)
                        (void)walk(a->value, n, 8);
        }
        lexer_free(l);
        free(copy);
        return 0;
}
