/* SPDX-FileCopyrightText: giad maintainers */
#include <locale.h>
#include <string.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/event-line.h"
#include "tests/unit/test.h"

static const struct ctl plain = {.colour = false}, coloured = {.colour = true};

/* The line of an event, of which the JSON has ' for ". */
static const char *line_of(const struct ctl *ctl, const char *text, unsigned width)
{
        static char line[8192];
        _cleanup_buffer_ struct buffer out = BUFFER_NULL;
        char json[4096];

        (void)snprintf(json, sizeof(json), "%s", text);
        for (char *s = json; *s; s++)
                *s = *s == '\'' ? '"' : *s;
        cJSON *event = cJSON_Parse(json);
        assert_non_null(event);
        event_line(ctl, event, width, false, &out);
        cJSON_Delete(event);
        assert_int_equal(out.error, 0);
        (void)snprintf(line, sizeof(line), "%s", out.data);
        return line;
}

#define FINDING                                                                                \
        "{'event':'finding','time':'2026-01-31T12:34:56.789012Z','severity':'high',"           \
        "'agent':'alice','workspace':'/w','path':'/w/deep/down/in/the/tree/main.tf','line':9," \
        "'title':'Primitive role granted in Google Cloud','message':'unused'"

static void a_finding_says_when_how_bad_whose_where_and_what(void **state)
{
        (void)state;
        assert_string_equal(line_of(&plain, FINDING "}", 0),
                            "12:34:56 high            alice        "
                            "/w/deep/down/in/the/tree/main.tf:9  "
                            "Primitive role granted in Google Cloud\n");
        assert_string_equal(line_of(&plain, FINDING ",'action':'suppressed'}", 0),
                            "12:34:56 high            alice        "
                            "/w/deep/down/in/the/tree/main.tf:9  "
                            "Primitive role granted in Google Cloud → suppressed\n");
        assert_string_equal(line_of(&coloured, FINDING "}", 0),
                            "\x1b[2m12:34:56\x1b[0m \x1b[31mhigh            \x1b[0malice        "
                            "/w/deep/down/in/the/tree/main.tf:9  "
                            "Primitive role granted in Google Cloud\n");
}

static unsigned characters(const char *s)
{
        unsigned n = 0;

        for (; *s && *s != '\n'; s++)
                n += ((unsigned char)*s & 0xc0) != 0x80;
        return n;
}

static void no_line_is_wider_than_the_terminal(void **state)
{
        static const char *const events[] = {
                FINDING "}",
                FINDING ",'action':'suppressed'}",
                "{'event':'verdict','severity':'high','agent':'a-very-long-name-of-an-agent',"
                "'path':'/w/x','policy':'/etc/giad/giad.yaml:12','action':'require-approval'}",
                "{'event':'gap-opened','workspace':'/a/rather/long/path/of/a/workspace',"
                "'reason':'watch-limit','detail':'a long story of what went wrong and why'}",
                "{'event':'started','message':'a sentence that says that giad has started, and "
                "with which configuration it did so, and a little more'}",
                "{'event':'artefact','path':'/w/"
                "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97','artefact':'dotenv'}",
                "{}",
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(events); i++)
                for (unsigned width = 78; width < 200; width++)
                        assert_in_range(characters(line_of(&plain, events[i], width)), 0, width);
        /* the path loses its beginning, the words their end, what was done nothing */
        assert_string_equal(line_of(&plain, FINDING ",'action':'suppressed'}", 90),
                            "12:34:56 high            alice        "
                            "…the/tree/main.tf:9  "
                            "Primitive role gr… → suppressed\n");
}

static void what_happened_to_a_file_is_told_by_what_matters(void **state)
{
        static const struct {
                const char *event, *rest;
        } cases[] = {
                {"{'event':'artefact','path':'/w/.env','artefact':'dotenv','message':'m'}",
                 "/w/.env  dotenv\n"},
                {"{'event':'verdict','path':'/w/.env','policy':'giad.yaml:9','action':"
                 "'quarantine'}",
                 "/w/.env  giad.yaml:9 → quarantine\n"},
                {"{'event':'quarantined','path':'/w/.env','quarantine_id':'01ABC'}",
                 "/w/.env  entry 01ABC\n"},
                {"{'event':'released','path':'/w/.env','operator':'bob','comment':'rotated'}",
                 "/w/.env  by bob: rotated\n"},
                {"{'event':'open-denied','path':'/w/.env','opener_comm':'cat'}",
                 "/w/.env  by cat\n"},
                {"{'event':'not-scanned','path':'/w/x','reason':'archive'}", "/w/x  archive\n"},
                {"{'event':'gap-opened','workspace':'/w','reason':'watch-limit','detail':'d'}",
                 "/w  watch-limit: d\n"},
                {"{'event':'ready','message':'giad is ready'}", "giad is ready\n"},
                {"{'event':'access-denied','operator':'eve','detail':'Status','message':'no'}",
                 "no\n"},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const char *line = line_of(&plain, cases[i].event, 0);
                const char *rest = line + 8 + 1 + 15 + 1 + 12 + 1;

                assert_string_equal(rest, cases[i].rest);
        }
}

static void nothing_in_an_event_reaches_the_terminal_raw(void **state)
{
        (void)state;
        const char *line = line_of(&plain,
                                   "{'event':'\\u001b[2J','time':'\\u001b\\u001b\\u001b','agent':"
                                   "'\\u202e','path':'/w/\\u001b[31m','title':'\\r\\n'}",
                                   100);
        assert_null(strchr(line, '\x1b'));
        assert_null(strchr(line, '\r'));
        assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_finding_says_when_how_bad_whose_where_and_what),
                cmocka_unit_test(no_line_is_wider_than_the_terminal),
                cmocka_unit_test(what_happened_to_a_file_is_told_by_what_matters),
                cmocka_unit_test(nothing_in_an_event_reaches_the_terminal_raw),
        };

        (void)setlocale(LC_ALL, "C.UTF-8");
        return cmocka_run_group_tests(tests, NULL, NULL);
}
