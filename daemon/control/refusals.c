/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: how many connections of whom were not let in, and which of them somebody has to hear of.
 * Does not own: who is let in, and telling (server.c).
 */
#include "daemon/control/refusals.h"

#include "common/base/macros.h"

#define OTHERS REFUSALS_USERS

/* The user's own place, or a free one, or that of all others. */
static struct refusal *place_of(struct refusals *r, uid_t uid)
{
        struct refusal *free_place = NULL;

        for (size_t i = 0; i < REFUSALS_USERS; i++) {
                if (r->users[i].until > 0 && r->users[i].peer.uid == uid)
                        return &r->users[i];
                if (r->users[i].until == 0 && !free_place)
                        free_place = &r->users[i];
        }
        return free_place ? free_place : &r->users[OTHERS];
}

bool refusals_note(struct refusals *r, const struct control_peer *peer, const char *why, usec_t now)
{
        static const struct control_peer several = {
                .uid = UINT32_MAX,
                .auid = UINT32_MAX,
                .audit_session = UINT32_MAX,
                .name = "several users",
        };
        struct refusal *u = place_of(r, peer->uid);
        bool first = u->until == 0, others = u == &r->users[OTHERS];

        u->peer = others ? several : *peer;
        u->why = why;
        if (first)
                u->until = now + REFUSALS_INTERVAL;
        if (first && !others)
                return true;
        u->untold++;
        return false;
}

const struct refusal *refusals_due(struct refusals *r, usec_t now, uint64_t *ret_n)
{
        for (size_t i = 0; i < ELEMENTSOF(r->users); i++) {
                struct refusal *u = &r->users[i];

                if (u->until == 0 || now < u->until)
                        continue;
                *ret_n = u->untold;
                u->untold = 0;
                /* who goes on is told of once an interval, who has stopped is forgotten */
                u->until = *ret_n > 0 && now != USEC_INFINITY ? now + REFUSALS_INTERVAL : 0;
                if (*ret_n > 0)
                        return u;
        }
        return NULL;
}

bool refusals_pending(const struct refusals *r)
{
        for (size_t i = 0; i < ELEMENTSOF(r->users); i++)
                if (r->users[i].until > 0)
                        return true;
        return false;
}
