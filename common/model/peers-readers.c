/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which files are read with one, seen from that one: who is to be looked at again when it changes.
 * Does not own: which it is given to (peers-open.c; the two must agree), looking at them.
 *
 * Who is named here may turn out not to need it: nothing but names is known.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/open.h"
#include "common/model/peers-internal.h"
#include "common/model/peers.h"

#define FOLDERS_MAX 32u /* of a directory that may be modules */

struct readers {
        struct peers_list list;
        const char *path; /* of the file */
        int fd;           /* of the directory from which names in the list go */
};

bool scan_peers_values(const char *path)
{
        const char *name = peers_base(path);

        return peers_is_tfvars(name) || peers_is_document(name);
}

static int configuration(const void *userdata, const char *name, bool folder)
{
        (void)userdata;
        return !folder && peers_is_terraform(name) && !peers_is_tfvars(name) ? 0 : -1;
}

static int yaml(const void *userdata, const char *name, bool folder)
{
        (void)userdata;
        return !folder && peers_is_yaml(name) ? 0 : -1;
}

static int any_folder(const void *userdata, const char *name, bool folder)
{
        (void)userdata;
        (void)name;
        return folder ? 0 : -1;
}

/* What is wanted in the folders that `in` has. */
static void in_folders(struct readers *r, const char *in, peers_rank_fn wanted)
{
        struct peers_list folders;

        if (peers_list_init(&folders) < 0)
                return;
        peers_list_folder(&folders, r->fd, in, any_folder, NULL);
        for (size_t i = 0; i < folders.n && i < FOLDERS_MAX; i++)
                peers_list_folder(&r->list, r->fd, folders.listed[i].name, wanted, NULL);
        peers_list_done(&folders);
}

static bool is_main(const char *name)
{
        return strcmp(name, "main.yml") == 0 || strcmp(name, "main.yaml") == 0;
}

static void role(struct readers *r)
{
        static const char *const folders[] = {"tasks", "handlers", "templates"};

        for (size_t i = 0; i < ELEMENTSOF(folders); i++)
                peers_list_folder(&r->list, r->fd, folders[i], yaml, NULL);
}

/* Files beside the one that changed. */
static void beside(struct readers *r)
{
        const char *name = peers_base(r->path);

        peers_list_folder(&r->list, r->fd, "", configuration, NULL);
        if (peers_is_terraform(name) && !peers_is_tfvars(name)) {
                in_folders(r, "", configuration);
                in_folders(r, "modules", configuration);
        }
        if (strcmp(name, "values.yaml") == 0) {
                peers_list_folder(&r->list, r->fd, "templates", yaml, NULL);
                in_folders(r, "templates", yaml);
        }
        if (peers_is_kustomization(name)) {
                peers_list_folder(&r->list, r->fd, "", yaml, NULL);
                peers_list_folder(&r->list, r->fd, "patches", yaml, NULL);
        }
        if (peers_is_rbac(r->path)) {
                size_t n = (size_t)(name - r->path);
                _cleanup_free_ char *folder = strndup(r->path, n > 0 ? n - 1 : 0);

                if (folder)
                        peers_list_folder(&r->list, r->fd, "", peers_rbac_rank, folder);
        }
}

static bool is_folder(const char *name, size_t n, const char *wanted)
{
        return strlen(wanted) == n && memcmp(name, wanted, n) == 0;
}

/* Files of the directory that holds the folder[0..n) of the one that changed. */
static void above(struct readers *r, const char *own, size_t n)
{
        const char *name = peers_base(r->path);
        bool vars = is_folder(own, n, "vars"), defaults = is_folder(own, n, "defaults");

        if (peers_is_document_folder(own, n) && peers_is_document(name))
                peers_list_folder(&r->list, r->fd, "", configuration, NULL);
        if ((vars || defaults) && is_main(name))
                role(r);
        if ((vars && peers_is_yaml(name)) ||
            (is_folder(own, n, "group_vars") &&
             (strcmp(name, "all.yml") == 0 || strcmp(name, "all.yaml") == 0)))
                peers_list_folder(&r->list, r->fd, "", yaml, NULL);
}

/* Tells of what is in the list, whose names go from path[0..n) on, and empties it. */
static void tell(struct readers *r, size_t n, unsigned *left, scan_peers_fn fn, void *userdata)
{
        peers_list_sort(&r->list);
        for (size_t i = 0; i < r->list.n; i++) {
                if (*left == 0)
                        break;
                char path[4096];
                int k = snprintf(path, sizeof(path), "%.*s%s", (int)n, r->path,
                                 r->list.listed[i].name);

                if (k <= 0 || (size_t)k >= sizeof(path) || strcmp(path, r->path) == 0 ||
                    !scan_peers_wanted(path))
                        continue;
                fn(userdata, path);
                --*left;
        }
        r->list.n = 0;
}

static int open_directory(int root_fd, const char *path, size_t n)
{
        _cleanup_free_ char *directory = strndup(path, n);

        return directory ? open_beneath(root_fd, directory, O_PATH | O_DIRECTORY) : -1;
}

/* How much of path[0..n), which ends with a slash or is empty, is before its last name. */
static size_t before(const char *path, size_t n)
{
        while (n > 0 && path[--n] == '/')
                ;
        while (n > 0 && path[n - 1] != '/')
                n--;
        return n;
}

void scan_peers_readers(int root_fd, const char *path, scan_peers_fn fn, void *userdata)
{
        struct readers r = {.path = path};
        unsigned left = SCAN_PEERS_READERS_MAX;
        size_t n = (size_t)(peers_base(path) - path), up = before(path, n);

        if ((!peers_is_terraform(peers_base(path)) && !scan_peers_values(path)) ||
            peers_list_init(&r.list) < 0)
                return;
        r.fd = open_directory(root_fd, path, n);
        if (r.fd >= 0)
                beside(&r);
        tell(&r, n, &left, fn, userdata);
        (void)fd_close(r.fd);
        r.fd = n > 0 ? open_directory(root_fd, path, up) : -1;
        if (r.fd >= 0)
                above(&r, path + up, n - up - 1);
        tell(&r, up, &left, fn, userdata);
        (void)fd_close(r.fd);
        /* group_vars/all/x.yml */
        size_t top = before(path, up);
        r.fd = up > 0 && is_folder(path + up, n - up - 1, "all") &&
                               is_folder(path + top, up - top - 1, "group_vars")
                       ? open_directory(root_fd, path, top)
                       : -1;
        if (r.fd >= 0)
                peers_list_folder(&r.list, r.fd, "", yaml, NULL);
        tell(&r, top, &left, fn, userdata);
        (void)fd_close(r.fd);
        peers_list_done(&r.list);
}
