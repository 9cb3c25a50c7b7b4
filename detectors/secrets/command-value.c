/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: where the values of a command line begin and end.
 * Does not own: which of them are secrets.
 */
#include <stdbool.h>
#include <string.h>

#include "detectors/secrets/command-internal.h"

void command_mark(struct command *c, size_t from, size_t to)
{
        if (from < to)
                memset(c->marks + from, 1, to - from);
}

size_t command_argument_end(const struct command *c, size_t at)
{
        return at + strnlen(c->text + at, c->n - at);
}

static size_t argument_begin(const struct command *c, size_t at)
{
        while (at > 0 && c->text[at - 1] != '\0')
                at--;
        return at;
}

/* -c, -lc, -ec: what is behind it is a program of a shell. */
static bool is_dash_c(const char *s)
{
        size_t n = strlen(s);

        return s[0] == '-' && s[1] != '-' && n >= 2 && n <= 5 && s[n - 1] == 'c';
}

static bool is_script(const struct command *c, size_t begin)
{
        return begin > 0 && is_dash_c(c->text + argument_begin(c, begin - 1));
}

static bool is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The quote that text[at] stands in, or 0. */
static char quote_around(const struct command *c, size_t begin, size_t at)
{
        char quote = 0;

        for (size_t i = begin; i < at; i++) {
                char x = c->text[i];

                if (x == '\\' && quote != '\'')
                        i++;
                else if (quote && x == quote)
                        quote = 0;
                else if (!quote && (x == '\'' || x == '"'))
                        quote = x;
        }
        return quote;
}

/* Where the quote that is opened at text[at] is closed; the argument's end if it is not. */
static size_t quote_end(const struct command *c, size_t at, char quote, size_t end)
{
        for (size_t i = at; i < end; i++) {
                if (c->text[i] == '\\' && quote != '\'')
                        i++;
                else if (c->text[i] == quote)
                        return i;
        }
        return end;
}

static size_t shell_word_end(const struct command *c, size_t at, size_t end)
{
        while (at < end && !is_blank(c->text[at])) {
                char x = c->text[at];

                if (x == '\\' && at + 1 < end)
                        at++;
                else if (x == '\'' || x == '"' || x == '`')
                        at = quote_end(c, at + 1, x, end);
                at += at < end;
        }
        return at;
}

/* What a shell does not take as it seems to be: quotes in comments and here-documents are none. */
static bool quotes_are_doubtful(const struct command *c, size_t begin, size_t end)
{
        return memmem(c->text + begin, end - begin, "<<", 2) ||
               memchr(c->text + begin, '#', end - begin);
}

size_t command_value_end(const struct command *c, size_t at)
{
        size_t begin = argument_begin(c, at), end = command_argument_end(c, at);

        if (!is_script(c, begin))
                return end;
        char quote = quote_around(c, begin, at);
        if (!quote)
                return shell_word_end(c, at, end);
        size_t closed = quote_end(c, at, quote, end);
        /* what follows a closing quote without a blank is of the same word */
        size_t word = shell_word_end(c, closed + (closed < end), end);
        if (!quotes_are_doubtful(c, begin, end))
                return word;
        size_t other = shell_word_end(c, at, end);
        return other > word ? other : word;
}

void command_mark_next(struct command *c, size_t at)
{
        size_t i = at;

        while (i < c->n && (c->text[i] == '\'' || c->text[i] == '"' || c->text[i] == '`'))
                i++;
        while (i < c->n && is_blank(c->text[i]))
                i++;
        if (i < c->n && c->text[i] == '\0' && ++i < c->n)
                command_mark(c, i, command_argument_end(c, i));
        else if (i < c->n)
                command_mark(c, i, command_value_end(c, i));
}
