/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what would stand in a file once an agent has written it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "common/base/io.h"
#include "common/base/macros.h"
#include "daemon/ctl/hook.h"

/* The mode of the file that is there; of one that is not, what it will most likely get. */
static mode_t mode_of(const char *path)
{
        struct stat st;

        if (path && stat(path, &st) == 0)
                return S_IFREG | (st.st_mode & 07777);
        mode_t mask = umask(0);
        (void)umask(mask);
        return S_IFREG | (0666 & ~mask);
}

int hook_content_of(const char *data, size_t n, const char *path, struct stat *ret_st)
{
        _cleanup_close_ int fd = memfd_create("giactl-hook", MFD_CLOEXEC);

        if (fd < 0)
                return -errno;
        int k = io_write_all(fd, data, n);
        if (k < 0)
                return k;
        *ret_st = (struct stat){.st_mode = mode_of(path), .st_size = (off_t)n};
        return take_fd(&fd);
}

/* Reads the present file. False: there is none that could be read. */
static bool read_present(const char *path, struct buffer *b)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        char block[16384];
        struct stat st;
        ssize_t n;

        if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
                return false;
        while ((n = read(fd, block, sizeof(block))) > 0)
                buffer_append(b, block, (size_t)n);
        return n == 0 && b->error == 0;
}

/* Puts the new text in the old one's place. False: it does not stand there. */
static bool replace(struct buffer *b, const struct hook_edit *e)
{
        struct buffer made = {.max = b->max};
        size_t n = strlen(e->old_text), from = 0;
        const char *at = n > 0 && b->data ? memmem(b->data, b->len, e->old_text, n) : NULL;

        if (!at)
                return false;
        while (at) {
                size_t offset = (size_t)(at - b->data);

                buffer_append(&made, b->data + from, offset - from);
                buffer_puts(&made, e->new_text);
                from = offset + n;
                at = e->all ? memmem(b->data + from, b->len - from, e->old_text, n) : NULL;
        }
        buffer_append(&made, b->data + from, b->len - from);
        buffer_done(b);
        *b = made;
        return true;
}

/* Only what is new: where the edits fit nothing, the agent will be told so, or means another file. */
static void put_new_texts(struct buffer *b, const struct hook_proposal *p)
{
        buffer_reset(b);
        for (size_t i = 0; i < p->n_edits; i++) {
                buffer_puts(b, p->edits[i].new_text);
                buffer_putc(b, '\n');
        }
}

static void apply_edits(struct buffer *b, const struct hook_proposal *p, const char *path)
{
        bool fits = read_present(path, b);

        for (size_t i = 0; fits && i < p->n_edits; i++)
                fits = replace(b, &p->edits[i]);
        if (!fits)
                put_new_texts(b, p);
}

int hook_content_open(const struct hook_proposal *p, const char *path, bool written,
                      struct stat *ret_st)
{
        _cleanup_buffer_ struct buffer content = {.max = HOOK_FILE_MAX};

        if (written) {
                int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

                if (fd >= 0 && fstat(fd, ret_st) == 0 && S_ISREG(ret_st->st_mode))
                        return fd;
                (void)fd_close(fd);
        }
        if (p->content)
                return hook_content_of(p->content, strlen(p->content), path, ret_st);
        apply_edits(&content, p, path);
        if (content.error)
                return content.error == -ENOBUFS ? -EFBIG : content.error;
        return hook_content_of(content.data ? content.data : "", content.len, path, ret_st);
}
