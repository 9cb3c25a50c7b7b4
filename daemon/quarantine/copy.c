/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: copying content with its holes while hashing it, and carrying extended attributes over.
 * Does not own: where the copy goes.
 *
 * The hash must be of what is kept, so the bytes pass through here in any case: after a reflink the
 * clone is read, which no agent can write to; everywhere else one loop reads, hashes and writes
 * (copy_file_range would only make a second pass of it).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <nettle/sha2.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "daemon/quarantine/internal.h"

#define COPY_CHUNK ((size_t)128 * 1024)
#define ATTRIBUTES_MAX ((size_t)1024 * 1024) /* bytes of all values together */
#define ACL_NAME "system.posix_acl_access"

struct copy {
        int from, to;  /* to: -1 to read only */
        uint64_t size; /* of the file as far as it is copied */
        uint64_t at;
        struct sha256_ctx sha;
        uint8_t *chunk;
        bool sparse;
};

static int pwrite_all(int fd, const uint8_t *data, size_t n, uint64_t at)
{
        while (n > 0) {
                ssize_t done = pwrite(fd, data, n, (off_t)at);

                if (done < 0 && errno != EINTR)
                        return -errno;
                if (done > 0) {
                        data += done;
                        n -= (size_t)done;
                        at += (uint64_t)done;
                }
        }
        return 0;
}

/* Where the next data begins; the end when only a hole follows. */
static uint64_t copy_next_data(const struct copy *c)
{
        if (!c->sparse)
                return c->at;
        off_t data = lseek(c->from, (off_t)c->at, SEEK_DATA);
        if (data < 0)
                return errno == ENXIO ? c->size : c->at;
        return MIN_OF((uint64_t)data, c->size);
}

static void copy_skip_hole(struct copy *c, uint64_t data)
{
        if (data <= c->at)
                return;
        memset(c->chunk, 0, MIN_OF((uint64_t)COPY_CHUNK, data - c->at));
        while (c->at < data) {
                size_t n = (size_t)MIN_OF((uint64_t)COPY_CHUNK, data - c->at);

                sha256_update(&c->sha, n, c->chunk);
                c->at += n;
        }
}

/* 1: go on, 0: the file ends here */
static int copy_data(struct copy *c)
{
        size_t want = (size_t)MIN_OF((uint64_t)COPY_CHUNK, c->size - c->at);
        ssize_t n = pread(c->from, c->chunk, want, (off_t)c->at);

        if (n < 0)
                return errno == EINTR ? 1 : -errno;
        if (n == 0)
                return 0;
        sha256_update(&c->sha, (size_t)n, c->chunk);
        if (c->to >= 0) {
                int k = pwrite_all(c->to, c->chunk, (size_t)n, c->at);

                if (k < 0)
                        return k;
        }
        c->at += (uint64_t)n;
        return 1;
}

static int copy_run(struct copy *c)
{
        int k = 1;

        /* a hole that is there when its data is asked for may be filled by a writer meanwhile: each
         * round asks again, and never goes back */
        while (c->at < c->size && k > 0) {
                copy_skip_hole(c, copy_next_data(c));
                if (c->at < c->size)
                        k = copy_data(c);
        }
        return k < 0 ? k : 0;
}

int copy_content(int from, int to, uint64_t size, uint8_t ret_sha256[static 32], uint64_t *ret_size)
{
        struct copy c = {.from = from, .to = to};
        struct stat st;

        if (fstat(from, &st) < 0)
                return -errno;
        if (to >= 0 && size > 0 && ioctl(to, FICLONE, from) == 0) {
                c.from = to;
                c.to = -1;
                if (fstat(to, &st) < 0)
                        return -errno;
                size = (uint64_t)st.st_size;
        }
        _cleanup_free_ uint8_t *chunk = malloc(COPY_CHUNK);
        if (!chunk)
                return -ENOMEM;
        c.chunk = chunk;
        c.size = size;
        c.sparse = (uint64_t)st.st_blocks * 512 < (uint64_t)st.st_size;
        sha256_init(&c.sha);
        int k = copy_run(&c);
        /* what was taken away is kept in the store alone */
        explicit_bzero(chunk, k < 0 ? COPY_CHUNK : (size_t)MIN_OF((uint64_t)COPY_CHUNK, c.at));
        if (k == 0)
                sha256_digest(&c.sha, 32, ret_sha256);
        explicit_bzero(&c.sha, sizeof(c.sha));
        if (k < 0)
                return k;
        /* a hole at the end, or a file that was cut while it was read */
        if (c.to >= 0 && ftruncate(c.to, (off_t)c.at) < 0)
                return -errno;
        *ret_size = c.at;
        return 0;
}

void attributes_done(struct attributes *a)
{
        for (size_t i = 0; i < a->n; i++) {
                free(a->items[i].name);
                if (a->items[i].value)
                        explicit_bzero(a->items[i].value, a->items[i].size);
                free(a->items[i].value);
        }
        free(a->items);
        free(a->lost);
        *a = (struct attributes){.n = 0};
}

/* Labels come from the machine's policy for the place, never from the agent's file. */
static bool attribute_is_label(const char *name)
{
        return strcmp(name, "security.selinux") == 0 || strcmp(name, "security.SMACK64") == 0;
}

static bool attribute_is_kept(const char *name)
{
        return strncmp(name, "user.", 5) == 0 || strcmp(name, ACL_NAME) == 0;
}

/* 1: read into *ret, 0: gone or too large */
static int attribute_read_value(int fd, const char *name, size_t room, struct attribute *ret)
{
        ssize_t n = fgetxattr(fd, name, NULL, 0);

        if (n < 0 || (size_t)n > room)
                return 0;
        struct attribute a = {.name = strdup(name), .value = malloc((size_t)n + 1)};
        if (a.name && a.value) {
                n = fgetxattr(fd, name, a.value, (size_t)n + 1);
                if (n >= 0) {
                        a.size = (size_t)n;
                        *ret = a;
                        return 1;
                }
        }
        int k = a.name && a.value ? 0 : -ENOMEM;
        free(a.name);
        free(a.value);
        return k;
}

static int attributes_read_list(int fd, const char *names, size_t size, struct attributes *a)
{
        size_t room = ATTRIBUTES_MAX, count = 0;

        for (size_t i = 0; i < size; i += strlen(names + i) + 1)
                count++;
        a->items = calloc(count, sizeof(*a->items));
        if (!a->items)
                return -ENOMEM;
        for (size_t i = 0; i < size; i += strlen(names + i) + 1) {
                const char *name = names + i;
                int k = 0;

                if (attribute_is_label(name))
                        continue;
                if (attribute_is_kept(name))
                        k = attribute_read_value(fd, name, room, &a->items[a->n]);
                if (k > 0)
                        room -= a->items[a->n++].size;
                else if (k == 0)
                        k = entry_name_add(&a->lost, name);
                if (k < 0)
                        return k;
        }
        return 0;
}

int attributes_read(int fd, struct attributes *ret)
{
        struct attributes a = {.n = 0};
        ssize_t n = flistxattr(fd, NULL, 0);

        if (n <= 0)
                return n == 0 || errno == EOPNOTSUPP || errno == ENOSYS ? 0 : -errno;
        /* they may grow meanwhile; the kernel's own limit is 64 KiB */
        _cleanup_free_ char *names = malloc(XATTR_LIST_MAX);
        if (!names)
                return -ENOMEM;
        n = flistxattr(fd, names, XATTR_LIST_MAX);
        if (n <= 0)
                return n == 0 ? 0 : -errno;
        int k = attributes_read_list(fd, names, (size_t)n, &a);
        if (k < 0) {
                attributes_done(&a);
                return k;
        }
        *ret = a;
        return 0;
}

int attributes_write(int fd, const struct attributes *a, char **lost, bool *ret_acl_lost)
{
        bool acl_lost = false;
        int k = a->lost ? entry_name_add(lost, a->lost) : 0;

        /* one that the new file has from its directory's default ACL is not the file's own */
        (void)fremovexattr(fd, ACL_NAME);
        for (size_t i = 0; i < a->n && k == 0; i++) {
                const struct attribute *item = &a->items[i];

                /* entry.json is trusted as far as its names: nothing but what a store writes there
                 */
                if (attribute_is_kept(item->name) &&
                    fsetxattr(fd, item->name, item->value, item->size, 0) == 0)
                        continue;
                if (strcmp(item->name, ACL_NAME) == 0)
                        acl_lost = true;
                k = entry_name_add(lost, item->name);
        }
        if (k == 0)
                *ret_acl_lost = acl_lost;
        return k;
}
