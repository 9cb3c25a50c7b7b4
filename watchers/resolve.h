/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Opening the directories of a configured path, name by name, without being led astray. */

#include <stdbool.h>

struct resolve_observer {
        /* What is found depends on this name in this directory. Called before the name is looked
         * up, so that a watch placed here misses no change. dirfd is borrowed. */
        void (*depends)(void *userdata, int dirfd, const char *name);
        void *userdata;
};

/* Opens the directory called name (one component) in dirfd. A symlink is followed only with follow,
 * and only if root (or who giad runs as) owns it, name by name under the same rule. Returns an
 * O_PATH fd that the caller owns, or negative errno: -ENOENT, -ENOTDIR, -ELOOP for a link that is
 * not followed. */
int resolve_directory(const struct resolve_observer *o, int dirfd, const char *name, bool follow);
