/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the table of formats, and which of them a file has.
 * Does not own: the formats; each is a file of its own that formats.def names.
 */
#include "detectors/formats/format.h"

#include <string.h>

#include "common/base/macros.h"

static const struct format *const formats[] = {
#define FORMAT(id, name) &format_##id,
#include "detectors/formats/formats.def"
#undef FORMAT
};

const struct format *format_by_name(const char *name)
{
        for (size_t i = 0; i < ELEMENTSOF(formats); i++)
                if (strcmp(formats[i]->name, name) == 0)
                        return formats[i];
        return NULL;
}
