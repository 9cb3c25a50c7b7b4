/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Base64 of either alphabet, with or without padding, into dst (size bytes). Returns how many
 * bytes, or -1: it is none, or does not fit. */
ssize_t unpack_base64(const uint8_t *s, size_t n, uint8_t *dst, size_t size);
