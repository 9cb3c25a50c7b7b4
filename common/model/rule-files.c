/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: finding rule packs on disk, and the form in which they are handed on. Does not own: what
 * they say (detectors/ruleset.c).
 *
 *   head { bytes of the path with its NUL, bytes of the pack } path pack, one after the other
 */
#include "common/model/rule-files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/io.h"

struct head {
        uint32_t path_size, size;
};

static int refuse(struct rule_files_error *reterr, int k, const char *path, const char *message)
{
        (void)snprintf(reterr->path, sizeof(reterr->path), "%s", path);
        (void)snprintf(reterr->message, sizeof(reterr->message), "%s", message);
        return k;
}

static int read_whole(struct buffer *content, const char *path)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        struct stat st;
        char chunk[16384];
        size_t begin = content->len;
        ssize_t n = 0;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (S_ISDIR(st.st_mode))
                return -EISDIR;
        if (!S_ISREG(st.st_mode))
                return -ENXIO;
        while (content->error == 0 && (n = read(fd, chunk, sizeof(chunk))) > 0) {
                buffer_append(content, chunk, (size_t)n);
                if (content->len - begin > RULE_FILE_MAX)
                        return -EFBIG;
        }
        return n < 0 ? -errno : content->error;
}

int rule_file_read(struct buffer *content, const char *path, struct rule_files_error *reterr)
{
        char reason[64];
        int k = read_whole(content, path);

        if (k == 0 || k == -ENOMEM)
                return k;
        if (k == -EFBIG)
                return refuse(reterr, -EBADMSG, path, "larger than 8 MiB");
        if (k == -ENOBUFS)
                return refuse(reterr, -EBADMSG, path, "the packs are larger than 64 MiB together");
        return refuse(reterr, -EBADMSG, path, strerror_r(-k, reason, sizeof(reason)));
}

static int is_pack(const struct dirent *d)
{
        const char *dot = strrchr(d->d_name, '.');

        return d->d_name[0] != '.' && dot && strcmp(dot, ".yaml") == 0;
}

static int add_file(struct buffer *all, const char *path, struct rule_files_error *reterr)
{
        struct head head = {.path_size = (uint32_t)strlen(path) + 1};
        size_t at = all->len;

        buffer_append(all, &head, sizeof(head));
        buffer_append(all, path, head.path_size);
        size_t begin = all->len;
        int k = rule_file_read(all, path, reterr);
        if (k < 0)
                return k;
        head.size = (uint32_t)(all->len - begin);
        memcpy(all->data + at, &head, sizeof(head));
        return 0;
}

/* Returns the number of packs, or negative errno. */
static int add_directory(struct buffer *all, const char *dir, struct rule_files_error *reterr)
{
        struct dirent **names = NULL;
        int n = scandir(dir, &names, is_pack, alphasort), k = 0;

        if (n < 0)
                return -errno;
        for (int i = 0; i < n; i++) {
                char path[4096];

                if (k == 0) {
                        int len = snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);

                        k = (size_t)len < sizeof(path) ? add_file(all, path, reterr)
                                                       : -ENAMETOOLONG;
                }
                free(names[i]);
        }
        free(names);
        return k < 0 ? k : n;
}

static int add_directories(struct buffer *all, const char *dir, const char *local_dir,
                           struct rule_files_error *reterr)
{
        int k = add_directory(all, dir, reterr);

        if (k == 0 || k == -ENOENT)
                return refuse(
                        reterr, -ENOENT, dir,
                        "holds no rule packs (*.yaml); rules_directory names the directory of "
                        "the shipped ones");
        if (k > 0 && local_dir && *local_dir) {
                k = add_directory(all, local_dir, reterr);
                if (k == -ENOENT)
                        k = 0;
        }
        return k < 0 ? k : 0;
}

int rule_files_take(int *ret_fd, const char *dir, const char *local_dir,
                    struct rule_files_error *reterr)
{
        _cleanup_buffer_ struct buffer all = {.max = RULE_FILES_MAX};

        *reterr = (struct rule_files_error){0};
        int k = add_directories(&all, dir, local_dir, reterr);
        if (k < 0)
                return k;
        _cleanup_close_ int fd = memfd_create("giad-rules", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (fd < 0)
                return -errno;
        k = io_write_all(fd, all.data, all.len);
        if (k < 0)
                return k;
        if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
                return -errno;
        *ret_fd = take_fd(&fd);
        return 0;
}

int rule_files_map(struct rule_files *ret, int fd)
{
        struct stat st;

        *ret = (struct rule_files){0};
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_size <= 0)
                return -EBADMSG;
        void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED)
                return -errno;
        *ret = (struct rule_files){.data = data, .size = (size_t)st.st_size};
        return 0;
}

void rule_files_unmap(struct rule_files *files)
{
        if (files->data)
                (void)munmap((void *)(uintptr_t)files->data, files->size);
        *files = (struct rule_files){0};
}

int rule_files_next(const struct rule_files *files, size_t *at, struct rule_file *ret)
{
        struct head head;
        size_t left = files->size - *at;

        if (left == 0)
                return 0;
        if (left < sizeof(head))
                return -EBADMSG;
        memcpy(&head, files->data + *at, sizeof(head));
        left -= sizeof(head);
        const char *path = files->data + *at + sizeof(head);
        if (head.path_size == 0 || head.path_size > left || head.size > left - head.path_size ||
            path[head.path_size - 1] != '\0')
                return -EBADMSG;
        *ret = (struct rule_file){.path = path, .data = path + head.path_size, .size = head.size};
        *at += sizeof(head) + head.path_size + head.size;
        return 1;
}
