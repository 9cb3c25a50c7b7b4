/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The register's file as a file. Only for daemon/register. */

#include <stdint.h>

#define FILE_ASIDE_MAX 4200u
#define FILE_HEADER 100u /* bytes that SQLite keeps at the beginning */

struct reg;

/* Makes it with mode 0600 if it is not there. 0 or negative errno; -EINVAL: it is no regular file, -EUCLEAN: it
 * is there and nothing, or hardly anything, is in it. */
int file_make(const char *path);
/* Renames it, with its write-ahead log, to ret; "" if it is not there. 0 or negative errno. Those that were set aside long before are
 * deleted when there are many. */
int file_set_aside(const char *path, char ret[static FILE_ASIDE_MAX]);
/* Deletes it with its log. */
void file_remove(const char *path);
/* Notes what the file's head says. */
void file_remember(struct reg *r);
/* Why the file under an open register is no more what it was, as far as can be told by two system calls; NULL: it is. */
const char *file_changed(const struct reg *r);
