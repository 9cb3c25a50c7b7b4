/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading XML (1.0): elements, attributes, texts, comments, CDATA, and what a document type
 * says of entities.
 *
 *      <a b="c">d<e/><e>f</e></a>    →    a: {@b: c, e: [{}, {#text: f}], #text: d}
 *
 * Does not own: references in texts (xml-text.c), what elements mean.
 *
 * An element is a mapping, whatever is in it, so that an attribute more or less changes no path.
 * Prefixes of names are left out, and so are the declarations of namespaces. Several elements of one
 * name are a sequence. Text is without the white space around it. A fragment may have several
 * elements at its top.
 *
 * Why no library: expat tells no places of attributes, asks the kernel for random numbers (which the
 * scanner's sandbox kills), and before 2.7 recurses through entities as deep as a file says. What is
 * read here is a part of XML that needs none of it (docs/ARCHITECTURE.md).
 */
#include <errno.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "detectors/formats/cursor.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/fold.h"
#include "detectors/formats/format.h"
#include "detectors/formats/xml-text.h"

#define DEPTH_MAX 64u
/* Each is a mapping, which rules look at longer than at other nodes: data has more, what configures
 * has less. */
#define ELEMENTS_MAX 100000u

/* An element that is open. */
struct frame {
        struct node *node;
        struct buffer text;
        struct cursor text_at, text_end;
        unsigned pieces; /* of text that is more than white space */
        bool unknown;    /* a reference in the text is */
};

struct reader {
        struct cursor c;
        struct doc *doc;
        struct doc_error *reterr;
        struct xml_entities entities;
        struct frame frames[DEPTH_MAX]; /* the first is the document */
        unsigned n_frames, n_elements;
};

static int bad(struct reader *r, const struct cursor *at, const char *message)
{
        return cursor_bad(at, r->reterr, message);
}

static struct frame *current(struct reader *r)
{
        return &r->frames[r->n_frames - 1];
}

static bool is_space(char c)
{
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_space(struct cursor *c)
{
        while (is_space(cursor_peek(c, 0)))
                cursor_step(c);
}

static bool is_name_char(char c, bool first)
{
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' || (c & 0x80))
                return true;
        return !first && ((c >= '0' && c <= '9') || c == '-' || c == '.');
}

static size_t name_length(const struct cursor *c)
{
        size_t n = 0;

        while (is_name_char(cursor_peek(c, n), n == 0))
                n++;
        return n;
}

/* The name s[0..n) without its prefix, behind `mark`. */
static char *make_key(struct doc *d, const char *mark, const char *s, size_t n)
{
        const char *colon = memchr(s, ':', n);
        size_t k = strlen(mark);

        if (colon && colon + 1 < s + n) {
                n -= (size_t)(colon + 1 - s);
                s = colon + 1;
        }
        char *key = doc_text_reserve(d, k + n);
        if (!key)
                return NULL;
        memcpy(key, mark, k);
        memcpy(key + k, s, n);
        key[k + n] = '\0';
        return key;
}

/* --- text ---------------------------------------------------------------------------------- */

static int put_text(struct frame *f, const char *s, size_t n)
{
        buffer_append(&f->text, s, n);
        return f->text.error == -ENOBUFS ? -E2BIG : f->text.error;
}

/* from..to is text of the element that is open; raw: references mean nothing in it. */
static int add_text(struct reader *r, const struct cursor *from, const struct cursor *to, bool raw)
{
        struct frame *f = current(r);
        const char *s = from->data + from->at;
        size_t n = to->at - from->at;
        struct cursor first = *from;

        while (first.at < to->at && is_space(cursor_peek(&first, 0)))
                cursor_step(&first);
        if (r->n_frames == 1)
                return first.at == to->at ? 0 : bad(r, &first, "expected an element");
        if (first.at < to->at) {
                if (f->pieces++ == 0)
                        f->text_at = first;
                f->text_end = *to;
        } else if (f->pieces == 0)
                return 0;
        if (raw || !memchr(s, '&', n))
                return put_text(f, s, n);
        size_t room = xml_text_room(&r->entities, s, n), used = 0;
        char *decoded = doc_text_reserve(r->doc, room);
        if (!decoded)
                return doc_error(r->doc);
        f->unknown |= !xml_text_decode(&r->entities, s, n, decoded, &used);
        int error = put_text(f, decoded, used);
        doc_text_trim(r->doc, decoded, room, 0);
        return error;
}

/* The text of the element that ends, as the last of its children. */
static int end_text(struct reader *r, struct frame *f)
{
        const char *s = f->text.data;
        size_t n = f->text.len;

        while (n > 0 && is_space(s[n - 1]))
                n--;
        for (; n > 0 && is_space(*s); n--)
                s++;
        if (n == 0)
                return 0;
        struct node *node = cursor_node(&f->text_at, r->doc, NODE_STRING);
        char *text = doc_text(r->doc, s, n);
        if (!node || !text || doc_append(r->doc, f->node, node, "#text") < 0)
                return doc_error(r->doc);
        node_set_text(node, text, n);
        if (f->unknown) {
                node->type = NODE_UNKNOWN;
                node->template = true;
        }
        size_t size = f->text_end.at - f->text_at.at;
        const char *raw = f->text_at.data + f->text_at.at;
        while (size > 0 && is_space(raw[size - 1])) {
                f->text_end.line -= raw[size - 1] == '\n';
                size--;
        }
        node->end_line = f->text_end.line;
        if (f->pieces > 1)
                return 0;
        node->length = (uint32_t)MIN_OF(size, UINT32_MAX);
        if (!f->unknown && size == n)
                doc_keep_source(r->doc, node, DOC_SPELLING_VERBATIM, false, raw, size);
        return 0;
}

/* --- elements ------------------------------------------------------------------------------ */

static bool is_namespace(const char *s, size_t n)
{
        return n >= 5 && memcmp(s, "xmlns", 5) == 0 && (n == 5 || s[5] == ':');
}

static int read_value(struct reader *r, struct node *n, char *key, const struct cursor *key_at)
{
        char quote = cursor_peek(&r->c, 0);
        struct cursor begin = r->c;

        if (quote != '"' && quote != '\'')
                return bad(r, &r->c, "expected a value in quotes");
        cursor_step(&r->c);
        const char *s = r->c.data + r->c.at, *end = memchr(s, quote, r->c.n - r->c.at);
        if (!end)
                return bad(r, &begin, "this value does not end");
        size_t size = (size_t)(end - s), used = 0;
        cursor_skip(&r->c, size + 1);
        if (!key)
                return 0;
        size_t room = xml_text_room(&r->entities, s, size);
        struct node *value = cursor_node(&begin, r->doc, NODE_STRING);
        char *text = value ? doc_text_reserve(r->doc, room) : NULL;
        if (!text)
                return doc_error(r->doc);
        bool known = xml_text_decode(&r->entities, s, size, text, &used);
        doc_text_trim(r->doc, text, room, used);
        node_set_text(value, text, used);
        value->quoted = true;
        if (!known) {
                value->type = NODE_UNKNOWN;
                value->template = true;
        }
        cursor_end_node(&r->c, value);
        value->key_line = key_at->line;
        value->key_column = key_at->column;
        return doc_append(r->doc, n, value, key);
}

static int read_attribute(struct reader *r, struct node *n)
{
        struct cursor at = r->c;
        const char *s = r->c.data + r->c.at;
        size_t size = name_length(&r->c);
        char *key = NULL;

        if (size == 0)
                return bad(r, &at, "expected an attribute or `>`");
        if (!is_namespace(s, size)) {
                key = make_key(r->doc, "@", s, size);
                if (!key)
                        return doc_error(r->doc);
        }
        cursor_skip(&r->c, size);
        skip_space(&r->c);
        if (!cursor_take(&r->c, "="))
                return bad(r, &at, "expected a value of this attribute");
        skip_space(&r->c);
        return read_value(r, n, key, &at);
}

static void open_frame(struct reader *r, struct node *n)
{
        r->frames[r->n_frames++] = (struct frame){.node = n};
}

static int close_frame(struct reader *r)
{
        struct frame *f = current(r);
        int error = end_text(r, f);

        cursor_end_node(&r->c, f->node);
        buffer_done(&f->text);
        r->n_frames--;
        return error;
}

static int open_element(struct reader *r)
{
        struct cursor begin = r->c;

        cursor_step(&r->c);
        const char *s = r->c.data + r->c.at;
        size_t size = name_length(&r->c);
        if (size == 0)
                return bad(r, &begin, "expected the name of an element");
        char *key = make_key(r->doc, "", s, size);
        struct node *n = key ? cursor_node(&begin, r->doc, NODE_MAPPING) : NULL;
        if (!n || doc_append(r->doc, current(r)->node, n, key) < 0)
                return doc_error(r->doc);
        n->block = true; /* paths take each of several by itself, as blocks of HCL */
        n->key_line = r->c.line;
        n->key_column = r->c.column;
        cursor_skip(&r->c, size);
        if (r->n_frames == DEPTH_MAX || ++r->n_elements > ELEMENTS_MAX)
                return -E2BIG;
        open_frame(r, n);
        for (;;) {
                skip_space(&r->c);
                if (cursor_take(&r->c, "/>"))
                        return close_frame(r);
                if (cursor_take(&r->c, ">"))
                        return 0;
                if (cursor_ended(&r->c))
                        return bad(r, &begin, "this element does not end");
                int error = read_attribute(r, n);
                if (error < 0)
                        return error;
        }
}

/* Whether the name of the element that is open comes next. */
static bool closes(const struct reader *r, size_t size)
{
        const struct node *n = r->frames[r->n_frames - 1].node;
        struct cursor open = {.data = r->c.data, .n = r->c.n, .at = n->offset + 1};

        return name_length(&open) == size &&
               memcmp(open.data + open.at, r->c.data + r->c.at, size) == 0;
}

static int close_element(struct reader *r)
{
        struct cursor begin = r->c;

        cursor_skip(&r->c, 2);
        size_t size = name_length(&r->c);
        if (r->n_frames == 1 || !closes(r, size))
                return bad(r, &begin, "this is not the end of what is open");
        cursor_skip(&r->c, size);
        skip_space(&r->c);
        if (!cursor_take(&r->c, ">"))
                return bad(r, &begin, "expected `>`");
        return close_frame(r);
}

/* --- what is no element -------------------------------------------------------------------- */

static bool skip_quoted(struct cursor *c)
{
        char quote[] = {cursor_peek(c, 0), '\0'};

        cursor_step(c);
        cursor_to_behind(c, quote);
        return c->data[c->at - 1] == quote[0];
}

/* <!ENTITY name "value"> */
static void note_entity(struct reader *r, struct cursor c)
{
        if (!cursor_take(&c, "<!ENTITY") || !is_space(cursor_peek(&c, 0)))
                return;
        skip_space(&c);
        const char *name = c.data + c.at;
        size_t n = name_length(&c);
        c.at += n;
        skip_space(&c);
        char quote = cursor_peek(&c, 0);
        if (quote != '"' && quote != '\'')
                return;
        const char *value = c.data + c.at + 1;
        size_t left = MIN_OF(c.n - c.at - 1, (size_t)256);
        const char *end = memchr(value, quote, left);
        if (end)
                xml_entities_add(&r->entities, name, n, value, (size_t)(end - value));
}

/* Steps over a document type; what it defines is noted. */
static int read_doctype(struct reader *r)
{
        struct cursor begin = r->c;
        unsigned open = 0; /* < and [ */

        for (;;) {
                char byte = cursor_peek(&r->c, 0);

                if (cursor_ended(&r->c))
                        return bad(r, &begin, "this document type does not end");
                if (cursor_at(&r->c, "<!--")) {
                        cursor_to_behind(&r->c, "-->");
                        continue;
                }
                if (cursor_at(&r->c, "<?")) {
                        cursor_to_behind(&r->c, "?>");
                        continue;
                }
                if (byte == '"' || byte == '\'') {
                        if (!skip_quoted(&r->c))
                                return bad(r, &begin, "this document type does not end");
                        continue;
                }
                if (byte == '<')
                        note_entity(r, r->c);
                open += byte == '<' || byte == '[';
                open -= byte == '>' || byte == ']';
                cursor_step(&r->c);
                if (open == 0)
                        return 0;
        }
}

/* Behind `end`, which closes what begins here. */
static int skip_to(struct reader *r, const char *end)
{
        struct cursor begin = r->c;
        size_t n = strlen(end);

        cursor_to_behind(&r->c, end);
        return r->c.at >= begin.at + n && memcmp(r->c.data + r->c.at - n, end, n) == 0
                       ? 0
                       : bad(r, &begin, "this does not end");
}

static int read_cdata(struct reader *r)
{
        struct cursor from, to;

        cursor_skip(&r->c, strlen("<![CDATA["));
        from = to = r->c;
        const char *end = memmem(from.data + from.at, from.n - from.at, "]]>", 3);
        cursor_skip(&to, end ? (size_t)(end - from.data) - from.at : from.n - from.at);
        r->c = to;
        int error = add_text(r, &from, &to, true);
        return error < 0 ? error : skip_to(r, "]]>");
}

static int read_markup(struct reader *r)
{
        if (cursor_at(&r->c, "<!--"))
                return skip_to(r, "-->");
        if (cursor_at(&r->c, "<?"))
                return skip_to(r, "?>");
        if (cursor_at(&r->c, "<![CDATA["))
                return read_cdata(r);
        if (cursor_at(&r->c, "<!DOCTYPE") && r->n_frames == 1)
                return read_doctype(r);
        if (cursor_at(&r->c, "</"))
                return close_element(r);
        return open_element(r);
}

static int read_document(struct reader *r)
{
        while (!cursor_ended(&r->c)) {
                struct cursor from = r->c;
                const char *s = from.data + from.at;
                const char *next = memchr(s, '<', from.n - from.at);

                cursor_skip(&r->c, next ? (size_t)(next - s) : from.n - from.at);
                int error = r->c.at > from.at ? add_text(r, &from, &r->c, false) : 0;
                if (error == 0 && next)
                        error = read_markup(r);
                if (error < 0)
                        return error;
        }
        return r->n_frames == 1 ? 0 : bad(r, &r->c, "an element does not end");
}

static int xml_parse(struct doc *doc, const char *data, size_t n, struct doc_error *reterr)
{
        struct reader r = {.c = cursor_begin(data, n), .doc = doc, .reterr = reterr};
        struct node *root = cursor_node(&r.c, doc, NODE_MAPPING);

        doc_set_root(doc, root);
        if (!root)
                return doc_error(doc);
        open_frame(&r, root);
        int error = read_document(&r);
        while (r.n_frames > 1) {
                int ended = close_frame(&r);

                error = error == -EBADMSG && ended < 0 ? ended : error;
        }
        cursor_end_node(&r.c, root);
        int folded = doc_error(doc) == 0 ? fold_repeated_keys(doc, root) : 0;
        return error < 0 && (error != -EBADMSG || folded == 0) ? error : folded;
}

const struct format format_xml = {.name = "xml", .parse = xml_parse};
