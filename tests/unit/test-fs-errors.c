/* SPDX-FileCopyrightText: giad maintainers */
/* With an ext4 of its own on a loop device, which is asked for an error. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "tests/unit/test.h"
#include "watchers/fs-errors.h"

struct bed {
        char top[64], trigger[128];
        unsigned told;
        struct fs_error last;
        __fsid_t fsid;
};

static int setup(void **state)
{
        struct bed *b = calloc(1, sizeof(*b));
        char command[512], link[64], device[128];
        struct stat st;

        assert_non_null(b);
        *state = b;
        (void)snprintf(b->top, sizeof(b->top), "/tmp/giad-errors-XXXXXX");
        if (!mkdtemp(b->top) || unshare(CLONE_NEWNS) < 0 ||
            mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0)
                return 0;
        (void)snprintf(command, sizeof(command),
                       "truncate -s 16M %s.img && mkfs.ext4 -q -F %s.img && "
                       "mount -o loop,errors=continue %s.img %s 2>/dev/null; "
                       "s=$?; rm -f %s.img; exit $s",
                       b->top, b->top, b->top, b->top, b->top);
        if (system(command) != 0 || stat(b->top, &st) < 0)
                return 0;
        (void)snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(st.st_dev),
                       minor(st.st_dev));
        ssize_t n = readlink(link, device, sizeof(device) - 1);
        if (n < 0)
                return 0;
        device[n] = '\0';
        (void)snprintf(b->trigger, sizeof(b->trigger), "/sys/fs/ext4/%.60s/trigger_fs_error",
                       strrchr(device, '/') + 1);
        return 0;
}

static int teardown(void **state)
{
        struct bed *b = *state;

        (void)umount2(b->top, MNT_DETACH);
        (void)rmdir(b->top);
        free(b);
        return 0;
}

static void on_error(void *userdata, const struct fs_error *e)
{
        struct bed *b = userdata;

        b->told++;
        b->last = *e;
        if (e->fsid)
                b->fsid = *e->fsid;
}

/* An error of a file system without a mark is nobody's. */
static void an_error_is_told_with_its_file_system(void **state)
{
        struct bed *b = *state;
        struct statfs fs;

        if (access(b->trigger, W_OK) < 0) {
                skip();
                return;
        }
        _cleanup_close_ int fd = fs_errors_open();
        assert_true(fd >= 0);
        _cleanup_close_ int root = open(b->top, O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_close_ int trigger = open(b->trigger, O_WRONLY | O_CLOEXEC);
        assert_true(root >= 0 && trigger >= 0);
        assert_int_equal(write(trigger, "1\n", 2), 2);
        assert_int_equal(fs_errors_read(fd, on_error, b), 0);
        assert_int_equal(b->told, 0);

        assert_int_equal(fs_errors_mark(fd, root), 0);
        assert_int_equal(write(trigger, "1\n", 2), 2);
        struct pollfd p = {.fd = fd, .events = POLLIN};
        assert_int_equal(poll(&p, 1, 5000), 1);
        assert_int_equal(fs_errors_read(fd, on_error, b), 0);
        assert_int_equal(b->told, 1);
        assert_int_equal(b->last.error, EUCLEAN);
        assert_int_equal(b->last.count, 1);
        assert_int_equal(b->last.ino, 0);
        assert_int_equal(statfs(b->top, &fs), 0);
        assert_memory_equal(&b->fsid, &fs.f_fsid, sizeof(fs.f_fsid));
        /* there is no other */
        assert_int_equal(fs_errors_read(fd, on_error, b), 0);
        assert_int_equal(b->told, 1);
}

static void who_does_not_tell_is_known(void **state)
{
        const struct bed *b = *state;

        if (access(b->trigger, W_OK) < 0) {
                skip();
                return;
        }
        _cleanup_close_ int fd = fs_errors_open();
        _cleanup_close_ int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_true(fd >= 0 && proc >= 0);
        assert_true(fs_errors_mark(fd, proc) < 0);
        assert_int_equal(mount("giad-errors", b->top, "tmpfs", 0, "size=1m"), 0);
        _cleanup_close_ int tmpfs = open(b->top, O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(fs_errors_mark(fd, tmpfs), -EOPNOTSUPP);
        (void)umount2(b->top, MNT_DETACH);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(an_error_is_told_with_its_file_system, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(who_does_not_tell_is_known, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
