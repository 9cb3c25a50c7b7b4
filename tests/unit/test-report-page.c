/* SPDX-FileCopyrightText: giad maintainers */
/* What a report is made with: escaping, and the first items of an order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/html.h"
#include "daemon/ctl/report.h"
#include "tests/unit/test.h"

/* What fn writes, to be freed. */
static char *written(void (*fn)(FILE *out, const char *s), const char *s)
{
        char *text = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&text, &n);

        assert_non_null(out);
        fn(out, s);
        assert_int_equal(fclose(out), 0);
        return text;
}

static void is(void (*fn)(FILE *out, const char *s), const char *s, const char *want)
{
        char *text = written(fn, s);

        assert_string_equal(text, want);
        free(text);
}

static void no_name_means_anything_to_html(void **state)
{
        (void)state;
        is(html_text, "<script>&\"'</script>", "&lt;script&gt;&amp;&quot;&#39;&lt;/script&gt;");
        is(html_text, "a\x01\n\xff", "a\\x01\\x0a\\xff");
        is(html_text, "x\xe2\x80\xaegpj", "x\\xe2\\x80\\xaegpj");
        is(html_text, "\xd7\xa9\xd7\x9c", "\xd7\xa9\xd7\x9c");
        is(html_pill, "\"><img>",
           "<span class=\"pill p-&quot;&gt;&lt;img&gt;\">&quot;&gt;&lt;img&gt;</span>");
        /* every byte that there is */
        for (unsigned c = 1; c < 256; c++) {
                const char one[] = {(char)c, '\0'};
                char *text = written(html_text, one);

                assert_null(strpbrk(text, "<>\"'"));
                assert_true(*text != '&' || strchr(text, ';'));
                free(text);
        }
}

static void times_are_cut_and_never_run_over(void **state)
{
        (void)state;
        is(html_time, "2026-01-31T12:34:56.789012Z",
           "<time datetime=\"2026-01-31T12:34:56.789012Z\">2026-01-31 12:34</time>");
        is(html_time, "", "&ndash;");
        is(html_time, "2026-01-31T12", "&ndash;");
}

static void put_number(FILE *out, const char *s)
{
        html_number(out, strtod(s, NULL));
}

static void numbers_are_grouped(void **state)
{
        (void)state;
        is(put_number, "0", "0");
        is(put_number, "999", "999");
        is(put_number, "1000", "1&#8239;000");
        is(put_number, "1234567", "1&#8239;234&#8239;567");
}

/* From the specification of Content Security Policy, level 3. */
static void the_hash_is_what_a_browser_computes(void **state)
{
        char hash[HTML_HASH_MAX];

        (void)state;
        html_hash(hash, "doSomething();", 14);
        assert_string_equal(hash, "'sha256-RFWPLDbv2BY+rCkDzsE+0fr8ylGr2R2faWMhq4lfEQc='");
}

static int by_number(const cJSON *a, const cJSON *b)
{
        return (a->valuedouble > b->valuedouble) - (a->valuedouble < b->valuedouble);
}

/* Whatever comes in which order: the first of all, in order. */
static void the_first_of_an_order_are_kept(void **state)
{
        static const size_t maxima[] = {1, 2, 10, 99, 1000, 5000};

        (void)state;
        for (size_t m = 0; m < ELEMENTSOF(maxima); m++) {
                struct report r = {.inventory = {.max = maxima[m], .compare = by_number}};
                struct best *b = &r.inventory;

                for (unsigned i = 0; i < 4001; i++) {
                        cJSON *item = cJSON_CreateNumber(i * 1787u % 4001);

                        assert_int_equal(best_add(b, item), 0);
                        cJSON_Delete(item);
                        assert_true(b->n <= 2 * b->max + 1);
                }
                best_finish(b);
                assert_int_equal(b->seen, 4001);
                assert_int_equal(b->n, MIN_OF(maxima[m], (size_t)4001));
                for (size_t i = 0; i < b->n; i++)
                        assert_int_equal(b->list[i]->valuedouble, i);
                report_done(&r);
        }
}

static void names_are_counted_and_sorted(void **state)
{
        struct report r = {.made = 0};
        struct tallies *t = &r.classes;
        char name[16];

        (void)state;
        for (unsigned i = 0; i < 9; i++)
                assert_int_equal(tallies_add(t, "often", SEVERITY_LOW), 0);
        assert_int_equal(tallies_add(t, "grave", SEVERITY_CRITICAL), 0);
        assert_int_equal(tallies_add(t, "graver", SEVERITY_CRITICAL), 0);
        assert_int_equal(tallies_add(t, "graver", SEVERITY_CRITICAL), 0);
        tallies_sort(t);
        assert_string_equal(t->list[0].name, "graver");
        assert_string_equal(t->list[1].name, "grave");
        assert_string_equal(t->list[2].name, "often");
        tallies_sort_by_total(t);
        assert_string_equal(t->list[0].name, "often");
        assert_int_equal(tallies_count(t, "often"), 9);
        assert_int_equal(tallies_count(t, "never"), 0);
        /* names that somebody makes up by the thousand */
        for (unsigned i = 0; i < 3000; i++) {
                (void)snprintf(name, sizeof(name), "%u", i);
                assert_int_equal(tallies_add(t, name, SEVERITY_INFO), 0);
        }
        assert_int_equal(t->n, 1000);
        report_done(&r);
}

static void every_reason_has_a_remedy(void **state)
{
        (void)state;
        for (int i = REASON_NONE + 1; i < _REASON_MAX; i++)
                if (!*reason_remedy((enum reason)i))
                        fail_msg("common/model/remedies.def: none for %s", reason_to_string(i));
        assert_string_equal(reason_remedy(_REASON_MAX), "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(no_name_means_anything_to_html),
                cmocka_unit_test(times_are_cut_and_never_run_over),
                cmocka_unit_test(numbers_are_grouped),
                cmocka_unit_test(the_hash_is_what_a_browser_computes),
                cmocka_unit_test(the_first_of_an_order_are_kept),
                cmocka_unit_test(names_are_counted_and_sorted),
                cmocka_unit_test(every_reason_has_a_remedy),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
