/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Rule packs from directories, and a detector over an open file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/base/cache-file.h"
#include "common/base/macros.h"
#include "daemon/inspect/inspect.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/remove-tree.h"
#include "tests/unit/test.h"

#define RULE(id, pattern)                                                                   \
        "rules:\n  - id: " id "\n    title: t\n    class: github-pat\n    severity: high\n" \
        "    confidence: high\n    remediation: r\n    pattern: {regex: '" pattern "'}\n"

struct bed {
        char top[64], shipped[96], local[96], file[96];
        struct ruleset *rules;
        struct detector *detector;
        struct inspector *inspector;
        struct scan_result *res;
        struct ruleset_error error;
};

static void put(const char *dir, const char *name, const char *content, size_t n)
{
        char path[256];

        (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, content, n), n);
}

static void put_text(const char *dir, const char *name, const char *content)
{
        put(dir, name, content, strlen(content));
}

static int setup(void **state)
{
        struct bed *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        (void)snprintf(b->top, sizeof(b->top), "%s/giad-inspect-XXXXXX",
                       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        assert_non_null(mkdtemp(b->top));
        (void)snprintf(b->shipped, sizeof(b->shipped), "%s/shipped", b->top);
        (void)snprintf(b->local, sizeof(b->local), "%s/local", b->top);
        (void)snprintf(b->file, sizeof(b->file), "%s/file", b->top);
        assert_int_equal(mkdir(b->shipped, 0700), 0);
        assert_int_equal(mkdir(b->local, 0700), 0);
        put_text(b->shipped, "10.yaml", RULE("token", "tok_([A-Z0-9]{12})"));
        *state = b;
        return 0;
}

static int teardown(void **state)
{
        struct bed *b = *state;

        (void)inspector_free(b->inspector);
        (void)detector_free(b->detector);
        (void)ruleset_free(b->rules);
        free(b->res);
        remove_tree(b->top);
        free(b);
        return 0;
}

static int load(struct bed *b, const char *local)
{
        b->rules = ruleset_free(b->rules);
        return inspect_load_rules(&b->rules, b->shipped, local, &b->error);
}

/* --- packs ---------------------------------------------------------------------------------------
 */

static void packs_of_both_directories_are_read_in_order(void **state)
{
        struct bed *b = *state;

        put_text(b->shipped, "20.yaml", RULE("second", "two"));
        put_text(b->local, "site.yaml", RULE("token", "other_([A-Z]{3})"));
        assert_int_equal(load(b, b->local), 0);
        assert_int_equal(ruleset_count(b->rules), 2); /* the local one overrides */
        assert_int_equal(load(b, NULL), 0);
        assert_int_equal(load(b, ""), 0);
}

/* Of a pack that is written as ours are no example is read, and everything else is; of others all is. */
static void rules_are_had_quickly_without_their_examples(void **state)
{
        static const char written_as_ours[] =
                RULE("first", "one") "    examples:\n      bad:\n        - {nonsense: [}\n\n      "
                                     "good:\n        - {nonsense: [}\n"
                                     "  - id: second\n    title: t\n    class: github-pat\n    "
                                     "severity: high\n    remediation: >-\n"
                                     "      r\n    pattern: {regex: two}\n";
        static const char otherwise[] = "rules:\n- {id: third, title: t, class: github-pat, "
                                        "severity: high, remediation: \"r\n"
                                        "    examples:\n      x\", pattern: {regex: three}}\n";
        struct bed *b = *state;
        struct ruleset *all = NULL;

        put_text(b->shipped, "10.yaml", written_as_ours);
        put_text(b->shipped, "20.yaml", otherwise);
        assert_int_equal(load(b, NULL), -EBADMSG);
        assert_int_equal(inspect_load_rules_quickly(&b->rules, b->shipped, NULL, &b->error), 0);
        assert_int_equal(ruleset_count(b->rules), 3);
        assert_string_equal(ruleset_at(b->rules, 1)->remediation, "r");
        assert_string_equal(ruleset_at(b->rules, 2)->remediation, "r examples: x");
        /* what is wrong elsewhere is told, and where */
        put_text(b->shipped, "30.yaml", RULE("fourth", "four") "    nonsense: 1\n");
        assert_int_equal(inspect_load_rules_quickly(&all, b->shipped, NULL, &b->error), -EBADMSG);
        assert_non_null(strstr(b->error.pack, "30.yaml"));
        assert_int_equal(b->error.line, 9);
        assert_null(all);
}

static void only_yaml_files_are_packs(void **state)
{
        struct bed *b = *state;

        put_text(b->shipped, ".hidden.yaml", "nonsense: [");
        put_text(b->shipped, "20.yaml.bak", "nonsense: [");
        put_text(b->shipped, "README", "nonsense: [");
        assert_int_equal(load(b, NULL), 0);
}

static void directory_without_packs_is_an_error(void **state)
{
        struct bed *b = *state;
        char path[160];

        (void)snprintf(path, sizeof(path), "%s/10.yaml", b->shipped);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(load(b, NULL), -ENOENT);
        assert_non_null(strstr(b->error.message, "no rule packs"));
        assert_null(b->rules);
        assert_int_equal(rmdir(b->shipped), 0);
        assert_int_equal(load(b, NULL), -ENOENT);
}

static void local_packs_need_not_be_there(void **state)
{
        struct bed *b = *state;

        assert_int_equal(load(b, b->local), 0); /* empty */
        assert_int_equal(rmdir(b->local), 0);
        assert_int_equal(load(b, b->local), 0); /* gone */
}

static void error_names_file_and_line(void **state)
{
        struct bed *b = *state;
        char want[160], text[INSPECT_ERROR_MAX];

        put_text(b->local, "bad.yaml", "rules:\n  - id: x\n    nonsense: 1\n");
        assert_int_equal(load(b, b->local), -EBADMSG);
        (void)snprintf(want, sizeof(want), "%s/bad.yaml", b->local);
        assert_string_equal(b->error.pack, want);
        assert_int_equal(b->error.line, 3);
        put_text(b->local, "bad.yaml", "rules: [\n");
        assert_int_equal(load(b, b->local), -EBADMSG);
        assert_string_equal(b->error.pack, want);
        inspect_error_text(text, &b->error);
        assert_memory_equal(text, want, strlen(want));
        assert_int_equal(text[strlen(want)], ':');
}

static void pack_that_cannot_be_read_is_an_error(void **state)
{
        struct bed *b = *state;
        char path[160];

        (void)snprintf(path, sizeof(path), "%s/20.yaml", b->local);
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(load(b, b->local), -EBADMSG);
        assert_non_null(strstr(b->error.pack, "/20.yaml"));
        assert_true(*b->error.message != '\0');
        assert_int_equal(rmdir(path), 0);
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_int_equal(ftruncate(fd, 9 << 20), 0);
        assert_int_equal(load(b, b->local), -EBADMSG);
        assert_non_null(strstr(b->error.message, "larger than 8 MiB"));
}

static int memory_file(const void *data, size_t n)
{
        int fd = memfd_create("rules", MFD_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, data, n), n);
        return fd;
}

static void what_was_not_taken_from_disk_is_no_rule_files(void **state)
{
        static const uint32_t heads[][2] = {
                {0, 0},                           /* no path */
                {9, 0},                           /* a path beyond the end */
                {UINT32_MAX, 1}, {1, UINT32_MAX}, /* so is what follows */
                {1, 8},          {8, 0},          /* a pack that is cut; a path without an end */
        };
        struct bed *b = *state;

        for (size_t i = 0; i < ELEMENTSOF(heads); i++) {
                uint8_t data[16] = "12345678........";

                memcpy(data, heads[i], sizeof(heads[i]));
                _cleanup_close_ int fd = memory_file(data, sizeof(data) - (i == 4));
                assert_int_equal(inspect_read_rules(&b->rules, fd, &b->error), -EBADMSG);
        }
        _cleanup_close_ int cut = memory_file(heads[0], 3), empty = memory_file("", 0);
        assert_int_equal(inspect_read_rules(&b->rules, cut, &b->error), -EBADMSG);
        assert_int_equal(inspect_read_rules(&b->rules, empty, &b->error), -EBADMSG);
        assert_null(b->rules);
}

static void what_was_taken_cannot_be_changed(void **state)
{
        struct bed *b = *state;
        struct rule_files_error error;
        int taken = -1;

        assert_int_equal(rule_files_take(&taken, b->shipped, NULL, &error), 0);
        _cleanup_close_ int fd = taken;
        put_text(b->shipped, "10.yaml", "nonsense: [");
        assert_int_equal(pwrite(fd, "x", 1, 0), -1);
        assert_int_equal(ftruncate(fd, 1), -1);
        assert_int_equal(inspect_read_rules(&b->rules, fd, &b->error), 0);
        assert_int_equal(ruleset_count(b->rules), 1);
}

static bool load_with_failure(struct bed *b, long n)
{
        fail_alloc.failed = false;
        fail_alloc.left = n;
        int k = load(b, b->local);
        fail_alloc.left = -1;
        if (k < 0)
                assert_true(k == -ENOMEM ||
                            k == -EBADMSG); /* libyaml's are not told apart everywhere */
        assert_int_equal(b->rules != NULL, k == 0);
        return fail_alloc.failed;
}

static void want_of_memory_gives_no_rules(void **state)
{
        long n = 0;

        while (load_with_failure(*state, n))
                n++;
        assert_true(n > 10);
}

/* --- files ---- */

#define FILE_MAX ((uint64_t)3 << 20)

static void make(struct bed *b)
{
        const struct detector_options options = {.parse_max = 1 << 20};

        assert_int_equal(load(b, NULL), 0);
        assert_int_equal(detector_new(&b->detector, b->rules, &options, &b->error), 0);
        assert_int_equal(inspector_new(&b->inspector, b->detector, FILE_MAX), 0);
        b->res = calloc(1, sizeof(*b->res));
        assert_non_null(b->res);
}

static void patterns_are_compiled_apart_and_kept(void **state)
{
        struct bed *b = *state;
        const struct detector_options options = {.parse_max = 1 << 20};
        char path[200];
        int fresh = -1, again = -1;

        assert_int_equal(load(b, NULL), 0);
        assert_int_equal(
                inspect_detector_new(&b->detector, b->rules, &options, -1, &fresh, &b->error), 0);
        assert_true(fresh >= 0);
        b->detector = detector_free(b->detector);
        (void)snprintf(path, sizeof(path), "%s.patterns", b->file);
        assert_int_equal(cache_file_store(path, fresh), 0);
        _cleanup_close_ int stored = cache_file_open(path);
        assert_true(stored >= 0);
        assert_int_equal(
                inspect_detector_new(&b->detector, b->rules, &options, stored, &again, &b->error),
                0);
        assert_int_equal(again, -1); /* they served */
        b->detector = detector_free(b->detector);
        /* damaged: compiled anew */
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
        assert_int_equal(pwrite(fd, "damage", 6, 300), 6);
        assert_int_equal(
                inspect_detector_new(&b->detector, b->rules, &options, stored, &again, &b->error),
                0);
        assert_true(again >= 0);
        (void)fd_close(again);
        (void)fd_close(fresh);
        assert_int_equal(unlink(path), 0);
}

static void others_write_no_cache(void **state)
{
        struct bed *b = *state;
        char path[200], link[200];

        (void)snprintf(path, sizeof(path), "%s.cache", b->file);
        (void)snprintf(link, sizeof(link), "%s.link", b->file);
        assert_int_equal(cache_file_open(path), -ENOENT);
        _cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        assert_int_equal(cache_file_store(path, fd), -EBADMSG); /* empty */
        assert_int_equal(fchmod(fd, 0622), 0);
        assert_int_equal(cache_file_open(path), -EPERM);
        assert_int_equal(fchmod(fd, 0600), 0);
        assert_int_equal(symlink(path, link), 0);
        assert_int_equal(cache_file_open(link), -ELOOP);
        assert_int_equal(unlink(link), 0);
        assert_int_equal(unlink(path), 0);
}

static int inspect(struct bed *b, const char *name, uint64_t hint)
{
        _cleanup_close_ int fd = open(b->file, O_RDONLY | O_CLOEXEC);

        assert_true(fd >= 0);
        memset(b->res, 0, sizeof(*b->res));
        return inspector_file(b->inspector, fd, name, 0100600, hint, NULL, b->res);
}

static void put_at(struct bed *b, uint64_t offset, const char *text)
{
        _cleanup_close_ int fd = open(b->file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, text, strlen(text), (off_t)offset), strlen(text));
}

static bool has_gap(const struct bed *b, enum reason reason)
{
        for (unsigned i = 0; i < b->res->n_gaps; i++)
                if (b->res->gaps[i].reason == reason)
                        return true;
        return false;
}

static void whole_file_is_read_from_its_beginning(void **state)
{
        struct bed *b = *state;

        make(b);
        size_t piece = detector_piece_size(b->detector);
        put_at(b, 0, " tok_ABCDEFGHIJ01 ");
        put_at(b, piece - 6, " tok_ABCDEFGHIJ02 "); /* over the edge */
        put_at(b, 2 * piece + 100, " tok_ABCDEFGHIJ03 ");
        assert_true(2 * piece + 200 < FILE_MAX);
        assert_int_equal(inspect(b, "a", 2 * piece + 118), 0);
        assert_int_equal(b->res->n_findings, 3);
        assert_int_equal(b->res->bytes, 2 * piece + 118);
        assert_int_equal(b->res->hashed, 1);
        assert_false(has_gap(b, REASON_TOO_LARGE));
        /* a wrong hint changes nothing */
        assert_int_equal(inspect(b, "a", 0), 0);
        assert_int_equal(b->res->n_findings, 3);
}

static void empty_file_is_nothing(void **state)
{
        struct bed *b = *state;

        make(b);
        put_text(b->top, "file", "");
        assert_int_equal(inspect(b, "a", 0), 0);
        assert_int_equal(b->res->n_findings, 0);
        assert_int_equal(b->res->bytes, 0);
}

static void rest_of_a_large_file_is_told_as_unread(void **state)
{
        struct bed *b = *state;

        make(b);
        put_at(b, FILE_MAX - 18, " tok_ABCDEFGHIJ01 ");
        assert_int_equal(inspect(b, "a", FILE_MAX), 0);
        assert_int_equal(b->res->n_findings, 1);
        assert_false(has_gap(b, REASON_TOO_LARGE)); /* it is exactly that large */
        put_at(b, FILE_MAX, " tok_ABCDEFGHIJ02 ");
        assert_int_equal(inspect(b, "a", FILE_MAX + 18), 0);
        assert_int_equal(b->res->n_findings, 1);
        assert_true(has_gap(b, REASON_TOO_LARGE));
        /* it had grown since somebody looked at its size */
        assert_int_equal(inspect(b, "a", 10), 0);
        assert_true(has_gap(b, REASON_TOO_LARGE));
}

static void name_is_looked_at(void **state)
{
        struct bed *b = *state;

        make(b);
        put_text(b->top, "file", "x");
        assert_int_equal(inspect(b, "dir/tok_ABCDEFGHIJ01", 1), 0);
        assert_int_equal(b->res->n_findings, 1);
        assert_int_equal(b->res->findings[0].line, 0);
        assert_null(strstr(b->res->shown, "ABCDEFGHIJ01"));
        assert_true(b->res->shown[0] != '\0');
}

static void symlink_target_is_looked_at(void **state)
{
        struct bed *b = *state;
        static const char target[] = "/x/tok_ABCDEFGHIJ01";

        make(b);
        memset(b->res, 0, sizeof(*b->res));
        inspector_text(b->inspector, "link", 0120777, target, strlen(target), b->res);
        assert_int_equal(b->res->n_findings, 1);
        inspector_text(b->inspector, "link", 0120777, "plain", 5, b->res);
}

static void extended_attributes_are_looked_at(void **state)
{
        struct bed *b = *state;

        make(b);
        put_text(b->top, "file", "x");
        if (setxattr(b->file, "user.note", "tok_ABCDEFGHIJ01", 16, 0) < 0)
                skip();
        assert_int_equal(setxattr(b->file, "user.tok_ABCDEFGHIJ02", "", 0, 0), 0);
        assert_int_equal(inspect(b, "a", 1), 0);
        assert_int_equal(b->res->n_findings, 2);
}

/* Where one file may have more of them than fit a page. */
static void no_number_of_attributes_hides_one(void **state)
{
        struct bed *b = *state;
        char name[128];
        unsigned n;

        make(b);
        put_text(b->top, "file", "x");
        for (n = 0; n < 100; n++) {
                (void)snprintf(name, sizeof(name), "user.%03u-%090u", n, n);
                if (setxattr(b->file, name, "x", 1, 0) < 0)
                        break;
        }
        if (n < 60 || setxattr(b->file, "user.note", "tok_ABCDEFGHIJ01", 16, 0) < 0)
                skip();
        assert_int_equal(inspect(b, "a", 1), 0);
        assert_int_equal(b->res->n_findings, 1);
}

static void file_that_cannot_be_read_is_an_error(void **state)
{
        struct bed *b = *state;

        make(b);
        _cleanup_close_ int dir = open(b->top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        memset(b->res, 0, sizeof(*b->res));
        assert_int_equal(inspector_file(b->inspector, dir, "tok_ABCDEFGHIJ01", 0, 0, NULL, b->res),
                         -EISDIR);
        assert_int_equal(b->res->n_findings, 1); /* what was found so far */
        /* and the next file is none the worse */
        put_text(b->top, "file", "tok_ABCDEFGHIJ02");
        assert_int_equal(inspect(b, "a", 16), 0);
        assert_int_equal(b->res->n_findings, 1);
}

static void inspector_without_memory_is_not_made(void **state)
{
        struct bed *b = *state;
        struct inspector *i = NULL;

        make(b);
        for (long n = 0; n < 2; n++) {
                fail_alloc.left = n;
                assert_int_equal(inspector_new(&i, b->detector, FILE_MAX), -ENOMEM);
                assert_null(i);
        }
        fail_alloc.left = -1;
        assert_null(inspector_free(NULL));
}

static int file_of(const char *text, size_t n)
{
        int fd = memfd_create("state", MFD_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, n), n);
        return fd;
}

static void a_runtimes_files_say_what_a_container_is(void **state)
{
        static const char other[] = "[{\"id\":\"x\"}]",
                          ours[] = "[{\"id\":\"box\",\"names\":[\"tok_ABCDEF123456\"],\"image\":"
                                   "\"https://u:pass@a.example/i\"}]";
        struct bed *b = *state;
        struct scan_container c = SCAN_CONTAINER_NONE;
        struct scan_about about = {0};
        size_t large = (size_t)5 << 20;
        _cleanup_free_ char *text = malloc(large);

        make(b);
        (void)snprintf(c.id, sizeof(c.id), "box");
        c.files = CONTAINER_FILES_STORAGE;
        inspector_container(b->inspector, &c, &about);
        assert_int_equal(about.container, 0);
        c.fds[0] = file_of(other, strlen(other));
        inspector_container(b->inspector, &c, &about);
        assert_int_equal(about.container, 0);
        /* the second one is read when the first says nothing; secrets are masked */
        c.fds[1] = file_of(ours, strlen(ours));
        inspector_container(b->inspector, &c, &about);
        assert_int_equal(about.container, 1);
        assert_null(strstr(about.container_name, "ABCDEF123456"));
        assert_non_null(strstr(about.container_image, "a.example/i"));
        assert_null(strstr(about.container_image, "pass"));
        /* too large to be read whole */
        memset(text, ' ', large);
        memcpy(text, ours, strlen(ours));
        scan_container_close(&c);
        c.fds[0] = file_of(text, large);
        about = (struct scan_about){0};
        inspector_container(b->inspector, &c, &about);
        assert_int_equal(about.container, 0);
        scan_container_close(&c);
        assert_int_equal(c.fds[0], -1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
                T(packs_of_both_directories_are_read_in_order),
                T(patterns_are_compiled_apart_and_kept),
                T(others_write_no_cache),
                T(rules_are_had_quickly_without_their_examples),
                T(only_yaml_files_are_packs),
                T(directory_without_packs_is_an_error),
                T(local_packs_need_not_be_there),
                T(error_names_file_and_line),
                T(pack_that_cannot_be_read_is_an_error),
                T(what_was_not_taken_from_disk_is_no_rule_files),
                T(what_was_taken_cannot_be_changed),
                T(want_of_memory_gives_no_rules),
                T(whole_file_is_read_from_its_beginning),
                T(empty_file_is_nothing),
                T(rest_of_a_large_file_is_told_as_unread),
                T(name_is_looked_at),
                T(symlink_target_is_looked_at),
                T(extended_attributes_are_looked_at),
                T(no_number_of_attributes_hides_one),
                T(file_that_cannot_be_read_is_an_error),
                T(inspector_without_memory_is_not_made),
                T(a_runtimes_files_say_what_a_container_is),
#undef T
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
