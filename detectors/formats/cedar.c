/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading Cedar policies (docs.cedarpolicy.com/policies/syntax-policy.html): a list of them,
 * with the words of Cedar's own JSON form.
 *
 *      @id("a")                                       policies:
 *      permit (                                    →  - annotations: {id: a}
 *        principal in Role::"ops",                      effect: permit
 *        action == Action::"view",                      principal: {op: in, entity: {type: Role, id: ops}}
 *        resource                                       action: {op: ==, entity: {type: Action, id: view}}
 *      ) when { resource.open };                        resource: {op: All}
 *                                                       conditions: [{kind: when, body: resource.open}]
 *                                                       always: false
 *
 * op: All, ==, in, is; of `is` the type is `entity_type`; of `action in [a, b]` there are `entities`;
 * a template's slot is `slot: ?principal`. `always`: everybody, every action, every resource, and no
 * condition, or none that asks for anything (`when { true }`, `unless { false }`).
 *
 * Does not own: what entities there are. A policy that is none is the error; the rest is read.
 */
#include <errno.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/constant.h"
#include "detectors/formats/format.h"
#include "detectors/formats/parts.h"

struct reader {
        struct cursor c;
        struct doc *doc;
        struct doc_error *reterr;
        bool broken;
};

static bool is_name_char(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
}

static void skip_space(struct cursor *c)
{
        for (;; cursor_step(c)) {
                if (cursor_at(c, "//"))
                        cursor_to_line_end(c);
                if (cursor_ended(c) || !strchr(" \t\r\n", cursor_peek(c, 0)) ||
                    cursor_peek(c, 0) == '\0')
                        return;
        }
}

static bool take(struct reader *r, const char *sign)
{
        skip_space(&r->c);
        return cursor_take(&r->c, sign);
}

/* A word alone, not the beginning of a longer one. */
static bool take_word(struct reader *r, const char *word)
{
        skip_space(&r->c);
        return cursor_at(&r->c, word) && !is_name_char(cursor_peek(&r->c, strlen(word))) &&
               cursor_take(&r->c, word);
}

static int bad(struct reader *r, const char *message)
{
        if (!r->broken)
                (void)cursor_bad(&r->c, r->reterr, message);
        r->broken = true;
        return -EBADMSG;
}

static int memory(const struct reader *r, const struct node *made)
{
        return made ? 0 : doc_error(r->doc);
}

/* Behind the string at the cursor. */
static void skip_string(struct cursor *c)
{
        cursor_step(c);
        while (!cursor_ended(c) && cursor_peek(c, 0) != '"')
                cursor_skip(c, cursor_peek(c, 0) == '\\' ? 2 : 1);
        cursor_skip(c, 1);
}

/* To one of the signs, outside of brackets and strings; false: there is none. */
static bool skip_to(struct cursor *c, const char *signs)
{
        for (size_t depth = 0; !cursor_ended(c);) {
                char byte = cursor_peek(c, 0);

                if (depth == 0 && byte != '\0' && strchr(signs, byte))
                        return true;
                if (byte == '"') {
                        skip_string(c);
                        continue;
                }
                if (cursor_at(c, "//")) {
                        cursor_to_line_end(c);
                        continue;
                }
                depth += byte == '(' || byte == '[' || byte == '{';
                if (depth > 0)
                        depth -= byte == ')' || byte == ']' || byte == '}';
                cursor_step(c);
        }
        return false;
}

/* `Type::"id"`, or what else stands before one of the signs. */
static int read_entity(struct reader *r, struct node *parent, const char *key, const char *signs)
{
        skip_space(&r->c);
        struct cursor begin = r->c, end = begin, quote = begin;

        if (cursor_peek(&begin, 0) == '?') {
                while (!cursor_ended(&r->c) && !strchr(" \t\r\n,)", cursor_peek(&r->c, 0)))
                        cursor_step(&r->c);
                return memory(r, part_source(r->doc, parent, "slot", &begin, &r->c));
        }
        struct node *entity = part_container(r->doc, parent, key, NODE_MAPPING, &begin);
        if (!skip_to(&r->c, signs))
                return bad(r, "an entity without end");
        end = r->c;
        part_trim(&begin, &end);
        while (quote.at < end.at && cursor_peek(&quote, 0) != '"')
                cursor_step(&quote);
        struct cursor type = quote;
        if (quote.at >= begin.at + 2 && memcmp(r->c.data + quote.at - 2, "::", 2) == 0) {
                type.at -= 2;
                type.column -= 2;
        }
        if (!part_source(r->doc, entity, "type", &begin, &type))
                return doc_error(r->doc);
        if (quote.at + 1 < end.at) {
                struct cursor last = end;

                cursor_step(&quote);
                if (last.at > quote.at && last.data[last.at - 1] == '"') {
                        last.at--;
                        last.column--;
                }
                if (!part_source(r->doc, entity, "id", &quote, &last))
                        return doc_error(r->doc);
        }
        return 0;
}

static int read_entities(struct reader *r, struct node *scope)
{
        struct node *list = part_container(r->doc, scope, "entities", NODE_SEQUENCE, &r->c);
        int error = memory(r, list);

        while (error == 0 && !take(r, "]")) {
                error = read_entity(r, list, NULL, ",]");
                if (!take(r, ",") && cursor_peek(&r->c, 0) != ']' && error == 0)
                        return bad(r, "a list without its end");
        }
        return error;
}

static int read_op(struct reader *r, struct node *scope, struct cursor begin, const char *op)
{
        return memory(r, part_value(r->doc, scope, "op", &begin, &r->c, op, strlen(op)));
}

/* `principal`, with ==, in or is. */
static int read_scope(struct reader *r, struct node *policy, const char *name, bool *every)
{
        if (!take_word(r, name))
                return bad(r, "expected principal, action and resource");

        struct cursor begin = r->c;
        begin.at -= strlen(name);
        begin.column -= (uint32_t)strlen(name);
        struct node *scope = part_container(r->doc, policy, name, NODE_MAPPING, &begin);
        skip_space(&r->c);
        struct cursor op = r->c;
        if (take(r, "==")) {
                int error = read_op(r, scope, op, "==");

                *every = false;
                return error < 0 ? error : read_entity(r, scope, "entity", ",)");
        }
        if (take_word(r, "is")) {
                int error = read_op(r, scope, op, "is");

                *every = false;
                skip_space(&r->c);
                struct cursor type = r->c;
                while (is_name_char(cursor_peek(&r->c, 0)) || cursor_peek(&r->c, 0) == ':')
                        cursor_step(&r->c);
                if (error < 0 || !part_source(r->doc, scope, "entity_type", &type, &r->c))
                        return doc_error(r->doc);
                return take_word(r, "in") ? read_entity(r, scope, "entity", ",)") : 0;
        }
        if (take_word(r, "in")) {
                int error = read_op(r, scope, op, "in");

                *every = false;
                if (error < 0)
                        return error;
                return take(r, "[") ? read_entities(r, scope)
                                    : read_entity(r, scope, "entity", ",)");
        }
        return read_op(r, scope, begin, "All");
}

static int read_conditions(struct reader *r, struct node *policy, bool *always)
{
        struct node *list = NULL;

        for (;;) {
                skip_space(&r->c);
                struct cursor begin = r->c;
                bool when = take_word(r, "when");

                if (!when && !take_word(r, "unless"))
                        return 0;
                struct cursor word = r->c;
                if (!list)
                        list = part_container(r->doc, policy, "conditions", NODE_SEQUENCE, &begin);
                struct node *n = part_container(r->doc, list, NULL, NODE_MAPPING, &begin);
                if (!part_source(r->doc, n, "kind", &begin, &word))
                        return doc_error(r->doc);
                if (!take(r, "{"))
                        return bad(r, "expected {");
                skip_space(&r->c);
                struct cursor body = r->c, end;
                if (!skip_to(&r->c, "}"))
                        return bad(r, "a condition without its end");
                end = r->c;
                part_trim(&body, &end);
                struct node *text = part_source(r->doc, n, "body", &body, &end);
                if (!text)
                        return doc_error(r->doc);
                cursor_step(&r->c);
                part_extend(n, &r->c);
                *always &= constant_value(text->text, text->text_len) ==
                           (when ? CONSTANT_TRUE : CONSTANT_FALSE);
        }
}

static int read_annotations(struct reader *r, struct node *policy)
{
        struct node *list = NULL;

        for (;;) {
                struct cursor begin;

                skip_space(&r->c);
                begin = r->c;
                if (!cursor_take(&r->c, "@"))
                        return 0;
                struct cursor name = r->c, behind;
                while (is_name_char(cursor_peek(&r->c, 0)))
                        cursor_step(&r->c);
                if (!list)
                        list = part_container(r->doc, policy, "annotations", NODE_MAPPING, &begin);
                char *key = cursor_text(&name, &r->c, r->doc);
                behind = r->c;
                if (take(r, "(") && take(r, "\"")) {
                        name = r->c;
                        while (!cursor_ended(&r->c) && cursor_peek(&r->c, 0) != '"')
                                cursor_skip(&r->c, cursor_peek(&r->c, 0) == '\\' ? 2 : 1);
                        behind = r->c;
                        cursor_skip(&r->c, 1);
                        if (!take(r, ")"))
                                return bad(r, "expected )");
                } else {
                        name = behind;
                }
                struct node *value = key ? part_source(r->doc, list, key, &name, &behind) : NULL;
                if (!value)
                        return doc_error(r->doc);
                value->key_line = begin.line;
                value->key_column = begin.column;
        }
}

static int read_policy(struct reader *r, struct node *policies)
{
        static const char *const scopes[] = {"principal", "action", "resource"};
        struct node *policy = part_container(r->doc, policies, NULL, NODE_MAPPING, &r->c);
        bool always = true;
        int error = policy ? read_annotations(r, policy) : doc_error(r->doc);

        if (error < 0)
                return error;
        skip_space(&r->c);
        struct cursor begin = r->c;
        if (!take_word(r, "permit") && !take_word(r, "forbid"))
                return bad(r, "expected permit or forbid");
        if (!part_source(r->doc, policy, "effect", &begin, &r->c))
                return doc_error(r->doc);
        struct cursor effect = r->c;
        if (!take(r, "("))
                return bad(r, "expected (");
        for (size_t i = 0; i < ELEMENTSOF(scopes); i++) {
                error = read_scope(r, policy, scopes[i], &always);
                if (error < 0)
                        return error;
                if (!take(r, ",") && i + 1 < ELEMENTSOF(scopes))
                        return bad(r, "expected ,");
        }
        if (!take(r, ")"))
                return bad(r, "expected )");
        error = read_conditions(r, policy, &always);
        if (error < 0)
                return error;
        if (!take(r, ";"))
                return bad(r, "expected ;");
        part_extend(policy, &r->c);
        return memory(r, part_bool(r->doc, policy, "always", &begin, &effect, always));
}

static int cedar_read(struct doc *doc, const char *data, size_t n, struct doc_error *reterr)
{
        struct reader r = {.c = cursor_begin(data, n), .doc = doc, .reterr = reterr};
        struct node *root = cursor_node(&r.c, doc, NODE_MAPPING);
        struct node *policies = part_container(doc, root, "policies", NODE_SEQUENCE, &r.c);
        int error = policies ? 0 : doc_error(doc);

        doc_set_root(doc, root);
        for (skip_space(&r.c); error == 0 && !cursor_ended(&r.c); skip_space(&r.c)) {
                error = read_policy(&r, policies);
                if (error != -EBADMSG)
                        continue;
                error = doc_error(doc);
                (void)skip_to(&r.c, ";");
                cursor_skip(&r.c, 1);
        }
        return error < 0 ? error : r.broken ? -EBADMSG : 0;
}

const struct format format_cedar = {.name = "cedar", .parse = cedar_read, .language = true};
