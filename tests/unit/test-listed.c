/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Credentials in lists and maps: which items are found, and where.
 */
#include <stdio.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/secrets/listed.h"
#include "detectors/secrets/name.h"
#include "tests/unit/test.h"

/* invented, each in two halves */
#define A            \
        "9dNt5CT9G3" \
        "4U8zQuWpQ5zz"
#define B              \
        "Qm7dRt2CT9k3" \
        "4Uxz8uWpB5za"

/* What stands between the bars is the list. Writes the items that are found, parted by spaces. */
static void find(const char *path, const char *text, char *ret, size_t size)
{
        uint8_t plain[1024];
        size_t n = 0, bars[2] = {0}, n_bars = 0, used = 0;

        for (const char *p = text; *p; p++)
                if (*p == '|')
                        bars[n_bars++] = n;
                else
                        plain[n++] = (uint8_t)*p;
        assert_int_equal(n_bars, 2);
        struct judge_case c = {.path = path,
                               .data = plain,
                               .size = n,
                               .start = strspn(text, "\""),
                               .end = n,
                               .secret_start = bars[0],
                               .group_start = bars[0]};

        ret[0] = '\0';
        do {
                struct judgement j = {.confidence = CONFIDENCE_LOW, .severity = SEVERITY_HIGH};

                c.secret_start = MAX_OF(c.secret_start, c.next);
                c.secret_end = bars[1];
                c.next = 0;
                if (listed_validate(&c, &j))
                        used += (size_t)snprintf(ret + used, size - used, "%s%.*s", used ? " " : "",
                                                 (int)(c.secret_end - c.secret_start),
                                                 (const char *)plain + c.secret_start);
        } while (c.next > 0);
}

static void items_are_found(void **state)
{
        static const struct {
                const char *path, *text, *found;
        } cases[] = {
                {"a.py", "tokens = [|\"" A "\", \"x\", \"" B "\"|]", A " " B},
                {"a.py", "TOKENS_BY_USER = {|'bob': '" A "', 'al': '" B "'|}", A " " B},
                {"a.rb", "tokens = {|:bob => \"" A "\"|}", A},
                {"a.tf", "tokens = {|\n  bob = \"" A "\"\n|}", A},
                {"a.sh", "TOKENS=(|" A " " B "|)", A " " B},
                {"a.yaml", "api_keys: [|" A ", " B "|]", A " " B},
                {"a.yaml", "tokens:\n|- " A "\n- \"" B "\"  # bob's|\n", A " " B},
                {"a.yaml", "tokens:\n|  bob: " A "\n  al: " B "|\n", A " " B},
                {"a.ini", "passwords =\n|    kJ8s2mQz01x\n    hunter2|\n", "kJ8s2mQz01x hunter2"},
                {"a.json", "\"passwords\": [|\"kJ8s2mQz01x\", \"hunter2\"|]",
                 "kJ8s2mQz01x hunter2"},
                /* a name in the singular */
                {"a.py", "password = (|\"kJ8s2mQz01x\"|)", "kJ8s2mQz01x"},
                {"a.py", "token_list = [|\"" A "\"|]", A},
        };
        char found[256];

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                find(cases[i].path, cases[i].text, found, sizeof(found));
                if (strcmp(found, cases[i].found) != 0)
                        fail_msg("%s: '%s'", cases[i].text, found);
        }
}

static void what_is_no_list_of_credentials_is_let_be(void **state)
{
        static const struct {
                const char *path, *text;
        } cases[] = {
                {"a.py", "tokens = [|\"NUMBER\", \"IDENTIFIER\"|]"},
                {"a.py", "password = config[|\"kJ8s2mQz01x\"|]"},
                {"a.py", "tokens = foo(a)[|\"kJ8s2mQz01x\"|]"},
                /* a field, not passwords */
                {"a.json", "\"password\": {|\"pattern\": \"kJ8s2mQz01x\"|}"},
                {"a.json", "\"secrets\": {|\"shape\": \"EnvironmentSecrets\"|}"},
                {"a.json", "\"passwords\": {|\"id\": \"" A "\", \"url\": \"" B "\"|}"},
                /* of a regular expression */
                {"a.json", "arn:secret:[|a-zA-Z0-9!/_+=.@-|]"},
                {"a.yaml", "secrets:\n|  - name: db-main\n  - name: registry-a81f|\n"},
                {"a.yaml", "tokens: [|${A}, <your token>|]"},
                {"a.py", "tokens = [||]"},
                {"a.py", "tokens = [|,,,\"|]"},
        };
        char found[256];

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                find(cases[i].path, cases[i].text, found, sizeof(found));
                if (found[0])
                        fail_msg("%s: '%s'", cases[i].text, found);
        }
}

static enum name_kind kind(const char *name)
{
        return name_kind((const uint8_t *)name, strlen(name));
}

static void whose_it_is_stands_behind_a_preposition(void **state)
{
        (void)state;
        assert_int_equal(kind("password_for_admin"), NAME_PASSWORD);
        assert_int_equal(kind("tokensByUser"), NAME_TOKEN);
        assert_int_equal(kind("sign_in_token"), NAME_TOKEN);
        assert_int_equal(kind("token_for_user_id"), NAME_OTHER);
        assert_int_equal(kind("public_key_of_bob"), NAME_OTHER);
        assert_int_equal(kind("list_of_things"), NAME_OTHER);
        assert_int_equal(kind("for"), NAME_OTHER);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(items_are_found),
                cmocka_unit_test(what_is_no_list_of_credentials_is_let_be),
                cmocka_unit_test(whose_it_is_stands_behind_a_preposition),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
