/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Between the files of daemon/inspect only. */

#include "daemon/inspect/inspect.h"

/* as large as the kernel lets them become: a longer list could not be read at all */
#define XATTR_NAMES_MAX 65536
#define XATTR_VALUE_MAX 65536

struct inspector {
        struct detector *detector;
        uint64_t file_max;
        size_t piece;
        uint8_t *buffer; /* a piece */
        char names[XATTR_NAMES_MAX];
        uint8_t value[XATTR_VALUE_MAX];
};

/* Fills the buffer from the offset, as far as the file goes; want is at most a piece. Bytes, or negative errno. */
ssize_t inspector_read(struct inspector *i, int fd, uint64_t offset, size_t want);
