/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: finding rule packs on disk and reading them into one rule set.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/buffer.h"
#include "common/base/text.h"
#include "daemon/inspect/inspect.h"

#define PACK_MAX ((size_t)8 << 20)

static int is_pack(const struct dirent *d)
{
        const char *dot = strrchr(d->d_name, '.');

        return d->d_name[0] != '.' && dot && strcmp(dot, ".yaml") == 0;
}

static int read_pack(const char *path, struct buffer *content)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        struct stat st;
        char chunk[16384];
        ssize_t n = 0;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (S_ISDIR(st.st_mode))
                return -EISDIR;
        if (!S_ISREG(st.st_mode))
                return -ENXIO;
        while (content->error == 0 && (n = read(fd, chunk, sizeof(chunk))) > 0)
                buffer_append(content, chunk, (size_t)n);
        return n < 0 ? -errno : content->error;
}

int inspect_add_pack(struct ruleset *rs, const char *path, struct ruleset_error *reterr)
{
        _cleanup_buffer_ struct buffer content = {.max = PACK_MAX};
        char reason[64];
        int k = read_pack(path, &content);

        *reterr = (struct ruleset_error){0};
        if (k == -ENOMEM)
                return k;
        if (k < 0) {
                (void)snprintf(reterr->message, sizeof(reterr->message), "%s",
                               k == -ENOBUFS ? "larger than 8 MiB"
                                             : strerror_r(-k, reason, sizeof(reason)));
                k = -EBADMSG;
        } else {
                k = ruleset_add(rs, path, content.data ? content.data : "", content.len, reterr);
        }
        if (k == -EBADMSG)
                (void)text_printable(reterr->pack, sizeof(reterr->pack), path, strlen(path));
        return k;
}

void inspect_error_text(char dst[static INSPECT_ERROR_MAX], const struct ruleset_error *error)
{
        if (*error->pack)
                (void)snprintf(dst, INSPECT_ERROR_MAX, "%s:%u:%u: %s", error->pack, error->line,
                               error->column, error->message);
        else
                (void)snprintf(dst, INSPECT_ERROR_MAX, "%s", error->message);
}

/* Returns the number of packs added, or negative errno. */
static int add_directory(struct ruleset *rs, const char *dir, struct ruleset_error *reterr)
{
        struct dirent **names = NULL;
        int n = scandir(dir, &names, is_pack, alphasort), k = 0;

        if (n < 0)
                return -errno;
        for (int i = 0; i < n; i++) {
                char path[4096];

                if (k >= 0) {
                        (void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
                        k = inspect_add_pack(rs, path, reterr);
                }
                free(names[i]);
        }
        free(names);
        return k < 0 ? k : n;
}

int inspect_load_rules(struct ruleset **ret, const char *dir, const char *local_dir,
                       struct ruleset_error *reterr)
{
        struct ruleset *rs = NULL;
        int k = ruleset_new(&rs);

        if (k < 0)
                return k;
        *reterr = (struct ruleset_error){0};
        k = add_directory(rs, dir, reterr);
        if (k == 0)
                k = -ENOENT;
        if (k == -ENOENT) {
                (void)text_printable(reterr->pack, sizeof(reterr->pack), dir, strlen(dir));
                (void)snprintf(reterr->message, sizeof(reterr->message),
                               "holds no rule packs (*.yaml); rules_directory names the directory "
                               "of the shipped ones");
        }
        if (k > 0 && local_dir && *local_dir) {
                k = add_directory(rs, local_dir, reterr);
                if (k == -ENOENT)
                        k = 0;
        }
        if (k < 0) {
                (void)ruleset_free(rs);
                return k;
        }
        *ret = rs;
        return 0;
}
