/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the register knows, as JSON for the control socket. Texts are made printable once more: the register's file may be damaged. */

#include "common/base/buffer.h"
#include "daemon/policy/policy.h"
#include "daemon/register/register.h"

struct manager;

/* The artefact as policy sees it; its texts are borrowed. */
struct policy_subject describe_subject(const struct manager *m, const struct reg_artefact *a);

/* Append one object. */
void describe_artefact(struct buffer *out, const struct reg_artefact *a);
void describe_finding(struct buffer *out, const struct manager *m, const struct reg_artefact *a,
                      const struct finding *f);
