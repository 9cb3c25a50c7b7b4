/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buffer.h"
#include "detectors/ruleset.h"

/* Numbers that look random and are the same in each run. */
struct chance {
        uint64_t state;
};
uint32_t chance_below(struct chance *c, uint32_t n); /* 0 to n - 1 */

/* One secret of a rule's bad example, with as much of the example as the rule asks for. */
struct sample {
        const struct rule *rule;
        const char *path;
        char *text; /* the example without the line breaks at its end */
        size_t size;
        size_t at, length; /* of the secret */
        char fingerprint[FINDING_FINGERPRINT_MAX];
        bool inline_too; /* found in the middle of a line */
        bool bare;       /* found by itself, without its context */
        bool by_name;    /* found as the value of a key "password" */
        bool binary;     /* no text: it stands in files as it is */
        bool noisy;      /* under its path filler alone is a finding */
};

/* How a secret is written. */
enum coding {
        CODING_PLAIN,
        CODING_BASE64,
        CODING_BASE64_URL,
        CODING_BASE64_WRAPPED,
        CODING_BASE64_UTF16,
        CODING_HEX,
        CODING_HEX_WRAPPED,
        CODING_PERCENT,
        CODING_PERCENT_ALL,
        CODING_JSON,
        CODING_JSON_UNICODE,
        CODING_HEX_ESCAPES,
        CODING_REFERENCES,
        CODING_QUOTED_PRINTABLE,
        CODING_GZIP_BASE64,
        _CODING_MAX,
};
const char *coding_name(enum coding coding);

/* Writes plain[0..n) and says where in what was written the secret at plain[at] is shown. */
void coding_write(enum coding coding, struct chance *c, const char *plain, size_t n, size_t at,
                  struct buffer *ret, size_t *ret_shown);
/* The whole of a file as gzip. */
void coding_gzip(const char *plain, size_t n, struct buffer *ret);
/* The whole of a file (UTF-8) as UTF-16. */
void coding_utf16(const char *plain, size_t n, bool little, bool bom, struct buffer *ret);
