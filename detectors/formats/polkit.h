/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether a file is one of polkit's rules, and not of udev or another that calls its files so. */
bool polkit_is_rules(const char *path, const char *data, size_t n);
