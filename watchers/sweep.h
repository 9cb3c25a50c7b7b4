/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * A walk through one workspace, a little at a time and beside its watcher, for what no event shows: what is written
 * through a name outside, another mount, or a mapping. What is known already costs one stat.
 *
 * Memory and descriptors: for each directory between the root and where it is, one of each (walk.h).
 */

#include <stdbool.h>

#include "common/base/clock.h"
#include "watchers/watcher.h"

struct sweep;

struct sweep_handler {
        /* Was this state of the file looked at already? */
        bool (*known)(void *userdata, uint32_t workspace, const char *path,
                      const struct file_id *id);
        void (*candidate)(void *userdata, const struct candidate *c); /* CANDIDATE_SWEEP */
        /* Each name that is met, and the inode that its directory says it has; may be NULL. */
        void (*met)(void *userdata, uint32_t workspace, const char *path, uint64_t ino);
        void *userdata;
};

/* ws->root_fd and what its exclude function needs are borrowed until the sweep is freed. depth_max: directories below the
 * root. Returns 0 or negative errno: the root cannot be listed. */
int sweep_new(struct sweep **ret, const struct watcher_workspace *ws, unsigned depth_max,
              const struct sweep_handler *handler);
/* Accepts NULL and returns NULL. */
struct sweep *sweep_free(struct sweep *s);
enum { SWEEP_E_ALL = 1, SWEEP_E_INCOMPLETE };

/* Goes on until this point in time (monotonic). Returns SWEEP_E_ALL when all was walked, SWEEP_E_INCOMPLETE when it was
 * but for directories that could not be read just now (memory, descriptors), or 0; *ret_pause is how long nothing should
 * be done then besides the caller's own pace: an entry changed a moment ago, and its event may be on its way. */
int sweep_slice(struct sweep *s, usec_t until, usec_t *ret_pause);
uint64_t sweep_entries(const struct sweep *s); /* looked at */
