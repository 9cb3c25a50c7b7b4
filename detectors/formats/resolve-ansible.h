/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Variables of Ansible's plays, blocks and tasks. */

#include "detectors/formats/resolve-internal.h"

bool resolve_ansible_fits(const struct node *root);
/* As resolve_fn: {{ name }}, {{ name.part | default('x') }}, alone or in a text. */
bool resolve_ansible(struct resolver *r, struct node *n);
