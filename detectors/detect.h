/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Bytes in, findings out: classify → parse → detect. Pure: no files, no clock, no network, no
 * mutable globals. One detector serves one thread; it takes all the memory it can foresee when it
 * is made.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/model/scan.h"
#include "detectors/ruleset.h"

struct detector;

struct detector_options {
        size_t parse_max; /* bytes: a file larger than this is scanned as text only; default 8 MiB
                           */
        unsigned matches_per_rule; /* confirmations per rule and file: default 1000 */
        uint8_t fingerprint_key[32];
        /* A pattern database of detector_patterns(), borrowed during detector_new(); NULL: compile.
         */
        const void *patterns;
        size_t patterns_size;
};

/* Compiles the rules (borrowed, must outlive the detector). Returns 0; -EBADMSG if a pattern does
 * not compile, with *reterr naming it; -ENOMEM. */
int detector_new(struct detector **ret, const struct ruleset *rules,
                 const struct detector_options *options, struct ruleset_error *reterr);
struct detector *detector_free(struct detector *d);
/* The pattern database as bytes, owned by the caller. 0, -ENOENT: there are no pattern rules,
 * -ENOMEM. */
int detector_patterns(const struct detector *d, void **ret, size_t *ret_n);

/* One file in pieces. path is relative to the workspace (or as given to giactl); mode is st_mode;
 * size is what is expected (a hint). Pieces come in order; the first one holds the whole file if
 * that is not larger than detector_piece_size(), and is the only one that is parsed. The detector
 * carries what it needs across the edges: nothing is lost there. */
void detector_begin(struct detector *d, const char *path, uint32_t mode, uint64_t size,
                    struct scan_result *res);
void detector_feed(struct detector *d, const uint8_t *data, size_t n);
/* Another file of the directory, by its name there, in which names of this one may be defined; between
 * begin and the first piece. Nothing is looked for in it. What is one too many is left out. */
void detector_peer(struct detector *d, const char *name, const uint8_t *data, size_t n);
/* Finishes: merges, sorts, hashes if the file is an artefact or has findings. res was given to
 * detector_begin(). */
void detector_end(struct detector *d);
/* How large the pieces should be. */
size_t detector_piece_size(const struct detector *d);

/* A small text that belongs to a file: a symlink's target, an xattr's value, a file name. Secrets
 * only; between begin and end; line 0. */
void detector_feed_aside(struct detector *d, const char *what, const uint8_t *data, size_t n);

/* A process's command line as it may be shown: detectors/secrets/command-line.h. Not between begin and end. Returns 1:
 * nothing in it had to be masked; 0, or negative errno. */
int detector_command(struct detector *d, const char *raw, size_t n, bool cut, char *dst,
                     size_t size);

/* A name that somebody chose, of a branch or the URL of a repository, likewise. */
int detector_name(struct detector *d, const char *name, char *dst, size_t size);

/* Convenience for whole contents in memory. */
void detector_scan(struct detector *d, const char *path, uint32_t mode, const uint8_t *data,
                   size_t n, struct scan_result *res);
