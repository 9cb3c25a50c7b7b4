/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading and filling in texts with values of the document.
 * Does not own: the document; what the text is for (a finding's detail, an assertion).
 */
#include "detectors/privilege/tree-template.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "detectors/privilege/where.h"

#define VALUE_MAX 96  /* bytes of a value that is shown */
#define ITEMS_MAX 12u /* of a list that are shown */

/* --- reading ---- */

static int piece_new(struct tree_piece *p, const char *s, size_t n, bool inside,
                     const struct node *config, struct ruleset_error *reterr)
{
        const char *error = NULL;

        p->text = strndup(s, n);
        if (!p->text)
                return -ENOMEM;
        if (!inside)
                return 0;
        if (strcmp(p->text, "subject") == 0)
                p->type = PIECE_SUBJECT;
        else if (strcmp(p->text, "key") == 0)
                p->type = PIECE_KEY;
        else if (strcmp(p->text, "each") == 0)
                p->type = PIECE_EACH;
        if (p->type != PIECE_TEXT)
                return 0;
        p->type = PIECE_PATH;
        int r = tree_path_new(&p->path, p->text, &error);
        return r == -EBADMSG ? where_error(reterr, config, "%s", error) : r;
}

/* "{a} for {b}": every brace begins or ends a piece. */
int tree_template_new(struct tree_template *ret, const struct node *config,
                      struct ruleset_error *reterr)
{
        const char *text = node_text(config);
        bool inside = false;

        if (!text)
                return where_error(reterr, config, "a text is expected here");
        if (ret->pieces)
                return where_error(reterr, config, "is given twice");
        ret->pieces = calloc(strlen(text) + 1, sizeof(*ret->pieces));
        if (!ret->pieces)
                return -ENOMEM;
        for (;;) {
                size_t n = strcspn(text, inside ? "}" : "{");
                int r = 0;

                if (inside && text[n] == '\0')
                        return where_error(reterr, config, "'{' without '}'");
                if (n > 0)
                        r = piece_new(&ret->pieces[ret->n++], text, n, inside, config, reterr);
                if (r < 0)
                        return r;
                if (text[n] == '\0')
                        return 0;
                text += n + 1;
                inside = !inside;
        }
}

void tree_template_done(struct tree_template *t)
{
        for (size_t i = 0; i < t->n; i++) {
                free(t->pieces[i].text);
                (void)tree_path_free(t->pieces[i].path);
        }
        free(t->pieces);
        *t = (struct tree_template){0};
}

/* --- what a node belongs to ---- */

static void append_text(struct buffer *b, const char *text)
{
        char value[VALUE_MAX];

        buffer_puts(b, text_printable(value, sizeof(value), text, strlen(text)));
}

static void append_labels(struct buffer *b, const struct node *n)
{
        append_text(b, n->label[0]);
        if (n->label[1]) {
                buffer_putc(b, '.');
                append_text(b, n->label[1]);
        }
}

/* An object of Kubernetes, and whatever else says of itself what it is and how it is called. */
static bool append_object(struct buffer *b, const struct node *n)
{
        const char *kind = node_text(node_get(n, "kind"));
        const char *name = node_text(node_at(n, "metadata.name"));
        const char *space = node_text(node_at(n, "metadata.namespace"));

        if (!kind || !name)
                return false;
        append_text(b, kind);
        buffer_putc(b, ' ');
        if (space) {
                append_text(b, space);
                buffer_putc(b, '/');
        }
        append_text(b, name);
        return true;
}

/* Keys below which each entry is a thing of its own. */
static bool holds_things(const char *key)
{
        static const char *const keys[] = {"Resources", "jobs",       "services", "mcpServers",
                                           "clients",   "roles",      "users",    "resource",
                                           "accounts",  "connections"};

        for (size_t i = 0; key && i < ELEMENTSOF(keys); i++)
                if (strcmp(key, keys[i]) == 0)
                        return true;
        return false;
}

void tree_subject_append(struct buffer *b, const struct node *n)
{
        for (; n; n = n->parent) {
                if (n->label[0]) {
                        append_labels(b, n);
                        return;
                }
                if (append_object(b, n))
                        return;
                if (n->key && n->parent && holds_things(n->parent->key)) {
                        append_text(b, n->key);
                        return;
                }
        }
        buffer_putc(b, '-');
}

/* --- filling in ---- */

static int first_node(struct node *n, bool blocked, void *userdata)
{
        struct node **ret = userdata;

        (void)blocked;
        *ret = n;
        return 1;
}

void tree_value_append(struct buffer *b, const struct node *n)
{
        char value[VALUE_MAX];

        while (n && n->type == NODE_SEQUENCE)
                n = n->first;
        if (n && n->text && n->type != NODE_NULL)
                buffer_puts(b, text_printable(value, sizeof(value), n->text, n->text_len));
        else
                buffer_putc(b, '-');
}

static void append_list(struct tree_filling *f, struct buffer *b, const struct node *n)
{
        unsigned count = 0;

        NODE_CHILDREN(item, n)
        {
                if (count == ITEMS_MAX) {
                        buffer_printf(b, ", and %u more", n->count - count);
                        return;
                }
                if (count++ > 0)
                        buffer_puts(b, ", ");
                if (tree_node_unknown(item))
                        f->unknown = item;
                tree_value_append(b, item);
        }
}

static void append_value(struct tree_filling *f, struct buffer *b, const struct node *n)
{
        if (n && tree_node_unknown(n))
                f->unknown = n;
        if (f->lists && n && n->type == NODE_SEQUENCE && n->first)
                append_list(f, b, n);
        else
                tree_value_append(b, n);
}

void tree_template_append(const struct tree_template *t, struct tree_filling *f, struct buffer *b)
{
        for (size_t i = 0; i < t->n; i++) {
                const struct tree_piece *p = &t->pieces[i];
                struct node *found = NULL;

                switch (p->type) {
                case PIECE_PATH:
                        (void)tree_path_visit(p->path, f->walk, f->at, first_node, &found);
                        append_value(f, b, found);
                        break;
                case PIECE_SUBJECT:
                        tree_subject_append(b, f->at);
                        break;
                case PIECE_KEY:
                        if (f->at->label[0])
                                append_labels(b, f->at);
                        else
                                append_text(b, f->at->key ? f->at->key : "-");
                        break;
                case PIECE_EACH:
                        append_value(f, b, f->each);
                        break;
                case PIECE_TEXT:
                default:
                        buffer_puts(b, p->text);
                        break;
                }
        }
}
