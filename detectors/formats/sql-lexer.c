/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what strings, names, comments and statements' ends look like in SQL, in the dialects of
 * PostgreSQL, MySQL, SQL Server, Oracle, Snowflake and Cassandra at once.
 * Does not own: what statements say (sql.c and the files beside it).
 *
 * Where dialects disagree, the text tells: a name in `` or an executable comment is MySQL's, and from
 * there on backslashes escape and # begins a comment. Statements without `;` (SQL Server) end where a
 * line begins with a word that begins one. A quote without end is taken for a sign, and so are all
 * later ones: each is searched for to the end once, and what stands behind is still read.
 */
#include "detectors/formats/sql-lexer.h"

#include <string.h>
#include <strings.h>

#include "common/base/macros.h"

static char at(const struct sql_lexer *l, size_t i)
{
        return i < l->n ? l->data[i] : '\0';
}

static bool is_space(char c)
{
        return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

static bool is_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
               ((unsigned char)c & 0x80);
}

static bool is_word_char(char c)
{
        return is_letter(c) || (c >= '0' && c <= '9') || c == '$' || c == '#';
}

static bool text_at(const struct sql_lexer *l, size_t i, const char *s)
{
        size_t n = strlen(s);

        return i <= l->n && n <= l->n - i && memcmp(l->data + i, s, n) == 0;
}

static size_t line_end(const struct sql_lexer *l, size_t i)
{
        const char *end = i < l->n ? memchr(l->data + i, '\n', l->n - i) : NULL;

        return end ? (size_t)(end - l->data) : l->n;
}

static void note_broken(struct sql_lexer *l, size_t i)
{
        if (!l->broken)
                l->broken_at = i;
        l->broken = true;
}

/* Behind the white space and comments at byte i. *first: a line began there. */
static size_t skip_space(struct sql_lexer *l, size_t i, bool *first)
{
        for (;;) {
                while (i < l->n && is_space(l->data[i])) {
                        *first |= l->data[i] == '\n';
                        i++;
                }
                if (text_at(l, i, "--") || (at(l, i) == '#' && (l->mysql || *first))) {
                        i = line_end(l, i);
                } else if (text_at(l, i, "/*!") || text_at(l, i, "/*M!")) {
                        /* what is in it is executed */
                        l->mysql = true;
                        i += at(l, i + 2) == 'M' ? 4 : 3;
                        while (at(l, i) >= '0' && at(l, i) <= '9')
                                i++;
                } else if (text_at(l, i, "*/")) {
                        i += 2;
                } else if (text_at(l, i, "/*")) {
                        const char *end = memmem(l->data + i + 2, l->n - i - 2, "*/", 2);

                        if (!end)
                                note_broken(l, i);
                        i = end ? (size_t)(end - l->data) + 2 : l->n;
                } else {
                        return i;
                }
        }
}

/* The byte at which what was quoted ends, from byte i on; l->n: nowhere. Where backslashes do not
 * escape, one before a quote does if a word follows: behind a string there is none. */
static size_t find_quote(const struct sql_lexer *l, size_t i, char quote, bool escapes)
{
        while (i < l->n) {
                const char *end = memchr(l->data + i, quote, l->n - i);
                size_t found = end ? (size_t)(end - l->data) : l->n;
                size_t escape = found;

                while (escape > i && l->data[escape - 1] == '\\')
                        escape--;
                if (found == l->n)
                        return found;
                bool escaped =
                        (found - escape) % 2 == 1 && (escapes || is_word_char(at(l, found + 1)));
                if (!escaped && at(l, found + 1) != quote)
                        return found;
                i = found + (escaped ? 1 : 2);
        }
        return l->n;
}

static void set_token(struct sql_lexer *l, enum sql_token_type type, size_t inside, size_t size,
                      size_t end)
{
        l->t.type = type;
        l->t.inside = inside;
        l->t.size = size;
        l->t.end = end;
}

/* A quoted thing whose content begins at `inside`. *none: one had no end before. */
static bool read_quoted(struct sql_lexer *l, enum sql_token_type type, size_t inside, char quote,
                        bool escapes, bool *none)
{
        size_t end = *none ? l->n : find_quote(l, inside, quote, escapes);

        if (end == l->n) {
                if (!*none)
                        note_broken(l, l->t.begin);
                *none = true;
                return false;
        }
        set_token(l, type, inside, end - inside, end + 1);
        return true;
}

/* [name] is a name in SQL Server, a[1] and ARRAY['a'] are none. */
static bool read_bracketed(struct sql_lexer *l)
{
        size_t i = l->t.begin + 1;

        if (l->t.begin > 0 && is_word_char(l->data[l->t.begin - 1]))
                return false;
        if (!is_letter(at(l, i)) && at(l, i) != '#')
                return false;
        while (is_word_char(at(l, i)) || (at(l, i) != '\0' && strchr(" .-\\@", at(l, i))))
                i++;
        if (at(l, i) != ']')
                return false;
        set_token(l, SQL_QUOTED, l->t.begin + 1, i - l->t.begin - 1, i + 1);
        return true;
}

/* $tag$ … $tag$ */
static bool read_dollars(struct sql_lexer *l)
{
        size_t tag = l->t.begin + 1, begin = tag;

        while (is_letter(at(l, begin)) ||
               (begin > tag && at(l, begin) >= '0' && at(l, begin) <= '9'))
                begin++;
        if (at(l, begin) != '$' || l->no_dollar)
                return false;
        begin++;
        const char *end =
                memmem(l->data + begin, l->n - begin, l->data + l->t.begin, begin - l->t.begin);
        if (!end) {
                note_broken(l, l->t.begin);
                l->no_dollar = true;
                return false;
        }
        size_t close = (size_t)(end - l->data);
        set_token(l, SQL_STRING, begin, close - begin, close + begin - l->t.begin);
        l->t.dollar = true;
        return true;
}

static bool read_quotes(struct sql_lexer *l)
{
        size_t i = l->t.begin;

        switch (at(l, i)) {
        case '\'':
                return read_quoted(l, SQL_STRING, i + 1, '\'', l->mysql, &l->no_single);
        case '"':
                return read_quoted(l, SQL_QUOTED, i + 1, '"', l->mysql, &l->no_double);
        case '`':
                l->mysql = true;
                return read_quoted(l, SQL_QUOTED, i + 1, '`', false, &l->no_back);
        case '[':
                return read_bracketed(l);
        case '$':
                return read_dollars(l);
        case 'E':
        case 'e':
                return at(l, i + 1) == '\'' &&
                       read_quoted(l, SQL_STRING, i + 2, '\'', true, &l->no_single);
        case 'N':
        case 'n':
                return at(l, i + 1) == '\'' &&
                       read_quoted(l, SQL_STRING, i + 2, '\'', false, &l->no_single);
        default:
                return false;
        }
}

void sql_next(struct sql_lexer *l)
{
        bool first = l->t.end == 0;
        size_t i = skip_space(l, l->t.end, &first), end;

        l->t = (struct sql_token){.type = SQL_END, .begin = i, .end = i, .first = first};
        if (i >= l->n || read_quotes(l))
                return;
        /* a template in a name is a part by itself */
        for (end = i; is_word_char(at(l, end)) &&
                      !(end > i && (text_at(l, end, "${") || text_at(l, end, "$(")));)
                end++;
        set_token(l, end > i ? SQL_WORD : SQL_SIGN, i, MAX_OF(end - i, 1u), MAX_OF(end, i + 1));
}

void sql_lexer_begin(struct sql_lexer *l, const char *data, size_t from, size_t to)
{
        l->data = data;
        l->n = to;
        l->t = (struct sql_token){.end = from};
        sql_next(l);
        l->t.first = true;
}

bool sql_is(const struct sql_lexer *l, const char *word)
{
        size_t n = l->t.size;

        return l->t.type == SQL_WORD && n == strlen(word) &&
               strncasecmp(l->data + l->t.inside, word, n) == 0;
}

bool sql_is_one_of(const struct sql_lexer *l, const char *const *words)
{
        if (l->t.type != SQL_WORD)
                return false;
        for (; *words; words++)
                if (sql_is(l, *words))
                        return true;
        return false;
}

bool sql_is_sign(const struct sql_lexer *l, char sign)
{
        return l->t.type == SQL_SIGN && l->data[l->t.begin] == sign;
}

bool sql_take(struct sql_lexer *l, const char *word)
{
        bool is = sql_is(l, word);

        if (is)
                sql_next(l);
        return is;
}

bool sql_take_sign(struct sql_lexer *l, char sign)
{
        bool is = sql_is_sign(l, sign);

        if (is)
                sql_next(l);
        return is;
}

bool sql_is_name(const struct sql_lexer *l)
{
        return l->t.type == SQL_WORD || l->t.type == SQL_QUOTED;
}

/* WITH⏎GRANT OPTION begins nothing. */
static bool is_grant_option(const struct sql_lexer *l)
{
        struct sql_lexer next = *l;

        sql_next(&next);
        return sql_is(&next, "option");
}

bool sql_at_end(const struct sql_lexer *l)
{
        static const char *const behind[] = {"begin", "then", "else", "loop", NULL};
        static const char *const starts[] = {"grant", "revoke", "deny",    "create", "alter",
                                             "exec",  "insert", "execute", "drop",   "use",
                                             "go",    "copy",   "comment", "do",     NULL};

        if (l->t.type == SQL_END || sql_is_sign(l, ';') || sql_is_one_of(l, behind))
                return true;
        return l->t.first && sql_is_one_of(l, starts) &&
               !(sql_is(l, "grant") && is_grant_option(l));
}

bool sql_pass_end(struct sql_lexer *l)
{
        static const char *const passed[] = {"begin", "then", "else", "loop", "go", NULL};
        bool passes = sql_is_sign(l, ';') || sql_is_one_of(l, passed);

        if (passes)
                sql_next(l);
        return passes;
}

void sql_skip_statement(struct sql_lexer *l)
{
        while (!sql_at_end(l))
                sql_next(l);
        (void)sql_pass_end(l);
}

/* Behind the line `\.` that ends the data of COPY … FROM stdin; */
static void skip_copied(struct sql_lexer *l)
{
        size_t i = l->t.end;
        const char *end = i < l->n ? memmem(l->data + i, l->n - i, "\n\\.", 3) : NULL;

        if (!end)
                note_broken(l, i);
        l->t.end = end ? line_end(l, (size_t)(end - l->data) + 1) : l->n;
}

/* How far nothing is of interest in data: quotes, comments and ends are. */
static size_t plain_length(const char *s, size_t n)
{
        static const bool stops[256] = {
                [';'] = true, ['\''] = true, ['"'] = true,  ['`'] = true, ['$'] = true,
                ['-'] = true, ['/'] = true,  ['\n'] = true, ['#'] = true,
        };
        size_t i = 0;

        while (i < n && !stops[(unsigned char)s[i]])
                i++;
        return i;
}

/* A line that begins with a letter may begin a statement; in data few do. */
static bool may_begin(const struct sql_lexer *l, size_t i)
{
        return at(l, i) != '\0' && strchr("gGrRdDcCaAeEiIuU", at(l, i));
}

void sql_skip_data(struct sql_lexer *l)
{
        bool copy = sql_is(l, "copy"), stdin_follows = false;

        for (sql_next(l); copy && !sql_at_end(l); sql_next(l))
                stdin_follows |= sql_is(l, "stdin");
        while (!sql_at_end(l)) {
                size_t i = l->t.end;
                size_t k = plain_length(l->data + i, l->n - i);

                if (k > 0 && at(l, i + k) == '\n' && !may_begin(l, i + k + 1)) {
                        /* no token is made of what no statement begins with */
                        l->t.end = i + k + 1;
                        l->t.type = SQL_SIGN;
                        continue;
                }
                l->t.end = i + k;
                sql_next(l);
        }
        if (stdin_follows && sql_is_sign(l, ';')) {
                skip_copied(l);
                sql_next(l);
                return;
        }
        (void)sql_pass_end(l);
}

void sql_skip_line(struct sql_lexer *l)
{
        l->t.end = line_end(l, l->t.begin);
        sql_next(l);
}

void sql_skip_brackets(struct sql_lexer *l)
{
        size_t depth = 0;

        do {
                depth += sql_is_sign(l, '(');
                depth -= depth > 0 && sql_is_sign(l, ')');
                sql_next(l);
        } while (depth > 0 && l->t.type != SQL_END && !sql_is_sign(l, ';'));
}
