/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The lexical reader for source code: it knows comments, strings and brackets, finds calls and
 * assignments, and resolves names that were assigned one constant in the same file. It does not
 * know the language's grammar.
 *
 *      jwt.sign({sub: u.id}, "s3cret", {algorithm: 'none'})          a call: callee "jwt.sign", 3
 *                                                                    arguments
 *      app.use(session({secret: x, cookie: {secure: false}}))        two calls; the inner one's
 *                                                                    argument is an object
 *      SESSION_COOKIE_SECURE = False                                 an assignment
 *      @app.route("/x", methods=["POST"])                            a call with `decorator` set
 *      new Cookie("a", b)                                            a call, callee "Cookie",
 *                                                                    `constructor` set
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detectors/source/name-ends.h"

enum language {
        LANGUAGE_NONE,
        LANGUAGE_PYTHON,
        LANGUAGE_JAVASCRIPT, /* and TypeScript, JSX, TSX */
        LANGUAGE_GO,
        LANGUAGE_JAVA, /* and Kotlin, Scala */
        LANGUAGE_RUBY,
        LANGUAGE_CSHARP,
        LANGUAGE_PHP,
        _LANGUAGE_MAX,
};

enum value_type {
        VALUE_STRING, /* a constant string (text decoded), a name resolved to one, or a conversion
                         of one:
                         []byte("x"), "x".encode(), Buffer.from("x") */
        VALUE_NUMBER, /* text as written; products of constants (60 * 60 * 24) are computed */
        VALUE_BOOL,   /* text "true" or "false", however the language writes it */
        VALUE_NULL,   /* None, null, undefined, nil */
        VALUE_NAME,   /* a dotted name that is not resolved: process.env.SECRET, settings.KEY */
        VALUE_CALL,   /* a call: `call` */
        VALUE_OBJECT, /* {k: v}, dict(k=v), map literal: first..next are its entries with keys */
        VALUE_LIST,   /* [a, b] or (a, b) */
        VALUE_OTHER,  /* any other expression; text is its source, cut at 200 bytes; first..next are
                         its operands, each with  the operator that stands before it in `op`; a
                         spread
                         (...x, **x) has one, with op '.' */
};

struct call;

struct value {
        enum value_type type;
        const char
                *key; /* keyword argument's or object entry's name, or NULL for a positional one */
        const char *text; /* as above, NUL-terminated, never NULL */
        bool resolved; /* it was a name; type and text are those of the constant it was assigned */
        char op; /* of an operand: + - * / or 'O' (or, ||, ??), 'A' (and), another character; 0:
                    none */
        uint32_t line, column, end_line;
        uint64_t offset;
        uint32_t length;
        struct call *call;   /* VALUE_CALL */
        struct value *first; /* entries of OBJECT and LIST, operands of OTHER */
        struct value *next;
};

struct call {
        /* dotted, without arguments of calls in a chain: a.b().c(x) is "a.b.c" */
        const char *callee;
        uint16_t end;     /* name_end() of it */
        bool decorator;   /* @callee(...) or [Callee(...)] or @Annotation */
        bool constructor; /* new Callee(...) */
        uint32_t line, column, end_line;
        uint64_t offset;
        uint32_t length;
        struct value *args; /* in order; spread arguments are VALUE_OTHER */
        unsigned n_args;
        const struct call *on; /* a.b().c(): the call of a.b before it in the chain, or NULL */
        const char *function;  /* name of the function definition it stands in, "" at top level */
        struct call *next;     /* in file order, nested ones after their parent */
};

struct assignment {
        const char *name; /* dotted target as written: "app.config.SECRET_KEY" also for
                             app.config["SECRET_KEY"] = … */
        uint16_t end;     /* name_end() of it */
        struct value *value;
        uint32_t line, column;
        const char *function;
        struct assignment *next;
};

struct source {
        enum language language;
        struct call *calls;
        struct assignment *assignments;
        unsigned n_calls, n_assignments;
        struct name_ends callees, targets;
};

struct lexer; /* memory of one reading */

struct lexer_limits {
        unsigned depth; /* nesting of brackets that is followed: default 64 */
        unsigned nodes; /* default 200000 */
        size_t bytes;   /* of arena: default 32 MiB */
};

/* LANGUAGE_NONE if the path's name does not tell. */
enum language lexer_language(const char *path);

/* Reads n bytes; never fails on what it does not understand. limits may be NULL. Returns 0, -E2BIG
 * when a limit was reached (what was read until then is there), -ENOMEM. Everything in the result
 * lives until lexer_free(). Time linear in n. */
int lexer_read(struct lexer **ret, enum language language, const char *data, size_t n,
               const struct lexer_limits *limits);
struct lexer *lexer_free(struct lexer *l);
const struct source *lexer_source(const struct lexer *l);

/* --- reading ---- */
/* Keyword argument of a call (or entry of an object argument, one level deep, when the call has no
 * such keyword), or NULL */
const struct value *call_keyword(const struct call *c, const char *key);
const struct value *call_positional(const struct call *c, unsigned index);
const struct value *value_entry(const struct value *object, const char *key);
/* The object spreads something whose entries are not known, so that a missing entry may be there.
 */
bool value_has_unknown_spread(const struct value *first);
/* Glob over the dotted callee: '*' matches within and across dots; a pattern without '.' matches
 * the last part. */
bool callee_matches(const char *callee, const char *pattern);
