/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Damage of the file systems that workspaces are on: a gap, and a sweep that finds out what has gone, changed, or cannot
 * be read, and under which names.
 */

#include <systemd/sd-event.h>

#include "common/model/event.h"
#include "daemon/workspaces.h"

struct file_systems;

struct file_systems_host {
        void (*sweep)(void *userdata, struct workspace *ws); /* soon */
        void (*emit)(void *userdata, struct event *e);       /* consumes; e may be NULL */
        void *userdata;
};

/* Borrows the workspaces. Returns 0 or negative errno; that errors are told of cannot always be had, and is no error
 * here. */
int file_systems_new(struct file_systems **ret, sd_event *event, struct workspaces *workspaces,
                     const struct file_systems_host *host);
/* Accepts NULL and returns NULL. */
struct file_systems *file_systems_free(struct file_systems *f);
/* Asks for the errors of its file system; ws->errors_told says whether they will be. Once is enough. */
void file_systems_add(struct file_systems *f, struct workspace *ws);
/* A sweep has met this name; is it one of those that are damaged? */
void file_systems_met(struct file_systems *f, struct workspace *ws, const char *path, uint64_t ino);
/* A sweep that began then (realtime) has been through all of it: without another error the gap closes. */
void file_systems_swept(struct file_systems *f, struct workspace *ws, usec_t begun);
