/* SPDX-FileCopyrightText: giad maintainers */

/*
 * The table of languages: which marks and words each one knows, and which file names belong to it.
 * It must not know how they are read: tokens.c and the builder ask it. Everything is static;
 * nothing is owned.
 *
 * Words are kept in one string for each role and language, because that is how one compares them
 * with the language's own manual; a name is looked up by its first letter and length, so the
 * strings' order means nothing.
 */

#include "detectors/source/language.h"

#include <string.h>

#include "common/base/macros.h"

struct role {
        enum word word;
        const char *names; /* separated and surrounded by one space */
};

#define ROLES 14

struct language_row {
        uint32_t flags;
        struct role roles[ROLES];
};

static const struct language_row rows[_LANGUAGE_MAX] = {
        [LANGUAGE_PYTHON] =
                {
                        .flags = LANGUAGE_HASH_COMMENT | LANGUAGE_NEWLINE_ENDS | LANGUAGE_INDENTED |
                                 LANGUAGE_KEY_EQUALS | LANGUAGE_TYPED_NAME | LANGUAGE_TRIPLE |
                                 LANGUAGE_JOINED | LANGUAGE_BRACE_LIST,
                        .roles =
                                {
                                        {WORD_TRUE, " True "},
                                        {WORD_FALSE, " False "},
                                        {WORD_NULL, " None "},
                                        {WORD_PREFIX, " await async yield global nonlocal "},
                                        {WORD_OPERATOR, " and or not is "},
                                        {WORD_CONTROL,
                                         " if elif else while return raise assert del try except "
                                         "finally with pass break continue "},
                                        {WORD_FOR, " for "},
                                        {WORD_IN, " in "},
                                        {WORD_AS, " as "},
                                        {WORD_FUNCTION, " def "},
                                        {WORD_CLASS, " class "},
                                        {WORD_LAMBDA, " lambda "},
                                        {WORD_IMPORT, " import from "},
                                },
                },
        [LANGUAGE_JAVASCRIPT] =
                {
                        .flags = LANGUAGE_SLASH_COMMENT | LANGUAGE_NEWLINE_ENDS |
                                 LANGUAGE_TYPED_NAME | LANGUAGE_GENERICS | LANGUAGE_METHODS |
                                 LANGUAGE_REGEX,
                        .roles =
                                {
                                        {WORD_TRUE, " true "},
                                        {WORD_FALSE, " false "},
                                        {WORD_NULL, " null undefined "},
                                        {WORD_PREFIX,
                                         " const let var await async yield export default static "
                                         "public private protected readonly declare abstract "
                                         "override "},
                                        {WORD_OPERATOR, " instanceof typeof void delete keyof "},
                                        {WORD_CONTROL,
                                         " if else while do return throw switch case try catch "
                                         "finally with break continue debugger "},
                                        {WORD_FOR, " for "},
                                        {WORD_IN, " in of "},
                                        {WORD_AS, " as satisfies "},
                                        {WORD_FUNCTION, " function "},
                                        {WORD_CLASS, " class interface enum namespace "},
                                        {WORD_NEW, " new "},
                                        {WORD_IMPORT, " import "},
                                },
                },
        [LANGUAGE_GO] =
                {
                        .flags = LANGUAGE_SLASH_COMMENT | LANGUAGE_NEWLINE_ENDS |
                                 LANGUAGE_BRACE_LIST,
                        .roles =
                                {
                                        {WORD_TRUE, " true "},
                                        {WORD_FALSE, " false "},
                                        {WORD_NULL, " nil "},
                                        {WORD_PREFIX, " var const go defer "},
                                        {WORD_OPERATOR, " chan map "},
                                        {WORD_CONTROL, " if else return switch case select default "
                                                       "break continue "
                                                       "goto fallthrough "},
                                        {WORD_FOR, " for "},
                                        {WORD_IN, " range "},
                                        {WORD_FUNCTION, " func "},
                                        {WORD_CLASS, " struct interface "},
                                        {WORD_IMPORT, " import package "},
                                },
                },
        [LANGUAGE_JAVA] =
                {
                        .flags = LANGUAGE_SLASH_COMMENT | LANGUAGE_KEY_EQUALS |
                                 LANGUAGE_TYPED_NAME | LANGUAGE_GENERICS | LANGUAGE_METHODS |
                                 LANGUAGE_TYPE_FIRST | LANGUAGE_TRIPLE | LANGUAGE_BRACE_LIST |
                                 LANGUAGE_TRAILING_BLOCK,
                        .roles =
                                {
                                        {WORD_TRUE, " true "},
                                        {WORD_FALSE, " false "},
                                        {WORD_NULL, " null "},
                                        {WORD_PREFIX,
                                         " public private protected static final abstract "
                                         "transient "
                                         "volatile synchronized native val var lateinit override "
                                         "implicit lazy const open internal suspend inline await "},
                                        {WORD_OPERATOR, " instanceof is "},
                                        {WORD_CONTROL,
                                         " if else while do return throw throws switch case when "
                                         "match try catch finally break continue assert yield "},
                                        {WORD_FOR, " for "},
                                        {WORD_IN, " in "},
                                        {WORD_AS, " as "},
                                        {WORD_FUNCTION, " fun def "},
                                        {WORD_CLASS, " class interface enum object trait record "},
                                        {WORD_NEW, " new "},
                                        {WORD_IMPORT, " import package "},
                                },
                },
        [LANGUAGE_RUBY] =
                {
                        .flags = LANGUAGE_HASH_COMMENT | LANGUAGE_NEWLINE_ENDS | LANGUAGE_INDENTED |
                                 LANGUAGE_KEY_COLON | LANGUAGE_KEY_ARROW | LANGUAGE_REGEX |
                                 LANGUAGE_COMMANDS | LANGUAGE_HEREDOC | LANGUAGE_TRAILING_BLOCK,
                        .roles =
                                {
                                        {WORD_TRUE, " true "},
                                        {WORD_FALSE, " false "},
                                        {WORD_NULL, " nil "},
                                        {WORD_OPERATOR, " and or not "},
                                        {WORD_CONTROL,
                                         " if elsif else unless while until return case when begin "
                                         "rescue ensure end do then yield break next redo retry "
                                         "loop "},
                                        {WORD_FOR, " for "},
                                        {WORD_IN, " in "},
                                        {WORD_FUNCTION, " def "},
                                        {WORD_CLASS, " class module "},
                                },
                },
        [LANGUAGE_CSHARP] =
                {
                        .flags = LANGUAGE_SLASH_COMMENT | LANGUAGE_KEY_EQUALS | LANGUAGE_KEY_COLON |
                                 LANGUAGE_GENERICS | LANGUAGE_METHODS | LANGUAGE_TYPE_FIRST |
                                 LANGUAGE_TRIPLE | LANGUAGE_BRACE_LIST,
                        .roles =
                                {
                                        {WORD_TRUE, " true "},
                                        {WORD_FALSE, " false "},
                                        {WORD_NULL, " null "},
                                        {WORD_PREFIX,
                                         " public private protected internal static readonly const "
                                         "sealed abstract virtual override async await var partial "
                                         "required ref out unsafe "},
                                        {WORD_OPERATOR, " is typeof sizeof "},
                                        {WORD_CONTROL,
                                         " if else while do return throw switch case default try "
                                         "catch finally lock break continue goto when "},
                                        {WORD_FOR, " for foreach "},
                                        {WORD_IN, " in "},
                                        {WORD_AS, " as "},
                                        {WORD_CLASS,
                                         " class interface struct enum record namespace "},
                                        {WORD_NEW, " new "},
                                        {WORD_IMPORT, " using "},
                                },
                },
        [LANGUAGE_PHP] =
                {
                        .flags = LANGUAGE_HASH_COMMENT | LANGUAGE_SLASH_COMMENT |
                                 LANGUAGE_KEY_COLON | LANGUAGE_KEY_ARROW | LANGUAGE_HEREDOC,
                        .roles =
                                {
                                        {WORD_TRUE, " true TRUE True "},
                                        {WORD_FALSE, " false FALSE False "},
                                        {WORD_NULL, " null NULL Null "},
                                        {WORD_PREFIX, " public private protected static final "
                                                      "abstract const var "
                                                      "readonly global "},
                                        {WORD_OPERATOR, " and or xor instanceof clone "},
                                        {WORD_CONTROL,
                                         " if elseif else while do return throw switch case "
                                         "default "
                                         "try catch finally break continue echo print match "},
                                        {WORD_FOR, " for foreach "},
                                        {WORD_AS, " as "},
                                        {WORD_FUNCTION, " function fn "},
                                        {WORD_CLASS, " class interface trait enum "},
                                        {WORD_NEW, " new "},
                                        {WORD_IMPORT, " use namespace "},
                                },
                },
};

static const struct {
        const char *suffix; /* of the file name, or the whole name */
        enum language language;
} names[] = {
        {".py", LANGUAGE_PYTHON},      {".pyi", LANGUAGE_PYTHON},     {".pyw", LANGUAGE_PYTHON},
        {".wsgi", LANGUAGE_PYTHON},    {".js", LANGUAGE_JAVASCRIPT},  {".mjs", LANGUAGE_JAVASCRIPT},
        {".cjs", LANGUAGE_JAVASCRIPT}, {".jsx", LANGUAGE_JAVASCRIPT}, {".ts", LANGUAGE_JAVASCRIPT},
        {".mts", LANGUAGE_JAVASCRIPT}, {".cts", LANGUAGE_JAVASCRIPT}, {".tsx", LANGUAGE_JAVASCRIPT},
        {".go", LANGUAGE_GO},          {".java", LANGUAGE_JAVA},      {".kt", LANGUAGE_JAVA},
        {".kts", LANGUAGE_JAVA},       {".scala", LANGUAGE_JAVA},     {".sc", LANGUAGE_JAVA},
        {".groovy", LANGUAGE_JAVA},    {".rb", LANGUAGE_RUBY},        {".rake", LANGUAGE_RUBY},
        {".ru", LANGUAGE_RUBY},        {".gemspec", LANGUAGE_RUBY},   {"Rakefile", LANGUAGE_RUBY},
        {"Gemfile", LANGUAGE_RUBY},    {".cs", LANGUAGE_CSHARP},      {".csx", LANGUAGE_CSHARP},
        {".cshtml", LANGUAGE_CSHARP},  {".php", LANGUAGE_PHP},        {".phtml", LANGUAGE_PHP},
        {".php5", LANGUAGE_PHP},       {".php7", LANGUAGE_PHP},       {".php8", LANGUAGE_PHP},
};

enum language lexer_language(const char *path)
{
        const char *slash = strrchr(path, '/');
        const char *name = slash ? slash + 1 : path;
        const char *dot = strrchr(name, '.');

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                const char *with = names[i].suffix[0] == '.' ? dot : name;
                if (with && strcasecmp(with, names[i].suffix) == 0)
                        return names[i].language;
        }
        return LANGUAGE_NONE;
}

uint32_t language_flags(enum language language)
{
        return rows[language].flags;
}

static bool role_has(const char *names_of_role, const char *word, size_t n)
{
        for (const char *p = names_of_role; (p = strchr(p, word[0])); p++)
                if (p[-1] == ' ' && strncmp(p, word, n) == 0 && p[n] == ' ')
                        return true;
        return false;
}

void language_lengths(enum language language, struct word_lengths *ret)
{
        *ret = (struct word_lengths){0};
        for (size_t i = 0; i < ROLES && rows[language].roles[i].names; i++)
                for (const char *p = rows[language].roles[i].names + 1; *p;) {
                        size_t n = strcspn(p, " ");

                        ret->of[(uint8_t)*p % ELEMENTSOF(ret->of)] |= (uint16_t)(1u << n);
                        p += n + 1;
                }
}

enum word language_word(enum language language, const struct word_lengths *lengths,
                        const char *word, size_t n)
{
        /* nearly all names are words of no language */
        if (n > WORD_LONGEST || !(lengths->of[(uint8_t)*word % ELEMENTSOF(lengths->of)] >> n & 1) ||
            memchr(word, ' ', n))
                return WORD_NONE;
        for (size_t i = 0; i < ROLES && rows[language].roles[i].names; i++)
                if (role_has(rows[language].roles[i].names, word, n))
                        return rows[language].roles[i].word;
        return WORD_NONE;
}
