/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: making a detector without compiling, where stored patterns serve; else compiling in a child
 * that exits, because compiling takes several times the memory that scanning does, and no allocator
 * gives all of it back.
 * Does not own: where patterns are stored.
 *
 *   stored fd ─► serves? ── yes ─► detector
 *                  └─ no ─► fork: compile ─► memfd ─► exit; the memfd ─► detector, and to the
 * caller
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/macros.h"
#include "daemon/inspect/inspect.h"

#define PATTERNS_MAX ((off_t)256 << 20)

/* Not a regular file of a sensible size: -EBADMSG. */
static int load(struct detector **ret, const struct ruleset *rules,
                const struct detector_options *options, int fd, struct ruleset_error *reterr)
{
        struct detector_options with = *options;
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > PATTERNS_MAX)
                return -EBADMSG;
        void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED)
                return -errno;
        with.patterns = data;
        with.patterns_size = (size_t)st.st_size;
        int k = detector_new(ret, rules, &with, reterr);
        explicit_bzero(&with, sizeof(with));
        (void)munmap(data, (size_t)st.st_size);
        return k;
}

/* In the child. Exit status 0: the patterns are in fd. */
static void __attribute__((noreturn))
compile(const struct ruleset *rules, const struct detector_options *options, int fd)
{
        struct ruleset_error error = {0};
        struct detector *d = NULL;
        void *bytes = NULL;
        size_t n = 0;
        int k = detector_new(&d, rules, options, &error);

        if (k == 0)
                k = detector_patterns(d, &bytes, &n);
        if (k == 0)
                k = io_write_all(fd, bytes, n);
        _exit(k < 0);
}

/* Returns the memfd with the patterns, or negative errno: they could not be had this way. */
static int compile_apart(const struct ruleset *rules, const struct detector_options *options)
{
        _cleanup_close_ int fd = memfd_create("giad-patterns", MFD_CLOEXEC);
        int status = 0;

        if (fd < 0)
                return -errno;
        pid_t pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0)
                compile(rules, options, fd);
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
                return -ECHILD;
        return take_fd(&fd);
}

int inspect_detector_new(struct detector **ret, const struct ruleset *rules,
                         const struct detector_options *options, int stored_fd, int *ret_fresh_fd,
                         struct ruleset_error *reterr)
{
        *reterr = (struct ruleset_error){0};
        *ret_fresh_fd = -1;
        if (stored_fd >= 0) {
                int k = load(ret, rules, options, stored_fd, reterr);

                if (k == 0 || *reterr->message != '\0' || k == -ENOMEM)
                        return k;
        }
        _cleanup_close_ int fresh = compile_apart(rules, options);
        if (fresh >= 0 && load(ret, rules, options, fresh, reterr) == 0) {
                *ret_fresh_fd = take_fd(&fresh);
                return 0;
        }
        /* a rule that does not compile says so best where somebody listens; and no way is closed by
         * a fork that was refused */
        return detector_new(ret, rules, options, reterr);
}
