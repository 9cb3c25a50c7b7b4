/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Which files are likely to be identity artefacts, by their paths alone. A hint for the order in which files are looked
 * at, at well under a microsecond a file; what a file is, its content tells (detectors/classify.h).
 */

#include <stdbool.h>

struct likely;

/* Returns 0 or -ENOMEM. */
int likely_new(struct likely **ret);
struct likely *likely_free(struct likely *l);

/* True for every path that tells a kind (artefact-paths.def, host-files.def), and for names as in likely-names.def. */
bool likely_path(const struct likely *l, const char *path);
