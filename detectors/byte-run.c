/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: finding runs. Does not own: what they are.
 *
 * A run of at least min bytes that covers p .. p + min has no foreign byte there: so the window is
 * looked at from its end, and the first foreign byte met lets p jump behind it. In text, where
 * words are short, a few bytes of each window are looked at.
 */
#include "detectors/byte-run.h"

bool byte_run_next(const uint8_t *text, size_t n, size_t at, size_t min, const bool set[static 256],
                   struct byte_run *ret)
{
        while (n >= min && at <= n - min) {
                size_t q = at + min;

                while (q > at && set[text[q - 1]])
                        q--;
                if (q > at) {
                        at = q;
                        continue;
                }
                size_t end = at + min;
                while (end < n && set[text[end]])
                        end++;
                *ret = (struct byte_run){at, end};
                return true;
        }
        return false;
}
