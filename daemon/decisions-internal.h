/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the decisions about entries of the store and about artefacts have in common. Nobody else includes this. */

#include "daemon/agree.h"
#include "daemon/decisions.h"
#include "daemon/governed.h"
#include "daemon/manager.h"
#include "daemon/rights.h"
#include "daemon/tell.h"

#define DECISION_REASON_MAX 1000u

/* Who asked for a decision, and why. It is answered when the storer has carried it out. */
struct asker {
        struct control_call *call; /* borrowed; NULL: the client went away */
        struct control_peer peer;
        char *comment;
};

/* Returns 0 or -ENOMEM. */
int asker_set(struct asker *a, struct control_call *call, const struct control_peer *peer,
              const char *comment);
/* The call outlives the method that it came by. a must stay where it is until the call is answered. */
void asker_keep(struct asker *a);
struct told_operator asker_operator(const struct asker *a);
void asker_done(struct asker *a);

/* The reason that every decision needs; NULL: there is none, or it is too long, and the call has been answered. */
const char *decision_reason(struct control_call *call, const cJSON *parameters);
/* "expires", in seconds from now, as realtime; 0: never. Returns 0, or -ERANGE: what is written wrongly is never taken for "for
 * ever". */
int decision_expires(const cJSON *parameters, usec_t *ret);
/* The answer to it. */
int decision_bad_expiry(struct control_call *call);
/* Answers a call to which this agreement is no yes. Returns true if it did. */
bool decision_disagreed(struct control_call *call, enum agreement agreement);
/* Whether the peer may decide about an artefact, and it is one that can be named. If not, the call has been answered, and an attempt
 * without the right is told of. */
bool decision_permitted(struct manager *m, struct control_call *call,
                        const struct control_peer *peer, const struct governed *what,
                        const char *comment);
