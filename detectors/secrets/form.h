/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a value is by how it is written, whatever it is assigned to. */
enum form {
        FORM_NONE,
        FORM_UUID,
        FORM_DIGEST,    /* hex digits, as many as a common digest has */
        FORM_INTEGRITY, /* sha256-..., sha256:... */
        FORM_VERSION,
        FORM_DATE,
        FORM_MAIL,
        FORM_COLOUR,
        FORM_LOCALE,
        FORM_SEQUENCE, /* 0123456789abcdef, 00112233, qwertyuiop: what tests count with */
        FORM_ENCODED,  /* base64 of sentences, of a picture or a document */
};

enum form form_of(const uint8_t *s, size_t n);
/* True for forms that are never a credential: all but UUID, digest and sequence, for some services
 * hand out the former two and people try things out with the latter. */
bool form_is_harmless(enum form form);
