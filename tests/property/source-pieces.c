/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: cutting source code into words, strings, comments, brackets, and the entries of brackets.
 *
 * Must not own: what is done with them (rewrite-source.c).
 */
#include "tests/property/source-pieces.h"

#include <ctype.h>
#include <string.h>

#include "common/base/macros.h"

struct cutter {
        const char *s, *end;
        enum language language;
        struct pieces *t;
};

static bool at(const struct cutter *c, const char *what)
{
        size_t n = strlen(what);

        return (size_t)(c->end - c->s) >= n && memcmp(c->s, what, n) == 0;
}

static bool is_word(char c)
{
        return isalnum((unsigned char)c) || c == '_' || c == '$' || c == '@' || (c & 0x80);
}

/* --- where a piece ends ---- */

static const char *line_end(const struct cutter *c)
{
        return memchr(c->s, '\n', (size_t)(c->end - c->s)) ?: c->end;
}

static const char *behind(const struct cutter *c, const char *from, const char *what)
{
        const char *found = memmem(from, (size_t)(c->end - from), what, strlen(what));

        return found ? found + strlen(what) : c->end;
}

static bool has_hash_comments(enum language language)
{
        return language == LANGUAGE_PYTHON || language == LANGUAGE_RUBY || language == LANGUAGE_PHP;
}

static const char *comment_end(const struct cutter *c)
{
        bool slashes = c->language != LANGUAGE_PYTHON && c->language != LANGUAGE_RUBY;

        if (slashes && at(c, "/*"))
                return behind(c, c->s + 2, "*/");
        if ((slashes && at(c, "//")) ||
            (has_hash_comments(c->language) && at(c, "#") && !at(c, "#[")))
                return line_end(c);
        return NULL;
}

/* From the opening quote: `doubled` quotes stand for one, backslashes escape. */
static const char *quoted_end(const struct cutter *c, const char *s, bool escapes, bool doubled)
{
        char quote = *s++;

        for (; s < c->end; s++) {
                if (escapes && *s == '\\')
                        s++;
                else if (doubled && *s == quote && s + 1 < c->end && s[1] == quote)
                        s++;
                else if (*s == quote)
                        return s + 1;
        }
        return c->end;
}

/* Up to the backtick, over `${…}` with strings in it. */
static const char *template_end(const struct cutter *c)
{
        unsigned depth = 0;

        for (const char *s = c->s + 1; s < c->end; s++) {
                if (*s == '\\')
                        s++;
                else if (*s == '$' && s + 1 < c->end && s[1] == '{')
                        depth++;
                else if (*s == '}' && depth > 0)
                        depth--;
                else if (*s == '`' && depth == 0)
                        return s + 1;
        }
        return c->end;
}

static const char *string_end(const struct cutter *c)
{
        const char *s = c->s;

        if (c->language == LANGUAGE_PYTHON)
                s += strspn(s, "rRbBuUfF");
        if (c->language == LANGUAGE_CSHARP)
                s += strspn(s, "@$");
        if (s >= c->end || !strchr("\"'`", *s) || s - c->s > 2)
                return NULL;
        struct cutter here = *c;
        here.s = s;
        if (*s == '`')
                return c->language == LANGUAGE_JAVASCRIPT ? template_end(&here)
                                                          : quoted_end(c, s, false, false);
        if (at(&here, "\"\"\"") || (at(&here, "'''") && c->language == LANGUAGE_PYTHON))
                return behind(c, s + 3, *s == '"' ? "\"\"\"" : "'''");
        bool verbatim = c->language == LANGUAGE_CSHARP && memchr(c->s, '@', (size_t)(s - c->s));
        return quoted_end(c, s, !verbatim, verbatim);
}

/* A slash where a value is expected begins a regular expression. */
static const char *expression_end(const struct cutter *c)
{
        const struct pieces *t = c->t;
        bool in_class = false;

        if (!at(c, "/") || (c->language != LANGUAGE_JAVASCRIPT && c->language != LANGUAGE_RUBY))
                return NULL;
        size_t before = pieces_before(t, t->n);
        if (before < t->n &&
            (t->list[before].kind != PIECE_SIGN || strchr(")]}", t->list[before].s[0])))
                return NULL;
        for (const char *s = c->s + 1; s < c->end && *s != '\n'; s++) {
                if (*s == '\\')
                        s++;
                else if (*s == '[' || *s == ']')
                        in_class = *s == '[';
                else if (*s == '/' && !in_class)
                        return s + 1;
        }
        return NULL;
}

static const char *run_end(const struct cutter *c, bool (*fits)(char))
{
        const char *s = c->s;

        while (s < c->end && fits(*s))
                s++;
        return s;
}

static bool is_space(char c)
{
        return c == ' ' || c == '\t' || c == '\r';
}

static struct piece cut(const struct cutter *c)
{
        struct piece piece = {.s = c->s};
        const char *stop;

        if (is_space(*c->s)) {
                piece.kind = PIECE_SPACE;
                stop = run_end(c, is_space);
        } else if (*c->s == '\n') {
                piece.kind = PIECE_LINE_END;
                stop = c->s + 1;
        } else if ((stop = comment_end(c)))
                piece.kind = PIECE_COMMENT;
        else if ((stop = string_end(c)))
                piece.kind = PIECE_STRING;
        else if ((stop = expression_end(c)))
                piece.kind = PIECE_OTHER;
        else if (is_word(*c->s)) {
                piece.kind = PIECE_WORD;
                stop = run_end(c, is_word);
        } else {
                piece.kind = PIECE_SIGN;
                stop = c->s + 1;
        }
        piece.n = (size_t)(stop - c->s);
        return piece;
}

/* --- brackets ---- */

static bool match_brackets(struct pieces *t)
{
        size_t open[64];
        unsigned depth = 0;

        for (size_t i = 0; i < t->n; i++) {
                struct piece *piece = &t->list[i];
                const char *kind = piece->kind == PIECE_SIGN ? strchr("([{)]}", *piece->s) : NULL;
                bool opens = kind && *kind != '\0' && strchr("([{", *kind);

                piece->depth = depth;
                piece->match = 0;
                if (opens && depth == ELEMENTSOF(open))
                        return false;
                if (opens)
                        open[depth++] = i;
                else if (kind && *kind != '\0') {
                        if (depth == 0)
                                return false;
                        piece->match = open[--depth];
                        t->list[piece->match].match = i;
                }
        }
        return depth == 0;
}

/* --- a file ---- */

/* Texts that only a grammar could tell from code. */
static bool is_beyond(const struct original *o)
{
        static const char *const heredocs[] = {"<<~", "<<-", "<<<", "<<\"", "<<'", "%w", "?>"};
        size_t n = strlen(o->path);

        for (size_t i = 0; i < ELEMENTSOF(heredocs); i++)
                if ((o->language == LANGUAGE_RUBY || o->language == LANGUAGE_PHP) &&
                    strstr(o->text, heredocs[i]))
                        return true;
        return (n > 4 &&
                (strcmp(o->path + n - 4, ".tsx") == 0 || strcmp(o->path + n - 4, ".jsx") == 0)) ||
               strlen(o->text) != o->n || o->n == 0;
}

bool pieces_read(struct pieces *ret, const struct original *o)
{
        struct cutter c = {o->text, o->text + o->n, o->language, ret};

        ret->n = 0;
        ret->language = o->language;
        ret->text = o->text;
        if (is_beyond(o))
                return false;
        if (o->language == LANGUAGE_PHP) {
                const char *begin = strstr(o->text, "<?php");

                if (!begin)
                        return false;
                c.s = begin + 5;
                ret->list[ret->n++] = (struct piece){
                        .kind = PIECE_OTHER, .s = o->text, .n = (size_t)(c.s - o->text)};
        }
        for (; c.s < c.end; ret->n++) {
                if (ret->n == PIECES_MAX)
                        return false;
                ret->list[ret->n] = cut(&c);
                c.s += ret->list[ret->n].n;
        }
        return match_brackets(ret);
}

static bool is_nothing(const struct piece *piece)
{
        return piece->kind == PIECE_SPACE || piece->kind == PIECE_LINE_END ||
               piece->kind == PIECE_COMMENT;
}

size_t pieces_next(const struct pieces *t, size_t i)
{
        for (size_t k = i + 1; k < t->n; k++)
                if (!is_nothing(&t->list[k]))
                        return k;
        return i;
}

size_t pieces_before(const struct pieces *t, size_t i)
{
        for (size_t k = i; k > 0; k--)
                if (!is_nothing(&t->list[k - 1]))
                        return k - 1;
        return i;
}

static bool is(const struct piece *piece, const char *word)
{
        return piece->kind == PIECE_WORD && piece->n == strlen(word) &&
               memcmp(piece->s, word, piece->n) == 0;
}

bool pieces_is_definition(const struct pieces *t, size_t open)
{
        static const char *const words[] = {"def", "function", "func", "fun",
                                            "fn",  "lambda",   "class"};
        size_t name = pieces_before(t, open), before = pieces_before(t, name);

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (is(&t->list[name], words[i]) || is(&t->list[before], words[i]))
                        return true;
        /* a method: its body follows */
        size_t behind_it = pieces_next(t, t->list[open].match);
        return piece_is(&t->list[open], '(') &&
               (piece_is(&t->list[behind_it], '{') || piece_is(&t->list[behind_it], ':'));
}

/* --- entries ---- */

/* What stands between a name and its value in such a bracket. */
static const char *naming(const struct pieces *t, size_t open)
{
        char bracket = t->list[open].s[0];

        switch (t->language) {
        case LANGUAGE_PYTHON:
                return bracket == '(' ? "=" : bracket == '{' ? ":" : NULL;
        case LANGUAGE_JAVASCRIPT:
        case LANGUAGE_GO:
                return bracket == '{' ? ":" : NULL;
        case LANGUAGE_RUBY:
                return bracket != '[' ? ":=" : NULL;
        case LANGUAGE_PHP:
                return bracket == '[' ? "=" : bracket == '(' ? ":=" : NULL;
        case LANGUAGE_CSHARP:
                return bracket == '(' ? ":" : bracket == '{' ? "=" : NULL;
        case LANGUAGE_JAVA:
                return bracket == '(' ? "=" : NULL;
        default:
                return NULL;
        }
}

/* `name = value`, "name": value, 'name' => value; not name == value. */
static bool is_named(const struct pieces *t, size_t from, size_t to, const char *signs)
{
        size_t name = is_nothing(&t->list[from]) ? pieces_next(t, from) : from;
        size_t sign = pieces_next(t, name), value = pieces_next(t, sign);
        const struct piece *list = t->list;

        if (sign >= to || value >= to || list[sign].kind != PIECE_SIGN ||
            (list[name].kind != PIECE_WORD && list[name].kind != PIECE_STRING) ||
            !strchr(signs, list[sign].s[0]) || list[value].s[0] == '=' || list[value].s[0] == ':')
                return false;
        return list[name].kind == PIECE_WORD || list[sign].s[0] == ':' || list[value].s[0] == '>';
}

static struct pieces_span span(const struct pieces *t, size_t from, size_t to)
{
        while (from < to && is_nothing(&t->list[from]))
                from++;
        while (to > from && is_nothing(&t->list[to - 1]))
                to--;
        const char *begin = t->list[from].s, *end = t->list[to - 1].s + t->list[to - 1].n;
        return (struct pieces_span){(size_t)(begin - t->text), (size_t)(end - begin)};
}

unsigned pieces_named_items(const struct pieces *t, size_t i,
                            struct pieces_span ret[static PIECES_ITEMS_MAX])
{
        const struct piece *open = &t->list[i];
        const char *signs = open->match > i ? naming(t, i) : NULL;
        size_t from = i + 1;
        unsigned n = 0;

        if (!signs || pieces_is_definition(t, i))
                return 0;
        for (size_t k = i + 1; k <= open->match; k++) {
                bool ends = k == open->match ||
                            (piece_is(&t->list[k], ',') && t->list[k].depth == open->depth + 1);

                if (!ends)
                        continue;
                size_t first = is_nothing(&t->list[from]) ? pieces_next(t, from) : from;
                if (first < k) {
                        bool named = is_named(t, from, k, signs);

                        if ((!named && (n > 0 || open->s[0] != '(')) || n == PIECES_ITEMS_MAX)
                                return 0;
                        if (named)
                                ret[n++] = span(t, from, k);
                }
                from = k + 1;
        }
        return n;
}
