/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "detectors/ruleset.h"

/* What a checksum or validator of this name asks for; "" if there is none. */
const char *rules_words_check(const char *name);

/* Prints what a tree or call rule looks for, as the last pack of the directories (NULL, "": none)
 * that says it has it. Returns false if none does. */
bool rules_words_print(const struct rule *rule, const char *const *directories, size_t n);
