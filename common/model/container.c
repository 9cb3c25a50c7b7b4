/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the life of what is known of a container.
 * Does not own: finding it out (daemon/containers.c).
 */
#include "common/model/container.h"

#include <stdlib.h>

struct container_facts *container_facts_new(void)
{
        struct container_facts *c = calloc(1, sizeof(*c));

        if (c)
                c->refs = 1;
        return c;
}

struct container_facts *container_facts_ref(struct container_facts *c)
{
        if (c)
                c->refs++;
        return c;
}

struct container_facts *container_facts_unref(struct container_facts *c)
{
        if (!c || --c->refs > 0)
                return NULL;
        free(c);
        return NULL;
}
