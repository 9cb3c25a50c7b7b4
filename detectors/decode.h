/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * One further level of encoding, opened where a secret is likely to hide in it. What is opened, and
 * how much of it, stands in docs/DETECTION-decoding.md; the limits are these.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detectors/formats/doc.h"

#define DECODE_PIECE ((size_t)512 << 10) /* bytes of plain text at once; longer ones in pieces */
#define DECODE_EDGE ((size_t)64 << 10)   /* of a piece that the next one sees again */
#define DECODE_TOTAL ((size_t)64 << 20)  /* bytes of plain text in one file */
#define DECODE_VALUES 32768u             /* encoded values in one file */
#define DECODE_INFLATED_MAX ((size_t)1 << 20)   /* bytes out of one gzip */
#define DECODE_INFLATED_TOTAL ((size_t)8 << 20) /* bytes out of all gzips of one file */
#define DECODE_INFLATE_RATIO 100u               /* bytes out for one in */
#define DECODE_BASE64_MIN 16u                   /* characters: shorter ones hold no secret */
#define DECODE_HEX_MIN 24u

/* What a file has used of the limits. */
struct decode_budget {
        size_t bytes, inflated;
        unsigned values;
        bool capped; /* something was left unopened because of a limit */
};

/* Plain text of an encoded value, or a piece of it; valid during the call. */
struct decoded {
        const char *what; /* for people: "base64 of data.password" */
        const uint8_t *text;
        size_t n;
        /* n + 1 places in the source, that of each byte and of the end; NULL if they cannot be told
         * (what was compressed) */
        const uint32_t *map;
        size_t begin, end;         /* the value in the source, as far as it is known here */
        size_t take_from, take_to; /* what begins outside is another piece's */
        bool literal;   /* most of it stands in the source as it is: only what touches something
                          encoded is new */
        bool doubtful;  /* what reads as an escape may be none */
        bool continued; /* it begins in the middle of a value, or of the text around it */
};
typedef void (*decoded_fn)(void *userdata, const struct decoded *value);

/* A text and who wants to know what is encoded in it. */
struct decode_request {
        const uint8_t *text;
        size_t n;
        bool continued; /* the text begins in the middle of a file */
        struct decode_budget *budget;
        decoded_fn fn;
        void *userdata;
};

/* The values of Kubernetes Secrets in doc, which was read from the text. Each comes as "key:
 * value", so that a rule that goes by names sees one. Returns 0 or -ENOMEM. */
int decode_document(struct doc *doc, const struct decode_request *r);

/* Base64, hex, UTF-16 between bytes, percent-encoding, escapes and character references, and the
 * cells of a table, which come as "column: cell". Returns 0
 * or -ENOMEM. */
int decode_text(const struct decode_request *r);

/* The text is a gzip file: opens it. *ret_whole says whether all of it was seen. Returns 0 or
 * -ENOMEM. */
int decode_gzip(const struct decode_request *r, bool *ret_whole);

/* A character of either alphabet of base64. */
bool decode_is_base64(uint8_t c);
