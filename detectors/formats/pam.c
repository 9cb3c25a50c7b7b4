/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading pam.d(5) and pam.conf(5), whose lines begin with a service: a list of rules.
 *
 *      -auth [success=1 default=ignore] pam_unix.so nullok [a b]    →
 *      rules: [{name: …, type: auth, optional: true, control: {success: 1, default: ignore},
 *               module: pam_unix.so, args: [nullok, a b]}]
 *      @include common-auth    →    {name: …, control: @include, module: common-auth}
 *
 * A control of one word is a scalar. In pam.conf each rule has a `service`. The rule because of
 * which an auth stack lets in who proves nothing has `lets_in: true`, and `helped: true` if
 * others stand before it but none of the stack asks for a proof (pam-stack.h); the rules of a service in pam.conf are one stack if
 * they stand together.
 * Does not own: what is included.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/format.h"
#include "detectors/formats/host-read.h"
#include "detectors/formats/pam-stack.h"

/* A type comes next, perhaps with a `-` before it; its length in *ret, without the `-`. */
static bool at_type(const struct cursor *c, size_t *ret)
{
        static const char *const types[] = {"auth", "account", "password", "session"};
        size_t at = c->at + (cursor_peek(c, 0) == '-');

        for (size_t i = 0; i < ELEMENTSOF(types); i++) {
                size_t n = strlen(types[i]);

                if (c->n - at > n && strncasecmp(c->data + at, types[i], n) == 0 &&
                    strchr(" \t\\", c->data[at + n]) && c->data[at + n] != '\0') {
                        *ret = n;
                        return true;
                }
        }
        return false;
}

static struct node *read_word(struct host_reader *r, struct node *rule, const char *key)
{
        struct cursor from = r->c;

        host_take_word(&r->c, "", false);
        return host_add_text(r, rule, key, &from, &r->c, 0);
}

/* [success=1 default=ignore] */
static int read_actions(struct host_reader *r, struct node *rule)
{
        struct cursor begin = r->c;
        struct node *control = host_add(r, rule, "control", &begin, NODE_MAPPING);

        if (!control)
                return doc_error(r->doc);
        cursor_step(&r->c);
        for (host_skip_blanks(&r->c, true); !host_line_ends(&r->c) && cursor_peek(&r->c, 0) != ']';
             host_skip_blanks(&r->c, true)) {
                struct cursor from = r->c;

                host_take_word(&r->c, "=]", false);
                char *key = host_key(r, &from, &r->c);
                host_skip_blanks(&r->c, true);
                if (!cursor_take(&r->c, "=")) {
                        if (r->c.at == from.at)
                                cursor_step(&r->c);
                        continue;
                }
                host_skip_blanks(&r->c, true);
                from = r->c;
                host_take_word(&r->c, "]", false);
                if (!key || !host_add_text(r, control, key, &from, &r->c, 0))
                        return doc_error(r->doc);
        }
        bool closed = cursor_take(&r->c, "]");
        cursor_end_node(&r->c, control);
        return closed ? 0 : host_bad(r, &begin, "expected ']'");
}

/* A word, or a text in brackets. */
static int read_argument(struct host_reader *r, struct node *rule)
{
        struct cursor from = r->c, to;

        if (!cursor_take(&r->c, "["))
                return read_word(r, rule, "args") ? 0 : doc_error(r->doc);
        from = r->c;
        while (!host_line_ends(&r->c) && cursor_peek(&r->c, 0) != ']')
                cursor_skip(&r->c, cursor_at(&r->c, "\\]") || host_line_goes_on(&r->c) ? 2 : 1);
        to = r->c;
        (void)cursor_take(&r->c, "]");
        return host_add_text(r, rule, "args", &from, &to, HOST_TEXT_ESCAPED) ? 0
                                                                             : doc_error(r->doc);
}

static bool at_rule_end(const struct cursor *c)
{
        return host_line_ends(c) || cursor_peek(c, 0) == '#';
}

/* Control, module and arguments. */
static int read_module(struct host_reader *r, struct node *rule, const struct cursor *begin)
{
        int error = 0;

        host_skip_blanks(&r->c, true);
        if (cursor_peek(&r->c, 0) == '[')
                error = read_actions(r, rule);
        else if (!at_rule_end(&r->c))
                error = read_word(r, rule, "control") ? 0 : doc_error(r->doc);
        host_skip_blanks(&r->c, true);
        if (error < 0)
                return error;
        if (at_rule_end(&r->c))
                return host_bad(r, begin, "expected a module");
        if (!read_word(r, rule, "module") || !host_add_text(r, rule, "name", begin, &r->c, 0))
                return doc_error(r->doc);
        for (host_skip_blanks(&r->c, true); error == 0 && !at_rule_end(&r->c);
             host_skip_blanks(&r->c, true))
                error = read_argument(r, rule);
        return error;
}

static int read_type(struct host_reader *r, struct node *rule, size_t n)
{
        struct cursor from = r->c, to;

        if (cursor_peek(&from, 0) == '-') {
                if (!host_add_bool(r, rule, "optional", &from, true))
                        return doc_error(r->doc);
                cursor_step(&from);
        }
        to = from;
        cursor_skip(&to, n);
        char *type = host_key(r, &from, &to);
        struct node *node = type ? host_add_word(r, rule, "type", &from, type) : NULL;
        if (!node)
                return doc_error(r->doc);
        cursor_end_node(&to, node);
        r->c = to;
        return 0;
}

static int read_rule(struct host_reader *r, struct node *rules)
{
        struct cursor begin = r->c, second = r->c;
        struct node *rule;
        size_t type = 0, service_type = 0;
        bool include = cursor_at(&begin, "@include"), first = at_type(&begin, &type);
        int error;

        host_take_word(&second, "", false);
        struct cursor end = second;
        host_skip_blanks(&second, true);
        bool service = !include && at_type(&second, &service_type);
        if (!include && !service && !first)
                return host_bad(r, &begin, "expected auth, account, password or session");
        rule = host_add(r, rules, NULL, &begin, NODE_MAPPING);
        if (!rule)
                return doc_error(r->doc);
        if (service && !host_add_text(r, rule, "service", &begin, &end, 0))
                return doc_error(r->doc);
        if (service)
                r->c = second;
        error = include ? 0 : read_type(r, rule, service ? service_type : type);
        if (error == 0)
                error = read_module(r, rule, &begin);
        node_extend(rule, r->c.at, r->c.line);
        return error;
}

static bool same_service(const struct node *a, const struct node *b)
{
        const char *x = node_text(node_get(a, "service")), *y = node_text(node_get(b, "service"));

        return x && y ? strcasecmp(x, y) == 0 : x == y;
}

static int judge(struct host_reader *r, struct node *rules)
{
        struct node *end;

        for (struct node *first = rules->first; first; first = end) {
                for (end = first->next; end && same_service(first, end);)
                        end = end->next;

                bool helped = false;
                struct node *rule = pam_stack_lets_in(first, end, &helped);
                struct cursor at;
                if (!rule)
                        continue;
                at = (struct cursor){
                        .line = rule->line, .column = rule->column, .at = rule->offset};
                if (!host_add_bool(r, rule, "lets_in", &at, true) ||
                    (helped && !host_add_bool(r, rule, "helped", &at, true)))
                        return doc_error(r->doc);
        }
        return 0;
}

static int pam_read(struct doc *doc, const char *data, size_t n, struct doc_error *reterr)
{
        struct host_reader r;
        int error = host_begin(&r, doc, data, n, reterr);

        if (error < 0)
                return error;
        struct node *rules = host_add(&r, doc_root(doc), "rules", &r.c, NODE_SEQUENCE);
        error = doc_error(doc);
        while (error == 0 && !cursor_ended(&r.c)) {
                host_skip_blanks(&r.c, true);
                bool comment = cursor_peek(&r.c, 0) == '#';
                if (!at_rule_end(&r.c) && !host_is_template_line(&r.c))
                        error = read_rule(&r, rules);
                host_next_line(&r.c, !comment);
        }
        if (rules)
                cursor_end_node(&r.c, rules);
        cursor_end_node(&r.c, doc_root(doc));
        if (error < 0)
                return error;
        error = host_end(&r);
        if (error < 0 && error != -EBADMSG)
                return error;
        int judged = judge(&r, rules);
        return judged < 0 ? judged : error;
}

const struct format format_pam = {.name = "pam", .own = true, .parse = pam_read};
