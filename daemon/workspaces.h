/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The workspaces that are there now: found by their patterns, watched, and what cannot be seen of
 * each.
 */

#include <systemd/sd-event.h>

#include "common/model/candidate.h"
#include "daemon/workspace.h"
#include "watchers/watcher.h"

struct workspaces;

struct workspaces_handler {
        void (*candidate)(void *userdata, const struct candidate *c);
        /* A workspace was found (there == true; before it is watched) or is gone. */
        void (*there)(void *userdata, struct workspace *ws, bool there);
        /* One is watched from now on, perhaps by a watcher that there was not before, or is still watched after a reload;
         * may be NULL. */
        void (*watched)(void *userdata, struct workspace *ws);
        /* A gap opened or closed. ws is NULL for a pattern without any match: detail names it. */
        void (*gap)(void *userdata, struct workspace *ws, enum reason reason, bool open,
                    const char *detail);
        void *userdata;
};

int workspaces_new(struct workspaces **ret, sd_event *event,
                   const struct workspaces_handler *handler);
struct workspaces *workspaces_free(struct workspaces *w);

/* Looks for the workspaces of this configuration: at first, and after a reload. Those that match
 * before and after are kept and watched without a break (unless their excludes changed). Takes a
 * reference. Returns 0 or negative errno. */
int workspaces_apply(struct workspaces *w, struct config *config);

/* Borrowed until the loop goes on; NULL if it is gone. */
struct workspace *workspaces_get(struct workspaces *w, uint32_t id);
/* i-th workspace, NULL past the last. */
struct workspace *workspaces_at(struct workspaces *w, size_t i);
/* The one that holds an absolute path, with *ret_path the relative rest; NULL: none. */
struct workspace *workspaces_of_path(struct workspaces *w, const char *path, const char **ret_path);
/* Opens or closes a gap; tells the handler when that is news. */
void workspaces_gap(struct workspaces *w, struct workspace *ws, enum reason reason, bool open,
                    const char *detail);
/* The directory is giad's own: nothing that happens in it is of interest to a watcher. fd is borrowed. */
void workspaces_ignore(struct workspaces *w, int fd);
/* Walks it again soon (many requests become one walk). */
void workspaces_rewalk(struct workspaces *w, uint32_t id);
void workspaces_rewalk_all(struct workspaces *w);
/* True once all workspaces that were there have been walked. */
bool workspaces_walked(struct workspaces *w);
/* All of it has been looked at just now. */
void workspaces_set_swept(struct workspace *ws);
/* What a watcher or a sweep is told of it: all is borrowed from it. */
struct watcher_workspace workspaces_told(struct workspace *ws);
void workspaces_stats(struct workspaces *w, struct watcher_stats *ret);
