/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Finds the roots of workspaces: expands glob patterns such as "/srv/agents/<any>/work" and keeps
 * doing so, so that matches that appear later, vanish, or come back as another directory are told.
 * Uses one inotify instance on the directories that decide about a match (each existing ancestor).
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/base/clock.h"

struct roots;

struct roots_handler {
        /* A directory that matches pattern number `pattern` is there. root_fd is
         * O_PATH|O_DIRECTORY, handed over to the callee. Only the pattern's own directories may be
         * reached through symlinks that root owns; the last component must be a directory itself.
         * captures are what each `*`, `?` or `[]` component matched, n_captures of them, borrowed.
         */
        void (*appeared)(void *userdata, unsigned pattern, const char *path, int root_fd,
                         const char *const *captures, unsigned n_captures);
        /* A directory told before is no longer at that path (deleted, moved, replaced). */
        void (*vanished)(void *userdata, unsigned pattern, const char *path);
        /* No directory matches the pattern (matching == false), or one does again: told at start
         * for each pattern without a match, and on each change. */
        void (*matching)(void *userdata, unsigned pattern, bool matching);
        /* The mount table of this process has changed; not for each change. May be NULL. */
        void (*mounted)(void *userdata);
        void *userdata;
};

/* Takes the handler by value. Returns 0 or negative errno. */
int roots_new(struct roots **ret, const struct roots_handler *handler);
struct roots *roots_free(struct roots *r);

/* Adds an absolute pattern (glob metacharacters * ? [] within components, no **). Call
 * roots_dispatch() afterwards to hear of what is there already. Returns 0, -EINVAL for a relative
 * or too long pattern, or -ENOMEM. */
int roots_add(struct roots *r, unsigned pattern, const char *glob);

/* The owner has let go of what appeared at path: if it is still there it will appear again. Not
 * from a handler. */
void roots_forget(struct roots *r, const char *path);
int roots_fd(struct roots *r); /* polls readable */
usec_t
roots_deadline(struct roots *r); /* monotonic; when watches could not be had it polls on a timer */
int roots_dispatch(struct roots *r, usec_t now);
