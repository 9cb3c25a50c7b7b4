/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Who wrote something, as far as it matters to who may decide about it: plain data, kept with what was written.
 */

#include <stdint.h>
#include <sys/types.h>

#include "common/base/clock.h"
#include "common/model/provenance.h"

#define AUTHOR_CGROUP_MAX 512u

struct author {
        uint32_t uid;       /* of the process, or of the file's owner if that is all there is */
        uint32_t login_uid; /* PROVENANCE_NONE: not logged in, or not known */
        uint32_t session;   /* of audit; likewise */
        pid_t pid;          /* 0: not known */
        usec_t wrote;       /* realtime, not before it was written */
        char cgroup[AUTHOR_CGROUP_MAX]; /* as it may be told (text_mask); "": not known */
};

/* Of a process (or NULL) that wrote a file of this owner. */
void author_of(struct author *ret, const struct provenance *writer, uint32_t owner, usec_t wrote);
