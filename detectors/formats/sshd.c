/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading sshd_config(5), and ssh_config(5), which is written alike: a mapping of keywords, in
 * lower case, to their argument, or a list of several. Each Match or Host block is a mapping of its
 * own in `match`, with what it is for under `criteria`:
 *
 *      Port 22 ⏎ Match User a,b ⏎ PermitRootLogin yes    →
 *      port: 22, match: [{name: User a,b, criteria: {user: [a, b]}, permitrootlogin: yes}]
 *
 * The first value of a keyword counts, outside of blocks and in each, so that later ones are left
 * out, but for keywords that may be given again (Port, HostKey, AllowUsers …), which are lists.
 * Does not own: files that are included (`include` names them), values that are not given.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/format.h"
#include "detectors/formats/host-read.h"

#define SEEN_SLOTS 1024u
#define SEEN_PROBES 8u

struct sshd {
        struct host_reader h;
        struct node *section, *blocks;
        uint32_t number; /* of the section */
        /* The keywords that the section has; a file of more than there are has no meaning to us. */
        struct {
                const char *key;
                uint32_t section;
        } seen[SEEN_SLOTS];
};

/* Keywords that add to what was given before. */
static const char *const lists[] = {
        "acceptenv",    "allowgroups",  "allowusers",     "certificatefile",
        "denygroups",   "denyusers",    "dynamicforward", "hostcertificate",
        "hostkey",      "identityfile", "include",        "listenaddress",
        "localforward", "port",         "remoteforward",  "sendenv",
        "setenv",       "subsystem",
};

/* Keywords whose argument is the rest of the line. */
static const char *const commands[] = {
        "authorizedkeyscommand", "authorizedprincipalscommand",
        "forcecommand",          "knownhostscommand",
        "localcommand",          "proxycommand",
        "remotecommand",
};

static bool is_one_of(const char *key, const char *const *words, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(key, words[i]) == 0)
                        return true;
        return false;
}

/* True if the section has the keyword already; notes it. */
static bool seen_before(struct sshd *r, const char *key)
{
        uint32_t hash = 2166136261u;

        for (const char *s = key; *s; s++)
                hash = (hash ^ (unsigned char)*s) * 16777619u;
        for (uint32_t i = 0; i < SEEN_PROBES; i++) {
                size_t slot = (hash + i) % SEEN_SLOTS;

                if (!r->seen[slot].key || r->seen[slot].section != r->number) {
                        r->seen[slot].key = key;
                        r->seen[slot].section = r->number;
                        return false;
                }
                if (strcmp(r->seen[slot].key, key) == 0)
                        return true;
        }
        return false;
}

/* One argument: a word, or what is in quotes. */
static int read_argument(struct sshd *r, struct node *parent, const char *key, const char *ends)
{
        struct cursor *c = &r->h.c, from = *c, to;

        if (cursor_peek(c, 0) == '"' && host_take_quoted(c)) {
                to = *c;
                to.at--;
                to.column--;
                cursor_step(&from);
        } else {
                host_take_word(c, ends, false);
                to = *c;
        }
        return host_add_text(&r->h, parent, key, &from, &to, 0) ? 0 : doc_error(r->h.doc);
}

/* The rest of the line, without quotes around it. */
static int read_rest(struct sshd *r, const char *key)
{
        struct cursor *c = &r->h.c, from = *c, to = *c;

        for (; !host_line_ends(c); cursor_step(c)) {
                if (cursor_peek(c, 0) == ' ' || cursor_peek(c, 0) == '\t')
                        continue;
                to = *c;
                cursor_step(&to);
        }
        if (to.at > from.at + 1 && cursor_peek(&from, 0) == '"' && to.data[to.at - 1] == '"') {
                cursor_step(&from);
                to.at--;
                to.column--;
        }
        return host_add_text(&r->h, r->section, key, &from, &to, HOST_TEXT_SHELL)
                       ? 0
                       : doc_error(r->h.doc);
}

static bool at_arguments_end(const struct cursor *c)
{
        return host_line_ends(c) || cursor_peek(c, 0) == '#';
}

static int read_arguments(struct sshd *r, const char *key)
{
        int error = 0;

        if (at_arguments_end(&r->h.c))
                return host_bad(&r->h, &r->h.c, "expected an argument");
        if (is_one_of(key, commands, ELEMENTSOF(commands)))
                return read_rest(r, key);
        for (; error == 0 && !at_arguments_end(&r->h.c); host_skip_blanks(&r->h.c, false))
                error = read_argument(r, r->section, key, "");
        return error;
}

/* --- blocks -------------------------------------------------------------------------------- */

/* a,b */
static int read_patterns(struct sshd *r, struct node *criteria, const char *key)
{
        int error = 0;

        do {
                if (!at_arguments_end(&r->h.c))
                        error = read_argument(r, criteria, key, ",");
        } while (error == 0 && cursor_take(&r->h.c, ","));
        return error;
}

/* User a,b Address=10.0.0.0/8; `all` and `final` stand alone. */
static int read_match_criteria(struct sshd *r, struct node *criteria)
{
        static const char *const alone[] = {"all", "canonical", "final", "invalid-user"};
        struct cursor *c = &r->h.c;
        int error = 0;

        for (; error == 0 && !at_arguments_end(c); host_skip_blanks(c, false)) {
                struct cursor begin = *c;

                host_take_word(c, "=,\"", false);
                char *key = host_key(&r->h, &begin, c);
                if (!key)
                        return doc_error(r->h.doc);
                if (c->at == begin.at) {
                        cursor_step(c);
                        continue;
                }
                if (is_one_of(key, alone, ELEMENTSOF(alone))) {
                        if (!host_add_bool(&r->h, criteria, key, &begin, true))
                                return doc_error(r->h.doc);
                        continue;
                }
                host_skip_blanks(c, false);
                (void)cursor_take(c, "=");
                host_skip_blanks(c, false);
                error = read_patterns(r, criteria, key);
        }
        return error;
}

static int read_block(struct sshd *r, const struct cursor *begin, bool match)
{
        struct cursor *c = &r->h.c, name = *c, end = *c;
        struct node *criteria;
        int error = 0;

        if (!r->blocks)
                r->blocks = host_add(&r->h, doc_root(r->h.doc), "match", begin, NODE_SEQUENCE);
        r->section = r->blocks ? host_add(&r->h, r->blocks, NULL, begin, NODE_MAPPING) : NULL;
        criteria = r->section ? host_add(&r->h, r->section, "criteria", c, NODE_MAPPING) : NULL;
        if (!criteria)
                return doc_error(r->h.doc);
        r->number++;
        if (match)
                error = read_match_criteria(r, criteria);
        for (; !match && error == 0 && !at_arguments_end(c); host_skip_blanks(c, false))
                error = read_argument(r, criteria, "host", "");
        cursor_end_node(c, criteria);
        for (end = *c; end.at > name.at && strchr(" \t\r", end.data[end.at - 1]); end.at--)
                end.column--;
        if (error < 0)
                return error;
        return host_add_text(&r->h, r->section, "name", &name, &end, 0) ? 0 : doc_error(r->h.doc);
}

/* --- lines --------------------------------------------------------------------------------- */

static int read_line(struct sshd *r)
{
        struct cursor *c = &r->h.c, begin;

        host_skip_blanks(c, false);
        begin = *c;
        if (at_arguments_end(c) || host_is_template_line(c))
                return 0;
        while (isalnum((unsigned char)cursor_peek(c, 0)))
                cursor_step(c);
        if (c->at == begin.at || !strchr(" \t=\r\n", cursor_peek(c, 0)))
                return host_bad(&r->h, &begin, "expected a keyword");
        char *key = host_key(&r->h, &begin, c);
        if (!key)
                return doc_error(r->h.doc);
        host_skip_blanks(c, false);
        (void)cursor_take(c, "=");
        host_skip_blanks(c, false);
        if (strcmp(key, "match") == 0 || strcmp(key, "host") == 0)
                return read_block(r, &begin, *key == 'm');
        if (!is_one_of(key, lists, ELEMENTSOF(lists)) && seen_before(r, key))
                return 0;

        struct node *last = r->section->last;
        int error = read_arguments(r, key);
        struct node *n = last ? last->next : r->section->first;
        if (n) {
                n->key_line = begin.line;
                n->key_column = begin.column;
        }
        node_extend(r->section, r->h.c.at, r->h.c.line);
        return error;
}

static int sshd_read(struct doc *doc, const char *data, size_t n, struct doc_error *reterr)
{
        struct sshd r = {.number = 1};
        int error = host_begin(&r.h, doc, data, n, reterr);

        r.section = doc_root(doc);
        while (error == 0 && !cursor_ended(&r.h.c)) {
                error = read_line(&r);
                host_next_line(&r.h.c, false);
        }
        if (doc_root(doc))
                cursor_end_node(&r.h.c, doc_root(doc));
        return error < 0 ? error : host_end(&r.h);
}

const struct format format_sshd = {.name = "sshd", .own = true, .parse = sshd_read};
const struct format format_ssh = {.name = "ssh", .own = true, .parse = sshd_read};
