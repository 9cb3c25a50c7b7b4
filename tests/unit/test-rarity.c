/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Whether random text is told from names and words: two error rates over thousands of values, and
 * the same through the whole judgement of `TOKEN = "value"`.
 */
#include <stdio.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/secrets/generic.h"
#include "detectors/secrets/rarity.h"
#include "tests/unit/test.h"

#define BASE62 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* Names that the model has not been counted over. */
static const char *const names[] = {
#include "tests/unit/rarity-names.def"
};

/* xorshift: the same values in every run, on every machine */
static uint64_t next(uint64_t *state)
{
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        return *state >> 16;
}

static void fill(char *s, size_t n, const char *alphabet, uint64_t *state)
{
        size_t width = strlen(alphabet);

        for (size_t i = 0; i < n; i++)
                s[i] = alphabet[next(state) % width];
        s[n] = '\0';
}

static double surprise(const char *s)
{
        return rarity_surprise((const uint8_t *)s, strlen(s));
}

static bool is_found(const char *path, const char *name, const char *value, struct judgement *ret)
{
        char text[512];
        int n = snprintf(text, sizeof(text), "%s = \"%s\"\n", name, value);
        size_t start = strlen(name) + 4;
        struct judge_case c = {.path = path,
                               .data = (const uint8_t *)text,
                               .size = (size_t)n,
                               .end = (size_t)n - 1,
                               .secret_start = start,
                               .secret_end = start + strlen(value)};

        *ret = (struct judgement){.confidence = CONFIDENCE_LOW, .severity = SEVERITY_HIGH};
        return generic_validate(&c, ret);
}

static const struct {
        const char *what, *alphabet;
} kinds[] = {{"base62", BASE62},
             {"base64", BASE62 "+/"},
             {"base64url", BASE62 "-_"},
             {"base32", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"},
             {"base36", "abcdefghijklmnopqrstuvwxyz0123456789"},
             {"hex", "0123456789abcdef"}};
static const size_t lengths[] = {16, 20, 24, 32, 40, 64};

static void random_text_is_surprising(void **state)
{
        uint64_t seed = 88172645463325252u;
        char value[65];
        unsigned missed = 0, n = 0;

        (void)state;
        /* hex digits are told by being nothing else, not by how they follow each other */
        for (size_t k = 0; k + 1 < ELEMENTSOF(kinds); k++)
                for (size_t l = 0; l < ELEMENTSOF(lengths); l++)
                        for (unsigned i = 0; i < 500; i++, n++) {
                                fill(value, lengths[l], kinds[k].alphabet, &seed);
                                missed += surprise(value) < RARITY_WORDS;
                        }
        print_message("random text that reads like a name: %u of %u (%.2f %%)\n", missed, n,
                      100.0 * missed / n);
        assert_true(missed * 400 <= n);
}

static void names_are_not_surprising(void **state)
{
        unsigned wrong = 0;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                wrong += surprise(names[i]) >= RARITY_WORDS;
        print_message("names that look random: %u of %zu (%.2f %%)\n", wrong, ELEMENTSOF(names),
                      100.0 * wrong / (double)ELEMENTSOF(names));
        assert_true(ELEMENTSOF(names) >= 2000);
        assert_true(wrong * 80 <= ELEMENTSOF(names));
}

static void random_values_of_a_token_are_found(void **state)
{
        uint64_t seed = 2463534242u;
        char value[65];
        struct judgement j;
        unsigned all = 0, all_missed = 0;

        (void)state;
        for (size_t k = 0; k < ELEMENTSOF(kinds); k++) {
                unsigned missed = 0, n = 0;

                for (size_t l = 0; l < ELEMENTSOF(lengths); l++)
                        for (unsigned i = 0; i < 500; i++, n++) {
                                fill(value, lengths[l], kinds[k].alphabet, &seed);
                                missed += !is_found("a.ini", "api_token", value, &j);
                        }
                print_message("%s not found: %u of %u (%.2f %%)\n", kinds[k].what, missed, n,
                              100.0 * missed / n);
                all += n;
                all_missed += missed;
        }
        assert_true(all_missed * 100 <= all);
}

static void names_as_values_of_a_token_are_not_found(void **state)
{
        struct judgement j;
        unsigned wrong = 0, sure = 0;

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (is_found("a.ini", "api_token", names[i], &j)) {
                        wrong++;
                        sure += j.confidence > CONFIDENCE_LOW;
                }
        print_message("names taken for tokens: %u of %zu (%.2f %%), %u of them surely\n", wrong,
                      ELEMENTSOF(names), 100.0 * wrong / (double)ELEMENTSOF(names), sure);
        assert_true(wrong * 50 <= ELEMENTSOF(names));
        assert_true(sure * 100 <= ELEMENTSOF(names));
}

static void every_style_of_name_reads_like_words(void **state)
{
        static const char *const words[] = {"getUserAuthenticationTokenProvider",
                                            "my_very_long_configuration_name",
                                            "DefaultListableBeanFactory",
                                            "thisstringisalllowercase",
                                            "MAX_CONNECTION_POOL_SIZE",
                                            "some-kebab-cased-identifier",
                                            "com.acme.service.internal.Handler",
                                            "src/components/button/index",
                                            "Donaudampfschifffahrtsgesellschaft",
                                            "internacionalizacion",
                                            "XMLHttpRequestUpload",
                                            "utf8_general_ci"};
        static const char *const random[] = {"xKqTzWvBnMpLrJdHgF", "qzxkvjwpyfbmhgdtr",
                                             "ZkR8wQx2VbN7mTjY4pLc"};

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (surprise(words[i]) >= RARITY_WORDS)
                        fail_msg("%s: %f", words[i], surprise(words[i]));
        for (size_t i = 0; i < ELEMENTSOF(random); i++)
                if (surprise(random[i]) < RARITY_WORDS)
                        fail_msg("%s: %f", random[i], surprise(random[i]));
        assert_true(surprise("") >= 0 && surprise("....") >= 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(random_text_is_surprising),
                cmocka_unit_test(names_are_not_surprising),
                cmocka_unit_test(random_values_of_a_token_are_found),
                cmocka_unit_test(names_as_values_of_a_token_are_not_found),
                cmocka_unit_test(every_style_of_name_reads_like_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
