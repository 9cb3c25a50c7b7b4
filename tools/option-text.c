/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: saying in words what a key of options.def may be set to, for the manual page and the
 * shipped configuration.
 */
#include "tools/option-text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/macros.h"

static const struct option_text options[] = {
#define OPTION(id, path, type, fallback, min, max, words, text) \
        {path, fallback, OPTION_TEXT_##type, min, max, words, text},
#include "daemon/config/options.def"
#undef OPTION
};

struct unit {
        const char *name;
        uint64_t factor;
};

static const struct unit times[] = {
        {"d", UINT64_C(86400000000)},
        {"h", UINT64_C(3600000000)},
        {"min", 60000000},
        {"s", 1000000},
        {"ms", 1000},
        {"us", 1},
};
static const struct unit bytes[] = {
        {"T", UINT64_C(1) << 40}, {"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10}, {"B", 1},
};
static const struct unit counts[] = {{"", 1}};

const struct option_text *option_text(size_t i)
{
        return i < ELEMENTSOF(options) ? &options[i] : NULL;
}

/* In the largest unit that divides it. */
static const char *with_unit(uint64_t n, const struct unit *units, char dst[static 32])
{
        while (n % units->factor != 0)
                units++;
        (void)snprintf(dst, 32, "%" PRIu64 "%s", n / units->factor, n == 0 ? "" : units->name);
        return dst;
}

static void put_range(const struct option_text *o, const char *what, const struct unit *units,
                      char *dst, size_t size)
{
        char min[32], max[32];

        if (o->min == 0 && o->max == 0)
                (void)snprintf(dst, size, "%s", what);
        else
                (void)snprintf(dst, size, "%s from %s to %s", what, with_unit(o->min, units, min),
                               with_unit(o->max, units, max));
}

/* "a|b|c" → "a, b or c" */
static void put_words(const char *words, char *dst, size_t size)
{
        size_t used = 0;

        for (const char *w = words; w && used < size;) {
                const char *bar = strchr(w, '|');
                size_t n = bar ? (size_t)(bar - w) : strlen(w);
                const char *after = !bar ? "" : strchr(bar + 1, '|') ? ", " : " or ";

                used += (size_t)snprintf(dst + used, size - used, "%.*s%s", (int)n, w, after);
                w = bar ? bar + 1 : NULL;
        }
}

void option_text_values(const struct option_text *o, char *dst, size_t size)
{
        switch (o->type) {
        case OPTION_TEXT_PATH:
                (void)snprintf(dst, size, "an absolute path");
                break;
        case OPTION_TEXT_BOOL:
                (void)snprintf(dst, size, "yes or no");
                break;
        case OPTION_TEXT_COUNT:
                put_range(o, "a number", counts, dst, size);
                break;
        case OPTION_TEXT_BYTES:
                put_range(o, "a size", bytes, dst, size);
                break;
        case OPTION_TEXT_TIME:
                put_range(o, "a time", times, dst, size);
                break;
        case OPTION_TEXT_STRING:
                (void)snprintf(dst, size, "a name");
                break;
        case OPTION_TEXT_ENUM:
                put_words(o->words, dst, size);
                break;
        }
}
