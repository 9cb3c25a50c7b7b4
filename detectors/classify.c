/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which side of a file is asked first for the kind of artefact it is: path, document,
 * source code, text; and the small questions about names and content that these share.
 * Does not own: the answers (classify-path.c, classify-doc.c, classify-source.c,
 * classify-text.c).
 * Why this order: a path that a program will read settles what a file is, whatever is in it; a
 * parsed document says more than its text; text is for what has no tree, and for documents that
 * do not parse (Helm templates).
 */
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "common/base/text.h"
#include "detectors/classify-internal.h"

enum artefact_kind classify_say(const struct evidence *e, enum artefact_kind kind, const char *fmt,
                                ...)
{
        char text[256];
        va_list ap;

        va_start(ap, fmt);
        int n = vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        if (n >= 0 && e->size > 0)
                text_printable(e->text, e->size, text, strlen(text));
        return kind;
}

const char *classify_name(const struct subject *s)
{
        const char *slash = strrchr(s->path, '/');

        return slash ? slash + 1 : s->path;
}

bool classify_name_ends(const struct subject *s, const char *suffix)
{
        const char *name = classify_name(s);
        size_t n = strlen(name), k = strlen(suffix);

        return n >= k && strcasecmp(name + n - k, suffix) == 0;
}

size_t classify_text_size(const struct subject *s)
{
        return s->data ? MIN_OF(s->size, CLASSIFY_TEXT_MAX) : 0;
}

bool classify_has(const struct subject *s, const char *word)
{
        size_t n = classify_text_size(s);

        return n > 0 && memmem(s->data, n, word, strlen(word)) != NULL;
}

/* memmem() ignoring ASCII case; the first byte is searched for in both cases. */
static bool has_word(const char *data, size_t n, const char *word, size_t k)
{
        for (size_t i = 0; i + k <= n; i++)
                if ((data[i] | 0x20) == (word[0] | 0x20) && strncasecmp(data + i, word, k) == 0)
                        return true;
        return false;
}

bool classify_has_any(const struct subject *s, const char *words)
{
        size_t n = classify_text_size(s);

        for (;;) {
                size_t k = strcspn(words, "|");

                if (k > 0 && n > 0 && has_word(s->data, n, words, k))
                        return true;
                if (words[k] == '\0')
                        return false;
                words += k + 1;
        }
}

const struct format *classify_format(const char *path, const char *data, size_t n)
{
        return format_guess(path, data, lexer_language(path) == LANGUAGE_NONE ? n : 0);
}

enum artefact_kind classify(const struct subject *s, char *evidence, size_t evidence_size)
{
        static enum artefact_kind (*const sides[])(const struct subject *,
                                                   const struct evidence *) = {
                classify_path,
                classify_doc,
                classify_source,
                classify_text,
        };
        const struct evidence e = {.text = evidence, .size = evidence_size};

        if (evidence_size > 0)
                evidence[0] = '\0';
        for (size_t i = 0; i < ELEMENTSOF(sides); i++) {
                enum artefact_kind kind = sides[i](s, &e);

                if (kind != ARTEFACT_NONE)
                        return kind;
        }
        return ARTEFACT_NONE;
}
