/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: going through a text's lines, and counting how they fit a grammar.
 * Does not own: the grammars (host-files.c, classify-text.c); the text.
 * Why line grammars: one telling line ("x ALL=(ALL) NOPASSWD: ALL") stands in many a README. A
 * file is of a kind when a line says so and hardly a line is not of that kind.
 */
#include "detectors/formats/text-lines.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"

struct text_lines text_lines(const char *data, size_t n)
{
        return (struct text_lines){.p = data, .end = data ? data + n : NULL};
}

bool text_lines_next(struct text_lines *l)
{
        const char *begin, *end;

        if (l->p == l->end)
                return false;
        begin = l->p;
        end = memchr(begin, '\n', (size_t)(l->end - begin));
        l->p = end ? end + 1 : l->end;
        end = end ? end : l->end;
        l->indented = begin < end && isspace((unsigned char)*begin);
        while (begin < end && isspace((unsigned char)*begin))
                begin++;
        while (end > begin && isspace((unsigned char)end[-1]))
                end--;
        size_t n = MIN_OF((size_t)(end - begin), sizeof(l->text) - 1);
        memcpy(l->text, begin, n);
        l->text[n] = '\0';
        return true;
}

bool text_line_begins(const char *s, const char *word)
{
        /* nearly every line differs from nearly every word at once */
        return tolower((unsigned char)*s) == tolower((unsigned char)*word) &&
               strncasecmp(s, word, strlen(word)) == 0;
}

bool text_line_begins_one_of(const char *s, const char *const *words, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (text_line_begins(s, words[i]))
                        return true;
        return false;
}

/* How a file's lines so far fit a grammar. */
struct tally {
        unsigned told, fit, foreign;
};

/* Most files are foreign to most grammars: their first lines tell. */
static bool is_hopeless(const struct tally *t)
{
        return t->foreign > 8 + t->told + t->fit;
}

static void tally_line(struct tally *t, enum line_fit fit)
{
        switch (fit) {
        case LINE_TELLS:
                t->told++;
                break;
        case LINE_FITS:
                t->fit++;
                break;
        case LINE_FOREIGN:
        default:
                t->foreign++;
                break;
        }
}

int line_grammar_pick(const struct line_grammar *grammars, size_t n_grammars, const char *data,
                      size_t n)
{
        struct tally tallies[LINE_GRAMMARS_MAX] = {0};
        struct text_lines l = text_lines(data, n);
        size_t left = n_grammars = MIN_OF(n_grammars, LINE_GRAMMARS_MAX);

        while (left > 0 && text_lines_next(&l)) {
                if (l.text[0] == '\0' ||
                    (l.text[0] == '#' && !text_line_begins(l.text, "#include")))
                        continue;
                for (size_t i = 0; i < n_grammars; i++) {
                        if (is_hopeless(&tallies[i]))
                                continue;
                        tally_line(&tallies[i], grammars[i].line(l.text));
                        left -= is_hopeless(&tallies[i]);
                }
        }
        for (size_t i = 0; i < n_grammars; i++) {
                const struct tally *t = &tallies[i];

                if (t->told >= grammars[i].least && t->foreign * 8 <= t->told + t->fit)
                        return (int)i;
        }
        return -1;
}
