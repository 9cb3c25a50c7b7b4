/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading user specifications: lists of names with their aliases expanded, and commands with
 * the accounts and tags that carry on from the command before.
 * Does not own: lines, Defaults, definitions of aliases (sudoers.c).
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/sudoers-internal.h"

/* The furthest that is looked whether a colon begins another host. */
#define LOOK_AHEAD 256u

/* Each has an opposite that begins with NO. */
static const struct {
        const char *name, *key;
} tag_names[SUDOERS_TAGS] = {
        {"PASSWD", "passwd"},         {"SETENV", "setenv"},       {"EXEC", "exec"},
        {"LOG_INPUT", "log_input"},   {"FOLLOW", "follow"},       {"MAIL", "mail"},
        {"LOG_OUTPUT", "log_output"}, {"INTERCEPT", "intercept"},
};

/* Behind a command's accounts, with a value; they bound when and where it runs, not what. */
static const char *const options[] = {
        "ROLE=",   "TYPE=",    "PRIVS=",     "LIMITPRIVS=", "CWD=",
        "CHROOT=", "TIMEOUT=", "NOTBEFORE=", "NOTAFTER=",   "APPARMOR_PROFILE="};

bool sudoers_at_comment(const struct cursor *c)
{
        char next = cursor_peek(c, cursor_peek(c, 1) == '-' ? 2 : 1);

        return cursor_peek(c, 0) == '#' && !isdigit((unsigned char)next);
}

bool sudoers_ended(const struct cursor *c)
{
        return host_line_ends(c) || sudoers_at_comment(c);
}

static bool take_negation(struct cursor *c)
{
        bool negated = false;

        for (host_skip_blanks(c, true); cursor_peek(c, 0) == '!'; host_skip_blanks(c, true)) {
                negated = !negated;
                cursor_step(c);
        }
        return negated;
}

/* --- names --------------------------------------------------------------------------------- */

struct names {
        struct sudoers *r;
        struct node *parent;
        const struct node *word; /* as it is used here: where the names stand */
        const char *key, *not_key;
};

static int add_name(void *userdata, const struct node *value, const char *text, bool negated)
{
        struct names *names = userdata;
        struct doc *doc = names->r->h.doc;
        struct node *n =
                doc_copy(doc, names->word, names->parent, negated ? names->not_key : names->key);

        if (!n)
                return doc_error(doc);
        n->type = value->type;
        n->template = value->template;
        node_set_text(n, text, value->text_len - (size_t)(text - value->text));
        return 0;
}

static struct node *read_name(struct sudoers *r)
{
        struct cursor *c = &r->h.c, from = *c, to;

        if (cursor_peek(c, 0) == '"' && host_take_quoted(c)) {
                to = *c;
                cursor_step(&from);
                to.at--;
                to.column--;
                return host_add_text(&r->h, NULL, NULL, &from, &to, HOST_TEXT_ESCAPED);
        }
        if (cursor_at(c, "%:"))
                cursor_skip(c, 2);
        host_take_word(c, ",=:()", true);
        return host_add_text(&r->h, NULL, NULL, &from, c, HOST_TEXT_ESCAPED);
}

int sudoers_read_names(struct sudoers *r, struct node *parent, enum sudoers_kind kind,
                       const char *key, const char *not_key)
{
        struct names names = {.r = r, .parent = parent, .key = key, .not_key = not_key};

        for (;;) {
                bool negated = take_negation(&r->h.c);

                if (sudoers_ended(&r->h.c))
                        return 0;
                names.word = read_name(r);
                if (!names.word)
                        return doc_error(r->h.doc);
                int error = names.word->text_len == 0
                                    ? 0
                                    : sudoers_aliases_expand(&r->aliases, kind, names.word, negated,
                                                             add_name, &names);
                if (error < 0)
                        return error;
                host_skip_blanks(&r->h.c, true);
                if (!cursor_take(&r->h.c, ","))
                        return 0;
        }
}

/* --- commands ------------------------------------------------------------------------------ */

/* `: host = command`: a colon with a blank beside it, and an equals sign in what follows. */
static bool begins_host(const struct cursor *c, bool blank_before)
{
        size_t end = MIN_OF(c->n, c->at + LOOK_AHEAD);

        if (cursor_peek(c, 0) != ':' || (!blank_before && !strchr(" \t", cursor_peek(c, 1))))
                return false;
        for (size_t i = c->at + 1; i < end && c->data[i] != ',' && c->data[i] != '\n'; i++)
                if (c->data[i] == '=')
                        return true;
        return false;
}

struct node *sudoers_read_command(struct sudoers *r)
{
        struct cursor *c = &r->h.c, from = *c, end = *c;
        bool blank = true;

        while (!host_line_ends(c) && cursor_peek(c, 0) != ',') {
                char byte = cursor_peek(c, 0);

                if ((byte == '#' && blank) || begins_host(c, blank))
                        break;
                blank = byte == ' ' || byte == '\t' || host_line_goes_on(c);
                if (blank) {
                        host_skip_blanks(c, true);
                        continue;
                }
                if (!(byte == '"' && host_take_quoted(c)) && !host_take_template(c)) {
                        cursor_step(c);
                        if (byte == '\\' && !host_line_ends(c))
                                cursor_step(c);
                }
                end = *c;
        }
        return host_add_text(&r->h, NULL, NULL, &from, &end, HOST_TEXT_ESCAPED);
}

/* Accounts are those of the command before unless new ones are named; without any it is root. */
static int add_accounts(struct sudoers *r, struct node *command, const struct cursor *at)
{
        NODE_CHILDREN(account, r->runas)
        {
                if (!doc_copy(r->h.doc, account, command, account->key))
                        return doc_error(r->h.doc);
        }
        if (!r->runas && !host_add_word(&r->h, command, "as_users", at, "root"))
                return doc_error(r->h.doc);
        return 0;
}

static int add_tags(struct sudoers *r, struct node *command)
{
        for (size_t i = 0; i < SUDOERS_TAGS; i++) {
                if (r->tags[i].truth == 0)
                        continue;
                struct node *n = host_add_bool(&r->h, command, tag_names[i].key, &r->tags[i].from,
                                               r->tags[i].truth > 0);
                if (!n)
                        return doc_error(r->h.doc);
                cursor_end_node(&r->tags[i].to, n);
        }
        return 0;
}

struct commands {
        struct sudoers *r;
        struct node *word;
        struct cursor at;
};

static struct node *add_word_copy(struct commands *cs, struct node *parent, const char *key,
                                  const struct node *value, const char *text)
{
        struct node *n = doc_copy(cs->r->h.doc, cs->word, parent, key);

        if (!n)
                return NULL;
        n->type = value->type;
        n->template = value->template;
        node_set_text(n, text, value->text_len - (size_t)(text - value->text));
        return n;
}

static int add_command(void *userdata, const struct node *value, const char *text, bool negated)
{
        struct commands *cs = userdata;
        struct sudoers *r = cs->r;
        struct node *command = host_add(&r->h, r->commands, NULL, &cs->at, NODE_MAPPING);

        if (!command || !add_word_copy(cs, command, "name", value, text) ||
            !add_word_copy(cs, command, "command", value, text) ||
            (value != cs->word && !doc_copy(r->h.doc, cs->word, command, "alias")) ||
            (negated && !host_add_bool(&r->h, command, "negated", &cs->at, true)))
                return doc_error(r->h.doc);
        command->length = cs->word->length;
        command->end_line = cs->word->end_line;

        int error = add_accounts(r, command, &cs->at);
        return error < 0 ? error : add_tags(r, command);
}

/* (users : groups); with groups alone it runs as who calls. */
static int read_accounts(struct sudoers *r)
{
        struct cursor *c = &r->h.c;
        int error;

        r->runas = cursor_node(c, r->h.doc, NODE_MAPPING);
        if (!r->runas)
                return doc_error(r->h.doc);
        cursor_step(c);
        error = sudoers_read_names(r, r->runas, SUDOERS_RUNAS, "as_users", "not_as_users");
        host_skip_blanks(c, true);
        if (error == 0 && cursor_take(c, ":"))
                error = sudoers_read_names(r, r->runas, SUDOERS_RUNAS, "as_groups",
                                           "not_as_groups");
        host_skip_blanks(c, true);
        if (error == 0 && !cursor_take(c, ")"))
                return host_bad(&r->h, c, "expected ')'");
        return error;
}

/* The tag or option that comes next; false: none does. */
static bool take_tag(struct sudoers *r)
{
        struct cursor *c = &r->h.c, end = *c;

        for (size_t i = 0; i < ELEMENTSOF(options); i++) {
                if (!cursor_take(c, options[i]))
                        continue;
                if (cursor_peek(c, 0) != '"' || !host_take_quoted(c))
                        host_take_word(c, ",", true);
                return true;
        }
        bool truth = !cursor_take(&end, "NO");
        for (size_t i = 0; i < SUDOERS_TAGS; i++) {
                struct cursor to = end;

                if (!cursor_take(&to, tag_names[i].name))
                        continue;
                host_skip_blanks(&to, true);
                if (!cursor_take(&to, ":"))
                        continue;
                r->tags[i].truth = truth ? 1 : -1;
                r->tags[i].from = *c;
                r->tags[i].to = *c = to;
                return true;
        }
        return false;
}

/* sha256:… in front of a command. */
static void skip_digest(struct cursor *c)
{
        static const char *const names[] = {"sha224:", "sha256:", "sha384:", "sha512:"};

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (cursor_at(c, names[i])) {
                        host_take_word(c, ",", false);
                        host_skip_blanks(c, true);
                }
}

static int read_one_command(struct sudoers *r)
{
        struct commands cs = {.r = r};
        int error = 0;

        host_skip_blanks(&r->h.c, true);
        while (error == 0 && (cursor_peek(&r->h.c, 0) == '(' || take_tag(r))) {
                if (cursor_peek(&r->h.c, 0) == '(')
                        error = read_accounts(r);
                host_skip_blanks(&r->h.c, true);
        }
        if (error < 0)
                return error;
        bool negated = take_negation(&r->h.c);
        skip_digest(&r->h.c);
        cs.at = r->h.c;
        cs.word = sudoers_read_command(r);
        if (!cs.word || cs.word->text_len == 0)
                return doc_error(r->h.doc);
        return sudoers_aliases_expand(&r->aliases, SUDOERS_COMMAND, cs.word, negated, add_command,
                                      &cs);
}

static int read_commands(struct sudoers *r)
{
        int error;

        r->runas = NULL;
        memset(r->tags, 0, sizeof(r->tags));
        do {
                error = read_one_command(r);
                host_skip_blanks(&r->h.c, true);
        } while (error == 0 && cursor_take(&r->h.c, ","));
        return error;
}

/* host, host = commands : host = … */
static int read_hosts(struct sudoers *r, struct node *rule)
{
        int error;

        do {
                error = sudoers_read_names(r, rule, SUDOERS_HOST, "hosts", "not_hosts");
                host_skip_blanks(&r->h.c, true);
                if (error < 0)
                        return error;
                if (!cursor_take(&r->h.c, "="))
                        return host_bad(&r->h, &r->h.c, "expected '='");
                error = read_commands(r);
        } while (error == 0 && cursor_take(&r->h.c, ":"));
        return error;
}

int sudoers_read_rule(struct sudoers *r)
{
        struct cursor begin = r->h.c, end;
        struct node *rule = host_add(&r->h, r->rules, NULL, &begin, NODE_MAPPING);
        int error = rule ? sudoers_read_names(r, rule, SUDOERS_USER, "users", "not_users")
                         : doc_error(r->h.doc);

        if (error < 0)
                return error;
        end = r->h.c;
        if (!host_add_text(&r->h, rule, "name", &begin, &end, 0))
                return doc_error(r->h.doc);
        r->commands = host_add(&r->h, rule, "commands", &end, NODE_SEQUENCE);
        if (!r->commands)
                return doc_error(r->h.doc);
        error = read_hosts(r, rule);
        node_extend(r->commands, r->h.c.at, r->h.c.line);
        node_extend(rule, r->h.c.at, r->h.c.line);
        return error;
}
