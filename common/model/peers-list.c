/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: listing directories, bounded, and the order of what was found.
 * Does not own: which names are wanted (peers-open.c, peers-readers.c).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/open.h"
#include "common/model/peers-internal.h"

#define LOOKED_AT_MAX 1024u /* entries of a directory */

int peers_list_init(struct peers_list *ret)
{
        struct peers_listed *listed = calloc(PEERS_LISTED_MAX, sizeof(*listed));

        if (!listed)
                return -ENOMEM;
        *ret = (struct peers_list){.listed = listed};
        return 0;
}

void peers_list_done(struct peers_list *l)
{
        free(l->listed);
        *l = (struct peers_list){0};
}

static void add(struct peers_list *l, const char *folder, const char *name, int rank)
{
        struct peers_listed *to = &l->listed[l->n];
        int n = snprintf(to->name, sizeof(to->name), "%s%s%s", folder, *folder ? "/" : "", name);

        if (n <= 0 || (size_t)n >= sizeof(to->name))
                return;
        to->rank = (unsigned char)rank;
        l->n++;
}

/* Where the file system does not tell which it is, both are tried. */
static int rank_of(const struct dirent *entry, peers_rank_fn rank, const void *userdata)
{
        bool unknown = entry->d_type == DT_UNKNOWN;
        int k = -1;

        if (entry->d_name[0] == '.')
                return -1;
        if (unknown || entry->d_type == DT_REG)
                k = rank(userdata, entry->d_name, false);
        if (k < 0 && (unknown || entry->d_type == DT_DIR))
                k = rank(userdata, entry->d_name, true);
        return k;
}

void peers_list_folder(struct peers_list *l, int directory_fd, const char *folder,
                       peers_rank_fn rank, const void *userdata)
{
        int fd = open_beneath(directory_fd, *folder ? folder : ".", O_RDONLY | O_DIRECTORY);
        DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
        const struct dirent *entry;

        if (!directory) {
                (void)fd_close(fd);
                return;
        }
        for (unsigned i = 0;
             i < LOOKED_AT_MAX && l->n < PEERS_LISTED_MAX && (entry = readdir(directory)); i++) {
                int k = rank_of(entry, rank, userdata);

                if (k >= 0)
                        add(l, folder, entry->d_name, k);
        }
        (void)closedir(directory);
}

static int compare(const void *a, const void *b)
{
        const struct peers_listed *x = a, *y = b;

        return x->rank != y->rank ? x->rank - y->rank : strcmp(x->name, y->name);
}

void peers_list_sort(struct peers_list *l)
{
        if (l->n > 0)
                qsort(l->listed, l->n, sizeof(*l->listed), compare);
}
