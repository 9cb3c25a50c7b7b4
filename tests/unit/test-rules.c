/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Every shipped rule against its own examples: each bad one must be found by that rule (at its
 * line, if it says one), no good one may. The packs are read from $top_srcdir/detectors/rules.
 */
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "detectors/detect.h"
#include "tests/unit/test.h"

struct fixture {
        struct ruleset *rules;
        struct detector *detector;
        struct scan_result *result;
};

static void load_pack(struct ruleset *rules, const char *path)
{
        _cleanup_buffer_ struct buffer b = BUFFER_NULL;
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        struct ruleset_error error = {0};
        char block[4096];
        size_t n;

        assert_non_null(f);
        while ((n = fread(block, 1, sizeof(block), f)) > 0)
                buffer_append(&b, block, n);
        assert_int_equal(b.error, 0);
        const char *name = strrchr(path, '/') + 1;
        int r = ruleset_add(rules, name, b.data ? b.data : "", b.len, &error);
        if (r < 0)
                fail_msg("%s:%u:%u: %s", name, error.line, error.column, error.message);
}

static int set_up(void **state)
{
        static struct fixture fx;
        const char *top = getenv("top_srcdir");
        const struct detector_options options = {0};
        struct ruleset_error error = {0};
        glob_t found = {0};
        char pattern[4096];

        (void)snprintf(pattern, sizeof(pattern), "%s/detectors/rules/*.yaml", top ? top : ".");
        assert_int_equal(ruleset_new(&fx.rules), 0);
        assert_int_equal(glob(pattern, 0, NULL, &found), 0);
        for (size_t i = 0; i < found.gl_pathc; i++)
                load_pack(fx.rules, found.gl_pathv[i]);
        globfree(&found);
        if (detector_new(&fx.detector, fx.rules, &options, &error) < 0)
                fail_msg("%s", error.message);
        fx.result = calloc(1, sizeof(*fx.result));
        assert_non_null(fx.result);
        *state = &fx;
        return 0;
}

static int tear_down(void **state)
{
        struct fixture *fx = *state;

        /* the set-up failed */
        if (!fx)
                return 0;
        (void)detector_free(fx->detector);
        (void)ruleset_free(fx->rules);
        free(fx->result);
        return 0;
}

/* The rule's finding in an example, at its line if it has one. */
static const struct finding *find(struct fixture *fx, const struct rule *rule,
                                  const struct rule_example *e)
{
        detector_scan(fx->detector, e->path, e->mode, (const uint8_t *)e->text, e->size,
                      fx->result);
        for (uint32_t i = 0; i < fx->result->n_findings; i++) {
                const struct finding *f = &fx->result->findings[i];

                if (strcmp(f->rule, rule->id) == 0 && (e->line == 0 || e->line == f->line))
                        return f;
        }
        return NULL;
}

static void say_what_was_found(const struct fixture *fx)
{
        for (uint32_t i = 0; i < fx->result->n_findings; i++)
                print_message("    found instead: %s at line %u (%s)\n",
                              fx->result->findings[i].rule, fx->result->findings[i].line,
                              fx->result->findings[i].detail);
        if (fx->result->n_findings == 0)
                print_message("    nothing was found; format '%s', artefact %s\n",
                              fx->result->format, artefact_kind_to_string(fx->result->artefact));
}

static void every_bad_example_is_found_by_its_rule(void **state)
{
        struct fixture *fx = *state;
        unsigned missed = 0;

        for (size_t i = 0; i < ruleset_count(fx->rules); i++) {
                const struct rule *rule = ruleset_at(fx->rules, i);

                for (size_t k = 0; k < rule->n_bad && rule->enabled; k++) {
                        if (find(fx, rule, &rule->bad[k]))
                                continue;
                        print_message("%s:%u: rule %s misses its bad example%s\n", rule->pack,
                                      rule->bad[k].at, rule->id,
                                      rule->bad[k].line ? " at the line it says" : "");
                        say_what_was_found(fx);
                        missed++;
                }
        }
        assert_int_equal(missed, 0);
}

static void no_good_example_is_found_by_its_rule(void **state)
{
        struct fixture *fx = *state;
        unsigned alarms = 0;

        for (size_t i = 0; i < ruleset_count(fx->rules); i++) {
                const struct rule *rule = ruleset_at(fx->rules, i);

                for (size_t k = 0; k < rule->n_good && rule->enabled; k++) {
                        const struct finding *f = find(fx, rule, &rule->good[k]);
                        if (!f)
                                continue;
                        print_message("%s:%u: rule %s finds line %u of its good example (%s)\n",
                                      rule->pack, rule->good[k].at, rule->id, f->line, f->detail);
                        alarms++;
                }
        }
        assert_int_equal(alarms, 0);
}

static void every_rule_has_two_examples_of_each(void **state)
{
        struct fixture *fx = *state;
        unsigned poor = 0;

        for (size_t i = 0; i < ruleset_count(fx->rules); i++) {
                const struct rule *rule = ruleset_at(fx->rules, i);

                if (rule->n_bad >= 2 && rule->n_good >= 2)
                        continue;
                print_message("%s:%u: rule %s has %zu bad and %zu good examples\n", rule->pack,
                              rule->line, rule->id, rule->n_bad, rule->n_good);
                poor++;
        }
        assert_int_equal(poor, 0);
}

/* What is shown of a secret must not be enough to use it. */
static void no_bad_example_shows_its_secret(void **state)
{
        struct fixture *fx = *state;

        for (size_t i = 0; i < ruleset_count(fx->rules); i++) {
                const struct rule *rule = ruleset_at(fx->rules, i);

                for (size_t k = 0; k < rule->n_bad && rule->enabled; k++) {
                        const struct finding *f = find(fx, rule, &rule->bad[k]);
                        if (!f || finding_kind_of(f) != FINDING_SECRET || f->length < 8)
                                continue;
                        assert_true(finding_valid(f));
                        const char *dots = strstr(f->redacted, "…");
                        if (rule->matcher == MATCHER_PATTERN) {
                                assert_non_null(dots);
                                assert_true(dots - f->redacted <= 4);
                        }
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_bad_example_is_found_by_its_rule),
                cmocka_unit_test(no_good_example_is_found_by_its_rule),
                cmocka_unit_test(every_rule_has_two_examples_of_each),
                cmocka_unit_test(no_bad_example_shows_its_secret),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
