/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading HCL (Terraform, OpenTofu, Vault, Packer): bodies, blocks, attributes, constant
 * expressions. Does not own: where expressions end that are not constant (hcl-skip.c), heredocs
 * (hcl-heredoc.c). Ownership: text → (copied into the arena) → document; what is open is a stack of
 * frames. Why nothing is evaluated: without the modules, variables and providers a value is only
 * known if it is written out. Everything else is UNKNOWN and carries its source, so that a rule can
 * say why.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/cursor.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/format.h"
#include "detectors/formats/hcl-heredoc.h"
#include "detectors/formats/hcl-skip.h"
#include "detectors/formats/json-string.h"
#include "detectors/formats/scalar.h"

/* Kinds of blocks that one body is expected to have; of more, some appear as several sequences. */
#define BLOCK_TYPES 32

enum frame_kind { FRAME_BODY, FRAME_LIST, FRAME_OBJECT };

struct frame {
        enum frame_kind kind;
        struct node *node;
        bool call;                        /* jsonencode( … ) is open around it */
        struct node *blocks[BLOCK_TYPES]; /* sequences of a body's blocks */
        size_t n_blocks;
};

struct reader {
        struct cursor c;
        struct doc *doc;
        struct frame *frames;
        size_t n_frames, alloc_frames;
        const char *key; /* of the expression that comes next, or NULL */
        struct cursor key_at;
        struct doc_error *reterr;
        bool broken; /* *reterr is set */
};

static void reader_done(struct reader *r)
{
        free(r->frames);
}

/* The first error is the one that is reported. */
static int bad_at(struct reader *r, const struct cursor *at, const char *message)
{
        if (!r->broken)
                (void)cursor_bad(at, r->reterr, message);
        r->broken = true;
        return -EBADMSG;
}

static int bad(struct reader *r, const char *message)
{
        return bad_at(r, &r->c, message);
}

static struct frame *current(struct reader *r)
{
        return &r->frames[r->n_frames - 1];
}

static int push(struct reader *r, enum frame_kind kind, struct node *n)
{
        if (r->n_frames == r->alloc_frames) {
                size_t alloc = MAX_OF(r->alloc_frames * 2, (size_t)8);
                struct frame *frames = realloc(r->frames, alloc * sizeof(*frames));

                if (!frames)
                        return -ENOMEM;
                r->frames = frames;
                r->alloc_frames = alloc;
        }

        struct frame *f = &r->frames[r->n_frames++];
        memset(f, 0, sizeof(*f));
        f->kind = kind;
        f->node = n;
        return 0;
}

static enum hcl_ends ends_in(const struct frame *f)
{
        return f->kind == FRAME_LIST ? HCL_ENDS_BRACKETS : HCL_ENDS_LINE;
}

static int add(struct reader *r, struct node *n)
{
        if (!n || doc_append(r->doc, current(r)->node, n, r->key) < 0)
                return doc_error(r->doc);
        if (r->key) {
                n->key_line = r->key_at.line;
                n->key_column = r->key_at.column;
        }
        r->key = NULL;
        return 0;
}

/* Steps over the (rest of the) expression; it becomes UNKNOWN, with its source from n's beginning
 * on. */
static int make_unknown(struct reader *r, struct node *n, enum hcl_ends ends, unsigned open)
{
        bool complete = hcl_skip_expression(&r->c, ends, open);
        int error = cursor_end_unknown(&r->c, r->doc, n);

        if (error < 0)
                return error;
        return complete ? 0 : bad(r, "this expression does not end");
}

/* n is a constant so far; what follows may make it part of something larger. */
static int complete(struct reader *r, struct node *n, enum hcl_ends ends)
{
        cursor_end_node(&r->c, n);
        return hcl_skip_is_end(r->c, ends) ? 0 : make_unknown(r, n, ends, 0);
}

/* The string in quotes that begins here. */
static int take_string(struct reader *r, const char **ret, size_t *ret_size, bool *ret_template)
{
        struct cursor begin = r->c;
        struct doc_error why;
        int error = json_string_read(&r->c, r->doc, true, ret, ret_size, ret_template, &why);

        return error == -EBADMSG ? bad_at(r, &begin, why.message) : error;
}

static int read_string(struct reader *r)
{
        struct cursor begin = r->c;
        struct node *n = cursor_node(&r->c, r->doc, NODE_STRING);
        const char *text = NULL;
        size_t size = 0;
        bool is_template = false;

        if (!n)
                return doc_error(r->doc);

        int error = take_string(r, &text, &size, &is_template);
        if (error < 0)
                return error;
        node_set_text(n, text, size);
        n->type = is_template ? NODE_UNKNOWN : NODE_STRING;
        n->template = is_template;
        n->quoted = true;
        error = complete(r, n, ends_in(current(r)));
        if (error < 0)
                return error;
        if (n->quoted)
                doc_keep_source(r->doc, n, DOC_SPELLING_ESCAPED, is_template, begin.data + begin.at,
                                n->length);
        return add(r, n);
}

static int read_heredoc(struct reader *r)
{
        struct cursor begin = r->c;
        bool ended = false;
        struct node *n = hcl_heredoc_read(&r->c, r->doc, &ended);

        if (!n)
                return doc_error(r->doc);

        int error = ended ? complete(r, n, ends_in(current(r)))
                          : bad_at(r, &begin, "this heredoc does not end");
        if (error < 0 && error != -EBADMSG)
                return error;

        int added = add(r, n);
        return added < 0 ? added : error;
}

/* What a variable may hold is written in a language of types: string, list(object({…})). No word of
 * it stands for a value that is not known. */
static bool is_type_constraint(struct reader *r)
{
        const struct node *blocks = current(r)->node->parent;

        return r->key && strcmp(r->key, "type") == 0 && blocks && blocks->key &&
               strcmp(blocks->key, "variable") == 0;
}

static int read_unknown(struct reader *r)
{
        struct node *n = cursor_node(&r->c, r->doc, NODE_UNKNOWN);

        if (!n)
                return doc_error(r->doc);

        int error = make_unknown(r, n, ends_in(current(r)), 0);
        if (error < 0)
                return error;
        if (n->length == 0)
                return bad(r, "expected an expression");
        if (is_type_constraint(r))
                n->type = NODE_STRING;
        return add(r, n);
}

/* The number or name that begins here: how long it is. */
static size_t word_size(const struct cursor *c)
{
        size_t size = cursor_peek(c, 0) == '-';

        for (;; size++) {
                char byte = cursor_peek(c, size);
                bool exponent = size > 0 && (cursor_peek(c, size - 1) | 0x20) == 'e';

                if (!((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                      (byte >= 'A' && byte <= 'Z') || byte == '_' || byte == '.' ||
                      (exponent && (byte == '-' || byte == '+'))))
                        return size;
        }
}

/* A number, true, false or null; anything else is unknown. */
static int read_word(struct reader *r)
{
        struct cursor begin = r->c;
        size_t size = word_size(&r->c);
        enum node_type type = scalar_type(r->c.data + r->c.at, size);

        if (size == 0 || type == NODE_STRING)
                return read_unknown(r);

        struct node *n = cursor_node(&r->c, r->doc, type);
        cursor_skip(&r->c, size);
        char *text = n ? cursor_text(&begin, &r->c, r->doc) : NULL;
        if (!text)
                return doc_error(r->doc);
        scalar_set(n, type, text, size);

        int error = complete(r, n, ends_in(current(r)));
        return error < 0 ? error : add(r, n);
}

/* `[for` and `{for` begin an expression, not a list or an object. */
static bool is_for(struct cursor c)
{
        cursor_skip(&c, 1);
        hcl_skip_lines(&c);
        if (!cursor_take(&c, "for") || (cursor_peek(&c, 0) != ' ' && cursor_peek(&c, 0) != '\t'))
                return false;
        hcl_skip_blanks(&c);
        return hcl_skip_is_name(&c);
}

/* At the bracket of a list or an object; `begin` is where the expression begins. */
static int open_container(struct reader *r, const struct cursor *begin, const char *tag)
{
        bool object = cursor_peek(&r->c, 0) == '{';
        struct node *n = cursor_node(begin, r->doc, object ? NODE_MAPPING : NODE_SEQUENCE);
        int error = add(r, n);

        if (error < 0)
                return error;
        n->tag = tag;
        cursor_step(&r->c);
        error = push(r, object ? FRAME_OBJECT : FRAME_LIST, n);
        if (error < 0)
                return error;
        current(r)->call = tag != NULL;
        return 0;
}

/* jsonencode( or yamlencode( of a written-out list or object: *ret_tag is set, the cursor at its
 * bracket. */
static bool take_encode(struct cursor *c, const char **ret_tag)
{
        struct cursor at = *c;
        const char *tag = cursor_take(&at, "jsonencode")   ? "jsonencode"
                          : cursor_take(&at, "yamlencode") ? "yamlencode"
                                                           : NULL;

        if (!tag)
                return false;
        hcl_skip_blanks(&at);
        if (!cursor_take(&at, "("))
                return false;
        hcl_skip_lines(&at);
        if ((cursor_peek(&at, 0) != '{' && cursor_peek(&at, 0) != '[') || is_for(at))
                return false;
        *c = at;
        *ret_tag = tag;
        return true;
}

static int read_expression(struct reader *r)
{
        struct cursor begin = r->c;
        char byte = cursor_peek(&r->c, 0);
        const char *tag = NULL;

        if (byte == '"')
                return read_string(r);
        if (hcl_heredoc_begins(&r->c))
                return read_heredoc(r);
        if (((byte == '[' || byte == '{') && !is_for(r->c)) || take_encode(&r->c, &tag))
                return open_container(r, &begin, tag);
        return read_word(r);
}

/* Behind the brackets of a list or an object that was written inside jsonencode( … ). */
static bool take_call_end(struct cursor *c)
{
        struct cursor at = *c;

        hcl_skip_lines(&at);
        (void)cursor_take(&at, ",");
        hcl_skip_lines(&at);
        if (!cursor_take(&at, ")"))
                return false;
        *c = at;
        return true;
}

static int close_container(struct reader *r)
{
        struct node *n = current(r)->node;
        bool call = current(r)->call;

        cursor_step(&r->c);
        r->n_frames--;
        if (call && !take_call_end(&r->c))
                return make_unknown(r, n, ends_in(current(r)), 1);
        return complete(r, n, ends_in(current(r)));
}

static int read_list(struct reader *r)
{
        hcl_skip_lines(&r->c);
        if (cursor_ended(&r->c))
                return bad(r, "this list does not end");
        if (cursor_peek(&r->c, 0) == ']')
                return close_container(r);
        if (cursor_take(&r->c, ","))
                return 0;
        return read_expression(r);
}

/* A key in quotes is its value, any other its source. */
static int read_key(struct reader *r)
{
        size_t size = 0;
        bool is_template = false;
        int error = 0;

        r->key_at = r->c;
        if (cursor_peek(&r->c, 0) == '"') {
                error = take_string(r, &r->key, &size, &is_template);
                if (error < 0 || hcl_skip_is_end(r->c, HCL_ENDS_KEY))
                        return error;
        }
        if (!hcl_skip_expression(&r->c, HCL_ENDS_KEY, 0) || r->c.at == r->key_at.at)
                return bad(r, "expected a key");
        r->key = cursor_text(&r->key_at, &r->c, r->doc);
        return r->key ? 0 : doc_error(r->doc);
}

/* The sequence of a body's blocks of this type: it is made with the first one. */
static struct node *block_sequence(struct reader *r, const char *type, const struct cursor *begin)
{
        struct frame *f = current(r);
        size_t known = MIN_OF(f->n_blocks, ELEMENTSOF(f->blocks));

        for (size_t i = 0; i < known; i++)
                if (strcmp(f->blocks[i]->key, type) == 0)
                        return f->blocks[i];

        struct node *sequence = cursor_node(begin, r->doc, NODE_SEQUENCE);
        r->key = type;
        r->key_at = *begin;
        if (add(r, sequence) < 0)
                return NULL;
        f->blocks[f->n_blocks++ % ELEMENTSOF(f->blocks)] = sequence;
        return sequence;
}

/* A label in quotes or a bare one. */
static int read_label(struct reader *r, const char **ret)
{
        struct cursor begin = r->c;
        size_t size = 0;
        bool is_template = false;

        if (cursor_peek(&r->c, 0) == '"')
                return take_string(r, ret, &size, &is_template);
        hcl_skip_name(&r->c);
        *ret = cursor_text(&begin, &r->c, r->doc);
        return *ret ? 0 : doc_error(r->doc);
}

/* Behind the type of a block: its labels and the brace. */
static int open_block(struct reader *r, const char *type, const struct cursor *begin)
{
        const char *labels[2] = {NULL, NULL}, *label;

        for (size_t i = 0; hcl_skip_is_name(&r->c) || cursor_peek(&r->c, 0) == '"'; i++) {
                int error = read_label(r, &label);

                if (error < 0)
                        return error;
                if (i < ELEMENTSOF(labels))
                        labels[i] = label;
                hcl_skip_blanks(&r->c);
        }
        if (!cursor_take(&r->c, "{"))
                return bad(r, "expected '=' or a block");

        struct node *sequence = block_sequence(r, type, begin);
        struct node *n = sequence ? cursor_node(begin, r->doc, NODE_MAPPING) : NULL;
        if (!n || doc_append(r->doc, sequence, n, NULL) < 0)
                return doc_error(r->doc);
        n->block = true;
        memcpy(n->label, labels, sizeof(labels));
        return push(r, FRAME_BODY, n);
}

/* Terraform 0.11 took blocks in objects: a name and a brace with nothing between them. */
static bool is_block(struct cursor c)
{
        if (!hcl_skip_is_name(&c))
                return false;
        hcl_skip_name(&c);
        hcl_skip_blanks(&c);
        return cursor_peek(&c, 0) == '{';
}

static int read_block(struct reader *r)
{
        struct cursor begin = r->c;
        const char *type = NULL;
        int error = read_label(r, &type);

        if (error < 0)
                return error;
        hcl_skip_blanks(&r->c);
        return open_block(r, type, &begin);
}

static int read_object(struct reader *r)
{
        hcl_skip_lines(&r->c);
        if (cursor_ended(&r->c))
                return bad(r, "this object does not end");
        if (cursor_peek(&r->c, 0) == '}')
                return close_container(r);
        if (cursor_take(&r->c, ","))
                return 0;
        if (is_block(r->c))
                return read_block(r);

        int error = read_key(r);
        if (error < 0)
                return error;
        hcl_skip_blanks(&r->c);
        if (!cursor_take(&r->c, "=") && !cursor_take(&r->c, ":"))
                return bad(r, "expected '=' or ':' after a key");
        hcl_skip_lines(&r->c);
        return read_expression(r);
}

static void close_block(struct reader *r)
{
        struct node *n = current(r)->node, *sequence = n->parent;

        cursor_end_node(&r->c, n);
        sequence->end_line = n->end_line;
        sequence->length = sequence->count == 1 ? n->length : 0;
        r->n_frames--;
}

static int read_body(struct reader *r)
{
        hcl_skip_lines(&r->c);
        if (cursor_take(&r->c, ",") || cursor_take(&r->c, ";") || cursor_ended(&r->c))
                return cursor_ended(&r->c) && r->n_frames > 1 ? bad(r, "this block does not end")
                                                              : 0;
        if (cursor_peek(&r->c, 0) == '}' && r->n_frames > 1) {
                cursor_step(&r->c);
                close_block(r);
                return 0;
        }
        if (!hcl_skip_is_name(&r->c) && cursor_peek(&r->c, 0) != '"')
                return bad(r, "expected an attribute or a block");

        struct cursor begin = r->c;
        const char *name = NULL;
        int error = read_label(r, &name);
        if (error < 0)
                return error;
        hcl_skip_blanks(&r->c);
        if (cursor_peek(&r->c, 0) != '=' || cursor_peek(&r->c, 1) == '=')
                return open_block(r, name, &begin);
        cursor_step(&r->c);
        r->key = name;
        r->key_at = begin;
        hcl_skip_lines(&r->c);
        return read_expression(r);
}

static void close_all(struct reader *r)
{
        while (r->n_frames > 1) {
                if (current(r)->kind == FRAME_BODY) {
                        close_block(r);
                } else {
                        cursor_end_node(&r->c, current(r)->node);
                        r->n_frames--;
                }
        }
}

/* After an error reading goes on where the next thing begins that is not indented: what follows a
 * slip is looked at, too. */
static void recover(struct reader *r)
{
        close_all(r);
        r->key = NULL;
        do {
                cursor_to_line_end(&r->c);
                cursor_skip(&r->c, 1);
        } while (!cursor_ended(&r->c) && !hcl_skip_is_name(&r->c));
}

static int read_next(struct reader *r)
{
        switch (current(r)->kind) {
        case FRAME_LIST:
                return read_list(r);
        case FRAME_OBJECT:
                return read_object(r);
        case FRAME_BODY:
                break;
        }
        return read_body(r);
}

static int read_all(struct reader *r)
{
        while (!cursor_ended(&r->c) || r->n_frames > 1) {
                int error = read_next(r);

                if (error < 0 && error != -EBADMSG)
                        return error;
                if (error == -EBADMSG)
                        recover(r);
        }
        return r->broken ? -EBADMSG : 0;
}

static int hcl_read(struct doc *doc, const char *data, size_t n, struct doc_error *reterr)
{
        _cleanup_(reader_done) struct reader r = {
                .c = cursor_begin(data, n),
                .doc = doc,
                .reterr = reterr,
        };
        struct node *root = cursor_node(&r.c, doc, NODE_MAPPING);

        if (!root)
                return doc_error(doc);
        doc_set_root(doc, root);

        int error = push(&r, FRAME_BODY, root);
        if (error < 0)
                return error;
        error = read_all(&r);
        close_all(&r);
        cursor_end_node(&r.c, root);
        return error;
}

const struct format format_hcl = {.name = "hcl", .parse = hcl_read};
