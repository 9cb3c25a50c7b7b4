/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/model/enums.h"

/* A finding, as plain data without pointers: it crosses the scanner's socket as it is. It never
 * holds the secret: redacted has at most the value's public prefix, fingerprint is keyed with the
 * host's key. Every text is NUL-terminated UTF-8 and printable (text_printable). */

#define FINDING_RULE_MAX 64
#define FINDING_TITLE_MAX 128
#define FINDING_REDACTED_MAX 128
#define FINDING_DETAIL_MAX 256
#define FINDING_REMEDIATION_MAX 384
#define FINDING_FINGERPRINT_MAX 33 /* 128 bits as hex and the NUL */

struct finding {
        char rule[FINDING_RULE_MAX];
        char title[FINDING_TITLE_MAX];
        char redacted[FINDING_REDACTED_MAX];
        char detail[FINDING_DETAIL_MAX]; /* reasoning: what it grants, what was unknown; "" if
                                            nothing to say */
        char remediation[FINDING_REMEDIATION_MAX]; /* how to write it properly */
        char fingerprint[FINDING_FINGERPRINT_MAX];
        uint16_t class;     /* enum finding_class; the kind follows from it */
        uint8_t severity;   /* enum severity */
        uint8_t confidence; /* enum confidence */
        uint8_t certainty;  /* enum certainty */
        uint8_t comment;   /* 1: its line carries a suppression comment; policy decides whether that
                              counts */
        uint32_t line;     /* from 1; 0: the file as a whole (or its name) */
        uint32_t column;   /* in characters, from 1; 0 with line 0 */
        uint32_t end_line; /* last line of what was found */
        uint64_t offset;   /* bytes into the file */
        uint32_t length;   /* bytes in the file */
};

static inline enum finding_kind finding_kind_of(const struct finding *f)
{
        return finding_class_info((enum finding_class)f->class)->kind;
}

/* What is to be read of a finding beside its title: the detail, and that a suppression comment
 * stands on its line and whether it is obeyed. Returns buf. */
#define FINDING_SAID_MAX (FINDING_DETAIL_MAX + 64)
const char *finding_said(const struct finding *f, bool obeyed, char buf[static FINDING_SAID_MAX]);

/* True if the text ends within size bytes and may be shown as it is (text_is_printable()). */
bool finding_text_valid(const char *s, size_t size);

/* True if every text is terminated and printable and every enum is in range: to be asked of what
 * came over a socket before anything else is done with it. */
bool finding_valid(const struct finding *f);

/* Order for people: by line, column, then rule. */
int finding_compare(const void *a, const void *b);
