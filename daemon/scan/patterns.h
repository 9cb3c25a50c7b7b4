/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The file in which scanners' compiled patterns are kept from one start to the next. */

/* Opens it for reading. Returns an fd, or negative errno: not there, or not ours alone to write. */
int scan_patterns_open(const char *path);
/* Puts what fd holds (a memfd of a scanner that has read nothing but rules) in its place; all of it
 * or nothing. 0 or negative errno; nothing worse follows than compiling again. */
int scan_patterns_store(const char *path, int fd);
