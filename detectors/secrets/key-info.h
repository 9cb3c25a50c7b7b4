/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a key's bytes say of it. No secret part of the key goes in here. */

enum key_state {
        KEY_UNREADABLE, /* no structure that keys have */
        KEY_PUBLIC,     /* a public key, certificate or request: nothing private in it */
        KEY_ENCRYPTED,
        KEY_PRIVATE,
};

struct key_info {
        enum key_state state;
        bool cut;         /* it goes on past what is there */
        const char *type; /* "RSA", "EC P-256", …; NULL if not known; static */
        unsigned bits;    /* 0: not known or told by the type */
};

/* PKCS #1, PKCS #8 with and without encryption, SEC 1, DSA, and their public kin. */
void key_info_der(const uint8_t *der, size_t n, struct key_info *ret);
/* "openssh-key-v1". */
void key_info_openssh(const uint8_t *blob, size_t n, struct key_info *ret);
/* The public blob of SSH (RFC 4253): sets type and bits only. */
void key_info_ssh_public(const uint8_t *blob, size_t n, struct key_info *ret);
/* OpenPGP packets (RFC 4880, RFC 9580). A key whose secret parts were all left out is public. */
void key_info_pgp(const uint8_t *packets, size_t n, struct key_info *ret);
