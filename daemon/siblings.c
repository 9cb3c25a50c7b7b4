/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: finding a file's siblings in its workspace.
 * Does not own: which names are siblings' (common/model/peers.h), and looking at them (pipeline.c).
 */
#include "daemon/siblings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/open.h"

void siblings_open(const struct workspace *ws, const char *path, struct scan_peers *ret)
{
        size_t n = scan_peers_place(path);

        *ret = SCAN_PEERS_NONE;
        if (!scan_peers_wanted(path))
                return;
        _cleanup_free_ char *place = strndup(path, n);
        _cleanup_close_ int directory =
                place ? open_beneath(ws->root_fd, place, O_PATH | O_DIRECTORY) : -ENOMEM;
        if (directory >= 0)
                scan_peers_open(ret, directory, path);
}

/* What is excluded is not looked at for another file's sake either. */
static bool is_excluded(const struct workspace *ws, const char *path)
{
        const struct word_list *exclude = &ws->config->workspaces[ws->pattern].exclude;
        _cleanup_free_ char *part = exclude->n > 0 ? strdup(path) : NULL;

        if (!part)
                return exclude->n > 0;
        for (char *slash = part; (slash = strchr(slash, '/')); slash++) {
                *slash = '\0';
                if (word_list_matches_path(exclude, part))
                        return true;
                *slash = '/';
        }
        return word_list_matches_path(exclude, path);
}

struct telling {
        struct workspace *ws;
        siblings_fn fn;
        void *userdata;
};

static void tell(void *userdata, const char *path)
{
        const struct telling *t = userdata;

        if (!is_excluded(t->ws, path))
                t->fn(t->userdata, t->ws, path);
}

void siblings_of(struct workspace *ws, const char *path, siblings_fn fn, void *userdata)
{
        struct telling t = {ws, fn, userdata};

        scan_peers_readers(ws->root_fd, path, tell, &t);
}
