/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Looks into the expressions of GitHub workflows: which of them carry text that outsiders choose.
 * No evaluation: names of contexts are enough, because an expression is pasted into a script before
 * anything could quote it.
 *
 * Which contexts outsiders write is from GitHub's documentation, "Script injections" and the
 * webhook payloads.
 */

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "detectors/privilege/github-workflow.h"

/* The inside of the next ${{ … }} at or after text; *ret_end is behind it. NULL: there is none. */
static const char *next_expression(const char *text, size_t *ret_len, const char **ret_end)
{
        const char *begin = strstr(text, "${{");
        if (!begin)
                return NULL;
        begin += 3;
        const char *end = strstr(begin, "}}");
        if (!end)
                return NULL;
        *ret_len = (size_t)(end - begin);
        *ret_end = end + 2;
        return begin;
}

static bool in_name(char c)
{
        return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.' || c == '*' ||
               c == '[' || c == ']';
}

/* Copies the dotted name at s (at most n bytes) in lower case; a subscript counts as a part.
 * Returns its length. */
static size_t read_name(const char *s, size_t n, char *dst, size_t size)
{
        size_t i = 0;
        for (; i < n && in_name(s[i]) && i + 1 < size; i++)
                dst[i] = (char)tolower((unsigned char)s[i]);
        dst[i] = '\0';
        return i;
}

static bool ends(const char *s, const char *tail)
{
        size_t n = strlen(s), m = strlen(tail);
        return n >= m && strcmp(s + n - m, tail) == 0;
}

static bool is_untrusted(const char *name)
{
        static const char *const tails[] = {
                ".title",          ".body",
                ".message",        ".head.ref",
                ".head.label",     ".head_branch",
                ".default_branch", ".page_name",
                ".author.name",    ".author.email",
                ".authors.name",   ".authors.email",
                ".committer.name", ".committer.email",
                ".display_title",  ".description",
                ".homepage",       ".head_ref",
        };
        if (strcmp(name, "github.head_ref") == 0 || strcmp(name, "github.event") == 0 ||
            strcmp(name, "github") == 0)
                return true;
        if (strncmp(name, "github.event.", 13) != 0 && strncmp(name, "github.*.", 9) != 0)
                return false;
        for (size_t i = 0; i < ELEMENTSOF(tails); i++)
                if (ends(name, tails[i]))
                        return true;
        return strncmp(name, "github.event.authors.", 21) == 0 && ends(name, ".name");
}

/* What stands between two quotes inside an expression is a word, not a name. */
static size_t skip_string(const char *s, size_t n)
{
        size_t i = 1;
        while (i < n && s[i] != '\'')
                i++;
        return MIN_OF(i + 1, n);
}

/* contains(x, 'y'), a == 'b' and the like give a truth value, whatever text they look at. */
static bool only_compares(const char *s, size_t n)
{
        static const char *const calls[] = {"contains(", "startsWith(", "endsWith("};
        size_t i = strspn(s, " !\t\n");
        for (size_t k = 0; k < ELEMENTSOF(calls); k++)
                if (i + strlen(calls[k]) < n && strncasecmp(s + i, calls[k], strlen(calls[k])) == 0)
                        return memmem(s, n, "&&", 2) == NULL && memmem(s, n, "||", 2) == NULL;
        bool compares = memmem(s, n, "==", 2) || memmem(s, n, "!=", 2);
        return compares && memmem(s, n, "&&", 2) == NULL && memmem(s, n, "||", 2) == NULL;
}

static bool untrusted_in(const char *s, size_t n, const struct node *const *env, size_t n_env,
                         char *ret, size_t size);

static bool untrusted_env(const char *name, const struct node *const *env, size_t n_env, char *ret,
                          size_t size)
{
        for (size_t i = 0; i < n_env; i++) {
                NODE_CHILDREN(value, env[i])
                {
                        if (!value->key || strcasecmp(value->key, name) != 0 || !value->text)
                                continue;
                        /* the innermost definition counts */
                        return expression_untrusted(value->text, NULL, 0, ret, size);
                }
        }
        return false;
}

static bool untrusted_in(const char *s, size_t n, const struct node *const *env, size_t n_env,
                         char *ret, size_t size)
{
        if (only_compares(s, n))
                return false;
        for (size_t i = 0; i < n;) {
                char name[128];
                if (s[i] == '\'') {
                        i += skip_string(s + i, n - i);
                        continue;
                }
                size_t len = read_name(s + i, n - i, name, sizeof(name));
                if (len == 0) {
                        i++;
                        continue;
                }
                /* the whole github context is only text after toJSON() */
                bool whole = strcmp(name, "github") == 0 && !(i > 0 && s[i - 1] == '(');
                if (!whole && is_untrusted(name)) {
                        (void)snprintf(ret, size, "%s", name);
                        return true;
                }
                if (strncmp(name, "env.", 4) == 0 && untrusted_env(name + 4, env, n_env, ret, size))
                        return true;
                i += len;
        }
        return false;
}

bool expression_untrusted(const char *text, const struct node *const *env, size_t n, char *ret,
                          size_t size)
{
        size_t len;
        const char *end = text;

        for (const char *e; (e = next_expression(end, &len, &end));)
                if (untrusted_in(e, len, env, n, ret, size))
                        return true;
        return false;
}

bool expression_all_secrets(const char *text)
{
        size_t len;
        const char *end = text;

        for (const char *e; (e = next_expression(end, &len, &end));)
                for (size_t i = 0; i + 7 <= len; i++) {
                        if (strncasecmp(e + i, "secrets", 7) != 0 || (i > 0 && in_name(e[i - 1])))
                                continue;
                        char after = i + 7 < len ? e[i + 7] : '\0';
                        if (after == ')' || (after == '[' && i + 8 < len && e[i + 8] != '\''))
                                return true;
                }
        return false;
}

bool expression_trusts_bot(const char *text)
{
        const char *actor = strcasestr(text, "github.actor");
        if (!actor)
                actor = strcasestr(text, "github.triggering_actor");
        if (!actor)
                return false;
        return strstr(text, "[bot]'") != NULL && strstr(actor, "==") != NULL;
}
