/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: turning libyaml's events into a document tree: keys, anchors, aliases, merge keys, tags,
 * places. Does not own: scanning YAML (libyaml), bytes that libyaml refuses (yaml-text.c), what a
 * word is (scalar.c). Ownership: event → (texts copied into the arena) → document; the open
 * containers are a stack of frames. Why events and a stack: libyaml's own document loader recurses,
 * follows no limits and forgets where things ended.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/format.h"
#include "detectors/formats/scalar.h"
#include "detectors/formats/yaml-anchors.h"
#include "detectors/formats/yaml-merge.h"
#include "detectors/formats/yaml-tag.h"
#include "detectors/formats/yaml-text.h"

/* Broken documents of a file behind which reading goes on. */
#define RESTARTS_MAX 100

struct frame {
        struct node *node;
        const char *key; /* of the value that comes next, NULL: a key comes next */
        struct yaml_place key_at;
        bool merges; /* has a merge key */
};

struct reader {
        yaml_parser_t parser;
        struct yaml_text text;
        /* where the parser began: at the file's beginning, or at the document behind a broken one
         */
        size_t base, base_chars; /* bytes of libyaml's input; characters */
        uint32_t base_line;
        struct doc *doc;
        struct node *top;    /* sequence of all documents */
        struct node *before; /* the document before this one */
        struct frame *frames;
        size_t n_frames, alloc_frames;
        struct yaml_anchors anchors;
};

static void reader_done(struct reader *r)
{
        yaml_parser_delete(&r->parser);
        yaml_text_done(&r->text);
        free(r->frames);
        yaml_anchors_done(&r->anchors);
}

static void event_done(yaml_event_t *event)
{
        yaml_event_delete(event);
}

static int next_event(struct reader *r, yaml_event_t *ret)
{
        if (yaml_parser_parse(&r->parser, ret))
                return 0;
        return r->parser.error == YAML_MEMORY_ERROR ? -ENOMEM : -EBADMSG;
}

static struct yaml_place place_of(struct reader *r, const yaml_mark_t *mark)
{
        return (struct yaml_place){
                .line = r->base_line + (uint32_t)mark->line + 1,
                .column = (uint32_t)mark->column + 1,
                .byte = yaml_text_byte(&r->text, r->base_chars + mark->index),
        };
}

static bool is_space(char c)
{
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int name_anchor(struct reader *r, const yaml_char_t *name, struct node *n)
{
        return name ? yaml_anchors_add(&r->anchors, r->doc, (const char *)name, n) : 0;
}

/* The outermost frame is that of `top`. */
static struct frame *current(struct reader *r)
{
        return &r->frames[r->n_frames - 1];
}

static bool key_expected(struct reader *r)
{
        const struct frame *f = current(r);

        return f->node->type == NODE_MAPPING && !f->key;
}

static int push(struct reader *r, struct node *n)
{
        if (r->n_frames == r->alloc_frames) {
                size_t alloc = MAX_OF(r->alloc_frames * 2, (size_t)16);
                struct frame *frames = realloc(r->frames, alloc * sizeof(*frames));

                if (!frames)
                        return -ENOMEM;
                r->frames = frames;
                r->alloc_frames = alloc;
        }
        r->frames[r->n_frames++] = (struct frame){.node = n};
        return 0;
}

/* n hangs in the tree now: it is the value of the key that was read before. */
static void value_placed(struct reader *r, struct node *n)
{
        struct frame *f = current(r);

        n->key_line = n->key_column = 0;
        if (f->node->type != NODE_MAPPING)
                return;
        n->key_line = f->key_at.line;
        n->key_column = f->key_at.column;
        f->key = NULL;
}

static int add_value(struct reader *r, struct node *n)
{
        const struct frame *f = current(r);

        if (!n || doc_append(r->doc, f->node, n, f->key) < 0)
                return doc_error(r->doc);
        value_placed(r, n);
        return 0;
}

static int set_key(struct reader *r, const char *text, struct yaml_place at)
{
        if (!text)
                return doc_error(r->doc);
        current(r)->key = text;
        current(r)->key_at = at;
        return 0;
}

static struct node *node_at_place(struct reader *r, enum node_type type, struct yaml_place at)
{
        return doc_node(r->doc, type, at.line, at.column, r->text.bom + at.byte);
}

/* Block scalars end, for libyaml, where the next thing begins. */
static void scalar_extent(struct reader *r, struct node *n, struct yaml_place at,
                          struct yaml_place end)
{
        const char *data = r->text.data;

        while (end.byte > at.byte && is_space(data[end.byte - 1])) {
                end.byte--;
                end.line -= data[end.byte] == '\n' && end.line > at.line;
        }
        n->length = (uint32_t)MIN_OF(end.byte - at.byte, (size_t)UINT32_MAX);
        n->end_line = end.line;
}

static bool is_sub(const char *tag, const char *key)
{
        return (tag && strcmp(tag, "!Sub") == 0) || (key && strcmp(key, "Fn::Sub") == 0);
}

/* CloudFormation replaces `${…}` in n: it is the value of Sub, or in the list that is. */
static bool is_substitution(struct reader *r, const struct node *n)
{
        const struct frame *f = current(r);

        return is_sub(n->tag, f->key) ||
               (f->node->type == NODE_SEQUENCE && is_sub(f->node->tag, f->node->key));
}

/* The template that stands where the value of a key would: nothing but white space is before it. */
static const struct yaml_template *value_template(struct reader *r, const struct node *n,
                                                  struct yaml_place at)
{
        const struct yaml_template *next = yaml_templates_next(&r->text.templates, at.byte);

        if (!next || n->type != NODE_NULL || n->length > 0 || key_expected(r))
                return NULL;
        for (size_t i = at.byte; i < next->begin; i++)
                if (!is_space(r->text.data[i]))
                        return NULL;
        return next;
}

/* A scalar that has templates in it, or is one, becomes its source. */
static int restore_templates(struct reader *r, struct node *n, struct yaml_place at)
{
        const struct yaml_template *value = value_template(r, n, at);
        size_t begin = value ? value->begin : at.byte, end = value ? value->end : begin + n->length;

        if (!value && !yaml_templates_touch(&r->text.templates, begin, end))
                return 0;
        if (n->quoted && end - begin >= 2) {
                begin++;
                end--;
        }

        char *text = doc_text(r->doc, r->text.data + begin, end - begin);
        if (!text)
                return doc_error(r->doc);
        n->type = NODE_UNKNOWN;
        node_set_text(n, text, end - begin);
        return 0;
}

static int read_scalar(struct reader *r, const yaml_event_t *event)
{
        yaml_char_t *value = event->data.scalar.value, *tag = event->data.scalar.tag;
        yaml_scalar_style_t style = event->data.scalar.style;
        struct yaml_place at = place_of(r, &event->start_mark), end = place_of(r, &event->end_mark);
        size_t size = yaml_text_restore(&r->text, (char *)value, event->data.scalar.length);
        char *text = doc_text(r->doc, (char *)value, size);
        enum node_type type = NODE_STRING;

        if (tag || event->data.scalar.anchor)
                at = yaml_text_skip_properties(&r->text, at, end.byte);
        if (style == YAML_PLAIN_SCALAR_STYLE && (!tag || yaml_tag_is_plain((char *)tag)))
                type = scalar_type((char *)value, size);

        struct node *n = text ? node_at_place(r, type, at) : NULL;
        if (!n)
                return doc_error(r->doc);
        scalar_set(n, type, text, size);
        n->quoted = style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
                    style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
        scalar_extent(r, n, at, end);

        int error = restore_templates(r, n, at);
        if (error < 0)
                return error;
        error = name_anchor(r, event->data.scalar.anchor, n);
        if (error < 0)
                return error;
        if (key_expected(r)) {
                current(r)->merges |= !n->quoted && strcmp(n->text, "<<") == 0;
                return set_key(r, n->text, at);
        }
        error = yaml_tag_read(r->doc, (const char *)tag, &n->tag);
        if (error < 0)
                return error;
        if (style != YAML_PLAIN_SCALAR_STYLE)
                doc_keep_source(r->doc, n,
                                style == YAML_DOUBLE_QUOTED_SCALAR_STYLE ? DOC_SPELLING_ESCAPED
                                                                         : DOC_SPELLING_VERBATIM,
                                is_substitution(r, n), r->text.data + at.byte, n->length);
        if (style == YAML_LITERAL_SCALAR_STYLE)
                doc_keep_yaml(r->doc, n, r->text.data + at.byte, n->length);
        return add_value(r, n);
}

static bool is_open(struct reader *r, const struct node *n)
{
        for (size_t i = 0; i < r->n_frames; i++)
                if (r->frames[i].node == n)
                        return true;
        return false;
}

static int read_alias(struct reader *r, const yaml_event_t *event)
{
        const char *name = (const char *)event->data.alias.anchor;
        struct yaml_place at = place_of(r, &event->start_mark), end = place_of(r, &event->end_mark);
        struct node *from = yaml_anchors_find(&r->anchors, name), *n;

        if (key_expected(r))
                return set_key(r, from && from->text ? from->text : "", at);
        if (!from || is_open(r, from)) {
                /* names nothing, or itself: nobody can say what it is */
                char *text = doc_text(r->doc, r->text.data + at.byte, end.byte - at.byte);

                n = text ? node_at_place(r, NODE_UNKNOWN, at) : NULL;
                if (!n)
                        return doc_error(r->doc);
                node_set_text(n, text, end.byte - at.byte);
                scalar_extent(r, n, at, end);
                return add_value(r, n);
        }

        n = doc_copy(r->doc, from, current(r)->node, current(r)->key);
        if (!n)
                return doc_error(r->doc);
        n->line = n->end_line = at.line;
        n->column = at.column;
        n->offset = r->text.bom + at.byte;
        n->length = (uint32_t)(end.byte - at.byte);
        value_placed(r, n);
        return 0;
}

/* Reads on to the end of the container that `start` began. It is bounded as the tree is: libyaml's
 * time grows with the square of the depth. */
static int skip_container(struct reader *r, struct yaml_place *ret_end)
{
        for (size_t open = 1;;) {
                _cleanup_(event_done) yaml_event_t event = {0};
                int error = next_event(r, &event);

                if (error < 0)
                        return error;
                if (event.type == YAML_MAPPING_START_EVENT ||
                    event.type == YAML_SEQUENCE_START_EVENT)
                        open++;
                if (open > doc_limits(r->doc)->depth)
                        return -E2BIG;
                if (event.type != YAML_MAPPING_END_EVENT && event.type != YAML_SEQUENCE_END_EVENT)
                        continue;
                if (--open == 0) {
                        *ret_end = place_of(r, &event.end_mark);
                        return 0;
                }
        }
}

/* A container as a key, or `{{ … }}` of a template as a value, is its own source. */
static int read_as_source(struct reader *r, struct yaml_place at)
{
        struct yaml_place end;
        int error = skip_container(r, &end);

        if (error < 0)
                return error;
        while (end.byte > at.byte && is_space(r->text.data[end.byte - 1]))
                end.byte--;

        char *text = doc_text(r->doc, r->text.data + at.byte, end.byte - at.byte);
        if (key_expected(r))
                return set_key(r, text, at);

        struct node *n = text ? node_at_place(r, NODE_UNKNOWN, at) : NULL;
        if (!n)
                return doc_error(r->doc);
        node_set_text(n, text, end.byte - at.byte);
        scalar_extent(r, n, at, end);
        return add_value(r, n);
}

static int read_start(struct reader *r, const yaml_event_t *event)
{
        bool mapping = event->type == YAML_MAPPING_START_EVENT;
        const yaml_char_t *tag =
                mapping ? event->data.mapping_start.tag : event->data.sequence_start.tag;
        const yaml_char_t *anchor =
                mapping ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
        struct yaml_place at = place_of(r, &event->start_mark);

        if (tag || anchor)
                at = yaml_text_skip_properties(&r->text, at, r->text.size);
        if (key_expected(r) ||
            (mapping && r->text.size - at.byte >= 2 && !memcmp(r->text.data + at.byte, "{{", 2)))
                return read_as_source(r, at);

        struct node *n = node_at_place(r, mapping ? NODE_MAPPING : NODE_SEQUENCE, at);
        if (!n)
                return doc_error(r->doc);

        int error = yaml_tag_read(r->doc, (const char *)tag, &n->tag);
        if (error < 0)
                return error;
        error = name_anchor(r, anchor, n);
        if (error < 0)
                return error;
        error = add_value(r, n);
        return error < 0 ? error : push(r, n);
}

static void pop(struct reader *r, const struct yaml_place *end)
{
        struct frame *f = current(r);
        struct node *n = f->node;

        if (end)
                node_extend(n, r->text.bom + end->byte, end->line);
        else if (n->last)
                node_extend(n, n->last->offset + n->last->length, n->last->end_line);
        if (f->merges)
                yaml_merge_keys(n);
        r->n_frames--;
}

static void read_end(struct reader *r, const yaml_event_t *event)
{
        struct yaml_place end = place_of(r, &event->end_mark);

        /* in block style the end is where the next thing begins, and takes no room */
        pop(r, event->start_mark.index != event->end_mark.index ? &end : NULL);
}

/* `---` without anything is no document. */
static void drop_empty_document(struct reader *r)
{
        struct node *last = r->top->last;

        if (last && last != r->before && last->type == NODE_NULL && last->length == 0)
                node_unlink(last, r->before);
}

static int read_event(struct reader *r, const yaml_event_t *event)
{
        switch (event->type) {
        case YAML_DOCUMENT_START_EVENT:
                yaml_anchors_reset(&r->anchors);
                r->before = r->top->last;
                return 0;
        case YAML_DOCUMENT_END_EVENT:
                drop_empty_document(r);
                return 0;
        case YAML_SCALAR_EVENT:
                return read_scalar(r, event);
        case YAML_ALIAS_EVENT:
                return read_alias(r, event);
        case YAML_MAPPING_START_EVENT:
        case YAML_SEQUENCE_START_EVENT:
                return read_start(r, event);
        case YAML_MAPPING_END_EVENT:
        case YAML_SEQUENCE_END_EVENT:
                read_end(r, event);
                return 0;
        case YAML_NO_EVENT:
        case YAML_STREAM_START_EVENT:
        case YAML_STREAM_END_EVENT:
                break;
        }
        return 0;
}

static int read_stream(struct reader *r)
{
        for (;;) {
                _cleanup_(event_done) yaml_event_t event = {0};
                int error = next_event(r, &event);

                if (error < 0)
                        return error;
                if (event.type == YAML_STREAM_END_EVENT)
                        return 0;
                error = read_event(r, &event);
                if (error < 0)
                        return error;
        }
}

static void describe_error(const struct reader *r, struct doc_error *reterr)
{
        char message[sizeof(reterr->message)];
        const yaml_parser_t *p = &r->parser;

        (void)snprintf(message, sizeof(message), "%s%s%s", p->context ? p->context : "",
                       p->context ? ": " : "", p->problem ? p->problem : "cannot be read");
        reterr->line = r->base_line + (uint32_t)p->problem_mark.line + 1;
        reterr->column = (uint32_t)p->problem_mark.column + 1;
        (void)text_printable(reterr->message, sizeof(reterr->message), message, strlen(message));
}

static void pop_all(struct reader *r)
{
        while (r->n_frames > 1)
                pop(r, NULL);
}

/* What was read becomes the tree, complete or not. */
static void finish(struct reader *r)
{
        pop_all(r);
        if (!r->top->last)
                return;
        node_extend(r->top, r->top->last->offset + r->top->last->length, r->top->last->end_line);
        doc_set_root(r->doc, r->top->count > 1 ? r->top : r->top->first);
}

static void start_parser(struct reader *r)
{
        const char *input = r->text.safe ? r->text.safe : r->text.data;
        size_t size = r->text.safe ? r->text.safe_size : r->text.size;

        yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&r->parser, (const unsigned char *)input + r->base,
                                     size - r->base);
}

static bool begins_document(const char *s, size_t n)
{
        return n >= 3 && memcmp(s, "---", 3) == 0 && (n == 3 || is_space(s[3]));
}

/* Moves the base to the next document that begins on the line of the error or below. False if there
 * is none. */
static bool find_document(struct reader *r)
{
        const char *input = r->text.safe ? r->text.safe : r->text.data;
        size_t size = r->text.safe ? r->text.safe_size : r->text.size;
        uint32_t line = r->base_line, least = line + (uint32_t)r->parser.problem_mark.line;
        size_t chars = r->base_chars;

        for (size_t i = r->base; i < size; i++) {
                if (i > r->base && input[i - 1] == '\n') {
                        line++;
                        if (line >= least && begins_document(input + i, size - i)) {
                                r->base = i;
                                r->base_chars = chars;
                                r->base_line = line;
                                return true;
                        }
                }
                chars += (input[i] & 0xc0) != 0x80;
        }
        return false;
}

/* A broken document does not hide those behind it: others read them one by one. */
static int read_documents(struct reader *r, struct doc_error *reterr)
{
        int error = read_stream(r);

        if (error != -EBADMSG)
                return error;
        describe_error(r, reterr);
        for (int i = 0; error == -EBADMSG && i < RESTARTS_MAX && find_document(r); i++) {
                pop_all(r);
                yaml_parser_delete(&r->parser);
                if (!yaml_parser_initialize(&r->parser))
                        return -ENOMEM;
                start_parser(r);
                error = read_stream(r);
        }
        return error < 0 ? error : -EBADMSG;
}

/* One pass over the text. painted: with its templates painted over; -EBADMSG if it has none. */
static int read_text(struct doc *doc, const char *data, size_t n, bool painted,
                     struct doc_error *reterr)
{
        _cleanup_(reader_done) struct reader r = {.doc = doc};

        if (!yaml_parser_initialize(&r.parser) || yaml_text_init(&r.text, data, n) < 0)
                return -ENOMEM;

        int error = painted ? yaml_text_paint(&r.text) : 1;
        if (error <= 0)
                return error < 0 ? error : -EBADMSG;
        r.top = doc_node(doc, NODE_SEQUENCE, 1, 1, r.text.bom);
        if (!r.top)
                return doc_error(doc);
        r.top->multi = true;
        error = push(&r, r.top);
        if (error < 0)
                return error;
        start_parser(&r);
        error = read_documents(&r, reterr);
        finish(&r);
        return error;
}

static int yaml_read(struct doc *doc, const char *data, size_t n, struct doc_error *reterr)
{
        struct doc_error again;
        int error = read_text(doc, data, n, false, reterr);

        return error == -EBADMSG ? read_text(doc, data, n, true, &again) : error;
}

const struct format format_yaml = {.name = "yaml", .parse = yaml_read};
