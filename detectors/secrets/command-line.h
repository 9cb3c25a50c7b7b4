/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * A command line as it may be shown to people. What could be a secret in it is masked: by the rules of secrets, by what
 * options and variables are called, by what programs are known to take, and by its shape. A word too many costs nothing.
 */

#include <stddef.h>

#include "detectors/secrets/secrets.h"

#define COMMAND_LINE_MAX 4096u /* bytes of raw that are looked at */

/* raw: the arguments, each ended by a NUL as /proc/PID/cmdline has them, n bytes; cut: it is only the beginning, of which the
 * word that was cut is not shown. dst (size bytes) is always terminated and printable; a text that does not fit ends in "…".
 * engine may be NULL: rules are not asked. Returns 1: all of it was looked at, and nothing was masked; 0: something was, or it is
 * only the beginning; negative errno: dst is empty. */
int command_line_mask(struct secret_engine *engine, const char *raw, size_t n, bool cut, char *dst,
                      size_t size);
/* A single word, of which only credentials in URLs, values under names of secrets and what rules find are masked: the name of a
 * branch, a URL. The rest is as above, but returns 0 or negative errno. */
int command_line_name(struct secret_engine *engine, const char *name, char *dst, size_t size);
