/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The watchers in use, one of each kind at most, and which of them a workspace is watched with. */

#include "daemon/driver.h"
#include "watchers/watcher.h"

struct back_ends {
        sd_event *event; /* borrowed */
        struct watcher_handler handler;
        struct watcher_limits limits; /* for those that are begun from now on */
        struct agents *agents;        /* a reference, or NULL: none are configured */
        struct back_end_slot {
                struct watcher *watcher; /* NULL: not in use */
                struct driver driver;
        } slots[_BACK_END_MAX];
};

/* Begins with inotify, which any other falls back to. Returns 0 or negative errno. */
int back_ends_start(struct back_ends *b);
void back_ends_done(struct back_ends *b);
/* Watches the workspace with the back end that is wanted, or, if that refuses it, with inotify; *ret is which
 * one does. Returns 0, 1 if it was refused (*ret_refused is why, a negative errno), or negative errno if it is not
 * watched. */
int back_ends_add(struct back_ends *b, enum back_end wanted, const struct watcher_workspace *ws,
                  enum back_end *ret, int *ret_refused);
void back_ends_remove(struct back_ends *b, enum back_end back_end, uint32_t id);
void back_ends_rewalk(struct back_ends *b, enum back_end back_end, uint32_t id);
/* The directory is giad's own: nothing that happens in it is of interest. */
void back_ends_ignore(struct back_ends *b, int fd);
/* Something may have been given to one: it is asked when it wants to go on. */
void back_ends_schedule(struct back_ends *b);
/* The agents that the configuration names, from now on; a reference is taken. NULL: none. */
void back_ends_set_agents(struct back_ends *b, struct agents *agents);
/* Of all together. */
void back_ends_stats(const struct back_ends *b, struct watcher_stats *ret);
