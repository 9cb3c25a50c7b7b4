/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The keys of giad.yaml as texts. Paths are those of a build for /usr, whatever this build is for
 * (tools/Makemodule.am). */

#include <stddef.h>
#include <stdint.h>

enum option_text_type {
        OPTION_TEXT_PATH,
        OPTION_TEXT_BOOL,
        OPTION_TEXT_COUNT,
        OPTION_TEXT_BYTES,
        OPTION_TEXT_TIME,
        OPTION_TEXT_STRING,
        OPTION_TEXT_ENUM,
};

struct option_text {
        const char *path, *fallback;
        enum option_text_type type;
        uint64_t min, max;
        const char *words, *text;
};

/* NULL: there are no more */
const struct option_text *option_text(size_t i);
/* "yes or no", "native, ocsf or ecs", "a time from 10ms to 10min" */
void option_text_values(const struct option_text *o, char *dst, size_t size);
