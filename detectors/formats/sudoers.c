/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading sudoers(5). The root is a mapping of four lists:
 *
 *      AGENTS ALL = (root) NOPASSWD: EVERYTHING, (app) /bin/x      with Cmnd_Alias EVERYTHING = ALL
 *
 *      rules: [{name: AGENTS, users: [agent, ci], hosts: ALL, commands: [
 *                {name: ALL, command: ALL, alias: EVERYTHING, as_users: root, passwd: false},
 *                {name: /bin/x, command: /bin/x, as_users: app, passwd: false}]}]
 *      defaults: [{scope: user, names: agent, settings: {authenticate: false, env_keep: [A, B]}}]
 *      aliases: {Cmnd_Alias: {EVERYTHING: [ALL]}, User_Alias: {AGENTS: [agent, ci]}}
 *      includes: [/etc/sudoers.d]
 *
 * Names that are used for lists are what is in the lists, at the place where they are used; what a
 * `!` takes out is under not_users, not_hosts, not_as_users, not_as_groups, and a command has
 * negated: true. One name is a scalar, several are a list. A tag is a key in lower case without its
 * NO, true or false, at every command that it holds for: tags and accounts carry on to the commands
 * behind. Without accounts a command runs as root; with a group alone there is no as_users. Scopes
 * are user, host, command and runas. Of += and = the words are added to a list, those of -= stand
 * under the name with a `-` in front.
 *
 * Does not own: what a rule means; that of two rules the last one counts is left to who reads.
 * Lines are gone through twice, for an alias may be used before it is defined.
 */
#include <errno.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/format.h"
#include "detectors/formats/sudoers-internal.h"

static const char *const alias_names[_SUDOERS_KIND_MAX] = {
        [SUDOERS_USER] = "User_Alias",
        [SUDOERS_RUNAS] = "Runas_Alias",
        [SUDOERS_HOST] = "Host_Alias",
        [SUDOERS_COMMAND] = "Cmnd_Alias",
};

/* The word comes next, with a blank behind it; steps over it. */
static bool take_keyword(struct cursor *c, const char *word)
{
        char behind = cursor_peek(c, strlen(word));

        return (behind == ' ' || behind == '\t') && cursor_take(c, word);
}

/* --- aliases ------------------------------------------------------------------------------- */

static enum sudoers_kind take_alias_keyword(struct cursor *c)
{
        for (unsigned i = 0; i < _SUDOERS_KIND_MAX; i++)
                if (take_keyword(c, alias_names[i]))
                        return (enum sudoers_kind)i;
        return take_keyword(c, "Cmd_Alias") ? SUDOERS_COMMAND : _SUDOERS_KIND_MAX;
}

/* A member as it is written, with its `!`. */
static int read_member(struct sudoers *r, enum sudoers_kind kind, struct node *members)
{
        struct cursor *c = &r->h.c, from;
        struct node *n;

        host_skip_blanks(c, true);
        from = *c;
        if (kind == SUDOERS_COMMAND) {
                n = sudoers_read_command(r);
                return n && (n->text_len == 0 || doc_copy(r->h.doc, n, members, NULL))
                               ? 0
                               : doc_error(r->h.doc);
        }
        while (cursor_peek(c, 0) == '!')
                cursor_step(c);
        if (cursor_peek(c, 0) != '"' || !host_take_quoted(c))
                host_take_word(c, kind == SUDOERS_HOST ? ",=" : ",=:()", true);
        if (c->at == from.at)
                return 0;
        return host_add_text(&r->h, members, NULL, &from, c, HOST_TEXT_ESCAPED)
                       ? 0
                       : doc_error(r->h.doc);
}

/* NAME = member, member */
static int read_definition(struct sudoers *r, enum sudoers_kind kind, struct node *map)
{
        struct cursor *c = &r->h.c, begin;
        int error = 0;

        host_skip_blanks(c, true);
        begin = *c;
        host_take_word(c, "=,:", false);
        char *name = cursor_text(&begin, c, r->h.doc);
        struct node *members = name ? host_add(&r->h, map, name, &begin, NODE_SEQUENCE) : NULL;
        if (!members)
                return doc_error(r->h.doc);
        members->key_line = begin.line;
        members->key_column = begin.column;
        host_skip_blanks(c, true);
        if (!cursor_take(c, "="))
                return host_bad(&r->h, c, "expected '='");
        do {
                error = read_member(r, kind, members);
                host_skip_blanks(c, true);
        } while (error == 0 && cursor_take(c, ","));
        node_extend(members, c->at, c->line);
        return error < 0 ? error : sudoers_aliases_add(&r->aliases, kind, members);
}

static int read_aliases(struct sudoers *r, enum sudoers_kind kind)
{
        struct node *map = node_get(r->alias_maps, alias_names[kind]);
        int error;

        if (!map)
                map = host_add(&r->h, r->alias_maps, alias_names[kind], &r->h.c, NODE_MAPPING);
        if (!map)
                return doc_error(r->h.doc);
        do {
                error = read_definition(r, kind, map);
        } while (error == 0 && cursor_take(&r->h.c, ":"));
        return error;
}

static int find_aliases(struct sudoers *r)
{
        struct cursor begin = r->h.c;
        int error = 0;

        while (error == 0 && !cursor_ended(&r->h.c)) {
                host_skip_blanks(&r->h.c, false);
                bool comment = sudoers_at_comment(&r->h.c);
                enum sudoers_kind kind = take_alias_keyword(&r->h.c);
                if (kind < _SUDOERS_KIND_MAX)
                        error = read_aliases(r, kind);
                host_next_line(&r->h.c, !comment);
        }
        r->h.c = begin;
        sudoers_aliases_sort(&r->aliases);
        return error;
}

/* --- Defaults ------------------------------------------------------------------------------ */

/* The words of a list, or the whole value. */
static int add_value(struct sudoers *r, struct node *settings, const char *key,
                     const struct cursor *from, const struct cursor *to)
{
        static const char *const lists[] = {"env_keep",  "env_check",  "env_delete",
                                            "-env_keep", "-env_check", "-env_delete"};
        bool list = false;

        for (size_t i = 0; i < ELEMENTSOF(lists); i++)
                list |= strcmp(key, lists[i]) == 0;
        if (!list)
                return host_add_text(&r->h, settings, key, from, to, HOST_TEXT_ESCAPED)
                               ? 0
                               : doc_error(r->h.doc);

        struct cursor c = *from;
        for (c.n = to->at, host_skip_blanks(&c, true); !cursor_ended(&c);
             host_skip_blanks(&c, true)) {
                struct cursor begin = c;

                host_take_word(&c, "", false);
                if (c.at == begin.at)
                        cursor_step(&c); /* a line's end inside of quotes */
                else if (!host_add_text(&r->h, settings, key, &begin, &c, 0))
                        return doc_error(r->h.doc);
        }
        return 0;
}

/* A value in quotes may go on in the next line. */
static bool take_long_quoted(struct cursor *c)
{
        struct cursor end = *c;

        for (cursor_step(&end); !host_line_ends(&end); cursor_step(&end)) {
                if (cursor_peek(&end, 0) == '"') {
                        *c = end;
                        return true;
                }
                if (host_line_goes_on(&end))
                        cursor_skip(&end, cursor_peek(&end, 1) == '\r' ? 2 : 1);
        }
        return false;
}

static int read_value(struct sudoers *r, struct node *settings, const char *key)
{
        struct cursor *c = &r->h.c, from, to;

        host_skip_blanks(c, true);
        from = to = *c;
        if (cursor_peek(c, 0) == '"' && take_long_quoted(&to)) {
                cursor_step(&from);
                *c = to;
                cursor_step(c);
        } else {
                host_take_word(c, ",", true);
                to = *c;
        }
        return add_value(r, settings, key, &from, &to);
}

static int read_setting(struct sudoers *r, struct node *settings)
{
        struct cursor *c = &r->h.c, begin;
        bool negated = false;

        for (host_skip_blanks(c, true); cursor_peek(c, 0) == '!'; host_skip_blanks(c, true)) {
                negated = !negated;
                cursor_step(c);
        }
        begin = *c;
        host_take_word(c, ",=+-!", false);
        struct cursor end = *c;
        host_skip_blanks(c, true);
        bool removes = cursor_peek(c, 0) == '-';
        if (begin.at == end.at)
                return 0;
        if (!cursor_take(c, "=") && !cursor_take(c, "+=") && !cursor_take(c, "-=")) {
                char *key = host_key(&r->h, &begin, &end);
                return key && host_add_bool(&r->h, settings, key, &begin, !negated)
                               ? 0
                               : doc_error(r->h.doc);
        }
        char *key = doc_text_reserve(r->h.doc, end.at - begin.at + 1);
        if (!key)
                return doc_error(r->h.doc);
        memcpy(key + removes, begin.data + begin.at, end.at - begin.at);
        key[end.at - begin.at + removes] = '\0';
        if (removes)
                key[0] = '-';
        return read_value(r, settings, key);
}

static const char *take_scope(struct cursor *c)
{
        static const char marks[] = "@:!>";
        static const char *const scopes[] = {"host", "user", "command", "runas"};
        const char *mark = cursor_ended(c) ? NULL : strchr(marks, cursor_peek(c, 0));

        if (!mark || *mark == '\0')
                return NULL;
        cursor_step(c);
        return scopes[mark - marks];
}

static int read_scope(struct sudoers *r, struct node *defaults, const struct cursor *begin)
{
        struct cursor at = r->h.c;
        const char *scope = take_scope(&r->h.c);
        enum sudoers_kind kind;
        int error;

        if (!scope)
                return 0;
        kind = scope[0] == 'h'   ? SUDOERS_HOST
               : scope[0] == 'u' ? SUDOERS_USER
               : scope[0] == 'r' ? SUDOERS_RUNAS
                                 : SUDOERS_COMMAND;
        if (!host_add_word(&r->h, defaults, "scope", &at, scope))
                return doc_error(r->h.doc);
        error = sudoers_read_names(r, defaults, kind, "names", "not_names");
        if (error < 0)
                return error;
        return host_add_text(&r->h, defaults, "name", begin, &r->h.c, 0) ? 0 : doc_error(r->h.doc);
}

static int read_defaults(struct sudoers *r, const struct cursor *begin)
{
        struct node *defaults = host_add(&r->h, r->defaults, NULL, begin, NODE_MAPPING);
        struct node *settings;
        int error = defaults ? read_scope(r, defaults, begin) : doc_error(r->h.doc);

        if (error < 0)
                return error;
        settings = host_add(&r->h, defaults, "settings", &r->h.c, NODE_MAPPING);
        if (!settings)
                return doc_error(r->h.doc);
        do {
                error = read_setting(r, settings);
                host_skip_blanks(&r->h.c, true);
        } while (error == 0 && cursor_take(&r->h.c, ","));
        node_extend(settings, r->h.c.at, r->h.c.line);
        node_extend(defaults, r->h.c.at, r->h.c.line);
        return error;
}

/* --- lines --------------------------------------------------------------------------------- */

static int read_include(struct sudoers *r)
{
        struct cursor from;

        host_skip_blanks(&r->h.c, false);
        from = r->h.c;
        if (cursor_peek(&from, 0) == '"' && host_take_quoted(&r->h.c)) {
                struct cursor to = r->h.c;

                cursor_step(&from);
                to.at--;
                return host_add_text(&r->h, r->includes, NULL, &from, &to, 0) ? 0
                                                                              : doc_error(r->h.doc);
        }
        host_take_word(&r->h.c, "", true);
        return host_add_text(&r->h, r->includes, NULL, &from, &r->h.c, HOST_TEXT_ESCAPED)
                       ? 0
                       : doc_error(r->h.doc);
}

static bool take_include(struct cursor *c)
{
        static const char *const words[] = {"@includedir", "#includedir", "@include", "#include"};

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (take_keyword(c, words[i]))
                        return true;
        return false;
}

static bool is_defaults(const struct cursor *c)
{
        return cursor_at(c, "Defaults") && strchr(" \t@:!>\\", cursor_peek(c, 8)) &&
               cursor_peek(c, 8) != '\0';
}

static int read_line(struct sudoers *r)
{
        struct cursor *c = &r->h.c, begin;

        host_skip_blanks(c, false);
        begin = *c;
        if (take_include(c))
                return read_include(r);
        if (sudoers_ended(c) || host_is_template_line(c) ||
            take_alias_keyword(&begin) != _SUDOERS_KIND_MAX)
                return 0;
        if (!is_defaults(c))
                return sudoers_read_rule(r);
        cursor_skip(c, strlen("Defaults"));
        return read_defaults(r, &begin);
}

static int read_lines(struct sudoers *r)
{
        int error = 0;

        while (error == 0 && !cursor_ended(&r->h.c)) {
                struct cursor line = r->h.c;

                host_skip_blanks(&line, false);
                bool comment = sudoers_at_comment(&line);
                error = read_line(r);
                if (error == 0 && !sudoers_ended(&r->h.c) && !comment &&
                    !host_is_template_line(&line) && take_alias_keyword(&line) == _SUDOERS_KIND_MAX)
                        error = host_bad(&r->h, &r->h.c, "expected a list of commands");
                host_next_line(&r->h.c, !comment);
        }
        return error;
}

static void reader_done(struct sudoers *r)
{
        sudoers_aliases_done(&r->aliases);
}

static int sudoers_read(struct doc *doc, const char *data, size_t n, struct doc_error *reterr)
{
        _cleanup_(reader_done) struct sudoers r = {0};
        int error = host_begin(&r.h, doc, data, n, reterr);

        if (error < 0)
                return error;
        struct node *root = doc_root(doc);
        r.rules = host_add(&r.h, root, "rules", &r.h.c, NODE_SEQUENCE);
        r.defaults = host_add(&r.h, root, "defaults", &r.h.c, NODE_SEQUENCE);
        r.alias_maps = host_add(&r.h, root, "aliases", &r.h.c, NODE_MAPPING);
        r.includes = host_add(&r.h, root, "includes", &r.h.c, NODE_SEQUENCE);
        error = doc_error(doc);
        if (error == 0)
                error = find_aliases(&r);
        if (error == 0)
                error = read_lines(&r);
        if (r.rules)
                cursor_end_node(&r.h.c, r.rules);
        cursor_end_node(&r.h.c, root);
        return error < 0 ? error : host_end(&r.h);
}

const struct format format_sudoers = {.name = "sudoers", .own = true, .parse = sudoers_read};
