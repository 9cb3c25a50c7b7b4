/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Secrets with a shape: one multi-pattern pass (libhs) over raw bytes, PCRE2 only where it hits, in
 * a bounded window, then entropy, stop words, checksums and validators. Start-of-match tracking
 * stays off: libhs gives the end of a hit, the confirmation finds the whole match around it.
 */

#include "detectors/ruleset.h"

struct secret_engine;

#define SECRET_ABOUT_MAX 160u

/* A confirmed match in the piece that was scanned. */
struct secret_match {
        const struct rule *rule;
        size_t start, end;               /* of the whole match, bytes into the piece */
        size_t secret_start, secret_end; /* of the secret itself */
        enum finding_class class;        /* the rule's, unless its validator knows better */
        enum confidence confidence;
        enum severity severity;
        const char *note; /* static text for people ("its checksum is right"), or NULL */
        char about[SECRET_ABOUT_MAX]; /* what was read from it, ASCII; "": nothing */
        const char *companion;        /* the id that belongs to it, or NULL */
        size_t companion_at;          /* where that begins, bytes into the piece */
};

/* Return non-zero to stop. */
typedef int (*secret_match_fn)(void *userdata, const struct secret_match *m);

/* What is scanned at once. */
struct secret_text {
        const uint8_t *data;
        size_t n;
        bool continued; /* it begins in the middle of a longer one: its first byte is there to be
                           looked back at, and no match begins with it */
};

/* A pattern database that was compiled before (secret_engine_patterns()); borrowed during the call.
 */
struct secret_patterns {
        const void *data;
        size_t size;
};

/* stored: NULL to compile. Returns 0; -EBADMSG with *reterr: a rule does not compile; -ESTALE: the
 * stored patterns are of other rules, another engine or another CPU; -EBADMSG with an empty
 * message: they are damaged; -ENOMEM. */
int secret_engine_new(struct secret_engine **ret, const struct ruleset *rules,
                      unsigned matches_per_rule, const struct secret_patterns *stored,
                      struct ruleset_error *reterr);
/* The database as bytes, owned by the caller. 0, -ENOENT: there are no pattern rules, -ENOMEM. */
int secret_engine_patterns(const struct secret_engine *e, void **ret, size_t *ret_n);
struct secret_engine *secret_engine_free(struct secret_engine *e);

/* Forgets the counts of the file before. */
void secret_engine_begin(struct secret_engine *e);
/* Scans a text (at most 64 MiB); path and kind restrict rules. *ret_capped is set to true if a
 * rule reached matches_per_rule or a match could not be decided within PCRE2's limits, and left
 * alone otherwise. Matches come in the order in which their ends were met and are not merged.
 * Returns 0 or -ENOMEM. */
int secret_engine_scan(struct secret_engine *e, const char *path, enum artefact_kind kind,
                       const struct secret_text *text, secret_match_fn fn, void *userdata,
                       bool *ret_capped);

#define SECRET_KEY_SIZE 32u
#define SECRET_FINGERPRINT_SIZE 16u

/* A keyed hash of what the secret is, not of how it is written: a private key has the same one with
 * any ends of lines, indented, or in a string. */
void secret_fingerprint(const struct rule *rule, const uint8_t key[static SECRET_KEY_SIZE],
                        const uint8_t *secret, size_t n,
                        uint8_t ret[static SECRET_FINGERPRINT_SIZE]);
/* Text for people without the secret: its public prefix (at most 4 characters and at most a quarter
 * of it, never more than the literal beginning that the format prescribes) and its length. */
void secret_redact(const struct rule *rule, const uint8_t *secret, size_t n, char *dst,
                   size_t size);
/* Replaces, in a short text (a path, a command line), whatever a high- or medium-confidence rule
 * matches by its redaction. */
int secret_scrub(struct secret_engine *e, const char *text, char *dst, size_t size);
