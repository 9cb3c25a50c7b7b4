/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "detectors/formats/doc.h"

/* The form in which a tag is kept ("!Sub", "!!binary"), in the arena; *ret stays as it is for none,
 * and for those that only say what a value is anyway. Returns 0 or doc_error. */
int yaml_tag_read(struct doc *d, const char *tag, const char **ret);

/* True if a bare word of this tag means what it would mean without. */
bool yaml_tag_is_plain(const char *tag);
