/* SPDX-FileCopyrightText: giad maintainers */
/*
 * The gate, with real files, real openers and a judge of its own: what is let in, what waits, what is refused. Each way to
 * a file's content leads through the same door.
 */
#include <dirent.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>

#include "tests/unit/gate-bed.h"
#include "tests/unit/test.h"

static struct gate_bed bed;
static int fds_before;

#define SECRET "a line\n" GATE_BAD "\n"
#define HARMLESS "a line\nand another\n"

/* --- what children do: 0, or errno --------------------------------------------------------------- */

static char *in_root(const char *name)
{
        static char path[2 * PATH_MAX];

        (void)snprintf(path, sizeof(path), "%s/%s", bed.root, name);
        return path;
}

static char *beside(const char *name)
{
        static char path[2 * PATH_MAX];

        (void)snprintf(path, sizeof(path), "%s/%s", bed.beside, name);
        return path;
}

static int write_file(const char *path, const char *text)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
        ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));
        int r = n < 0 ? errno : 0;

        (void)fd_close(fd);
        return r;
}

static int act_write_bad(struct gate_bed *b, void *name)
{
        (void)b;
        return write_file(in_root(name), SECRET);
}

static int act_write_good(struct gate_bed *b, void *name)
{
        (void)b;
        return write_file(in_root(name), HARMLESS);
}

static int read_path(const char *path, int flags)
{
        char text[256];
        int fd = open(path, flags | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));
        int r = n < 0 ? errno : 0;

        (void)fd_close(fd);
        return r;
}

static int act_read(struct gate_bed *b, void *name)
{
        (void)b;
        return read_path(in_root(name), O_RDONLY);
}

static int act_read_path(struct gate_bed *b, void *path)
{
        (void)b;
        return read_path(path, O_RDONLY);
}

static int act_read_write(struct gate_bed *b, void *name)
{
        (void)b;
        return read_path(in_root(name), O_RDWR);
}

static int act_pread(struct gate_bed *b, void *name)
{
        char text[64];
        int fd = open(in_root(name), O_RDONLY);

        (void)b;
        return fd < 0 || pread(fd, text, sizeof(text), 2) < 0 ? errno : 0;
}

static int act_mmap(struct gate_bed *b, void *name)
{
        int fd = open(in_root(name), O_RDONLY);

        (void)b;
        return fd < 0 || mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED ? errno : 0;
}

static int act_splice(struct gate_bed *b, void *name)
{
        int fd = open(in_root(name), O_RDONLY), p[2];

        (void)b;
        return fd < 0 || pipe(p) < 0 || splice(fd, NULL, p[1], NULL, 64, 0) < 0 ? errno : 0;
}

static int act_sendfile(struct gate_bed *b, void *name)
{
        int fd = open(in_root(name), O_RDONLY), to = memfd_create("to", 0);

        (void)b;
        return fd < 0 || sendfile(to, fd, NULL, 64) < 0 ? errno : 0;
}

static int act_exec(struct gate_bed *b, void *name)
{
        (void)b;
        (void)execl(in_root(name), "x", (char *)NULL);
        return errno;
}

static int act_link(struct gate_bed *b, void *name)
{
        char *to = strdup(beside("linked"));

        (void)b;
        (void)unlink(to);
        return link(in_root(name), to) < 0 ? 99 : read_path(to, O_RDONLY);
}

static int act_rename_out(struct gate_bed *b, void *name)
{
        char *to = strdup(beside("moved"));

        (void)b;
        return rename(in_root(name), to) < 0 ? 99 : read_path(to, O_RDONLY);
}

static int act_handle(struct gate_bed *b, void *name)
{
        union {
                struct file_handle h;
                char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
        } u = {.h.handle_bytes = MAX_HANDLE_SZ};
        int mount_id, top = open(b->top, O_RDONLY | O_DIRECTORY);
        char text[64];

        if (name_to_handle_at(AT_FDCWD, in_root(name), &u.h, &mount_id, 0) < 0)
                return 99;
        int fd = open_by_handle_at(top, &u.h, O_RDONLY);
        return fd < 0 || read(fd, text, sizeof(text)) < 0 ? errno : 0;
}

/* By a descriptor that is no more than a name, and by another process's. */
static int act_magic_link(struct gate_bed *b, void *name)
{
        char path[64];
        int fd = open(in_root(name), O_PATH);

        (void)b;
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        return fd < 0 ? 99 : read_path(path, O_RDONLY);
}

/* In a mount namespace of its own, where the file has another name; the parent's mount is gone there. */
static int act_bind(struct gate_bed *b, void *name)
{
        char at[] = "/tmp/giad-gate-bind-XXXXXX", path[PATH_MAX];

        if (!mkdtemp(at) || unshare(CLONE_NEWNS) < 0 ||
            mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount(b->root, at, "none", MS_BIND, NULL) < 0 || umount2(b->top, MNT_DETACH) < 0)
                return 99;
        (void)snprintf(path, sizeof(path), "%s/%s", at, (char *)name);
        int r = read_path(path, O_RDONLY);
        (void)umount2(at, MNT_DETACH);
        (void)rmdir(at);
        return r;
}

/* --- the bed ------------------------------------------------------------------------------------- */

static int count_fds(void)
{
        DIR *d = opendir("/proc/self/fd");
        int n = 0;

        while (readdir(d))
                n++;
        (void)closedir(d);
        return n;
}

static int set_up(void **state)
{
        (void)state;
        fds_before = count_fds();
        return gate_bed_start(&bed, &gate_bed_limits);
}

static int tear_down(void **state)
{
        char command[3 * PATH_MAX];

        (void)state;
        gate_bed_stop(&bed);
        (void)snprintf(command, sizeof(command), "rm -rf %s/* %s/*", bed.root, bed.beside);
        if (system(command) != 0)
                return -1;
        return count_fds() == fds_before ? 0 : -1;
}

static void restart(const struct gate_limits *limits)
{
        gate_bed_stop(&bed);
        assert_int_equal(gate_bed_start(&bed, limits), 0);
}

static void assert_run(int (*act)(struct gate_bed *b, void *argument), const char *name,
                       int expected)
{
        int r = gate_bed_run(&bed, act, (void *)(uintptr_t)name);

        if (r != expected)
                fail_msg("%s: %d, not %d", name, r, expected);
}

static struct gate_stats stats(void)
{
        struct gate_stats s;

        gate_stats(bed.gate, &s);
        return s;
}

/* --- tests --------------------------------------------------------------------------------------- */

/* What the gate's thread says comes after who waited has gone on; a busy machine takes its time for all of it. */
static bool comes_true(bool (*is)(void))
{
        usec_t end = clock_monotonic() + 10 * USEC_PER_SEC;

        while (!is() && clock_monotonic() < end)
                (void)gate_bed_pump(&bed, -1, 10 * USEC_PER_MSEC);
        return is();
}

static unsigned denials_wanted;

static bool all_denials_are_told(void)
{
        return bed.denied >= denials_wanted;
}

static void assert_denied(size_t n)
{
        denials_wanted = (unsigned)n;
        assert_true(comes_true(all_denials_are_told));
        assert_int_equal(bed.denied, n);
}

static void each_way_to_the_content_is_refused(void **state)
{
        static const struct {
                const char *name;
                int (*act)(struct gate_bed *b, void *argument);
        } ways[] = {
                {"read", act_read},     {"read-write", act_read_write},
                {"pread", act_pread},   {"mmap", act_mmap},
                {"splice", act_splice}, {"sendfile", act_sendfile},
                {"exec", act_exec},     {"link", act_link},
                {"handle", act_handle}, {"magic-link", act_magic_link},
                {"bind", act_bind},     {"rename", act_rename_out},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(ways); i++) {
                assert_run(act_write_bad, ways[i].name, 0);
                assert_run(ways[i].act, ways[i].name, EPERM);
        }
        assert_denied(ELEMENTSOF(ways));
        assert_int_equal(bed.late, 0);
}

static void each_way_to_a_harmless_file_is_open(void **state)
{
        static int (*const ways[])(struct gate_bed * b, void *argument) = {
                act_read, act_read_write, act_pread,      act_mmap, act_splice,    act_sendfile,
                act_link, act_handle,     act_magic_link, act_bind, act_rename_out};

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(ways); i++) {
                assert_run(act_write_good, "good", 0);
                assert_run(ways[i], "good", 0);
        }
        assert_int_equal(bed.denied, 0);
        assert_int_equal(bed.passed, 0);
}

static void a_denial_says_who_and_what(void **state)
{
        (void)state;
        assert_run(act_write_bad, "who", 0);
        pid_t pid = gate_bed_fork(act_read, &bed, (char[]){"who"});
        assert_int_equal(gate_bed_pump(&bed, pid, 5 * USEC_PER_SEC), EPERM);
        assert_denied(1);
        assert_int_equal(bed.last_pid, pid);
        assert_string_equal(bed.last_path, "who");
        assert_string_equal(bed.wanted_path, "who");
}

static void a_verdict_is_kept_until_the_file_changes(void **state)
{
        (void)state;
        assert_run(act_write_good, "f", 0);
        for (unsigned i = 0; i < 5; i++)
                assert_run(act_read, "f", 0);
        assert_int_equal(bed.wanted, 1);
        assert_int_equal(bed.finals, 1);
        assert_run(act_write_bad, "f", 0);
        for (unsigned i = 0; i < 5; i++)
                assert_run(act_read, "f", EPERM);
        assert_int_equal(bed.wanted, 2);
        /* who offends may be overwritten */
        assert_run(act_write_good, "f", 0);
        assert_run(act_read, "f", 0);
        gate_forget(bed.gate);
        assert_run(act_read, "f", 0);
        assert_int_equal(bed.wanted, 4);
}

static int act_write_slowly(struct gate_bed *b, void *name)
{
        int fd = open(in_root(name), O_WRONLY | O_CREAT, 0600);

        (void)b;
        for (const char *p = SECRET; *p; p++) {
                (void)!write(fd, p, 1);
                (void)usleep(20000);
        }
        return 0;
}

static void who_reads_waits_for_who_writes(void **state)
{
        (void)state;
        pid_t writer = gate_bed_fork(act_write_slowly, &bed, (char[]){"slow"});
        (void)gate_bed_pump(&bed, -1, 20 * USEC_PER_MSEC);
        usec_t start = clock_monotonic();
        assert_run(act_read, "slow", EPERM);
        assert_true(clock_monotonic() - start > 30 * USEC_PER_MSEC);
        assert_int_equal(gate_bed_pump(&bed, writer, 5 * USEC_PER_SEC), 0);
        assert_int_equal(bed.wanted, 1);
}

static int act_keep_open(struct gate_bed *b, void *name)
{
        int fd = open(in_root(name), O_WRONLY | O_CREAT | O_APPEND, 0600);

        (void)b;
        (void)!write(fd, HARMLESS, strlen(HARMLESS));
        (void)pause();
        return fd;
}

static void a_log_is_read_as_it_is(void **state)
{
        usec_t start;

        (void)state;
        pid_t writer = gate_bed_fork(act_keep_open, &bed, (char[]){"log"});
        (void)gate_bed_pump(&bed, -1, 20 * USEC_PER_MSEC);
        start = clock_monotonic();
        assert_run(act_read, "log", 0);
        assert_true(clock_monotonic() - start > 300 * USEC_PER_MSEC);
        /* by now it has been open for long */
        start = clock_monotonic();
        assert_run(act_read, "log", 0);
        assert_true(clock_monotonic() - start < 300 * USEC_PER_MSEC);
        assert_int_equal(bed.finals, 0);
        (void)kill(writer, SIGKILL);
        (void)gate_bed_pump(&bed, writer, 5 * USEC_PER_SEC);
}

static int act_create_empty(struct gate_bed *b, void *name)
{
        (void)b;
        return mknod(in_root(name), S_IFREG | 0600, 0) < 0 ? errno : 0;
}

static int act_wait_for_content(struct gate_bed *b, void *name)
{
        char text[64];
        int r = act_create_empty(b, name);
        int fd = r > 0 ? -1 : open(in_root(name), O_RDONLY);

        return fd < 0 ? 99 : read(fd, text, sizeof(text)) == 0 ? 0 : 98;
}

static void an_empty_file_is_held_while_it_is_fresh(void **state)
{
        (void)state;
        usec_t start = clock_monotonic();
        assert_run(act_wait_for_content, "empty", 0);
        assert_true(clock_monotonic() - start > 5 * USEC_PER_MSEC);
        assert_int_equal(bed.wanted, 0);
}

static bool one_has_passed(void)
{
        return bed.passed >= 1;
}

static bool one_was_late(void)
{
        return bed.late >= 1;
}

static bool three_wait_and_the_others_have_passed(void)
{
        return bed.passed >= 3 && stats().waiting == 3;
}

static void a_late_verdict_lets_in_or_refuses_by_policy(void **state)
{
        struct gate_limits limits = gate_bed_limits;

        (void)state;
        limits.deadline = 50 * USEC_PER_MSEC;
        restart(&limits);
        bed.silent = true;
        assert_run(act_write_bad, "late", 0);
        assert_run(act_read, "late", 0);
        assert_true(comes_true(one_has_passed));
        assert_string_equal(bed.last_path, "late");
        bed.deny_late = true;
        restart(&limits);
        bed.silent = true;
        assert_run(act_read, "late", EPERM);
        assert_true(comes_true(one_was_late));
        assert_int_equal(bed.late, 1);
        assert_int_equal(bed.passed, 0);
        bed.deny_late = false;
}

static void too_many_that_wait_are_not_kept_waiting(void **state)
{
        struct gate_limits limits = gate_bed_limits;
        pid_t pids[6];

        (void)state;
        limits.waiting_max = 3;
        restart(&limits);
        assert_run(act_write_bad, "many", 0);
        bed.silent = true;
        for (size_t i = 0; i < ELEMENTSOF(pids); i++)
                pids[i] = gate_bed_fork(act_read, &bed, (char[]){"many"});
        /* they come to read, too, and are let in again */
        assert_true(comes_true(three_wait_and_the_others_have_passed));
        for (size_t i = 0; i < ELEMENTSOF(pids); i++)
                (void)kill(pids[i], SIGKILL);
        for (size_t i = 0; i < ELEMENTSOF(pids); i++)
                (void)gate_bed_pump(&bed, pids[i], 5 * USEC_PER_SEC);
}

struct opener_thread {
        pthread_t thread;
        int result;
};

static void *open_in_thread(void *argument)
{
        struct opener_thread *o = argument;

        o->result = read_path("shared", O_RDONLY);
        return NULL;
}

static int act_many_threads(struct gate_bed *b, void *expected)
{
        struct opener_thread threads[40];

        if (chdir(b->root) < 0)
                return 99;
        for (size_t i = 0; i < ELEMENTSOF(threads); i++)
                if (pthread_create(&threads[i].thread, NULL, open_in_thread, &threads[i]) != 0)
                        return 99;
        for (size_t i = 0; i < ELEMENTSOF(threads); i++) {
                (void)pthread_join(threads[i].thread, NULL);
                if (threads[i].result != *(int *)expected)
                        return 98;
        }
        return 0;
}

static void many_that_wait_ask_once(void **state)
{
        int expected = EPERM;

        (void)state;
        assert_run(act_write_bad, "shared", 0);
        bed.silent = true;
        pid_t pid = gate_bed_fork(act_many_threads, &bed, &expected);
        for (unsigned i = 0; i < 500 && stats().waiting < 40; i++)
                (void)gate_bed_pump(&bed, -1, 10 * USEC_PER_MSEC);
        assert_int_equal(stats().waiting, 40);
        assert_int_equal(bed.wanted, 1);
        gate_verdict(bed.gate, bed.tickets[0], &bed.ids[0], false);
        assert_int_equal(gate_bed_pump(&bed, pid, 5 * USEC_PER_SEC), 0);
        assert_int_equal(bed.wanted, 1);
        assert_denied(40);
}

static void a_verdict_on_another_state_is_asked_for_again(void **state)
{
        (void)state;
        assert_run(act_write_bad, "again", 0);
        bed.bad_id = true;
        assert_run(act_read, "again", EPERM);
        assert_int_equal(bed.wanted, 2);
}

static void who_is_killed_while_it_waits_is_gone(void **state)
{
        (void)state;
        assert_run(act_write_bad, "killed", 0);
        bed.silent = true;
        pid_t pid = gate_bed_fork(act_read, &bed, (char[]){"killed"});
        (void)gate_bed_pump(&bed, -1, 50 * USEC_PER_MSEC);
        (void)kill(pid, SIGKILL);
        assert_int_equal(gate_bed_pump(&bed, pid, 5 * USEC_PER_SEC), 256 + SIGKILL);
        gate_verdict(bed.gate, bed.tickets[0], &bed.ids[0], false);
        (void)gate_bed_pump(&bed, -1, 20 * USEC_PER_MSEC);
        assert_int_equal(stats().waiting, 0);
        /* what was learned of it is kept */
        bed.silent = false;
        assert_run(act_read, "killed", EPERM);
        assert_int_equal(bed.wanted, 1);
}

static void who_waits_is_let_in_when_the_gate_goes(void **state)
{
        (void)state;
        assert_run(act_write_bad, "free", 0);
        bed.silent = true;
        pid_t pid = gate_bed_fork(act_read, &bed, (char[]){"free"});
        (void)gate_bed_pump(&bed, -1, 50 * USEC_PER_MSEC);
        assert_int_equal(stats().waiting, 1);
        bed.gate = gate_free(bed.gate);
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        restart(&gate_bed_limits);
}

static void a_workspace_that_is_removed_lets_in_who_waits(void **state)
{
        (void)state;
        assert_run(act_write_bad, "removed", 0);
        bed.silent = true;
        pid_t pid = gate_bed_fork(act_read, &bed, (char[]){"removed"});
        (void)gate_bed_pump(&bed, -1, 50 * USEC_PER_MSEC);
        gate_remove_workspace(bed.gate, 7);
        assert_int_equal(gate_bed_pump(&bed, pid, 5 * USEC_PER_SEC), 0);
        uint64_t opens = stats().opens;
        assert_run(act_read, "removed", 0);
        assert_int_equal(stats().opens, opens);
}

static void what_was_learned_need_not_be_asked(void **state)
{
        struct file_id id;
        struct stat st;

        (void)state;
        assert_run(act_write_bad, "learned", 0);
        _cleanup_close_ int fd = open(in_root("learned"), O_RDONLY | O_CLOEXEC);
        assert_int_equal(fstat(fd, &st), 0);
        file_id_from_stat(&id, &st);
        gate_learn(bed.gate, fd, &id, false);
        assert_run(act_read, "learned", EPERM);
        assert_int_equal(bed.wanted, 0);
        /* not of another state */
        assert_run(act_write_good, "learned", 0);
        gate_learn(bed.gate, fd, &id, false);
        assert_run(act_read, "learned", 0);
        assert_int_equal(bed.wanted, 1);
}

static int act_read_soon(struct gate_bed *b, void *name)
{
        (void)usleep(50000);
        return act_read(b, name);
}

static void the_exempt_are_let_in(void **state)
{
        (void)state;
        assert_run(act_write_bad, "exempt", 0);
        assert_run(act_read, "exempt", EPERM);
        pid_t pid = gate_bed_fork(act_read_soon, &bed, (char[]){"exempt"});
        gate_set_exempt(bed.gate, &pid, 1);
        assert_int_equal(gate_bed_pump(&bed, pid, 5 * USEC_PER_SEC), 0);
        /* and this process, at any time */
        assert_int_equal(read_path(in_root("exempt"), O_RDONLY), 0);
}

static void excluded_outside_and_large_files_are_let_in(void **state)
{
        struct gate_limits limits = gate_bed_limits;

        (void)state;
        assert_int_equal(mkdir(in_root("excluded"), 0755), 0);
        assert_run(act_write_bad, "excluded/f", 0);
        assert_run(act_read, "excluded/f", 0);
        assert_int_equal(write_file(beside("f"), SECRET), 0);
        assert_run(act_read_path, beside("f"), 0);
        limits.size_max = 10;
        restart(&limits);
        assert_run(act_write_bad, "large", 0);
        assert_run(act_read, "large", 0);
        assert_int_equal(bed.wanted, 0);
        assert_true(stats().larger > 0);
}

static int act_move_in(struct gate_bed *b, void *name)
{
        char *from = strdup(beside(name));

        (void)b;
        (void)write_file(from, SECRET);
        for (unsigned i = 0; i < 3; i++)
                if (read_path(from, O_RDONLY) != 0)
                        return 99;
        return rename(from, in_root(name)) < 0 ? 98 : read_path(in_root(name), O_RDONLY);
}

static void what_is_moved_in_is_gated(void **state)
{
        (void)state;
        assert_run(act_move_in, "in", EPERM);
}

/* The same of a directory that is not the workspace's. */
static int act_bind_beside(struct gate_bed *b, void *name)
{
        char at[] = "/tmp/giad-gate-bind-XXXXXX", path[PATH_MAX];

        if (!mkdtemp(at) || unshare(CLONE_NEWNS) < 0 ||
            mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount(b->beside, at, "none", MS_BIND, NULL) < 0)
                return 99;
        (void)snprintf(path, sizeof(path), "%s/%s", at, (char *)name);
        int r = read_path(path, O_RDONLY);
        (void)umount2(at, MNT_DETACH);
        (void)rmdir(at);
        return r;
}

/* Nobody but this process has opened these: where they are must be found out. */
static void a_file_is_found_in_any_mount_namespace(void **state)
{
        (void)state;
        assert_int_equal(write_file(in_root("unseen"), SECRET), 0);
        assert_run(act_bind, "unseen", EPERM);
        assert_string_equal(bed.wanted_path, "unseen");
        assert_int_equal(write_file(beside("unseen"), SECRET), 0);
        assert_run(act_bind_beside, "unseen", 0);
        assert_int_equal(bed.wanted, 1);
        assert_int_equal(write_file(in_root("by-handle"), SECRET), 0);
        assert_run(act_handle, "by-handle", EPERM);
}

static int act_read_often(struct gate_bed *b, void *path)
{
        (void)b;
        for (unsigned i = 0; i < 50; i++)
                if (read_path(path, O_RDONLY) != 0)
                        return errno;
        return 0;
}

static int act_move_in_again(struct gate_bed *b, void *name)
{
        (void)b;
        if (rename(beside(name), in_root("settled")) < 0)
                return 99;
        (void)usleep(20000);
        return read_path(in_root("settled"), O_RDONLY);
}

static void what_stays_outside_makes_no_events_until_it_moves(void **state)
{
        struct gate_limits limits = gate_bed_limits;

        (void)state;
        limits.ignore_age = 100 * USEC_PER_MSEC;
        restart(&limits);
        (void)gate_bed_pump(&bed, -1, 150 * USEC_PER_MSEC);
        assert_int_equal(write_file(beside("settled"), SECRET), 0);
        /* it has just changed */
        assert_run(act_read_often, beside("settled"), 0);
        assert_int_equal(stats().outside, 100);
        (void)gate_bed_pump(&bed, -1, 150 * USEC_PER_MSEC);
        assert_run(act_read_often, beside("settled"), 0);
        assert_int_equal(stats().outside, 101);
        assert_run(act_move_in_again, "settled", EPERM);
        /* nor is what others could move ever ignored */
        assert_int_equal(write_file(beside("others"), SECRET), 0);
        assert_int_equal(chmod(bed.beside, 0777), 0);
        (void)gate_bed_pump(&bed, -1, 300 * USEC_PER_MSEC);
        uint64_t before = stats().outside;
        assert_run(act_read_often, beside("others"), 0);
        assert_int_equal(chmod(bed.beside, 0755), 0);
        assert_int_equal(stats().outside, before + 100);
}

static int act_read_twice(struct gate_bed *b, void *name)
{
        char text[64];
        int fd = open(in_root(name), O_RDONLY);

        (void)b;
        for (unsigned i = 0; i < 100; i++)
                if (pread(fd, text, sizeof(text), 0) <= 0)
                        return errno;
        if (write_file(in_root(name), SECRET) != 0)
                return 98;
        return pread(fd, text, sizeof(text), 0) < 0 ? errno : 0;
}

static void reading_on_makes_no_events_until_somebody_writes(void **state)
{
        (void)state;
        assert_run(act_write_good, "quiet", 0);
        uint64_t before = stats().opens;
        assert_run(act_read_twice, "quiet", EPERM);
        /* open, the first read, the writer's open, and the last read */
        assert_int_equal(stats().opens - before, 4);
}

static int act_read_after_rules(struct gate_bed *b, void *name)
{
        char text[64];
        int fd = open(in_root(name), O_RDONLY);

        (void)b;
        (void)!pread(fd, text, sizeof(text), 0);
        (void)usleep(100000);
        return pread(fd, text, sizeof(text), 0) < 0 ? errno : 0;
}

static void new_rules_are_asked_for_what_is_open_already(void **state)
{
        (void)state;
        assert_run(act_write_good, "rules", 0);
        pid_t pid = gate_bed_fork(act_read_after_rules, &bed, (char[]){"rules"});
        (void)gate_bed_pump(&bed, -1, 50 * USEC_PER_MSEC);
        assert_int_equal(bed.wanted, 1);
        gate_forget(bed.gate);
        assert_int_equal(gate_bed_pump(&bed, pid, 5 * USEC_PER_SEC), 0);
        assert_int_equal(bed.wanted, 2);
}

/* As nobody can tell from outside how it opens. */
static int act_write_openat2(struct gate_bed *b, void *name)
{
        const struct open_how how = {.flags = O_WRONLY | O_CREAT, .mode = 0600};
        int fd = (int)syscall(SYS_openat2, AT_FDCWD, in_root(name), &how, sizeof(how));

        (void)b;
        return fd < 0 || write(fd, SECRET, strlen(SECRET)) < 0 ? errno : 0;
}

static void who_cannot_be_seen_to_write_waits_a_little(void **state)
{
        (void)state;
        (void)gate_bed_pump(&bed, -1, 1100 * USEC_PER_MSEC);
        usec_t start = clock_monotonic();
        assert_run(act_write_openat2, "openat2", 0);
        assert_true(clock_monotonic() - start < 200 * USEC_PER_MSEC);
        assert_run(act_read, "openat2", EPERM);
        /* while another is known to write it is a reader as any other */
        pid_t writer = gate_bed_fork(act_keep_open, &bed, (char[]){"log"});
        (void)gate_bed_pump(&bed, -1, 20 * USEC_PER_MSEC);
        start = clock_monotonic();
        assert_run(act_write_openat2, "log", 0);
        assert_true(clock_monotonic() - start > 300 * USEC_PER_MSEC);
        (void)kill(writer, SIGKILL);
        (void)gate_bed_pump(&bed, writer, 5 * USEC_PER_SEC);
}

static int act_truncate_often(struct gate_bed *b, void *name)
{
        usec_t end = clock_monotonic() + 500 * USEC_PER_MSEC;

        (void)b;
        while (clock_monotonic() < end)
                (void)!truncate(in_root(name), 5);
        return 0;
}

static int act_read_for_long(struct gate_bed *b, void *name)
{
        usec_t end = clock_monotonic() + 500 * USEC_PER_MSEC;

        while (clock_monotonic() < end)
                if (act_read(b, name) != 0)
                        return errno;
        return 0;
}

/* A lease that is broken sends SIGIO, which ends who does not expect it. */
static void who_truncates_by_name_does_no_harm(void **state)
{
        (void)state;
        assert_run(act_write_good, "cut", 0);
        pid_t pid = gate_bed_fork(act_truncate_often, &bed, (char[]){"cut"});
        assert_run(act_read_for_long, "cut", 0);
        assert_int_equal(gate_bed_pump(&bed, pid, 5 * USEC_PER_SEC), 0);
}

static int act_move_root(struct gate_bed *b, void *name)
{
        char path[2 * PATH_MAX];

        (void)snprintf(path, sizeof(path), "%s.moved/%s", b->root, (char *)name);
        return read_path(path, O_RDONLY);
}

static void a_workspace_that_is_renamed_stays_gated(void **state)
{
        char moved[2 * PATH_MAX];

        (void)state;
        assert_int_equal(write_file(in_root("f"), SECRET), 0);
        (void)snprintf(moved, sizeof(moved), "%s.moved", bed.root);
        assert_int_equal(rename(bed.root, moved), 0);
        assert_run(act_move_root, "f", EPERM);
        assert_int_equal(rename(moved, bed.root), 0);
}

static void a_table_that_is_full_asks_again(void **state)
{
        struct gate_limits limits = gate_bed_limits;
        char name[32];

        (void)state;
        limits.verdicts_max = 4;
        restart(&limits);
        for (unsigned round = 0; round < 2; round++)
                for (unsigned i = 0; i < 8; i++) {
                        (void)snprintf(name, sizeof(name), "t%u", i);
                        if (round == 0)
                                assert_run(act_write_bad, name, 0);
                        assert_run(act_read, name, EPERM);
                }
        assert_true(stats().verdicts <= 4);
        assert_int_equal(bed.wanted, 16);
}

static int act_change_behind(struct gate_bed *b, void *name)
{
        char text[64];
        int fd = open(in_root(name), O_RDONLY);

        (void)b;
        if (fd < 0 || read(fd, text, sizeof(text)) <= 0)
                return 99;
        if (write_file(in_root(name), SECRET) != 0)
                return 98;
        return pread(fd, text, sizeof(text), 0) < 0 ? errno : 0;
}

static void what_was_opened_before_it_changed_cannot_be_read(void **state)
{
        (void)state;
        assert_run(act_write_good, "behind", 0);
        assert_run(act_change_behind, "behind", EPERM);
}

static int act_shell(struct gate_bed *b, void *script)
{
        if (chdir(b->root) < 0)
                return 99;
        (void)execl("/bin/sh", "sh", "-ec", (char *)script, (char *)NULL);
        return 99;
}

static void ordinary_life_goes_on(void **state)
{
        static const char *const scripts[] = {
                "echo one > log; tail -n 5 -f log > seen & t=$!; for i in 1 2 3 4 5; do echo line "
                "$i >> log; "
                "sleep 0.1; done; sleep 0.5; kill $t; test $(wc -l < seen) = 6",
                "(for i in $(seq 50); do echo a $i >> both; done) & (for i in $(seq 50); do echo b "
                "$i >> both; done); "
                "wait; test $(wc -l < both) = 100",
                "cp /bin/true t; ./t; mv t u; ./u; cp -r . /dev/null 2>/dev/null || true",
                "echo 'int main(void){return 0;}' > c.c; gcc -o c c.c; ./c",
                "mkdir -p r; cd r; git init -q .; echo x > f; git add f; "
                "git -c user.name=a -c user.email=b@c commit -q -m x; cd ..; git clone -q r s; "
                "test -f s/f",
                "tar cf x.tar -C /usr/share/common-licenses . && mkdir un && tar xf x.tar -C un",
                "command -v sqlite3 >/dev/null || exit 0; sqlite3 d.db 'create table t(a)'; "
                "(for i in $(seq 20); do sqlite3 -cmd '.timeout 5000' d.db 'insert into t "
                "values(1)'; done) & "
                "for i in $(seq 20); do sqlite3 -cmd '.timeout 5000' d.db 'insert into t "
                "values(2)'; done; wait; "
                "test $(sqlite3 d.db 'select count(*) from t') = 40",
                "command -v sqlite3 >/dev/null || exit 0; "
                "sqlite3 w.db 'pragma journal_mode=wal; create table t(a)' >/dev/null; "
                "(for i in $(seq 20); do sqlite3 -cmd '.timeout 5000' w.db 'insert into t "
                "values(1)'; done) & "
                "for i in $(seq 20); do sqlite3 -cmd '.timeout 5000' w.db 'insert into t "
                "values(2)'; done; wait; "
                "test $(sqlite3 w.db 'select count(*) from t') = 40",
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(scripts); i++) {
                usec_t start = clock_monotonic();
                int r = gate_bed_run(&bed, act_shell, (void *)(uintptr_t)scripts[i]);

                if (getenv("GATE_TIMES"))
                        print_message("%zu: %d after %u ms\n", i, r,
                                      (unsigned)((clock_monotonic() - start) / 1000));
                if (r != 0)
                        fail_msg("%d: %s", r, scripts[i]);
        }
        assert_int_equal(bed.denied, 0);
        assert_int_equal(bed.passed, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
                TEST(each_way_to_the_content_is_refused),
                TEST(each_way_to_a_harmless_file_is_open),
                TEST(a_denial_says_who_and_what),
                TEST(a_verdict_is_kept_until_the_file_changes),
                TEST(who_reads_waits_for_who_writes),
                TEST(a_log_is_read_as_it_is),
                TEST(an_empty_file_is_held_while_it_is_fresh),
                TEST(a_late_verdict_lets_in_or_refuses_by_policy),
                TEST(too_many_that_wait_are_not_kept_waiting),
                TEST(many_that_wait_ask_once),
                TEST(a_verdict_on_another_state_is_asked_for_again),
                TEST(who_is_killed_while_it_waits_is_gone),
                TEST(who_waits_is_let_in_when_the_gate_goes),
                TEST(a_workspace_that_is_removed_lets_in_who_waits),
                TEST(what_was_learned_need_not_be_asked),
                TEST(the_exempt_are_let_in),
                TEST(excluded_outside_and_large_files_are_let_in),
                TEST(what_is_moved_in_is_gated),
                TEST(a_file_is_found_in_any_mount_namespace),
                TEST(what_stays_outside_makes_no_events_until_it_moves),
                TEST(reading_on_makes_no_events_until_somebody_writes),
                TEST(new_rules_are_asked_for_what_is_open_already),
                TEST(who_cannot_be_seen_to_write_waits_a_little),
                TEST(who_truncates_by_name_does_no_harm),
                TEST(a_workspace_that_is_renamed_stays_gated),
                TEST(a_table_that_is_full_asks_again),
                TEST(what_was_opened_before_it_changed_cannot_be_read),
                TEST(ordinary_life_goes_on),
        };
        int fd = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY);

        if (fd < 0 || gate_bed_mount(&bed) < 0) {
                perror("no gate can be had here");
                return 77;
        }
        (void)close(fd);
        bed.root_fd = -1;
        int r = cmocka_run_group_tests(tests, NULL, NULL);
        gate_bed_unmount(&bed);
        return r;
}
