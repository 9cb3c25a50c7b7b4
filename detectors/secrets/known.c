/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: recognising values that stand in manuals, standards and emulators for anybody to copy.
 *
 * Must not own: what becomes of such a finding (judge.c), words that stand for a secret
 * (placeholder.c).
 */
#include "detectors/secrets/known.h"

#include <nettle/sha2.h>

#include "common/base/macros.h"

static const struct known values[] = {
#define KNOWN(length, digest, where) {length, UINT64_C(digest), where},
#include "detectors/secrets/known.def"
#undef KNOWN
};

static uint64_t digest_of(const uint8_t *s, size_t n)
{
        uint8_t digest[8];
        struct sha256_ctx ctx;
        uint64_t value = 0;

        sha256_init(&ctx);
        sha256_update(&ctx, n, s);
        sha256_digest(&ctx, sizeof(digest), digest);
        for (size_t i = 0; i < sizeof(digest); i++)
                value = value << 8 | digest[i];
        return value;
}

const struct known *known_value(const uint8_t *s, size_t n)
{
        uint64_t digest = 0;

        for (size_t i = 0; i < ELEMENTSOF(values); i++) {
                if (values[i].n != n)
                        continue;
                if (digest == 0)
                        digest = digest_of(s, n);
                if (values[i].digest == digest)
                        return &values[i];
        }
        return NULL;
}
