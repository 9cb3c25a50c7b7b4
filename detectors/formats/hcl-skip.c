/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: where things end in HCL: names, blanks, comments, whole expressions.
 * Does not own: what they mean (hcl.c).
 * Why: conditionals, for-expressions, calls and operators are not evaluated here, but what follows
 * them must be read right; so brackets, strings, heredocs and comments are all that is looked at.
 */
#include "detectors/formats/hcl-skip.h"

#include <string.h>

#include "detectors/formats/hcl-heredoc.h"
#include "detectors/formats/template.h"

static bool is_name_char(char c, bool first)
{
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80))
                return true;
        return !first && ((c >= '0' && c <= '9') || c == '-');
}

bool hcl_skip_is_name(const struct cursor *c)
{
        return is_name_char(cursor_peek(c, 0), true);
}

void hcl_skip_name(struct cursor *c)
{
        while (is_name_char(cursor_peek(c, 0), false))
                cursor_step(c);
}

static bool skip_comment(struct cursor *c)
{
        if (cursor_peek(c, 0) != '#')
                return cursor_skip_comment(c);
        cursor_to_line_end(c);
        return true;
}

void hcl_skip_blanks(struct cursor *c)
{
        for (;;) {
                char byte = cursor_peek(c, 0);

                if (byte == ' ' || byte == '\t' || byte == '\r')
                        cursor_step(c);
                else if (!cursor_at(c, "/*") || !skip_comment(c))
                        return;
        }
}

void hcl_skip_lines(struct cursor *c)
{
        do {
                hcl_skip_blanks(c);
        } while (cursor_take(c, "\n") || skip_comment(c));
}

static bool is_assignment(const struct cursor *c)
{
        char next = cursor_peek(c, 1);

        return cursor_peek(c, 0) == ':' || (cursor_peek(c, 0) == '=' && next != '=' && next != '>');
}

/* At a token: does it end an expression outside all brackets? */
static bool ends_here(const struct cursor *c, enum hcl_ends ends)
{
        char byte = cursor_peek(c, 0);

        if (cursor_ended(c) || byte == ',' || byte == ')' || byte == ']' || byte == '}')
                return true;
        if (ends == HCL_ENDS_BRACKETS)
                return false;
        if (byte == '\n' || byte == '#' || cursor_at(c, "//"))
                return true;
        return ends == HCL_ENDS_KEY && is_assignment(c);
}

bool hcl_skip_is_end(struct cursor c, enum hcl_ends ends)
{
        if (ends == HCL_ENDS_BRACKETS)
                hcl_skip_lines(&c);
        else
                hcl_skip_blanks(&c);
        return ends_here(&c, ends);
}

static bool skip_token(struct cursor *c, unsigned *open)
{
        char byte = cursor_peek(c, 0);

        if (byte == '"')
                return template_skip_string(c);
        if (hcl_heredoc_begins(c))
                return hcl_heredoc_skip(c);
        if (hcl_skip_is_name(c)) {
                hcl_skip_name(c);
                return true;
        }
        if (byte == '(' || byte == '[' || byte == '{')
                (*open)++;
        if (byte == ')' || byte == ']' || byte == '}')
                (*open)--;
        /* `==`, `=>` and the like are one token: half of `==` would look like an assignment */
        if (byte == '=' || byte == '!' || byte == '<' || byte == '>')
                while (cursor_peek(c, 1) == '=' || cursor_peek(c, 1) == '>')
                        cursor_step(c);
        cursor_step(c);
        return true;
}

bool hcl_skip_expression(struct cursor *c, enum hcl_ends ends, unsigned open)
{
        struct cursor at = *c;

        for (;;) {
                if (open > 0 || ends == HCL_ENDS_BRACKETS)
                        hcl_skip_lines(&at);
                else
                        hcl_skip_blanks(&at);
                if (cursor_ended(&at))
                        return open == 0;
                if (open == 0 && ends_here(&at, ends))
                        return true;

                /* also over what does not end, or a heredoc would be searched through again and
                 * again */
                bool ended = skip_token(&at, &open);
                *c = at;
                if (!ended)
                        return false;
        }
}
