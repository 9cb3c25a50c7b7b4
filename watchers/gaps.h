/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Which coverage gaps are open for one workspace, so that each is told once when it opens and once
 * when it closes. */

#include <stdbool.h>
#include <stdint.h>

#include "common/model/enums.h"

struct watcher_handler;

_Static_assert(_REASON_MAX <= 64, "a set of reasons is a 64-bit mask");

struct gaps {
        uint64_t open;
        uint64_t found; /* met again since the last gaps_forget(): not to be closed yet */
};

/* Opens the gap if it is closed, and notes that its cause was met. path (may be NULL) is what is
 * told as detail, made printable. */
void gaps_open(struct gaps *g, const struct watcher_handler *handler, uint32_t workspace,
               enum reason reason, const char *path);
/* Closes the gap if it is open. */
void gaps_close(struct gaps *g, const struct watcher_handler *handler, uint32_t workspace,
                enum reason reason);
/* A walk of everything begins: what it does not meet is gone when it ends. */
void gaps_forget(struct gaps *g);
/* The same for one reason. */
void gaps_forget_one(struct gaps *g, enum reason reason);

bool gaps_is_open(const struct gaps *g, enum reason reason);
bool gaps_was_found(const struct gaps *g, enum reason reason);
