/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The lines of /proc/PID/mountinfo, as proc_pid_mountinfo(5) has them: the kernel's text, in which others chose the names. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What it points to lies in the line. */
struct mount_line {
        uint64_t id, parent; /* as the tables have them; given again when the mount has gone */
        dev_t dev;           /* of the file system */
        const char *root;    /* what of the file system is mounted: a path in it */
        const char *point;   /* where, as the process sees it whose table it is */
        const char *type;    /* of the file system; "" if the line was cut before it */
        const char *options; /* of the file system, still with \ooo; likewise */
};

/* Takes the line apart, in place; a newline at its end is left out. False: it is no such line. */
bool mountinfo_parse(char *line, struct mount_line *ret);
/* The value of an option (upperdir=…), decoded. False: there is none of that name, or it does not fit. */
bool mountinfo_option(const char *options, const char *name, char *dst, size_t size);
