/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What of the Elastic Common Schema is not in ecs.def, for who renders it (ecs.c) and who makes the ingest pipeline. */

#include "common/model/event.h"

#define ECS_VERSION "9.4.0"
#define ECS_CATEGORIES 2u

/* event.kind, event.category, event.type and event.outcome of a kind of event. */
struct ecs_class {
        const char *kind;
        const char *category[ECS_CATEGORIES]; /* the last may be NULL */
        const char *type;
        const char *outcome; /* NULL: none */
};
const struct ecs_class *ecs_class(enum event_kind kind);

/* event.kind of one whose class says alert and that tells of no offence (standing.h). */
#define ECS_KIND_NO_ALERT "event"
