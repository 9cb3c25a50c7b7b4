/* SPDX-FileCopyrightText: giad maintainers */
/*
 * What the commands of giactl share: tables, colours, reading JSON, and walking without a daemon.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ctl/offline.h"
#include "tests/unit/fail-alloc.h"
#include "tests/unit/remove-tree.h"
#include "tests/unit/test.h"

/* The text of a table; freed by the caller. */
static char *printed(struct table *t, bool colour)
{
        const struct ctl ctl = {.colour = colour};
        char *text = NULL;
        size_t n = 0;
        FILE *f = open_memstream(&text, &n);

        assert_non_null(f);
        table_print(t, &ctl, f);
        assert_int_equal(fclose(f), 0);
        return text;
}

static struct table *table_of(unsigned columns, const char *const *cells, unsigned n)
{
        struct table *t = table_new(columns);

        for (unsigned i = 0; i < n; i++)
                table_add(t, cells[i]);
        return t;
}

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
        static const char *const cells[] = {"A", "B", "LAST", "longer", "x", "1", "y", NULL, "2"};

        (void)state;
        _cleanup_free_ char *text = printed(table_of(3, cells, 9), false);
        assert_string_equal(text, "A       B  LAST\n"
                                  "longer  x  1\n"
                                  "y          2\n");
}

static void width_is_counted_in_characters(void **state)
{
        static const char *const cells[] = {"ÄÖÜ", "B", "abc", "x"};

        (void)state;
        _cleanup_free_ char *text = printed(table_of(2, cells, 4), false);
        assert_string_equal(text, "ÄÖÜ  B\nabc  x\n");
}

static void colours_do_not_move_columns(void **state)
{
        static const char *const cells[] = {"S", "T", "critical", "x", "plain", "y"};

        (void)state;
        _cleanup_free_ char *text = printed(table_of(2, cells, 6), true);
        assert_string_equal(text, "\x1b[1mS\x1b[0m         \x1b[1mT\x1b[0m\n"
                                  "\x1b[1;31mcritical\x1b[0m  x\n"
                                  "plain     y\n");
}

static void no_colour_is_no_escape(void **state)
{
        const struct ctl plain = {.colour = false}, coloured = {.colour = true};

        (void)state;
        assert_string_equal(ctl_colour(&plain, "critical"), "");
        assert_string_equal(ctl_bold(&plain), "");
        assert_string_equal(ctl_dim(&plain), "");
        assert_string_equal(ctl_plain(&plain), "");
        assert_string_equal(ctl_colour(&coloured, "critical"), "\x1b[1;31m");
        assert_string_equal(ctl_colour(&coloured, "unknown word"), "");
}

static void absent_keys_are_empty(void **state)
{
        cJSON *object = cJSON_Parse("{\"s\":\"text\",\"n\":7,\"o\":{}}");

        (void)state;
        assert_non_null(object);
        assert_string_equal(ctl_text(object, "s"), "text");
        assert_string_equal(ctl_text(object, "n"), "");
        assert_string_equal(ctl_text(object, "x"), "");
        assert_string_equal(ctl_text(NULL, "x"), "");
        assert_true(ctl_number(object, "n") > 6.9);
        assert_true(ctl_number(object, "s") < 0.1);
        assert_true(ctl_number(NULL, "n") < 0.1);
        cJSON_Delete(object);
}

static void errors_have_their_status(void **state)
{
        (void)state;
        assert_int_equal(ctl_error("expected by the test: %d", 1), EXIT_ERROR);
        assert_int_equal(ctl_usage("expected by the test"), EXIT_ERROR);
}

static void table_without_memory_prints_what_it_has(void **state)
{
        static const char *const cells[] = {"A", "B", "c", "d"};
        bool more = true;

        (void)state;
        for (long n = 0; more; n++) {
                fail_alloc.failed = false;
                fail_alloc.left = n;
                struct table *t = table_of(2, cells, 4);
                fail_alloc.left = -1;
                more = fail_alloc.failed;
                _cleanup_free_ char *text = printed(t, false);
                assert_non_null(text);
                if (!more)
                        assert_string_equal(text, "A  B\nc  d\n");
        }
}

/* --- the configuration ---- */

struct bed {
        char top[64], config[96], rules[96];
        struct ctl ctl;
        struct offline offline;
        char seen[4096]; /* "RELATIVE:FINDINGS " for each file */
        unsigned errors;
};

static void put(const char *dir, const char *name, const char *text)
{
        char path[256];

        (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void make_directory(const struct bed *b, const char *name)
{
        char path[256];

        (void)snprintf(path, sizeof(path), "%s/%s", b->top, name);
        assert_int_equal(mkdir(path, 0700), 0);
}

static int setup(void **state)
{
        struct bed *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        (void)snprintf(b->top, sizeof(b->top), "/tmp/giad-ctl-XXXXXX");
        assert_non_null(mkdtemp(b->top));
        (void)snprintf(b->config, sizeof(b->config), "%s/giad.yaml", b->top);
        (void)snprintf(b->rules, sizeof(b->rules), "%s/rules", b->top);
        make_directory(b, "rules");
        make_directory(b, "tree");
        put(b->rules, "r.yaml",
            "rules:\n  - id: token\n    title: t\n    class: github-pat\n    severity: high\n"
            "    confidence: high\n    remediation: r\n    pattern: {regex: "
            "'tok_([A-Z0-9]{12})'}\n");
        b->ctl = (struct ctl){.config_path = b->config, .value[CTL_RULES] = b->rules};
        *state = b;
        return 0;
}

static int teardown(void **state)
{
        struct bed *b = *state;

        offline_done(&b->offline);
        (void)config_unref(b->ctl.config);
        remove_tree(b->top);
        free(b);
        return 0;
}

static void default_configuration_need_not_be_there(void **state)
{
        struct bed *b = *state;

        assert_non_null(ctl_config(&b->ctl));
        assert_ptr_equal(ctl_config(&b->ctl), b->ctl.config); /* read once */
}

static void configuration_that_was_named_must_be_there_and_right(void **state)
{
        struct bed *b = *state;

        b->ctl.config_given = true;
        assert_null(ctl_config(&b->ctl));
        put(b->top, "giad.yaml", "nonsense: 1\n");
        assert_null(ctl_config(&b->ctl));
        put(b->top, "giad.yaml", "state_directory: /x\n");
        assert_string_equal(config_text(ctl_config(&b->ctl), OPTION_STATE_DIRECTORY), "/x");
}

/* --- without a daemon ---- */

static int on_file(void *userdata, const char *shown, const struct scan_result *r, int error)
{
        struct bed *b = userdata;
        size_t n = strlen(b->seen);

        if (error)
                b->errors++;
        else
                (void)snprintf(b->seen + n, sizeof(b->seen) - n, "%s:%u ",
                               shown + strlen(b->top) + 1, r->n_findings);
        return 0;
}

static int walk(struct bed *b, const char *below)
{
        char path[256];
        char *args[] = {path};

        (void)snprintf(path, sizeof(path), "%s/%s", b->top, below);
        b->seen[0] = '\0';
        b->errors = 0;
        b->ctl.args = args;
        b->ctl.n_args = 1;
        int status = offline_walk(&b->offline, &b->ctl, on_file, b);
        b->ctl.args = NULL;
        return status;
}

static void tree_is_scanned_in_the_order_of_names(void **state)
{
        struct bed *b = *state;
        char path[256];

        make_directory(b, "tree/b");
        put(b->top, "tree/c", "tok_ABCDEFGHIJ01");
        put(b->top, "tree/a", "nothing");
        put(b->top, "tree/b/x", "tok_ABCDEFGHIJ01 tok_ABCDEFGHIJ02");
        (void)snprintf(path, sizeof(path), "%s/tree/d", b->top);
        assert_int_equal(symlink("tok_ABCDEFGHIJ03", path), 0);
        (void)snprintf(path, sizeof(path), "%s/tree/up", b->top);
        assert_int_equal(symlink("..", path), 0); /* not followed */
        assert_int_equal(offline_init(&b->offline, &b->ctl), EXIT_OK);
        assert_int_equal(walk(b, "tree///"), EXIT_OK);
        assert_string_equal(b->seen, "tree/a:0 tree/b/x:2 tree/c:1 tree/d:1 tree/up:0 ");
        assert_int_equal(walk(b, "tree/c"), EXIT_OK);
        assert_string_equal(b->seen, "tree/c:1 ");
        assert_int_equal(b->errors, 0);
}

static void what_is_not_there_is_an_error(void **state)
{
        struct bed *b = *state;

        assert_int_equal(offline_init(&b->offline, &b->ctl), EXIT_OK);
        assert_int_equal(walk(b, "nothing"), EXIT_ERROR);
        assert_string_equal(b->seen, "");
}

static void rules_that_do_not_load_are_an_error(void **state)
{
        struct bed *b = *state;

        put(b->rules, "r.yaml", "rules: [{id: x}]\n");
        assert_int_equal(offline_init(&b->offline, &b->ctl), EXIT_ERROR);
        assert_null(b->offline.detector);
        b->ctl.value[CTL_RULES] = "/nonexistent";
        assert_int_equal(offline_init(&b->offline, &b->ctl), EXIT_ERROR);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
                cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
                cmocka_unit_test(width_is_counted_in_characters),
                cmocka_unit_test(colours_do_not_move_columns),
                cmocka_unit_test(no_colour_is_no_escape),
                cmocka_unit_test(absent_keys_are_empty),
                cmocka_unit_test(errors_have_their_status),
                cmocka_unit_test(table_without_memory_prints_what_it_has),
                T(default_configuration_need_not_be_there),
                T(configuration_that_was_named_must_be_there_and_right),
                T(tree_is_scanned_in_the_order_of_names),
                T(what_is_not_there_is_an_error),
                T(rules_that_do_not_load_are_an_error),
#undef T
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
