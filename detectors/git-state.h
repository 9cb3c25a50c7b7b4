/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What a few files of a .git directory say of its repository. Bytes of an agent: whatever is not strictly as git writes it says
 * nothing. */

#include <stdbool.h>
#include <stddef.h>

#define GIT_BRANCH_MAX 256u /* with NUL */
#define GIT_COMMIT_MAX 65u  /* SHA-1 or SHA-256 in hex, with NUL */
#define GIT_URL_MAX 1024u

/* HEAD: the branch ("feature/x"; of another ref its whole name), or the commit if there is none. Both are always terminated, ""
 * if that is not said. False: it is no such file. */
bool git_state_head(const char *data, size_t n, char branch[static GIT_BRANCH_MAX],
                    char commit[static GIT_COMMIT_MAX]);
/* logs/HEAD, or its end: the commit of the last line. False, and commit is "": it says none. */
bool git_state_log(const char *data, size_t n, char commit[static GIT_COMMIT_MAX]);
/* packed-refs, or its beginning: the commit of the branch as git_state_head() named it. */
bool git_state_packed(const char *data, size_t n, const char *branch,
                      char commit[static GIT_COMMIT_MAX]);
/* config: the first url of [remote "origin"]. */
bool git_state_origin(const char *data, size_t n, char url[static GIT_URL_MAX]);
