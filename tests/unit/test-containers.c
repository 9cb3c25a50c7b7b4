/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Where runtimes' files are looked for, when a scanner is asked for them, and what is told.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "daemon/containers.h"
#include "daemon/inside.h"
#include "daemon/writer.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/pipeline-fixture.h"
#include "tests/unit/remove-tree.h"
#include "tests/unit/test.h"

#define ID "3e1f9c0a7b5d2468ace013579bdf02468ace13579bdf02468ace13579bdf0246"
#define DOCKER "/system.slice/docker-" ID ".scope"
#define NOTHING "no file of its runtime was found that speaks of it"

struct runtimes {
        char top[64], passwd[128];
        struct config *config;
        struct containers *containers;
};

static int setup(void **state)
{
        struct runtimes *b = calloc(1, sizeof(*b));
        char text[1024];

        (void)snprintf(b->top, sizeof(b->top), "/tmp/giad-containers-XXXXXX");
        assert_non_null(mkdtemp(b->top));
        (void)snprintf(text, sizeof(text),
                       "workspaces: [{path: /nowhere}]\npolicy: [{action: report}]\n"
                       "containers: {docker: %s/docker, podman: %s/podman, containerd: "
                       "%s/containerd, machines: %s/machines}\n",
                       b->top, b->top, b->top, b->top);
        b->config = config_from(text);
        (void)snprintf(b->passwd, sizeof(b->passwd), "%s/passwd", b->top);
        FILE *f = fopen(b->passwd, "we");
        assert_non_null(f);
        (void)fprintf(f, "root:x:0:0::/root:/bin/sh\nuser:x:1234:1234::%s/home:/bin/sh\n", b->top);
        assert_int_equal(fclose(f), 0);
        b->containers = containers_new(b->passwd);
        assert_non_null(b->containers);
        containers_set_config(b->containers, b->config);
        *state = b;
        return 0;
}

static int teardown(void **state)
{
        struct runtimes *b = *state;

        (void)containers_free(b->containers);
        (void)config_unref(b->config);
        remove_tree(b->top);
        free(b);
        return 0;
}

static void put(const struct runtimes *b, const char *name, const char *text)
{
        char path[512];

        (void)snprintf(path, sizeof(path), "%s/%s", b->top, name);
        for (char *slash = path + strlen(b->top) + 1; (slash = strchr(slash, '/')); slash++) {
                *slash = '\0';
                (void)mkdir(path, 0755);
                *slash = '/';
        }
        FILE *f = fopen(path, "we");
        assert_non_null(f);
        (void)fputs(text, f);
        assert_int_equal(fclose(f), 0);
}

static struct provenance *writer_in(const char *cgroup, const char *container)
{
        struct provenance *p = provenance_new(77);

        p->uid = p->gid = 5;
        p->exe = strdup("/usr/bin/tool");
        p->cgroup = strdup(cgroup);
        p->container = strdup(container);
        return p;
}

/* What a scanner would be given; -1: nothing. */
static int asked(struct runtimes *b, struct provenance *p, unsigned *ret_n)
{
        struct scan_container c;
        struct container_question *q = containers_open(b->containers, p, &c);
        int files = q ? (int)c.files : -1;

        *ret_n = 0;
        for (unsigned i = 0; i < SCAN_CONTAINER_FDS; i++)
                *ret_n += c.fds[i] >= 0;
        if (q)
                assert_string_equal(c.id, p->container);
        scan_container_close(&c);
        free(q);
        return files;
}

static void files_are_found_where_runtimes_keep_them(void **state)
{
        static const struct {
                const char *file, *cgroup, *container;
                int files;
                unsigned n;
        } cases[] = {
                {NULL, DOCKER, ID, -1, 0},
                {"docker/containers/" ID "/config.v2.json", DOCKER, ID, CONTAINER_FILES_DOCKER, 1},
                {"podman/overlay-containers/containers.json", "/machine.slice/libpod-" ID ".scope",
                 ID, CONTAINER_FILES_STORAGE, 1},
                {"podman/overlay-containers/volatile-containers.json",
                 "/machine.slice/libpod-" ID ".scope", ID, CONTAINER_FILES_STORAGE, 1},
                {"containerd/io.containerd.runtime.v2.task/k8s.io/" ID "/config.json",
                 "/kubepods/x/" ID, ID, CONTAINER_FILES_CONTAINERD, 1},
                {"machines/box", "/machine.slice/machine-box.scope", "box", CONTAINER_FILES_MACHINE,
                 1},
                {"machines/" ID, DOCKER, ID, -1, 0},
                {"machines/a/b", "/machine.slice/machine-a.scope", "a/b", -1, 0},
                {"secret", "/machine.slice/machine-a.scope", "../secret", -1, 0},
                {"docker/containers/box/config.v2.json", "/machine.slice/machine-box.scope", "box",
                 -1, 0},
                /* a user's are in his home, and nowhere else */
                {"home/.local/share/docker/containers/" ID "/config.v2.json",
                 "/user.slice/user-1234.slice/user@1234.service/docker-" ID ".scope", ID,
                 CONTAINER_FILES_DOCKER, 1},
                {"home/.local/share/containers/storage/overlay-containers/containers.json",
                 "/user.slice/user-1234.slice/user@1234.service/user.slice/libpod-" ID
                 ".scope/container",
                 ID, CONTAINER_FILES_STORAGE, 1},
                {"docker/containers/" ID "/config.v2.json",
                 "/user.slice/user-1234.slice/user@1234.service/docker-" ID ".scope", ID, -1, 0},
                {"home/.local/share/docker/containers/" ID "/config.v2.json",
                 "/user.slice/user-99.slice/user@99.service/docker-" ID ".scope", ID, -1, 0},
                {"home/.local/share/docker/containers/" ID "/config.v2.json", DOCKER, ID, -1, 0},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                struct runtimes *b = *state;
                unsigned n;

                if (cases[i].file)
                        put(b, cases[i].file, "x");
                struct provenance *p = writer_in(cases[i].cgroup, cases[i].container);
                int files = asked(b, p, &n);
                if (files != cases[i].files || n != cases[i].n)
                        fail_msg("%s of %s: %d, %u files", cases[i].file ?: "nothing",
                                 cases[i].cgroup, files, n);
                assert_int_equal(containers_find(b->containers, p), files >= 0);
                (void)provenance_unref(p);
                (void)teardown(state);
                (void)setup(state);
        }
}

static void what_is_no_file_is_not_opened(void **state)
{
        struct runtimes *b = *state;
        struct provenance *p = writer_in("/machine.slice/machine-box.scope", "box");
        char path[512], to[512];
        unsigned n;

        put(b, "machines/other", "NAME=other\n");
        (void)snprintf(path, sizeof(path), "%s/machines/box", b->top);
        (void)snprintf(to, sizeof(to), "%s/machines/other", b->top);
        assert_int_equal(symlink(to, path), 0);
        assert_int_equal(asked(b, p, &n), -1);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkfifo(path, 0600), 0);
        assert_int_equal(asked(b, p, &n), -1);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(asked(b, p, &n), -1);
        (void)provenance_unref(p);
}

static void who_is_in_none_is_not_asked_for(void **state)
{
        struct runtimes *b = *state;
        struct provenance *p = provenance_new(77);
        struct scan_container c;

        assert_false(containers_find(b->containers, NULL));
        assert_false(containers_find(b->containers, p));
        assert_null(containers_open(b->containers, p, &c));
        assert_null(p->container_facts);
        (void)provenance_unref(p);
}

static void what_was_said_is_kept_until_the_file_changes(void **state)
{
        struct runtimes *b = *state;
        struct provenance *p = writer_in(DOCKER, ID), *other = writer_in(DOCKER, ID);
        struct scan_about about = {
                .container = 1, .container_runtime = "docker", .container_image = "debian:12"};
        struct scan_container c;

        /* nothing is there: that is said, and need not be asked */
        assert_false(containers_find(b->containers, p));
        assert_string_equal(p->container_facts->missing, NOTHING);
        assert_string_equal(p->container_facts->runtime, "docker");
        containers_set_config(b->containers, b->config); /* looked at again */
        put(b, "docker/containers/" ID "/config.v2.json", "{}");
        assert_true(containers_find(b->containers, p));
        struct container_question *q = containers_open(b->containers, p, &c);
        assert_non_null(q);
        scan_container_close(&c);
        /* until an answer has come each one asks */
        assert_true(containers_find(b->containers, other));
        containers_learn(b->containers, q, &about);
        assert_false(containers_find(b->containers, p));
        assert_string_equal(p->container_facts->image, "debian:12");
        assert_null(p->container_facts->missing);
        assert_false(containers_find(b->containers, other));
        assert_ptr_equal(p->container_facts, other->container_facts);
        /* the same once more is no news */
        struct container_facts *before = p->container_facts;
        containers_learn(b->containers, q, &about);
        assert_false(containers_find(b->containers, p));
        assert_ptr_equal(p->container_facts, before);
        /* it had changed when it was asked for */
        put(b, "docker/containers/" ID "/config.v2.json", "{\"changed\": true}");
        free(q);
        q = containers_open(b->containers, p, &c);
        scan_container_close(&c);
        put(b, "docker/containers/" ID "/config.v2.json", "{\"changed\": 1}");
        containers_learn(b->containers, q, NULL);
        assert_false(containers_find(b->containers, p));
        assert_string_equal(p->container_facts->missing,
                            "the scanner failed that was to read its runtime's files");
        assert_string_equal(p->container_facts->runtime, "docker");
        free(q);
        (void)provenance_unref(p);
        (void)provenance_unref(other);
}

static void many_containers_are_kept_within_bounds(void **state)
{
        struct runtimes *b = *state;
        char name[64];

        for (unsigned i = 0; i < 500; i++) {
                (void)snprintf(name, sizeof(name), "box-%u", i);
                struct provenance *p = writer_in("/machine.slice/machine-x.scope", name);
                assert_false(containers_find(b->containers, p));
                assert_string_equal(p->container_facts->missing, NOTHING);
                (void)provenance_unref(p);
        }
}

static void events_tell_of_it(void **state)
{
        struct runtimes *b = *state;
        struct provenance *p = writer_in("/system.slice/docker-" ID ".scope", ID);

        (void)b;
        assert_non_null(
                strstr(writer_to_json(p),
                       "\"writer_container\":\"" ID "\",\"writer_container_runtime\":\"docker\","
                       "\"writer_container_missing\":\"no scanner has read its runtime's files\""));
        struct container_facts *f = container_facts_new();
        (void)snprintf(f->image, sizeof(f->image), "debian:12");
        provenance_set_container(p, f);
        provenance_set_container(p, f);
        (void)container_facts_unref(f);
        assert_non_null(strstr(writer_to_json(p), "\"writer_container_image\":\"debian:12\""));
        assert_null(strstr(writer_to_json(p), "writer_container_missing"));
        (void)provenance_unref(p);
}

static void a_path_is_told_without_secrets(void **state)
{
        static const char table[] = "1 0 0:30 / / rw - overlay o rw\n2 1 8:1 /ws "
                                    "/mnt/Zq7Lm2Xv9Rt4Kp8Wn3Bc rw - ext4 d rw\n"
                                    "3 1 8:1 /ws/d /d rw - ext4 d rw\n";
        struct provenance *p = writer_in(DOCKER, ID);
        struct workspace ws = {.path = strdup("/srv/ws"),
                               .place = {.dev = makedev(8, 1),
                                         .in_fs = strdup("/ws"),
                                         .on_host = strdup("/srv/ws")}};
        struct inside in;

        (void)state;
        inside_find(&in, NULL, &ws, "a", "a");
        assert_true(in.path[0] == '\0' && !in.missing);
        inside_find(&in, p, &ws, "a", "a");
        assert_true(in.path[0] == '\0' && !in.missing);
        p->elsewhere = true;
        p->mounts_missing = "it is not known";
        inside_find(&in, p, &ws, "a", "a");
        assert_string_equal(in.missing, "it is not known");
        assert_int_equal(mount_view_new(&p->mounts, table, strlen(table)), 0);
        inside_find(&in, p, &ws, "a", "a");
        assert_string_equal(in.path, "/mnt/[...]/a");
        assert_null(in.missing);
        inside_find(&in, p, &ws, "e/secret", "e/[hidden]");
        assert_string_equal(in.path, "/mnt/[...]/e/[hidden]");
        inside_find(&in, p, &ws, "d/secret", "d/[hidden]");
        assert_string_equal(in.path, "/d/[hidden]");
        /* which part of what is shown is the end cannot be told */
        inside_find(&in, p, &ws, "d/secret", "[all hidden]");
        assert_string_equal(in.path, "");
        assert_string_equal(in.missing, "a secret stands in its path");
        mount_place_done(&ws.place);
        inside_find(&in, p, &ws, "a", "a");
        assert_string_equal(in.missing, "no mount of its writer was found to show it");
        free(ws.path);
        (void)provenance_unref(p);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define R(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
                R(files_are_found_where_runtimes_keep_them),
                R(what_is_no_file_is_not_opened),
                R(who_is_in_none_is_not_asked_for),
                R(what_was_said_is_kept_until_the_file_changes),
                R(many_containers_are_kept_within_bounds),
                R(events_tell_of_it),
                R(a_path_is_told_without_secrets),
#undef R
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
