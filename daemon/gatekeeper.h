/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The gate's place in the daemon: which workspaces have one, and who is told of what happens at it. The gate itself,
 * which answers the kernel, is watchers/gate.h; a verdict comes from the pipeline like any other.
 */

#include <systemd/sd-event.h>

#include "common/model/event.h"
#include "daemon/config/config.h"
#include "daemon/workspace.h"
#include "watchers/gate.h"

struct gatekeeper;

struct gatekeeper_host {
        struct workspace *(*workspace)(void *userdata, uint32_t id); /* NULL: gone */
        /* Somebody waits for a verdict; gatekeeper_verdict() answers. */
        void (*wanted)(void *userdata, const struct gate_request *r);
        void (*emit)(void *userdata, struct event *e); /* consumes; e may be NULL */
        void (*gap)(void *userdata, uint32_t workspace, enum reason reason, bool open,
                    const char *detail);
        /* The workspace is to be walked again soon. */
        void (*rewalk)(void *userdata, uint32_t workspace);
        void *userdata;
};

int gatekeeper_new(struct gatekeeper **ret, sd_event *event, const struct gatekeeper_host *host);
/* Everybody who waits is let in. Accepts NULL and returns NULL. */
struct gatekeeper *gatekeeper_free(struct gatekeeper *k);

/* The workspace is watched: gates it if its configuration asks for that, and says so if that cannot be had. */
void gatekeeper_add(struct gatekeeper *k, struct workspace *ws);
void gatekeeper_remove(struct gatekeeper *k, struct workspace *ws);
/* Is there a gate at all? */
bool gatekeeper_stands(const struct gatekeeper *k);

/* What was scanned: the answer to a ticket (0: nobody asked), and to who opens that state of the file from now on. fd:
 * the file's, borrowed; -1: none. */
void gatekeeper_verdict(struct gatekeeper *k, uint64_t ticket, int fd, const struct file_id *id,
                        bool allow);
/* Rules or policy are others now. */
void gatekeeper_forget(struct gatekeeper *k);
/* The scanners, which read what is inside. */
void gatekeeper_exempt(struct gatekeeper *k, const pid_t *pids, size_t n);
/* All zero if there is no gate. */
void gatekeeper_stats(const struct gatekeeper *k, struct gate_stats *ret);
