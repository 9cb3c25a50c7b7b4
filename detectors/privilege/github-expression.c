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

#include "common/base/text.h"
#include "detectors/privilege/github-workflow.h"

/* The inside of the next ${{ … }} in text[0..n); *ret_end is behind it. NULL: there is none. */
static const char *next_expression(const char *text, size_t n, size_t *ret_len,
                                   const char **ret_end)
{
        const char *begin = memmem(text, n, "${{", 3);
        if (!begin)
                return NULL;
        begin += 3;
        const char *end = memmem(begin, n - (size_t)(begin - text), "}}", 2);
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

/* Copies the dotted name at s (at most n bytes) in lower case; a subscript counts as a part, and
 * ['x'] is read as .x. Returns how much of s was read. */
static size_t read_name(const char *s, size_t n, char *dst, size_t size)
{
        size_t i = 0, used = 0;

        while (i < n && used + 2 < size) {
                bool quoted = i > 0 && s[i] == '[' && i + 1 < n && s[i + 1] == '\'';

                if (quoted) {
                        dst[used++] = '.';
                        i += 2;
                } else if (i + 1 < n && i > 0 && s[i] == '\'' && s[i + 1] == ']')
                        i += 2;
                else if (in_name(s[i]))
                        dst[used++] = (char)tolower((unsigned char)s[i++]);
                else
                        break;
        }
        dst[used] = '\0';
        return i;
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
                if (text_ends_with(name, tails[i]))
                        return true;
        return strncmp(name, "github.event.authors.", 21) == 0 && text_ends_with(name, ".name");
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

static bool untrusted_in(const char *s, size_t n, const struct expression_scope *scope, char *ret,
                         size_t size)
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
                i += len;
                if (!whole && is_untrusted(name)) {
                        (void)snprintf(ret, size, "%s", name);
                        return true;
                }
                if (expression_name_untrusted(name, scope, ret, size))
                        return true;
        }
        return false;
}

bool expression_untrusted(const char *text, size_t n, const struct expression_scope *scope,
                          char *ret, size_t size)
{
        const char *end = text, *e;
        size_t len;

        while ((e = next_expression(end, n - (size_t)(end - text), &len, &end)))
                if (untrusted_in(e, len, scope, ret, size))
                        return true;
        return false;
}

bool expression_all_secrets(const char *text)
{
        size_t len;
        const char *end = text;

        for (const char *e; (e = next_expression(end, strlen(end), &len, &end));)
                for (size_t i = 0; i + 7 <= len; i++) {
                        if (strncasecmp(e + i, "secrets", 7) != 0 || (i > 0 && in_name(e[i - 1])))
                                continue;
                        char after = i + 7 < len ? e[i + 7] : '\0';
                        if (after == ')' || (after == '[' && i + 8 < len && e[i + 8] != '\''))
                                return true;
                }
        return false;
}

/* github.actor == 'x[bot]', either way round; github['actor_id'] == 49699333: accounts have ids. */
static bool compares_with_bot(const char *before, const char *after, bool id)
{
        static const char reversed[] = "[bot]'";
        const size_t k = sizeof(reversed) - 1;
        const char *rest = after + strspn(after, " ");

        if (rest[0] == '=' && rest[1] == '=') {
                rest += 2 + strspn(rest + 2, " '");
                return id ? isdigit((unsigned char)*rest) : strstr(rest, "[bot]'") != NULL;
        }
        const char *equals = memmem(before, (size_t)(after - before), reversed, k);
        return equals && equals[k + strspn(equals + k, " ")] == '=';
}

bool expression_trusts_bot(const char *text)
{
        static const char *const names[] = {"github.actor", "github.triggering_actor",
                                            "github.actor_id"};
        size_t n = strlen(text);

        for (size_t i = 0; i < n;) {
                char name[64];
                size_t len = read_name(text + i, n - i, name, sizeof(name));

                i += MAX_OF(len, (size_t)1);
                for (size_t k = 0; k < ELEMENTSOF(names); k++)
                        if (strcmp(name, names[k]) == 0 &&
                            compares_with_bot(text, text + i, k == 2))
                                return true;
        }
        return false;
}
