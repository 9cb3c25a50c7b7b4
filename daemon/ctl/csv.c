/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: quoting of cells.
 * Does not own: which cells there are.
 */
#include "daemon/ctl/csv.h"

#include <string.h>

#include "common/base/text.h"

/* Full-width forms are formulas in some languages. Tabs and line breaks, which are skipped, are not printable. */
static bool is_formula(const char *text)
{
        static const char *const signs[] = {
                "=", "+", "-", "@", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};

        text += strspn(text, " ");
        for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
                if (strncmp(text, signs[i], strlen(signs[i])) == 0)
                        return true;
        return false;
}

/* What some reader might take for the end of a cell, or drop. */
static bool needs_quotes(const char *text)
{
        size_t n = strlen(text);

        return strpbrk(text, "\",;\t'|") || (n > 0 && (text[0] == ' ' || text[n - 1] == ' '));
}

void csv_cell(FILE *out, const char *text, bool first)
{
        char printable[8192];

        (void)text_printable(printable, sizeof(printable), text, strlen(text));
        bool formula = is_formula(printable), quotes = formula || needs_quotes(printable);

        if (!first)
                (void)fputc(',', out);
        if (quotes)
                (void)fputc('"', out);
        if (formula)
                (void)fputc('\'', out);
        for (const char *c = printable; *c; c++) {
                if (*c == '"')
                        (void)fputc('"', out);
                (void)fputc(*c, out);
        }
        if (quotes)
                (void)fputc('"', out);
}

void csv_end(FILE *out)
{
        (void)fputs("\r\n", out);
}
