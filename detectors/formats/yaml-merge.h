/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "detectors/formats/doc.h"

/* The merge keys (`<<`) of a complete mapping give way to the entries that they stand for; explicit
 * entries win. A `<<` that stands for no mapping stays. */
void yaml_merge_keys(struct node *n);
