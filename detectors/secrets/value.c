/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what a value looks like by itself: a name, a path, a stand-in, an expression, random text, a
 * password that somebody chose.
 *
 * Must not own: what the name makes of it (generic.c), its letters and their order (rarity.c), the
 * forms that say what a value is (form.c).
 */
#include "detectors/secrets/value.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/context.h"
#include "detectors/secrets/placeholder.h"

bool value_equals(const struct value *v, const char *word)
{
        return v->n == strlen(word) && strncasecmp((const char *)v->s, word, v->n) == 0;
}

bool value_holds(const struct value *v, const char *word)
{
        return placeholder_holds_any(v->s, v->n, &word, 1);
}

bool value_has_any(const struct value *v, const char *chars)
{
        for (size_t i = 0; i < v->n; i++)
                if (v->s[i] && strchr(chars, v->s[i]))
                        return true;
        return false;
}

bool value_is_name_like(const struct value *v)
{
        if (v->shape.other && value_has_any(v, "!@#$%^&*+=~?/|"))
                return false;
        if (v->shape.digits > 4 && v->shape.digits * 6 > v->n)
                return false;
        return v->surprise < RARITY_WORDS;
}

bool value_is_path_or_file(const struct value *v)
{
        static const char *const ends[] = {".pem",  ".key", ".json", ".txt", ".yaml", ".yml",
                                           ".crt",  ".p12", ".js",   ".py",  ".html", ".xml",
                                           ".jks",  ".com", ".org",  ".net", ".io",   ".env",
                                           ".conf", ".cfg", ".ini",  ".h",   ".c",    ".png"};
        unsigned slashes = 0;

        for (size_t i = 0; i < v->n; i++)
                slashes += v->s[i] == '/';
        if (slashes && v->surprise < RARITY_WORDS && v->shape.digits * 4 < v->n)
                return true;
        for (size_t i = 0; i < ELEMENTSOF(ends); i++) {
                size_t k = strlen(ends[i]);
                if (v->n > k && strncasecmp((const char *)v->s + v->n - k, ends[i], k) == 0)
                        return true;
        }
        return false;
}

bool value_is_stand_in(const struct value *v)
{
        static const char *const words[] = {"fake",  "dummy",  "your",    "my_",      "my-",
                                            "test_", "insert", "here",    "changeit", "foobar",
                                            "goes",  "not_",   "notreal", "invalid",  "some",
                                            "short", "sample", "demo-"};

        if (v->surprise >= RARITY_WORDS + 0.5)
                return false;
        if (placeholder_holds_any(v->s, v->n, words, ELEMENTSOF(words)))
                return true;
        return value_equals(v, "test") || value_equals(v, "foo") || value_equals(v, "bar") ||
               value_equals(v, "baz");
}

bool value_is_identifier(const struct value *v)
{
        if (isdigit(v->s[0]))
                return false;
        for (size_t i = 0; i < v->n; i++)
                if (!isalnum(v->s[i]) && !strchr("_.", v->s[i]))
                        return false;
        return true;
}

bool value_is_misnested(const struct value *v)
{
        char open[32];
        unsigned depth = 0;

        for (size_t i = 0; i < v->n; i++) {
                char c = (char)v->s[i];
                char opener = c == ')' ? '(' : c == ']' ? '[' : c == '}' ? '{' : 0;

                if (c == '(' || c == '[' || c == '{') {
                        if (depth == sizeof(open))
                                return false;
                        open[depth++] = c;
                } else if (opener && depth > 0 && open[--depth] != opener)
                        return true;
        }
        return false;
}

bool value_is_rare(const struct value *v, bool strict)
{
        const struct rarity_shape *s = &v->shape;
        unsigned letters = s->lower + s->upper;

        if (v->n < (strict ? 20u : 16u) || s->spaces || s->high || letters == 0)
                return false;
        if (s->hex)
                return s->digits >= 3 && letters >= 3 && judge_entropy(v->s, v->n) > 2.6;
        if (judge_entropy(v->s, v->n) < (strict ? 3.5 : 3.0))
                return false;
        /* names of vector instructions and mangled names hold digits, but few */
        if (s->digits >= 2 && s->turns >= (strict ? 5u : 3u) &&
            v->surprise >= RARITY_WORDS + (strict ? 0.2 : 0))
                return true;
        /* digits all over, too few letters to judge by them */
        if (s->digits * 5 >= v->n && s->turns * 4 >= v->n && (!strict || s->run >= 14))
                return true;
        return v->surprise >= RARITY_WORDS + (strict ? 0.6 : 0.4) && v->n >= 20 &&
               (s->digits || s->turns >= 4 || v->surprise >= RARITY_RANDOM + 0.3);
}

bool value_is_beyond_doubt(const struct value *v)
{
        const struct rarity_shape *s = &v->shape;

        if (v->n < 24 || v->n > 200 || s->spaces || s->high || form_is_harmless(v->form))
                return false;
        if (s->hex)
                return v->n >= 32 && s->digits * 4 >= v->n && s->lower + s->upper >= 6;
        return v->surprise >= RARITY_RANDOM && s->digits >= 2 && s->turns >= 5 &&
               judge_entropy(v->s, v->n) >= 3.6;
}

bool value_is_short_but_rare(const struct value *v)
{
        const struct rarity_shape *s = &v->shape;

        if (v->n < 10 || v->n >= 20 || s->spaces || s->high)
                return false;
        if (s->lower + s->upper >= 3 && s->digits >= 2 &&
            s->turns >= (s->digits * 3 >= v->n ? 3u : 4u) &&
            (v->surprise >= RARITY_WORDS || s->turns * 2 >= v->n))
                return true;
        return s->other == 0 && v->n >= 12 && v->surprise >= RARITY_RANDOM + 0.3;
}

bool value_is_number(const struct value *v)
{
        return v->n >= 15 && v->n <= 40 && v->shape.digits == v->n &&
               judge_entropy(v->s, v->n) > 2.5;
}

bool value_is_strong_password(const struct value *v)
{
        const struct rarity_shape *s = &v->shape;
        unsigned kinds = (s->lower > 0) + (s->upper > 0) + (s->digits > 0) + (s->other > 0);

        return v->n >= 8 && (kinds >= 3 || (kinds >= 2 && v->surprise >= RARITY_WORDS) ||
                             (v->n >= 12 && s->digits >= 2 && s->turns >= 4));
}

bool value_is_expression(const struct value *v)
{
        return v->surprise < RARITY_WORDS && v->shape.digits * 4 < v->n &&
               !value_has_any(v, "@#~;\\%");
}

bool value_speaks(const struct value *v)
{
        static const char *const speech[] = {
                "your",   "enter",  "please", "must",    "passw",   "passp",  "require",  "invalid",
                "forgot", "reset",  " is ",   "confirm", "charact", "secret", "token",    "login",
                " not ",  " for ",  "the ",   "sign ",   "account", "change", "generate", "key",
                "repeat", "should", "set to", "string",  "between", "hash",   "optional", "user"};

        return placeholder_holds_any(v->s, v->n, speech, ELEMENTSOF(speech));
}

bool value_is_passphrase(const struct value *v, unsigned words)
{
        size_t spaces = 0, word = 0;

        if (!v->quoted || v->n > 80)
                return false;
        for (size_t i = 0; i < v->n; i++) {
                word = v->s[i] == ' ' ? 0 : word + 1;
                spaces += v->s[i] == ' ';
                if (!islower(v->s[i]) && !isdigit(v->s[i]) && v->s[i] != ' ')
                        return false;
                if (word > 12 || (v->s[i] == ' ' && i > 0 && v->s[i - 1] == ' '))
                        return false;
        }
        return spaces + 1 >= words && spaces <= 9 && !value_speaks(v);
}

bool value_is_text(const struct value *v)
{
        for (size_t i = 0; i < v->n;) {
                size_t width = text_utf8_width((const char *)v->s + i, v->n - i);

                if (width == 0 || v->s[i] < 0x20 || v->s[i] == 0x7f)
                        return false;
                i += width;
        }
        return true;
}

struct value value_of(const struct judge_case *c, size_t name_end)
{
        struct value v = {.s = c->data + c->secret_start, .n = c->secret_end - c->secret_start};

        v.quoted = c->secret_end < c->size && c->secret_start > 0 &&
                   strchr("\"'`", c->data[c->secret_start - 1]) && c->data[c->secret_start - 1] &&
                   c->data[c->secret_end] == c->data[c->secret_start - 1];
        /* "\"value\"" */
        v.quoted |= c->secret_end + 1 < c->size && c->secret_start > 1 &&
                    c->data[c->secret_end] == '\\' && c->data[c->secret_start - 2] == '\\' &&
                    c->data[c->secret_end + 1] == '"' && c->data[c->secret_start - 1] == '"';
        v.code = context_is_code(c->path);
        v.prose = true;
        for (size_t i = name_end; i < c->secret_start - v.quoted; i++) {
                if (!isspace(c->data[i]))
                        v.prose = false;
                v.comma |= c->data[i] == ',';
                v.equals |= c->data[i] == '=';
        }
        v.shape = rarity_shape(v.s, v.n);
        v.form = form_of(v.s, v.n);
        v.surprise = rarity_surprise(v.s, v.n);
        return v;
}
