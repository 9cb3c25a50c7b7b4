/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading HEAD, logs/HEAD, packed-refs and config of a repository, strictly and without memory of its own.
 * Does not own: opening them (daemon/repositories.c), what of it may be shown (inspect/repository.c).
 */
#include "detectors/git-state.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"
#include "common/base/text.h"

#define HEADS "refs/heads/"

/* A line, or what is left of the text, without its end. */
struct line {
        const char *s;
        size_t n;
};

static bool next_line(const char **at, const char *end, struct line *ret)
{
        if (*at >= end)
                return false;
        const char *newline = memchr(*at, '\n', (size_t)(end - *at));
        *ret = (struct line){*at, (size_t)((newline ?: end) - *at)};
        *at = newline ? newline + 1 : end;
        return true;
}

static bool is_hex(char c)
{
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* The length of the id that s begins with: 40 or 64, or 0. */
static size_t id_length(const char *s, size_t n)
{
        size_t k = 0;

        while (k < n && k < GIT_COMMIT_MAX && is_hex(s[k]))
                k++;
        return k == 40 || k == 64 ? k : 0;
}

/* Of zeros only: there is no commit. */
static bool is_none(const char *id, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (id[i] != '0')
                        return false;
        return true;
}

static bool take_id(const char *id, size_t n, char commit[static GIT_COMMIT_MAX])
{
        if (n == 0 || is_none(id, n))
                return false;
        memcpy(commit, id, n);
        commit[n] = '\0';
        return true;
}

/* As git-check-ref-format(1) has it, as far as it matters for who reads it. */
static bool is_ref(const char *s, size_t n)
{
        if (n == 0 || n >= GIT_BRANCH_MAX || s[0] == '/' || s[n - 1] == '/' || s[n - 1] == '.' ||
            memmem(s, n, "..", 2) || memmem(s, n, "//", 2) || memmem(s, n, "@{", 2))
                return false;
        for (size_t i = 0; i < n; i++)
                if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f || strchr("~^:?*[\\", s[i]))
                        return false;
        return text_is_printable(s, n);
}

bool git_state_head(const char *data, size_t n, char branch[static GIT_BRANCH_MAX],
                    char commit[static GIT_COMMIT_MAX])
{
        static const char ref[] = "ref: ", heads[] = HEADS;

        branch[0] = commit[0] = '\0';
        /* one line, and nothing behind it */
        while (n > 0 && (data[n - 1] == '\n' || data[n - 1] == ' '))
                n--;
        if (n == 0 || memchr(data, '\n', n))
                return false;
        size_t id = id_length(data, n);
        if (id == n)
                return take_id(data, n, commit);
        if (n < sizeof(ref) || memcmp(data, ref, sizeof(ref) - 1) != 0)
                return false;
        data += sizeof(ref) - 1;
        n -= sizeof(ref) - 1;
        if (n > sizeof(heads) - 1 && memcmp(data, heads, sizeof(heads) - 1) == 0) {
                data += sizeof(heads) - 1;
                n -= sizeof(heads) - 1;
        }
        if (!is_ref(data, n))
                return false;
        memcpy(branch, data, n);
        branch[n] = '\0';
        return true;
}

bool git_state_log(const char *data, size_t n, char commit[static GIT_COMMIT_MAX])
{
        commit[0] = '\0';
        if (n > 0 && data[n - 1] == '\n')
                n--;
        const char *newline = n > 0 ? memrchr(data, '\n', n) : NULL;
        const char *line = newline ? newline + 1 : data;
        size_t k = (size_t)(data + n - line), id = id_length(line, k);

        /* "OLD NEW who when…" */
        if (id == 0 || k < 2 * id + 2 || line[id] != ' ' || line[2 * id + 1] != ' ' ||
            id_length(line + id + 1, id) != id)
                return false;
        return take_id(line + id + 1, id, commit);
}

bool git_state_packed(const char *data, size_t n, const char *branch,
                      char commit[static GIT_COMMIT_MAX])
{
        char ref[GIT_BRANCH_MAX + sizeof(HEADS)];
        struct line line;

        commit[0] = '\0';
        (void)snprintf(ref, sizeof(ref), "%s%s", strncmp(branch, "refs/", 5) == 0 ? "" : HEADS,
                       branch);
        for (const char *at = data; next_line(&at, data + n, &line);) {
                size_t id = id_length(line.s, line.n), k = strlen(ref);

                if (id > 0 && line.n == id + 1 + k && line.s[id] == ' ' &&
                    memcmp(line.s + id + 1, ref, k) == 0)
                        return take_id(line.s, id, commit);
        }
        return false;
}

/* --- config --- */

static struct line trimmed(struct line l)
{
        while (l.n > 0 && (l.s[0] == ' ' || l.s[0] == '\t')) {
                l.s++;
                l.n--;
        }
        while (l.n > 0 && strchr(" \t\r", l.s[l.n - 1] ?: 'x'))
                l.n--;
        return l;
}

static bool is_origin(struct line l)
{
        static const char remote[] = "[remote", origin[] = "\"origin\"]";

        if (l.n < sizeof(remote) || strncasecmp(l.s, remote, sizeof(remote) - 1) != 0)
                return false;
        l = trimmed((struct line){l.s + sizeof(remote) - 1, l.n - (sizeof(remote) - 1)});
        return l.n >= sizeof(origin) - 1 && memcmp(l.s, origin, sizeof(origin) - 1) == 0;
}

/* Without quotes and the comment behind it; an escape is one character. */
static bool unquote(struct line l, char url[static GIT_URL_MAX])
{
        bool quoted = false;
        size_t n = 0;

        for (size_t i = 0; i < l.n; i++) {
                char c = l.s[i];

                if (c == '"') {
                        quoted = !quoted;
                        continue;
                }
                if (!quoted && (c == '#' || c == ';'))
                        break;
                if (c == '\\' && ++i < l.n)
                        c = l.s[i];
                if (n + 1 >= GIT_URL_MAX || c == '\0')
                        return false;
                url[n++] = c;
        }
        while (n > 0 && (url[n - 1] == ' ' || url[n - 1] == '\t'))
                n--;
        url[n] = '\0';
        return n > 0 && !quoted && text_is_printable(url, n);
}

static bool is_url(struct line l, char url[static GIT_URL_MAX])
{
        if (l.n < 4 || strncasecmp(l.s, "url", 3) != 0)
                return false;
        l = trimmed((struct line){l.s + 3, l.n - 3});
        if (l.n == 0 || l.s[0] != '=')
                return false;
        return unquote(trimmed((struct line){l.s + 1, l.n - 1}), url);
}

bool git_state_origin(const char *data, size_t n, char url[static GIT_URL_MAX])
{
        bool origin = false;
        struct line line;

        for (const char *at = data; next_line(&at, data + n, &line);) {
                line = trimmed(line);
                if (line.n > 0 && line.s[0] == '[')
                        origin = is_origin(line);
                else if (origin && is_url(line, url))
                        return true;
        }
        url[0] = '\0';
        return false;
}
