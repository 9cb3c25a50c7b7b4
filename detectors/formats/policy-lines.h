/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* By which lines policy languages are known when a file's name says nothing. The choice of a reader
 * (format.c) and the kind of a file (classify-text.c) both ask here, so that they agree. */

#include <stdbool.h>
#include <stddef.h>

#define POLICY_LINES_MAX ((size_t)64 << 10) /* bytes of a file that are asked */

/* Beginnings of lines; found in one pass, since nearly no file has them. */
enum policy_line {
        POLICY_PACKAGE = 1 << 0,
        POLICY_REGO = 1 << 1,
        POLICY_CEDAR = 1 << 2,
        POLICY_VAULT = 1 << 3,
        POLICY_CASBIN_REQUEST = 1 << 4,
        POLICY_CASBIN_EFFECT = 1 << 5,
        POLICY_DEFINITION = 1 << 6,
        POLICY_PERMISSION = 1 << 7,
};

unsigned policy_lines(const char *data, size_t n);

/* What `found` lines and the text say. */
bool policy_is_rego(unsigned found);
bool policy_is_cedar(unsigned found, const char *data, size_t n);

/* True if hardly a line is none of a Casbin policy (p, sub, obj, act; g, user, role), and at least
 * that many are policies. */
bool policy_is_casbin(const char *data, size_t n, unsigned least);
