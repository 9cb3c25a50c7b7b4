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
#include "detectors/secrets/name.h"
#include "detectors/secrets/placeholder.h"
#include "detectors/secrets/rarity.h"

#define NAME_MAX_LENGTH 120u

/* What is assigned, and how. */
struct value {
        const uint8_t *s;
        size_t n;
        bool quoted;
        bool code;  /* in a language where an unquoted word is a name */
        bool prose; /* name and value are separated by nothing but a space */
        bool comma; /* or by a comma: arguments */
        struct rarity_shape shape;
        double letters;
};

static bool equals(const struct value *v, const char *word)
{
        return v->n == strlen(word) && strncasecmp((const char *)v->s, word, v->n) == 0;
}

static bool begins(const struct value *v, const char *word)
{
        size_t n = strlen(word);

        return v->n >= n && strncasecmp((const char *)v->s, word, n) == 0;
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

static bool is_code(const char *path)
{
        static const char *const ends[] = {
                ".py",     ".js",     ".jsx",  ".mjs",   ".cjs", ".ts",    ".tsx",   ".go",
                ".java",   ".kt",     ".c",    ".h",     ".cc",  ".cpp",   ".hpp",   ".cs",
                ".rb",     ".php",    ".rs",   ".scala", ".m",   ".swift", ".lua",   ".pl",
                ".pm",     ".vue",    ".dart", ".ex",    ".exs", ".erl",   ".hs",    ".ml",
                ".groovy", ".gradle", ".tf",   ".hcl",   ".sql", ".ps1",   ".md",    ".rst",
                ".html",   ".htm",    ".tcl",  ".vb",    ".pyi", ".inc",   ".el",    ".adb",
                ".ads",    ".f90",    ".pp",   ".pas",   ".vbs", ".pyx",   ".cmake", ".awk"};
        size_t n = strlen(path);

        for (size_t i = 0; i < ELEMENTSOF(ends); i++) {
                size_t k = strlen(ends[i]);
                if (n > k && strcasecmp(path + n - k, ends[i]) == 0)
                        return true;
        }
        return false;
}

static bool is_uuid(const struct value *v)
{
        if (v->n != 36)
                return false;
        for (size_t i = 0; i < 36; i++) {
                bool dash = i == 8 || i == 13 || i == 18 || i == 23;
                if (dash ? v->s[i] != '-' : !isalnum(v->s[i]))
                        return false;
        }
        return true;
}

/* Variables, calls, references to a store, encrypted values: not the secret itself. */
static bool is_indirect(const struct value *v)
{
        static const char *const starts[] = {"arn:",
                                             "vault:",
                                             "ENC[",
                                             "ENC(",
                                             "{cipher}",
                                             "op://",
                                             "secretref:",
                                             "secret://",
                                             "ref+",
                                             "kms:",
                                             "ssm:",
                                             "file:",
                                             "env:",
                                             "AQICAH",
                                             "enc:",
                                             "!vault",
                                             "$ANSIBLE_VAULT",
                                             "sops:",
                                             "keyring:",
                                             "process.env",
                                             "os.environ",
                                             "System.getenv",
                                             "os.getenv",
                                             "ENV[",
                                             "getenv",
                                             "secrets.",
                                             "var.",
                                             "local.",
                                             "data.",
                                             "module.",
                                             "each.",
                                             "self.",
                                             "this.",
                                             "config.",
                                             "settings.",
                                             "args.",
                                             "opts.",
                                             "options.",
                                             "params.",
                                             "request.",
                                             "req.",
                                             "ctx.",
                                             "urn:",
                                             "data:",
                                             "application/",
                                             "text/",
                                             "base64,",
                                             "cn=",
                                             "ssh-rsa",
                                             "ssh-ed25519",
                                             "ecdsa-",
                                             "-----BEGIN",
                                             "mailto:",
                                             "javascript:",
                                             "xs:",
                                             "xsd:",
                                             "@",
                                             "\\",
                                             "./",
                                             "../",
                                             "~/",
                                             "/",
                                             "#",
                                             "&",
                                             "*",
                                             "=",
                                             "-",
                                             "|",
                                             "%",
                                             "^"};

        for (size_t i = 0; i < ELEMENTSOF(starts); i++)
                if (begins(v, starts[i]) &&
                    (strlen(starts[i]) > 1 || !v->shape.digits || v->n < 16))
                        return true;
        return holds(v, "://") || holds(v, "\\n") || (!v->quoted && holds(v, "->")) ||
               (!v->quoted && holds(v, "::")) || (holds(v, "%s") && v->n < 40) || holds(v, "...");
}

static bool is_common_word(const struct value *v)
{
        static const char *const words[] = {
                "true",     "false",    "none",     "null",    "nil",     "undefined", "required",
                "optional", "string",   "str",      "text",    "bytes",   "number",    "integer",
                "boolean",  "object",   "yes",      "no",      "on",      "off",       "unknown",
                "default",  "empty",    "disabled", "enabled", "hidden",  "auto",      "env",
                "secret",   "token",    "key",      "apikey",  "api_key", "value",     "username",
                "user",     "redacted", "todo",     "fixme",   "tbd",     "n/a",       "password",
                "passwd",   "pwd",      "pass",     "basic",   "bearer",  "xxx",       "***",
                "sha256",   "md5",      "plain",    "stdin",   "prompt",  "file",      "options",
                "validate", "type",     "input",    "email"};

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (equals(v, words[i]))
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
        return v->letters < RARITY_WORDS;
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
        if (slashes && v->letters < RARITY_WORDS)
                return true;
        for (size_t i = 0; i < ELEMENTSOF(ends); i++) {
                size_t k = strlen(ends[i]);
                if (v->n > k && strncasecmp((const char *)v->s + v->n - k, ends[i], k) == 0)
                        return true;
        }
        return false;
}

static bool is_version(const struct value *v)
{
        return v->n < 24 && v->shape.lower + v->shape.upper < 4 && has_any(v, ".") &&
               v->shape.digits;
}

/* Words that a person writes where a secret will be. */
static bool is_stand_in(const struct value *v)
{
        static const char *const words[] = {"fake",  "dummy",  "your",    "my_",      "my-",
                                            "test_", "insert", "here",    "changeit", "foobar",
                                            "goes",  "not_",   "notreal", "invalid",  "some",
                                            "short", "sample", "demo-"};

        if (v->letters >= RARITY_WORDS + 0.5)
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
        /* words in a row have no long run; groups of a licence key have digits in each */
        if (s->run < (strict ? 14u : 8u) && (strict || s->digits * 4 < v->n))
                return false;
        if (s->digits >= 2 && s->turns >= (strict ? 5u : 3u) && v->letters >= RARITY_WORDS - 0.3)
                return true;
        /* digits all over, too few pairs of letters to judge by them */
        if (s->digits * 5 >= v->n && s->turns * 4 >= v->n)
                return true;
        return v->letters >= RARITY_WORDS + (strict ? 0.4 : 0.2) && (s->digits || s->turns >= 5) &&
               v->n >= 20;
}

/* Shorter than a token usually is: letters, digits and turns in it must make up for that. */
static bool is_short_but_rare(const struct value *v)
{
        const struct rarity_shape *s = &v->shape;

        return v->n >= 10 && v->n < 20 && !s->spaces && s->digits >= 2 &&
               s->lower + s->upper >= 3 && s->turns >= (s->digits * 3 >= v->n ? 3u : 4u) &&
               (v->letters >= RARITY_WORDS || s->turns * 2 >= v->n);
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

        return v->n >= 8 && (kinds >= 3 || (kinds >= 2 && v->letters >= RARITY_WORDS) ||
                             (v->n >= 12 && s->digits >= 2 && s->turns >= 4));
}

static bool judge_password(const struct value *v, struct judgement *j)
{
        if (v->n < 4 || v->n > 128 || v->shape.spaces || is_stand_in(v) || is_version(v) ||
            (has_any(v, "<>{}()") && !is_misnested(v)))
                return false;
        /* mypassword is a password in a setting, and a name in code */
        if ((holds(v, "password") || holds(v, "passwd")) && (v->code || has_any(v, "_- .#")))
                return false;
        if (v->prose && !(v->quoted && !v->code) && !is_rare(v, true))
                return false;
        /* an unquoted word in code is a name, not a value */
        if (!v->quoted && v->code &&
            (is_name_like(v) || !is_strong_password(v) || is_identifier(v)) && !is_rare(v, true))
                return false;
        /* words of a list, or arguments; a sentence with something in quotes */
        if (v->comma ? !v->quoted || !is_strong_password(v)
                     : v->prose && !v->shape.digits && !v->shape.other)
                return false;
        if (is_path_or_file(v) && !is_strong_password(v))
                return false;
        if (is_strong_password(v) && !(v->n > 14 && is_name_like(v))) {
                j->class = CLASS_PASSWORD_IN_CONFIG;
                j->confidence = CONFIDENCE_MEDIUM;
                return true;
        }
        j->class = CLASS_WEAK_PASSWORD;
        j->severity = SEVERITY_LOW;
        j->confidence = CONFIDENCE_LOW;
        j->note = "a guessable password, or a placeholder";
        return true;
}

static bool judge_token(const struct value *v, enum name_kind kind, struct judgement *j)
{
        bool strict = kind == NAME_WEAK_KEY || v->prose || (!v->quoted && v->code);

        if (is_misnested(v))
                return v->n >= 12;
        if (v->n > 1000 || is_path_or_file(v) || is_version(v) || is_stand_in(v) ||
            (!v->quoted && v->comma) || v->shape.spaces)
                return false;
        if (has_any(v, "<>{}()[]*;,"))
                return v->quoted && v->n >= 20 && v->shape.digits >= 3 && v->shape.turns >= 5 &&
                       v->letters >= RARITY_WORDS;
        /* a fingerprint, a commit: hex after a space is rarely a secret */
        if (v->prose && v->shape.hex && kind == NAME_WEAK_KEY)
                return false;
        if (is_uuid(v)) {
                j->severity = kind == NAME_TOKEN ? SEVERITY_MEDIUM : SEVERITY_LOW;
                j->confidence = CONFIDENCE_LOW;
                return v->shape.digits > 4 && v->shape.lower + v->shape.upper > 0;
        }
        if (is_rare(v, strict)) {
                j->confidence = strict ? CONFIDENCE_LOW : CONFIDENCE_MEDIUM;
                j->severity = strict ? SEVERITY_MEDIUM : SEVERITY_HIGH;
                return true;
        }
        j->severity = SEVERITY_LOW;
        j->confidence = CONFIDENCE_LOW;
        if (kind != NAME_TOKEN || v->prose)
                return false;
        return is_short_but_rare(v) || is_number(v) ||
               (v->n >= 14 && v->shape.other == 0 && v->letters >= RARITY_WORDS + 0.5 &&
                (v->quoted || !v->code));
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
        v.code = is_code(c->path);
        v.prose = true;
        for (size_t i = name_end; i < c->secret_start - v.quoted; i++) {
                if (!isspace(c->data[i]))
                        v.prose = false;
                v.comma |= c->data[i] == ',';
        }
        v.shape = rarity_shape(v.s, v.n);
        v.letters = rarity_letters(v.s, v.n);
        return v;
}

bool generic_validate(struct judge_case *c, struct judgement *j)
{
        const uint8_t *name;
        size_t n = name_of(c, &name);
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
        if (v.n < 4 || placeholder(v.s, v.n) || is_indirect(&v) || is_common_word(&v))
                return false;
        return kind == NAME_PASSWORD ? judge_password(&v, j) : judge_token(&v, kind, j);
}

bool generic_validate_password(struct judge_case *c, struct judgement *j)
{
        struct value v = value_of(c, c->start);

        v.prose = false;
        v.code = false;
        if (v.n < 2 || placeholder(v.s, v.n) || is_common_word(&v) ||
            (has_any(&v, "<>{}") && !is_misnested(&v)))
                return false;
        if (!is_strong_password(&v) && !is_rare(&v, false)) {
                j->severity = MIN_OF(j->severity, SEVERITY_MEDIUM);
                j->note = "a guessable password";
        }
        return true;
}

bool generic_validate_rare(struct judge_case *c, struct judgement *j)
{
        struct value v = value_of(c, c->secret_start);

        (void)j;
        return !placeholder(v.s, v.n) && !is_stand_in(&v) &&
               (is_uuid(&v) ? v.shape.digits > 4 && v.shape.lower + v.shape.upper > 0
                            : is_rare(&v, true) && !(v.shape.hex && v.shape.upper));
}

bool generic_validate_odd(struct judge_case *c, struct judgement *j)
{
        struct value v = value_of(c, c->start);

        (void)j;
        return is_misnested(&v) && v.shape.lower + v.shape.upper >= 4 && !placeholder(v.s, v.n);
}
