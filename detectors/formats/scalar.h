/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stddef.h>

#include "detectors/formats/doc.h"

/* What a bare word is by YAML 1.2's core schema: null, true and false in their three spellings,
 * integers (also 0x… and 0o…), floating point numbers, or a string. */
enum node_type scalar_type(const char *s, size_t n);

/* Gives n the value s of this type; truth values are written "true" and "false". s lives in the
 * arena. */
void scalar_set(struct node *n, enum node_type type, const char *s, size_t size);
