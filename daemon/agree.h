/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Whether enough persons agree with an approval (approval.two_persons), and what it ends. */

#include "daemon/approvals.h"
#include "daemon/control/control.h"

enum agreement {
        AGREEMENT_WHOLE,       /* it is in force from now on */
        AGREEMENT_AWAITS,      /* the first of two has agreed */
        AGREEMENT_SAME_PERSON, /* who agrees has done so already */
        AGREEMENT_NO_MEMORY,
};

/* Puts down in pin, which says what is approved, until when and why, that the peer agrees. If an approval of the same stands already
 * pin gets its id, and if that waits for a second person it is the first, with its reason and the earlier end. */
enum agreement agree(const struct approvals *a, bool two_persons, const struct control_peer *peer,
                     struct reg_approval *pin);

/* What a decision about a content at a place ends: a rejection the approvals of it there, an approval its rejection. */
#define OPPOSED_MAX 16u

struct opposed {
        char ids[OPPOSED_MAX][ID_SIZE];
        unsigned n;
};

void opposed_find(const struct approvals *a, const struct reg_approval *pin, struct opposed *ret);
/* In the register. 0 or negative errno. [storer] */
int opposed_end(const struct opposed *o, struct reg *reg);
/* In memory. */
void opposed_forget(const struct opposed *o, struct approvals *a);
