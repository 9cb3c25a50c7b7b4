/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum sql_token_type {
        SQL_END,
        SQL_WORD,
        SQL_QUOTED, /* an identifier in "", `` or [] */
        SQL_STRING, /* '', N'', E'', $$$$ */
        SQL_SIGN,   /* any other character */
};

struct sql_token {
        enum sql_token_type type;
        size_t begin, end;   /* bytes of the text */
        size_t inside, size; /* without the quotes, doubled quotes as they are */
        bool first;          /* of its line */
        bool dollar;         /* a string in dollar quotes */
};

/* The tokens of SQL in all dialects. `t` is the one at hand. */
struct sql_lexer {
        const char *data;
        size_t n; /* the end, which may lie before the text's */
        struct sql_token t;
        bool mysql;                                    /* backslashes escape, # begins a comment */
        bool no_single, no_double, no_back, no_dollar; /* one had no end: they are signs */
        bool broken;
        size_t broken_at;
};

/* At the first token of data[from, to). */
void sql_lexer_begin(struct sql_lexer *l, const char *data, size_t from, size_t to);
void sql_next(struct sql_lexer *l);

/* The token at hand is this word, in any case, without quotes. */
bool sql_is(const struct sql_lexer *l, const char *word);
/* … one of them, up to NULL. */
bool sql_is_one_of(const struct sql_lexer *l, const char *const *words);
bool sql_is_sign(const struct sql_lexer *l, char sign);
/* Steps over it if it is. */
bool sql_take(struct sql_lexer *l, const char *word);
bool sql_take_sign(struct sql_lexer *l, char sign);

/* A name of a thing: not the end, a string or a sign. */
bool sql_is_name(const struct sql_lexer *l);

/* True where the statement at hand ends: `;`, the end, `GO`, a word behind which statements stand
 * (BEGIN, THEN, ELSE, LOOP), or a word that begins one first on its line. */
bool sql_at_end(const struct sql_lexer *l);

/* Behind what ends a statement; what begins one is left, and false returned. */
bool sql_pass_end(struct sql_lexer *l);
/* To the first token of what may be the next statement. */
void sql_skip_statement(struct sql_lexer *l);
/* The same over data (INSERT, COPY): without making tokens of it. */
void sql_skip_data(struct sql_lexer *l);
/* The rest of the line is no SQL. */
void sql_skip_line(struct sql_lexer *l);
/* Steps over ( … ) if the cursor is at the bracket. */
void sql_skip_brackets(struct sql_lexer *l);
