/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: putting together how the writer calls a file, without what may not be shown.
 * Does not own: the mounts (common/model/mount-view.h), and when they are read (watchers/writers.h).
 *
 * The names of the file's own path were looked at by a scanner, and are shown as everywhere; those that are only the writer's
 * were not, and are masked.
 */
#include "daemon/inside.h"

#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "common/model/mount-view.h"

/* The end of the path as it may be shown: of path from the tail on; NULL: it cannot be told which part of what is shown that is. */
static const char *shown_tail(const char *path, const char *shown, size_t tail)
{
        return strncmp(path, shown, tail) == 0 ? shown + tail : NULL;
}

void inside_find(struct inside *ret, const struct provenance *writer, const struct workspace *ws,
                 const char *path, const char *shown)
{
        char head[INSIDE_PATH_MAX], masked[INSIDE_PATH_MAX];
        size_t tail;

        ret->path[0] = '\0';
        ret->missing = NULL;
        if (!writer || !writer->elsewhere)
                return;
        if (!writer->mounts) {
                ret->missing = writer->mounts_missing;
                return;
        }
        if (!mount_view_find(writer->mounts, &ws->place, path, head, sizeof(head), &tail)) {
                ret->missing = "no mount of its writer was found to show it";
                return;
        }
        const char *end = shown_tail(path, shown, tail);
        if (!end) {
                ret->missing = "a secret stands in its path";
                return;
        }
        int n = snprintf(ret->path, sizeof(ret->path), "%s%s",
                         text_mask(masked, sizeof(masked), head), end);
        if (n < 0 || (size_t)n >= sizeof(ret->path)) {
                ret->path[0] = '\0';
                ret->missing = "it is too long";
        }
}

bool inside_overlay(const struct provenance *writer, const struct workspace *ws, const char *path)
{
        return ws->gaps[REASON_OVERLAY_UPPER].open ||
               (writer && writer->mounts && mount_view_overlays(writer->mounts, &ws->place, path));
}

void inside_tell(struct event *e, const struct inside *inside)
{
        if (inside->path[0])
                event_set(e, FIELD_CONTAINER_PATH, inside->path);
        event_set(e, FIELD_CONTAINER_PATH_MISSING, inside->missing);
}
