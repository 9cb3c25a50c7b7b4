/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The parts of test-planted: what is planted, where, and whether it is found. */

#include "detectors/detect.h"
#include "tests/property/property.h"

#define BUFFER_SMALL ((size_t)256 << 10) /* edges are more often met in small buffers */
#define FILE_LARGEST ((size_t)40 << 20)
#define PLANTS_MAX 6u
#define POOL ((size_t)1 << 20)

enum lines { LINES_LF, LINES_CRLF, LINES_CR, _LINES_MAX };

enum filler { FILLER_LINES, FILLER_ONE_LINE, FILLER_WIDE, _FILLER_MAX };

enum whole { WHOLE_UTF8, WHOLE_BOM, WHOLE_UTF16, WHOLE_GZIP, WHOLE_SECRET, _WHOLE_MAX };

struct plant {
        const struct sample *sample;
        enum coding coding;
        size_t shown; /* in the file, before it is encoded as a whole */
};

struct property {
        struct ruleset *rules;
        struct detector *small, *large;
        struct scan_result *result;
        struct sample *samples;
        size_t n_samples, alloc;
        struct buffer pool[_LINES_MAX][_FILLER_MAX]; /* filler: short lines; none at all; beyond
                                                        ASCII */
        struct buffer file, whole, part;
        struct chance chance;
        struct plant plants[PLANTS_MAX];
        unsigned n_plants;
        enum lines lines;
        enum whole as;
        bool binary; /* what is planted is no text: its place is a byte, lines mean nothing */
        const char *path;
        unsigned placed, missed;
        unsigned by_coding[_CODING_MAX], by_whole[_WHOLE_MAX];
};

/* samples.c: the secrets of the rules' bad examples; needs the filler */
void samples_collect(struct property *p);
/* For other tests: rule, path, text and secret of each. */
void samples_print(const struct property *p);
void samples_done(struct property *p);

/* planting.c */
void planting_fill_pools(struct property *p);
void planting_done(struct property *p);
/* Makes the next file and says what is in it: p->file is its text, p->whole the file if that is
 * encoded as a whole, or empty. */
void planting_make(struct property *p);
/* The same with that secret alone, in a small file. Returns false if it is not written so. */
bool planting_make_small(struct property *p, const struct sample *s, enum coding coding);
