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
        uint32_t line, column, end_line; /* of the encoded value; 0 if only `at` is known */
        uint64_t offset;
        uint32_t length;
        size_t at; /* decode_text(): where the encoded value begins in the text */
};
typedef void (*decoded_fn)(void *userdata, const struct decoded *value);

/* The values of Kubernetes Secrets, and strings that are written with escapes of characters. Each
 * comes as "key: value", so that a rule that goes by names sees one. data is what doc was read
 * from. */
void decode_document(struct doc *doc, const char *data, size_t n, decoded_fn fn, void *userdata);

/* Runs of base64 that hold text, in the order in which they stand. */
void decode_text(const uint8_t *text, size_t n, decoded_fn fn, void *userdata);
