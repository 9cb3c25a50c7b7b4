/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: telling where a file of the command line stands: in which workspace, below which directory.
 *
 * A suppression's path is relative to a workspace. People scan a workspace from inside, one of its
 * folders, or a clone that is in no workspace; the names that could be meant are found here once.
 */
#include "daemon/ctl/place.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/text.h"

/* A link is scanned as a link: only the directory that holds it is resolved. */
static bool resolve_link(const char *root, char dst[static PATH_MAX])
{
        char parent[PATH_MAX], resolved[PATH_MAX];
        const char *slash = strrchr(root, '/'), *name = slash ? slash + 1 : root;

        if (!slash)
                (void)text_copy(parent, sizeof(parent), ".");
        else if (snprintf(parent, sizeof(parent), "%.*s/", (int)(slash - root), root) >= PATH_MAX)
                return false;
        if (!realpath(parent, resolved))
                return false;
        int n = snprintf(dst, PATH_MAX, "%s/%s", strcmp(resolved, "/") == 0 ? "" : resolved, name);
        return n > 0 && n < PATH_MAX;
}

void place_root(struct place *p, const char *root)
{
        struct stat st;

        *p = (struct place){.given = ""};
        if (!getcwd(p->working, sizeof(p->working)))
                p->working[0] = '\0';
        bool is_link = lstat(root, &st) == 0 && S_ISLNK(st.st_mode);
        if (is_link ? !resolve_link(root, p->root) : !realpath(root, p->root))
                p->root[0] = '\0';
}

size_t place_in_pattern(const char *pattern, const char *path)
{
        const char *end = path;
        char prefix[2 * PATH_MAX];

        /* as many names as the pattern has */
        for (const char *s = pattern; *s; s++)
                if (*s == '/') {
                        if (*end != '/')
                                return 0;
                        end += 1 + strcspn(end + 1, "/");
                }
        size_t n = (size_t)(end - path);
        if (n == 0 || n >= sizeof(prefix))
                return 0;
        memcpy(prefix, path, n);
        prefix[n] = '\0';
        return fnmatch(pattern, prefix, FNM_PATHNAME | FNM_PERIOD) == 0 ? n : 0;
}

/* The rest of path below directory, or NULL. */
static const char *below(const char *directory, const char *path)
{
        size_t n = strlen(directory);

        if (n == 0 || strncmp(directory, path, n) != 0)
                return NULL;
        if (n > 1 && path[n] != '/')
                return NULL;
        path += n;
        path += strspn(path, "/");
        return *path ? path : NULL;
}

void place_file(struct place *p, const struct config *config, const char *root, const char *path,
                const char *given)
{
        const char *rest = path + strlen(root);
        size_t best = 0;

        p->given = given;
        p->here = p->inside = NULL;
        p->workspace = NULL;
        if (p->root[0] == '\0')
                return;
        rest += strspn(rest, "/");
        (void)snprintf(p->absolute, sizeof(p->absolute), "%s%s%s", p->root,
                       *rest && strcmp(p->root, "/") != 0 ? "/" : "", rest);
        p->here = below(p->working, p->absolute);
        for (size_t i = 0; config && i < config->n_workspaces; i++) {
                size_t n = place_in_pattern(config->workspaces[i].pattern, p->absolute);

                if (n <= best || p->absolute[n] != '/')
                        continue;
                best = n;
                p->inside = p->absolute + n + 1;
                p->workspace = &config->workspaces[i];
        }
}

const char *place_best(const struct place *p)
{
        return p->inside ? p->inside : p->here ? p->here : p->given;
}

void place_agent(const struct place *p, char *dst, size_t size)
{
        const char *captures[9], *glob = p->workspace->pattern;
        char path[2 * PATH_MAX];
        unsigned n = 0;

        (void)text_copy(path, sizeof(path), p->absolute);
        for (char *name = path; *name && *glob && n < ELEMENTSOF(captures);) {
                size_t n_glob = strcspn(glob, "/"), n_name = strcspn(name, "/");
                bool more = name[n_name] != '\0';

                name[n_name] = '\0';
                if (strcspn(glob, "*?[") < n_glob)
                        captures[n++] = name;
                name += n_name + more;
                glob += n_glob + (glob[n_glob] == '/');
        }
        config_agent_name(p->workspace, captures, n, dst, size);
}
