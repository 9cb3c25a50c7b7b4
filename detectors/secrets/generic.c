/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the judgement of values without a known shape that are assigned to a telling name.
 *
 * Must not own: what a name announces (name.c), what a value looks like (value.c), what stands for
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
#include "detectors/context.h"
#include "detectors/secrets/beside.h"
#include "detectors/secrets/name.h"
#include "detectors/secrets/placeholder.h"
#include "detectors/secrets/validate.h"
#include "detectors/secrets/value.h"

#define NAME_MAX_LENGTH 120u

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
        if (v->n < 4 || v->n > 128 || v->shape.spaces || value_is_stand_in(v) ||
            v->form == FORM_VERSION || v->form == FORM_INTEGRITY || v->form == FORM_DATE ||
            v->form == FORM_COLOUR || (value_has_any(v, "<>{}()") && !value_is_misnested(v)))
                return false;
        /* what stands behind an option in a manual is the name of a thing */
        if (v->option && !(value_is_strong_password(v) && v->shape.digits))
                return false;
        /* mypassword is a password in a setting, and a name in code */
        if ((value_holds(v, "password") || value_holds(v, "passwd")) &&
            (v->code || value_has_any(v, "_- .#")))
                return false;
        if (v->prose && !value_is_rare(v, true) &&
            !(v->quoted && (!v->code || (value_is_strong_password(v) && v->shape.digits))))
                return false;
        /* an unquoted word in code is a name, not a value */
        if (!v->quoted && v->code &&
            (value_is_name_like(v) || !value_is_strong_password(v) || value_is_identifier(v) ||
             value_is_expression(v)) &&
            !value_is_rare(v, true) && !v->option)
                return false;
        /* words of a list, or arguments; a sentence with something in quotes */
        if (v->comma ? !v->quoted || !value_is_strong_password(v)
                     : v->prose && !v->shape.digits && (!v->shape.other || value_is_identifier(v)))
                return false;
        return !value_is_path_or_file(v) || value_is_strong_password(v);
}

/* What is quoted next to a user's name is a password, were it two words. */
static bool is_beside_its_user(const struct value *v, const struct judge_case *c)
{
        return v->quoted && !v->comma && v->n >= 6 && !value_is_stand_in(v) &&
               (v->shape.spaces ? value_is_passphrase(v, 2)
                                : v->shape.lower + v->shape.digits == v->n) &&
               beside_user(c);
}

/* The words that every list of passwords begins with; elsewhere they are names of fields. */
static bool is_commonest(const struct value *v)
{
        static const char *const words[] = {"password", "passwd", "pass",    "secret",
                                            "admin",    "root",   "default", "changeit"};

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (value_equals(v, words[i]))
                        return v->quoted && !v->comma;
        return false;
}

static bool judge_password(const struct value *v, const struct judge_case *c, struct judgement *j)
{
        if (v->shape.spaces && !v->code && value_is_passphrase(v, 4))
                return weak(j, "words in a row, a passphrase or a text");
        if (!may_be_password(v))
                return is_beside_its_user(v, c) && weak(j, "a guessable password of a user");
        if (!value_is_strong_password(v) || (v->n > 14 && value_is_name_like(v)))
                return weak(j, "a guessable password, or a placeholder");
        j->class = CLASS_PASSWORD_IN_CONFIG;
        j->confidence = v->shape.high || v->comma || v->form == FORM_MAIL || (!v->quoted && v->code)
                                ? CONFIDENCE_LOW
                                : CONFIDENCE_MEDIUM;
        if (j->confidence == CONFIDENCE_MEDIUM && value_is_beyond_doubt(v))
                j->confidence = CONFIDENCE_HIGH;
        return true;
}

/* Words and a sign that no name has: development#product. */
static bool is_marked_word(const struct value *v)
{
        unsigned marks = 0;

        if (!v->quoted || v->comma || v->n < 8 || v->n > 40 || v->shape.lower < 4 ||
            value_speaks(v))
                return false;
        for (size_t i = 1; i < v->n; i++) {
                marks += v->s[i] == '#' || v->s[i] == '!' || v->s[i] == '~';
                if (!isalnum(v->s[i]) && !strchr("#!~_-", v->s[i]))
                        return false;
        }
        return marks > 0;
}

/* secret = "shhhhh": one word without a sign in it, as no reference to a secret would be; in a file of
 * settings also without quotes, if it has digits. */
static bool is_word_for_secret(const struct value *v, const uint8_t *name, size_t n)
{
        bool setting = !v->code && v->equals && v->shape.digits > 0 && v->shape.lower > 0;

        return name_is_of_secret(name, n) && (v->quoted || setting) && !v->comma && !v->prose &&
               v->n >= 6 && v->n <= 40 && v->shape.lower + v->shape.upper + v->shape.digits == v->n;
}

/* Shared secrets of networks are chosen like passwords: a word with all sorts of characters. */
static bool is_chosen_secret(const struct value *v)
{
        return v->n <= 32 && value_is_strong_password(v) && v->shape.lower && v->shape.upper &&
               v->shape.digits && value_has_any(v, "!@#$%^&*") && (v->quoted || !v->code);
}

/* Signs all over, of several kinds, and no brackets as an expression or a pattern would have. */
static bool is_punctuated(const struct value *v)
{
        static const char signs[] = "!@#$%^&*?~+=|";
        unsigned kinds = 0;

        for (const char *p = signs; *p; p++)
                kinds += memchr(v->s, *p, v->n) != NULL;
        return !v->code && !v->prose && v->n >= 8 && v->n <= 64 && !v->shape.spaces && kinds >= 3 &&
               v->shape.lower + v->shape.upper > 0 && !value_has_any(v, "<>{}()[];$");
}

static void counted(struct judgement *j)
{
        j->severity = MIN_OF(j->severity, SEVERITY_LOW);
        j->confidence = CONFIDENCE_LOW;
        j->note = "counted up or repeated, as tests and manuals do";
}

/* 00000003-0000-0000-c000-000000000000 was given to something by hand. */
static bool is_random_uuid(const struct value *v)
{
        unsigned zeros = 0;

        for (size_t i = 0; i < v->n; i++)
                zeros += v->s[i] == '0';
        return v->shape.digits > 4 && v->shape.lower + v->shape.upper > 0 && zeros < 16;
}

static bool judge_token(const struct value *v, enum name_kind kind, struct judgement *j)
{
        bool strict = kind == NAME_WEAK_KEY || v->prose || (!v->quoted && v->code && !v->option);

        if (value_is_misnested(v))
                return v->n >= 12;
        if (kind == NAME_TOKEN && !v->code && v->shape.spaces && value_is_passphrase(v, 4))
                return weak(j, "words in a row, a passphrase or a text");
        if (v->n > 1000 || value_is_path_or_file(v) || form_is_harmless(v->form) ||
            value_is_stand_in(v) || (!v->quoted && v->comma) || v->shape.spaces)
                return false;
        if (value_has_any(v, "<>{}()[]*;,"))
                return v->quoted && v->n >= 20 && v->shape.digits >= 3 && v->shape.turns >= 5 &&
                       v->surprise >= RARITY_WORDS;
        /* a fingerprint, a commit: hex after a space is rarely a secret */
        if (v->prose && v->shape.hex && kind == NAME_WEAK_KEY)
                return false;
        if (v->form == FORM_UUID) {
                j->severity = kind == NAME_TOKEN ? SEVERITY_MEDIUM : SEVERITY_LOW;
                j->confidence = CONFIDENCE_LOW;
                return is_random_uuid(v);
        }
        if (v->form == FORM_SEQUENCE) {
                counted(j);
                return value_is_rare(v, strict) ||
                       (v->n >= 10 && !v->prose && (v->quoted || !v->code));
        }
        if (value_is_rare(v, strict)) {
                /* one of a list, or so short that a digest is cut like that */
                bool unsure = strict || v->comma || (v->shape.hex && v->n < 20);

                j->confidence = strict                                ? CONFIDENCE_LOW
                                : value_is_beyond_doubt(v) && !unsure ? CONFIDENCE_HIGH
                                : value_is_beyond_doubt(v) || !unsure ? CONFIDENCE_MEDIUM
                                                                      : CONFIDENCE_LOW;
                j->severity = strict ? SEVERITY_MEDIUM : SEVERITY_HIGH;
                return true;
        }
        j->severity = SEVERITY_LOW;
        j->confidence = CONFIDENCE_LOW;
        if (kind != NAME_TOKEN || v->prose)
                return false;
        return value_is_short_but_rare(v) || value_is_number(v) || is_chosen_secret(v) ||
               is_marked_word(v) ||
               (v->n >= 14 && v->shape.other == 0 && (v->quoted || !v->code) &&
                v->surprise >= RARITY_WORDS + (v->shape.turns >= 4 ? 0.2 : 0.5));
}

size_t generic_name(const struct judge_case *c, const uint8_t **ret)
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

enum placed {
        ASSIGNED,
        BEHIND_KEYWORD,
        IN_LIST,
};

static bool validate_named(struct judge_case *c, const uint8_t *name, size_t n, enum placed placed,
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
        read_option(&v, name, (size_t)(name - c->data), placed == BEHIND_KEYWORD);
        /* a comma parts the values of a list as it does arguments, but there it tells nothing */
        if (placed == IN_LIST && (kind == NAME_PASSWORD || (!v.quoted && !v.code)))
                v.comma = false;
        if (kind == NAME_PASSWORD && is_commonest(&v) && beside_user(c))
                return weak(j, "a guessable password of a user");
        if (v.n < 4 || !value_is_text(&v) || (v.code && repeats_name(&v, name, n)) ||
            placeholder(v.s, v.n) || placeholder_indirect(v.s, v.n, v.quoted) ||
            placeholder_word(v.s, v.n) || is_verdict(c, name, n, &v))
                return false;
        bool found = kind == NAME_PASSWORD ? judge_password(&v, c, j) : judge_token(&v, kind, j);
        if (!found && kind == NAME_TOKEN && !value_is_stand_in(&v) &&
            (is_word_for_secret(&v, name, n) || is_punctuated(&v)))
                found = weak(j, "a guessable secret, or a placeholder");
        /* "passphrases: see below": those are told of */
        if (found && placed == ASSIGNED && !v.quoted && j->severity <= SEVERITY_LOW &&
            name_is_plural(name, n))
                return false;
        if (found && j->confidence > CONFIDENCE_LOW)
                temper(c, name, kind, j);
        return found;
}

bool generic_validate_in_list(struct judge_case *c, const uint8_t *name, size_t n,
                              struct judgement *j)
{
        return validate_named(c, name, n, IN_LIST, j);
}

bool generic_validate(struct judge_case *c, struct judgement *j)
{
        const uint8_t *name;
        size_t n = generic_name(c, &name);

        return validate_named(c, name, n, ASSIGNED, j);
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
        return validate_named(c, c->data + begin, end - begin, BEHIND_KEYWORD, j);
}

bool generic_validate_header(struct judge_case *c, struct judgement *j)
{
        struct value v = value_of(c, c->secret_start);

        (void)j;
        return validate_mixed(c, j) && !form_is_harmless(v.form) && !value_holds(&v, "...") &&
               (v.surprise >= RARITY_WORDS || v.shape.digits * 4 >= v.n);
}

bool generic_validate_password(struct judge_case *c, struct judgement *j)
{
        struct value v = value_of(c, c->start);

        v.prose = false;
        v.code = false;
        if (v.n < 2 || !value_is_text(&v) || placeholder(v.s, v.n) || placeholder_word(v.s, v.n) ||
            (value_has_any(&v, "<>{}") && !value_is_misnested(&v)))
                return false;
        if (v.shape.high) {
                j->confidence = CONFIDENCE_LOW;
        } else if (!value_is_strong_password(&v) && !value_is_rare(&v, false)) {
                j->severity = MIN_OF(j->severity, SEVERITY_MEDIUM);
                j->confidence = CONFIDENCE_LOW;
                j->note = "a guessable password";
        }
        return true;
}

bool generic_validate_strong(struct judge_case *c, struct judgement *j)
{
        struct value v = value_of(c, c->start);
        const struct rarity_shape *s = &v.shape;

        (void)j;
        return v.n >= 8 && s->lower && s->upper && s->digits && !s->high && value_is_text(&v) &&
               value_has_any(&v, "!@#$%^&*+=?~_") && !placeholder(v.s, v.n) &&
               !placeholder_indirect(v.s, v.n, v.quoted) && !value_is_stand_in(&v) &&
               !value_is_path_or_file(&v) && v.form == FORM_NONE;
}

/* sk, pat, live in a head such as acme_sk_live_ */
static bool head_tells(const uint8_t *s, size_t n)
{
        static const char *const telling[] = {"sk",   "pat",  "key",  "token", "secret",
                                              "live", "prod", "priv", "auth",  "apikey"};

        for (size_t begin = 0, end; begin < n; begin = end + 1) {
                for (end = begin; end < n && s[end] != '_' && s[end] != '-'; end++)
                        ;
                for (size_t i = 0; i < ELEMENTSOF(telling); i++)
                        if (strlen(telling[i]) == end - begin &&
                            memcmp(s + begin, telling[i], end - begin) == 0)
                                return true;
        }
        return false;
}

/* "Id": "…", --identifier …: the name of a thing */
static bool is_called_an_id(const struct judge_case *c)
{
        static const char *const ends[] = {"id", "identifier", "signature", "hash", "digest"};
        size_t end = c->secret_start;

        while (end > 0 && c->secret_start - end < 8 && !isalnum(c->data[end - 1]))
                end--;
        for (size_t i = 0; i < ELEMENTSOF(ends); i++) {
                size_t n = strlen(ends[i]);

                if (end >= n && strncasecmp((const char *)c->data + end - n, ends[i], n) == 0)
                        return true;
        }
        return false;
}

/* Text that is random in both cases. Hex, and one case alone, are everywhere: there the head must
 * say what it is. */
bool generic_validate_prefixed(struct judge_case *c, struct judgement *j)
{
        struct judge_case body = *c;
        const uint8_t *s = c->data + c->secret_start;
        size_t n = c->secret_end - c->secret_start, head = n;

        (void)j;
        while (head > 0 && s[head - 1] != '_' && s[head - 1] != '-')
                head--;
        body.secret_start += head;
        struct value v = value_of(&body, body.secret_start), whole = value_of(c, c->secret_start);
        if (placeholder(s, n) || (v.form != FORM_NONE && v.form != FORM_DIGEST) ||
            !value_is_rare(&v, true))
                return false;
        if (head > 0 && head_tells(s, head - 1))
                return true;
        return !v.shape.hex && v.shape.lower && v.shape.upper && v.shape.digits >= 2 &&
               v.surprise >= RARITY_RANDOM && !is_called_an_id(c) &&
               (whole.quoted || !v.code || context_is_document(c->path));
}

/* Random, or what stands for it in tests and manuals. */
static bool is_random(const struct value *v, struct judgement *j)
{
        bool letters = v->shape.lower + v->shape.upper > 0;

        if (placeholder(v->s, v->n) || value_is_stand_in(v))
                return false;
        if (v->form == FORM_UUID)
                return is_random_uuid(v);
        if (v->form == FORM_SEQUENCE && v->n >= 10 && v->shape.digits >= 3 && letters &&
            judge_entropy(v->s, v->n) > 2.5) {
                counted(j);
                return true;
        }
        /* in capitals it is a fingerprint */
        return value_is_rare(v, true) && !(v->shape.hex && v->shape.upper && !v->shape.lower);
}

bool generic_validate_rare(struct judge_case *c, struct judgement *j)
{
        struct value v = value_of(c, c->secret_start);

        return is_random(&v, j);
}

bool generic_validate_vendor(struct judge_case *c, struct judgement *j)
{
        const uint8_t *name;
        size_t n = generic_name(c, &name);
        struct value v = value_of(c, (size_t)(name + n - c->data));

        /* opens nothing by itself */
        if (n > 2 && strncasecmp((const char *)name + n - 2, "id", 2) == 0)
                j->severity = SEVERITY_INFO;
        if (is_random(&v, j))
                return true;
        if (v.prose || v.form != FORM_NONE || placeholder(v.s, v.n) || value_is_stand_in(&v))
                return false;
        j->severity = MIN_OF(j->severity, SEVERITY_LOW);
        return value_is_short_but_rare(&v) || value_is_number(&v);
}

bool generic_validate_odd(struct judge_case *c, struct judgement *j)
{
        struct value v = value_of(c, c->start);

        (void)j;
        /* a regular expression has such brackets in its classes of characters */
        if (context_is_code(c->path) && (v.s[0] == '/' || value_holds(&v, "(/")))
                return false;
        return value_is_misnested(&v) && v.shape.lower + v.shape.upper >= 4 &&
               !placeholder(v.s, v.n);
}
