/* SPDX-FileCopyrightText: giad maintainers */
/* Owns: how an approval comes to stand by one person's word or two, and what ends with it. Does not own: who may agree (rights.h). */
#include "daemon/agree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/rights.h"

static bool agree_first(const struct control_peer *peer, struct reg_approval *pin)
{
        pin->operator_name = strdup(peer->name);
        pin->operator_uid = peer->uid;
        pin->operator_login_uid = peer->auid;
        return pin->operator_name != NULL;
}

/* Two reasons are one text: both are to be read later. */
static bool agree_second(const struct control_peer *peer, const struct reg_approval *first,
                         struct reg_approval *pin)
{
        char *reason = NULL;

        if (asprintf(&reason, "%s; %s: %s", first->reason ? first->reason : "", peer->name,
                     pin->reason ? pin->reason : "") < 0)
                return false;
        free(pin->reason);
        pin->reason = reason;
        pin->operator_name = strdup(first->operator_name ? first->operator_name : "?");
        pin->operator_uid = first->operator_uid;
        pin->operator_login_uid = first->operator_login_uid;
        pin->second_name = strdup(peer->name);
        pin->second_uid = peer->uid;
        pin->second_login_uid = peer->auid;
        if (first->expires && (!pin->expires || first->expires < pin->expires))
                pin->expires = first->expires;
        return pin->operator_name && pin->second_name;
}

enum agreement agree(const struct approvals *a, bool two_persons, const struct control_peer *peer,
                     struct reg_approval *pin)
{
        const struct reg_approval *found = approvals_find(a, pin);
        bool second = found && found->awaits && two_persons;

        if (found)
                memcpy(pin->id, found->id, sizeof(pin->id));
        if (second && !rights_two_persons(found->operator_uid, found->operator_login_uid, peer->uid,
                                          peer->auid))
                return AGREEMENT_SAME_PERSON;
        if (!(second ? agree_second(peer, found, pin) : agree_first(peer, pin)))
                return AGREEMENT_NO_MEMORY;
        pin->awaits = two_persons && !second;
        return pin->awaits ? AGREEMENT_AWAITS : AGREEMENT_WHOLE;
}

struct opposing {
        const struct reg_approval *pin;
        struct opposed *found;
};

static int add_opposed(void *userdata, const struct reg_approval *a)
{
        const struct opposing *o = userdata;
        const struct reg_approval *pin = o->pin;

        if (a->pattern || a->scope != REG_SCOPE_CONTENT || a->reject == pin->reject ||
            memcmp(a->sha256, pin->sha256, sizeof(a->sha256)) != 0 ||
            strcmp(a->workspace, pin->workspace) != 0 || strcmp(a->path, pin->path) != 0)
                return 0;
        memcpy(o->found->ids[o->found->n++], a->id, ID_SIZE);
        return o->found->n == OPPOSED_MAX;
}

void opposed_find(const struct approvals *a, const struct reg_approval *pin, struct opposed *ret)
{
        struct opposing o = {pin, ret};

        ret->n = 0;
        if (!pin->awaits)
                approvals_each(a, add_opposed, &o);
}

int opposed_end(const struct opposed *o, struct reg *reg)
{
        int k = 0;

        for (unsigned i = 0; i < o->n && (k == 0 || k == -ENOENT); i++)
                k = reg_approval_revoke(reg, o->ids[i]);
        return k == -ENOENT ? 0 : k;
}

void opposed_forget(const struct opposed *o, struct approvals *a)
{
        for (unsigned i = 0; i < o->n; i++)
                approvals_remove(a, o->ids[i]);
}
