/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The mounts of a process as its mount table had them, and what they call a file of the host. Nobody changes a view; shared
 * by reference.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/base/macros.h"

#define MOUNT_VIEW_BYTES_MAX \
        ((size_t)64 << 10) /* of a table; a process that may mount can make it longer */

struct mount_view;

/* A directory of the host: of the file system, whatever is mounted where, and as the host calls it. */
struct mount_place {
        dev_t dev;     /* as mount tables have it: not always st_dev */
        char *in_fs;   /* NULL: not known */
        char *on_host; /* likewise */
};

/* From the text of a mount table, n bytes; lines that are none are passed over. *ret has one reference. Returns 0, -E2BIG:
 * longer than MOUNT_VIEW_BYTES_MAX, or -ENOMEM. */
int mount_view_new(struct mount_view **ret, const char *table, size_t n);
struct mount_view *mount_view_ref(struct mount_view *v);   /* accepts NULL */
struct mount_view *mount_view_unref(struct mount_view *v); /* accepts NULL, returns NULL */
DEFINE_CLEANUP(struct mount_view *, mount_view_unref);
/* Whether it is of this very text. */
bool mount_view_is(const struct mount_view *v, const char *table, size_t n);

/* How the process calls the file at path beneath the place: dst, and behind that path + *ret_tail. dst has the names that are
 * the mounts', the tail those that are the file's. False: no mount shows it. */
bool mount_view_find(const struct mount_view *v, const struct mount_place *place, const char *path,
                     char *dst, size_t size, size_t *ret_tail);

/* Whether the file lies in the upper directory of an overlay mount of the process. */
bool mount_view_overlays(const struct mount_view *v, const struct mount_place *place,
                         const char *path);

/* Where the directory that is open as fd is, by the table of this process. 0 or negative errno (-ENOENT: its mount is not in the
 * table). */
int mount_place_read(struct mount_place *ret, int fd);
void mount_place_done(struct mount_place *p);
