/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: unpacking a small gzip in memory.
 *
 * Must not own: anything larger. What an attacker packs is bounded by what comes out of it
 * (DECODE_INFLATED_MAX, and as much again for all of a file), and by the ratio: a bomb is left
 * after DECODE_INFLATE_RATIO times its size. What was unpacked till then is looked at.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "common/base/macros.h"
#include "detectors/decode-internal.h"
#include "detectors/line-end.h"

#define ROOM_MIN ((size_t)4 << 10)

/* Unpacks all members; returns true if their end was reached. */
static bool unpack(z_stream *z, size_t packed)
{
        for (;;) {
                int r = inflate(z, Z_NO_FLUSH);

                if (r == Z_STREAM_END && z->avail_in == 0)
                        return true;
                /* zeros pad what came from a tape or a block device */
                if (r == Z_STREAM_END && *z->next_in != 0x1f)
                        return true;
                if (r == Z_STREAM_END && inflateReset(z) == Z_OK)
                        continue;
                if (r != Z_OK || z->avail_out == 0 || z->avail_in == 0)
                        return false;
                if (z->total_out / DECODE_INFLATE_RATIO > packed)
                        return false;
        }
}

static size_t room_for(const struct decoder *d, size_t n)
{
        size_t used = d->request->budget->inflated;
        size_t left = used < DECODE_INFLATED_TOTAL ? DECODE_INFLATED_TOTAL - used : 0;
        size_t ratio = n < DECODE_INFLATED_MAX ? n * DECODE_INFLATE_RATIO : DECODE_INFLATED_MAX;

        return MIN_OF(MIN_OF(MAX_OF(ratio, ROOM_MIN), DECODE_INFLATED_MAX), left);
}

bool decode_inflate(struct decoder *d, const char *what, const uint8_t *data, size_t n,
                    size_t begin, size_t end)
{
        size_t room = room_for(d, n);
        z_stream z = {.avail_in = (uInt)n, .avail_out = (uInt)room};
        bool whole = false;

        if (n > UINT32_MAX || room == 0) {
                d->request->budget->capped = true;
                return false;
        }
        _cleanup_free_ uint8_t *plain = malloc(room);
        if (!plain || inflateInit2(&z, 16 + MAX_WBITS) != Z_OK) {
                d->error = -ENOMEM;
                return false;
        }
        z.next_in = (z_const Bytef *)(uintptr_t)data;
        z.next_out = plain;
        whole = unpack(&z, n);
        size_t used = room - z.avail_out;
        /* what is only damaged was looked at as far as it goes */
        if (!whole && used == room)
                d->request->budget->capped = true;
        (void)inflateEnd(&z);
        d->request->budget->inflated += used;
        line_ends_normalise(plain, used);
        if (used > 0 && decoder_charge(d, used))
                d->request->fn(d->request->userdata, &(struct decoded){.what = what,
                                                                       .text = plain,
                                                                       .n = used,
                                                                       .begin = begin,
                                                                       .end = end,
                                                                       .take_to = SIZE_MAX});
        else
                whole = whole && used == 0;
        explicit_bzero(plain, used);
        return whole;
}

int decode_gzip(const struct decode_request *r, bool *ret_whole)
{
        struct decoder d = {.request = r, .src = r->text, .n = r->n};

        *ret_whole = decode_inflate(&d, "gzip", r->text, r->n, 0, r->n);
        decoder_done(&d);
        return d.error;
}
