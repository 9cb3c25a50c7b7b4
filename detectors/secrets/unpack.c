/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: base64 as tokens and keys have it, into memory of the caller.
 *
 * Must not own: what the bytes mean; base64 in a file at large (detectors/decode.c).
 */
#include "detectors/secrets/unpack.h"

#include <nettle/base64.h>

ssize_t unpack_base64(const uint8_t *s, size_t n, uint8_t *dst, size_t size)
{
        struct base64_decode_ctx ctx;
        size_t used = 0;

        while (n > 0 && s[n - 1] == '=')
                n--;
        if (n % 4 == 1)
                return -1;
        base64_decode_init(&ctx);
        for (size_t i = 0; i < n; i++) {
                char one = (char)(s[i] == '-' ? '+' : s[i] == '_' ? '/' : s[i]);
                uint8_t byte[BASE64_DECODE_LENGTH(1)];
                size_t k = sizeof(byte);

                /* padding inside and white space would be taken by the decoder */
                if (s[i] <= ' ' || s[i] == '=' || !base64_decode_update(&ctx, &k, byte, 1, &one))
                        return -1;
                if (k > size - used)
                        return -1;
                for (size_t b = 0; b < k; b++)
                        dst[used++] = byte[b];
        }
        return (ssize_t)used;
}
