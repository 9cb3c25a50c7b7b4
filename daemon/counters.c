/* SPDX-FileCopyrightText: giad maintainers */
/* Owns: counting events by what is in them. Does not own: how the numbers are shown (metrics.c). */
#include "daemon/counters.h"

void counters_event(struct counters *c, const struct event *e)
{
        c->events[e->kind]++;
        if (e->kind == EVENT_FINDING) {
                int kind = e->fields[FIELD_KIND] ? finding_kind_from_string(e->fields[FIELD_KIND])
                                                 : -1;

                if (kind >= 0)
                        c->findings[e->severity][kind]++;
        } else if (e->kind == EVENT_VERDICT) {
                int action =
                        e->fields[FIELD_ACTION] ? action_from_string(e->fields[FIELD_ACTION]) : -1;

                if (action >= 0)
                        c->verdicts[action]++;
        } else if (e->kind == EVENT_HEALTH) {
                if (e->severity == SEVERITY_INFO)
                        c->healthy = e->time;
                else
                        c->unhealthy++;
        }
}
