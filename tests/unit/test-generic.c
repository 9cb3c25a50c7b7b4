/* SPDX-FileCopyrightText: giad maintainers */
/*
 * The judgement of values without a known shape: by form, by what they refer to, by where they
 * stand.
 */
#include <nettle/base64.h>
#include <stdio.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/secrets/context.h"
#include "detectors/secrets/form.h"
#include "detectors/secrets/generic.h"
#include "detectors/secrets/placeholder.h"
#include "tests/unit/test.h"

/* invented, and in two halves */
#define RANDOM             \
        "Kq7Zw2Lm9Rt4Xc6V" \
        "b1Nd8Fg3Hj5Ps0Ay"

static enum form form(const char *s)
{
        return form_of((const uint8_t *)s, strlen(s));
}

static void forms_are_told(void **state)
{
        static const struct {
                enum form form;
                const char *s;
        } cases[] = {
                {FORM_UUID, "0b9f3c1e-7a52-4d18-9e6b-2f4c8d1a7e35"},
                {FORM_DIGEST, "d41d8cd98f00b204e9800998ecf8427e"},
                {FORM_DIGEST, "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
                {FORM_INTEGRITY, "sha512-v2kDEe57lecTulaDIuNTPy3Ry4gLGJ6Z1O3vE1krgXZNrsQ"},
                {FORM_INTEGRITY, "sha256:9f86d081884c7d659a2feaa0c55ad015"},
                {FORM_VERSION, "1.22.3"},
                {FORM_VERSION, "v2.0.0-rc.1"},
                {FORM_VERSION, "^4.17.21"},
                {FORM_DATE, "2024-01-31T12:00:00Z"},
                {FORM_MAIL, "first.last@mail.acme.io"},
                {FORM_COLOUR, "#a1b2c3"},
                {FORM_COLOUR, "rgba(12, 34, 56, 0.5)"},
                {FORM_LOCALE, "de_DE.UTF-8"},
                {FORM_LOCALE, "en-GB"},
                {FORM_SEQUENCE, "0123456789abcdef"},
                {FORM_SEQUENCE, "000102030405060708090a0b0c0d0e0f"},
                {FORM_SEQUENCE, "00112233445566778899aabbccddeeff"},
                {FORM_SEQUENCE, "abcdefghijklmnopqrstuvwxyz"},
                {FORM_SEQUENCE, "qwertyuiop"},
                {FORM_ENCODED, "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"},
                {FORM_ENCODED, "VGhpcyBpcyBhIHNlbnRlbmNlIG9mIHNvbWUgd29yZHMu"},
                {FORM_NONE, RANDOM},
                {FORM_NONE, "correct-horse"},
                {FORM_NONE, "Acme@2024!"},
                {FORM_NONE, "de_facto"},
                {FORM_NONE, ""},
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                if (form(cases[i].s) != cases[i].form)
                        fail_msg("%s: %d", cases[i].s, form(cases[i].s));
        assert_false(form_is_harmless(FORM_NONE));
        assert_false(form_is_harmless(FORM_UUID));
        assert_true(form_is_harmless(FORM_VERSION));
}

static void an_encoded_password_is_no_text(void **state)
{
        char coded[64] = "";

        (void)state;
        base64_encode_raw(coded, 24, (const uint8_t *)"correcthorsebatterystaple");
        assert_int_equal(form(coded), FORM_NONE);
}

static void references_are_told(void **state)
{
        static const char *const indirect[] = {"vault:secret/data/app#password",
                                               "op://vault/item/field",
                                               "ENC[AES256_GCM,data:x]",
                                               "process.env.TOKEN",
                                               "os.environ['X']",
                                               "arn:aws:kms:eu:1:key/x",
                                               "@component",
                                               "/etc/acme/token",
                                               "https://id.acme.io/token",
                                               "!vault |",
                                               "viper.GetString",
                                               "#section-name"};
        static const char *const direct[] = {RANDOM, "#S3cret!x", "^T+2N@31TP", "@dm1n+Pa$s",
                                             "hunter2"};

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(indirect); i++)
                if (!placeholder_indirect((const uint8_t *)indirect[i], strlen(indirect[i]), true))
                        fail_msg("%s", indirect[i]);
        for (size_t i = 0; i < ELEMENTSOF(direct); i++)
                if (placeholder_indirect((const uint8_t *)direct[i], strlen(direct[i]), true))
                        fail_msg("%s", direct[i]);
        assert_true(placeholder_indirect((const uint8_t *)"self->token", 11, false));
        assert_false(placeholder_indirect((const uint8_t *)"self->token", 11, true));
        assert_true(placeholder_word((const uint8_t *)"Passwort", 8));
        assert_false(placeholder_word((const uint8_t *)"hunter2", 7));
}

static void paths_say_what_a_file_is_for(void **state)
{
        (void)state;
        assert_true(context_is_code("src/main.go"));
        assert_false(context_is_code("etc/app.yml"));
        assert_true(context_is_document("docs/README"));
        assert_true(context_is_document("a.md"));
        assert_false(context_is_document("/srv/readme/app.yml"));
        assert_true(context_is_sample("a/tests/unit/app.yml"));
        assert_true(context_is_sample("client_test.go"));
        assert_true(context_is_sample("api.examples.json"));
        assert_false(context_is_sample("contest/latest/attested.yml"));
        /* what stands far above is the host's choice */
        assert_false(context_is_sample("/srv/test/a/b/c/d/app.yml"));
        assert_true(context_is_messages("app/locales/de.json"));
        assert_false(context_is_messages("language.json"));
}

/* Judges value as what is assigned to name in the file at path. */
static bool assigned(const char *path, const char *name, const char *between, const char *value,
                     struct judgement *ret)
{
        char text[512];
        int n = snprintf(text, sizeof(text), "%s%s%s\n", name, between, value);
        bool quoted = value[0] == '"';
        size_t start = strlen(name) + strlen(between) + quoted;
        struct judge_case c = {.path = path,
                               .data = (const uint8_t *)text,
                               .size = (size_t)n,
                               .end = (size_t)n - 1,
                               .secret_start = start,
                               .secret_end = (size_t)n - 1 - quoted};

        *ret = (struct judgement){.confidence = CONFIDENCE_LOW, .severity = SEVERITY_HIGH};
        return generic_validate(&c, ret);
}

static void confidence_follows_name_and_value(void **state)
{
        struct judgement j;

        (void)state;
        assert_true(assigned("app.yml", "api_token", ": ", "\"" RANDOM "\"", &j));
        assert_int_equal(j.confidence, CONFIDENCE_HIGH);
        assert_true(assigned("app.yml", "db_password", ": ", "\"" RANDOM "\"", &j));
        assert_int_equal(j.confidence, CONFIDENCE_HIGH);
        /* some key */
        assert_true(assigned("app.yml", "beamer_key", ": ", "\"" RANDOM "\"", &j));
        assert_int_equal(j.confidence, CONFIDENCE_LOW);
        /* a password that somebody made up */
        assert_true(assigned("app.yml", "db_password", ": ", "\"Falcon!1987\"", &j));
        assert_int_equal(j.confidence, CONFIDENCE_MEDIUM);
        assert_true(assigned("app.yml", "password", ": ", "hunter2", &j));
        assert_int_equal(j.confidence, CONFIDENCE_LOW);
        assert_int_equal(j.severity, SEVERITY_LOW);
        assert_int_equal(j.class, CLASS_WEAK_PASSWORD);
        /* a test, a manual */
        assert_true(assigned("tests/app.yml", "api_token", ": ", "\"" RANDOM "\"", &j));
        assert_int_equal(j.confidence, CONFIDENCE_LOW);
        assert_true(assigned("README.md", "api_token", ": ", "\"" RANDOM "\"", &j));
        assert_int_equal(j.confidence, CONFIDENCE_MEDIUM);
        /* an expression or a literal: unquoted text of code can be both */
        assert_true(assigned("a.py", "api_token", " = ", RANDOM, &j));
        assert_int_equal(j.confidence, CONFIDENCE_LOW);
        /* counted up */
        assert_true(assigned("a.ini", "api_token", " = ", "abcdefghijklmnopqrstuvwxyz012345", &j));
        assert_int_equal(j.confidence, CONFIDENCE_LOW);
}

static void what_is_no_credential_is_let_be(void **state)
{
        static const struct {
                const char *path, *name, *between, *value;
        } cases[] = {
                {"a.yml", "token_id", ": ", "\"" RANDOM "\""},
                {"a.yml", "revision_key", ": ", "\"da8aedfd48402f7ee23e0080f37bb8801481a04b\""},
                {"a.yml", "public_key", ": ", "\"" RANDOM "\""},
                {"a.yml", "secret_path", ": ", "\"" RANDOM "\""},
                {"a.yml", "api_token", ": ", "\"my_service_token_provider\""},
                {"a.yml", "api_token", ": ", "\"2024-01-31T12:00:00Z\""},
                {"a.yml", "api_token", ": ", "\"${API_TOKEN}\""},
                {"a.yml", "password", ": ", "\"Enter your password\""},
                {"a.graphql", "password", ": ", "String!"},
                {"a.go", "password", " = ", "cfg.Database.Password"},
                {"a.pp", "CURLOPT_PASSWORD", ":=", "CURLOPTTYPE_STRINGPOINT+174"},
                {"a.sh", "--password", " ", "string"},
                {"a.txt", "pass", " ", "\"dict.Myfunc\""},
                {"ssl.h", "SSL_TXT_kPSK", " = ", "\"kPSK\""},
                {"tls.h", "WRITE_KEY", " = ", "\"\\x63\\x6c\\x69\\x65\""},
        };
        struct judgement j;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                if (assigned(cases[i].path, cases[i].name, cases[i].between, cases[i].value, &j))
                        fail_msg("%s%s%s", cases[i].name, cases[i].between, cases[i].value);
}

static void an_option_is_an_assignment(void **state)
{
        struct judgement j;

        (void)state;
        assert_true(assigned("a.sh", "--password", " ", "Falcon!1987", &j));
        assert_true(assigned("a.sh", "--api-token", " ", RANDOM, &j));
        assert_false(assigned("a.txt", "password", " ", "Falcon!1987", &j));
}

static void a_passphrase_has_spaces(void **state)
{
        struct judgement j;

        (void)state;
        assert_true(assigned("a.ini", "passphrase", " = ", "\"copper lantern drifts below\"", &j));
        assert_int_equal(j.confidence, CONFIDENCE_LOW);
        assert_false(assigned("a.ini", "passphrase", " = ", "\"please enter it here again\"", &j));
        assert_false(assigned("a.ini", "passphrase", " = ", "\"Copper lantern drifts below\"", &j));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(forms_are_told),
                cmocka_unit_test(an_encoded_password_is_no_text),
                cmocka_unit_test(references_are_told),
                cmocka_unit_test(paths_say_what_a_file_is_for),
                cmocka_unit_test(confidence_follows_name_and_value),
                cmocka_unit_test(what_is_no_credential_is_let_be),
                cmocka_unit_test(an_option_is_an_assignment),
                cmocka_unit_test(a_passphrase_has_spaces),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
