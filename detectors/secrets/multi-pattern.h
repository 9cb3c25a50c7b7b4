/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The multi-pattern library, less what is wrong in it. Compile for multi_pattern_platform() and
 * scan with multi_pattern_scan(); both take what their counterparts in <hs/hs.h> take.
 */

#include <hs/hs.h>

/* HS_SUCCESS, or what hs_populate_platform() returned. */
hs_error_t multi_pattern_platform(hs_platform_info_t *ret);
hs_error_t multi_pattern_scan(const hs_database_t *database, const char *data, unsigned n,
                              hs_scratch_t *scratch, match_event_handler fn, void *userdata);
