/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the files of the lexical reader share; nobody else includes it. */

#include "detectors/source/language.h"
#include "detectors/source/tokens.h"

#define CALLEE_MAX 200 /* bytes of a dotted name that are kept: its head and its tail */

/* A function's or class's body: names are bound in it. */
struct scope {
        struct scope *parent;
        const char *function; /* name of the innermost function, "" at top level */
        uint32_t id;
        uint32_t column; /* indented languages: it ends at a line that begins at or before this; 0:
                            elsewhere */
        bool class;
};

/* A value with what the reader alone has to know of it. */
struct lexer_value {
        struct value v; /* first: the one is the other */
        struct lexer_value *all;
        struct scope *scope;
        struct value *receiver; /* of a conversion: "x" in "x".encode() */
        uint8_t state;          /* of settling: 0 not yet, 1 being settled, 2 settled */
};

/* One assignment to a name in a scope; value NULL: something that is no constant. */
struct binding {
        const char *name;
        struct value *value;
        uint32_t scope;
        uint32_t order;
};

struct chunk;

struct lexer {
        struct source source;
        struct chunk *chunks;
        size_t bytes, bytes_max;
        unsigned nodes, nodes_max;
        int error;     /* sticky: building stops */
        bool too_deep; /* something was left out */
        struct call **calls_end;
        struct assignment **assignments_end;
        struct lexer_value *values, **values_end;
        struct binding *bindings;
        size_t n_bindings, bindings_allocated;
        uint32_t n_scopes;
};

/* --- memory.c: all of it is the lexer's; NULL once l->error is set ---- */
void *memory_take(struct lexer *l, size_t size);
const char *memory_text(struct lexer *l, const char *s, size_t n);
struct value *memory_value(struct lexer *l, enum value_type type, const char *text);
struct call *memory_call(struct lexer *l, const char *callee);
void memory_free(struct lexer *l);

/* --- building: tokens → calls, values, assignments ---- */
struct builder {
        struct lexer *l;
        enum language language;
        uint32_t flags;
        const char *data;
        const struct tokens *tokens;
        const struct token *t; /* tokens->items */
        struct scope *scope;
        unsigned depth, depth_max;
        const char *pending; /* name that a function expression would get */
};

enum mode {
        MODE_STATEMENT, /* ends at a line's end, an assignment, a colon */
        MODE_ITEM,      /* ends at a comma */
        MODE_KEY,       /* ends at a comma, a colon or an arrow */
};

/* A dotted name while it grows. */
struct dotted {
        char text[CALLEE_MAX + 56];
        size_t n;
};

/* What the last operand of an expression was, for whoever assigns to it. */
struct target {
        char name[CALLEE_MAX + 56];
        uint32_t at;   /* its first token */
        bool is_name;  /* a dotted name, perhaps with subscripts */
        bool computed; /* with a subscript that is no constant */
};

enum items_kind { ITEMS_CALL, ITEMS_LIST, ITEMS_OBJECT };

/* All take token ranges [at, end). at moves forward by at least one token unless it stands at the
 * end. */
void build_block(struct builder *b, uint32_t from, uint32_t end);
struct value *build_expression(struct builder *b, uint32_t *at, uint32_t end, enum mode mode,
                               struct target *ret_target);
struct value *build_operand(struct builder *b, uint32_t *at, uint32_t end, enum mode mode,
                            struct target *target);
/* A constant or a bracket at `at`. */
struct value *build_literal(struct builder *b, uint32_t *at, uint32_t end, enum mode mode);
/* A template literal that holds expressions; `at` stands on its first quote. */
struct value *build_template(struct builder *b, uint32_t *at, uint32_t end);
/* Returns the first of *ret_n items; *ret_keyed if one has a key. */
struct value *build_items(struct builder *b, uint32_t from, uint32_t end, enum items_kind kind,
                          unsigned *ret_n, bool *ret_keyed);
/* A call whose arguments stand in [from, end). */
struct call *build_call(struct builder *b, const char *callee, uint32_t first, uint32_t from,
                        uint32_t end);
void build_decorator(struct builder *b, uint32_t *at, uint32_t end);

/* functions.c */
/* at stands on the word that defines; moves behind the header (indented languages) or the body. */
void build_function(struct builder *b, uint32_t *at, uint32_t end);
void build_class(struct builder *b, uint32_t *at, uint32_t end);
/* name(…) {…}: open is the bracket's index. Moves *at behind the body. */
void build_method(struct builder *b, uint32_t name, uint32_t *at, uint32_t end);
bool build_is_method(const struct builder *b, uint32_t name, uint32_t open, uint32_t end,
                     enum mode mode);
/* Index of the arrow if parameters begin at `at` and an arrow follows them, else 0. */
uint32_t build_lambda_arrow(const struct builder *b, uint32_t at, uint32_t end);
struct value *build_lambda(struct builder *b, uint32_t *at, uint32_t end, enum mode mode,
                           uint32_t arrow);

/* --- tokens, for all builders ---- */
static inline bool at_type(const struct builder *b, uint32_t at, uint32_t end, enum token_type type)
{
        return at < end && b->t[at].type == type;
}

static inline bool at_op(const struct builder *b, uint32_t at, uint32_t end, enum token_type type,
                         char op)
{
        return at < end && b->t[at].type == type && b->t[at].op == (uint8_t)op;
}

static inline bool at_word(const struct builder *b, uint32_t at, uint32_t end, enum word word)
{
        return at < end && b->t[at].type == TOKEN_NAME && b->t[at].word == word;
}

/* True if the token's text is s. */
bool build_is(const struct builder *b, uint32_t at, uint32_t end, const char *s);
/* Index of an opening bracket's partner, at most end. */
uint32_t build_match(const struct builder *b, uint32_t at, uint32_t end);
const char *build_text(const struct builder *b, uint32_t at);
/* A value whose place is the tokens [from, to). */
struct value *build_value(struct builder *b, enum value_type type, const char *text, uint32_t from,
                          uint32_t to);
/* VALUE_OTHER with its source as text. */
struct value *build_other(struct builder *b, uint32_t from, uint32_t to);
const char *build_string(struct builder *b, uint32_t at, size_t *ret_n);
struct scope *build_scope(struct builder *b, const char *function, bool class);
/* value NULL: no constant. */
void build_bind(struct builder *b, const char *name, struct value *value);
void dotted_add(struct dotted *d, const char *s, size_t n);
/* Index behind `<types>` that begins at `at`, or 0 if that is a comparison. */
uint32_t build_generics(const struct builder *b, uint32_t at, uint32_t end);

/* --- constant.c ---- */
/* Resolves names, folds constants. */
int constant_settle(struct lexer *l);
