/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Rule packs as files: which ones there are, and all of them taken at one moment into a sealed memory
 * file. giad takes them as root once in each generation and hands the same to every scanner, so that
 * what somebody is editing on disk neither changes nor ends what is in force. Nothing here looks into
 * a pack.
 */

#include <stddef.h>

#include "common/base/buffer.h"

#define RULE_FILE_MAX ((size_t)8 << 20)   /* bytes of one pack */
#define RULE_FILES_MAX ((size_t)64 << 20) /* of all of them */

struct rule_files_error {
        char path[4096]; /* as it was named; not made printable */
        char message[200];
};

/* Takes every *.yaml of dir, then of local_dir (NULL, "" or missing: none), each in the order of
 * their names. *ret_fd is the caller's; it cannot be written to. Returns 0; -EBADMSG with *reterr
 * (path is the file that cannot be taken); -ENOENT with *reterr if dir is not there or holds no
 * pack; another negative errno without. */
int rule_files_take(int *ret_fd, const char *dir, const char *local_dir,
                    struct rule_files_error *reterr);

struct rule_files { /* what rule_files_take() took, mapped */
        const char *data;
        size_t size;
};

/* fd is borrowed. Returns 0 or negative errno. */
int rule_files_map(struct rule_files *ret, int fd);
void rule_files_unmap(struct rule_files *files);

struct rule_file {
        const char *path;
        const char *data;
        size_t size;
};

/* *at is 0 before the first. Returns 1; 0 after the last; -EBADMSG if these are no rule files. */
int rule_files_next(const struct rule_files *files, size_t *at, struct rule_file *ret);

/* Appends one pack's bytes to content. Returns as rule_files_take(), but for -ENOENT (-EBADMSG). */
int rule_file_read(struct buffer *content, const char *path, struct rule_files_error *reterr);
