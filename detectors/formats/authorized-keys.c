/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading sshd(8)'s authorized_keys: a list of keys with their options.
 *
 *      no-pty,command="/bin/x" ssh-ed25519 AAAA… a@b    →
 *      keys: [{name: AAAA…, options: {no-pty: true, command: /bin/x}, type: ssh-ed25519, key: AAAA…,
 *              comment: a@b}]
 *
 * Options are in lower case; one without a value is true, one that is given again is a list. A key
 * without options has none.
 * Does not own: what options are worth.
 */
#include <errno.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/format.h"
#include "detectors/formats/host-read.h"

static bool at_key_type(const struct cursor *c)
{
        return cursor_at(c, "ssh-") || cursor_at(c, "ecdsa-sha2-") || cursor_at(c, "sk-ssh-") ||
               cursor_at(c, "sk-ecdsa-") || cursor_at(c, "rsa-sha2-") ||
               cursor_at(c, "webauthn-sk-");
}

/* name="value": `\"` is a quote in it. */
static struct node *read_value(struct host_reader *r, struct node *options, const char *key)
{
        struct cursor from = r->c, to;

        if (cursor_peek(&r->c, 0) != '"' || !host_take_quoted(&r->c)) {
                host_take_word(&r->c, ",", false);
                return host_add_text(r, options, key, &from, &r->c, HOST_TEXT_SHELL);
        }
        to = r->c;
        to.at--;
        to.column--;
        cursor_step(&from);
        return host_add_text(r, options, key, &from, &to, HOST_TEXT_SHELL | HOST_TEXT_ESCAPED);
}

static int read_options(struct host_reader *r, struct node *options)
{
        do {
                struct cursor begin = r->c;

                host_take_word(&r->c, ",=\"", false);
                char *key = host_key(r, &begin, &r->c);
                struct node *n = !key ? NULL
                                 : cursor_take(&r->c, "=")
                                         ? read_value(r, options, key)
                                         : host_add_bool(r, options, key, &begin, true);
                if (!n)
                        return doc_error(r->doc);
                n->key_line = begin.line;
                n->key_column = begin.column;
        } while (cursor_take(&r->c, ","));
        cursor_end_node(&r->c, options);
        return 0;
}

/* Type, key and comment. */
static int read_key(struct host_reader *r, struct node *item)
{
        struct cursor from = r->c, to;
        struct node *key;

        host_take_word(&r->c, "", false);
        if (!host_add_text(r, item, "type", &from, &r->c, 0))
                return doc_error(r->doc);
        host_skip_blanks(&r->c, false);
        from = r->c;
        host_take_word(&r->c, "", false);
        key = host_add_text(r, item, "key", &from, &r->c, 0);
        if (!key || !doc_copy(r->doc, key, item, "name"))
                return doc_error(r->doc);
        host_skip_blanks(&r->c, false);
        if (host_line_ends(&r->c))
                return 0;
        from = to = r->c;
        for (; !host_line_ends(&r->c); to = r->c)
                cursor_step(&r->c);
        return host_add_text(r, item, "comment", &from, &to, HOST_TEXT_SHELL) ? 0
                                                                              : doc_error(r->doc);
}

static int read_line(struct host_reader *r, struct node *keys)
{
        struct cursor begin;
        struct node *item, *options = NULL;
        int error = 0;

        host_skip_blanks(&r->c, false);
        begin = r->c;
        if (host_line_ends(&begin) || cursor_peek(&begin, 0) == '#' ||
            host_is_template_line(&begin))
                return 0;
        item = host_add(r, keys, NULL, &begin, NODE_MAPPING);
        if (!item)
                return doc_error(r->doc);
        if (!at_key_type(&begin)) {
                options = host_add(r, item, "options", &begin, NODE_MAPPING);
                error = options ? read_options(r, options) : doc_error(r->doc);
                host_skip_blanks(&r->c, false);
        }
        if (error == 0 && !at_key_type(&r->c))
                return host_bad(r, &begin, "expected a key");
        if (error == 0)
                error = read_key(r, item);
        node_extend(item, r->c.at, r->c.line);
        return error;
}

static int authorized_keys_read(struct doc *doc, const char *data, size_t n,
                                struct doc_error *reterr)
{
        struct host_reader r;
        int error = host_begin(&r, doc, data, n, reterr);

        if (error < 0)
                return error;
        struct node *keys = host_add(&r, doc_root(doc), "keys", &r.c, NODE_SEQUENCE);
        error = doc_error(doc);
        while (error == 0 && !cursor_ended(&r.c)) {
                error = read_line(&r, keys);
                host_next_line(&r.c, false);
        }
        if (keys)
                cursor_end_node(&r.c, keys);
        cursor_end_node(&r.c, doc_root(doc));
        return error < 0 ? error : host_end(&r);
}

const struct format format_authorized_keys = {
        .name = "authorized_keys", .own = true, .parse = authorized_keys_read};
