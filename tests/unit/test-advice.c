/* SPDX-FileCopyrightText: giad maintainers */
/*
 * What is advised is held against giad itself: every class has advice, every form its own about
 * credentials, and each example is read as the form that it stands for and has nothing to find in it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "common/model/advice.h"
#include "detectors/detect.h"
#include "detectors/formats/format.h"
#include "tests/property/shipped-rules.h"
#include "tests/unit/test.h"

/* --- the tables --------------------------------------------------------------------------------- */

static bool is_kind(const char *word, size_t n)
{
        for (int k = 0; k < _FINDING_KIND_MAX; k++)
                if (text_has_word(finding_kind_to_string(k), word, n))
                        return true;
        return false;
}

/* Every word of classes names a class or a kind. */
static void assert_names(const char *classes)
{
        char name[64];

        assert_true(*classes);
        for (const char *w = classes; *w; w += strspn(w, " ")) {
                size_t n = strcspn(w, " ");

                assert_true(n > 0 && n < sizeof(name));
                memcpy(name, w, n);
                name[n] = '\0';
                if (!is_kind(w, n) && finding_class_from_string(name) < 0)
                        fail_msg("there is no class %s", name);
                w += n;
        }
}

static void names_of_classes_are_names_of_classes(void **state)
{
        (void)state;
        for (size_t i = 0; advice_about_at(i); i++)
                assert_names(advice_about_at(i)->classes);
        for (size_t i = 0; advice_example_at(i); i++)
                assert_names(advice_example_at(i)->classes);
}

/* A row that an earlier one hides would never be read. */
static void no_row_hides_another(void **state)
{
        (void)state;
        for (size_t i = 0; advice_example_at(i); i++) {
                const struct advice_example *a = advice_example_at(i);

                for (const char *w = a->classes; *w; w += strspn(w, " ")) {
                        size_t n = strcspn(w, " ");

                        for (size_t k = 0; k < i; k++)
                                if (advice_example_at(k)->form == a->form &&
                                    text_has_word(advice_example_at(k)->classes, w, n))
                                        fail_msg("%.*s has two rows for %s", (int)n, w,
                                                 advice_form_info(a->form)->name);
                        w += n;
                }
        }
        for (size_t i = 0; advice_about_at(i); i++)
                for (const char *w = advice_about_at(i)->classes; *w; w += strspn(w, " ")) {
                        size_t n = strcspn(w, " ");

                        for (size_t k = 0; k < i; k++)
                                assert_false(text_has_word(advice_about_at(k)->classes, w, n));
                        w += n;
                }
}

/* One line of plain text without what would end a quotation of it. */
static void assert_plain(const char *text)
{
        unsigned ticks = 0;

        assert_true(text_is_printable(text, strlen(text)));
        assert_null(strstr(text, "```"));
        assert_true(strlen(text) > 20 && strlen(text) < 480);
        for (const char *c = text; *c; c++)
                ticks += *c == '`';
        assert_int_equal(ticks % 2, 0);
        assert_true(text[strlen(text) - 1] == '.');
}

static void every_class_has_advice_that_says_why_and_how(void **state)
{
        struct advice a;

        (void)state;
        for (int c = 0; c < _CLASS_MAX; c++) {
                advice_find(&a, c, ADVICE_TEXT);
                assert_plain(a.why);
                assert_plain(a.how);
        }
        /* of what is no credential not just what is said of any privilege */
        for (int c = 0; c < _CLASS_MAX; c++) {
                const struct class_info *class = finding_class_info((enum finding_class)c);
                bool named = class->kind == FINDING_SECRET;

                for (size_t i = 0; !named && advice_about_at(i); i++)
                        named = text_has_word(advice_about_at(i)->classes, class->name,
                                              strlen(class->name));
                if (!named)
                        fail_msg("%s has no advice of its own", class->name);
        }
        advice_find(&a, -1, ADVICE_TERRAFORM);
        assert_string_equal(a.why, "");
        assert_null(a.example);
        advice_find(&a, _CLASS_MAX, ADVICE_TERRAFORM);
        assert_string_equal(a.how, "");
}

static void every_form_says_how_it_takes_credentials(void **state)
{
        struct advice a;

        (void)state;
        for (int form = 0; form < _ADVICE_FORM_MAX; form++) {
                const struct advice_form_info *info = advice_form_info((enum advice_form)form);

                advice_find(&a, CLASS_GENERIC_API_KEY, (enum advice_form)form);
                if (!*a.text)
                        fail_msg("nothing is said of credentials in %s", info->title);
                for (int k = 0; k < form; k++)
                        assert_string_not_equal(info->name,
                                                advice_form_info((enum advice_form)k)->name);
        }
        for (size_t i = 0; advice_example_at(i); i++)
                assert_plain(advice_example_at(i)->text);
}

static void class_goes_before_kind_and_form_before_none(void **state)
{
        struct advice a, b;

        (void)state;
        advice_find(&a, CLASS_SESSION_HARDCODED_SECRET, ADVICE_JAVASCRIPT);
        advice_find(&b, CLASS_GENERIC_API_KEY, ADVICE_JAVASCRIPT);
        assert_non_null(strstr(a.example, "SESSION_SECRET"));
        assert_non_null(strstr(b.example, "API_TOKEN"));
        assert_ptr_not_equal(a.how, b.how);
        /* nothing of its own in this form: as any credential in it, but why is its own */
        advice_find(&a, CLASS_SESSION_HARDCODED_SECRET, ADVICE_DOTENV);
        advice_find(&b, CLASS_GENERIC_API_KEY, ADVICE_DOTENV);
        assert_ptr_equal(a.example, b.example);
        assert_ptr_not_equal(a.why, b.why);
        /* no row of the class for the form, and none of the kind */
        advice_find(&a, CLASS_SUDOERS_NOPASSWD_ALL, ADVICE_PYTHON);
        assert_true(*a.how);
        assert_string_equal(a.text, "");
        assert_null(a.example);
}

static void form_is_told_by_kind_format_and_name(void **state)
{
        (void)state;
        assert_int_equal(advice_form(ARTEFACT_CI_WORKFLOW, "yaml", "x/.github/workflows/a.yml"),
                         ADVICE_GITHUB_ACTIONS);
        assert_int_equal(advice_form(ARTEFACT_CI_WORKFLOW, "yaml", "bitbucket-pipelines.yml"),
                         ADVICE_CI);
        assert_int_equal(advice_form(ARTEFACT_NONE, "yaml", "x/.github/workflows/a.yml"),
                         ADVICE_YAML);
        assert_int_equal(advice_form(ARTEFACT_NONE, "hcl", "main.tf"), ADVICE_TERRAFORM);
        assert_int_equal(advice_form(ARTEFACT_POLICY_CODE, "hcl", "app.hcl"), ADVICE_VAULT_POLICY);
        assert_int_equal(advice_form(ARTEFACT_AGENT_CONFIG, "", ".claude/hooks/check.py"),
                         ADVICE_PYTHON);
        assert_int_equal(advice_form(ARTEFACT_NONE, NULL, "a/b"), ADVICE_TEXT);
        assert_int_equal(advice_form(ARTEFACT_NONE, "", ""), ADVICE_TEXT);
        assert_int_equal(advice_form(ARTEFACT_DOTENV, "dotenv", "/srv/w/.env.local"),
                         ADVICE_DOTENV);
}

/* --- the examples ------------------------------------------------------------------------------- */

struct bed {
        struct ruleset *rules;
        struct detector *detector;
        struct scan_result *res;
};

static int setup(void **state)
{
        static struct bed b;
        struct ruleset_error error = {0};
        struct detector_options options = {.parse_max = 1 << 20};

        b.rules = shipped_rules();
        assert_int_equal(detector_new(&b.detector, b.rules, &options, &error), 0);
        b.res = calloc(1, sizeof(*b.res));
        assert_non_null(b.res);
        *state = &b;
        return 0;
}

static int teardown(void **state)
{
        struct bed *b = *state;

        (void)detector_free(b->detector);
        (void)ruleset_free(b->rules);
        free(b->res);
        return 0;
}

static void scan(struct bed *b, const char *path, const char *text)
{
        detector_scan(b->detector, path, S_IFREG | 0600, (const uint8_t *)text, strlen(text),
                      b->res);
}

/* How often who reads a note will scroll, and what a fence in Markdown cannot hold. */
static void examples_are_short_and_end_their_lines(void **state)
{
        (void)state;
        for (size_t i = 0; advice_example_at(i); i++) {
                const char *text = advice_example_at(i)->example;
                unsigned lines = 0;

                for (const char *line = text; line && *line; lines++) {
                        const char *end = strchr(line, '\n');

                        assert_non_null(end);
                        if (end - line > 160)
                                fail_msg("%.*s is long", (int)(end - line), line);
                        line = end + 1;
                }
                if (lines > 44)
                        fail_msg("%u lines: %s", lines, text);
                assert_true(!text || !strstr(text, "```"));
        }
}

static unsigned check_example(struct bed *b, const struct advice_example *e)
{
        const struct advice_form_info *info = advice_form_info(e->form);
        unsigned bad = 0;

        scan(b, info->sample, e->example);
        enum advice_form form =
                advice_form((enum artefact_kind)b->res->artefact, b->res->format, info->sample);
        if (form != e->form) {
                print_error("%s: \"%s\" is taken for %s (%s, format '%s')\n", info->name, e->text,
                            advice_form_info(form)->name, artefact_kind_to_string(b->res->artefact),
                            b->res->format);
                bad++;
        }
        for (uint32_t i = 0; i < b->res->n_findings; i++) {
                const struct finding *f = &b->res->findings[i];

                print_error("%s: \"%s\" line %u: %s (%s, %s) %s %s\n", info->name, e->text, f->line,
                            f->rule, finding_class_to_string(f->class),
                            severity_to_string(f->severity), f->redacted, f->detail);
                bad++;
        }
        for (unsigned i = 0; i < b->res->n_gaps; i++) {
                print_error("%s: \"%s\" line %u: %s\n", info->name, e->text, b->res->gaps[i].line,
                            reason_to_string(b->res->gaps[i].reason));
                bad++;
        }
        return bad;
}

static void examples_are_of_their_form_and_clean(void **state)
{
        unsigned bad = 0, n = 0;

        for (size_t i = 0; advice_example_at(i); i++) {
                if (!advice_example_at(i)->example)
                        continue;
                bad += check_example(*state, advice_example_at(i));
                n++;
        }
        assert_true(n > 150);
        assert_int_equal(bad, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_of_classes_are_names_of_classes),
                cmocka_unit_test(no_row_hides_another),
                cmocka_unit_test(every_class_has_advice_that_says_why_and_how),
                cmocka_unit_test(every_form_says_how_it_takes_credentials),
                cmocka_unit_test(class_goes_before_kind_and_form_before_none),
                cmocka_unit_test(form_is_told_by_kind_format_and_name),
                cmocka_unit_test(examples_are_short_and_end_their_lines),
                cmocka_unit_test(examples_are_of_their_form_and_clean),
        };

        return cmocka_run_group_tests(tests, setup, teardown);
}
