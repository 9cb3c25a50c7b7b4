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

enum step { STEP_ON, STEP_OPEN_BRACES, STEP_OPEN_STRING, STEP_CLOSE, STEP_FAIL };

static enum step step_in_braces(struct cursor *c)
{
        char byte = cursor_peek(c, 0);

        cursor_step(c);
        return byte == '}'   ? STEP_CLOSE
               : byte == '{' ? STEP_OPEN_BRACES
               : byte == '"' ? STEP_OPEN_STRING
                             : STEP_ON;
}

static enum step step_in_string(struct cursor *c)
{
        char byte = cursor_peek(c, 0);

        if (byte == '\\' && cursor_peek(c, 1) != '\n') {
                cursor_skip(c, 2);
                return STEP_ON;
        }
        if (template_is_literal(c)) {
                cursor_skip(c, 3);
                return STEP_ON;
        }
        if (template_begins(c)) {
                cursor_skip(c, 2);
                return STEP_OPEN_BRACES;
        }
        if (byte == '\n')
                return STEP_FAIL;
        cursor_step(c);
        return byte == '"' ? STEP_CLOSE : STEP_ON;
}

/* Steps on until what is open is closed. */
static bool skip(struct cursor *c, enum inside open)
{
        enum inside stack[NESTING_MAX] = {open};
        size_t depth = 1;

        while (depth > 0 && !cursor_ended(c)) {
                enum step step =
                        stack[depth - 1] == INSIDE_BRACES ? step_in_braces(c) : step_in_string(c);

                if (step == STEP_CLOSE)
                        depth--;
                else if (step == STEP_FAIL || (step != STEP_ON && depth == ELEMENTSOF(stack)))
                        return false;
                else if (step != STEP_ON)
                        stack[depth++] = step == STEP_OPEN_STRING ? INSIDE_STRING : INSIDE_BRACES;
        }
        return depth == 0;
}

bool template_skip(struct cursor *c)
{
        cursor_skip(c, 2);
        return skip(c, INSIDE_BRACES);
}

bool template_skip_string(struct cursor *c)
{
        cursor_step(c);
        return skip(c, INSIDE_STRING);
}
