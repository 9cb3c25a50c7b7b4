/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Which files of a directory go with one, and that nothing else is ever opened.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "common/model/peers.h"
#include "tests/unit/remove-tree.h"
#include "tests/unit/test.h"

struct bed {
        char dir[64];
        int fd;
};

static int setup(void **state)
{
        static struct bed bed;

        (void)snprintf(bed.dir, sizeof(bed.dir), "/tmp/giad-test-peers-XXXXXX");
        assert_non_null(mkdtemp(bed.dir));
        bed.fd = open(bed.dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        *state = &bed;
        return bed.fd < 0;
}

static int teardown(void **state)
{
        struct bed *b = *state;

        (void)close(b->fd);
        remove_tree(b->dir);
        return 0;
}

static void put(const struct bed *b, const char *name, size_t size)
{
        int fd = openat(b->fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(ftruncate(fd, (off_t)size), 0);
        (void)close(fd);
}

static void expect(const struct scan_peers *p, const char *names)
{
        char all[1024] = "";
        unsigned n = 0;

        for (const char *name = NULL; (name = scan_peers_next(p, name)); n++)
                (void)snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", n ? " " : "",
                               name);
        assert_string_equal(all, names);
        assert_int_equal(p->n, n);
}

static void a_directory_of_terraform_is_read_as_one(void **state)
{
        const struct bed *b = *state;
        struct scan_peers p;

        put(b, "main.tf", 1);
        put(b, "zvars.tf", 1);
        put(b, "a.tf", 1);
        put(b, "x.auto.tfvars", 1);
        put(b, "README.md", 1);
        put(b, "empty.tf", 0);
        put(b, "large.tf", SCAN_PEER_SIZE_MAX + 1);
        assert_int_equal(mkdirat(b->fd, "dir.tf", 0700), 0);
        assert_int_equal(mkfifoat(b->fd, "pipe.tf", 0600), 0);
        assert_int_equal(symlinkat("/etc/passwd", b->fd, "link.tf"), 0);
        /* those that define by their names come first */
        scan_peers_open(&p, b->fd, "some/where/main.tf");
        expect(&p, "x.auto.tfvars zvars.tf a.tf");
        scan_peers_close(&p);
        /* who reads what a file of values says */
        scan_peers_readers(&p, b->fd, "x.auto.tfvars");
        expect(&p, "zvars.tf a.tf main.tf");
        scan_peers_close(&p);
        scan_peers_open(&p, b->fd, "README.md");
        expect(&p, "");
        scan_peers_open(&p, b->fd, "x.auto.tfvars");
        expect(&p, "");
}

static void their_number_is_bounded(void **state)
{
        const struct bed *b = *state;
        struct scan_peers p;
        char name[80];

        for (unsigned i = 0; i < 100; i++) {
                (void)snprintf(name, sizeof(name), "f%02u.tf", i);
                put(b, name, 1);
        }
        memset(name, 'v', 66);
        (void)snprintf(name + 66, sizeof(name) - 66, ".tf");
        put(b, name, 1);
        scan_peers_open(&p, b->fd, "f07.tf");
        assert_int_equal(p.n, SCAN_PEERS_MAX);
        assert_string_equal(scan_peers_next(&p, NULL), "f00.tf");
        scan_peers_close(&p);
        expect(&p, "");
}

static void a_directory_that_is_gone_has_none(void **state)
{
        struct scan_peers p;

        (void)state;
        scan_peers_open(&p, -1, "main.tf");
        expect(&p, "");
}

static void a_chart_has_its_values(void **state)
{
        const struct bed *b = *state;
        struct scan_peers p;

        put(b, "values.yaml", 1);
        put(b, "main.tf", 1);
        scan_peers_open(&p, b->fd, "charts/a/templates/sub/x.yaml");
        expect(&p, "values.yaml");
        scan_peers_close(&p);
        assert_int_equal(scan_peers_place("charts/a/templates/sub/x.yaml"), strlen("charts/a"));
        assert_int_equal(scan_peers_place("templates/x.yml"), 0);
        assert_int_equal(scan_peers_place("a/b/main.tf"), strlen("a/b"));
        assert_int_equal(scan_peers_place("main.tf"), 0);
        assert_false(scan_peers_wanted("mytemplates/x.yaml"));
        assert_false(scan_peers_wanted("a/templates/x.txt"));
}

static void kinds_are_told_by_names(void **state)
{
        (void)state;
        assert_true(scan_peers_wanted("main.tf"));
        assert_true(scan_peers_wanted("a/b/main.tofu"));
        assert_false(scan_peers_wanted("a.tf/x.yaml"));
        assert_false(scan_peers_wanted("prod.tfvars"));
        assert_false(scan_peers_wanted("a/.main.tf"));
        assert_true(scan_peers_values("a/prod.tfvars"));
        assert_true(scan_peers_values("prod.auto.tfvars.json"));
        assert_false(scan_peers_values("main.tf"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_directory_of_terraform_is_read_as_one, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(their_number_is_bounded, setup, teardown),
                cmocka_unit_test_setup_teardown(a_chart_has_its_values, setup, teardown),
                cmocka_unit_test(a_directory_that_is_gone_has_none),
                cmocka_unit_test(kinds_are_told_by_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
