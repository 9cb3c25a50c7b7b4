/* SPDX-FileCopyrightText: giad maintainers */

/*
 * One operand: a constant, a name with everything that hangs on it (members, subscripts, calls in a
 * chain), a bracket, a function. It must not know operators or statements. Values belong to the
 * lexer.
 *
 * A chain is followed in a loop, with the dotted name growing beside it, so that a.b().c(x) costs
 * no recursion and its second call is known as "a.b.c".
 */

#include <string.h>

#include "common/base/macros.h"
#include "detectors/source/reader.h"

/* A chain while it is followed. */
struct chain {
        uint32_t first;  /* token it begins with */
        uint32_t member; /* token of the last name */
        struct dotted name;
        struct value *v;   /* what it is so far, NULL while it is only a name */
        struct call *call; /* its last call */
        bool constructor;
        bool trailing; /* members behind the last call */
        bool computed;
};

/* --- chains ---- */

/* The value of a call; dict(k=v) and array(k => v) are objects. */
static struct value *call_value(struct builder *b, struct chain *c, uint32_t to)
{
        bool dict = b->language == LANGUAGE_PYTHON && strcmp(c->name.text, "dict") == 0;
        bool array = b->language == LANGUAGE_PHP && strcmp(c->name.text, "array") == 0;
        struct value *v =
                build_value(b, VALUE_CALL, c->call ? c->call->callee : NULL, c->first, to);

        if (!v)
                return NULL;
        v->call = c->call;
        if (dict || array) {
                v->type = array && c->call->args && !c->call->args->key ? VALUE_LIST : VALUE_OBJECT;
                v->first = c->call->args;
        }
        return v;
}

static const char *const conversions[] = {
        "encode", "decode",   "getBytes", "toByteArray", "bytes",
        "freeze", "toString", "to_s",     "trim",        "strip",
};

/* "x".encode(): what the call stands on, if the call only turns it into another form */
static struct value *chain_receiver(struct builder *b, const struct chain *c)
{
        const char *dot = strrchr(c->name.text, '.');
        const char *method = dot ? dot + 1 : c->name.text;

        for (size_t i = 0; i < ELEMENTSOF(conversions); i++) {
                if (strcmp(method, conversions[i]) != 0)
                        continue;
                if (c->v && !c->call)
                        return c->v;
                if (!c->v && dot)
                        return build_value(
                                b, VALUE_NAME,
                                memory_text(b->l, c->name.text, (size_t)(dot - c->name.text)),
                                c->first, c->member);
        }
        return NULL;
}

static void chain_call(struct builder *b, struct chain *c, uint32_t *at, uint32_t end)
{
        uint32_t close = build_match(b, *at, end);
        struct call *on = c->call;
        struct value *receiver = chain_receiver(b, c);
        /* a call further down a chain is shown at its own name */
        uint32_t first = on || c->v ? c->member : c->first;

        c->call = build_call(b, c->name.text, first, *at + 1, close);
        *at = MIN_OF(close + 1, end);
        if (!c->call)
                return;
        c->call->on = on;
        c->call->constructor = c->constructor && !on;
        c->v = call_value(b, c, *at);
        if (c->v && receiver)
                ((struct lexer_value *)c->v)->receiver = receiver;
        c->trailing = false;
}

static bool adds_member(const struct builder *b, uint32_t at)
{
        return b->t[at].type == TOKEN_STRING || b->t[at].type == TOKEN_SYMBOL;
}

static void chain_subscript(struct builder *b, struct chain *c, uint32_t *at, uint32_t end)
{
        uint32_t close = build_match(b, *at, end);
        bool keyed;
        unsigned n;

        if (close == *at + 2 && adds_member(b, *at + 1)) {
                size_t len = 0;
                const char *key = build_string(b, *at + 1, &len);
                if (key && len)
                        dotted_add(&c->name, key, strlen(key));
        } else {
                (void)build_items(b, *at + 1, close, ITEMS_LIST, &n, &keyed);
                c->computed = true;
        }
        c->trailing = c->v != NULL;
        *at = MIN_OF(close + 1, end);
}

/* Type{…} in Go, new Type {…} in C#: fields are keyword arguments of the constructor */
static void chain_fields(struct builder *b, struct chain *c, uint32_t *at, uint32_t end)
{
        uint32_t close = build_match(b, *at, end);
        bool keyed = false;
        unsigned n = 0;

        if (!c->call)
                c->call = build_call(b, c->name.text, c->first, *at + 1, *at);
        if (!c->call)
                return;
        struct value **tail = &c->call->args;
        while (*tail)
                tail = &(*tail)->next;
        *tail = build_items(b, *at + 1, close, ITEMS_OBJECT, &n, &keyed);
        c->call->n_args += n;
        c->call->constructor = true;
        const struct token *last = &b->t[MIN_OF(close, b->tokens->n - 1)];
        c->call->end_line = last->line;
        c->call->length = last->offset + last->length - (uint32_t)c->call->offset;
        *at = MIN_OF(close + 1, end);
        c->v = call_value(b, c, *at);
        if (c->v && b->language == LANGUAGE_GO) {
                c->v->type = n && !keyed ? VALUE_LIST : VALUE_OBJECT;
                c->v->first = c->call->args;
        }
}

/* a DOT and what follows it. False: the DOT is something else. */
static bool chain_member(struct builder *b, struct chain *c, uint32_t *at, uint32_t end)
{
        uint32_t next = *at + 1;

        if (at_type(b, next, end, TOKEN_NAME)) {
                const char *name = b->data + b->t[next].offset;
                bool sigil = b->language == LANGUAGE_PHP && *name == '$';
                dotted_add(&c->name, name + sigil, b->t[next].length - sigil);
                c->member = next;
                c->trailing = c->v != NULL;
                *at += 2;
                return true;
        }
        if (b->language == LANGUAGE_GO && at_op(b, next, end, TOKEN_OPEN, '(')) {
                *at = MIN_OF(build_match(b, next, end) + 1, end); /* x.(T) */
                return true;
        }
        if (!at_type(b, next, end, TOKEN_OPEN))
                return false;
        *at += 1; /* ?.( and ?.[ */
        return true;
}

/* x as T, x satisfies T: what it is does not change. In Python and PHP it binds. */
static void chain_cast(struct builder *b, uint32_t *at, uint32_t end)
{
        bool binds = b->language == LANGUAGE_PYTHON || b->language == LANGUAGE_PHP;

        for ((*at)++; *at < end; (*at)++) {
                uint32_t generics = build_generics(b, *at, end);
                if (generics)
                        *at = generics;
                if (binds && at_type(b, *at, end, TOKEN_NAME))
                        build_bind(b, build_text(b, *at), NULL);
                if (at_op(b, *at, end, TOKEN_OPEN, '[') || at_op(b, *at, end, TOKEN_OPEN, '{'))
                        *at = build_match(b, *at, end);
                else if (!at_type(b, *at, end, TOKEN_DOT) &&
                         !(at_type(b, *at, end, TOKEN_NAME) && !b->t[*at].newline) &&
                         !(binds && at_type(b, *at, end, TOKEN_ARROW)))
                        break;
        }
}

static bool is_non_null(const struct builder *b, uint32_t at, uint32_t end)
{
        if ((b->language != LANGUAGE_JAVASCRIPT && b->language != LANGUAGE_JAVA) ||
            !at_op(b, at, end, TOKEN_OPERATOR, '!') || b->t[at].space)
                return false;
        if (at + 1 >= end || b->t[at + 1].newline)
                return true;
        const struct token *next = &b->t[at + 1];
        return next->type == TOKEN_DOT || next->type == TOKEN_CLOSE || next->type == TOKEN_COMMA ||
               next->type == TOKEN_SEMI || (next->type == TOKEN_OPERATOR && next->op == '!');
}

static bool bracket_continues(const struct builder *b, uint32_t at, enum mode mode)
{
        const struct token *t = &b->t[at];

        if (t->newline && mode == MODE_STATEMENT && (b->flags & LANGUAGE_NEWLINE_ENDS))
                return false;
        return !(b->language == LANGUAGE_RUBY && t->space && t->op == '[');
}

/* One step along the chain; false at its end. */
static bool chain_step(struct builder *b, struct chain *c, uint32_t *at, uint32_t end,
                       enum mode mode)
{
        const struct token *t = &b->t[*at];

        if (t->type == TOKEN_DOT)
                return chain_member(b, c, at, end);
        if (t->type == TOKEN_OPEN && t->op == '(' && bracket_continues(b, *at, mode)) {
                chain_call(b, c, at, end);
                return true;
        }
        if (t->type == TOKEN_OPEN && t->op == '[' && bracket_continues(b, *at, mode)) {
                chain_subscript(b, c, at, end);
                return true;
        }
        if (t->type == TOKEN_OPEN && t->op == '{' &&
            ((b->language == LANGUAGE_GO && !t->space && c->name.n) ||
             (b->language == LANGUAGE_CSHARP && c->constructor))) {
                chain_fields(b, c, at, end);
                c->constructor = false;
                return true;
        }
        if (t->type == TOKEN_OPEN && t->op == '`') {
                (void)build_template(b, at, end);
                c->trailing = c->computed = true;
                return true;
        }
        if (is_non_null(b, *at, end)) {
                (*at)++;
                return true;
        }
        uint32_t generics =
                (b->flags & LANGUAGE_GENERICS) && c->name.n ? build_generics(b, *at, end) : 0;
        if (generics) {
                *at = generics;
                return true;
        }
        if (t->type == TOKEN_NAME && t->word == WORD_AS && (c->v || c->name.n)) {
                chain_cast(b, at, end);
                return true;
        }
        return false;
}

static struct value *chain_value(struct builder *b, struct chain *c, uint32_t to)
{
        if (c->constructor && !c->call && c->name.n && !c->v) {
                c->call = build_call(b, c->name.text, c->first, to, to - 1);
                if (c->call)
                        c->call->constructor = true;
                return call_value(b, c, to);
        }
        if (c->v && !c->trailing)
                return c->v;
        if (!c->v && !c->computed && c->name.n)
                return build_value(b, VALUE_NAME, memory_text(b->l, c->name.text, c->name.n),
                                   c->first, to);
        return build_other(b, c->first, to);
}

/* --- Ruby's calls without brackets ---- */

static bool command_follows(const struct builder *b, const struct chain *c, uint32_t at,
                            uint32_t end)
{
        if (!(b->flags & LANGUAGE_COMMANDS) || c->v || !c->name.n || at >= end)
                return false;
        const struct token *t = &b->t[at];
        if (t->newline || !t->space)
                return false;
        if (t->type == TOKEN_NAME)
                return t->word == WORD_NONE || t->word >= WORD_TRUE;
        return t->type == TOKEN_STRING || t->type == TOKEN_SYMBOL || t->type == TOKEN_NUMBER ||
               (t->type == TOKEN_OPEN && t->op == '[');
}

static uint32_t command_end(const struct builder *b, uint32_t at, uint32_t end)
{
        for (; at < end; at++) {
                const struct token *t = &b->t[at];
                const struct token *before = &b->t[at - 1];
                if (t->newline && before->type != TOKEN_COMMA && before->type != TOKEN_OPERATOR &&
                    before->type != TOKEN_COLON && before->type != TOKEN_ARROW &&
                    t->type != TOKEN_DOT)
                        return at;
                if (t->type == TOKEN_SEMI || t->type == TOKEN_CLOSE ||
                    (t->type == TOKEN_NAME &&
                     (t->word == WORD_CONTROL || t->word == WORD_OPERATOR)))
                        return at;
                if (t->type == TOKEN_OPEN)
                        at = build_match(b, at, end);
        }
        return end;
}

static void chain_command(struct builder *b, struct chain *c, uint32_t *at, uint32_t end)
{
        uint32_t stop = command_end(b, *at, end);

        c->call = build_call(b, c->name.text, c->first, *at, MAX_OF(stop, *at + 1));
        if (c->call && stop > c->first) {
                const struct token *last = &b->t[stop - 1];
                c->call->end_line = last->line;
                c->call->length = last->offset + last->length - b->t[c->first].offset;
        }
        *at = MAX_OF(stop, *at);
        c->v = call_value(b, c, *at);
}

/* --- operands ---- */

/* Go: behind []T, *T, map[K]V that begin at `at`; the type's name goes into name. */
static uint32_t go_type(const struct builder *b, uint32_t at, uint32_t end, struct dotted *name)
{
        while (at < end) {
                const struct token *t = &b->t[at];
                bool map = t->type == TOKEN_NAME && t->word == WORD_OPERATOR;
                if (t->type == TOKEN_OPEN && t->op == '[')
                        at = MIN_OF(build_match(b, at, end) + 1, end);
                else if (map || (t->type == TOKEN_OPERATOR && t->op == '*'))
                        at++;
                else
                        break;
                if (map)
                        dotted_add(name, "map", 3);
        }
        if (at_word(b, at, end, WORD_CLASS) && at_op(b, at + 1, end, TOKEN_OPEN, '{'))
                return MIN_OF(build_match(b, at + 1, end) + 1, end); /* interface{} */
        while (at_type(b, at, end, TOKEN_NAME)) {
                if (!name->n || strcmp(name->text, "map") != 0)
                        dotted_add(name, b->data + b->t[at].offset, b->t[at].length);
                if (!at_type(b, at + 1, end, TOKEN_DOT))
                        return at + 1;
                at += 2;
        }
        return at;
}

/* []byte("x"), map[string]any{…}: a type before its brackets */
static bool go_typed(struct builder *b, struct chain *c, uint32_t *at, uint32_t end)
{
        bool bracket = at_op(b, *at, end, TOKEN_OPEN, '[');
        bool map = at_word(b, *at, end, WORD_OPERATOR);

        if (b->language != LANGUAGE_GO || (!bracket && !map))
                return false;
        struct dotted name = {.n = 0};
        uint32_t behind = go_type(b, *at, end, &name);
        if (!at_type(b, behind, end, TOKEN_OPEN) || !name.n)
                return false;
        c->name = name;
        c->member = c->first;
        *at = behind;
        return true;
}

/* Begins a chain at a name. NULL and *at moved: the whole operand is *ret. */
static bool name_begins(struct builder *b, struct chain *c, uint32_t *at, uint32_t end,
                        enum mode mode)
{
        const struct token *t = &b->t[*at];
        bool sigil = b->language == LANGUAGE_PHP && b->data[t->offset] == '$';

        dotted_add(&c->name, b->data + t->offset + sigil, t->length - sigil);
        c->member = *at;
        (*at)++;
        if (!c->constructor && build_is_method(b, c->member, *at, end, mode)) {
                build_method(b, c->member, at, end);
                return false;
        }
        return true;
}

static struct value *primary(struct builder *b, struct chain *c, uint32_t *at, uint32_t end,
                             enum mode mode, bool *ret_whole)
{
        const struct token *t = &b->t[*at];

        *ret_whole = false;
        if (t->type != TOKEN_NAME || (t->word >= WORD_TRUE && !at_type(b, *at + 1, end, TOKEN_DOT)))
                return build_literal(b, at, end, mode);
        *ret_whole = !name_begins(b, c, at, end, mode);
        return NULL;
}

/* function (…) {…}, (…) => …, lambda …: it gets the pending name. NULL if none begins here. */
static struct value *function_operand(struct builder *b, uint32_t *at, uint32_t end, enum mode mode)
{
        const char *pending = take_ptr(&b->pending);
        uint32_t from = *at;
        uint32_t arrow = build_lambda_arrow(b, *at, end);

        if (arrow || at_word(b, *at, end, WORD_LAMBDA)) {
                b->pending = pending;
                return build_lambda(b, at, end, mode, arrow);
        }
        if (!at_word(b, *at, end, WORD_FUNCTION))
                return NULL;
        b->pending = pending;
        build_function(b, at, end);
        return build_other(b, from, *at);
}

struct value *build_operand(struct builder *b, uint32_t *at, uint32_t end, enum mode mode,
                            struct target *target)
{
        struct chain c = {.first = *at};
        bool whole = false;

        c.v = function_operand(b, at, end, mode);
        if (!c.v && at_word(b, *at, end, WORD_NEW) && *at + 1 < end) {
                c.constructor = true;
                (*at)++;
                c.first = *at;
        }
        if (!c.v && !go_typed(b, &c, at, end))
                c.v = primary(b, &c, at, end, mode, &whole);
        if (whole || (!c.v && !c.name.n && !at_op(b, *at, end, TOKEN_OPEN, '{')))
                return NULL;
        while (*at < end && !b->l->error && chain_step(b, &c, at, end, mode))
                ;
        if (command_follows(b, &c, *at, end))
                chain_command(b, &c, at, end);
        target->is_name = !c.v || c.trailing;
        target->computed = c.computed || c.v;
        memcpy(target->name, c.name.text, c.name.n);
        target->name[c.name.n] = '\0';
        return chain_value(b, &c, *at);
}
