/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "common/model/finding.h"
#include "common/model/scan.h"
#include "detectors/secrets/secrets.h"

/* A secret that was found, without the secret. */
struct hit {
        const struct rule *rule;
        uint64_t start, end; /* of the secret, bytes of the file; of an aside: of its text */
        uint64_t around;     /* bytes of the whole match */
        uint32_t aside; /* 0: in the file; else the number of the text beside it, or of a decoded
                           value */
        uint32_t line, column, end_line;
        uint64_t shown_offset; /* what the finding says: differs from start for decoded values */
        uint32_t shown_length;
        bool decoded;   /* the value as it is meant, not as it is written */
        bool doubtful;  /* if it was meant so: a token may end in '=', which is an escape in mail */
        bool unlikely;  /* doubtful, and it begins with what mail has no reason to write so */
        bool rewritten; /* some of its characters are written as escapes, and stand so in the file */
        uint64_t plain_from, plain_to; /* if it is: what of the file was looked at without them */
        bool has_companion;            /* an id that belongs to it was found beside it */
        uint64_t companion_start;      /* of that id, as start */
        uint32_t companion_line;       /* 0: of a text that has no lines of its own */
        bool joined;                   /* to the secret that it belongs to */
        enum finding_class class;
        enum severity severity;
        enum confidence confidence;
        char redacted[FINDING_REDACTED_MAX];
        char detail[FINDING_DETAIL_MAX];
        uint8_t fingerprint[SECRET_FINGERPRINT_SIZE];
};

struct hits {
        struct hit *list;
        size_t n, alloc;
};
#define HITS_NULL ((struct hits){0})

/* Copies h. Returns 0 or -ENOMEM. */
int hits_add(struct hits *hits, const struct hit *h);
void hits_reset(struct hits *hits);
void hits_done(struct hits *hits);

/* Of hits whose secrets overlap the most specific stays. */
void hits_merge(struct hits *hits);
/* After hits_merge(): an id whose secret was found beside it is told of there, and goes. */
void hits_join_companions(struct hits *hits);
/* Orders by severity and confidence, worst first. */
void hits_sort_worst(struct hits *hits);
void hit_to_finding(const struct hit *h, struct finding *f);
