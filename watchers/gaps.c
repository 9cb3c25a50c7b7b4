/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the state of a workspace's gaps.
 * Does not own: when a gap opens or may close; the back end knows what it has missed and walked.
 */
#include "watchers/gaps.h"

#include <limits.h>
#include <string.h>

#include "common/base/text.h"
#include "watchers/watcher.h"

#define DETAIL_MAX 512

static uint64_t bit(enum reason reason)
{
        return UINT64_C(1) << reason;
}

void gaps_open(struct gaps *g, const struct watcher_handler *handler, uint32_t workspace,
               enum reason reason, const char *path)
{
        char detail[DETAIL_MAX], masked[PATH_MAX];

        g->found |= bit(reason);
        if (g->open & bit(reason))
                return;
        g->open |= bit(reason);
        if (path) {
                /* nobody has looked for secrets in it */
                (void)text_mask(masked, sizeof(masked), path);
                path = text_printable(detail, sizeof(detail), masked, strlen(masked));
        }
        handler->gap(handler->userdata, workspace, reason, true, path);
}

void gaps_close(struct gaps *g, const struct watcher_handler *handler, uint32_t workspace,
                enum reason reason)
{
        if (!(g->open & bit(reason)))
                return;
        g->open &= ~bit(reason);
        handler->gap(handler->userdata, workspace, reason, false, NULL);
}

void gaps_forget(struct gaps *g)
{
        g->found = 0;
}

void gaps_forget_one(struct gaps *g, enum reason reason)
{
        g->found &= ~bit(reason);
}

bool gaps_is_open(const struct gaps *g, enum reason reason)
{
        return g->open & bit(reason);
}

bool gaps_was_found(const struct gaps *g, enum reason reason)
{
        return g->found & bit(reason);
}
