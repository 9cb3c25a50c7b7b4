/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Variables of Ansible's plays, blocks, tasks and roles. */

#include "detectors/formats/resolve-internal.h"

bool resolve_ansible_fits(const struct node *root);
/* Whether variables of a role are at hand. */
bool resolve_ansible_role(const struct resolver *r);
/* As resolve_fn: {{ name }}, {{ name.part | default('x') }}, alone or in a text. */
bool resolve_ansible(struct resolver *r, struct node *n);
