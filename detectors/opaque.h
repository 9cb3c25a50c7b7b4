/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/model/enums.h"

/* Whether a content that begins with these bytes hides what is in it: REASON_ARCHIVE (compressed,
 * or holds other files), REASON_ENCRYPTED, or REASON_NONE. Facts: file(1)'s and the formats' own
 * descriptions of their first bytes. */
enum reason opaque_reason(const uint8_t *data, size_t n);
