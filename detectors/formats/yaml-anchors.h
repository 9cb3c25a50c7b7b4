/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "detectors/formats/doc.h"

/* The anchors of a YAML document, by name; the last of a name counts. */
struct yaml_anchors {
        struct yaml_anchor *items;
        size_t n, alloc;
};

void yaml_anchors_done(struct yaml_anchors *a);
/* Forgets them all: the next document begins. */
void yaml_anchors_reset(struct yaml_anchors *a);
/* The name is copied into the arena. Returns 0; -E2BIG if there are too many; -ENOMEM or doc_error.
 */
int yaml_anchors_add(struct yaml_anchors *a, struct doc *d, const char *name, struct node *n);
/* NULL if there is none of that name. */
struct node *yaml_anchors_find(const struct yaml_anchors *a, const char *name);
