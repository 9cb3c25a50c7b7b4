/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct stat;

/* Puts the content under path as a whole or not at all. replace: something may be there, whose
 * owner and mode it gets if like is given; otherwise it is new (mode 0600), and -EEXIST if
 * something is. Links are not followed. Returns 0 or negative errno. */
int new_file_put(const char *path, const char *text, size_t n, bool replace,
                 const struct stat *like);
