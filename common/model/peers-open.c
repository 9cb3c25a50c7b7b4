/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which files a scanner is given with a file, in which order, and opening them.
 * Does not own: the names by which they are known (peers.c), listing (peers-list.c), the way back
 * (peers-readers.c).
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "common/base/open.h"
#include "common/model/peers-internal.h"
#include "common/model/peers.h"

/* Documents take no place from the directory's own files beyond this. */
#define POLICIES_MAX 5u
#define RANK_FOLDER 9
#define DIRECTORIES_MAX 64u /* in the directory above a module */

/* Of Terraform's files, the likeliest to be needed first. */
enum rank { RANK_DEFINES, RANK_POLICY, RANK_CONFIGURATION, RANK_DOCUMENT };

struct opening {
        struct scan_peers *to;
        int directory_fd;
};

/* opened: beneath the directory; name: what the scanner knows it by. */
static bool add(const struct opening *o, const char *opened, const char *name)
{
        struct scan_peers *p = o->to;
        size_t size = strlen(name) + 1;
        struct stat st;

        if (p->n == SCAN_PEERS_MAX || p->names_size + size > sizeof(p->names))
                return false;
        /* nothing but a regular file is ever opened */
        _cleanup_close_ int path_fd = open_beneath(o->directory_fd, opened, O_PATH);
        if (path_fd < 0 || fstat(path_fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0 ||
            (size_t)st.st_size > SCAN_PEER_SIZE_MAX)
                return false;
        int fd = open_again(path_fd, O_RDONLY | O_NONBLOCK);
        if (fd < 0)
                return false;
        memcpy(p->names + p->names_size, name, size);
        p->names_size += size;
        p->fds[p->n++] = fd;
        return true;
}

static bool has_one_of(const char *name, const char *const *words, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (strstr(name, words[i]))
                        return true;
        return false;
}

static bool defines_by_name(const char *name)
{
        static const char *const words[] = {"var", "local", "default"};

        return peers_is_tfvars(name) || has_one_of(name, words, ELEMENTSOF(words));
}

static bool is_policy_by_name(const char *name)
{
        static const char *const words[] = {"policy", "policies", "role",  "trust",
                                            "assume", "iam",      "perms", "permission"};

        return has_one_of(name, words, ELEMENTSOF(words));
}

/* in: the folder in which the name is, "" for the file's own directory. */
static int terraform_rank(const void *in, const char *name, bool folder)
{
        bool own = *(const char *)in == '\0';

        if (folder)
                return own && peers_is_document_folder(name, strlen(name)) ? RANK_FOLDER : -1;
        if (own && peers_is_terraform(name))
                return defines_by_name(name) ? RANK_DEFINES : RANK_CONFIGURATION;
        return !peers_is_document(name)                           ? -1
               : is_policy_by_name(in) || is_policy_by_name(name) ? RANK_POLICY
                                                                  : RANK_DOCUMENT;
}

static int configuration_rank(const void *userdata, const char *name, bool folder)
{
        (void)userdata;
        return !folder && peers_is_terraform(name) && !peers_is_tfvars(name) ? 0 : -1;
}

/* Those that may call it as a module: all of them, or none, since one alone does not say what the others
 * do. */
static void open_callers(const struct opening *o, const char *below)
{
        struct peers_list l;
        struct stat st;
        char up[PEERS_NAME_MAX] = "";
        size_t n = 0;

        /* among very many directories this one is not a module of some configuration, and to list them
         * for each file would take longer than all that is done with it */
        if (fstat(o->directory_fd, &st) < 0 || st.st_nlink > DIRECTORIES_MAX)
                return;
        for (const char *s = below; (s = strchr(s, '/')) && n + 4 < sizeof(up); s++, n += 3)
                memcpy(up + n, "../", 4);
        if (n == 0 || peers_list_init(&l) < 0)
                return;
        peers_list_folder(&l, o->directory_fd, "", configuration_rank, NULL);
        peers_list_sort(&l);
        for (size_t i = 0; l.n <= SCAN_PEERS_MAX - o->to->n && i < l.n; i++) {
                char name[2 * PEERS_NAME_MAX];

                (void)snprintf(name, sizeof(name), "%s%s", up, l.listed[i].name);
                (void)add(o, l.listed[i].name, name);
        }
        peers_list_done(&l);
}

/* Goes into the folders of documents that the own directory has. */
static void list_documents(struct peers_list *l, int own_fd)
{
        size_t n = l->n;

        for (size_t i = 0; i < n; i++) {
                const struct peers_listed folder = l->listed[i];

                if (folder.rank == RANK_FOLDER)
                        peers_list_folder(l, own_fd, folder.name, terraform_rank, folder.name);
        }
}

/* below: of the file, from the directory on. */
static void open_terraform(const struct opening *o, const char *below)
{
        const char *base = peers_base(below);
        _cleanup_free_ char *own = strndup(below, (size_t)(base - below));
        _cleanup_close_ int own_fd =
                own ? open_beneath(o->directory_fd, own, O_PATH | O_DIRECTORY) : -1;
        const struct opening here = {o->to, own_fd};
        struct peers_list l;
        unsigned policies = 0;

        if (own_fd < 0 || peers_list_init(&l) < 0)
                return;
        peers_list_folder(&l, own_fd, "", terraform_rank, "");
        list_documents(&l, own_fd);
        peers_list_sort(&l);
        for (size_t i = 0; i < l.n && o->to->n < SCAN_PEERS_MAX; i++) {
                const struct peers_listed *one = &l.listed[i];

                if (one->rank == RANK_FOLDER || strcmp(one->name, base) == 0 ||
                    (one->rank == RANK_POLICY && policies == POLICIES_MAX))
                        continue;
                policies += add(&here, one->name, one->name) && one->rank == RANK_POLICY;
        }
        peers_list_done(&l);
        open_callers(o, below);
}

static int yaml_rank(const void *userdata, const char *name, bool folder)
{
        (void)userdata;
        return !folder && peers_is_yaml(name) ? 0 : -1;
}

static void open_named(const struct opening *o, const char *const *names, size_t n)
{
        for (size_t i = 0; i < n; i++)
                (void)add(o, names[i], names[i]);
}

static void open_role(const struct opening *o)
{
        static const char *const names[] = {"defaults/main.yml", "defaults/main.yaml",
                                            "vars/main.yml", "vars/main.yaml"};

        open_named(o, names, ELEMENTSOF(names));
}

/* Beside a role stand those who have it. below: the file, from the directory on. */
static void open_rbac(const struct opening *o, const char *below)
{
        const char *base = peers_base(below);
        size_t n = (size_t)(base - below);
        char folder[PEERS_NAME_MAX] = "";
        struct peers_list l;

        if (n > sizeof(folder) || !peers_is_rbac(below) || peers_list_init(&l) < 0)
                return;
        memcpy(folder, below, n > 0 ? n - 1 : 0); /* no slash behind it */
        peers_list_folder(&l, o->directory_fd, folder, peers_rbac_rank, folder);
        peers_list_sort(&l);
        for (size_t i = 0; i < l.n; i++)
                if (strcmp(l.listed[i].name, below) != 0)
                        (void)add(o, l.listed[i].name, l.listed[i].name);
        peers_list_done(&l);
}

static void open_play(const struct opening *o)
{
        static const char *const names[] = {"group_vars/all.yml", "group_vars/all.yaml"};
        struct peers_list l;

        if (peers_list_init(&l) < 0)
                return;
        open_named(o, names, ELEMENTSOF(names));
        peers_list_folder(&l, o->directory_fd, "group_vars/all", yaml_rank, NULL);
        peers_list_folder(&l, o->directory_fd, "vars", yaml_rank, NULL);
        peers_list_sort(&l);
        for (size_t i = 0; i < l.n; i++)
                (void)add(o, l.listed[i].name, l.listed[i].name);
        peers_list_done(&l);
}

static void open_other(const struct opening *o, const char *below)
{
        static const char *const names[] = {"kustomization.yaml", "kustomization.yml"};

        if (!peers_is_kustomization(peers_base(below)))
                open_named(o, names, ELEMENTSOF(names));
        open_rbac(o, below);
        /* what lies in a folder is no play */
        if (peers_base(below) == below)
                open_play(o);
}

void scan_peers_open(struct scan_peers *ret, int directory_fd, const char *path)
{
        static const char *const values[] = {"values.yaml"};
        const struct opening o = {ret, directory_fd};
        const char *below = path + scan_peers_place(path);

        below += strspn(below, "/");
        *ret = SCAN_PEERS_NONE;
        switch (peers_kind(path)) {
        case PEERS_NONE:
                break;
        case PEERS_TERRAFORM:
                open_terraform(&o, below);
                break;
        case PEERS_TEMPLATE:
                open_named(&o, values, ELEMENTSOF(values));
                open_role(&o);
                open_rbac(&o, below);
                break;
        case PEERS_ROLE:
                open_role(&o);
                break;
        case PEERS_OTHER:
                open_other(&o, below);
                break;
        }
}
