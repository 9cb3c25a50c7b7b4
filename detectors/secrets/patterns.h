/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The multi-pattern database as bytes, so that it need not be compiled at each start. They serve
 * only the same expressions, the same release of the engine and a CPU of the same features, and are
 * told from others by their key; a checksum tells damage.
 */

#include <hs/hs.h>
#include <stddef.h>
#include <stdint.h>

struct pattern_set {
        const char *const *expressions;
        const unsigned *flags, *ids;
        unsigned n;
};

/* 0, or -ENOMEM: the engine does not tell its platform. */
int patterns_key(const struct pattern_set *set, uint8_t ret[static 32]);
/* Makes the database that these bytes begin with; *ret_used of them are its own. 0; -ESTALE: they
 * are of other patterns, another engine or another CPU; -EBADMSG: damaged; -ENOMEM. */
int patterns_read(const void *data, size_t n, const uint8_t key[static 32], hs_database_t **ret,
                  size_t *ret_used);
/* Puts the database's bytes behind the *n bytes of *data, which is allocated anew. 0 or -ENOMEM. */
int patterns_write(const hs_database_t *database, const uint8_t key[static 32], void **data,
                   size_t *n);
