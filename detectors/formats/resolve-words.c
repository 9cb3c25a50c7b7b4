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
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"

#define TEXT_MAX ((size_t)16 << 10)
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

/* The brace that closes the one before s; NULL if none does. */
static const char *closing(const char *s, const char *end)
{
        unsigned open = 1;

        for (; s < end; s++)
                if (*s == '{')
                        open++;
                else if (*s == '}' && --open == 0)
                        return s;
        return NULL;
}

static const struct node *mixed(struct resolver *r, const struct node *n)
{
        _cleanup_free_ char *text = malloc(TEXT_MAX);
        const char *s = n->text, *end = s + n->text_len;
        size_t used = 0;

        while (text && s < end) {
                const char *next = memmem(s, (size_t)(end - s), "${", 2), *piece = s;
                size_t k = (size_t)((next ? next : end) - s);

                if (next == s) {
                        const char *close = closing(s + 2, end);
                        const struct node *value =
                                close ? meaning(r, n, s + 2, (size_t)(close - s - 2)) : NULL;

                        if (!value || !node_text(value) ||
                            memchr(value->text, '$', value->text_len))
                                return NULL;
                        piece = value->text;
                        k = value->text_len;
                        s = close + 1;
                } else
                        s += k;
                if (used + k > TEXT_MAX)
                        return NULL;
                memcpy(text + used, piece, k);
                used += k;
        }
        return text ? resolve_string(r, n, text, used) : NULL;
}

bool resolve_words(struct resolver *r, struct node *n)
{
        if (n->first || !n->text || n->text_len < 4 || !memmem(n->text, n->text_len, "${", 2))
                return false;
        const char *end = n->text + n->text_len;
        bool whole = n->text[0] == '$' && n->text[1] == '{' && closing(n->text + 2, end) == end - 1;
        const struct node *value =
                whole ? meaning(r, n, n->text + 2, n->text_len - 3) : mixed(r, n);

        for (unsigned i = 0; whole && value && value->text && i < DEPTH_MAX; i++) {
                /* what it refers to may be a reference itself */
                const char *s = value->text;

                if (value->text_len < 4 || s[0] != '$' || s[1] != '{')
                        break;
                value = meaning(r, n, s + 2, value->text_len - 3);
        }
        return value && resolve_become(r, n, value);
}
