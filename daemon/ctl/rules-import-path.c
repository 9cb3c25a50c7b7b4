/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Expressions over paths as globs, as far as globs can say it: texts, any characters, alternatives
 * of them, anchors at both ends. Everything else is refused, rather than guessed.
 */
#include <ctype.h>
#include <string.h>

#include "common/base/macros.h"
#include "daemon/ctl/rules-import.h"

#define GLOBS_MAX 32u
#define GLOB_MAX 256u

/* Globs that have grown so far; all grow together. */
struct globs {
        char list[GLOBS_MAX][GLOB_MAX];
        unsigned n;
        bool failed;
};

static void grow(struct globs *g, const char *s, size_t n)
{
        for (unsigned i = 0; i < g->n; i++) {
                size_t len = strlen(g->list[i]);

                if (len + n + 1 > GLOB_MAX) {
                        g->failed = true;
                        return;
                }
                memcpy(g->list[i] + len, s, n);
                g->list[i][len + n] = '\0';
        }
}

static void grow_character(struct globs *g, char c)
{
        char escaped[2] = {'\\', c};
        bool special = strchr("*?[\\", c) != NULL;

        grow(g, special ? escaped : escaped + 1, special ? 2 : 1);
}

/* Each glob with each alternative; an alternative is a text. *p is behind "(" or "(?:". */
static void grow_alternatives(struct globs *g, const char **p)
{
        struct globs before = *g;

        g->n = 0;
        for (;;) {
                struct globs one = before;

                while (**p && !strchr("|)", **p)) {
                        if (**p == '\\' && ispunct((unsigned char)(*p)[1]))
                                (*p)++;
                        else if (strchr("\\.+*?([]{}^$", **p))
                                one.failed = true;
                        grow_character(&one, *(*p)++);
                }
                if (one.failed || g->n + one.n > GLOBS_MAX || **p == '\0') {
                        g->failed = true;
                        return;
                }
                memcpy(&g->list[g->n], one.list, one.n * sizeof(one.list[0]));
                g->n += one.n;
                if (*(*p)++ == ')')
                        return;
        }
}

static bool take(const char **p, const char *word)
{
        size_t n = strlen(word);

        if (strncmp(*p, word, n) != 0)
                return false;
        *p += n;
        return true;
}

/* What stands for any characters. */
static bool grow_any(struct globs *g, const char **p)
{
        if (take(p, ".*?") || take(p, ".+?") || take(p, ".*") || take(p, ".+"))
                grow(g, "**", 2);
        else if (take(p, "[^/]*") || take(p, "[^/]+") || take(p, "\\w+") || take(p, "\\w*"))
                grow(g, "*", 1);
        else
                return false;
        return true;
}

static void grow_one(struct globs *g, const char **p)
{
        if (grow_any(g, p))
                return;
        if (take(p, "(?:") || take(p, "(")) {
                grow_alternatives(g, p);
        } else if (**p == '\\' && ispunct((unsigned char)(*p)[1])) {
                grow_character(g, (*p)[1]);
                *p += 2;
        } else if (**p == '.') {
                grow(g, "?", 1);
                (*p)++;
        } else if (strchr("\\+*?)|[]{}^$", **p)) {
                g->failed = true;
        } else {
                grow_character(g, *(*p)++);
        }
        /* a repetition of what was taken */
        if (**p && strchr("*+?{", **p))
                g->failed = true;
}

static bool is_end(const char *p)
{
        return *p == '\0' || strcmp(p, "$") == 0 || strcmp(p, "\\z") == 0;
}

bool rules_import_globs(const char *go, struct texts *ret)
{
        _cleanup_free_ struct globs *g = calloc(1, sizeof(*g));
        const char *p = go;

        if (!g) {
                ret->no_memory = true;
                return false;
        }
        g->n = 1;
        (void)take(&p, "(?i)");
        /* a glob begins at a name; so does one behind a slash */
        if (!take(&p, "(^|/)") && !take(&p, "(?:^|/)") && !take(&p, "(?:^|\\/)") &&
            !take(&p, "^") && !take(&p, "/") && !take(&p, "\\/"))
                if (!grow_any(g, &p))
                        grow(g, "*", 1);
        while (!is_end(p) && !g->failed)
                grow_one(g, &p);
        if (*p == '\0' && !g->failed)
                grow(g, "**", 2);
        for (unsigned i = 0; i < g->n && !g->failed; i++)
                texts_add(ret, g->list[i], strlen(g->list[i]));
        return !g->failed;
}
