/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: finding a file's directory in its workspace, and its siblings' paths.
 * Does not own: which names are siblings' (common/model/peers.h), and looking at them (pipeline.c).
 */
#include "daemon/siblings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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

void siblings_of(struct workspace *ws, const char *path, siblings_fn fn, void *userdata)
{
        const char *name;
        struct scan_peers peers = SCAN_PEERS_NONE;
        _cleanup_close_ int directory = open_parent_beneath(ws->root_fd, path, &name);

        if (directory < 0)
                return;
        scan_peers_readers(&peers, directory, path);
        for (const char *peer = NULL; (peer = scan_peers_next(&peers, peer));) {
                char sibling[SCAN_PATH_MAX];
                int n = snprintf(sibling, sizeof(sibling), "%.*s%s", (int)(name - path), path,
                                 peer);

                if (n > 0 && (size_t)n < sizeof(sibling))
                        fn(userdata, ws, sibling);
        }
        scan_peers_close(&peers);
}
