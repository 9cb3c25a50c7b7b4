/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The synthetic artefact of a health check, in a directory of its own below a workspace's root. */

#include <stdbool.h>

#include "common/base/id.h"
#include "common/base/open.h"

#define HEALTH_DIRECTORY ".giad-health-"
#define HEALTH_FILE "canary.env"
#define HEALTH_RULE "giad-health-canary" /* detectors/rules/health.yaml */

struct health_file {
        char directory[sizeof(HEALTH_DIRECTORY) + ID_LENGTH];
        int directory_fd;  /* -1: there is none */
        int fd;            /* open for reading as long as it counts: its inode is no other's */
        struct file_id id; /* valid while fd is */
};
#define HEALTH_FILE_NULL ((struct health_file){.directory_fd = -1, .fd = -1})

/* Makes the directory; root_fd is the workspace's. Returns 0 or negative errno. */
int health_file_begin(struct health_file *f, int root_fd);
/* Writes the file and gives it its name, in one step for who watches. Returns 0 or negative errno. */
int health_file_write(struct health_file *f);
/* Is this inode the file? */
bool health_file_is(const struct health_file *f, const struct file_id *id);
/* Takes the file, a note in its place (suffix) and the directory away; whatever else somebody put
 * there stays, with the directory: -ENOTEMPTY. Returns 0 or negative errno; f is empty afterwards
 * in any case. */
int health_file_end(struct health_file *f, int root_fd, const char *note_suffix);
