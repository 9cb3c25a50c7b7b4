/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which files are read, and whether enough persons have signed each.
 * Does not own: the form of a file (daemon/config/signed.h), a signature (verify.c), what follows (daemon/approvals.c).
 */
#include "daemon/signed/load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/buffer.h"
#include "common/base/text.h"

#define FILE_MAX ((size_t)1 << 20)
#define SIGNATURE_MAX ((size_t)64 << 10)

/* A regular file that nobody but its owner can write to. -EPERM: it is another. */
static int read_whole(int dir, const char *name, size_t max, struct buffer *ret)
{
        _cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        struct stat st;
        char chunk[8192];
        ssize_t n;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IWGRP | S_IWOTH)) ||
            (st.st_uid != 0 && st.st_uid != geteuid()))
                return -EPERM;
        ret->max = max;
        while ((n = read(fd, chunk, sizeof(chunk))) > 0)
                buffer_append(ret, chunk, (size_t)n);
        return n < 0 ? -errno : ret->error == -ENOBUFS ? -EFBIG : ret->error;
}

/* --- signatures ---- */

struct signers {
        char names[SIGNERS_OF_FILE_MAX][SIGNED_PRINCIPAL_MAX];
        size_t n;
        char why[256]; /* why the last one that does not count does not */
};

static bool has_signed(const struct signers *s, const char *principal)
{
        for (size_t i = 0; i < s->n; i++)
                if (strcmp(s->names[i], principal) == 0)
                        return true;
        return false;
}

/* "NAME.yaml.sig" or "NAME.yaml.WHO.sig" */
static bool is_signature_of(const char *entry, const char *name)
{
        size_t n = strlen(name), len = strlen(entry);

        return len >= n + 4 && strncmp(entry, name, n) == 0 && entry[n] == '.' &&
               strcmp(entry + len - 4, ".sig") == 0;
}

static void look_at_signature(const struct signed_source *source, int dir, const char *entry,
                              const struct buffer *data, const struct buffer *allowed,
                              struct signers *ret)
{
        _cleanup_buffer_ struct buffer signature = BUFFER_NULL;
        char principal[SIGNED_PRINCIPAL_MAX], text[64];
        int k = read_whole(dir, entry, SIGNATURE_MAX, &signature);

        if (k == 0)
                k = signed_verify(&source->verify, data->data, data->len, signature.data ?: "",
                                  signature.len, allowed->data ?: "", allowed->len, principal,
                                  ret->why, sizeof(ret->why));
        if (k == -ENOENT)
                (void)snprintf(ret->why, sizeof(ret->why),
                               "ssh-keygen is not there: install openssh-client");
        else if (k == -ESRCH)
                (void)snprintf(ret->why, sizeof(ret->why),
                               "the user that ssh-keygen would run as does not exist "
                               "(scanner.user)");
        else if (k < 0 && !*ret->why)
                (void)snprintf(ret->why, sizeof(ret->why), "%.100s: %s", entry,
                               strerror_r(-k, text, sizeof(text)));
        if (k == 0 && !has_signed(ret, principal) && ret->n < SIGNERS_OF_FILE_MAX)
                memcpy(ret->names[ret->n++], principal, sizeof(principal));
}

static int find_signers(const struct signed_source *source, int dir, const char *name,
                        const struct buffer *data, const struct buffer *allowed,
                        struct signers *ret)
{
        int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *list = fd < 0 ? NULL : fdopendir(fd);
        const struct dirent *d;
        unsigned seen = 0;

        if (!list) {
                (void)fd_close(fd);
                return -errno;
        }
        while ((d = readdir(list)) && seen < SIGNERS_OF_FILE_MAX)
                if (is_signature_of(d->d_name, name)) {
                        seen++;
                        look_at_signature(source, dir, d->d_name, data, allowed, ret);
                }
        (void)closedir(list);
        if (seen == 0)
                (void)snprintf(ret->why, sizeof(ret->why),
                               "it is not signed: ssh-keygen -Y sign -n " SIGNED_NAMESPACE
                               " -f KEY %.100s",
                               name);
        return 0;
}

/* --- one file ---- */

struct loading {
        const struct signed_source *source;
        int (*loaded)(void *userdata, const struct signed_loaded *l);
        void (*refused)(void *userdata, const char *name, const char *why);
        void *userdata;
        struct buffer allowed;
        char allowed_why[320]; /* why there are no allowed signers; "": there are */
};

static void read_allowed(struct loading *l)
{
        char text[64];
        int k = read_whole(AT_FDCWD, l->source->signers, FILE_MAX, &l->allowed);

        if (k == -EPERM)
                (void)snprintf(l->allowed_why, sizeof(l->allowed_why),
                               "%.200s can be written to by others than root", l->source->signers);
        else if (k < 0)
                (void)snprintf(l->allowed_why, sizeof(l->allowed_why), "%.200s cannot be read: %s",
                               l->source->signers, strerror_r(-k, text, sizeof(text)));
}

/* Returns 0 or what loaded() says; *why is set if the file does not count. */
static int load_signed(struct loading *l, int dir, const char *entry, const char *path, char *why,
                       size_t size)
{
        _cleanup_buffer_ struct buffer data = BUFFER_NULL;
        _cleanup_(signed_file_done) struct signed_file file = {.reason = NULL};
        struct signers signers = {.n = 0};
        struct signed_loaded loaded = {.name = path, .file = &file};
        struct config_error error;
        char text[64];

        if (*l->allowed_why) {
                (void)snprintf(why, size, "%s", l->allowed_why);
                return 0;
        }
        int k = read_whole(dir, entry, FILE_MAX, &data);
        if (k == 0)
                k = find_signers(l->source, dir, entry, &data, &l->allowed, &signers);
        if (k < 0) {
                (void)snprintf(why, size, "%s",
                               k == -EPERM ? "it can be written to by others than root"
                                           : strerror_r(-k, text, sizeof(text)));
                return 0;
        }
        if (signers.n < (l->source->two_persons ? 2u : 1u)) {
                (void)snprintf(why, size, "%s%s",
                               signers.n ? "only one of two persons has signed it: " : "",
                               signers.n && !*signers.why ? "approval.two_persons" : signers.why);
                return 0;
        }
        /* not before it is known whose words these are */
        k = signed_file_read(path, data.data ?: "", data.len, &file, &error);
        if (k < 0) {
                if (k == -EBADMSG)
                        (void)snprintf(why, size, "line %u: %.300s", error.line, error.message);
                else
                        (void)snprintf(why, size, "%s", strerror_r(-k, text, sizeof(text)));
                return 0;
        }
        for (loaded.n = 0; loaded.n < signers.n; loaded.n++)
                loaded.principals[loaded.n] = signers.names[loaded.n];
        return l->loaded(l->userdata, &loaded);
}

static int load_one(struct loading *l, int dir, const char *entry, const char *path)
{
        char why[512] = "";
        int k = load_signed(l, dir, entry, path, why, sizeof(why));

        if (*why)
                l->refused(l->userdata, path, why);
        return k;
}

/* --- all of them ---- */

static int is_approvals(const struct dirent *d)
{
        size_t n = strlen(d->d_name);

        return d->d_name[0] != '.' && n > 5 && strcmp(d->d_name + n - 5, ".yaml") == 0;
}

int signed_load(const struct signed_source *source,
                int (*loaded)(void *userdata, const struct signed_loaded *l),
                void (*refused)(void *userdata, const char *name, const char *why), void *userdata)
{
        struct loading l = {source, loaded, refused, userdata, BUFFER_NULL, ""};
        struct dirent **entries = NULL;
        _cleanup_close_ int dir = open(source->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int k = 0;

        if (dir < 0)
                return errno == ENOENT ? 0 : -errno;
        int n = scandirat(dir, ".", &entries, is_approvals, alphasort);
        if (n < 0)
                return -errno;
        if (n > 0)
                read_allowed(&l);
        for (int i = 0; i < n; i++) {
                char path[4352];

                (void)snprintf(path, sizeof(path), "%s/%s", source->directory, entries[i]->d_name);
                if ((unsigned)i >= SIGNED_FILES_MAX)
                        refused(userdata, path, "there are too many files: put more into each");
                else if (k == 0)
                        k = load_one(&l, dir, entries[i]->d_name, path);
                free(entries[i]);
        }
        free(entries);
        buffer_done(&l.allowed);
        return k;
}

int signed_load_file(const struct signed_source *source, const char *path,
                     int (*loaded)(void *userdata, const struct signed_loaded *l),
                     void (*refused)(void *userdata, const char *name, const char *why),
                     void *userdata)
{
        struct loading l = {source, loaded, refused, userdata, BUFFER_NULL, ""};
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
        char directory[4352];

        (void)snprintf(directory, sizeof(directory), "%.*s", slash ? (int)(slash - path + 1) : 1,
                       slash ? path : ".");
        _cleanup_close_ int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0)
                return -errno;
        read_allowed(&l);
        int k = load_one(&l, dir, name, path);
        buffer_done(&l.allowed);
        return k;
}
