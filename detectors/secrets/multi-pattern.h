/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The multi-pattern library, less what is wrong in it. What is compiled and scanned here
 * takes what its counterparts in <hs/hs.h> take.
 */

#include <hs/hs.h>

/* Of the machine code that scans. HS_SUCCESS, or what hs_populate_platform() returned. */
hs_error_t multi_pattern_platform(hs_platform_info_t *ret);
/* n expressions as a database for multi_pattern_scan(). 0, or -ENOMEM,
 * or -EBADMSG: expressions[*ret_bad] cannot be compiled, *ret_error says why and is the caller's to
 * free with hs_free_compile_error(). */
int multi_pattern_compile(const char *const *expressions, const unsigned *flags,
                          const unsigned *ids, unsigned n, hs_database_t **ret, unsigned *ret_bad,
                          hs_compile_error_t **ret_error);
hs_error_t multi_pattern_scan(const hs_database_t *database, const char *data, unsigned n,
                              hs_scratch_t *scratch, match_event_handler fn, void *userdata);
