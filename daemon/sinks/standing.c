/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: whether an event tells of an offence.
 * Does not own: how a form says so (audit.c, ecs.c, ocsf.c).
 */
#include "daemon/sinks/standing.h"

#include <string.h>

bool standing_is_suppressed(const struct event *e)
{
        const char *action = e->fields[FIELD_ACTION];

        return e->kind == EVENT_FINDING && action && strcmp(action, "suppressed") == 0;
}

bool standing_is_approved(const struct event *e)
{
        return e->kind == EVENT_VERDICT && e->fields[FIELD_APPROVAL_ID];
}

bool standing_offends(const struct event *e)
{
        const char *findings = e->fields[FIELD_FINDINGS];

        if (e->kind == EVENT_VERDICT)
                return findings && strcmp(findings, "0") != 0 && !standing_is_approved(e);
        return e->kind == EVENT_FINDING && !standing_is_suppressed(e);
}
