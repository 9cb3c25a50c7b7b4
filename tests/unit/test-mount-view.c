/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Mount tables, and how those whose they are call a file of the host.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/base/mountinfo.h"
#include "common/model/mount-view.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/test.h"

static void lines_are_taken_apart(void **state)
{
        char line[] = "36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 - ext3 /dev/root "
                      "rw,errors=continue\n",
             bare[] = "36 35 98:0 / / rw",
             optional[] = "1 2 0:5 / /a rw shared:1 master:2 - tmpfs tmpfs rw\n";
        struct mount_line m;

        (void)state;
        assert_true(mountinfo_parse(line, &m));
        assert_int_equal(m.id, 36);
        assert_int_equal(m.parent, 35);
        assert_int_equal(m.dev, makedev(98, 0));
        assert_string_equal(m.root, "/mnt1");
        assert_string_equal(m.point, "/mnt 2");
        assert_string_equal(m.type, "ext3");
        assert_string_equal(m.options, "rw,errors=continue");
        assert_true(mountinfo_parse(bare, &m));
        assert_string_equal(m.type, "");
        assert_string_equal(m.options, "");
        assert_true(mountinfo_parse(optional, &m));
        assert_string_equal(m.type, "tmpfs");
}

static void what_is_no_line_is_none(void **state)
{
        static const char *const lines[] = {"",
                                            "\n",
                                            "36",
                                            "36 35 98:0",
                                            "36 35 98 / / rw",
                                            "36 35 a:b / / rw",
                                            "36 35 98:0 /"};
        struct mount_line m;
        char line[64];

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                (void)snprintf(line, sizeof(line), "%s", lines[i]);
                assert_false(mountinfo_parse(line, &m));
        }
}

static void options_have_values(void **state)
{
        static const char options[] =
                "rw,xupperdir=/no,lowerdir=/l,upperdir=/a\\054b\\040c,workdir=/w,last=";
        char value[16];

        (void)state;
        assert_true(mountinfo_option(options, "upperdir", value, sizeof(value)));
        assert_string_equal(value, "/a,b c");
        assert_true(mountinfo_option(options, "workdir", value, sizeof(value)));
        assert_string_equal(value, "/w");
        assert_false(mountinfo_option(options, "rw", value, sizeof(value)));
        assert_false(mountinfo_option(options, "dir", value, sizeof(value)));
        assert_false(mountinfo_option(options, "upperdir", value, 5));
        assert_true(mountinfo_option(options, "last", value, sizeof(value)));
        assert_string_equal(value, "");
}

static struct mount_view *view(const char *table)
{
        struct mount_view *v = NULL;

        assert_int_equal(mount_view_new(&v, table, strlen(table)), 0);
        return v;
}

/* The file at path in /srv/ws, which is /agents/ws of file system 8:1. */
static void expect(const char *table, const char *path, const char *expected)
{
        char in_fs[] = "/agents/ws", on_host[] = "/srv/ws", name[256];
        const struct mount_place place = {makedev(8, 1), in_fs, on_host};
        struct mount_view *v = view(table);
        size_t tail;

        if (mount_view_find(v, &place, path, name, sizeof(name) - 64, &tail)) {
                assert_true(tail <= strlen(path));
                (void)strcat(name, path + tail);
                if (!expected || strcmp(name, expected) != 0)
                        fail_msg("%s of\n%s: %s, not %s", path, table, name, expected ?: "none");
        } else if (expected) {
                fail_msg("%s of\n%s: none, not %s", path, table, expected);
        }
        (void)mount_view_unref(v);
}

#define ROOT \
        "1 0 0:30 / / rw - overlay o rw,lowerdir=/x,upperdir=/var/lib/docker/y/diff,workdir=/z\n"

static void a_mount_of_the_file_system_shows_it(void **state)
{
        (void)state;
        expect(ROOT, "a", NULL);
        expect(ROOT "2 1 8:1 /agents/ws /work rw - ext4 d rw\n", "a", "/work/a");
        expect(ROOT "2 1 8:1 /agents/ws /work rw - ext4 d rw\n", "d/e/a", "/work/d/e/a");
        expect(ROOT "2 1 8:1 / /host rw - ext4 d rw\n", "a", "/host/agents/ws/a");
        expect(ROOT "2 1 8:1 /agents /w rw - ext4 d rw\n", "d/a", "/w/ws/d/a");
        expect(ROOT "2 1 8:1 /agents/ws/d /w rw - ext4 d rw\n", "d/a", "/w/a");
        expect(ROOT "2 1 8:1 /agents/ws/d/a /f rw - ext4 d rw\n", "d/a", "/f");
        expect("2 1 8:1 /agents/ws / rw - ext4 d rw\n", "d/a", "/d/a");
        /* not another file system, another directory, or one whose name begins alike */
        expect(ROOT "2 1 8:2 /agents/ws /work rw - ext4 d rw\n", "a", NULL);
        expect(ROOT "2 1 8:1 /agents/other /work rw - ext4 d rw\n", "a", NULL);
        expect(ROOT "2 1 8:1 /agents/w /work rw - ext4 d rw\n", "a", NULL);
        expect(ROOT "2 1 8:1 /agents/ws/da /work rw - ext4 d rw\n", "d/a", NULL);
        expect(ROOT "2 1 8:1 /agents/ws//deleted /work rw - ext4 d rw\n", "a", NULL);
}

static void the_nearest_mount_that_is_not_hidden_counts(void **state)
{
        (void)state;
        expect(ROOT "2 1 8:1 / /host rw - ext4 d rw\n3 1 8:1 /agents/ws /w rw - ext4 d rw\n", "a",
               "/w/a");
        expect(ROOT "3 1 8:1 /agents/ws /w rw - ext4 d rw\n2 1 8:1 / /host rw - ext4 d rw\n", "a",
               "/w/a");
        /* something lies over it: at its point, above, in it, over the file */
        expect(ROOT "2 1 8:1 / /host rw - ext4 d rw\n3 1 8:1 /agents/ws /w rw - ext4 d rw\n4 3 0:9 "
                    "/ /w rw - tmpfs t rw\n",
               "a", "/host/agents/ws/a");
        expect(ROOT "3 1 8:1 /agents/ws /m/w rw - ext4 d rw\n4 1 0:9 / /m rw - tmpfs t rw\n", "a",
               NULL);
        expect(ROOT "3 1 8:1 /agents/ws /w rw - ext4 d rw\n4 3 0:9 / /w/d rw - tmpfs t rw\n", "d/a",
               NULL);
        expect(ROOT "3 1 8:1 /agents/ws /w rw - ext4 d rw\n4 3 0:9 / /w/d rw - tmpfs t rw\n", "e/a",
               "/w/e/a");
        expect(ROOT "3 1 8:1 /agents/ws /w rw - ext4 d rw\n4 3 0:9 /f /w/a rw - tmpfs t rw\n", "a",
               NULL);
        expect(ROOT "3 1 8:1 /agents/ws /w rw - ext4 d rw\n4 3 8:1 /agents/ws /w rw - ext4 d rw\n",
               "a", "/w/a");
        /* a mount whose parent is not to be seen is not, either */
        expect("9 8 8:1 /agents/ws /w rw - ext4 d rw\n", "a", NULL);
        /* another root was put over the first one */
        expect("1 0 0:2 / / rw - rootfs r rw\n2 1 0:30 / / rw - overlay o rw\n3 2 8:1 /agents/ws "
               "/w rw - ext4 d rw\n4 1 8:1 /agents/ws /v rw - ext4 d rw\n",
               "a", "/w/a");
}

static void an_overlay_shows_its_upper_directory(void **state)
{
        (void)state;
        expect("1 0 0:30 / / rw - overlay o rw,lowerdir=/l,upperdir=/srv/ws,workdir=/w\n", "d/a",
               "/d/a");
        expect("1 0 0:30 / / rw - overlay o rw,lowerdir=/l,upperdir=/srv,workdir=/w\n", "d/a",
               "/ws/d/a");
        expect("1 0 0:30 / / rw - overlay o rw,lowerdir=/l,upperdir=/srv/ws/d,workdir=/w\n", "d/a",
               "/a");
        expect("1 0 0:30 / / rw - overlay o rw,lowerdir=/l,upperdir=/srv/ws/d,workdir=/w\n", "e/a",
               NULL);
        expect(ROOT "2 1 0:31 /d /part rw - overlay o rw,lowerdir=/l,upperdir=/srv/ws,workdir=/w\n",
               "d/a", "/part/a");
        expect(ROOT "2 1 0:31 /d /part rw - overlay o rw,lowerdir=/l,upperdir=/srv/ws,workdir=/w\n",
               "e/a", NULL);
        /* relative to who knows what; a lower directory; what only looks like one */
        expect("1 0 0:30 / / rw - overlay o rw,lowerdir=/l,upperdir=srv/ws,workdir=/w\n", "a",
               NULL);
        expect("1 0 0:30 / / rw - overlay o ro,lowerdir=/srv/ws:/l\n", "a", NULL);
        expect("1 0 0:30 / / rw - fuse.overlay o rw,upperdir=/srv/ws\n", "a", NULL);
        /* a bind mount of the same is nearer than one of more, whatever it is */
        expect("1 0 0:30 / / rw - overlay o rw,lowerdir=/l,upperdir=/srv,workdir=/w\n2 1 8:1 "
               "/agents/ws /w rw - ext4 d rw\n",
               "a", "/w/a");
}

static void nothing_is_said_without_a_place(void **state)
{
        struct mount_view *v = view("1 0 8:1 / / rw - ext4 d rw\n");
        char in_fs[] = "/", on_host[] = "/", name[64];
        const struct mount_place none = {0}, top = {makedev(8, 1), in_fs, on_host};
        size_t tail;

        (void)state;
        assert_false(mount_view_find(v, &none, "a", name, sizeof(name), &tail));
        assert_true(mount_view_find(v, &top, "a", name, sizeof(name), &tail));
        assert_string_equal(name, "/");
        assert_int_equal(tail, 0);
        assert_false(mount_view_find(v, &top, "a", name, 1, &tail));
        (void)mount_view_unref(v);
}

/* Whoever may mount makes tables as long and as deep as he likes. */
static void hostile_tables_end(void **state)
{
        static char table[MOUNT_VIEW_BYTES_MAX + 2];
        struct mount_view *v = NULL;
        size_t n = 0, tail;
        char in_fs[] = "/agents/ws", on_host[] = "/srv/ws", name[4096], path[8192];
        const struct mount_place place = {makedev(8, 1), in_fs, on_host};

        (void)state;
        /* each lies over the one before */
        for (unsigned i = 1; n < MOUNT_VIEW_BYTES_MAX - 64; i++)
                n += (size_t)sprintf(table + n, "%u %u 8:1 /agents/ws / rw - ext4 d rw\n", i,
                                     i - 1);
        assert_int_equal(mount_view_new(&v, table, n), 0);
        assert_false(mount_view_find(v, &place, "a", name, sizeof(name), &tail));
        memset(path, 'a', sizeof(path));
        path[sizeof(path) - 1] = '\0';
        assert_false(mount_view_find(v, &place, path, name, sizeof(name), &tail));
        v = mount_view_unref(v);
        /* it is its own parent, and two are each other's */
        expect("1 1 8:1 /agents/ws / rw - ext4 d rw\n", "a", "/a");
        expect("1 2 8:1 /agents/ws / rw - ext4 d rw\n2 1 8:1 /agents/ws / rw - ext4 d rw\n", "a",
               NULL);
        /* too long, NULs, no newline, nothing */
        memset(table, 'x', sizeof(table));
        assert_int_equal(mount_view_new(&v, table, MOUNT_VIEW_BYTES_MAX + 1), -E2BIG);
        assert_null(v);
        assert_int_equal(mount_view_new(&v, table, MOUNT_VIEW_BYTES_MAX), 0);
        v = mount_view_unref(v);
        memset(table, 0, sizeof(table));
        assert_int_equal(mount_view_new(&v, table, 100), 0);
        assert_true(mount_view_is(v, table, 100));
        assert_false(mount_view_is(v, table, 99));
        assert_false(mount_view_find(v, &place, "a", name, sizeof(name), &tail));
        v = mount_view_unref(v);
        expect("", "a", NULL);
        expect("\n\n1 0 8:1 /agents/ws / rw - ext4 d rw", "a", "/a");
        expect("garbage\n1 0 8:1 /agents/ws / rw - ext4 d rw\nmore of it\n", "a", "/a");
}

/* The directory, found by the real table. */
static void a_place_is_found(void **state)
{
        char top[] = "/tmp/giad-view-XXXXXX", name[4096];
        _cleanup_free_ char *table = calloc(1, MOUNT_VIEW_BYTES_MAX);
        struct mount_place place = {0};
        struct mount_view *v = NULL;
        size_t tail;

        (void)state;
        assert_non_null(mkdtemp(top));
        _cleanup_close_ int fd = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_close_ int own = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
        size_t n = 0;
        for (ssize_t k; (k = read(own, table + n, MOUNT_VIEW_BYTES_MAX - n)) > 0;)
                n += (size_t)k;
        assert_int_equal(mount_place_read(&place, fd), 0);
        assert_string_equal(place.on_host, top);
        assert_int_equal(mount_view_new(&v, table, n), 0);
        assert_true(mount_view_find(v, &place, "x", name, sizeof(name), &tail));
        (void)strcat(name, "x" + tail);
        assert_int_equal(strncmp(name, top, strlen(top)), 0);
        assert_string_equal(name + strlen(top), "/x");
        (void)mount_view_unref(v);
        mount_place_done(&place);
        assert_null(place.in_fs);
        (void)rmdir(top);
        /* it has no place any more */
        assert_true(mount_place_read(&place, -1) < 0);
}

static void each_allocation_may_fail(void **state)
{
        static const char table[] =
                "1 0 0:30 / / rw - overlay o rw,lowerdir=/l,upperdir=/srv/ws,workdir=/w\n";

        (void)state;
        for (long i = 0;; i++) {
                struct mount_view *v = NULL;

                fail_alloc.left = i;
                fail_alloc.failed = false;
                int r = mount_view_new(&v, table, strlen(table));
                fail_alloc.left = -1;
                bool failed = fail_alloc.failed;
                assert_int_equal(r == 0, v != NULL);
                if (r < 0)
                        assert_int_equal(r, -ENOMEM);
                v = mount_view_unref(v);
                if (!failed)
                        break;
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(lines_are_taken_apart),
                cmocka_unit_test(what_is_no_line_is_none),
                cmocka_unit_test(options_have_values),
                cmocka_unit_test(a_mount_of_the_file_system_shows_it),
                cmocka_unit_test(the_nearest_mount_that_is_not_hidden_counts),
                cmocka_unit_test(an_overlay_shows_its_upper_directory),
                cmocka_unit_test(nothing_is_said_without_a_place),
                cmocka_unit_test(hostile_tables_end),
                cmocka_unit_test(a_place_is_found),
                cmocka_unit_test(each_allocation_may_fail),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
