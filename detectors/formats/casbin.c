/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading Casbin's policy files (casbin.org/docs/policy-storage), also Argo CD's policy.csv:
 * a list of rows, columns named as Casbin's adapters name them.
 *
 *      p, alice, data1, read    →    rows: [{ptype: p, v0: alice, v1: data1, v2: read},
 *      g, alice, admin                      {ptype: g, v0: alice, v1: admin}]
 *
 * Does not own: what columns mean; the model says that, which is another file. Fields may stand in
 * double quotes; lines that begin with # are comments. Columns behind v11 are not read.
 */
#include <errno.h>

#include "common/base/macros.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/format.h"
#include "detectors/formats/parts.h"

struct reader {
        struct cursor c;
        struct doc *doc;
        struct doc_error *reterr;
        bool broken;
};

static void skip_blanks(struct cursor *c)
{
        while (cursor_peek(c, 0) == ' ' || cursor_peek(c, 0) == '\t' || cursor_peek(c, 0) == '\r')
                cursor_step(c);
}

static bool is_line_end(const struct cursor *c)
{
        return cursor_ended(c) || cursor_peek(c, 0) == '\n';
}

/* A field in quotes, in which "" is one quote. The cursor is behind the first quote. */
static struct node *read_quoted(struct reader *r, struct node *row, const char *key)
{
        struct cursor begin = r->c;
        size_t n = 0;

        while (!is_line_end(&r->c)) {
                if (cursor_peek(&r->c, 0) == '"' && cursor_peek(&r->c, 1) != '"')
                        break;
                cursor_skip(&r->c, cursor_peek(&r->c, 0) == '"' ? 2 : 1);
        }
        if (is_line_end(&r->c) && !r->broken) {
                (void)cursor_bad(&begin, r->reterr, "a field without its closing quote");
                r->broken = true;
        }
        struct node *field = part_source(r->doc, row, key, &begin, &r->c);
        if (!field)
                return NULL;
        char *text = doc_text(r->doc, field->text, field->text_len);
        for (size_t i = 0; text && i < field->text_len; i++) {
                text[n++] = field->text[i];
                i += field->text[i] == '"';
        }
        if (!text)
                return NULL;
        text[n] = '\0';
        node_set_text(field, text, n);
        field->quoted = true;
        (void)cursor_take(&r->c, "\"");
        return field;
}

static int read_field(struct reader *r, struct node *row, const char *key)
{
        struct cursor begin;

        skip_blanks(&r->c);
        begin = r->c;
        if (cursor_take(&r->c, "\"")) {
                if (key && !read_quoted(r, row, key))
                        return doc_error(r->doc);
                begin = r->c;
        }
        while (!is_line_end(&r->c) && cursor_peek(&r->c, 0) != ',')
                cursor_step(&r->c);
        struct cursor end = r->c;
        part_trim(&begin, &end);
        bool quoted = begin.at > 0 && key && row->last && row->last->key == key;
        if (key && !quoted && !part_source(r->doc, row, key, &begin, &end))
                return doc_error(r->doc);
        return 0;
}

static int read_row(struct reader *r, struct node *rows)
{
        static const char *const keys[] = {"ptype", "v0", "v1", "v2", "v3",  "v4", "v5",
                                           "v6",    "v7", "v8", "v9", "v10", "v11"};
        struct node *row = part_container(r->doc, rows, NULL, NODE_MAPPING, &r->c);
        int error = row ? 0 : doc_error(r->doc);

        for (size_t i = 0; error == 0; i++) {
                error = read_field(r, row, i < ELEMENTSOF(keys) ? keys[i] : NULL);
                if (!cursor_take(&r->c, ","))
                        break;
        }
        return error;
}

static int casbin_read(struct doc *doc, const char *data, size_t n, struct doc_error *reterr)
{
        struct reader r = {.c = cursor_begin(data, n), .doc = doc, .reterr = reterr};
        struct node *root = cursor_node(&r.c, doc, NODE_MAPPING);
        struct node *rows = part_container(doc, root, "rows", NODE_SEQUENCE, &r.c);
        int error = rows ? 0 : doc_error(doc);

        doc_set_root(doc, root);
        while (error == 0 && !cursor_ended(&r.c)) {
                skip_blanks(&r.c);
                if (!is_line_end(&r.c) && cursor_peek(&r.c, 0) != '#')
                        error = read_row(&r, rows);
                cursor_to_line_end(&r.c);
                cursor_skip(&r.c, 1);
        }
        return error < 0 ? error : r.broken ? -EBADMSG : 0;
}

const struct format format_casbin = {.name = "casbin", .parse = casbin_read, .language = true};
