/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "detectors/formats/doc.h"

/* A value that hid in a further encoding; valid during the call. */
struct decoded {
        const char *what; /* for people: "base64 of data.password" */
        const uint8_t *text;
        size_t n;
        uint32_t line, column, end_line; /* of the encoded value */
        uint64_t offset;
        uint32_t length;
};
typedef void (*decoded_fn)(void *userdata, const struct decoded *value);

/* The values of Kubernetes Secrets. Each comes as "key: value", so that a rule that goes by names sees one. */
void decode_document(struct doc *doc, decoded_fn fn, void *userdata);
