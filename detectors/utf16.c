/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading UTF-16 as UTF-8, so that everything behind it sees one encoding.
 *
 * Positions need no table: the width of each character in the source follows from its UTF-8.
 */
#include "detectors/utf16.h"

#include "common/base/macros.h"

#define LOOK_AT 512u

enum utf16_order utf16_detect(const uint8_t *data, size_t n)
{
        size_t even = 0, odd = 0, look = MIN_OF(n, LOOK_AT) & ~(size_t)1;

        if (n >= 2 && data[0] == 0xff && data[1] == 0xfe)
                return n >= 4 && data[2] == 0 && data[3] == 0 ? UTF16_NONE : UTF16_LE;
        if (n >= 2 && data[0] == 0xfe && data[1] == 0xff)
                return UTF16_BE;
        if (look < 8)
                return UTF16_NONE;
        for (size_t i = 0; i < look; i += 2) {
                even += data[i] == 0;
                odd += data[i + 1] == 0;
        }
        /* mostly Latin text: one half is zero, the other never */
        if (even == 0 && odd * 2 >= look / 10 * 9)
                return UTF16_LE;
        if (odd == 0 && even * 2 >= look / 10 * 9)
                return UTF16_BE;
        return UTF16_NONE;
}

static uint32_t unit(enum utf16_order order, const uint8_t *p)
{
        return order == UTF16_LE ? (uint32_t)p[0] | (uint32_t)p[1] << 8
                                 : (uint32_t)p[1] | (uint32_t)p[0] << 8;
}

static size_t put(uint32_t c, uint8_t *dst)
{
        if (c < 0x80) {
                dst[0] = (uint8_t)c;
                return 1;
        }
        if (c < 0x800) {
                dst[0] = (uint8_t)(0xc0 | c >> 6);
                dst[1] = (uint8_t)(0x80 | (c & 0x3f));
                return 2;
        }
        if (c < 0x10000) {
                dst[0] = (uint8_t)(0xe0 | c >> 12);
                dst[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
                dst[2] = (uint8_t)(0x80 | (c & 0x3f));
                return 3;
        }
        dst[0] = (uint8_t)(0xf0 | c >> 18);
        dst[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
        dst[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        dst[3] = (uint8_t)(0x80 | (c & 0x3f));
        return 4;
}

size_t utf16_to_utf8(enum utf16_order order, const uint8_t *src, size_t n, uint8_t *dst)
{
        size_t used = 0;

        for (size_t i = 0; i + 1 < n; i += 2) {
                uint32_t c = unit(order, src + i);

                if (c >= 0xd800 && c < 0xdc00 && i + 3 < n) {
                        uint32_t low = unit(order, src + i + 2);

                        if (low >= 0xdc00 && low < 0xe000) {
                                c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
                                i += 2;
                        }
                }
                if (c >= 0xd800 && c < 0xe000)
                        c = 0xfffd;
                used += put(c, dst + used);
        }
        return used;
}
