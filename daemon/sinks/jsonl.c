/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the JSON lines file: one object per line, in the native shape or a foreign one.
 * Does not own: the shapes (event.c, ocsf.c, ecs.c), nor rotation: who rotates sends SIGUSR1. A file
 * that was deleted is made anew without being told, and one that was renamed is left within a second.
 *
 * A line is one write. When a full disk takes only a part of it, that part is cut off again; where
 * that is not possible the next line begins after a newline, so that one line at most is broken.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/buffer.h"
#include "common/base/clock.h"
#include "daemon/sinks/shapes.h"
#include "daemon/sinks/sink-table.h"

/* how often it is looked whether the file still has its name */
#define CHECK_INTERVAL USEC_PER_SEC

enum shape { SHAPE_NATIVE, SHAPE_OCSF, SHAPE_ECS };

struct jsonl {
        struct sink sink;
        char *path;
        enum shape shape;
        int fd;
        bool torn;         /* the file ends in a part of a line */
        usec_t checked_at; /* monotonic: when it last was the one that the path leads to */
        struct buffer line;
        char host[65];
};

static int shape_from_string(const char *name)
{
        if (!name || strcmp(name, "native") == 0)
                return SHAPE_NATIVE;
        if (strcmp(name, "ocsf") == 0)
                return SHAPE_OCSF;
        return strcmp(name, "ecs") == 0 ? SHAPE_ECS : -EINVAL;
}

static struct sink *jsonl_free(struct sink *sink)
{
        struct jsonl *j = (struct jsonl *)sink;

        if (!j)
                return NULL;
        (void)fd_close(j->fd);
        buffer_done(&j->line);
        free(j->path);
        free(j);
        return NULL;
}

static int jsonl_open(struct jsonl *j)
{
        struct stat st;
        _cleanup_close_ int fd =
                open(j->path,
                     O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
                     0640);

        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;
        /* whatever the umask is: log directories let the group in that may read them */
        if (st.st_size == 0 && st.st_uid == geteuid())
                (void)fchmod(fd, 0640);
        (void)fd_close(j->fd);
        j->fd = take_fd(&fd);
        j->checked_at = clock_monotonic();
        /* what a crash left behind must not spoil our first line */
        j->torn = false;
        if (st.st_size > 0) {
                char last = '\n';
                _cleanup_close_ int reader =
                        open(j->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

                if (reader >= 0 && pread(reader, &last, 1, st.st_size - 1) == 1)
                        j->torn = last != '\n';
        }
        return 0;
}

static int jsonl_new(struct sink **ret, const struct sink_config *config)
{
        int shape = shape_from_string(config->schema);

        if (shape < 0 || !config->path || config->path[0] != '/')
                return -EINVAL;
        struct jsonl *j = calloc(1, sizeof(*j));
        if (!j)
                return -ENOMEM;
        j->sink.vtable = &sink_jsonl_vtable;
        j->fd = -1;
        j->shape = (enum shape)shape;
        j->path = strdup(config->path);
        if (!j->path) {
                (void)jsonl_free(&j->sink);
                return -ENOMEM;
        }
        if (gethostname(j->host, sizeof(j->host) - 1) < 0)
                j->host[0] = '\0';
        *ret = &j->sink;
        return 0;
}

static void jsonl_render(struct jsonl *j, const struct event *e)
{
        buffer_reset(&j->line);
        if (j->torn)
                buffer_putc(&j->line, '\n');
        switch (j->shape) {
        case SHAPE_NATIVE:
                event_to_json(e, &j->line);
                break;
        case SHAPE_OCSF:
                ocsf_render(e, j->host, &j->line);
                break;
        case SHAPE_ECS:
                ecs_render(e, j->host, &j->line);
                break;
        }
        buffer_putc(&j->line, '\n');
}

/* It was renamed, as log files are, and another one may be in its place. */
static bool lost_its_name(struct jsonl *j, const struct stat *st)
{
        usec_t now = clock_monotonic();
        struct stat at;

        if (now < j->checked_at + CHECK_INTERVAL)
                return false;
        j->checked_at = now;
        if (lstat(j->path, &at) < 0)
                return errno == ENOENT;
        return at.st_dev != st->st_dev || at.st_ino != st->st_ino;
}

/* The file, opened anew if it was deleted or renamed. Returns its size before the write. */
static int jsonl_ready(struct jsonl *j, off_t *ret_size)
{
        struct stat st;

        for (int attempt = 0; attempt < 2; attempt++) {
                if (j->fd < 0) {
                        int r = jsonl_open(j);
                        if (r < 0)
                                return r;
                }
                if (fstat(j->fd, &st) == 0 && st.st_nlink > 0 && !lost_its_name(j, &st)) {
                        *ret_size = st.st_size;
                        return 0;
                }
                j->fd = fd_close(j->fd);
        }
        return -EAGAIN;
}

static int jsonl_deliver(struct sink *sink, const struct event *e)
{
        struct jsonl *j = (struct jsonl *)sink;
        off_t before = 0;
        struct stat st;

        if (jsonl_ready(j, &before) < 0)
                return -EAGAIN;
        jsonl_render(j, e);
        if (j->line.error)
                return j->line.error == -ENOMEM ? -EAGAIN : j->line.error;
        ssize_t n = write(j->fd, j->line.data, j->line.len);
        if (n == (ssize_t)j->line.len) {
                j->torn = false;
                return 0;
        }
        if (n > 0) {
                /* only if nobody else has appended meanwhile */
                bool ours = fstat(j->fd, &st) == 0 && st.st_size == before + n;

                j->torn = (!ours || ftruncate(j->fd, before) < 0) || j->torn;
        }
        return -EAGAIN;
}

static int jsonl_reopen(struct sink *sink)
{
        struct jsonl *j = (struct jsonl *)sink;

        j->fd = fd_close(j->fd);
        return jsonl_open(j);
}

const struct sink_vtable sink_jsonl_vtable = {
        .name = "jsonl",
        .new = jsonl_new,
        .free = jsonl_free,
        .deliver = jsonl_deliver,
        .reopen = jsonl_reopen,
        .waits = true,
};
