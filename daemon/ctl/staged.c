/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which blobs are staged, and scanning each under its name.
 * Does not own: running git (git.c), the files that are read with one (staged-peers.c).
 *
 * Blobs are read as they are in the index, without filters: that is what a commit would hold and a
 * push would carry on. They are kept in memory, or in files without a name.
 */
#include "daemon/ctl/staged.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "common/base/text.h"
#include "daemon/ctl/git.h"
#include "daemon/ctl/staged-peers.h"

#define MEMORY_MAX ((size_t)64 << 20) /* larger blobs go to a file */
#define PATHS_MAX 48

struct staged {
        struct offline *offline;
        struct ctl *ctl;
        offline_file_fn fn;
        void *userdata;
        struct scan_result *result;
        char top[PATH_MAX]; /* of the work tree */
        struct git_objects *objects;
        struct staged_peers *peers;
};

/* A place for a blob that nobody finds by name. Returns an fd or negative errno. */
static int open_unnamed(size_t size)
{
        const char *tmp = getenv("TMPDIR");
        int fd = size <= MEMORY_MAX ? memfd_create("giactl staged", MFD_CLOEXEC)
                                    : open(tmp && *tmp == '/' ? tmp : "/tmp",
                                           O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);

        return fd < 0 ? -errno : fd;
}

/* A path from the top of the work tree, as it is shown. */
static const char *shown_path(const struct staged *s, const char *path,
                              char buf[static 2 * PATH_MAX])
{
        const char *working = s->offline->place.working;
        size_t n = strlen(working), top = strlen(s->top);

        if (strcmp(working, s->top) == 0)
                return path;
        if (strncmp(working, s->top, top) == 0 && working[top] == '/' &&
            strncmp(path, working + top + 1, n - top - 1) == 0 && path[n - top - 1] == '/')
                return path + n - top;
        (void)snprintf(buf, 2 * PATH_MAX, "%s/%s", s->top, path);
        return buf;
}

static int scan_symlink(struct staged *s, const char *path, int fd, size_t size)
{
        char target[SCAN_TEXT_MAX];
        ssize_t n = pread(fd, target, MIN_OF(size, sizeof(target)), 0);

        if (n < 0)
                return -errno;
        inspector_text(s->offline->inspector, path, S_IFLNK | 0777, target, (size_t)n, s->result);
        return 0;
}

static int scan_regular(struct staged *s, const char *path, uint32_t mode, int fd, size_t size)
{
        struct scan_peers peers = SCAN_PEERS_NONE;

        staged_peers_open(s->peers, path, &peers);
        int k = inspector_file(s->offline->inspector, fd, path, mode, size, &peers, s->result);
        scan_peers_close(&peers);
        return k;
}

/* The content of a blob. Returns 0 or negative errno. */
static int scan_blob(struct staged *s, const char *path, uint32_t mode, const char *id)
{
        uint64_t file_max = config_number(s->ctl->config, OPTION_FILE_SIZE);
        size_t size;
        int k = git_objects_ask(s->objects, id, &size);

        if (k < 0)
                return k;
        _cleanup_close_ int fd = open_unnamed(size);
        /* one byte more than is looked at tells that there is more */
        k = git_objects_read(s->objects, fd, (size_t)MIN_OF((uint64_t)size, file_max + 1));
        if (fd < 0 || k < 0)
                return fd < 0 ? fd : k;
        return S_ISLNK(mode) ? scan_symlink(s, path, fd, size)
                             : scan_regular(s, path, mode, fd, size);
}

/* Returns EXIT_OK, or what stops. */
static int scan_entry(struct staged *s, const char *path, uint32_t mode, const char *id)
{
        char absolute[2 * PATH_MAX], buf[2 * PATH_MAX];

        *s->result = (struct scan_result){0};
        (void)snprintf(absolute, sizeof(absolute), "%s/%s", s->top, path);
        place_file(&s->offline->place, s->ctl->config, s->top, absolute, path);
        int k = scan_blob(s, path, mode, id);
        if (k == -EPIPE || k == -EBADMSG)
                return ctl_error("git cat-file ended; nothing more can be read");
        const char *shown = s->result->shown[0] ? s->result->shown : path;
        return s->fn(s->userdata, shown_path(s, shown, buf), s->result, k < 0 ? -k : 0);
}

/* ":OLDMODE MODE OLDID ID STATUS" NUL PATH NUL. Returns EXIT_OK or EXIT_ERROR. */
static int scan_entries(struct staged *s, const char *list, size_t n)
{
        int status = EXIT_OK;

        for (size_t i = 0; i < n && status == EXIT_OK;) {
                unsigned mode;
                char id[65];
                const char *path = list + i + strlen(list + i) + 1;

                if (path >= list + n ||
                    sscanf(list + i, ":%*o %o %*64[0-9a-f] %64[0-9a-f] %*c", &mode, id) != 2)
                        return ctl_error("git says of the index what cannot be read");
                i = (size_t)(path - list) + strlen(path) + 1;
                /* a submodule has no content here, and what was only announced has none yet */
                if ((!S_ISREG(mode) && !S_ISLNK(mode)) || strspn(id, "0") == strlen(id))
                        continue;
                status = scan_entry(s, path, mode, id);
        }
        return status;
}

/* Returns EXIT_OK or EXIT_ERROR. */
static int git_error(int k)
{
        if (k == -ENOENT)
                return ctl_error("scan --staged needs git, which is not in PATH");
        if (k == GIT_E_FAILED)
                return ctl_error(
                        "scan --staged reads the index of a git work tree, and git failed");
        return ctl_error("git cannot be run: %s", strerror(-k));
}

static int find_top(struct staged *s)
{
        static const char *const args[] = {"rev-parse", "--show-toplevel", NULL};
        _cleanup_buffer_ struct buffer out = BUFFER_NULL;
        int k = git_output(NULL, args, &out);

        if (k != 0)
                return git_error(k);
        out.data[out.len > 0 ? out.len - 1 : 0] = '\0'; /* the newline */
        return text_copy(s->top, sizeof(s->top), out.data)
                       ? EXIT_OK
                       : ctl_error("the path of the work tree is too long");
}

static int list_staged(struct staged *s, struct buffer *out)
{
        static const char *const fixed[] = {"diff",
                                            "--cached",
                                            "--raw",
                                            "-z",
                                            "--no-abbrev",
                                            "--no-renames",
                                            "--no-relative",
                                            "--no-ext-diff",
                                            "--no-textconv",
                                            "--diff-filter=ACMT",
                                            "--"};
        const char *args[ELEMENTSOF(fixed) + PATHS_MAX + 1];
        size_t n = 0;

        for (; n < ELEMENTSOF(fixed); n++)
                args[n] = fixed[n];
        if (s->ctl->n_args > PATHS_MAX)
                return ctl_usage("scan --staged takes at most %d paths", PATHS_MAX);
        for (int i = 0; i < s->ctl->n_args; i++)
                args[n++] = s->ctl->args[i];
        args[n] = NULL;
        int k = git_output(NULL, args, out);
        return k == 0 ? EXIT_OK : git_error(k);
}

int staged_walk(struct offline *o, struct ctl *ctl, offline_file_fn fn, void *userdata)
{
        _cleanup_buffer_ struct buffer list = BUFFER_NULL;
        struct staged s = {
                .offline = o,
                .ctl = ctl,
                .fn = fn,
                .userdata = userdata,
                .result = calloc(1, sizeof(*s.result)),
        };
        int status = s.result ? find_top(&s) : ctl_error("out of memory");

        if (status == EXIT_OK)
                status = list_staged(&s, &list);
        if (status == EXIT_OK && list.len > 0) {
                place_root(&o->place, s.top);
                int k = git_objects_new(&s.objects, s.top);

                if (k >= 0)
                        k = staged_peers_new(&s.peers, s.top, s.objects, list.data, list.len);
                status = k == 0 ? scan_entries(&s, list.data, list.len) : git_error(k);
        }
        s.peers = staged_peers_free(s.peers);
        s.objects = git_objects_free(s.objects);
        free(s.result);
        return status;
}
