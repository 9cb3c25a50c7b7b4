/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Strings whose end is chosen where they begin: heredocs of Ruby and PHP, and Ruby's %q(…). It must
 * not know any other token. The ranges of heredocs belong to the token array.
 *
 * A heredoc's text begins on the next line, behind which the rest of the present line goes on; so
 * the token is what opens it, its text is a range of its own, and the cutter jumps over that range
 * at the end of the line.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/source/cutter.h"

static bool heredoc_label(const struct cutter *c, struct token_range *ret, size_t *ret_opener,
                          bool *ret_raw)
{
        size_t i = c->at + (c->language == LANGUAGE_PHP ? 3 : 2);
        char quote = '\0';

        if (c->language == LANGUAGE_PHP)
                while (i < c->n && (c->data[i] == ' ' || c->data[i] == '\t'))
                        i++;
        else if (i < c->n && (c->data[i] == '~' || c->data[i] == '-'))
                i++;
        if (i < c->n && (c->data[i] == '\'' || c->data[i] == '"'))
                quote = c->data[i++];
        size_t from = i;
        while (i < c->n && is_name(c->data[i]))
                i++;
        if (i == from || is_digit(c->data[from]))
                return false;
        *ret = (struct token_range){(uint32_t)from, (uint32_t)i};
        if (quote && (i >= c->n || c->data[i++] != quote))
                return false;
        *ret_opener = i - c->at;
        *ret_raw = quote == '\'';
        return true;
}

/* Offset of the line that ends the heredoc, n if none does; *ret_next is the line behind it. */
static size_t heredoc_find(struct cutter *c, size_t from, struct token_range label,
                           size_t *ret_next)
{
        size_t n = label.to - label.from;

        for (size_t line = from; line < c->n;) {
                const char *nl = memchr(c->data + line, '\n', c->n - line);
                size_t end = nl ? (size_t)(nl - c->data) : c->n;
                size_t i = line;
                if (end - line >= c->heredoc_budget)
                        break;
                c->heredoc_budget -= end - line + 1;
                while (i < end && (c->data[i] == ' ' || c->data[i] == '\t'))
                        i++;
                if (end - i >= n && memcmp(c->data + i, c->data + label.from, n) == 0 &&
                    (i + n == end || !is_name(c->data[i + n]))) {
                        /* PHP goes on behind the label: `EOT;` or `EOT)` */
                        *ret_next = c->language == LANGUAGE_PHP ? i + n : MIN_OF(end + 1, c->n);
                        return line;
                }
                line = end + 1;
        }
        return c->n;
}

bool cutter_heredoc(struct cutter *c)
{
        struct token_range label, *p;
        size_t opener, next;
        bool raw;

        if (!heredoc_label(c, &label, &opener, &raw))
                return false;
        size_t from = c->heredoc_end > c->at ? c->heredoc_end : 0;
        if (!from) {
                size_t look_at = MIN_OF(c->n - c->at, c->heredoc_budget);
                const char *nl = memchr(c->data + c->at, '\n', look_at);
                /* a search that finds nothing costs as much: many openers may stand on one line */
                c->heredoc_budget -= nl ? (size_t)(nl - c->data) - c->at : look_at;
                if (!nl)
                        return false;
                from = (size_t)(nl - c->data) + 1;
        }
        size_t end = heredoc_find(c, from, label, &next);
        if (end >= c->n)
                return false;
        p = realloc(c->out->heredocs, (c->out->n_heredocs + 1) * sizeof(*p));
        if (!p) {
                c->out->error = -ENOMEM;
                return false;
        }
        c->out->heredocs = p;
        p[c->out->n_heredocs] =
                (struct token_range){(uint32_t)from, (uint32_t)(end > from ? end - 1 : end)};
        struct token *t = cutter_push(c, TOKEN_STRING, opener);
        if (t) {
                bool dynamic = !raw && memmem(c->data + from, end - from,
                                              c->language == LANGUAGE_PHP ? "$" : "#{",
                                              c->language == LANGUAGE_PHP ? 1 : 2);
                t->op = (uint8_t)(STRING_HEREDOC | (dynamic ? STRING_DYNAMIC : 0));
                t->match = c->out->n_heredocs++;
        }
        c->heredoc_end = next;
        return true;
}

/* Ruby's %q(…) %w[…] and their like: operands that are not looked into */
bool cutter_percent(struct cutter *c)
{
        static const char opens[] = "([{<|!/";
        static const char closes[] = ")]}>|!/";
        size_t letter = strchr("qQwWiIrx", look(c, 1)) && look(c, 1) ? 1 : 0;
        char open = look(c, 1 + letter);
        const char *o = open ? strchr(opens, open) : NULL;

        if (!o || !letter || !cutter_operand_expected(c))
                return false;
        const char *end = memchr(c->data + c->at + 3, closes[o - opens],
                                 MIN_OF(c->n - c->at - 3, (size_t)4096));
        if (!end)
                return false;
        struct token *t = cutter_push(c, TOKEN_STRING, (size_t)(end - c->data) + 1 - c->at);
        if (t) {
                t->op = look(c, 0) && strchr("qQ", c->data[t->offset + 1]) ? STRING_LINES
                                                                           : STRING_DYNAMIC;
                t->head = 3;
                t->tail = 1;
        }
        return true;
}
