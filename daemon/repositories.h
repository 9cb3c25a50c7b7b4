/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* In which repository a file lies, and in which state that is, as far as it was asked for. */

#include "common/model/event.h"
#include "common/model/scan.h"
#include "daemon/workspace.h"

/* What is said of a repository. Nobody changes it; shared by reference, for one thread. */
struct repository {
        unsigned refs;
        char *path; /* of the work tree, from the workspace's root on; "" for that itself */
        const char *missing; /* why nothing more is known: static text, or NULL */
        char branch[SCAN_BRANCH_MAX], commit[SCAN_COMMIT_MAX],
                url[SCAN_URL_MAX]; /* "" each: not known */
};

struct repository *repository_ref(struct repository *r);   /* accepts NULL */
struct repository *repository_unref(struct repository *r); /* accepts NULL, returns NULL */
/* Sets the event's fields; r may be NULL. shown: the file's path as it may be shown. */
void repository_tell(struct event *e, const struct repository *r, const char *shown);

struct repositories;

/* NULL: out of memory. */
struct repositories *repositories_new(void);
struct repositories *repositories_free(struct repositories *r);
DEFINE_CLEANUP(struct repositories *, repositories_free);
/* The repository of the file at path beneath the workspace: *ret is a reference, or NULL: it lies in none, or that is not
 * known. Returns whether a scanner should be given its files: nothing is known of its present state. */
bool repositories_find(struct repositories *r, const struct workspace *ws, const char *path,
                       struct repository **ret);
/* What a scanner is asked; free(3) forgets it. */
struct repository_question;

/* Opens what a scanner is to be given. NULL: nothing could be opened. */
struct repository_question *repositories_open(struct repositories *r, const struct workspace *ws,
                                              const char *path, struct scan_repository *ret);
/* What a scanner said of that; about may be NULL: it failed. */
void repositories_learn(struct repositories *r, const struct workspace *ws, const char *path,
                        const struct repository_question *question, const struct scan_about *about);
