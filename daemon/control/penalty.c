/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the short memory of who was refused.
 * Does not own: making anybody wait (connection.c).
 */
#include "daemon/control/penalty.h"

#include <stddef.h>

void penalties_add(struct penalties *p, uid_t uid, usec_t now)
{
        size_t place = 0;

        /* the user's own place, or the one that ends first */
        for (size_t i = 0; i < PENALTY_USERS; i++) {
                if (p->users[i].until > 0 && p->users[i].uid == uid) {
                        place = i;
                        break;
                }
                if (p->users[i].until < p->users[place].until)
                        place = i;
        }
        p->users[place].uid = uid;
        p->users[place].until = now + PENALTY_TIME;
}

usec_t penalties_until(const struct penalties *p, uid_t uid, usec_t now)
{
        for (size_t i = 0; i < PENALTY_USERS; i++)
                if (p->users[i].uid == uid && p->users[i].until > now)
                        return p->users[i].until;
        return 0;
}
