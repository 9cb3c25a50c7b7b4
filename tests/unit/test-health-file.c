/* SPDX-FileCopyrightText: giad maintainers */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "daemon/health-file.h"
#include "tests/unit/remove-tree.h"
#include "tests/unit/test.h"

#define SUFFIX ".giad.md"

struct bed {
        char path[64];
        int root;
        struct health_file file;
};

static int set_up(void **state)
{
        struct bed *b = calloc(1, sizeof(*b));

        (void)snprintf(b->path, sizeof(b->path), "/tmp/giad-health-test-XX%s", "XXXX");
        assert_non_null(mkdtemp(b->path));
        b->root = open(b->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        b->file = HEALTH_FILE_NULL;
        assert_true(b->root >= 0);
        *state = b;
        return 0;
}

static int tear_down(void **state)
{
        struct bed *b = *state;

        assert_int_equal(b->file.fd, -1);
        assert_int_equal(b->file.directory_fd, -1);
        (void)close(b->root);
        remove_tree(b->path);
        free(b);
        return 0;
}

static void it_is_there_once_and_goes(void **state)
{
        struct bed *b = *state;
        char path[128], text[128] = "";
        struct stat st;
        struct file_id id;

        assert_int_equal(health_file_begin(&b->file, b->root), 0);
        assert_int_equal(strncmp(b->file.directory, HEALTH_DIRECTORY, strlen(HEALTH_DIRECTORY)), 0);
        assert_int_equal(fstatat(b->root, b->file.directory, &st, 0), 0);
        assert_int_equal(st.st_mode & 07777, 0700);
        assert_int_equal(health_file_write(&b->file), 0);
        (void)snprintf(path, sizeof(path), "%s/" HEALTH_FILE, b->file.directory);
        assert_int_equal(fstatat(b->root, path, &st, 0), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        file_id_from_stat(&id, &st);
        assert_true(health_file_is(&b->file, &id));
        id.ino++;
        assert_false(health_file_is(&b->file, &id));
        assert_true(pread(b->file.fd, text, sizeof(text) - 1, 0) > 0);
        assert_non_null(strstr(text, HEALTH_RULE "-"));
        /* it cannot be written twice */
        assert_int_equal(unlinkat(b->file.directory_fd, HEALTH_FILE ".new", 0), -1);
        assert_int_equal(health_file_end(&b->file, b->root, SUFFIX), 0);
        assert_int_equal(fstatat(b->root, path, &st, 0), -1);
        assert_int_equal(rmdir(b->path), 0);
        assert_int_equal(mkdir(b->path, 0700), 0);
}

static void a_note_in_its_place_goes_what_else_is_there_stays(void **state)
{
        struct bed *b = *state;
        struct stat st;
        char directory[sizeof(b->file.directory)];

        assert_int_equal(health_file_begin(&b->file, b->root), 0);
        memcpy(directory, b->file.directory, sizeof(directory));
        assert_int_equal(
                close(openat(b->file.directory_fd, HEALTH_FILE SUFFIX, O_CREAT | O_WRONLY, 0600)),
                0);
        assert_int_equal(close(openat(b->file.directory_fd, "other", O_CREAT | O_WRONLY, 0600)), 0);
        assert_int_equal(health_file_end(&b->file, b->root, SUFFIX), -ENOTEMPTY);
        char path[128];
        (void)snprintf(path, sizeof(path), "%s/other", directory);
        assert_int_equal(fstatat(b->root, path, &st, 0), 0);
        (void)snprintf(path, sizeof(path), "%s/" HEALTH_FILE SUFFIX, directory);
        assert_int_equal(fstatat(b->root, path, &st, 0), -1);
}

/* What an agent can do meanwhile: move the directory away, and put another one, or a link, there. */
static void who_moves_it_gets_nothing_removed(void **state)
{
        struct bed *b = *state;
        struct stat st;

        for (int i = 0; i < 2; i++) {
                char kept[64], directory[sizeof(b->file.directory)], path[160];

                assert_int_equal(health_file_begin(&b->file, b->root), 0);
                assert_int_equal(health_file_write(&b->file), 0);
                memcpy(directory, b->file.directory, sizeof(directory));
                (void)snprintf(kept, sizeof(kept), "moved-%d", i);
                assert_int_equal(renameat(b->root, directory, b->root, kept), 0);
                if (i == 0)
                        assert_int_equal(symlinkat(".", b->root, directory), 0);
                else
                        assert_int_equal(mkdirat(b->root, directory, 0700), 0);
                (void)snprintf(path, sizeof(path), "%s%s/" HEALTH_FILE, i ? directory : "",
                               i ? "" : ".");
                assert_int_equal(close(openat(b->root, path, O_CREAT | O_WRONLY, 0600)), 0);
                assert_int_equal(health_file_end(&b->file, b->root, SUFFIX),
                                 i ? -ENOTEMPTY : -ENOTDIR);
                /* the agent's file is untouched, giad's own is gone wherever it was moved to */
                assert_int_equal(fstatat(b->root, path, &st, 0), 0);
                (void)snprintf(path, sizeof(path), "%s/" HEALTH_FILE, kept);
                assert_int_equal(fstatat(b->root, path, &st, 0), -1);
                (void)unlinkat(b->root, directory, i ? AT_REMOVEDIR : 0);
        }
}

static void a_place_that_cannot_be_written_to_is_an_error(void **state)
{
        struct bed *b = *state;
        _cleanup_close_ int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

        assert_true(health_file_begin(&b->file, proc) < 0);
        assert_int_equal(health_file_end(&b->file, proc, SUFFIX), 0);
}

int main(void)
{
#define with_bed(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                with_bed(it_is_there_once_and_goes),
                with_bed(a_note_in_its_place_goes_what_else_is_there_stays),
                with_bed(who_moves_it_gets_nothing_removed),
                with_bed(a_place_that_cannot_be_written_to_is_an_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
