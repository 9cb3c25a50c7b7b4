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

int id_new(char ret[static ID_SIZE])
{
        uint8_t random[16];
        uint64_t ms = clock_realtime() / USEC_PER_MSEC;

        if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
                return -EIO;
        for (int i = 9; i >= 0; i--, ms >>= 5)
                ret[i] = alphabet[ms & 31];
        for (int i = 0; i < 16; i++)
                ret[10 + i] = alphabet[random[i] & 31];
        ret[ID_LENGTH] = '\0';
        return 0;
}

_Bool id_valid(const char *s)
{
        return strlen(s) == ID_LENGTH && strspn(s, alphabet) == ID_LENGTH;
}
