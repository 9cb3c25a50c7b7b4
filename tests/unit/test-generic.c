/* SPDX-FileCopyrightText: giad maintainers */
/*
 * The judgement of values without a known shape: by form, by what they refer to, by where they
 * stand.
 */
#include <nettle/base64.h>
#include <stdio.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/context.h"
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
                {FORM_SEQUENCE, "Asdf1234asdf1234asdf1234"},
                {FORM_SEQUENCE, "EXAMP12-EXAMP12-EXAMP12"},
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
        assert_true(context_is_code("infra/main.bicep"));
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
                {"sudoers", "NOPASSWD", ": ", "RESTART"},
                {"a.sh", "--api", " ", "00000003-0000-0000-c000-000000000000"},
                {"a.yml", "revision_key", ": ", "\"da8aedfd48402f7ee23e0080f37bb8801481a04b\""},
                {"a.yml", "public_key", ": ", "\"" RANDOM "\""},
                {"a.yml", "secret_path", ": ", "\"" RANDOM "\""},
                {"a.yml", "secret_for_bob_id", ": ", "\"" RANDOM "\""},
                {"a.yml", "password", ": ",
                 "\"a\xff\xfe\x80"
                 "b12\""},
                {"a.js", "clientSecret", ": ", "\"clientSecret\""},
                {"a.yml", "secret", ": ", "\"team/db-credentials\""},
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

static void words_in_a_secrets_place_are_weak(void **state)
{
        static const struct {
                const char *name, *value;
        } cases[] = {
                {"secret", "\"notVeryHighEntropy\""},
                {"jwt_secret", "\"development#product\""},
                {"api_key", "\"copper lantern drifts below\""},
                {"oauth_secret", "ab,@*?!-c,d"},
                {"contrasena", "\"hunter2\""},
                {"pw", "\"hunter2\""},
        };
        struct judgement j;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                if (!assigned("a.ini", cases[i].name, " = ", cases[i].value, &j))
                        fail_msg("%s", cases[i].name);
                assert_int_equal(j.severity, SEVERITY_LOW);
                assert_int_equal(j.confidence, CONFIDENCE_LOW);
        }
        /* on the way to another end */
        assert_true(assigned("a.ini", "todo_secret_do_not_commit", " = ", RANDOM, &j));
        /* one of many; a short digest */
        assert_true(assigned("a.yml", "x_ApiKey", ": ", "\"48205d4ffd7feba3\"", &j));
        assert_int_equal(j.confidence, CONFIDENCE_LOW);
}

/* What stands between the bars is the secret. */
static bool judged(judge_validator_fn validate, const char *path, const char *text,
                   struct judgement *ret)
{
        char plain[1024];
        size_t n = 0, bars[2] = {0}, n_bars = 0;

        for (const char *p = text; *p; p++)
                if (*p == '|' && n_bars < 2)
                        bars[n_bars++] = n;
                else
                        plain[n++] = *p;
        assert_int_equal(n_bars, 2);
        /* the match begins at the last word before the secret */
        size_t start = bars[0];
        while (start > 0 && plain[start - 1] != '\n')
                start--;
        while (start < bars[0] && strchr("\"' ", plain[start]))
                start++;
        struct judge_case c = {.path = path,
                               .data = (const uint8_t *)plain,
                               .size = n,
                               .start = start,
                               .end = n,
                               .secret_start = bars[0],
                               .secret_end = bars[1]};

        *ret = (struct judgement){.confidence = CONFIDENCE_LOW, .severity = SEVERITY_HIGH};
        return validate(&c, ret);
}

static void what_stands_beside_a_user_is_a_password(void **state)
{
        static const char *const passwords[] = {
                "username 'build'\npassword '|password|'\n",
                "password \"|open sesame|\"\nuser \"aladdin\"\n",
                "a\nuser => 'joe',\nx => 1,\npassword => '|thisismypassword|',\n",
                "\"login\": \"x.y@acme.io\",\n\"password\": \"|secret|\"\n",
        };
        static const char *const others[] = {
                /* fields are mapped; nobody's; a call */
                "username: \"username\"\npassword: \"|password|\"\n",
                "path: \"/login\"\npassword: \"|password|\"\n",
                "user = getuser()\npassword = \"|password|\"\n",
                "user: bob\n\n\n\npassword: \"|password|\"\n",
                "user: \"bob\"\npassword: \"|is the password right|\"\n",
        };
        struct judgement j;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(passwords); i++) {
                if (!judged(generic_validate, "a.conf", passwords[i], &j))
                        fail_msg("%s", passwords[i]);
                assert_int_equal(j.class, CLASS_WEAK_PASSWORD);
        }
        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                if (judged(generic_validate, "a.conf", others[i], &j))
                        fail_msg("%s", others[i]);
}

static void a_prefix_makes_a_token(void **state)
{
        static const char hex[] = "acme_|x_0b9f3c1e7a524d189e6b2f4c8d1a7e35|";
        struct judgement j;

        (void)state;
        assert_true(judged(generic_validate_prefixed, "a.txt", "|nvx-" RANDOM "|", &j));
        assert_true(judged(generic_validate_prefixed, "a.c", "f(\"|nvx-" RANDOM "|\")", &j));
        /* an identifier, an id, a digest */
        assert_false(judged(generic_validate_prefixed, "a.c", "f(|nvx_" RANDOM "|)", &j));
        assert_false(
                judged(generic_validate_prefixed, "a.json", "\"Id\": \"|cg_" RANDOM "|\"", &j));
        assert_false(judged(generic_validate_prefixed, "a.txt", hex, &j));
        assert_false(judged(generic_validate_prefixed, "a.txt",
                            "|some_VeryLongIdentifierOfThisProgram|", &j));
        /* the head says what it is */
        assert_true(judged(generic_validate_prefixed, "a.txt",
                           "|acme_sk_0b9f3c1e7a524d189e6b2f4c8d1a7e35|", &j));
}

static void a_value_of_a_service_is_random_or_assigned(void **state)
{
        struct judgement j;

        (void)state;
        assert_true(judged(generic_validate_vendor, "a.txt", "acme |" RANDOM "|", &j));
        assert_true(judged(generic_validate_vendor, "a.yml", "acme_key: |8195513847023883|", &j));
        assert_int_equal(j.severity, SEVERITY_LOW);
        assert_false(judged(generic_validate_vendor, "a.txt", "acme |8195513847023883|", &j));
        assert_false(judged(generic_validate_vendor, "a.py", "acme = |AcmeClientWithRetries|", &j));
        assert_true(judged(generic_validate_vendor, "a.yml", "acme_client_id: |" RANDOM "|", &j));
        assert_int_equal(j.severity, SEVERITY_INFO);
}

static void a_strong_password_is_nothing_else(void **state)
{
        struct judgement j;

        (void)state;
        assert_true(judged(generic_validate_strong, "a.txt", "10.0.0.7 root |Falcon!1987|", &j));
        assert_false(judged(generic_validate_strong, "a.txt", "10.0.0.7 root |DWARFv5.|", &j));
        assert_false(
                judged(generic_validate_strong, "a.txt", "10.0.0.7 root |Alice_9/x.json|", &j));
        assert_false(judged(generic_validate_strong, "a.txt", "10.0.0.7 root |falcon!1987|", &j));
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
                cmocka_unit_test(words_in_a_secrets_place_are_weak),
                cmocka_unit_test(what_stands_beside_a_user_is_a_password),
                cmocka_unit_test(a_prefix_makes_a_token),
                cmocka_unit_test(a_value_of_a_service_is_random_or_assigned),
                cmocka_unit_test(a_strong_password_is_nothing_else),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
