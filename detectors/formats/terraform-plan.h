/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether a JSON text may be a plan or state of Terraform: the name of a key that they all have is
 * in it. */
bool terraform_plan_is(const char *data, size_t n);
