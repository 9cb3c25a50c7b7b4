/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <nettle/sha2.h>

#include "detectors/decode.h"
#include "detectors/detect.h"
#include "detectors/formats/resolve.h"
#include "detectors/hit.h"
#include "detectors/inline-comment.h"
#include "detectors/position.h"
#include "detectors/rule-plan.h"
#include "detectors/secrets/secrets.h"
#include "detectors/source-need.h"
#include "detectors/utf16.h"

#define EDGE ((size_t)64 << 10)
#define PARSE_MAX_DEFAULT ((size_t)8 << 20)
#define MATCHES_DEFAULT 1000u

/* Other files in which names of the file may be defined (detect-peers.c). */
#define DETECT_PEERS_MAX 16u

struct detect_peers {
        unsigned n;
        struct resolve_peer list[DETECT_PEERS_MAX];
        struct doc *docs[DETECT_PEERS_MAX];
        char *names[DETECT_PEERS_MAX], *texts[DETECT_PEERS_MAX];
};

/* path: of the file itself. */
void detect_peers_add(struct detect_peers *p, const char *path, const char *name, const char *data,
                      size_t n);
void detect_peers_reset(struct detect_peers *p);

struct detector {
        const struct ruleset *rules;
        struct detector_options options;
        struct secret_engine *engine;
        struct source_need *source_need;
        struct rule_plan *plan;
        struct scan_result *scratch; /* what matchers and analysers report */
        uint8_t *raw;                /* the file from `base` on */
        size_t raw_size;
        uint8_t *text; /* raw as UTF-8, only for UTF-16 files */

        /* of the file at hand */
        struct scan_result *res;
        struct detect_peers peers;
        char *path;
        uint32_t mode;
        size_t raw_len;
        uint64_t base;
        size_t hashed_to;      /* bytes of raw that the hash has seen */
        bool flushed;          /* the buffer does not hold the whole file any more */
        struct position start; /* of raw[0] */
        enum utf16_order order;
        enum artefact_kind kind;
        struct sha256_ctx hash;
        struct hits hits;
        struct inline_comments comments;
        uint32_t asides;
        struct decode_budget decoded;
        struct position run; /* where the run of base64 began in which the buffer begins */
        bool in_run;
        struct position narrow; /* of raw[0], if the file is not UTF-16 as it seems */
        bool gzip;              /* the file begins as one */
        bool capped;
        bool no_memory;
};

/* The buffer as the scan sees it, and which of the file's bytes are taken from it. */
struct detect_text {
        const uint8_t *text;
        size_t n;
        uint64_t from, to; /* only what begins there */
        bool narrow;       /* bytes of what looks like UTF-16, and is read so, too */
        struct position_index index;
};

/* detect-assertions.c: takes the secrets of the file out of what it asserts, once all are found, and sorts it */
void detect_assertions_clean(struct detector *d);

/* detect-text.c: secrets in the buffer, in what is encoded in it, and in texts beside the file */
void detect_text_scan(struct detector *d, struct detect_text *t);
/* the buffer alone */
void detect_text_matches(struct detector *d, struct detect_text *t);
void detect_text_document(struct detector *d, struct detect_text *t, struct doc *doc);
/* Returns true if all of the archive was seen. */
bool detect_text_gzip(struct detector *d, struct detect_text *t);
void detect_text_beside(struct detector *d, const char *what, const uint8_t *text, size_t n);
/* Remembers where the run of base64 begins that goes on behind text[cut]. */
void detect_text_carry(struct detector *d, struct detect_text *t, size_t cut);
