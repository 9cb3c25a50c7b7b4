/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: taking an open file through a detector piece by piece.
 * Does not own: the fd, the detector, and what is found.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "daemon/inspect/internal.h"

int inspector_new(struct inspector **ret, struct detector *detector, uint64_t file_max)
{
        struct inspector *i = calloc(1, sizeof(*i));

        if (!i)
                return -ENOMEM;
        i->detector = detector;
        i->file_max = file_max;
        i->piece = detector_piece_size(detector);
        i->buffer = malloc(i->piece);
        if (!i->buffer) {
                free(i);
                return -ENOMEM;
        }
        *ret = i;
        return 0;
}

struct inspector *inspector_free(struct inspector *i)
{
        if (i)
                free(i->buffer);
        free(i);
        return NULL;
}

ssize_t inspector_read(struct inspector *i, int fd, uint64_t offset, size_t want)
{
        size_t have = 0;

        while (have < want) {
                ssize_t n = pread(fd, i->buffer + have, want - have, (off_t)(offset + have));

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                have += (size_t)n;
        }
        return (ssize_t)have;
}

static void feed_xattrs(struct inspector *i, int fd)
{
        ssize_t n = flistxattr(fd, i->names, sizeof(i->names));

        for (ssize_t at = 0; at < n; at += (ssize_t)strlen(i->names + at) + 1) {
                const char *name = i->names + at;

                if (strncmp(name, "user.", 5) != 0)
                        continue;
                ssize_t size = fgetxattr(fd, name, i->value, sizeof(i->value));
                detector_feed_aside(i->detector, "name of an extended attribute",
                                    (const uint8_t *)name, strlen(name));
                if (size > 0)
                        detector_feed_aside(i->detector, "extended attribute", i->value,
                                            (size_t)size);
        }
}

/* Through the same buffer: a piece is larger than any of them. One that has grown is left out. */
static void read_peers(struct inspector *i, const struct scan_peers *peers)
{
        const char *name = NULL;

        for (unsigned k = 0; k < peers->n && (name = scan_peers_next(peers, name)); k++) {
                ssize_t n = inspector_read(i, peers->fds[k], 0,
                                           MIN_OF(i->piece, SCAN_PEER_SIZE_MAX + 1));

                if (n > 0 && (size_t)n <= SCAN_PEER_SIZE_MAX)
                        detector_peer(i->detector, name, i->buffer, (size_t)n);
        }
}

int inspector_file(struct inspector *i, int fd, const char *path, uint32_t mode, uint64_t size,
                   const struct scan_peers *peers, struct scan_result *res)
{
        uint64_t offset = 0;
        ssize_t n = 0;

        detector_begin(i->detector, path, mode, size, res);
        detector_feed_aside(i->detector, "file name", (const uint8_t *)path, strlen(path));
        feed_xattrs(i, fd);
        if (peers)
                read_peers(i, peers);
        do {
                size_t want = (size_t)MIN_OF((uint64_t)i->piece, i->file_max - offset);

                n = inspector_read(i, fd, offset, want);
                if (n <= 0)
                        break;
                detector_feed(i->detector, i->buffer, (size_t)n);
                offset += (uint64_t)n;
        } while ((size_t)n == i->piece && offset < i->file_max);
        /* size was true when somebody looked */
        if (n >= 0 && offset >= i->file_max && inspector_read(i, fd, offset, 1) > 0)
                scan_result_add_gap(res, REASON_TOO_LARGE, 0);
        detector_end(i->detector);
        return n < 0 ? (int)n : 0;
}

void inspector_text(struct inspector *i, const char *path, uint32_t mode, const char *text,
                    size_t n, struct scan_result *res)
{
        detector_begin(i->detector, path, mode, n, res);
        detector_feed_aside(i->detector, "file name", (const uint8_t *)path, strlen(path));
        detector_feed_aside(i->detector, "symlink target", (const uint8_t *)text, n);
        detector_end(i->detector);
}

bool inspector_command(struct inspector *i, const char *raw, size_t n, bool cut, char *dst,
                       size_t size)
{
        int k = detector_command(i->detector, raw, n, cut, dst, size);

        if (k < 0)
                dst[0] = '\0';
        return k > 0;
}
