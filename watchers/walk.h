/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Listing one directory, a piece at a time. Never leaves the root it was given: every open is one
 * openat2() beneath it that follows neither links nor mounts.
 */

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define WALK_BUFFER ((size_t)32 * 1024)

struct walk {
        int fd; /* -1: closed */
        size_t at, len;
        uint64_t ino; /* of the entry that was met last, as its directory has it */
        bool filled;  /* by the last call of walk_next() */
        char *buffer; /* WALK_BUFFER bytes, kept between listings */
};

#define WALK_NULL ((struct walk){.fd = -1})

/* Starts to list what is there now, not when fd was opened. Consumes fd (a directory opened for reading), also on failure.
 * Returns 0, -ENOMEM, or as lseek(2). */
int walk_open(struct walk *w, int fd);
/* The next entry but "." and "..". *ret_name is valid until the next call; *ret_type is a DT_ value
 * and may be DT_UNKNOWN. Returns 1, 0 at the end, or negative errno. */
int walk_next(struct walk *w, const char **ret_name, unsigned char *ret_type);
/* What is in the buffer behind the last entry, without taking it: *at is 0 for the first, and is moved on. Returns 1, or 0: no
 * more. */
int walk_peek(const struct walk *w, size_t *at, const char **ret_name, unsigned char *ret_type);
/* lstat() of an entry. 0 or negative errno. */
int walk_stat(const struct walk *w, const char *name, struct stat *ret);
static inline bool walk_is_open(const struct walk *w)
{
        return w->fd >= 0;
}
void walk_close(struct walk *w);
/* Closes and frees the buffer. */
void walk_done(struct walk *w);

/* The directory called name in the open directory dirfd, or the directory at path beneath it, to be listed: an fd
 * or negative errno as open_beneath() has it. */
int walk_open_directory(int dirfd, const char *path);
