/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stddef.h>

#include "common/model/enums.h"
#include "detectors/formats/format.h"

/* The identity files of a Linux host: which one a file is. The kind of artefact and the format are
 * one answer, so that they cannot disagree. */
struct host_file {
        enum artefact_kind kind; /* ARTEFACT_NONE: the path does not make it one */
        const struct format *format;
        const char *glob; /* that fits, or what the lines are */
};

/* By path, or NULL. */
const struct host_file *host_file_by_path(const char *path);
/* By lines that tell, or NULL. Looks at the first 64 KiB. */
const struct host_file *host_file_by_lines(const char *data, size_t n);
/* The kind of a file that was read as a format of this name, or ARTEFACT_NONE. */
enum artefact_kind host_file_kind(const char *format);
