/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <sys/types.h>

#include "common/base/clock.h"

/* Users whose request was refused wait a moment before the next one is looked at, on whichever
 * connection: each refusal is an event, and nobody may flood the outputs with them. */

#define PENALTY_TIME (250 * USEC_PER_MSEC)
#define PENALTY_USERS 32

struct penalties {
        struct {
                uid_t uid;
                usec_t until; /* monotonic */
        } users[PENALTY_USERS];
};

void penalties_add(struct penalties *p, uid_t uid, usec_t now);
/* Until when this user waits; 0: not at all. */
usec_t penalties_until(const struct penalties *p, uid_t uid, usec_t now);
