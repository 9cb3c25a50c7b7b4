/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Identifiers of events, quarantine entries and approvals: 26 characters of Crockford's base32,
 * 48 bits of milliseconds since the epoch and 80 random bits, so that they sort by time (ULID). */
#define ID_LENGTH 26
#define ID_SIZE (ID_LENGTH + 1)

/* Writes a new id with its NUL. Returns 0, or negative errno if the kernel has no random bytes. */
int id_new(char ret[static ID_SIZE]);

/* True if s has the shape of an id: safe to use as a file name. */
_Bool id_valid(const char *s);
