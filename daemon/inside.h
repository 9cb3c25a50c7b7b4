/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the writer of a file calls it, if he is in another mount namespace than the host's, as in a container. */

#include "common/model/event.h"
#include "common/model/provenance.h"
#include "daemon/workspace.h"

#define INSIDE_PATH_MAX 4096u

struct inside {
        char path[INSIDE_PATH_MAX]; /* as it may be shown; "": see missing */
        const char *missing;        /* static text; NULL: there is nothing to tell */
};

/* The file at path beneath the workspace; shown: that path as it may be shown. writer may be NULL. */
void inside_find(struct inside *ret, const struct provenance *writer, const struct workspace *ws,
                 const char *path, const char *shown);
/* Whether an overlay mount leads to the file: one of this host, or of its writer. */
bool inside_overlay(const struct provenance *writer, const struct workspace *ws, const char *path);
/* Sets the event's fields. */
void inside_tell(struct event *e, const struct inside *inside);
