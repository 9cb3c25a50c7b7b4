/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * What giad-scanner and `giactl scan` share: reading rule packs, and running a detector
 * over an open file.
 */

#include <stdint.h>

#include "common/model/peers.h"
#include "common/model/rule-files.h"
#include "detectors/detect.h"

/* Reads every *.yaml of dir, then of local_dir (NULL, "" or missing: none), each in the order of
 * their names. Returns 0; -EBADMSG with *reterr (pack is the file); -ENOENT with *reterr if dir is
 * not there or holds no pack; -ENOMEM. */
int inspect_load_rules(struct ruleset **ret, const char *dir, const char *local_dir,
                       struct ruleset_error *reterr);

/* The same without the rules' examples, which take half of the time: what is wrong in them is not told. For who looks
 * at one file and ends. */
int inspect_load_rules_quickly(struct ruleset **ret, const char *dir, const char *local_dir,
                               struct ruleset_error *reterr);

/* The same of rule files that somebody took (rule_files_take()); fd is borrowed. Returns 0; -EBADMSG,
 * with *reterr if it is a pack that is wrong; another negative errno. For who looks at files: the examples are left out. */
int inspect_read_rules(struct ruleset **ret, int fd, struct ruleset_error *reterr);

/* Adds one file. Returns as above; the set is unchanged by an error. */
int inspect_add_pack(struct ruleset *rs, const char *path, struct ruleset_error *reterr);
/* What is wrong, as FILE:LINE:COLUMN: TEXT, or FILE: TEXT if it is the file as such. */
#define INSPECT_ERROR_MAX (RULESET_PACK_MAX + 450u)
void inspect_error_text(char dst[static INSPECT_ERROR_MAX], const struct ruleset_error *error);

/* A detector, with the pattern database that stored_fd holds (borrowed; -1: none) if it serves. If
 * not the patterns are compiled in a child that exits, and *ret_fresh_fd (owned by the caller; -1:
 * the stored ones served) holds them for the next time. Returns as detector_new(). Not for a
 * process with threads. */
int inspect_detector_new(struct detector **ret, const struct ruleset *rules,
                         const struct detector_options *options, int stored_fd, int *ret_fresh_fd,
                         struct ruleset_error *reterr);

struct inspector; /* a detector and the buffer it reads through */

/* Takes all memory that is needed for reading. The detector is borrowed. */
int inspector_new(struct inspector **ret, struct detector *detector, uint64_t file_max);
struct inspector *inspector_free(struct inspector *i);

/* Scans an open file from its beginning to its end by pread(2), its name and its user.* extended
 * attributes; peers (borrowed; NULL: none) say what its names mean. size is a hint. Uses no system
 * call but pread64, flistxattr and fgetxattr. Returns 0 or negative errno of reading (*res then holds
 * what was found so far). */
int inspector_file(struct inspector *i, int fd, const char *path, uint32_t mode, uint64_t size,
                   const struct scan_peers *peers, struct scan_result *res);
/* A process's command line without its secrets (detectors/detect.h); dst is empty if that failed. Returns whether nothing in it
 * had to be masked. */
bool inspector_command(struct inspector *i, const char *raw, size_t n, bool cut, char *dst,
                       size_t size);
/* What the files of a repository say of its state; about's fields of it are "" where they say nothing. Not during a scan. */
void inspector_repository(struct inspector *i, const struct scan_repository *files,
                          struct scan_about *about);
/* What a runtime's files say of a container, likewise. */
void inspector_container(struct inspector *i, const struct scan_container *container,
                         struct scan_about *about);
/* Scans a text that has no file: the target of a symlink. */
void inspector_text(struct inspector *i, const char *path, uint32_t mode, const char *text,
                    size_t n, struct scan_result *res);
