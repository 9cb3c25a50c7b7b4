/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdint.h>

struct file_id;
struct provenance;

/* Why a watcher names a file. */
enum candidate_why {
        CANDIDATE_WRITTEN,  /* a writer closed it */
        CANDIDATE_MOVED_IN, /* it got its name by a rename */
        CANDIDATE_LINKED,   /* it got its name by link(2), linkat(2) or symlink(2) */
        CANDIDATE_OPEN,     /* written to and still open */
        CANDIDATE_CHANGED,  /* attributes or extended attributes changed */
        CANDIDATE_WALK,     /* found by listing its directory */
        CANDIDATE_SWEEP,    /* found so long after the first walk: no event told of it */
        _CANDIDATE_MAX,
};

const char *candidate_why_to_string(int why);

/* A file that should be looked at. Made by a watcher, valid only during the call that hands it
 * over: everything is borrowed. A candidate is a hint: what is there when it is opened is what
 * counts. */
struct candidate {
        uint32_t workspace; /* the id that was given to the watcher */
        const char *path;   /* relative to the workspace's root, no leading '/', never "." or ".."
                               parts */
        enum candidate_why why;
        const struct file_id *seen; /* what the watcher's own stat said, or NULL: lets the receiver
                                       skip the open */
        struct provenance *
                writer; /* who gave it its content or name, if the kernel said so; otherwise NULL */
};
