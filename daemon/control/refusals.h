/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/clock.h"
#include "daemon/control/control.h"

/* Connections that were not let in. Of each user the first one is to be told at once, and what
 * follows within REFUSALS_INTERVAL in one word at its end: connecting costs next to nothing, and
 * nobody may flood the outputs with it. */

#define REFUSALS_INTERVAL (10 * USEC_PER_SEC)
#define REFUSALS_USERS 16 /* at once; past them, all others are counted as one */

struct refusals {
        struct refusal {
                struct control_peer peer; /* the last one; uid UINT32_MAX: several, or not known */
                const char *why;          /* the last one */
                uint64_t untold;
                usec_t until; /* monotonic; 0: the place is free */
        } users[REFUSALS_USERS + 1];
};

/* Counts one; why must stay. True: tell this one now. */
bool refusals_note(struct refusals *r, const struct control_peer *peer, const char *why,
                   usec_t now);
/* The next user of whom refusals are to be told that nobody has told, with their number; what is
 * borrowed is valid until the next call. NULL: none is due. now USEC_INFINITY: due or not. */
const struct refusal *refusals_due(struct refusals *r, usec_t now, uint64_t *ret_n);
/* True if some are still to be told, now or later. */
bool refusals_pending(const struct refusals *r);
