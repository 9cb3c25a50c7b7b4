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
        char chunk[16384];
        ssize_t n;

        if (fd < 0)
                return -errno;
        while ((n = read(fd, chunk, sizeof(chunk))) > 0)
                buffer_append(content, chunk, (size_t)n);
        return n < 0 ? -errno : content->error;
}

static int add_pack(struct ruleset *rs, const char *path, struct ruleset_error *reterr)
{
        _cleanup_buffer_ struct buffer content = {.max = PACK_MAX};
        struct ruleset_error inner = {0};
        char name[200], reason[64];
        int k = read_pack(path, &content);

        (void)text_printable(name, sizeof(name), path, strlen(path));
        if (k == -ENOMEM)
                return k;
        if (k < 0) {
                *reterr = (struct ruleset_error){0};
                (void)snprintf(reterr->message, sizeof(reterr->message), "%.180s: %s", name,
                               k == -ENOBUFS ? "larger than 8 MiB"
                                             : strerror_r(-k, reason, sizeof(reason)));
                return -EBADMSG;
        }
        k = ruleset_add(rs, path, content.data ? content.data : "", content.len, &inner);
        if (k == -EBADMSG) {
                reterr->line = inner.line;
                reterr->column = inner.column;
                /* the loader may have put the name in front already */
                if (strncmp(inner.message, path, strlen(path)) == 0)
                        (void)text_copy(reterr->message, sizeof(reterr->message), inner.message);
                else
                        (void)snprintf(reterr->message, sizeof(reterr->message), "%.100s:%u:%u: %.140s",
                                       name, inner.line, inner.column, inner.message);
        }
        return k;
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
                        k = add_pack(rs, path, reterr);
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
        if (k == -ENOENT)
                (void)snprintf(reterr->message, sizeof(reterr->message), "no rule packs (*.yaml) in %.200s", dir);
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
