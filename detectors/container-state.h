/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What container runtimes' own files say of a container. They hold words that whoever started it chose, and with a user's own
 * runtime all is the user's: what is not strictly as expected says nothing. */

#include <stdbool.h>
#include <stddef.h>

#include "common/model/container.h"

struct container_state {
        char runtime[CONTAINER_RUNTIME_MAX]; /* "": that file does not say */
        char name[CONTAINER_NAME_MAX];       /* likewise */
        char image[CONTAINER_IMAGE_MAX];     /* likewise; of a machine its root directory */
};

/* A whole file, n bytes, about the container of that id (of a machine: its name). False: it says nothing of that one, or is no
 * such file; *ret is empty then. */
bool container_state_read(enum container_files files, const char *id, const char *data, size_t n,
                          struct container_state *ret);
