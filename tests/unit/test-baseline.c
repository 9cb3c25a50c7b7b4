/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Baselines: the text reads back as what was meant, whatever files are called; editing changes the
 * entry and nothing else; nothing is replaced by accident.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/text.h"
#include "daemon/ctl/baseline.h"
#include "daemon/ctl/new-file.h"
#include "daemon/ctl/place.h"
#include "tests/unit/test.h"

#define NOW (1800000000 * USEC_PER_SEC)

static struct config *parse(const char *text)
{
        struct config_error e;
        struct config *config = NULL;

        if (config_parse(&config, "b.yaml", text, strlen(text), &e) < 0)
                fail_msg("%u:%u: %s in:\n%s", e.line, e.column, e.message, text);
        return config;
}

static struct baseline_finding finding(const char *path, bool by_path, const char *rule,
                                       const char *fingerprint, uint32_t line)
{
        struct baseline_finding b = {.path = (char *)(uintptr_t)path, .by_path = by_path};

        (void)text_copy(b.finding.rule, sizeof(b.finding.rule), rule);
        (void)text_copy(b.finding.fingerprint, sizeof(b.finding.fingerprint), fingerprint);
        (void)text_copy(b.finding.title, sizeof(b.finding.title), "A title: \"with\" # signs");
        (void)text_copy(b.finding.redacted, sizeof(b.finding.redacted), "ab…");
        b.finding.line = line;
        return b;
}

/* --- the text ---- */

static void any_name_reads_back_and_matches_itself_alone(void **state)
{
        static const char *const names[] = {
                "a/b.env",  "a b/c: d.env", "-",         "[x]*?.env", "a\\b",     "\"q\"'s'",
                "dir/#tag", "ünï/☃.txt",    "{a}/!b/&c", "**/x",      "a/%TAG x", "yes",
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                const struct baseline_finding b = finding(names[i], true, "a-rule", "ff00", 3);
                const struct baseline_heading heading = {.reason = "why: \"so\"", .author = "ann"};
                _cleanup_buffer_ struct buffer text = BUFFER_NULL;

                baseline_text(&text, &b, 1, &heading);
                struct config *config = parse(text.data);
                assert_int_equal(config->n_suppress, 1);
                const struct config_suppress *s = &config->suppress[0];
                assert_string_equal(s->reason, "why: \"so\"");
                assert_string_equal(s->author, "ann");
                assert_int_equal(s->expires, 0);
                assert_true(word_list_matches_path(&s->path, names[i]));
                assert_false(word_list_matches_path(&s->path, "x/other.env"));
                assert_true(word_list_matches_word(&s->fingerprint, "ff00"));
                assert_false(word_list_matches_word(&s->fingerprint, "ff01"));
                assert_true(word_list_matches_word(&s->rule, "a-rule"));
                (void)config_unref(config);
        }
        /* globs in a name stand for themselves */
        _cleanup_buffer_ struct buffer glob = BUFFER_NULL;
        assert_true(baseline_glob(&glob, "a/[x]*?.env"));
        assert_true(text_glob_path(glob.data, "a/[x]*?.env"));
        assert_false(text_glob_path(glob.data, "a/xyz.env"));
        assert_false(text_glob_path(glob.data, "b/a/[x]*?.env"));
}

static void a_name_that_cannot_be_written_is_left_out(void **state)
{
        static const char *const names[] = {"a\nb",
                                            "a\xff",
                                            "a\x1b[31m",
                                            "\xef\xbf\xbf",
                                            "a\xe2\x80\xa8"
                                            "b",
                                            "a\xe2\x80\xa9"
                                            "b",
                                            "a\xc2\x85"
                                            "b",
                                            ""};
        char longest[512];

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                _cleanup_buffer_ struct buffer glob = BUFFER_NULL;

                assert_false(baseline_glob(&glob, names[i]));
        }
        _cleanup_buffer_ struct buffer glob = BUFFER_NULL;
        memset(longest, '*', 130);
        longest[130] = '\0';
        assert_false(baseline_glob(&glob, longest));

        const struct baseline_finding b = finding("a\\x0ab", false, "a-rule", "ff00", 0);
        const struct baseline_heading heading = {.reason = "r", .expires = "2030-01-31"};
        _cleanup_buffer_ struct buffer text = BUFFER_NULL;
        baseline_text(&text, &b, 1, &heading);
        struct config *config = parse(text.data);
        assert_int_equal(config->suppress[0].path.n, 0);
        assert_null(config->suppress[0].author);
        assert_int_equal(config->suppress[0].expires, 1896048000 * USEC_PER_SEC);
        (void)config_unref(config);
}

static void order_is_stable_and_one_entry_stands_for_one_secret(void **state)
{
        struct baseline_finding list[] = {
                finding("b", true, "r1", "02", 9), finding("b", true, "r1", "02", 10),
                finding("a", true, "r2", "01", 1), finding("b", true, "r0", "02", 9),
                finding("b", true, "r1", "01", 2),
        };
        const struct baseline_heading heading = {.reason = "r"};
        _cleanup_buffer_ struct buffer one = BUFFER_NULL, two = BUFFER_NULL;

        (void)state;
        qsort(list, ELEMENTSOF(list), sizeof(list[0]), baseline_compare);
        baseline_text(&one, list, ELEMENTSOF(list), &heading);
        for (size_t i = 0; i < ELEMENTSOF(list) / 2; i++) {
                struct baseline_finding swap = list[i];
                list[i] = list[ELEMENTSOF(list) - 1 - i];
                list[ELEMENTSOF(list) - 1 - i] = swap;
        }
        qsort(list, ELEMENTSOF(list), sizeof(list[0]), baseline_compare);
        baseline_text(&two, list, ELEMENTSOF(list), &heading);
        assert_string_equal(one.data, two.data);
        struct config *config = parse(one.data);
        assert_int_equal(config->n_suppress, 4);
        assert_string_equal(config->suppress[0].path.words[0], "/a");
        assert_string_equal(config->suppress[1].rule.words[0], "r0");
        (void)config_unref(config);
        assert_non_null(strstr(one.data, "line 9: ab…"));
        assert_non_null(strstr(one.data, "line 10: ab…"));
}

/* An excerpt is of the file's text: nothing in it may end the comment that it stands in. */
static void an_excerpt_stays_inside_its_comment(void **state)
{
        static const char *const ends[] = {"\n", "\r", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(ends); i++) {
                struct baseline_finding b = finding("a", true, "r", "01", 1);
                const struct baseline_heading heading = {.reason = "r"};
                _cleanup_buffer_ struct buffer text = BUFFER_NULL;

                (void)snprintf(b.finding.redacted, sizeof(b.finding.redacted),
                               "x%s  - {path: \"**\", reason: r}", ends[i]);
                (void)text_copy(b.finding.title, sizeof(b.finding.title), b.finding.redacted);
                baseline_text(&text, &b, 1, &heading);
                struct config *config = parse(text.data);
                assert_int_equal(config->n_suppress, 1);
                assert_string_equal(config->suppress[0].path.words[0], "/a");
                (void)config_unref(config);
        }
}

static void nothing_found_is_a_file_that_reads(void **state)
{
        const struct baseline_heading heading = {.reason = "r"};
        _cleanup_buffer_ struct buffer text = BUFFER_NULL;

        (void)state;
        baseline_text(&text, NULL, 0, &heading);
        struct config *config = parse(text.data);
        assert_int_equal(config->n_suppress, 0);
        (void)config_unref(config);
}

static void expiry_is_a_time_from_now_or_a_date_to_come(void **state)
{
        char text[BASELINE_EXPIRES_MAX];

        (void)state;
        assert_int_equal(baseline_expires("30d", NOW, text), 0);
        assert_string_equal(text, "2027-02-14T08:00:00Z");
        assert_int_equal(baseline_expires("2030-01-31", NOW, text), 0);
        assert_string_equal(text, "2030-01-31");
        assert_int_equal(baseline_expires("2020-01-31", NOW, text), -EINVAL);
        assert_int_equal(baseline_expires("2030-02-30", NOW, text), -EINVAL);
        assert_int_equal(baseline_expires("soon", NOW, text), -EINVAL);
        assert_int_equal(baseline_expires("", NOW, text), -EINVAL);
}

/* --- editing ---- */

static const char kept[] = "# mine\n"
                           "\n"
                           "suppress: # ours\n"
                           "  # first\n"
                           "  # and more of it\n"
                           "  - rule: a\n"
                           "    reason: |\n"
                           "      long\n"
                           "      - text\n"
                           "\n"
                           "  # second\n"
                           "  - {rule: b, reason: flow}\n"
                           "  - rule: c\n"
                           "    expires: 2030-01-01\n"
                           "    reason: third\n"
                           "# the end\n"
                           "logging: {}\n";

static int edit(struct buffer *out, const char *text, enum baseline_fate a, enum baseline_fate b,
                enum baseline_fate c)
{
        const struct baseline_change changes[] = {
                {.line = 6, .fate = a, .expires = "2031-05-05"},
                {.line = 12, .fate = b, .expires = "2031-05-05"},
                {.line = 13, .fate = c, .expires = "2031-05-05"},
        };
        uint32_t line = 0;
        int k = baseline_edit(out, text, changes, ELEMENTSOF(changes), &line);

        if (k == -EINVAL)
                assert_int_not_equal(line, 0);
        return k;
}

static void keeping_all_changes_nothing(void **state)
{
        _cleanup_buffer_ struct buffer out = BUFFER_NULL;

        (void)state;
        assert_int_equal(edit(&out, kept, BASELINE_KEEP, BASELINE_KEEP, BASELINE_KEEP), 0);
        assert_string_equal(out.data, kept);
}

static void a_dropped_entry_takes_its_comments_along(void **state)
{
        _cleanup_buffer_ struct buffer out = BUFFER_NULL;

        (void)state;
        assert_int_equal(edit(&out, kept, BASELINE_DROP, BASELINE_KEEP, BASELINE_DROP), 0);
        assert_string_equal(out.data, "# mine\n\nsuppress: # ours\n\n  # second\n"
                                      "  - {rule: b, reason: flow}\n# the end\nlogging: {}\n");
}

static void expiry_is_set_or_replaced_in_place(void **state)
{
        _cleanup_buffer_ struct buffer out = BUFFER_NULL;

        (void)state;
        assert_int_equal(edit(&out, kept, BASELINE_EXPIRE, BASELINE_EXPIRE, BASELINE_EXPIRE), 0);
        assert_string_equal(out.data, "# mine\n\nsuppress: # ours\n  # first\n  # and more of it\n"
                                      "  - rule: a\n    reason: |\n      long\n      - text\n"
                                      "    expires: 2031-05-05\n\n  # second\n"
                                      "  - {rule: b, reason: flow, expires: 2031-05-05}\n"
                                      "  - rule: c\n    expires: 2031-05-05\n    reason: third\n"
                                      "# the end\nlogging: {}\n");
}

static void a_list_that_is_empty_now_still_reads(void **state)
{
        static const char text[] = "suppress: # ours\n  - rule: c\n    reason: r\n";
        const struct baseline_change drop = {.line = 2, .fate = BASELINE_DROP};
        _cleanup_buffer_ struct buffer out = BUFFER_NULL;
        uint32_t line;

        (void)state;
        assert_int_equal(baseline_edit(&out, text, &drop, 1, &line), 0);
        assert_string_equal(out.data, "suppress: [] # ours\n");
        (void)config_unref(parse(out.data));
}

static void what_is_written_otherwise_is_refused(void **state)
{
        static const char *const texts[] = {
                "suppress: [{rule: a, reason: b}]\n",
                "suppress:\n  [{rule: a, reason: b}]\n",
        };
        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                const struct baseline_change drop = {.line = (uint32_t)i + 1,
                                                     .fate = BASELINE_DROP};
                _cleanup_buffer_ struct buffer out = BUFFER_NULL;
                uint32_t line = 0;

                assert_int_equal(baseline_edit(&out, texts[i], &drop, 1, &line), -EINVAL);
                assert_int_equal(line, i + 1);
        }
        /* a line that is not there: the file is another one by now */
        const struct baseline_change gone = {.line = 99, .fate = BASELINE_DROP};
        _cleanup_buffer_ struct buffer out = BUFFER_NULL;
        uint32_t line = 0;
        assert_int_equal(baseline_edit(&out, kept, &gone, 1, &line), -EINVAL);
}

/* --- files and places ---- */

static void a_file_is_replaced_only_when_asked(void **state)
{
        char dir[] = "/tmp/test-baseline-XXXXXX", path[64], text[16] = "";
        struct stat st;

        (void)state;
        assert_non_null(mkdtemp(dir));
        (void)snprintf(path, sizeof(path), "%s/b.yaml", dir);
        assert_int_equal(new_file_put(path, "one\n", 4, false, NULL), 0);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_int_equal(new_file_put(path, "two\n", 4, false, NULL), -EEXIST);
        int fd = open(path, O_RDONLY);
        assert_int_equal(read(fd, text, sizeof(text)), 4);
        assert_string_equal(text, "one\n");
        (void)close(fd);
        assert_int_equal(chmod(path, 0640), 0);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(new_file_put(path, "three\n", 6, true, &st), 0);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0640);
        assert_int_equal(st.st_size, 6);
        /* nothing is left behind */
        assert_int_equal(unlink(path), 0);
        assert_int_equal(rmdir(dir), 0);
        assert_int_equal(new_file_put("/nowhere/b.yaml", "x", 1, false, NULL), -ENOENT);
}

static void a_workspace_is_found_by_its_pattern(void **state)
{
        (void)state;
        assert_int_equal(place_in_pattern("/srv/*/work", "/srv/a/work/x/y"), 11);
        assert_int_equal(place_in_pattern("/srv/*/work", "/srv/a/work"), 11);
        assert_int_equal(place_in_pattern("/srv/*/work", "/srv/a/other/work"), 0);
        assert_int_equal(place_in_pattern("/srv/*/work", "/srv/a"), 0);
        assert_int_equal(place_in_pattern("/srv/*", "/srv/.hidden/x"), 0);
        assert_int_equal(place_in_pattern("/srv/a", "/srv/ab/x"), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(any_name_reads_back_and_matches_itself_alone),
                cmocka_unit_test(a_name_that_cannot_be_written_is_left_out),
                cmocka_unit_test(order_is_stable_and_one_entry_stands_for_one_secret),
                cmocka_unit_test(an_excerpt_stays_inside_its_comment),
                cmocka_unit_test(nothing_found_is_a_file_that_reads),
                cmocka_unit_test(expiry_is_a_time_from_now_or_a_date_to_come),
                cmocka_unit_test(keeping_all_changes_nothing),
                cmocka_unit_test(a_dropped_entry_takes_its_comments_along),
                cmocka_unit_test(expiry_is_set_or_replaced_in_place),
                cmocka_unit_test(a_list_that_is_empty_now_still_reads),
                cmocka_unit_test(what_is_written_otherwise_is_refused),
                cmocka_unit_test(a_file_is_replaced_only_when_asked),
                cmocka_unit_test(a_workspace_is_found_by_its_pattern),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
