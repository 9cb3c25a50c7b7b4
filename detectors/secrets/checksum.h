/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stddef.h>

/* Check digits of token formats. Each returns 1 right, 0 wrong, -1 the value has no such check. */

/* GitHub (ghp_, gho_, …) and npm: the last 6 characters are the CRC-32 of the 30 before them, in
 * base62. */
int checksum_github(const char *secret, size_t n);
/* GitLab's routable tokens: two base36 digits of length, then 7 of CRC-32 over all before. */
int checksum_gitlab(const char *secret, size_t n);
/* A run of digits that ends in its Luhn digit. */
int checksum_luhn(const char *secret, size_t n);
/* AWS key ids since 2019: what follows the prefix is base32. */
int checksum_base32(const char *secret, size_t n);
