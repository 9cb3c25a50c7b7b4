/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what a path says of being read with other files, and where those are.
 * Does not own: finding and opening them (peers-open.c); what is in them (detectors/formats/resolve.h).
 */
#include "common/model/peers.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "common/model/peers-internal.h"

static bool ends_in_one_of(const char *name, const char *const *endings, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (text_ends_with(name, endings[i]))
                        return true;
        return false;
}

bool peers_is_tfvars(const char *name)
{
        return text_ends_with(name, ".tfvars") || text_ends_with(name, ".tfvars.json");
}

/* Terraform reads no hidden files. */
bool peers_is_terraform(const char *name)
{
        static const char *const endings[] = {".tf", ".tf.json", ".tofu", ".tofu.json"};

        return name[0] != '.' &&
               (ends_in_one_of(name, endings, ELEMENTSOF(endings)) || peers_is_tfvars(name));
}

bool peers_is_yaml(const char *name)
{
        static const char *const endings[] = {".yaml", ".yml", ".yaml.j2", ".yml.j2"};

        return ends_in_one_of(name, endings, ELEMENTSOF(endings));
}

bool peers_is_kustomization(const char *name)
{
        return strcmp(name, "kustomization.yaml") == 0 || strcmp(name, "kustomization.yml") == 0;
}

static bool has_one_of(const char *s, size_t n, const char *const *words, size_t n_words)
{
        for (size_t i = 0; i < n_words; i++)
                if (memmem(s, n, words[i], strlen(words[i])))
                        return true;
        return false;
}

/* "role_binding.yaml", "templates/rbac/operator.yaml" */
bool peers_is_rbac(const char *path)
{
        static const char *const names[] = {"rbac", "role", "binding"}, *const folders[] = {"rbac"};
        const char *name = peers_base(path), *own = name > path ? name - 1 : path;

        while (own > path && own[-1] != '/')
                own--;
        return peers_is_yaml(name) &&
               (has_one_of(name, strlen(name), names, ELEMENTSOF(names)) ||
                has_one_of(own, (size_t)(name - own), folders, ELEMENTSOF(folders)));
}

int peers_rbac_rank(const void *folder, const char *name, bool is_folder)
{
        char path[2 * PEERS_NAME_MAX];
        int n = snprintf(path, sizeof(path), "%s/%s", (const char *)folder, name);

        if (is_folder || n <= 0 || (size_t)n >= sizeof(path) || !peers_is_rbac(path))
                return -1;
        return strstr(name, "binding") ? 0 : 1;
}

bool peers_is_document(const char *name)
{
        static const char *const endings[] = {".json", ".tftpl", ".tpl", ".tmpl", ".yaml", ".yml"};
        static const char *const others[] = {"package.json", "package-lock.json", "tsconfig.json"};

        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                if (strcmp(name, others[i]) == 0)
                        return false;
        return name[0] != '.' && !peers_is_terraform(name) &&
               ends_in_one_of(name, endings, ELEMENTSOF(endings));
}

bool peers_is_document_folder(const char *name, size_t n)
{
        static const char *const folders[] = {"policies", "policy", "iam", "templates", "files"};

        for (size_t i = 0; i < ELEMENTSOF(folders); i++)
                if (strlen(folders[i]) == n && memcmp(folders[i], name, n) == 0)
                        return true;
        return false;
}

const char *peers_base(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

const char *peers_folder(const char *path, const char *const *folders, size_t n)
{
        const char *found = NULL;

        for (const char *s = path, *slash; (slash = strchr(s, '/')); s = slash + 1)
                for (size_t i = 0; i < n; i++)
                        if (strncmp(s, folders[i], strlen(folders[i])) == 0)
                                found = s;
        return found;
}

static const char *const template_folders[] = {"templates/"};
static const char *const role_folders[] = {"tasks/", "handlers/"};

/* A play may have any name, but these have other meanings. */
static bool is_no_play(const char *path)
{
        static const char *const folders[] = {"group_vars/", "host_vars/", "vars/", "defaults/",
                                              "meta/"};
        static const char *const names[] = {"values.", "Chart.", "kustomization.", "compose.",
                                            "docker-compose."};
        const char *name = peers_base(path);

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (strncmp(name, names[i], strlen(names[i])) == 0)
                        return true;
        for (const char *s = path; s; s = strchr(s, '/') ? strchr(s, '/') + 1 : NULL)
                if (s[0] == '.' && s[1] != '/' && s[1] != '.')
                        return true;
        return peers_folder(path, folders, ELEMENTSOF(folders));
}

enum peers_kind peers_kind(const char *path)
{
        const char *name = peers_base(path);

        if (peers_is_terraform(name))
                return peers_is_tfvars(name) ? PEERS_NONE : PEERS_TERRAFORM;
        if (!peers_is_yaml(name))
                return PEERS_NONE;
        if (peers_folder(path, template_folders, ELEMENTSOF(template_folders)))
                return PEERS_TEMPLATE;
        if (peers_folder(path, role_folders, ELEMENTSOF(role_folders)))
                return PEERS_ROLE;
        return is_no_play(path) ? PEERS_NONE : PEERS_OTHER;
}

bool scan_peers_wanted(const char *path)
{
        return peers_kind(path) != PEERS_NONE;
}

/* "a/b/c.tf": "a", from where modules of it are called, so that their calls are found. */
static const char *above(const char *path)
{
        static const char *const folders[] = {"modules/"};
        const char *name = peers_base(path), *modules = peers_folder(path, folders, 1);

        if (name == path)
                return path;
        const char *own = name - 1;
        while (own > path && own[-1] != '/')
                own--;
        /* what a name like ".." means is not told by the path */
        if (own[0] == '.' || own[0] == '/')
                return name;
        return modules ? modules : own;
}

/* "a/patches/b.yaml": "a", where the kustomization is. */
static const char *patched(const char *path)
{
        static const char *const folders[] = {"patches/"};
        const char *name = peers_base(path), *folder = peers_folder(path, folders, 1);

        return folder && folder + strlen(folders[0]) == name ? folder : name;
}

size_t scan_peers_place(const char *path)
{
        const char *end = peers_base(path);

        switch (peers_kind(path)) {
        case PEERS_TERRAFORM:
                end = above(path);
                break;
        case PEERS_TEMPLATE:
                end = peers_folder(path, template_folders, ELEMENTSOF(template_folders));
                break;
        case PEERS_ROLE:
                end = peers_folder(path, role_folders, ELEMENTSOF(role_folders));
                break;
        case PEERS_OTHER:
                end = patched(path);
                break;
        case PEERS_NONE:
                break;
        }
        return end > path ? (size_t)(end - path) - 1 : 0;
}

void scan_peers_close(struct scan_peers *p)
{
        for (unsigned i = 0; i < p->n; i++)
                (void)close(p->fds[i]);
        p->n = 0;
        p->names_size = 0;
}

const char *scan_peers_next(const struct scan_peers *p, const char *name)
{
        const char *next = name ? name + strlen(name) + 1 : p->names;

        return next < p->names + p->names_size ? next : NULL;
}
