/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading the files of a repository, each within its bound, and what may be shown of what they say.
 * Does not own: what is in them (detectors/git-state.h), the fds.
 */
#include <string.h>

#include "common/base/macros.h"
#include "daemon/inspect/internal.h"
#include "detectors/git-state.h"

#define HEAD_BYTES 4096u /* more is no HEAD */
#define LOG_BYTES 8192u  /* of the end */
#define CONFIG_BYTES ((size_t)64 << 10)
#define PACKED_BYTES ((size_t)1 << 20)

_Static_assert(SCAN_BRANCH_MAX >= GIT_BRANCH_MAX && SCAN_COMMIT_MAX >= GIT_COMMIT_MAX, "they fit");

static size_t read_at(struct inspector *i, int fd, uint64_t offset, size_t want)
{
        ssize_t n = fd >= 0 ? inspector_read(i, fd, offset, MIN_OF(want, i->piece)) : -1;

        return n > 0 ? (size_t)n : 0;
}

static void read_commit(struct inspector *i, const struct scan_repository *files,
                        const char *branch, char *commit)
{
        uint64_t end = files->log_size, from = end > LOG_BYTES ? end - LOG_BYTES : 0;
        size_t n = read_at(i, files->fds[SCAN_REPOSITORY_LOG], from, (size_t)(end - from));

        if (git_state_log((const char *)i->buffer, n, commit))
                return;
        n = read_at(i, files->fds[SCAN_REPOSITORY_PACKED], 0, PACKED_BYTES);
        (void)git_state_packed((const char *)i->buffer, n, branch, commit);
}

void inspector_repository(struct inspector *i, const struct scan_repository *files,
                          struct scan_about *about)
{
        char branch[GIT_BRANCH_MAX], url[GIT_URL_MAX];
        size_t n = read_at(i, files->fds[SCAN_REPOSITORY_HEAD], 0, HEAD_BYTES + 1);

        if (n > HEAD_BYTES || !git_state_head((const char *)i->buffer, n, branch, about->commit))
                return;
        about->repository = 1;
        if (branch[0])
                read_commit(i, files, branch, about->commit);
        if (detector_name(i->detector, branch, about->branch, sizeof(about->branch)) < 0)
                about->branch[0] = '\0';
        n = read_at(i, files->fds[SCAN_REPOSITORY_CONFIG], 0, CONFIG_BYTES);
        if (!git_state_origin((const char *)i->buffer, n, url) ||
            detector_name(i->detector, url, about->url, sizeof(about->url)) < 0)
                about->url[0] = '\0';
}
