/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: finding the end of a template.
 * Does not own: what the expression means; nobody here evaluates any.
 * Why a stack of its own: strings may hold templates that hold strings; a file must not choose how
 * deep we recurse.
 */
#include "detectors/formats/template.h"

#include "common/base/macros.h"

#define NESTING_MAX 64

enum inside { INSIDE_BRACES, INSIDE_STRING };

bool template_begins(const struct cursor *c)
{
        char first = cursor_peek(c, 0);

        return (first == '$' || first == '%') && cursor_peek(c, 1) == '{';
}

bool template_is_literal(const struct cursor *c)
{
        char first = cursor_peek(c, 0);

        return (first == '$' || first == '%') && cursor_peek(c, 1) == first &&
               cursor_peek(c, 2) == '{';
}

/* One step within braces; returns what has been opened or closed. */
static int step_in_braces(struct cursor *c, enum inside *ret_open)
{
        char byte = cursor_peek(c, 0);

        cursor_step(c);
        if (byte == '}')
                return -1;
        if (byte != '{' && byte != '"')
                return 0;
        *ret_open = byte == '{' ? INSIDE_BRACES : INSIDE_STRING;
        return 1;
}

static int step_in_string(struct cursor *c, enum inside *ret_open)
{
        if (cursor_peek(c, 0) == '\\') {
                cursor_skip(c, 2);
                return 0;
        }
        if (template_is_literal(c)) {
                cursor_skip(c, 3);
                return 0;
        }
        if (template_begins(c)) {
                cursor_skip(c, 2);
                *ret_open = INSIDE_BRACES;
                return 1;
        }

        char byte = cursor_peek(c, 0);
        cursor_step(c);
        return byte == '"' ? -1 : 0;
}

bool template_skip(struct cursor *c)
{
        enum inside stack[NESTING_MAX] = {INSIDE_BRACES};
        size_t depth = 1;

        cursor_skip(c, 2);
        while (depth > 0 && !cursor_ended(c)) {
                enum inside open = INSIDE_BRACES;
                int change = stack[depth - 1] == INSIDE_BRACES ? step_in_braces(c, &open)
                                                               : step_in_string(c, &open);

                if (change > 0 && depth == ELEMENTSOF(stack))
                        return false;
                if (change > 0)
                        stack[depth++] = open;
                else if (change < 0)
                        depth--;
        }
        return depth == 0;
}
