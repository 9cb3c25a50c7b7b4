/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Any bytes as HEAD, its log, packed-refs and config: what is taken from them ends, can be printed, and is an id where it is to
 * be one. What is said of a URL can be printed, too.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "detectors/git-state.h"
#include "detectors/secrets/command-line.h"
#include "tests/fuzz/fuzz.h"

static void require(bool truth)
{
        if (!truth)
                abort();
}

static void check_commit(bool is, const char *commit)
{
        size_t n = strnlen(commit, GIT_COMMIT_MAX);

        require(n < GIT_COMMIT_MAX && strspn(commit, "0123456789abcdef") == n);
        require(!is || n == 0 || n == 40 || n == 64);
}

static void check_shown(const char *name, size_t size)
{
        char shown[512];

        require(strnlen(name, size) < size && text_is_printable(name, strlen(name)));
        require(command_line_name(NULL, name, shown, sizeof(shown)) == 0);
        require(text_is_printable(shown, strlen(shown)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char branch[GIT_BRANCH_MAX], commit[GIT_COMMIT_MAX], url[GIT_URL_MAX];
        char *text = malloc(size ? size : 1); /* so that a byte too far is one */

        if (!text)
                return 0;
        memcpy(text, data, size);
        bool is = git_state_head(text, size, branch, commit);
        check_commit(is, commit);
        check_shown(branch, sizeof(branch));
        require(!is || branch[0] || commit[0]);
        is = git_state_log(text, size, commit);
        check_commit(is, commit);
        is = git_state_packed(text, size, branch[0] ? branch : "main", commit);
        check_commit(is, commit);
        (void)git_state_origin(text, size, url);
        check_shown(url, sizeof(url));
        free(text);
        return 0;
}
