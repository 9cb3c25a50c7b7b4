/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* A file that only saves time: what is in it can be made again, and is checked by who reads it. */

/* Opens it for reading. Returns an fd, or negative errno: not there, or not ours alone to write. */
int cache_file_open(const char *path);
/* Puts what fd holds, from its beginning, in the file's place; all of it or nothing. 0 or negative
 * errno. */
int cache_file_store(const char *path, int fd);
