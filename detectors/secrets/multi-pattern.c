/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which of the library's machine code runs.
 *
 * Vectorscan 5.4.9 (Debian 12) holds code for several CPUs and chooses AVX-512 where there is any.
 * That code passes over bytes in the search for a single character: '\|.{0,100}login' is not found
 * in one of eight texts that hold it, depending on where the text ends and how it is aligned. Its
 * AVX2 code finds all of them. Each variant is exported under a name of its own, so the right one
 * can be had; where there is no such name (one variant only, another library) the library chooses.
 * tests/unit/test-multi-pattern.c tries it.
 */
#include "detectors/secrets/multi-pattern.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

extern hs_error_t avx2_hs_scan(const hs_database_t *database, const char *data, unsigned length,
                               unsigned flags, hs_scratch_t *scratch, match_event_handler fn,
                               void *context) __attribute__((weak));

#define AVX512 (HS_CPU_FEATURES_AVX512 | HS_CPU_FEATURES_AVX512VBMI)

hs_error_t multi_pattern_platform(hs_platform_info_t *ret)
{
        memset(ret, 0, sizeof(*ret));
        hs_error_t r = hs_populate_platform(ret);

        if (r == HS_SUCCESS && avx2_hs_scan)
                ret->cpu_features &= ~(unsigned long long)AVX512;
        return r;
}

int multi_pattern_compile(const char *const *expressions, const unsigned *flags,
                          const unsigned *ids, unsigned n, hs_database_t **ret, unsigned *ret_bad,
                          hs_compile_error_t **ret_error)
{
        hs_platform_info_t platform;
        hs_compile_error_t *error = NULL;

        if (multi_pattern_platform(&platform) != HS_SUCCESS)
                return -ENOMEM;
        hs_error_t r =
                hs_compile_multi(expressions, flags, ids, n, HS_MODE_BLOCK, &platform, ret, &error);
        if (r == HS_SUCCESS)
                return 0;
        if (r != HS_COMPILER_ERROR || !error) {
                (void)hs_free_compile_error(error);
                return -ENOMEM;
        }
        *ret_bad = error->expression >= 0 && (unsigned)error->expression < n
                           ? (unsigned)error->expression
                           : 0;
        *ret_error = error;
        return -EBADMSG;
}

/* The database was made for AVX2, or for less if the CPU has none. */
static bool has_avx512(void)
{
        static int known = -1;
        hs_platform_info_t platform;

        if (known < 0)
                known = hs_populate_platform(&platform) == HS_SUCCESS &&
                        (platform.cpu_features & AVX512) != 0;
        return known;
}

hs_error_t multi_pattern_scan(const hs_database_t *database, const char *data, unsigned n,
                              hs_scratch_t *scratch, match_event_handler fn, void *userdata)
{
        if (avx2_hs_scan && has_avx512())
                return avx2_hs_scan(database, data, n, 0, scratch, fn, userdata);
        return hs_scan(database, data, n, 0, scratch, fn, userdata);
}
