/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * What the fuzz targets share. A target is one file with this one function; it is linked with
 * libFuzzer (--enable-fuzzing), or with onefile.c, which feeds it the seeds.
 */

#include <stddef.h>
#include <stdint.h>

#include "detectors/ruleset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* What a target needs before its first input; it may leave it out. */
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

/* Names under which a target may look at its input: the first byte chooses one. */
extern const char *const fuzz_names[];
extern const size_t fuzz_n_names;
/* The index of the name that is most like path: the same, the same last part, the same extension; 0
 * if there is none. */
size_t fuzz_name_like(const char *path);

/* The packs of $GIAD_RULES, or of detectors/rules below $top_srcdir or the working directory. Never
 * NULL: without rules a target would test nothing, so it ends the program. */
struct ruleset *fuzz_rules(void);
