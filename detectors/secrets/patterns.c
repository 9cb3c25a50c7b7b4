/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the form of the stored pattern database.
 * Does not own: where it is stored, and who may write there; compiling (engine.c).
 *
 *   for each database: header (magic, format, size, key, SHA-256 of what follows), the engine's
 *   serialised database
 */
#include "detectors/secrets/patterns.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

#include "detectors/secrets/multi-pattern.h"

#define PATTERNS_FORMAT 2u

struct header {
        char magic[8];
        uint32_t format, unused;
        uint64_t size;
        uint8_t key[32], sha256[32];
};

static const char magic[8] = "giad-hs";

static void digest(const void *data, size_t n, uint8_t ret[static 32])
{
        struct sha256_ctx sha;

        sha256_init(&sha);
        sha256_update(&sha, n, data);
        sha256_digest(&sha, 32, ret);
}

int patterns_key(const struct pattern_set *set, uint8_t ret[static 32])
{
        const char *version = hs_version();
        hs_platform_info_t platform;
        struct sha256_ctx sha;

        if (multi_pattern_platform(&platform) != HS_SUCCESS)
                return -ENOMEM;
        sha256_init(&sha);
        sha256_update(&sha, strlen(version) + 1, (const uint8_t *)version);
        sha256_update(&sha, sizeof(platform), (const uint8_t *)&platform);
        for (unsigned i = 0; i < set->n; i++) {
                sha256_update(&sha, strlen(set->expressions[i]) + 1,
                              (const uint8_t *)set->expressions[i]);
                sha256_update(&sha, sizeof(set->flags[i]), (const uint8_t *)&set->flags[i]);
                sha256_update(&sha, sizeof(set->ids[i]), (const uint8_t *)&set->ids[i]);
        }
        sha256_digest(&sha, 32, ret);
        return 0;
}

int patterns_read(const void *data, size_t n, const uint8_t key[static 32], hs_database_t **ret,
                  size_t *ret_used)
{
        const uint8_t *body = (const uint8_t *)data + sizeof(struct header);
        struct header h;
        uint8_t sha256[32];

        if (n < sizeof(h))
                return -EBADMSG;
        memcpy(&h, data, sizeof(h));
        if (memcmp(h.magic, magic, sizeof(magic)) != 0 || h.format != PATTERNS_FORMAT ||
            memcmp(h.key, key, 32) != 0)
                return -ESTALE;
        if (h.size > n - sizeof(h))
                return -EBADMSG;
        *ret_used = sizeof(h) + h.size;
        digest(body, h.size, sha256);
        if (memcmp(sha256, h.sha256, 32) != 0)
                return -EBADMSG;
        switch (hs_deserialize_database((const char *)body, h.size, ret)) {
        case HS_SUCCESS:
                return 0;
        case HS_NOMEM:
                return -ENOMEM;
        default:
                return -ESTALE;
        }
}

int patterns_write(const hs_database_t *database, const uint8_t key[static 32], void **data,
                   size_t *n)
{
        struct header h = {.format = PATTERNS_FORMAT};
        char *body = NULL;
        size_t size = 0;

        if (hs_serialize_database(database, &body, &size) != HS_SUCCESS)
                return -ENOMEM;
        uint8_t *bytes = realloc(*data, *n + sizeof(h) + size);
        if (bytes) {
                memcpy(h.magic, magic, sizeof(magic));
                memcpy(h.key, key, 32);
                h.size = size;
                digest(body, size, h.sha256);
                memcpy(bytes + *n, &h, sizeof(h));
                memcpy(bytes + *n + sizeof(h), body, size);
                *data = bytes;
                *n += sizeof(h) + size;
        }
        free(body);
        return bytes ? 0 : -ENOMEM;
}
