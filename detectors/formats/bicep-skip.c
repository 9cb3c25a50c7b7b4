/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: where things end in Bicep: names, blanks, comments, strings, whole expressions.
 * Does not own: what they mean (bicep-value.c, resolve-bicep.c).
 *
 * An expression ends with its line unless a bracket is open, an operator stands at the end of the
 * line, or the next line begins with one that no item and no property can begin with.
 */
#include "detectors/formats/bicep-skip.h"

#include <string.h>

/* Strings in interpolations in strings. */
#define STRINGS_MAX 16u

static bool is_name_char(char c, bool first)
{
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_')
                return true;
        return !first && c >= '0' && c <= '9';
}

bool bicep_skip_is_name(const struct cursor *c)
{
        return is_name_char(cursor_peek(c, 0), true);
}

void bicep_skip_name(struct cursor *c)
{
        while (is_name_char(cursor_peek(c, 0), false))
                cursor_step(c);
}

bool bicep_skip_word(struct cursor *c, const char *word)
{
        return !is_name_char(cursor_peek(c, strlen(word)), false) && cursor_take(c, word);
}

void bicep_skip_blanks(struct cursor *c)
{
        for (;;) {
                char byte = cursor_peek(c, 0);

                if (byte == ' ' || byte == '\t' || byte == '\r')
                        cursor_step(c);
                else if (!cursor_skip_comment(c))
                        return;
        }
}

void bicep_skip_lines(struct cursor *c)
{
        for (;;) {
                bicep_skip_blanks(c);
                if (cursor_peek(c, 0) == '#')
                        cursor_to_line_end(c);
                else if (!cursor_take(c, "\n"))
                        return;
        }
}

/* Behind the last of three quotes, or at the end of the text. */
static bool skip_multi_line(struct cursor *c)
{
        cursor_skip(c, 3);
        while (!cursor_ended(c) && !cursor_at(c, "'''"))
                cursor_step(c);
        if (cursor_ended(c))
                return false;
        cursor_skip(c, 3);
        while (cursor_peek(c, 0) == '\'')
                cursor_step(c);
        return true;
}

bool bicep_skip_string(struct cursor *c)
{
        unsigned braces[STRINGS_MAX] = {0},
                 level = 0; /* open ones of each string's interpolation */

        if (cursor_at(c, "'''"))
                return skip_multi_line(c);
        cursor_step(c);
        for (;;) {
                char byte = cursor_peek(c, 0);

                if (cursor_ended(c) || byte == '\n')
                        return false;
                if (braces[level] > 0 && cursor_at(c, "'''")) {
                        if (!skip_multi_line(c))
                                return false;
                        continue;
                }
                cursor_step(c);
                if (braces[level] > 0) {
                        if (byte == '\'' && ++level == STRINGS_MAX)
                                return false;
                        braces[level] += byte == '{' ? 1u : byte == '}' ? -1u : 0u;
                } else if (byte == '\'') {
                        if (level == 0)
                                return true;
                        level--;
                } else if (byte == '\\' && !cursor_ended(c) && cursor_peek(c, 0) != '\n') {
                        cursor_step(c);
                } else if (byte == '$' && cursor_take(c, "{")) {
                        braces[level] = 1;
                }
        }
}

/* The next line begins with what can only go on with this one. */
static bool goes_on(struct cursor c, enum bicep_ends ends)
{
        static const char *const operators[] = {"?", ":", "&&", "||", "==", "!=", "=~"};

        bicep_skip_lines(&c);
        if (ends == BICEP_ENDS_TYPE)
                return cursor_at(&c, "|");
        for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
                if (cursor_at(&c, operators[i]))
                        return true;
        return false;
}

/* At a token outside all brackets; `last` is the byte before it that is no blank. */
static bool ends_here(const struct cursor *c, enum bicep_ends ends, char last)
{
        char byte = cursor_peek(c, 0);

        if (cursor_ended(c) || byte == ',' || byte == ')' || byte == ']' || byte == '}')
                return true;
        if (ends == BICEP_ENDS_BRACKETS)
                return false;
        if (ends == BICEP_ENDS_TYPE && byte == '=')
                return true;
        if (byte != '\n')
                return false;
        bool operator= last != '\0' && strchr(ends == BICEP_ENDS_TYPE ? "|" : "?:&|=+*/<>-%", last);
        return !operator&& !goes_on(*c, ends);
}

bool bicep_skip_is_end(struct cursor c, enum bicep_ends ends)
{
        if (ends == BICEP_ENDS_BRACKETS)
                bicep_skip_lines(&c);
        else
                bicep_skip_blanks(&c);
        return ends_here(&c, ends, '\0');
}

/* A string, a name or one character. */
static bool skip_token(struct cursor *c, unsigned *open)
{
        char byte = cursor_peek(c, 0);

        if (byte == '\'')
                return bicep_skip_string(c);
        if (is_name_char(byte, true)) {
                bicep_skip_name(c);
                return true;
        }
        if (byte == '(' || byte == '[' || byte == '{')
                (*open)++;
        if ((byte == ')' || byte == ']' || byte == '}') && *open > 0)
                (*open)--;
        cursor_step(c);
        return true;
}

bool bicep_skip_expression(struct cursor *c, enum bicep_ends ends)
{
        struct cursor at = *c;
        unsigned open = 0;
        char last = '\0';

        for (;;) {
                if (open > 0 || ends == BICEP_ENDS_BRACKETS)
                        bicep_skip_lines(&at);
                else
                        bicep_skip_blanks(&at);
                if (cursor_ended(&at))
                        return open == 0;
                if (open == 0 && ends_here(&at, ends, last))
                        return true;
                if (cursor_peek(&at, 0) == '\n') {
                        bicep_skip_lines(&at); /* it goes on there */
                        continue;
                }
                bool ended = skip_token(&at, &open);
                last = at.data[at.at - 1];
                *c = at;
                if (!ended)
                        return false;
        }
}

bool bicep_skip_loop_head(struct cursor *c)
{
        unsigned open = 0, choices = 0;

        for (;;) {
                bicep_skip_lines(c);
                char byte = cursor_peek(c, 0);

                if (cursor_ended(c) || (open == 0 && (byte == ']' || byte == '}')))
                        return false;
                if (open == 0 && byte == ':' && choices-- == 0) {
                        cursor_step(c);
                        return true;
                }
                if (cursor_take(c, "??") || cursor_take(c, ".?"))
                        continue;
                choices += open == 0 && byte == '?';
                if (!skip_token(c, &open))
                        return false;
        }
}
