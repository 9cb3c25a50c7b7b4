/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * When which workspace is swept (watchers/sweep.h), and how fast: at most one at a time, for 2 % of the time, and for
 * longer if the disk is slow. Nothing wakes up before one is due, and then to some minutes.
 */

#include <systemd/sd-event.h>

#include "daemon/workspaces.h"
#include "watchers/sweep.h"

struct sweeper;

struct sweeper_host {
        struct sweep_handler sweep;
        /* All of the workspace was walked; begun: when (realtime). */
        void (*ended)(void *userdata, struct workspace *ws, usec_t begun);
        void *userdata;
};

/* Borrows the workspaces. Returns 0 or negative errno. */
int sweeper_new(struct sweeper **ret, sd_event *event, struct workspaces *workspaces,
                const struct sweeper_host *host);
/* Accepts NULL and returns NULL. */
struct sweeper *sweeper_free(struct sweeper *s);

/* A workspace came, the configuration changed, or a workspace was walked by its watcher: looks when the next one is due. */
void sweeper_schedule(struct sweeper *s);
/* It is about to go. */
void sweeper_forget(struct sweeper *s, const struct workspace *ws);
/* It is due now; one that is being swept already is swept once more. */
void sweeper_want(struct sweeper *s, struct workspace *ws);
/* When it is to be swept next (realtime): 0 if it is being swept, USEC_INFINITY never. */
usec_t sweeper_next(const struct sweeper *s, const struct workspace *ws);
