/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stddef.h>

/* What a framework calls the n characters of an id such as "NHI2:2025"; NULL if frameworks.def does
 * not say. */
const char *framework_title(const char *id, size_t n);
