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

/* lstat() of an entry. */
struct walk_found {
        int error; /* 0 or negative errno; what follows is valid without one */
        struct stat st;
};

#define WALK_LISTING_SIZE ((size_t)8 * 1024)
#define WALK_LISTING_MAX (WALK_LISTING_SIZE / 24) /* what the shortest entry takes */

/* The first entries of a directory, and what each of them is. The memory is the caller's: WALK_LISTING_SIZE bytes, and
 * WALK_LISTING_MAX entries. */
struct walk_listing {
        char *entries;
        size_t len;
        struct walk_found *found; /* of the first but "." and ".." */
        size_t n_found;
        bool whole; /* there are no more entries */
};

struct walk {
        int fd; /* -1: closed */
        const char *entries;
        size_t at, len;
        uint64_t ino; /* of the entry that was met last, as its directory has it */
        const struct walk_listing *listing; /* its entries are met first; NULL: not any more */
        size_t met;                         /* of those that it found */
        const struct walk_found *found;     /* of the entry that was met last; NULL: not known */
        char *buffer;                       /* WALK_BUFFER bytes, kept between listings */
};

#define WALK_NULL ((struct walk){.fd = -1})

/* Starts to list what is there now, not when fd was opened. Consumes fd (a directory opened for reading), also on failure.
 * Returns 0, -ENOMEM, or as lseek(2). */
int walk_open(struct walk *w, int fd);
/* The same, but the first entries are those of *l (borrowed until walk_close()), which was made with this fd. */
int walk_open_listed(struct walk *w, int fd, const struct walk_listing *l);
/* Lists into *l what is in the directory open as fd (borrowed) now, as far as there is room, and finds out what each is, until
 * *stop is set. Returns 0, or as lseek(2) and getdents(2). */
int walk_list(struct walk_listing *l, int fd, const _Atomic bool *stop);
/* The next entry but "." and "..". *ret_name is valid until the next call; *ret_type is a DT_ value
 * and may be DT_UNKNOWN. Returns 1, 0 at the end, or negative errno. */
int walk_next(struct walk *w, const char **ret_name, unsigned char *ret_type);
/* lstat() of the entry that was met last. 0 or negative errno. */
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
