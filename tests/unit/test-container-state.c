/* SPDX-FileCopyrightText: giad maintainers */
/*
 * What the files of container runtimes say, as those write them and as nobody should.
 */
#include <stdio.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/container-state.h"
#include "tests/unit/test.h"

#define ID "3e1f9c0a7b5d2468ace013579bdf02468ace13579bdf02468ace13579bdf0246"
#define OTHER "4e1f9c0a7b5d2468ace013579bdf02468ace13579bdf02468ace13579bdf0246"
#define IMAGE "sha256:" OTHER

struct want {
        enum container_files files;
        const char *text;
        const char *runtime, *name, *image; /* runtime NULL: it says nothing */
};

static void expect(const struct want *w, const char *id)
{
        struct container_state s;
        bool is = container_state_read(w->files, id, w->text, strlen(w->text), &s);

        if (is != (w->runtime != NULL) || strcmp(s.runtime, w->runtime ?: "") != 0 ||
            strcmp(s.name, w->name ?: "") != 0 || strcmp(s.image, w->image ?: "") != 0)
                fail_msg("%.200s: %d \"%s\" \"%s\" \"%s\"", w->text, is, s.runtime, s.name,
                         s.image);
}

static void docker_has_a_file_for_each(void **state)
{
        static const struct want wants[] = {
                {CONTAINER_FILES_DOCKER,
                 "{\"StreamConfig\":{},\"State\":{\"Running\":true,\"Pid\":7},\"ID\":\"" ID
                 "\",\"Config\":{\"Hostname\":\"h\",\"Image\":\"debian:12\"},\"Image\":\"" IMAGE
                 "\",\"Name\":\"/bold_agent\"}",
                 "docker", "bold_agent", "debian:12"},
                {CONTAINER_FILES_DOCKER, "{\"ID\":\"" ID "\",\"Image\":\"" IMAGE "\"}", "docker",
                 "", IMAGE},
                {CONTAINER_FILES_DOCKER, "{\"ID\":\"" ID "\",\"Name\":\"no-slash\",\"Config\":7}",
                 "docker", "", ""},
                {CONTAINER_FILES_DOCKER,
                 "{\"ID\":\"" ID "\",\"Name\":[\"/x\"],\"Config\":{\"Image\":5}}", "docker", "",
                 ""},
                {CONTAINER_FILES_DOCKER,
                 "{\"ID\":\"" ID
                 "\",\"Name\":\"/a\\u0000b\",\"Config\":{\"Image\":\"a\\u001b[2J\"}}",
                 "docker", "", ""},
                /* of another one, or of none */
                {CONTAINER_FILES_DOCKER, "{\"ID\":\"" OTHER "\",\"Name\":\"/x\"}", NULL, NULL,
                 NULL},
                {CONTAINER_FILES_DOCKER, "{\"Name\":\"/x\"}", NULL, NULL, NULL},
                {CONTAINER_FILES_DOCKER, "{\"ID\":\"" ID "\\u0000\"}", NULL, NULL, NULL},
                {CONTAINER_FILES_DOCKER, "{\"ID\":{\"a\":1}}", NULL, NULL, NULL},
                {CONTAINER_FILES_DOCKER, "[]", NULL, NULL, NULL},
                {CONTAINER_FILES_DOCKER, "7", NULL, NULL, NULL},
                {CONTAINER_FILES_DOCKER, "", NULL, NULL, NULL},
                {CONTAINER_FILES_DOCKER, "{\"ID\":\"" ID "\",\"Name\":\"/x", NULL, NULL, NULL},
                {CONTAINER_FILES_DOCKER, "{\"ID\":\"" ID "\"", NULL, NULL, NULL},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(wants); i++)
                expect(&wants[i], ID);
}

static void podman_has_one_for_all(void **state)
{
        static const struct want wants[] = {
                {CONTAINER_FILES_STORAGE,
                 "[{\"id\":\"" OTHER "\",\"names\":[\"no\"],\"image\":\"x\"},{\"id\":\"" ID
                 "\",\"names\":[\"tidy\",\"second\"],\"image\":\"" OTHER
                 "\",\"layer\":\"l\",\"metadata\":\"{\\\"image-name\\\":\\\"localhost/"
                 "agent:1\\\",\\\"name\\\":\\\"tidy\\\"}\"}]",
                 "", "tidy", "localhost/agent:1"},
                {CONTAINER_FILES_STORAGE,
                 "[{\"id\":\"" ID "\",\"image\":\"" OTHER "\",\"metadata\":\"no json\"}]", "", "",
                 OTHER},
                {CONTAINER_FILES_STORAGE,
                 "[{\"id\":\"" ID
                 "\",\"image\":\"i\",\"metadata\":{\"image-name\":\"x\"},\"names\":\"x\"}]",
                 "", "", "i"},
                {CONTAINER_FILES_STORAGE,
                 "[{\"id\":\"" ID "\",\"metadata\":\"[[[[\",\"names\":[]}]", "", "", ""},
                {CONTAINER_FILES_STORAGE, "[{\"id\":\"" OTHER "\"}]", NULL, NULL, NULL},
                {CONTAINER_FILES_STORAGE, "[1,\"x\",null,[],{}]", NULL, NULL, NULL},
                {CONTAINER_FILES_STORAGE, "{\"id\":\"" ID "\"}", NULL, NULL, NULL},
                {CONTAINER_FILES_STORAGE, "{\"id\":\"" ID "\"}\n{\"id\":\"" ID "\"}\n", NULL, NULL,
                 NULL},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(wants); i++)
                expect(&wants[i], ID);
}

static void containerd_has_what_runc_gets(void **state)
{
        static const struct want wants[] = {
                {CONTAINER_FILES_CONTAINERD,
                 "{\"ociVersion\":\"1.1.0\",\"process\":{},\"annotations\":{\"io.kubernetes.cri."
                 "container-name\":\"coder\","
                 "\"io.kubernetes.cri.image-name\":\"docker.io/library/agent:3\"}}",
                 "containerd", "coder", "docker.io/library/agent:3"},
                {CONTAINER_FILES_CONTAINERD, "{\"ociVersion\":\"1.1.0\",\"annotations\":[]}",
                 "containerd", "", ""},
                {CONTAINER_FILES_CONTAINERD,
                 "{\"annotations\":{\"io.kubernetes.cri.image-name\":\"x\"}}", NULL, NULL, NULL},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(wants); i++)
                expect(&wants[i], ID);
}

static void machined_has_lines(void **state)
{
        static const struct want wants[] = {
                {CONTAINER_FILES_MACHINE,
                 "# This is private data. Do not "
                 "parse.\nNAME=box\nSCOPE=machine-box.scope\nSERVICE=systemd-nspawn\n"
                 "ROOT=/var/lib/machines/box\nID=00\nLEADER=99\nCLASS=container\n",
                 "systemd-nspawn", "box", "/var/lib/machines/box"},
                {CONTAINER_FILES_MACHINE, "NAME=box", "", "box", ""},
                {CONTAINER_FILES_MACHINE, "NAME=box\nROOT=\nSERVICE=", "", "box", ""},
                {CONTAINER_FILES_MACHINE, "NAME=box\nROOT=/a\x1b[2J\n", "", "box", ""},
                {CONTAINER_FILES_MACHINE, "NAME=boxes\n", NULL, NULL, NULL},
                {CONTAINER_FILES_MACHINE, "NAME=bo\n", NULL, NULL, NULL},
                {CONTAINER_FILES_MACHINE, "XNAME=box\n", NULL, NULL, NULL},
                {CONTAINER_FILES_MACHINE, "NAME\n", NULL, NULL, NULL},
                {CONTAINER_FILES_MACHINE, "", NULL, NULL, NULL},
                {CONTAINER_FILES_NONE, "NAME=box\n", NULL, NULL, NULL},
                {_CONTAINER_FILES_MAX, "NAME=box\n", NULL, NULL, NULL},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(wants); i++)
                expect(&wants[i], "box");
}

static void names_that_do_not_fit_are_left_out(void **state)
{
        char text[4096], name[CONTAINER_IMAGE_MAX + 1];
        struct container_state s;

        (void)state;
        for (size_t n = CONTAINER_NAME_MAX - 2; n <= CONTAINER_IMAGE_MAX; n++) {
                memset(name, 'n', n);
                name[n] = '\0';
                (void)snprintf(text, sizeof(text),
                               "{\"ID\":\"" ID "\",\"Name\":\"/%s\",\"Image\":\"%s\"}", name, name);
                assert_true(
                        container_state_read(CONTAINER_FILES_DOCKER, ID, text, strlen(text), &s));
                assert_string_equal(s.name, n < CONTAINER_NAME_MAX ? name : "");
                assert_string_equal(s.image, n < CONTAINER_IMAGE_MAX ? name : "");
        }
}

static void hostile_files_end(void **state)
{
        size_t n = (size_t)4 << 20;
        _cleanup_free_ char *text = malloc(n);
        struct container_state s;
        static const char *const units[] = {
                "[",       "{\"a\":", "[]", "\0", "\"",
                "NAME=\n", ",",       "\\", "\n", "[{\"id\":\"" ID "\"},"};

        (void)state;
        for (size_t u = 0; u < ELEMENTSOF(units); u++) {
                size_t k = strlen(units[u]) ?: 1;

                for (size_t i = 0; i < n; i++)
                        text[i] = units[u][i % k];
                for (int files = 0; files <= _CONTAINER_FILES_MAX; files++)
                        assert_false(
                                container_state_read((enum container_files)files, ID, text, n, &s));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(docker_has_a_file_for_each),
                cmocka_unit_test(podman_has_one_for_all),
                cmocka_unit_test(containerd_has_what_runc_gets),
                cmocka_unit_test(machined_has_lines),
                cmocka_unit_test(names_that_do_not_fit_are_left_out),
                cmocka_unit_test(hostile_files_end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
