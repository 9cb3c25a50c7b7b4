/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: making and recognising sortable random identifiers.
 */
#include "common/base/id.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "common/base/clock.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#define RANDOM_SIZE 16u

/* Fresh random bytes: no byte is given twice. The kernel is asked once for a page of them. */
static const uint8_t *take_random(void)
{
        static _Thread_local uint8_t
                page[256]; /* what one call gives whole, whatever signal comes */
        static _Thread_local size_t left;

        if (left < RANDOM_SIZE) {
                if (getrandom(page, sizeof(page), 0) != (ssize_t)sizeof(page))
                        return NULL;
                left = sizeof(page);
        }
        left -= RANDOM_SIZE;
        return page + left;
}

int id_new(char ret[static ID_SIZE])
{
        uint64_t ms = clock_realtime() / USEC_PER_MSEC;
        const uint8_t *random = take_random();

        if (!random)
                return -EIO;
        for (int i = 9; i >= 0; i--, ms >>= 5)
                ret[i] = alphabet[ms & 31];
        for (unsigned i = 0; i < RANDOM_SIZE; i++)
                ret[10 + i] = alphabet[random[i] & 31];
        ret[ID_LENGTH] = '\0';
        return 0;
}

_Bool id_valid(const char *s)
{
        return strlen(s) == ID_LENGTH && strspn(s, alphabet) == ID_LENGTH;
}
