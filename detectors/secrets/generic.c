/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the judgement of values without a known shape that are assigned to a telling name.
 *
 * Must not own: what a name announces (name.c), what looks random (rarity.c), what stands for
 * another value (placeholder.c).
 *
 * A token must be rare: nothing that a person would write as a name, a path, a version or a
 * sentence. A password need not be, people choose words; so any literal in a password's place is
 * reported, a guessable one as such and low.
 */
#include "detectors/secrets/generic.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/secrets/context.h"
#include "detectors/secrets/form.h"
#include "detectors/secrets/name.h"
#include "detectors/secrets/placeholder.h"
#include "detectors/secrets/rarity.h"
#include "detectors/secrets/validate.h"

#define NAME_MAX_LENGTH 120u

/* What is assigned, and how. */
struct value {
        const uint8_t *s;
        size_t n;
        bool quoted;
        bool code;   /* in a language where an unquoted word is a name */
        bool prose;  /* name and value are separated by nothing but a space */
        bool comma;  /* or by a comma: arguments */
        bool option; /* of a command, or a variable of an image: a space is an assignment there */
        struct rarity_shape shape;
        double surprise;
        enum form form;
};

static bool equals(const struct value *v, const char *word)
{
        return v->n == strlen(word) && strncasecmp((const char *)v->s, word, v->n) == 0;
}

static bool holds(const struct value *v, const char *word)
{
        return placeholder_holds_any(v->s, v->n, &word, 1);
}

static bool has_any(const struct value *v, const char *chars)
{
        for (size_t i = 0; i < v->n; i++)
                if (v->s[i] && strchr(chars, v->s[i]))
                        return true;
        return false;
}

/* a.b(c), self.x_y, Some::Name, some-words-like-these: what a person or a program calls a thing. */
static bool is_name_like(const struct value *v)
{
        if (v->shape.other && has_any(v, "!@#$%^&*+=~?/|"))
                return false;
        if (v->shape.digits > 4 && v->shape.digits * 6 > v->n)
                return false;
        return v->surprise < RARITY_WORDS;
}

static bool is_path_or_file(const struct value *v)
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

/* Words that a person writes where a secret will be. */
static bool is_stand_in(const struct value *v)
{
        static const char *const words[] = {"fake",  "dummy",  "your",    "my_",      "my-",
                                            "test_", "insert", "here",    "changeit", "foobar",
                                            "goes",  "not_",   "notreal", "invalid",  "some",
                                            "short", "sample", "demo-"};

        if (v->surprise >= RARITY_WORDS + 0.5)
                return false;
        if (placeholder_holds_any(v->s, v->n, words, ELEMENTSOF(words)))
                return true;
        return equals(v, "test") || equals(v, "foo") || equals(v, "bar") || equals(v, "baz");
}

/* an_identifier or a.path of them: what an unquoted word is in code */
static bool is_identifier(const struct value *v)
{
        if (isdigit(v->s[0]))
                return false;
        for (size_t i = 0; i < v->n; i++)
                if (!isalnum(v->s[i]) && !strchr("_.", v->s[i]))
                        return false;
        return true;
}

/* Brackets that no expression could have: one kind closes what another opened. */
static bool is_misnested(const struct value *v)
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

/* Text that no person makes up. */
static bool is_rare(const struct value *v, bool strict)
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

/* Nobody has made it up, and it is too long to have come about by chance. */
static bool is_beyond_doubt(const struct value *v)
{
        const struct rarity_shape *s = &v->shape;

        if (v->n < 24 || v->n > 200 || s->spaces || s->high || form_is_harmless(v->form))
                return false;
        if (s->hex)
                return v->n >= 32 && s->digits * 4 >= v->n && s->lower + s->upper >= 6;
        return v->surprise >= RARITY_RANDOM && s->digits >= 2 && s->turns >= 5 &&
               judge_entropy(v->s, v->n) >= 3.6;
}

/* Shorter than a token usually is: letters, digits and turns in it must make up for that. */
static bool is_short_but_rare(const struct value *v)
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

/* Some services hand out long numbers. */
static bool is_number(const struct value *v)
{
        return v->n >= 15 && v->n <= 40 && v->shape.digits == v->n &&
               judge_entropy(v->s, v->n) > 2.5;
}

static bool is_strong_password(const struct value *v)
{
        const struct rarity_shape *s = &v->shape;
        unsigned kinds = (s->lower > 0) + (s->upper > 0) + (s->digits > 0) + (s->other > 0);

        return v->n >= 8 && (kinds >= 3 || (kinds >= 2 && v->surprise >= RARITY_WORDS) ||
                             (v->n >= 12 && s->digits >= 2 && s->turns >= 4));
}

/* Names and operators between them, as an expression has them. */
static bool is_expression(const struct value *v)
{
        return v->surprise < RARITY_WORDS && v->shape.digits * 4 < v->n && !has_any(v, "@#~;\\%");
}

/* Some small words in a row. What a user interface says begins with a capital, ends with a full
 * stop or speaks to somebody. */
static bool is_passphrase(const struct value *v)
{
        static const char *const speech[] = {
                "your",   "enter",  "please", "must",    "passw",   "passp",  "require",  "invalid",
                "forgot", "reset",  " is ",   "confirm", "charact", "secret", "token",    "login",
                " not ",  " for ",  "the ",   "sign ",   "account", "change", "generate", "key",
                "repeat", "should", "set to", "string",  "between", "hash",   "optional", "user"};
        size_t spaces = 0, word = 0;

        if (!v->quoted || v->code || v->n < 16 || v->n > 80)
                return false;
        for (size_t i = 0; i < v->n; i++) {
                word = v->s[i] == ' ' ? 0 : word + 1;
                spaces += v->s[i] == ' ';
                if (!islower(v->s[i]) && !isdigit(v->s[i]) && v->s[i] != ' ')
                        return false;
                if (word > 12 || (v->s[i] == ' ' && i > 0 && v->s[i - 1] == ' '))
                        return false;
        }
        return spaces >= 3 && spaces <= 9 &&
               !placeholder_holds_any(v->s, v->n, speech, ELEMENTSOF(speech));
}

static bool weak(struct judgement *j, const char *note)
{
        j->class = CLASS_WEAK_PASSWORD;
        j->severity = SEVERITY_LOW;
        j->confidence = CONFIDENCE_LOW;
        j->note = note;
        return true;
}

/* False if the value is a label, a name or an expression, whatever a password may be. */
static bool may_be_password(const struct value *v)
{
        if (v->n < 4 || v->n > 128 || v->shape.spaces || is_stand_in(v) ||
            v->form == FORM_VERSION || v->form == FORM_INTEGRITY || v->form == FORM_DATE ||
            v->form == FORM_COLOUR || (has_any(v, "<>{}()") && !is_misnested(v)))
                return false;
        /* what stands behind an option in a manual is the name of a thing */
        if (v->option && !(is_strong_password(v) && v->shape.digits))
                return false;
        /* mypassword is a password in a setting, and a name in code */
        if ((holds(v, "password") || holds(v, "passwd")) && (v->code || has_any(v, "_- .#")))
                return false;
        if (v->prose && !is_rare(v, true) &&
            !(v->quoted && (!v->code || (is_strong_password(v) && v->shape.digits))))
                return false;
        /* an unquoted word in code is a name, not a value */
        if (!v->quoted && v->code &&
            (is_name_like(v) || !is_strong_password(v) || is_identifier(v) || is_expression(v)) &&
            !is_rare(v, true) && !v->option)
                return false;
        /* words of a list, or arguments; a sentence with something in quotes */
        if (v->comma ? !v->quoted || !is_strong_password(v)
                     : v->prose && !v->shape.digits && (!v->shape.other || is_identifier(v)))
                return false;
        return !is_path_or_file(v) || is_strong_password(v);
}

static bool judge_password(const struct value *v, struct judgement *j)
{
        if (v->shape.spaces && is_passphrase(v))
                return weak(j, "words in a row, a passphrase or a text");
        if (!may_be_password(v))
                return false;
        if (!is_strong_password(v) || (v->n > 14 && is_name_like(v)))
                return weak(j, "a guessable password, or a placeholder");
        j->class = CLASS_PASSWORD_IN_CONFIG;
        j->confidence = v->shape.high || v->comma || v->form == FORM_MAIL || (!v->quoted && v->code)
                                ? CONFIDENCE_LOW
                                : CONFIDENCE_MEDIUM;
        if (j->confidence == CONFIDENCE_MEDIUM && is_beyond_doubt(v))
                j->confidence = CONFIDENCE_HIGH;
        return true;
}

/* Shared secrets of networks are chosen like passwords: a word with all sorts of characters. */
static bool is_chosen_secret(const struct value *v)
{
        return v->n <= 32 && is_strong_password(v) && v->shape.lower && v->shape.upper &&
               v->shape.digits && has_any(v, "!@#$%^&*") && (v->quoted || !v->code);
}

static bool judge_token(const struct value *v, enum name_kind kind, struct judgement *j)
{
        bool strict = kind == NAME_WEAK_KEY || v->prose || (!v->quoted && v->code && !v->option);

        if (is_misnested(v))
                return v->n >= 12;
        if (v->n > 1000 || is_path_or_file(v) || form_is_harmless(v->form) || is_stand_in(v) ||
            (!v->quoted && v->comma) || v->shape.spaces)
                return false;
        if (has_any(v, "<>{}()[]*;,"))
                return v->quoted && v->n >= 20 && v->shape.digits >= 3 && v->shape.turns >= 5 &&
                       v->surprise >= RARITY_WORDS;
        /* a fingerprint, a commit: hex after a space is rarely a secret */
        if (v->prose && v->shape.hex && kind == NAME_WEAK_KEY)
                return false;
        if (v->form == FORM_UUID) {
                j->severity = kind == NAME_TOKEN ? SEVERITY_MEDIUM : SEVERITY_LOW;
                j->confidence = CONFIDENCE_LOW;
                return v->shape.digits > 4 && v->shape.lower + v->shape.upper > 0;
        }
        if (v->form == FORM_SEQUENCE) {
                j->severity = SEVERITY_LOW;
                j->confidence = CONFIDENCE_LOW;
                j->note = "counted up, as tests and manuals do";
                return is_rare(v, strict) || (kind == NAME_TOKEN && !v->prose && is_number(v));
        }
        if (is_rare(v, strict)) {
                j->confidence = strict               ? CONFIDENCE_LOW
                                : is_beyond_doubt(v) ? CONFIDENCE_HIGH
                                                     : CONFIDENCE_MEDIUM;
                j->severity = strict ? SEVERITY_MEDIUM : SEVERITY_HIGH;
                return true;
        }
        j->severity = SEVERITY_LOW;
        j->confidence = CONFIDENCE_LOW;
        if (kind != NAME_TOKEN || v->prose)
                return false;
        return is_short_but_rare(v) || is_number(v) || is_chosen_secret(v) ||
               (v->n >= 14 && v->shape.other == 0 && (v->quoted || !v->code) &&
                v->surprise >= RARITY_WORDS + (v->shape.turns >= 4 ? 0.2 : 0.5));
}

/* The name that the match begins with, whole: the expression may have begun inside it. */
static size_t name_of(const struct judge_case *c, const uint8_t **ret)
{
        size_t begin = c->start, end = c->start;

        while (begin > 0 && c->start - begin < NAME_MAX_LENGTH &&
               (isalnum(c->data[begin - 1]) || c->data[begin - 1] == '_' ||
                c->data[begin - 1] == '-' || c->data[begin - 1] == '.'))
                begin--;
        while (end < c->secret_start && end - begin < 2 * NAME_MAX_LENGTH &&
               (isalnum(c->data[end]) || (c->data[end] && strchr("_-.$", c->data[end]))))
                end++;
        *ret = c->data + begin;
        return end - begin;
}

static struct value value_of(const struct judge_case *c, size_t name_end)
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
        }
        v.shape = rarity_shape(v.s, v.n);
        v.form = form_of(v.s, v.n);
        v.surprise = rarity_surprise(v.s, v.n);
        return v;
}

/* What a file is for lowers how sure the finding is; it never acquits. */
static void temper(const struct judge_case *c, const uint8_t *name, enum name_kind kind,
                   struct judgement *j)
{
        bool document = context_is_document(c->path);

        /* part of an address: badges and sessions have tokens there that open little */
        if (name > c->data && (name[-1] == '&' || name[-1] == '?'))
                j->confidence = MIN_OF(j->confidence, CONFIDENCE_MEDIUM);
        if (context_is_sample(c->path) || context_is_messages(c->path) ||
            (document && kind == NAME_PASSWORD)) {
                j->confidence = CONFIDENCE_LOW;
                j->severity = MIN_OF(j->severity, SEVERITY_MEDIUM);
                j->note = "in a test, an example or a document";
        } else if (document) {
                j->confidence = MIN_OF(j->confidence, CONFIDENCE_MEDIUM);
        }
}

/* A name that a space is enough to assign to: --password x, ENV TOKEN x */
static void read_option(struct value *v, const uint8_t *name, size_t before, bool keyword)
{
        static const char define[] = "#define ", export[] = "export ";

        v->option = name[0] == '-' || (before > 0 && name[-1] == '-');
        if (before >= 8 && memcmp(name - 8, define, 8) == 0)
                v->option = true;
        /* a shell's line, whatever language it stands in */
        if (before >= 7 && memcmp(name - 7, export, 7) == 0)
                v->code = false;
        if (keyword || v->option)
                v->prose = v->comma = false;
}

/* kPSK = "kPSK": a constant for its own name */
static bool repeats_name(const struct value *v, const uint8_t *name, size_t n)
{
        for (size_t i = 0; i + v->n <= n; i++)
                if (strncasecmp((const char *)name + i, (const char *)v->s, v->n) == 0)
                        return true;
        return false;
}

/* PASS: tests/login.exp: what a test suite says of a test */
static bool is_verdict(const struct judge_case *c, const uint8_t *name, size_t n,
                       const struct value *v)
{
        bool line = name == c->data || isspace(name[-1]) || name[-1] == 'X';

        return line && n == 4 && memcmp(name, "PASS", 4) == 0 && name[4] == ':' && !v->quoted &&
               (memchr(v->s, '/', v->n) || memchr(v->s, '.', v->n));
}

static bool validate_named(struct judge_case *c, const uint8_t *name, size_t n, bool keyword,
                           struct judgement *j)
{
        enum name_kind kind = name_kind(name, n);

        if (kind == NAME_OTHER)
                return false;
        /* strings in a row, each ended by a zero byte: translations, /proc/PID/environ */
        const uint8_t *zero =
                memchr(c->data + c->secret_start, '\0', c->secret_end - c->secret_start);
        if (zero)
                c->secret_end = (size_t)(zero - c->data);
        /* punctuation that belongs to the text around it */
        while (c->secret_end > c->secret_start + 1 && strchr(".,;:", c->data[c->secret_end - 1]) &&
               c->data[c->secret_end - 1])
                c->secret_end--;
        struct value v = value_of(c, (size_t)(name + n - c->data));
        read_option(&v, name, (size_t)(name - c->data), keyword);
        if (v.n < 4 || (v.code && repeats_name(&v, name, n)) || placeholder(v.s, v.n) ||
            placeholder_indirect(v.s, v.n, v.quoted) || placeholder_word(v.s, v.n) ||
            is_verdict(c, name, n, &v))
                return false;
        bool found = kind == NAME_PASSWORD ? judge_password(&v, j) : judge_token(&v, kind, j);
        if (found && j->confidence > CONFIDENCE_LOW)
                temper(c, name, kind, j);
        return found;
}

bool generic_validate(struct judge_case *c, struct judgement *j)
{
        const uint8_t *name;
        size_t n = name_of(c, &name);

        return validate_named(c, name, n, false, j);
}

bool generic_validate_in_match(struct judge_case *c, struct judgement *j)
{
        size_t begin = c->start, end;

        while (begin < c->secret_start && !isspace(c->data[begin]))
                begin++;
        while (begin < c->secret_start && !isalnum(c->data[begin]) && c->data[begin] != '_')
                begin++;
        for (end = begin; end < c->secret_start &&
                          (isalnum(c->data[end]) || (c->data[end] && strchr("_-.", c->data[end])));
             end++)
                ;
        return validate_named(c, c->data + begin, end - begin, true, j);
}

bool generic_validate_header(struct judge_case *c, struct judgement *j)
{
        struct value v = value_of(c, c->secret_start);

        (void)j;
        return validate_mixed(c, j) && !form_is_harmless(v.form) &&
               (v.surprise >= RARITY_WORDS || v.shape.digits * 4 >= v.n);
}

bool generic_validate_password(struct judge_case *c, struct judgement *j)
{
        struct value v = value_of(c, c->start);

        v.prose = false;
        v.code = false;
        if (v.n < 2 || placeholder(v.s, v.n) || placeholder_word(v.s, v.n) ||
            (has_any(&v, "<>{}") && !is_misnested(&v)))
                return false;
        if (v.shape.high) {
                j->confidence = CONFIDENCE_LOW;
        } else if (!is_strong_password(&v) && !is_rare(&v, false)) {
                j->severity = MIN_OF(j->severity, SEVERITY_MEDIUM);
                j->confidence = CONFIDENCE_LOW;
                j->note = "a guessable password";
        }
        return true;
}

bool generic_validate_rare(struct judge_case *c, struct judgement *j)
{
        struct value v = value_of(c, c->secret_start);

        (void)j;
        return !placeholder(v.s, v.n) && !is_stand_in(&v) &&
               (v.form == FORM_UUID ? v.shape.digits > 4 && v.shape.lower + v.shape.upper > 0
                                    : is_rare(&v, true) && !(v.shape.hex && v.shape.upper));
}

bool generic_validate_odd(struct judge_case *c, struct judgement *j)
{
        struct value v = value_of(c, c->start);

        (void)j;
        /* a regular expression has such brackets in its classes of characters */
        if (context_is_code(c->path) && (v.s[0] == '/' || holds(&v, "(/")))
                return false;
        return is_misnested(&v) && v.shape.lower + v.shape.upper >= 4 && !placeholder(v.s, v.n);
}
