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

static void put_folder(const struct bed *b, const char *name)
{
        assert_int_equal(mkdirat(b->fd, name, 0700), 0);
}

static void note(void *userdata, const char *path)
{
        char *all = userdata;

        (void)snprintf(all + strlen(all), 4096 - strlen(all), "%s%s", *all ? " " : "", path);
}

static void expect_readers(const struct bed *b, const char *path, const char *wanted)
{
        char all[4096] = "";

        scan_peers_readers(b->fd, path, note, all);
        assert_string_equal(all, wanted);
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
        put_folder(b, "dir.tf");
        assert_int_equal(mkfifoat(b->fd, "pipe.tf", 0600), 0);
        assert_int_equal(symlinkat("/etc/passwd", b->fd, "link.tf"), 0);
        /* those that define by their names come first */
        scan_peers_open(&p, b->fd, "main.tf");
        expect(&p, "x.auto.tfvars zvars.tf a.tf");
        scan_peers_close(&p);
        /* who reads what a file of values says */
        expect_readers(b, "x.auto.tfvars", "a.tf empty.tf large.tf main.tf zvars.tf");
        expect_readers(b, "README.md", "");
        scan_peers_open(&p, b->fd, "README.md");
        expect(&p, "");
        scan_peers_open(&p, b->fd, "x.auto.tfvars");
        expect(&p, "");
}

static void documents_that_terraform_reads_come_with_it(void **state)
{
        const struct bed *b = *state;
        struct scan_peers p;

        put_folder(b, "m");
        put_folder(b, "m/policies");
        put_folder(b, "m/files");
        put_folder(b, "m/else");
        put(b, "m/main.tf", 1);
        put(b, "m/vars.tf", 1);
        put(b, "m/out.tf", 1);
        put(b, "m/policies/x.json", 1);
        put(b, "m/policies/.hidden.json", 1);
        put(b, "m/policies/x.md", 1);
        put(b, "m/files/trust.json.tpl", 1);
        put(b, "m/files/motd.tftpl", 1);
        put(b, "m/else/y.json", 1);
        put(b, "m/package.json", 1);
        put(b, "secret.json", 1);
        assert_int_equal(symlinkat("../../secret.json", b->fd, "m/policies/link.json"), 0);
        assert_int_equal(symlinkat("..", b->fd, "m/policy"), 0);
        scan_peers_open(&p, b->fd, "m/main.tf");
        expect(&p, "vars.tf files/trust.json.tpl policies/x.json out.tf files/motd.tftpl");
        scan_peers_close(&p);
        expect_readers(b, "m/policies/x.json", "m/main.tf m/out.tf m/vars.tf");
        expect_readers(b, "m/else/y.json", "");
        assert_true(scan_peers_values("m/policies/x.json"));
        assert_false(scan_peers_values("m/policies/x.md"));
}

static void policies_leave_room_for_configuration(void **state)
{
        const struct bed *b = *state;
        struct scan_peers p;
        char name[80];

        for (unsigned i = 0; i < 30; i++) {
                (void)snprintf(name, sizeof(name), "policy%02u.json", i);
                put(b, name, 1);
                (void)snprintf(name, sizeof(name), "%02u.tf", i);
                put(b, name, 1);
        }
        scan_peers_open(&p, b->fd, "main.tf");
        expect(&p, "policy00.json policy01.json policy02.json policy03.json policy04.json "
                   "00.tf 01.tf 02.tf 03.tf 04.tf 05.tf 06.tf");
        scan_peers_close(&p);
}

static void who_calls_a_module_comes_with_it_or_nobody(void **state)
{
        const struct bed *b = *state;
        struct scan_peers p;
        char name[80];

        put_folder(b, "modules");
        put_folder(b, "modules/m");
        put(b, "modules/m/main.tf", 1);
        put(b, "modules/m/vars.tf", 1);
        put(b, "calls.tf", 1);
        put(b, "more.tf", 1);
        put(b, "prod.tfvars", 1);
        assert_int_equal(scan_peers_place("x/modules/m/main.tf"), 1);
        scan_peers_open(&p, b->fd, "modules/m/main.tf");
        expect(&p, "vars.tf ../../calls.tf ../../more.tf");
        scan_peers_close(&p);
        expect_readers(b, "calls.tf", "modules/m/main.tf modules/m/vars.tf more.tf");
        /* one that cannot be given would be one whose values are not known */
        for (unsigned i = 0; i < 12; i++) {
                (void)snprintf(name, sizeof(name), "%02u.tf", i);
                put(b, name, 1);
        }
        scan_peers_open(&p, b->fd, "modules/m/main.tf");
        expect(&p, "vars.tf");
        scan_peers_close(&p);
}

static void their_number_is_bounded(void **state)
{
        const struct bed *b = *state;
        struct scan_peers p;
        char name[200];

        for (unsigned i = 0; i < 100; i++) {
                (void)snprintf(name, sizeof(name), "f%02u.tf", i);
                put(b, name, 1);
        }
        memset(name, 'a', 130);
        (void)snprintf(name + 130, sizeof(name) - 130, ".tf");
        put(b, name, 1);
        scan_peers_open(&p, b->fd, "f07.tf");
        assert_int_equal(p.n, SCAN_PEERS_MAX);
        assert_string_equal(scan_peers_next(&p, NULL), "f00.tf");
        scan_peers_close(&p);
        expect(&p, "");
        char all[4096] = "";
        unsigned n = 1;
        scan_peers_readers(b->fd, "x.tfvars", note, all);
        for (const char *s = all; (s = strchr(s, ' ')); s++)
                n++;
        assert_int_equal(n, SCAN_PEERS_READERS_MAX);
}

static void a_directory_that_is_gone_has_none(void **state)
{
        struct scan_peers p;

        (void)state;
        scan_peers_open(&p, -1, "main.tf");
        expect(&p, "");
        scan_peers_open(&p, -1, "a/tasks/main.yml");
        expect(&p, "");
        scan_peers_readers(-1, "a/policies/x.json", note, NULL);
}

static void a_chart_has_its_values(void **state)
{
        const struct bed *b = *state;
        struct scan_peers p;

        put(b, "values.yaml", 1);
        put(b, "main.tf", 1);
        put_folder(b, "templates");
        put_folder(b, "templates/sub");
        put(b, "templates/a.yaml", 1);
        put(b, "templates/sub/b.yaml", 1);
        put(b, "templates/sub/c.txt", 1);
        scan_peers_open(&p, b->fd, "charts/a/templates/sub/x.yaml");
        expect(&p, "values.yaml");
        scan_peers_close(&p);
        expect_readers(b, "values.yaml", "main.tf templates/a.yaml templates/sub/b.yaml");
        assert_int_equal(scan_peers_place("charts/a/templates/sub/x.yaml"), strlen("charts/a"));
        assert_int_equal(scan_peers_place("templates/x.yml"), 0);
        assert_false(scan_peers_wanted("a/templates/x.txt"));
}

static void roles_and_plays_have_their_variables(void **state)
{
        const struct bed *b = *state;
        struct scan_peers p;

        put_folder(b, "defaults");
        put_folder(b, "vars");
        put_folder(b, "tasks");
        put_folder(b, "group_vars");
        put_folder(b, "group_vars/all");
        put(b, "defaults/main.yml", 1);
        put(b, "vars/main.yml", 1);
        put(b, "vars/site.yml", 1);
        put(b, "tasks/main.yml", 1);
        put(b, "tasks/users.yml", 1);
        put(b, "group_vars/all/x.yml", 1);
        put(b, "site.yml", 1);
        scan_peers_open(&p, b->fd, "roles/r/tasks/users.yml");
        expect(&p, "defaults/main.yml vars/main.yml");
        scan_peers_close(&p);
        scan_peers_open(&p, b->fd, "roles/r/templates/x.yml.j2");
        expect(&p, "defaults/main.yml vars/main.yml");
        scan_peers_close(&p);
        scan_peers_open(&p, b->fd, "site.yml");
        expect(&p, "group_vars/all/x.yml vars/main.yml vars/site.yml");
        scan_peers_close(&p);
        assert_int_equal(scan_peers_place("roles/r/handlers/x.yml"), strlen("roles/r"));
        expect_readers(b, "defaults/main.yml", "tasks/main.yml tasks/users.yml");
        expect_readers(b, "vars/site.yml", "site.yml");
        expect_readers(b, "group_vars/all/x.yml", "site.yml");
        assert_false(scan_peers_wanted(".github/workflows/x.yml"));
        assert_false(scan_peers_wanted("group_vars/all.yml"));
        assert_false(scan_peers_wanted("a/values.yaml"));
}

static void manifests_have_their_bindings_and_kustomization(void **state)
{
        const struct bed *b = *state;
        struct scan_peers p;

        put_folder(b, "rbac");
        put_folder(b, "patches");
        put_folder(b, "templates");
        put(b, "rbac/operator.yaml", 1);
        put(b, "rbac/z_binding.yaml", 1);
        put(b, "rbac/notes.txt", 1);
        put(b, "role.yaml", 1);
        put(b, "role_binding.yaml", 1);
        put(b, "deployment.yaml", 1);
        put(b, "kustomization.yaml", 1);
        put(b, "patches/a.yaml", 1);
        put(b, "templates/clusterrole.yaml", 1);
        put(b, "templates/clusterrolebinding.yaml", 1);
        put(b, "values.yaml", 1);
        scan_peers_open(&p, b->fd, "role.yaml");
        expect(&p, "kustomization.yaml role_binding.yaml");
        scan_peers_close(&p);
        scan_peers_open(&p, b->fd, "deployment.yaml");
        expect(&p, "kustomization.yaml");
        scan_peers_close(&p);
        /* their names begin where the kustomization is, and the chart's values */
        assert_int_equal(scan_peers_place("x/patches/a.yaml"), 1);
        scan_peers_open(&p, b->fd, "x/patches/a.yaml");
        expect(&p, "kustomization.yaml");
        scan_peers_close(&p);
        scan_peers_open(&p, b->fd, "c/templates/clusterrole.yaml");
        expect(&p, "values.yaml templates/clusterrolebinding.yaml");
        scan_peers_close(&p);
        expect_readers(b, "rbac/z_binding.yaml", "rbac/operator.yaml");
        expect_readers(b, "role_binding.yaml", "role.yaml");
        expect_readers(b, "deployment.yaml", "");
        expect_readers(b, "kustomization.yaml",
                       "deployment.yaml patches/a.yaml role.yaml role_binding.yaml");
        expect_readers(b, "templates/clusterrolebinding.yaml", "templates/clusterrole.yaml");
}

static void places_hold_who_calls(void **state)
{
        (void)state;
        assert_int_equal(scan_peers_place("a/b/main.tf"), 1);
        assert_int_equal(scan_peers_place("main.tf"), 0);
        assert_int_equal(scan_peers_place("a/main.tf"), 0);
        assert_int_equal(scan_peers_place("/a/main.tf"), 0);
        assert_int_equal(scan_peers_place("../main.tf"), 2);
        assert_int_equal(scan_peers_place("./main.tf"), 1);
        assert_int_equal(scan_peers_place("/main.tf"), 0);
}

static void kinds_are_told_by_names(void **state)
{
        (void)state;
        assert_true(scan_peers_wanted("main.tf"));
        assert_true(scan_peers_wanted("a/b/main.tofu"));
        assert_false(scan_peers_wanted("a.tf/x.txt"));
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
                cmocka_unit_test_setup_teardown(documents_that_terraform_reads_come_with_it, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(policies_leave_room_for_configuration, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(who_calls_a_module_comes_with_it_or_nobody, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(roles_and_plays_have_their_variables, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(manifests_have_their_bindings_and_kustomization,
                                                setup, teardown),
                cmocka_unit_test(places_hold_who_calls),
                cmocka_unit_test(a_directory_that_is_gone_has_none),
                cmocka_unit_test(kinds_are_told_by_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
