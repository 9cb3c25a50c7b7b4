/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which files are read with another one, where they are, and opening them.
 * Does not own: what is in them (detectors/formats/resolve.h).
 */
#include "common/model/peers.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "common/base/open.h"
#include "common/base/text.h"

#define LISTED_MAX 1024u /* entries of a directory that are looked at */
#define NAME_LENGTH_MAX 63u

struct listed {
        char name[NAME_LENGTH_MAX + 1];
        bool defines; /* by its name */
};

static bool is_values(const char *name)
{
        return text_ends_with(name, ".tfvars") || text_ends_with(name, ".tfvars.json");
}

/* Terraform reads no hidden files. */
static bool is_terraform(const char *name)
{
        if (name[0] == '.')
                return false;
        return text_ends_with(name, ".tf") || text_ends_with(name, ".tf.json") ||
               text_ends_with(name, ".tofu") || text_ends_with(name, ".tofu.json") ||
               is_values(name);
}

static const char *base(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

bool scan_peers_values(const char *path)
{
        return is_values(base(path));
}

/* The last "templates/" on the way to a file of YAML: the chart ends before it. NULL: it is none. */
static const char *chart_end(const char *path)
{
        static const char folder[] = "templates/";
        const char *found = NULL;

        if (!text_ends_with(path, ".yaml") && !text_ends_with(path, ".yml"))
                return NULL;
        for (const char *s = path; (s = strstr(s, folder)); s += sizeof(folder) - 1)
                if (s == path || s[-1] == '/')
                        found = s;
        return found;
}

bool scan_peers_wanted(const char *path)
{
        return (is_terraform(base(path)) && !scan_peers_values(path)) || chart_end(path);
}

size_t scan_peers_place(const char *path)
{
        const char *chart = chart_end(path), *end = chart ? chart : base(path);

        return end > path ? (size_t)(end - path) - 1 : 0;
}

static bool defines_by_name(const char *name)
{
        return is_values(name) || strstr(name, "var") || strstr(name, "local") ||
               strstr(name, "default");
}

static int compare(const void *a, const void *b)
{
        const struct listed *x = a, *y = b;

        if (x->defines != y->defines)
                return x->defines ? -1 : 1;
        return strcmp(x->name, y->name);
}

static size_t list(int directory_fd, const char *own, struct listed *ret, size_t max)
{
        int fd = open_beneath(directory_fd, ".", O_RDONLY | O_DIRECTORY);
        DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
        size_t n = 0;

        if (!directory) {
                (void)fd_close(fd);
                return 0;
        }
        const struct dirent *entry;
        for (unsigned i = 0; i < LISTED_MAX && n < max && (entry = readdir(directory)); i++) {
                const char *name = entry->d_name;

                if (!is_terraform(name) || strlen(name) > NAME_LENGTH_MAX || strcmp(name, own) == 0)
                        continue;
                ret[n].defines = defines_by_name(name);
                memcpy(ret[n++].name, name, strlen(name) + 1);
        }
        (void)closedir(directory);
        return n;
}

static void add(struct scan_peers *p, int directory_fd, const char *name)
{
        size_t size = strlen(name) + 1;
        struct stat st;
        _cleanup_close_ int path_fd = open_beneath(directory_fd, name, O_PATH);

        /* nothing but a regular file is ever opened */
        if (path_fd < 0 || p->names_size + size > sizeof(p->names) || fstat(path_fd, &st) < 0 ||
            !S_ISREG(st.st_mode) || st.st_size == 0 || (size_t)st.st_size > SCAN_PEER_SIZE_MAX)
                return;
        int fd = open_again(path_fd, O_RDONLY | O_NONBLOCK);
        if (fd < 0)
                return;
        memcpy(p->names + p->names_size, name, size);
        p->names_size += size;
        p->fds[p->n++] = fd;
}

static void open_all(struct scan_peers *ret, int directory_fd, const char *path, bool readers)
{
        _cleanup_free_ struct listed *listed = calloc(LISTED_MAX, sizeof(*listed));
        size_t n = listed ? list(directory_fd, base(path), listed, LISTED_MAX) : 0;

        if (n > 0)
                qsort(listed, n, sizeof(*listed), compare);
        for (size_t i = 0; i < n && ret->n < SCAN_PEERS_MAX; i++)
                if (!readers || !is_values(listed[i].name))
                        add(ret, directory_fd, listed[i].name);
}

void scan_peers_open(struct scan_peers *ret, int directory_fd, const char *path)
{
        *ret = SCAN_PEERS_NONE;
        if (chart_end(path))
                add(ret, directory_fd, "values.yaml");
        else if (scan_peers_wanted(path))
                open_all(ret, directory_fd, path, false);
}

void scan_peers_readers(struct scan_peers *ret, int directory_fd, const char *path)
{
        *ret = SCAN_PEERS_NONE;
        if (is_terraform(base(path)))
                open_all(ret, directory_fd, path, true);
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
