/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Check digits of token formats. Each returns 1 right, 0 wrong, -1 the value has no such check. */

/* GitHub (ghp_, gho_, …) and npm: the last 6 characters are the CRC-32 of the 30 before them, in
 * base62. */
int checksum_github(const char *secret, size_t n);
/* GitLab's routable tokens: two base36 digits of length, then 7 of CRC-32 over all before. */
int checksum_gitlab(const char *secret, size_t n);
/* A run of digits that ends in its Luhn digit. */
int checksum_luhn(const char *secret, size_t n);
/* Grafana's glsa_: eight hex digits, the CRC-32 of all before the last '_', low byte first. */
int checksum_grafana(const char *secret, size_t n);

/* The others are in checksum-encoded.c: there the encoding itself is checked. */

/* AWS key ids: what follows the prefix is base32, and since 2019 begins with an account number. */
int checksum_base32(const char *secret, size_t n);
/* That account number. Sets *ret only when it returns 1. */
int checksum_aws_account(const char *secret, size_t n, uint64_t *ret);
/* Padded base64 whose unused bits are zero, as every encoder leaves them. */
int checksum_base64(const char *secret, size_t n);
/* A part that begins with eyJ (base64 of an object's beginning) is base64 of one JSON object:
 * Sentry's sntrys_, 1Password's ops_, Grafana's glc_. */
int checksum_json(const char *secret, size_t n);
/* Discord: the first part is base64 of the account's number. */
int checksum_discord(const char *secret, size_t n);
/* PyPI: a whole macaroon of the package index. */
int checksum_pypi(const char *secret, size_t n);
/* Bech32 with its six check characters: age's secret keys. */
int checksum_bech32(const char *secret, size_t n);
