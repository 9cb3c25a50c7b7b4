/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: references that are written ${…} in the strings of a YAML file.
 * Does not own: which nodes are looked at (resolve.c).
 *
 *   ${self:custom.role}, ${self:custom.x, 'fallback'}, ${opt:stage, 'dev'}, ${env:X, 'y'}  Serverless
 *   ${NAME:-fallback}, ${NAME-fallback}                                                    Compose
 *
 * A fallback is what is meant where nobody says otherwise.
 * Source: Serverless Framework's guide "Variables"; Compose specification, "Interpolation".
 */
#include "detectors/formats/resolve-words.h"

#include <ctype.h>
#include <string.h>

#include "common/base/macros.h"

#define PATH_MAX_LENGTH 256u
#define DEPTH_MAX 8u

bool resolve_words_fits(const struct node *root)
{
        bool serverless = node_get(root, "service") && node_get(root, "provider");
        const struct node *services = node_get(root, "services");

        return serverless || (services && services->type == NODE_MAPPING);
}

static const char *trim(const char *s, size_t *n)
{
        while (*n > 0 && isspace((unsigned char)*s)) {
                s++;
                --*n;
        }
        while (*n > 0 && isspace((unsigned char)s[*n - 1]))
                --*n;
        return s;
}

/* 'x' and "x" without their quotes. */
static struct node *literal(struct resolver *r, const struct node *at, const char *s, size_t n)
{
        s = trim(s, &n);
        if (n >= 2 && (s[0] == '\'' || s[0] == '"') && s[n - 1] == s[0]) {
                s++;
                n -= 2;
        }
        return memchr(s, '$', n) ? NULL : resolve_string(r, at, s, n);
}

static const struct node *in_self(struct resolver *r, const char *path, size_t n)
{
        const struct node *value = doc_root(r->doc);
        char name[PATH_MAX_LENGTH];

        while (value && n > 0) {
                const char *dot = memchr(path, '.', n);
                size_t k = dot ? (size_t)(dot - path) : n;

                if (k >= sizeof(name))
                        return NULL;
                memcpy(name, path, k);
                name[k] = '\0';
                value = resolve_get(r, value, name);
                path += k + (dot != NULL);
                n -= k + (dot != NULL);
        }
        return value && value->type != NODE_NULL ? value : NULL;
}

/* What ${s[0..n)} stands for. */
static const struct node *meaning(struct resolver *r, const struct node *at, const char *s,
                                  size_t n)
{
        const char *comma = memchr(s, ',', n), *fallback = NULL;
        size_t name = comma ? (size_t)(comma - s) : n;

        if (comma)
                fallback = comma + 1;
        s = trim(s, &name);
        if (name > 5 && memcmp(s, "self:", 5) == 0) {
                const struct node *value = in_self(r, s + 5, name - 5);

                if (value)
                        return value;
        } else if (!memchr(s, ':', name) || memmem(s, name, ":-", 2)) {
                /* a variable of the environment */
                const char *dash = memchr(s, '-', name);

                return dash ? literal(r, at, dash + 1, (size_t)(s + n - dash - 1)) : NULL;
        }
        return fallback ? literal(r, at, fallback, (size_t)(s + n - fallback)) : NULL;
}

/* What a name refers to may be a reference itself. */
static const struct node *piece(struct resolver *r, const struct node *n, const char *s,
                                size_t size)
{
        const struct node *value = meaning(r, n, s, size);

        for (unsigned i = 0; value && value->text && memmem(value->text, value->text_len, "${", 2);
             i++) {
                bool whole = value->text_len > 3 && value->text[0] == '$' &&
                             value->text[1] == '{' &&
                             memchr(value->text, '}', value->text_len) ==
                                     value->text + value->text_len - 1;

                if (!whole || i == DEPTH_MAX)
                        return NULL;
                value = meaning(r, n, value->text + 2, value->text_len - 3);
        }
        return value;
}

bool resolve_words(struct resolver *r, struct node *n)
{
        static const struct resolve_marks marks = {.open = "${", .close = "}", .nested = true};

        return resolve_become(r, n, resolve_text(r, n, &marks, piece));
}
