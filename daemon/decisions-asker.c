/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: who asked for a decision, until the call is answered.
 * Does not own: the call (control.c); the decision.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/decisions-internal.h"

int asker_set(struct asker *a, struct control_call *call, const struct control_peer *peer,
              const char *comment)
{
        *a = (struct asker){.call = call, .peer = *peer, .comment = strdup(comment)};
        return a->comment ? 0 : -ENOMEM;
}

static void on_gone(void *userdata, struct control_call *call)
{
        (void)call;
        ((struct asker *)userdata)->call = NULL;
}

void asker_keep(struct asker *a)
{
        control_call_keep(a->call, on_gone, a);
}

struct told_operator asker_operator(const struct asker *a)
{
        return (struct told_operator){a->peer.name, a->peer.uid, a->peer.auid};
}

void asker_done(struct asker *a)
{
        free(a->comment);
}
