/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the register's file as a file: making it, setting it aside, noticing that somebody else has moved it or written over it.
 * Does not own: what is in it (register.c).
 *
 * The file is never opened here while SQLite has it open: closing it again would take away the locks of the whole process. It is
 * read through SQLite's own file.
 */
#include "daemon/register/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/register/query.h"

#define ASIDE_KEPT 4u /* damaged ones that are kept to be looked at */

/* SQLite would make the file with the umask's mode. */
int file_make(const char *path)
{
        const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
        struct stat st;
        _cleanup_close_ int fd = open(path, flags);

        if (fd < 0 && errno == ENOENT) {
                fd = open(path, flags | O_CREAT | O_EXCL, 0600);
                return fd < 0 ? -errno : 0;
        }
        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;
        if ((st.st_mode & 077) && fchmod(fd, 0600) < 0)
                return -errno;
        /* SQLite would take it for one that was never written to */
        return (uint64_t)st.st_size < FILE_HEADER ? -EUCLEAN : 0;
}

/* 1: it was there, 0: it was not, or negative errno. */
static int rename_with(const char *path, const char *suffix, const char *aside)
{
        _cleanup_free_ char *from = NULL, *to = NULL;

        if (asprintf(&from, "%s%s", path, suffix) < 0) {
                from = NULL;
                return -ENOMEM;
        }
        if (asprintf(&to, "%s%s", aside, suffix) < 0) {
                to = NULL;
                return -ENOMEM;
        }
        if (rename(from, to) == 0)
                return 1;
        return errno == ENOENT ? 0 : -errno;
}

void file_remove(const char *path)
{
        static const char *const suffixes[] = {"-wal", "-shm", ""};

        for (size_t i = 0; i < ELEMENTSOF(suffixes); i++) {
                char name[FILE_ASIDE_MAX + 8];

                (void)snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
                (void)unlink(name);
        }
}

/* A disk that damages one register after the other is not to be filled with them. */
static void forget_oldest(const char *path)
{
        char pattern[FILE_ASIDE_MAX + 64];
        glob_t found;

        (void)snprintf(pattern, sizeof(pattern), "%s.damaged-*[0-9]", path);
        /* in such a directory all are kept */
        if (strpbrk(path, "*?[\\") || glob(pattern, 0, NULL, &found) != 0)
                return;
        for (size_t i = 0; i + ASIDE_KEPT < found.gl_pathc; i++)
                file_remove(found.gl_pathv[i]);
        globfree(&found);
}

/* The log goes first: were it left beside a new database, SQLite could replay it there. */
int file_set_aside(const char *path, char ret[static FILE_ASIDE_MAX])
{
        int n = snprintf(ret, FILE_ASIDE_MAX, "%s.damaged-%llu", path,
                         (unsigned long long)clock_realtime());

        if (n < 0 || (size_t)n >= FILE_ASIDE_MAX)
                return -ENAMETOOLONG;
        int k = rename_with(path, "-wal", ret);
        if (k >= 0)
                k = rename_with(path, "-shm", ret);
        if (k >= 0)
                k = rename_with(path, "", ret);
        if (k == 0)
                ret[0] = '\0';
        if (k > 0)
                forget_oldest(path);
        return MIN_OF(k, 0);
}

/* 0, or -EIO: it is shorter than a header. */
static int read_header(const struct reg *r, uint8_t ret[static FILE_HEADER], uint64_t *ret_size)
{
        sqlite3_file *file = NULL;
        sqlite3_int64 size = 0;
        int rc = sqlite3_file_control(r->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);

        if (rc != SQLITE_OK || !file || !file->pMethods ||
            file->pMethods->xFileSize(file, &size) != SQLITE_OK ||
            file->pMethods->xRead(file, ret, FILE_HEADER, 0) != SQLITE_OK)
                return -EIO;
        *ret_size = (uint64_t)size;
        return 0;
}

void file_remember(struct reg *r)
{
        uint64_t size;

        if (read_header(r, r->header, &size) < 0)
                memset(r->header, 0, sizeof(r->header));
}

static uint32_t number_at(const uint8_t *header, size_t offset)
{
        const uint8_t *b = header + offset;

        return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* Where the header has its fields: https://sqlite.org/fileformat2.html#the_database_header */
#define HEADER_FIXED 24u /* magic, size of a page, versions: never change */
#define HEADER_PAGES 28u
#define HEADER_APPLICATION 68u

const char *file_changed(const struct reg *r)
{
        uint8_t now[FILE_HEADER];
        uint64_t size, page;
        int moved = 0;

        if (r->header[0] == 0)
                return NULL; /* not known what it was */
        if (sqlite3_file_control(r->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
            moved)
                return "it was moved away, deleted or replaced";
        if (read_header(r, now, &size) < 0)
                return "it was cut short";
        if (memcmp(now, r->header, HEADER_FIXED) != 0 ||
            memcmp(now + HEADER_APPLICATION, r->header + HEADER_APPLICATION, sizeof(uint32_t)) != 0)
                return "something else was written over it";
        page = (uint64_t)now[16] << 8 | now[17];
        if (page == 1)
                page = 65536;
        return size < page * number_at(now, HEADER_PAGES) ? "it was cut short" : NULL;
}
