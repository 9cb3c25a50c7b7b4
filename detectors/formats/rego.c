/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading Rego modules (openpolicyagent.org/docs/latest/policy-reference), as they were before
 * version 1 and as they are since.
 *
 *      package authz                          package: authz
 *      import rego.v1                         imports: [rego.v1]
 *      default allow := false             →   rules:
 *      allow if {                             - {name: allow, default: true, value: false}
 *        input.method == "GET"                - name: allow
 *        valid(input.token)                     value: true
 *      }                                        body: [{text: 'input.method == "GET"', left: input.method,
 *                                                       operator: '==', right: GET},
 *                                                      {text: 'valid(input.token)'}]
 *                                               calls: [valid]
 *                                               always: false
 *
 * Of a rule: `name`; `args` of a function, as text; `key` of a set or object (`deny contains msg`,
 * `deny[msg]`); `value`, of one without key `true` when none is written; `body`; `else`, a list of the
 * same without name; `calls`, the names of functions called anywhere in it; and `always`: it has no
 * body, or nothing there asks for anything (`true`, `1 == 1`). A second body is a rule of its own.
 * Numbers, booleans and strings are values, objects of constants are entered like JSON, and any other
 * expression is a string that is its source.
 *
 * Does not own: evaluating. Comments are skipped; a line that is no statement is the error, and the
 * rest is read.
 */
#include <errno.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/constant.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/format.h"
#include "detectors/formats/parts.h"
#include "detectors/formats/rego-expression.h"
#include "detectors/formats/scalar.h"

struct reader {
        struct cursor c;
        struct doc *doc;
        struct node *root, *imports, *rules;
        struct doc_error *reterr;
        bool broken;
};

static void bad(struct reader *r, const struct cursor *at, const char *message)
{
        if (!r->broken)
                (void)cursor_bad(at, r->reterr, message);
        r->broken = true;
}

static int expression(struct reader *r, bool head, struct node *calls, struct rego_expression *ret)
{
        int error = rego_read_expression(&r->c, head, r->doc, calls, ret);

        if (ret->broken)
                bad(r, &ret->begin, "a bracket or string without end");
        return error;
}

/* A value: a constant, or the text of an expression. */
static int add_value(struct reader *r, struct node *to, const char *key, struct cursor from,
                     struct cursor end)
{
        const char *s = from.data + from.at;
        size_t n = end.at - from.at;
        struct cursor whole = from;
        bool quoted = n >= 2 && (s[0] == '"' || s[0] == '`') && s[n - 1] == s[0] &&
                      !memchr(s + 1, s[0], n - 2);
        enum node_type type = scalar_type(s, n);

        if (quoted) {
                cursor_step(&from);
                n -= 2;
        }
        struct node *v = part_value(r->doc, to, key, &whole, &end, from.data + from.at, n);
        if (!v)
                return doc_error(r->doc);
        v->quoted = quoted;
        if (!quoted && n > 0 && (type == NODE_BOOL || type == NODE_NUMBER || type == NODE_NULL))
                scalar_set(v, type, v->text, v->text_len);
        else if (!quoted)
                doc_keep_source(r->doc, v, DOC_SPELLING_VERBATIM, false, s, n);
        return doc_error(r->doc);
}

/* One expression of a body. */
static int add_expression(struct reader *r, struct node *body, const struct rego_expression *e)
{
        struct node *n = part_container(r->doc, body, NULL, NODE_MAPPING, &e->begin);
        struct cursor end = e->operator_begin, right = e->operator_end;
        int error;

        if (!part_source(r->doc, n, "text", &e->begin, &e->end))
                return doc_error(r->doc);
        if (e->operators != 1)
                return 0;
        part_trim(&e->begin, &end);
        rego_skip_space(&right, true);
        if (right.at > e->end.at)
                return 0;
        error = add_value(r, n, "left", e->begin, end);
        if (error == 0 && !part_source(r->doc, n, "operator", &e->operator_begin, &e->operator_end))
                error = doc_error(r->doc);
        return error < 0 ? error : add_value(r, n, "right", right, e->end);
}

static int read_one(struct reader *r, struct node *rule, struct node *body, bool *always)
{
        struct rego_expression e;
        int error = expression(r, false, node_get(rule, "calls"), &e);

        if (error < 0 || e.end.at == e.begin.at)
                return error;
        *always &=
                constant_value(e.begin.data + e.begin.at, e.end.at - e.begin.at) == CONSTANT_TRUE;
        return add_expression(r, body, &e);
}

/* The expressions between the braces; the cursor is at the first brace. */
static int read_braces(struct reader *r, struct node *rule, struct node *body, bool *always)
{
        struct cursor begin = r->c;
        int error = 0;

        cursor_step(&r->c);
        for (;;) {
                rego_skip_space(&r->c, true);
                if (cursor_take(&r->c, "}"))
                        break;
                if (cursor_ended(&r->c)) {
                        bad(r, &begin, "a body without end");
                        break;
                }
                size_t at = r->c.at;
                error = read_one(r, rule, body, always);
                if (error < 0)
                        return error;
                if (!cursor_take(&r->c, ";") && r->c.at == at) {
                        bad(r, &r->c, "expected an expression");
                        cursor_step(&r->c);
                }
        }
        part_extend(body, &r->c);
        return 0;
}

/* What stands behind a head: nothing, a body in braces, or `if` and either. */
static int read_body(struct reader *r, struct node *rule, bool *always)
{
        struct node *body;

        rego_skip_space(&r->c, false);
        struct cursor below = r->c;
        rego_skip_space(&below, true);
        bool condition = rego_at_word(&below, "if");
        if (condition) {
                r->c = below;
                cursor_skip(&r->c, 2);
                rego_skip_space(&r->c, true);
        }
        bool braces = cursor_peek(&r->c, 0) == '{';
        if (!braces && !condition)
                return 0;
        body = part_container(r->doc, rule, "body", NODE_SEQUENCE, &r->c);
        if (!body)
                return doc_error(r->doc);
        return braces ? read_braces(r, rule, body, always) : read_one(r, rule, body, always);
}

/* `= value` or `:= value`; *ret: there was one. */
static int read_value(struct reader *r, struct node *rule, bool *ret)
{
        struct rego_expression e;

        rego_skip_space(&r->c, false);
        *ret = cursor_take(&r->c, ":=") || (!cursor_at(&r->c, "==") && cursor_take(&r->c, "="));
        if (!*ret)
                return 0;
        int error = expression(r, true, node_get(rule, "calls"), &e);
        return error < 0 ? error : add_value(r, rule, "value", e.begin, e.end);
}

static int end_rule(struct reader *r, struct node *rule, const struct cursor *name,
                    const struct cursor *end, bool always)
{
        struct node *calls = node_get(rule, "calls");

        part_extend(rule, &r->c);
        if (!calls || !calls->first)
                return part_bool(r->doc, rule, "always", name, end, always) ? 0 : doc_error(r->doc);
        calls->line = calls->first->line;
        calls->column = calls->first->column;
        calls->offset = calls->first->offset;
        calls->length = 0;
        node_extend(calls, calls->last->offset + calls->last->length, calls->last->end_line);
        return part_bool(r->doc, rule, "always", name, end, always) ? 0 : doc_error(r->doc);
}

/* The branches behind a rule, in a list. */
static int read_else(struct reader *r, struct node *rule)
{
        struct node *list = NULL;

        for (;;) {
                struct cursor begin = r->c, end;
                bool written, always = true;

                rego_skip_space(&begin, true);
                if (!rego_at_word(&begin, "else"))
                        return 0;
                r->c = begin;
                cursor_skip(&r->c, 4);
                end = r->c;
                if (!list)
                        list = part_container(r->doc, rule, "else", NODE_SEQUENCE, &begin);
                struct node *branch = part_container(r->doc, list, NULL, NODE_MAPPING, &begin);
                if (!part_container(r->doc, branch, "calls", NODE_SEQUENCE, &begin))
                        return doc_error(r->doc);
                int error = read_value(r, branch, &written);
                if (error == 0 && !written &&
                    !part_bool(r->doc, branch, "value", &begin, &end, true))
                        error = doc_error(r->doc);
                if (error == 0)
                        error = read_body(r, branch, &always);
                if (error == 0)
                        error = end_rule(r, branch, &begin, &end, always);
                if (error < 0)
                        return error;
        }
}

/* The head's key or arguments, in brackets behind the name. */
static int read_brackets(struct reader *r, struct node *rule)
{
        for (;;) {
                char open = cursor_peek(&r->c, 0);
                struct rego_expression e;

                if (open == '.') {
                        cursor_step(&r->c);
                        rego_skip_name(&r->c);
                        continue;
                }
                if (open != '[' && open != '(')
                        return 0;
                cursor_step(&r->c);
                /* commas between arguments join them to one text */
                int error = expression(r, false, node_get(rule, "calls"), &e);
                if (error == 0)
                        error = add_value(r, rule, open == '(' ? "args" : "key", e.begin, e.end);
                if (error < 0)
                        return error;
                if (!cursor_take(&r->c, open == '(' ? ")" : "]")) {
                        bad(r, &r->c, "a head without its bracket");
                        return 0;
                }
        }
}

static int read_key(struct reader *r, struct node *rule)
{
        struct rego_expression e;

        rego_skip_space(&r->c, false);
        if (!rego_at_word(&r->c, "contains"))
                return 0;
        cursor_skip(&r->c, strlen("contains"));
        int error = expression(r, true, node_get(rule, "calls"), &e);
        return error < 0 ? error : add_value(r, rule, "key", e.begin, e.end);
}

static struct node *begin_rule(struct reader *r, const struct cursor *begin,
                               const struct cursor *name, const struct cursor *end)
{
        struct node *rule = part_container(r->doc, r->rules, NULL, NODE_MAPPING, begin);

        if (!part_source(r->doc, rule, "name", name, end) ||
            (begin->at < name->at && !part_bool(r->doc, rule, "default", begin, end, true)) ||
            !part_container(r->doc, rule, "calls", NODE_SEQUENCE, begin))
                return NULL;
        return rule;
}

/* allow { … } { … }: each body is a rule. *rule becomes the last of them. */
static int read_more_bodies(struct reader *r, struct node **rule, const struct cursor *name,
                            const struct cursor *end)
{
        const struct node *value = node_get(*rule, "value");

        for (;;) {
                bool always = true;

                rego_skip_space(&r->c, false);
                if (cursor_peek(&r->c, 0) != '{')
                        return 0;
                *rule = begin_rule(r, name, name, end);
                if (!*rule || (value && !doc_copy(r->doc, value, *rule, "value")))
                        return doc_error(r->doc);
                int error = read_body(r, *rule, &always);
                if (error == 0)
                        error = end_rule(r, *rule, name, end, always);
                if (error < 0)
                        return error;
        }
}

static int read_rule(struct reader *r)
{
        struct cursor begin = r->c, name, end;
        bool written = false, always = true;
        int error;

        if (rego_at_word(&r->c, "default")) {
                cursor_skip(&r->c, strlen("default"));
                rego_skip_space(&r->c, false);
        }
        name = r->c;
        rego_skip_name(&r->c);
        end = r->c;
        if (end.at == name.at) {
                bad(r, &r->c, "expected a rule");
                cursor_to_line_end(&r->c);
                return 0;
        }
        struct node *rule = begin_rule(r, &begin, &name, &end);
        error = rule ? read_brackets(r, rule) : doc_error(r->doc);
        if (error == 0)
                error = read_key(r, rule);
        if (error == 0)
                error = read_value(r, rule, &written);
        if (error == 0 && !written && !node_get(rule, "key") &&
            !part_bool(r->doc, rule, "value", &name, &end, true))
                error = doc_error(r->doc);
        if (error == 0)
                error = read_body(r, rule, &always);
        if (error == 0)
                error = end_rule(r, rule, &name, &end, always);
        if (error == 0)
                error = read_more_bodies(r, &rule, &name, &end);
        return error < 0 ? error : read_else(r, rule);
}

/* The rest of the line, without a comment. */
static int read_path(struct reader *r, struct node *to, const char *key)
{
        rego_skip_space(&r->c, false);
        struct cursor begin = r->c, end;

        while (!cursor_ended(&r->c) && !strchr(" \t\r\n#;", cursor_peek(&r->c, 0)))
                cursor_step(&r->c);
        end = r->c;
        if (!part_source(r->doc, to, key, &begin, &end))
                return doc_error(r->doc);
        while (!cursor_ended(&r->c) && cursor_peek(&r->c, 0) != '\n' &&
               cursor_peek(&r->c, 0) != ';')
                cursor_step(&r->c);
        return 0;
}

static int read_statement(struct reader *r)
{
        struct cursor begin = r->c;

        if (rego_at_word(&r->c, "package") && cursor_peek(&r->c, 7) != '.') {
                cursor_skip(&r->c, strlen("package"));
                return node_get(r->root, "package") ? (cursor_to_line_end(&r->c), 0)
                                                    : read_path(r, r->root, "package");
        }
        if (rego_at_word(&r->c, "import")) {
                cursor_skip(&r->c, strlen("import"));
                return read_path(r, r->imports, NULL);
        }
        int error = read_rule(r);
        rego_skip_space(&r->c, false);
        if (error == 0 && !cursor_ended(&r->c) && !strchr("\n#;", cursor_peek(&r->c, 0))) {
                bad(r, &r->c, "expected the end of the rule");
                cursor_to_line_end(&r->c);
        }
        if (r->c.at == begin.at)
                cursor_step(&r->c);
        return error;
}

static int rego_read(struct doc *doc, const char *data, size_t n, struct doc_error *reterr)
{
        struct reader r = {.c = cursor_begin(data, n), .doc = doc, .reterr = reterr};

        r.root = cursor_node(&r.c, doc, NODE_MAPPING);
        r.imports = part_container(doc, r.root, "imports", NODE_SEQUENCE, &r.c);
        r.rules = part_container(doc, r.root, "rules", NODE_SEQUENCE, &r.c);
        int error = r.rules ? 0 : doc_error(doc);

        doc_set_root(doc, r.root);
        while (error == 0) {
                rego_skip_space(&r.c, true);
                if (cursor_ended(&r.c))
                        break;
                if (!cursor_take(&r.c, ";"))
                        error = read_statement(&r);
        }
        return error < 0 ? error : r.broken ? -EBADMSG : 0;
}

const struct format format_rego = {.name = "rego", .parse = rego_read, .language = true};
