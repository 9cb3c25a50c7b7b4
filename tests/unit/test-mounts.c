/* SPDX-FileCopyrightText: giad maintainers */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "tests/unit/test.h"
#include "watchers/mounts.h"

static void quiet_table_has_not_changed(void **state)
{
        struct mounts m = MOUNTS_NULL;

        (void)state;
        assert_false(mounts_changed(&m)); /* not open */
        mounts_close(&m);
        assert_int_equal(mounts_open(&m), 0);
        assert_true(m.wake_fd >= 0 && m.check_fd >= 0);
        assert_int_equal(fcntl(m.wake_fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
        mounts_close(&m);
        assert_int_equal(m.wake_fd, -1);
        assert_int_equal(m.check_fd, -1);
}

static void mount_below_the_root_directory_is_found(void **state)
{
        char path[256] = "";
        _cleanup_close_ int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

        (void)state;
        /* /proc at the least, or it could not be asked */
        assert_int_equal(mounts_find_below(fd, path, sizeof(path)), 1);
        assert_true(path[0] != '\0' && path[0] != '/');
}

static void path_is_cut_to_its_buffer(void **state)
{
        char path[3] = "xx";
        _cleanup_close_ int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

        (void)state;
        assert_int_equal(mounts_find_below(fd, path, sizeof(path)), 1);
        assert_true(strlen(path) < sizeof(path));
}

static void directory_without_a_mount_has_none(void **state)
{
        char top[] = "/tmp/giad-mounts-XXXXXX", path[64] = "untouched";

        (void)state;
        assert_non_null(mkdtemp(top));
        _cleanup_close_ int fd = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(mounts_find_below(fd, path, sizeof(path)), 0);
        assert_string_equal(path, "untouched");
        assert_int_equal(rmdir(top), 0);
        assert_true(mounts_find_below(-1, path, sizeof(path)) < 0);
}

/* --- in a mount namespace of our own, where there may be one ---- */

enum { CANNOT = 77 };

/* 0, or the line that failed: assertions of cmocka do not cross a fork. */
static int mount_and_look(const char *top)
{
        char path[256] = "", below[128], inner[128];
        struct mounts m = MOUNTS_NULL;

        if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, "") < 0)
                return CANNOT;
        (void)snprintf(below, sizeof(below), "%s/a b\\c", top);
        (void)snprintf(inner, sizeof(inner), "%s/a", top);
        if (mkdir(below, 0755) < 0 || mkdir(inner, 0755) < 0)
                return 1;
        _cleanup_close_ int fd = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (mounts_open(&m) < 0)
                return 2;
        (void)mounts_changed(&m); /* what unshare() changed */
        if (mounts_changed(&m))
                return 3;
        if (mount("none", below, "tmpfs", 0, "") < 0)
                return CANNOT;
        struct pollfd p = {.fd = m.wake_fd, .events = POLLPRI};
        if (poll(&p, 1, 10000) != 1)
                return 4;
        if (!mounts_changed(&m))
                return 5;
        if (mounts_changed(&m))
                return 6; /* once for each change */
        if (mounts_find_below(fd, path, sizeof(path)) != 1 || strcmp(path, "a b\\c") != 0)
                return 7;
        /* the directory whose name is the beginning of the other's has none below it */
        _cleanup_close_ int sibling = open(inner, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (mounts_find_below(sibling, path, sizeof(path)) != 0)
                return 8;
        /* nor is the mount point below itself */
        _cleanup_close_ int itself = open(below, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (mounts_find_below(itself, path, sizeof(path)) != 0)
                return 9;
        if (umount(below) < 0 && umount2(below, MNT_DETACH) < 0)
                return 10;
        if (!mounts_changed(&m))
                return 11;
        if (mounts_find_below(fd, path, sizeof(path)) != 0)
                return 12;
        mounts_close(&m);
        return 0;
}

/* Likewise: of an overlay of four directories of top. */
static int overlay_and_look(const char *top)
{
        static const char *const names[] = {"l", "upper", "upper/in", "work", "merged", "other"};
        char path[256] = "", options[512];
        int fds[ELEMENTSOF(names)];

        if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, "") < 0 ||
            mount("none", top, "tmpfs", 0, "") < 0)
                return CANNOT;
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                (void)snprintf(path, sizeof(path), "%s/%s", top, names[i]);
                if (mkdir(path, 0755) < 0 || (fds[i] = open(path, O_PATH | O_CLOEXEC)) < 0)
                        return 1;
        }
        if (mounts_find_overlay(fds[1], path, sizeof(path)) != 0)
                return 2;
        (void)snprintf(options, sizeof(options), "lowerdir=%s/l,upperdir=%s/upper,workdir=%s/work",
                       top, top, top);
        (void)snprintf(path, sizeof(path), "%s/merged", top);
        if (mount("none", path, "overlay", 0, options) < 0)
                return CANNOT;
        /* the upper directory itself, what is in it, and what it is in */
        for (size_t i = 1; i <= 2; i++)
                if (mounts_find_overlay(fds[i], options, sizeof(options)) != 1 ||
                    strcmp(options, path) != 0)
                        return 3;
        _cleanup_close_ int above = open(top, O_PATH | O_CLOEXEC);
        if (mounts_find_overlay(above, options, sizeof(options)) != 1)
                return 4;
        /* the lower one, and what has nothing to do with it */
        if (mounts_find_overlay(fds[0], options, sizeof(options)) != 0 ||
            mounts_find_overlay(fds[5], options, sizeof(options)) != 0)
                return 5;
        if (umount(path) < 0 || mounts_find_overlay(fds[1], options, sizeof(options)) != 0)
                return 6;
        return 0;
}

static void an_overlay_is_known_by_its_upper_directory(void **state)
{
        char top[] = "/tmp/giad-mounts-XXXXXX";
        int status;

        (void)state;
        assert_non_null(mkdtemp(top));
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
                _exit(overlay_and_look(top));
        assert_int_equal(waitpid(pid, &status, 0), pid);
        (void)rmdir(top);
        if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT)
                skip();
        assert_int_equal(status, 0);
}

static void mount_that_comes_and_goes_is_noticed(void **state)
{
        char top[] = "/tmp/giad-mounts-XXXXXX", name[128];
        int status;

        (void)state;
        assert_non_null(mkdtemp(top));
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
                _exit(mount_and_look(top));
        assert_int_equal(waitpid(pid, &status, 0), pid);
        (void)snprintf(name, sizeof(name), "%s/a b\\c", top);
        (void)rmdir(name);
        (void)snprintf(name, sizeof(name), "%s/a", top);
        (void)rmdir(name);
        assert_int_equal(rmdir(top), 0);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == CANNOT)
                skip();
        assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(quiet_table_has_not_changed),
                cmocka_unit_test(mount_below_the_root_directory_is_found),
                cmocka_unit_test(path_is_cut_to_its_buffer),
                cmocka_unit_test(directory_without_a_mount_has_none),
                cmocka_unit_test(mount_that_comes_and_goes_is_noticed),
                cmocka_unit_test(an_overlay_is_known_by_its_upper_directory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
