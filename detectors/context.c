/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what a file's path says of the values in it.
 *
 * Paths never acquit: whoever writes the file chooses its name. They only lower how sure a finding
 * is, and say how unquoted words are to be read.
 */
#include "detectors/context.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"

/* What begins with the last dot; a document that is packed is one all the same. */
static bool ends_with_any(const char *path, const char *const *ends, size_t n_ends)
{
        size_t n = strlen(path);

        if (n > 3 && strcasecmp(path + n - 3, ".gz") == 0)
                n -= 3;
        const char *dot = memrchr(path, '.', n);
        if (!dot || dot == path)
                return false;
        size_t k = (size_t)(path + n - dot);
        for (size_t i = 0; i < n_ends; i++)
                if (strncasecmp(dot, ends[i], k) == 0 && ends[i][k] == '\0')
                        return true;
        return false;
}

bool context_is_code(const char *path)
{
        static const char *const ends[] = {
                ".py",     ".js",     ".jsx",  ".mjs",   ".cjs", ".ts",    ".tsx",    ".go",
                ".java",   ".kt",     ".c",    ".h",     ".cc",  ".cpp",   ".hpp",    ".cs",
                ".rb",     ".php",    ".rs",   ".scala", ".m",   ".swift", ".lua",    ".pl",
                ".pm",     ".vue",    ".dart", ".ex",    ".exs", ".erl",   ".hs",     ".ml",
                ".groovy", ".gradle", ".tf",   ".hcl",   ".sql", ".ps1",   ".md",     ".rst",
                ".html",   ".htm",    ".tcl",  ".vb",    ".pyi", ".inc",   ".el",     ".adb",
                ".ads",    ".f90",    ".pp",   ".pas",   ".vbs", ".pyx",   ".cmake",  ".awk",
                ".bicep",  ".tofu",   ".pyc",  ".kts",   ".mts", ".cts",   ".svelte", ".graphql",
                ".gql",    ".proto"};

        return ends_with_any(path, ends, ELEMENTSOF(ends));
}

bool context_is_document(const char *path)
{
        static const char *const ends[] = {".md", ".mdx", ".rst",  ".adoc", ".html",  ".htm",
                                           ".1",  ".3",   ".5",    ".7",    ".8",     ".tex",
                                           ".mo", ".po",  ".texi", ".pod",  ".ipynb", ".info"};
        const char *name = strrchr(path, '/');

        name = name ? name + 1 : path;
        return ends_with_any(path, ends, ELEMENTSOF(ends)) || strncasecmp(name, "readme", 6) == 0 ||
               strncasecmp(name, "changelog", 9) == 0 || strncasecmp(name, "PKG-INFO", 8) == 0;
}

/* One of the words stands in the path as a word: between anything but letters. */
static bool has_word(const char *path, const char *const *words, size_t n_words)
{
        for (size_t i = 0; i < n_words; i++) {
                size_t k = strlen(words[i]);

                for (const char *p = path; (p = strcasestr(p, words[i])); p++)
                        if ((p == path || !isalpha((unsigned char)p[-1])) &&
                            !isalpha((unsigned char)p[k]))
                                return true;
        }
        return false;
}

/* The last names of a path: what stands above them is the host's, not the project's. */
static const char *tail_of(const char *path)
{
        const char *p = path + strlen(path);

        for (unsigned names = 0; p > path; p--)
                if (p[-1] == '/' && ++names == 4)
                        break;
        return p;
}

bool context_is_sample(const char *path)
{
        static const char *const words[] = {"test",    "tests",    "testing",  "testdata", "spec",
                                            "specs",   "fixture",  "fixtures", "mock",     "mocks",
                                            "example", "examples", "sample",   "samples",  "demo",
                                            "demos",   "template", "cassettes"};

        return has_word(tail_of(path), words, ELEMENTSOF(words));
}

bool context_is_messages(const char *path)
{
        static const char *const words[] = {"locale", "locales",      "i18n",    "l10n",
                                            "lang",   "translations", "messages"};

        return has_word(tail_of(path), words, ELEMENTSOF(words));
}
