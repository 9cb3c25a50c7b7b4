/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Directories by what the file system calls them: its id and a handle, which are in every event of fanotify and
 * stay the same whatever the directory's name is. Each that is known has a small number.
 */

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
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

struct handles {
        struct handle_entry *by_name;
        struct handle_entry **list; /* by number; NULL: free */
        size_t n, alloc;
        size_t lowest; /* all below are taken */
};

/* What the directory that is open as fd (O_PATH will do) is called. 0 or negative errno; -EOPNOTSUPP: its file
 * system has no handles. */
int handle_name_read(struct handle_name *ret, int fd);

void handles_done(struct handles *h);
/* The number of the directory, or -1. name: a struct handle_name cut behind its handle, n bytes. */
int handles_find(const struct handles *h, const void *name, size_t n);
/* The number of the directory, which is given one if it has none. -ENOMEM, or -ENOSPC: there are too many. */
int handles_add(struct handles *h, const struct handle_name *name);
/* The number is free again. */
void handles_remove(struct handles *h, int number);
/* Bytes of the name up to the end of its handle. */
size_t handle_name_size(const struct handle_name *name);
