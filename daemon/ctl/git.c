/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: git as a child process: its environment, its pipes, its end.
 * Does not own: what it is asked (staged.c).
 */
#include "daemon/ctl/git.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "common/base/text.h"

#define ARGS_MAX 64
#define OUTPUT_MAX ((size_t)256 << 20)
#define OBJECT_ID_MAX 64 /* SHA-256 in hex */

/* --- the environment ---- */

/* Where the index is, of which a hook is told here, and what git needs to find its configuration. */
static bool is_passed_on(const char *variable)
{
        static const char *const names[] = {
                "PATH=",
                "HOME=",
                "XDG_CONFIG_HOME=",
                "TMPDIR=",
                "GIT_DIR=",
                "GIT_WORK_TREE=",
                "GIT_COMMON_DIR=",
                "GIT_INDEX_FILE=",
                "GIT_OBJECT_DIRECTORY=",
                "GIT_ALTERNATE_OBJECT_DIRECTORIES=",
                "GIT_CEILING_DIRECTORIES=",
                "GIT_DISCOVERY_ACROSS_FILESYSTEM=",
                "GIT_CONFIG",
        };

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (strncmp(variable, names[i], strlen(names[i])) == 0)
                        return true;
        return false;
}

/* A list whose strings are borrowed; NULL: out of memory. */
static const char **make_environment(void)
{
        static const char *const ours[] = {
                "LC_ALL=C",
                "GIT_TERMINAL_PROMPT=0",
                "GIT_OPTIONAL_LOCKS=0",
                "GIT_LITERAL_PATHSPECS=1",
                /* what is replaced here is committed as it is */
                "GIT_NO_REPLACE_OBJECTS=1",
                /* what is staged is here: nothing is fetched from anywhere */
                "GIT_NO_LAZY_FETCH=1",
        };
        size_t n = 0, k = 0;

        while (environ[n])
                n++;
        const char **list = calloc(n + ELEMENTSOF(ours) + 1, sizeof(*list));
        for (size_t i = 0; list && i < n; i++)
                if (is_passed_on(environ[i]))
                        list[k++] = environ[i];
        for (size_t i = 0; list && i < ELEMENTSOF(ours); i++)
                list[k++] = ours[i];
        return list;
}

/* --- the process ---- */

struct child {
        pid_t pid;
        int in, out; /* in -1: it reads nothing */
};

static int spawn(pid_t *ret, const char *directory, const char *const *args,
                 const char *const *environment, int in, int out)
{
        posix_spawn_file_actions_t actions;
        int k = posix_spawn_file_actions_init(&actions);

        if (k != 0)
                return -k;
        k = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
        if (k == 0)
                k = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
        if (k == 0 && directory)
                k = posix_spawn_file_actions_addchdir_np(&actions, directory);
        if (k == 0)
                /* it changes none of them, whatever its type says */
                k = posix_spawnp(ret, "git", &actions, NULL, (char *const *)(uintptr_t)args,
                                 (char *const *)(uintptr_t)environment);
        (void)posix_spawn_file_actions_destroy(&actions);
        return -k;
}

/* What it reads comes through a socket: writing to one that has ended is an error, and no signal. */
static int child_start(struct child *ret, const char *directory, const char *const *args, bool asks)
{
        static const char *const common[] = {"git", "--no-pager", "-c", "core.fsmonitor=false"};
        const char *all[ARGS_MAX];
        size_t n = 0;
        int in[2] = {-1, -1}, out[2];

        for (size_t i = 0; i < ELEMENTSOF(common); i++)
                all[n++] = common[i];
        for (size_t i = 0; args[i]; i++) {
                if (n == ELEMENTSOF(all) - 1)
                        return -E2BIG;
                all[n++] = args[i];
        }
        all[n] = NULL;
        _cleanup_free_ const char **environment = make_environment();
        if (!environment)
                return -ENOMEM;
        if (asks && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) < 0)
                return -errno;
        if (!asks)
                in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        _cleanup_close_ int in_child = in[0], in_here = in[1];
        if (in_child < 0 || pipe2(out, O_CLOEXEC) < 0)
                return -errno;
        _cleanup_close_ int out_here = out[0], out_child = out[1];
        pid_t pid;
        int k = spawn(&pid, directory, all, environment, in_child, out_child);
        if (k < 0)
                return k;
        *ret = (struct child){pid, take_fd(&in_here), take_fd(&out_here)};
        return 0;
}

static int child_end(struct child *c)
{
        int status;

        c->in = fd_close(c->in);
        c->out = fd_close(c->out);
        while (waitpid(c->pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : GIT_E_FAILED;
}

int git_output(const char *directory, const char *const *args, struct buffer *out)
{
        struct child c;
        char chunk[65536];
        ssize_t n;
        int k = child_start(&c, directory, args, false);

        if (k < 0)
                return k;
        out->max = OUTPUT_MAX;
        while ((n = read(c.out, chunk, sizeof(chunk))) != 0) {
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        break;
                buffer_append(out, chunk, (size_t)n);
        }
        int error = n < 0 ? -errno : out->error;
        k = child_end(&c);
        return k != 0 ? k : error;
}

/* --- objects ---- */

struct git_objects {
        struct child child;
        FILE *out;
        size_t left; /* of the object that was asked for, with the newline behind it */
};

int git_objects_new(struct git_objects **ret, const char *directory)
{
        static const char *const args[] = {"cat-file", "--batch", NULL};
        struct git_objects *g = calloc(1, sizeof(*g));
        int k = g ? child_start(&g->child, directory, args, true) : -ENOMEM;

        if (k < 0) {
                free(g);
                return k;
        }
        g->out = fdopen(g->child.out, "r");
        if (!g->out) {
                (void)git_objects_free(g);
                return -ENOMEM;
        }
        *ret = g;
        return 0;
}

struct git_objects *git_objects_free(struct git_objects *g)
{
        if (!g)
                return NULL;
        if (g->out) {
                (void)fclose(g->out);
                g->child.out = -1;
        }
        (void)child_end(&g->child);
        free(g);
        return NULL;
}

int git_objects_ask(struct git_objects *g, const char *id, size_t *ret_size)
{
        char line[OBJECT_ID_MAX + 64];
        size_t n = strlen(id);
        uint64_t size;

        if (g->left > 0 || n > OBJECT_ID_MAX)
                return -EINVAL;
        (void)snprintf(line, sizeof(line), "%s\n", id);
        if (send(g->child.in, line, n + 1, MSG_NOSIGNAL) != (ssize_t)(n + 1) ||
            !fgets(line, sizeof(line), g->out))
                return -EPIPE;
        /* "ID blob SIZE", or "ID missing" */
        char *type = line + strcspn(line, " "), *end = strchr(line, '\n');
        if (!end)
                return -EBADMSG;
        *end = '\0';
        if (strcmp(type, " missing") == 0)
                return -ENOENT;
        if (strncmp(type, " blob ", 6) != 0 || text_to_u64(type + 6, 10, &size) < 0 ||
            size >= SIZE_MAX)
                return -EBADMSG;
        g->left = (size_t)size + 1;
        *ret_size = (size_t)size;
        return 0;
}

static int write_all(int fd, const char *data, size_t n)
{
        while (n > 0) {
                ssize_t done = write(fd, data, n);

                if (done < 0 && errno == EINTR)
                        continue;
                if (done <= 0)
                        return done < 0 ? -errno : -EIO;
                data += done;
                n -= (size_t)done;
        }
        return 0;
}

int git_objects_read(struct git_objects *g, int fd, size_t max)
{
        char chunk[65536];
        int k = 0;

        while (g->left > 0) {
                /* not the newline behind it */
                size_t content = g->left > 1 ? g->left - 1 : 0;
                size_t want = MIN_OF(content > 0 ? content : 1, sizeof(chunk));

                if (fread(chunk, 1, want, g->out) != want)
                        return -EPIPE;
                g->left -= want;
                size_t wanted = content > 0 ? MIN_OF(want, max) : 0;
                if (fd >= 0 && k == 0 && wanted > 0)
                        k = write_all(fd, chunk, wanted);
                max -= wanted;
        }
        return k;
}
