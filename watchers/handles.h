/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Directories by what the file system calls them: its id and a handle, which are in every event of fanotify and
 * stay the same whatever the directory's name is. Each that is known has a small number.
 */

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/statfs.h>

#include "common/base/table.h"

/* As the records of fanotify have it, in one piece. */
struct handle_name {
        __fsid_t fsid;
        unsigned int bytes; /* of the handle */
        int type;
        unsigned char handle[MAX_HANDLE_SZ];
};

struct handle_entry;

#define HANDLES_MISSES 8192u

struct handles {
        struct handle_entry *by_name;
        struct handle_entry **list; /* by number; NULL: free */
        size_t n, alloc;
        size_t lowest; /* all below are taken */
        uint32_t misses;
        uint32_t missed[HANDLES_MISSES]; /* by hash: the last miss; 0: none */
};

/* What the directory that is open as fd (O_PATH will do) is called. 0 or negative errno; -EOPNOTSUPP: its file
 * system has no handles. */
int handle_name_read(struct handle_name *ret, int fd);

void handles_done(struct handles *h);
/* The number of the directory, or -1, which is noted. name: a struct handle_name cut behind its handle, n bytes. */
int handles_find(struct handles *h, const void *name, size_t n);
/* Whether the directory may have been looked for in vain before it had its number: true if it was, among the last 20 000
 * that were, and now and then by chance. */
bool handles_was_missed(const struct handles *h, int number);
/* The number of the directory, which is given one if it has none. -ENOMEM, or -ENOSPC: there are too many. */
int handles_add(struct handles *h, const struct handle_name *name);
/* The number is free again. */
void handles_remove(struct handles *h, int number);
/* Bytes of the name up to the end of its handle. */
size_t handle_name_size(const struct handle_name *name);
