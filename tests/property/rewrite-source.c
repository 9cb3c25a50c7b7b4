/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what may change in source code without changing what it does: white space, comments, line
 * breaks in brackets, quotes, trailing commas, the order of named arguments and of entries.
 *
 * Must not own: what the pieces of a source file are (source-pieces.c).
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "tests/property/rewriting.h"
#include "tests/property/source-pieces.h"

enum how {
        SPACES,
        SPACES_INSIDE, /* of brackets */
        NO_SPACES,     /* behind commas and around = */
        TABS,
        BREAKS,        /* behind commas in brackets */
        BREAKS_OPEN,   /* behind opening brackets of calls */
        BREAKS_CHAINS, /* between the calls of a chain */
        COMMENTS,      /* between arguments */
        COMMENT_LINES, /* between lines */
        COMMENTS_BEHIND,
        BLANKS,
        COMMAS, /* at the end of arguments, lists, objects */
        QUOTES, /* the other ones */
        RAW,    /* strings without escapes: `x`, @"x", r"x" */
        NAMED,  /* order of named arguments and entries */
};

static bool is_one_of(const struct pieces *t, size_t i, const char *words)
{
        const struct piece *piece = &t->list[i];
        char word[40];

        if (piece->kind != PIECE_WORD || piece->n + 3 > sizeof(word))
                return false;
        word[0] = ' ';
        memcpy(word + 1, piece->s, piece->n);
        memcpy(word + 1 + piece->n, " ", 2);
        return strstr(words, word);
}

static bool hash_comments(const struct pieces *t)
{
        return t->language == LANGUAGE_PYTHON || t->language == LANGUAGE_RUBY;
}

/* --- white space and comments ---- */

/* A line may end behind this one, and a comment may stand there. */
static bool may_break(const struct pieces *t, size_t i, bool open)
{
        const struct piece *piece = &t->list[i];

        if (piece->depth == 0 && piece->s[0] != '(')
                return false;
        if (!open)
                return piece_is(piece, ',');
        if (!piece_is(piece, '(') || piece->match == 0 || pieces_next(t, i) == piece->match)
                return false;
        size_t before = pieces_before(t, i);
        return before < i && t->list[before].kind == PIECE_WORD;
}

static void put_behind(const struct pieces *t, size_t i, unsigned how, struct buffer *b)
{
        const char *comment = hash_comments(t) ? " # note: (a, \"b', [\n            "
                                               : " /* note: (a, \"b', [ */ ";
        bool comma = may_break(t, i, false), open = may_break(t, i, true);

        if ((how == BREAKS && comma) || (how == BREAKS_OPEN && open))
                buffer_puts(b, "\n            ");
        if (how == SPACES_INSIDE && open)
                buffer_putc(b, ' ');
        if (how == COMMENTS && (comma || open))
                buffer_puts(b, comment);
}

/* At the end of a line that does not go on by a backslash. */
static void put_line_end(const struct pieces *t, size_t i, unsigned how, struct buffer *b)
{
        const char *comment = hash_comments(t) ? "# note: (a, \"b', [" : "// note: (a, \"b', [";
        bool goes_on = i > 0 && t->list[i - 1].s[t->list[i - 1].n - 1] == '\\';
        bool opens = i > 0 && (t->list[i - 1].kind == PIECE_OTHER);

        if (how == COMMENTS_BEHIND && !goes_on && !opens)
                buffer_printf(b, "  %s", comment);
        buffer_putc(b, '\n');
        if (how == BLANKS && !goes_on)
                buffer_puts(b, "\n   \n");
        if (how == COMMENT_LINES && !goes_on)
                buffer_printf(b, "%s\n", comment);
}

/* `=` by itself: no part of ==, =>, :=, <= */
static bool is_equals(const struct pieces *t, size_t i)
{
        return piece_is(&t->list[i], '=') && i > 0 && t->list[i - 1].kind == PIECE_SPACE &&
               i + 1 < t->n && t->list[i + 1].kind == PIECE_SPACE;
}

/* Nothing is needed between these two. */
static bool is_tight(const struct pieces *t, size_t i)
{
        const struct piece *before = &t->list[i - 1], *next = &t->list[i + 1];
        bool equals = is_equals(t, i - 1) || is_equals(t, i + 1);

        return next->kind != PIECE_COMMENT && next->kind != PIECE_LINE_END &&
               (piece_is(before, ',') || equals);
}

/* At the dot between two calls; where lines end by themselves, only in brackets or behind it. */
static void put_chain(const struct pieces *t, size_t i, struct buffer *b)
{
        const struct piece *piece = &t->list[i];
        bool dot = piece_is(piece, '.') && i > 0 && piece_is(&t->list[i - 1], ')') &&
                   i + 1 < t->n && t->list[i + 1].kind == PIECE_WORD;
        bool before = dot && (t->language != LANGUAGE_PYTHON || piece->depth > 0) &&
                      t->language != LANGUAGE_GO;

        if (before)
                buffer_puts(b, "\n            ");
        buffer_append(b, piece->s, piece->n);
        if (dot && t->language == LANGUAGE_GO)
                buffer_puts(b, "\n\t\t");
}

static void put_space(const struct pieces *t, size_t i, unsigned how, struct buffer *b)
{
        const struct piece *piece = &t->list[i];
        bool begins_line = i == 0 || t->list[i - 1].kind == PIECE_LINE_END;

        if (how == NO_SPACES && !begins_line && i + 1 < t->n && is_tight(t, i))
                return;
        if (how == SPACES && !begins_line)
                buffer_puts(b, "   ");
        for (size_t k = 0; k < piece->n; k++)
                if (how == TABS && begins_line && piece->n - k >= 4 &&
                    memcmp(piece->s + k, "    ", 4) == 0) {
                        buffer_putc(b, '\t');
                        k += 3;
                } else
                        buffer_putc(b, piece->s[k]);
}

/* --- commas ---- */

/* The bracket of a call, a list or an object that may end with a comma. */
static bool takes_comma(const struct pieces *t, size_t open)
{
        static const char no_calls[] =
                " if for while switch catch return in not and or is function "
                "func fn def elif elsif unless until when match except with "
                "yield await typeof import class case raise assert lambda "
                "echo print exit die isset empty list unset ";
        enum language language = t->language;
        size_t before = pieces_before(t, open);
        bool named = before < open &&
                     (t->list[before].kind == PIECE_WORD || piece_is(&t->list[before], ')') ||
                      piece_is(&t->list[before], ']'));

        if (language == LANGUAGE_JAVA || language == LANGUAGE_CSHARP)
                return false;
        if (piece_is(&t->list[open], '('))
                return named && t->list[before].kind == PIECE_WORD &&
                       !is_one_of(t, before, no_calls) && !pieces_is_definition(t, open);
        return piece_is(&t->list[open], '[') && !named;
}

static bool has_word(const struct pieces *t, size_t from, size_t to, const char *words)
{
        for (size_t i = from; i < to; i++)
                if (is_one_of(t, i, words))
                        return true;
        return false;
}

static bool put_comma(const struct pieces *t, size_t i, struct buffer *b)
{
        size_t open = t->list[i].match, last = pieces_before(t, i);

        if (!strchr(")]", t->list[i].s[0]) || t->list[i].n != 1 || open == i || last <= open ||
            piece_is(&t->list[last], ',') || t->list[i - 1].kind == PIECE_COMMENT ||
            t->list[i - 1].kind == PIECE_LINE_END || !takes_comma(t, open) ||
            has_word(t, open, i, " for ") || piece_is(&t->list[last], '.') ||
            piece_is(&t->list[pieces_next(t, open)], '&'))
                return false;
        for (size_t k = open; k < i; k++) /* a spread, or the rest of the parameters */
                if (piece_is(&t->list[k], '.') && piece_is(&t->list[k + 1], '.'))
                        return false;
        buffer_puts(b, ",");
        return true;
}

/* --- quotes ---- */

static bool has_any(const struct piece *piece, const char *set)
{
        for (size_t i = 1; i + 1 < piece->n; i++)
                if (strchr(set, piece->s[i]))
                        return true;
        return false;
}

static void put_as(const struct piece *piece, const char *open, char close, struct buffer *b)
{
        buffer_puts(b, open);
        buffer_append(b, piece->s + 1, piece->n - 2);
        buffer_putc(b, close);
}

static bool put_other_quotes(const struct pieces *t, const struct piece *piece, struct buffer *b)
{
        char quote = piece->s[0];
        bool takes = t->language == LANGUAGE_PYTHON || t->language == LANGUAGE_JAVASCRIPT ||
                     t->language == LANGUAGE_PHP || t->language == LANGUAGE_RUBY;

        if (!takes || piece->n < 2 || (quote != '"' && quote != '\'') ||
            piece->s[piece->n - 1] != quote || has_any(piece, "\"'\\$#{\n"))
                return false;
        put_as(piece, quote == '"' ? "'" : "\"", quote == '"' ? '\'' : '"', b);
        return true;
}

/* Not what is the name of an entry or of a module, nor a tag or an attribute. */
static bool is_value(const struct pieces *t, size_t i)
{
        size_t next = pieces_next(t, i), before = pieces_before(t, i);

        return before < i && strchr("(,=:[+?", t->list[before].s[0]) &&
               strchr("),]};+\n", t->list[next].s[0]) && t->list[before].depth > 0;
}

static bool put_raw(const struct pieces *t, size_t i, struct buffer *b)
{
        const struct piece *piece = &t->list[i];
        char quote = piece->s[0];

        if (piece->n < 3 || (quote != '"' && quote != '\'') || piece->s[piece->n - 1] != quote ||
            has_any(piece, "\"'\\$#{`\n") || !is_value(t, i))
                return false;
        if (t->language == LANGUAGE_PYTHON)
                put_as(piece, quote == '"' ? "r\"" : "r'", quote, b);
        else if ((t->language == LANGUAGE_GO && quote == '"') || t->language == LANGUAGE_JAVASCRIPT)
                put_as(piece, "`", '`', b);
        else if (t->language == LANGUAGE_CSHARP && quote == '"')
                put_as(piece, "@\"", '"', b);
        else if (t->language == LANGUAGE_RUBY)
                put_as(piece, "%q(", ')', b);
        else
                return false;
        return true;
}

/* --- the whole file ---- */

static void put_token(const struct pieces *t, size_t i, unsigned how, struct buffer *b)
{
        const struct piece *piece = &t->list[i];

        if (piece->kind == PIECE_SPACE)
                put_space(t, i, how, b);
        else if (piece->kind == PIECE_LINE_END)
                put_line_end(t, i, how, b);
        else {
                if (how == COMMAS && piece->kind == PIECE_SIGN)
                        (void)put_comma(t, i, b);
                bool done = piece->kind == PIECE_STRING &&
                            ((how == QUOTES && put_other_quotes(t, piece, b)) ||
                             (how == RAW && put_raw(t, i, b)));
                if (how == SPACES_INSIDE && piece_is(piece, ')') && piece->match > 0 &&
                    may_break(t, piece->match, true) && t->list[i - 1].kind != PIECE_LINE_END)
                        buffer_putc(b, ' ');
                if (!done && how == BREAKS_CHAINS)
                        put_chain(t, i, b);
                else if (!done)
                        buffer_append(b, piece->s, piece->n);
                put_behind(t, i, how, b);
        }
}

/* Named arguments and entries change places; what is between them stays. */
static bool rewrite_named(const struct original *o, const struct pieces *t, struct buffer *b)
{
        struct edits edits = {0};
        struct pieces_span spans[PIECES_ITEMS_MAX];

        for (size_t i = 0; i < t->n;) {
                unsigned n = pieces_named_items(t, i, spans);

                if (n < 2) {
                        i++;
                        continue;
                }
                for (unsigned k = 0; k < n; k++) {
                        struct buffer text = BUFFER_NULL;
                        const struct pieces_span *other = &spans[n - 1 - k];

                        buffer_append(&text, o->text + other->at, other->n);
                        edits_add(&edits, spans[k].at, spans[k].n, &text);
                }
                i = t->list[i].match;
        }
        bool any = edits_apply(&edits, o, b);
        edits_done(&edits);
        return any;
}

static bool rewrite(const struct original *o, unsigned how, struct rewritten *ret)
{
        static struct pieces t;

        if (o->language == LANGUAGE_NONE || !pieces_read(&t, o))
                return false;
        if (how == NAMED)
                return rewrite_named(o, &t, &ret->text);
        if (how == COMMENT_LINES && t.list[0].kind != PIECE_OTHER)
                buffer_puts(&ret->text, hash_comments(&t) ? "# note\n" : "// note\n");
        for (size_t i = 0; i < t.n; i++)
                put_token(&t, i, how, &ret->text);
        return true;
}

const struct rewriting rewritings_of_sources[] = {
        {"source, more spaces", rewrite, SPACES},
        {"source, spaces in brackets", rewrite, SPACES_INSIDE},
        {"source, spaces left out", rewrite, NO_SPACES},
        {"source, indented by tabs", rewrite, TABS},
        {"source, lines broken at commas", rewrite, BREAKS},
        {"source, lines broken at brackets", rewrite, BREAKS_OPEN},
        {"source, lines broken in chains", rewrite, BREAKS_CHAINS},
        {"source, comments in arguments", rewrite, COMMENTS},
        {"source, lines of comments", rewrite, COMMENT_LINES},
        {"source, comments behind lines", rewrite, COMMENTS_BEHIND},
        {"source, blank lines", rewrite, BLANKS},
        {"source, trailing commas", rewrite, COMMAS},
        {"source, the other quotes", rewrite, QUOTES},
        {"source, raw strings", rewrite, RAW},
        {"source, named ones reversed", rewrite, NAMED},
        {.name = NULL},
};
