/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/clock.h"
#include "common/model/enums.h"
#include "common/model/mount-view.h"
#include "daemon/config/config.h"

/* A directory that is watched. Owned by workspaces.c; everybody else borrows it for the length of a
 * call and keeps its id. */
struct workspace {
        uint32_t id;
        char *path;               /* absolute */
        int root_fd;              /* O_PATH directory */
        struct mount_place place; /* where that is, for other mount namespaces */
        char agent[128];          /* "" if none */
        enum back_end back_end;   /* that watches it */
        unsigned pattern;         /* which of the configuration's workspaces it matches */
        struct config *config;    /* the generation that it belongs to */
        bool fine_times;          /* two writes one after the other always give two ctimes here */
        bool settled;             /* reported in this round of a reload */
        bool dropped; /* the pipeline had no room for some of its candidates: they are still to be
                         walked */
        bool gated;   /* opens of its files wait for a verdict */
        bool walked;  /* once, since it is watched */
        bool errors_told;  /* by its file system */
        usec_t error_at;   /* when it last told of one (realtime) */
        bool sweep_wanted; /* before the next one is due */
        usec_t swept;      /* when all of it was last looked at (realtime); 0: never */
        usec_t swept_at;   /* the same, monotonic: from which the next one is counted */
        char *weak;        /* why quarantine is weaker here, or NULL */
        struct {
                bool open;
                usec_t since; /* realtime */
                char *detail;
        } gaps[_REASON_MAX];
        uint64_t scanned, findings, quarantined;
};

/* True if its configuration lets comments suppress findings (inline_suppressions). */
static inline bool workspace_obeys_comments(const struct workspace *ws)
{
        return ws && ws->config && ws->pattern < ws->config->n_workspaces &&
               ws->config->workspaces[ws->pattern].inline_suppressions;
}
