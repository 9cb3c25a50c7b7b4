/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the tests of the analysers share: one text through one analyser, its reports as a line. */

#include "detectors/formats/resolve.h"
#include "detectors/privilege/analyser.h"
#include "tests/unit/test.h"

/* Parses text with the format of this name, runs the analyser and asserts what it reports, in
 * order: "CHECK:LINE", with
 * "-1" behind it for a lowered and "+1" for a raised severity, "?" for one that is unknown; blanks
 * between. Also asserts that every check is one that the analyser names, with an identity and a
 * detail. */
void analyse_assert(const struct analyser *a, const char *format, const char *text,
                    const char *expected);
/* The same, but only that the check is (not) among the reports. */
void analyse_assert_has(const struct analyser *a, const char *format, const char *text,
                        const char *check);
void analyse_assert_not(const struct analyser *a, const char *format, const char *text,
                        const char *check);
/* The detail of the first report of the check; valid until the next call. */
const char *analyse_detail(const struct analyser *a, const char *format, const char *text,
                           const char *check);
/* The next calls see this file beside the one that is analysed; NULL: none again. Borrowed. */
void analyse_beside(const struct resolve_peer *peer);
