/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Running git, for what it alone knows: what is staged. It gets an environment of ours, in which
 * nothing of the repository's configuration is run, and neither filters nor replaced objects stand
 * between us and what would be committed. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "common/base/buffer.h"

/* Git ended with an error, and said on stderr which. */
#define GIT_E_FAILED 1

/* Runs `git ARGS...` in directory (NULL: here) to its end and takes its output. args ends with
 * NULL. Returns 0, GIT_E_FAILED, or negative errno; -ENOENT: there is no git. */
int git_output(const char *directory, const char *const *args, struct buffer *out);

/* git cat-file --batch: the content of objects, one after the other. */
struct git_objects;
int git_objects_new(struct git_objects **ret, const char *directory);
struct git_objects *git_objects_free(struct git_objects *g);
/* Asks for a blob by its id. Returns 0 with its size: git_objects_read() must take all of it before
 * the next one is asked for; -ENOENT: there is no such blob; -EPIPE, -EBADMSG: git is of no use any
 * more. */
int git_objects_ask(struct git_objects *g, const char *id, size_t *ret_size);
/* Writes the blob that was asked for to fd, at most max bytes of it; the rest is passed over. fd -1:
 * all is. Returns 0 or negative errno. */
int git_objects_read(struct git_objects *g, int fd, size_t max);
