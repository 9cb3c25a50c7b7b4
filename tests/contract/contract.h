/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * What every watcher back end is held to: real file operations in a directory of its own, and a
 * plain walk at the end that asks whether the content of each file as it is now was handed over.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "common/base/macros.h"
#include "tests/unit/test.h"
#include "watchers/watcher.h"

#define CONTRACT_SETTLE (20 * USEC_PER_MSEC)
#define CONTRACT_SETTLE_MAX (200 * USEC_PER_MSEC)
#define CONTRACT_POLL (100 * USEC_PER_MSEC)

struct contract;

/* The back end that the tests run against, and what they may change of it. */
struct contract_setup {
        const struct watcher_vtable *vtable;
        struct watcher_limits limits;
        watcher_exclude_fn exclude;
};

extern const struct watcher_limits contract_limits;

/* A temporary directory is made, and in it "root", the workspace with id 1; nothing is watched yet.
 */
struct contract *contract_new(const struct contract_setup *setup);
void contract_free(struct contract *c);
/* Another watcher with other limits or exclusions takes the place of the one that has not been used
 * yet. */
void contract_renew(struct contract *c, const struct watcher_limits *limits,
                    watcher_exclude_fn exclude);
/* Adds the workspace and dispatches until it has been walked. */
void contract_start(struct contract *c);
/* Adds a directory as one more workspace; its fd is the caller's. */
int contract_add(struct contract *c, uint32_t id, const char *path, int *ret_fd);

/* Dispatches until nothing is due, no gap but the expected ones is open, and nothing happened for
 * some settle times; fails the test when that takes too long. */
void contract_quiet(struct contract *c);
/* The same, with this gap expected to stay open. */
void contract_quiet_but(struct contract *c, enum reason gap);
/* Dispatches for that long. */
void contract_pump(struct contract *c, usec_t duration);
/* Dispatches until the path was told of for that reason; fails the test when that takes too long. */
void contract_await(struct contract *c, const char *path, enum candidate_why why);
/* One call if there is anything to do. */
void contract_dispatch_once(struct contract *c);

/* contract_quiet(), then the oracle: fails the test if there is a file or link in the workspace
 * whose content as it is now was never handed over. */
void contract_check(struct contract *c);
/* The number of files below the directory whose content was not handed over. */
size_t contract_missed(struct contract *c, const char *path);

/* Whether a candidate with this path came (why _CANDIDATE_MAX: for whatever reason) since
 * contract_forget(), and how many. */
size_t contract_told(const struct contract *c, const char *path, enum candidate_why why);
void contract_forget(struct contract *c);
bool contract_gap_is_open(const struct contract *c, enum reason reason);
unsigned contract_gap_openings(const struct contract *c, enum reason reason);
unsigned contract_roots_lost(const struct contract *c);
struct watcher *contract_watcher(struct contract *c);
const char *contract_top(const struct contract *c);
struct watcher_stats contract_stats(const struct contract *c);
/* The candidate callback removes the workspace when it sees this path. */
void contract_remove_on(struct contract *c, const char *path);

/* Opens the temporary directory again: in the mount namespace of now. */
void contract_reopen(struct contract *c);

/* A mount namespace of our own, and a watcher that is in it; false: not allowed. */
bool contract_enter_namespace(struct contract *c);

/* File operations; paths are relative to the temporary directory. */
char *contract_path(const struct contract *c, const char *fmt, ...)
        _printf_(2, 3); /* freed by the caller */
void contract_write(const struct contract *c, const char *path, const char *text);
/* The same without emptying the file first, which is much faster on ext4. */
void contract_overwrite(const struct contract *c, const char *path, const char *text);
void contract_mkdir(const struct contract *c, const char *path);
void contract_rename(const struct contract *c, const char *from, const char *to, unsigned flags);
int contract_open(const struct contract *c, const char *path, int flags);

/* All tests, for one back end; the exit status of the program. */
int contract_run(const struct watcher_vtable *vtable);
