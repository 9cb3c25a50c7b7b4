/* SPDX-FileCopyrightText: giad maintainers */
/*
 * giactl rules import: reads the file, writes the pack, says what was lost.
 *
 * Does not own: what becomes of a rule (rules-import-convert.c).
 */
#include "daemon/ctl/rules-import.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/io.h"
#include "daemon/ctl/rules.h"

#define INPUT_MAX ((size_t)8 << 20)

/* A new file; one that is there may have been mended by hand. */
static int write_pack(const char *path, const struct buffer *pack)
{
        int fd = path ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644)
                      : STDOUT_FILENO;
        _cleanup_fclose_ FILE *f = fd < 0 ? NULL : path ? fdopen(fd, "w") : NULL;

        if (fd < 0 || (path && !f))
                return ctl_error("%s: %s", path, strerror(errno));
        if (fwrite(pack->data, 1, pack->len, f ? f : stdout) != pack->len ||
            fflush(f ? f : stdout) == EOF)
                return ctl_error("%s: %s", path ? path : "standard output", strerror(errno));
        return EXIT_OK;
}

int rules_import(struct ctl *ctl)
{
        _cleanup_buffer_ struct buffer text = {.max = INPUT_MAX};
        _cleanup_buffer_ struct buffer pack = BUFFER_NULL, notes = BUFFER_NULL;
        struct rules_import_count count;
        struct rules_import_error error;

        if (ctl->n_args != 2)
                return ctl_usage("rules import takes one file, a gitleaks.toml");
        int k = io_read_file(ctl->args[1], &text);
        if (k < 0)
                return ctl_error("%s: %s", ctl->args[1],
                                 k == -ENOBUFS ? "larger than 8 MiB" : strerror(-k));
        k = rules_import_convert(ctl->args[1], text.data ? text.data : "", text.len, &pack, &notes,
                                 &count, &error);
        if (k == -EBADMSG)
                return ctl_error("%s:%u:%u: %s", ctl->args[1], error.line, error.column,
                                 error.message);
        if (k < 0)
                return ctl_error("%s", strerror(-k));
        int status = write_pack(ctl->value[CTL_OUT], &pack);
        if (status != EXIT_OK)
                return status;
        (void)fputs(notes.data ? notes.data : "", stderr);
        (void)fprintf(stderr, "%u of %u rules carried over\n", count.imported, count.rules);
        return EXIT_OK;
}
