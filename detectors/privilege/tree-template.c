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
#include "detectors/privilege/tree-values.h"
#include "detectors/privilege/where.h"

#define VALUE_MAX 96 /* bytes of a value that is shown */

/* --- reading ---- */

static int piece_path(struct tree_piece *p, const char *path, const struct node *config,
                      struct ruleset_error *reterr)
{
        const char *error = NULL;
        int r = tree_path_new(&p->path, path, &error);

        return r == -EBADMSG ? where_error(reterr, config, "%s", error) : r;
}

/* "'text'" is a text, "'text' value" a value with one before it. *text is what stands behind. */
static int piece_quoted(struct tree_piece *p, const char **text, const struct node *config,
                        struct ruleset_error *reterr)
{
        char *end = p->text[0] == '\'' ? strchr(p->text + 1, '\'') : NULL;

        if (p->text[0] != '\'')
                return 0;
        if (!end)
                return where_error(reterr, config, "a ' in braces needs a second one");
        *end = '\0';
        *text = end + 1 + strspn(end + 1, " ");
        p->before = strdup(p->text + 1);
        return p->before ? 0 : -ENOMEM;
}

/* What stands in braces, or one of several there. */
static int piece_value(struct tree_piece *p, const struct node *config,
                       struct ruleset_error *reterr)
{
        static const struct {
                const char *word;
                enum tree_piece_type type;
        } words[] = {{"subject", PIECE_SUBJECT},   {"key", PIECE_KEY},
                     {"parent", PIECE_PARENT},     {"each", PIECE_EACH},
                     {"each-key", PIECE_EACH_KEY}, {"each-parent", PIECE_EACH_PARENT},
                     {"found", PIECE_FOUND}};
        const char *text = p->text;
        int r = piece_quoted(p, &text, config, reterr);

        if (r < 0 || *text == '\0')
                return r;
        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (strcmp(text, words[i].word) == 0) {
                        p->type = words[i].type;
                        return 0;
                }
        bool each = strncmp(text, "each/", strlen("each/")) == 0;
        p->type = each ? PIECE_EACH_PATH : PIECE_PATH;
        return piece_path(p, text + (each ? strlen("each/") : 0), config, reterr);
}

static int piece_new(struct tree_template *t, const char *s, size_t n, struct tree_piece **ret)
{
        struct tree_piece *p = &t->pieces[t->n++];

        p->text = strndup(s, n);
        *ret = p;
        return p->text ? 0 : -ENOMEM;
}

/* "a || 'b'", with its length. */
static int pieces_inside(struct tree_template *t, const char *s, size_t n,
                         const struct node *config, struct ruleset_error *reterr)
{
        static const char or [] = " || ";

        for (;;) {
                const char *end = memmem(s, n, or, strlen(or));
                size_t length = end ? (size_t)(end - s) : n;
                struct tree_piece *p;
                int r = piece_new(t, s, length, &p);

                if (r == 0)
                        r = length > 0 ? piece_value(p, config, reterr)
                                       : where_error(reterr, config, "nothing stands in '{}'");
                if (r < 0 || !end)
                        return r;
                p->more = true;
                s += length + strlen(or);
                n -= length + strlen(or);
        }
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
                struct tree_piece *p;
                int r = 0;

                if (inside && text[n] == '\0')
                        return where_error(reterr, config, "'{' without '}'");
                if (inside)
                        r = pieces_inside(ret, text, n, config, reterr);
                else if (n > 0)
                        r = piece_new(ret, text, n, &p);
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
                free(t->pieces[i].before);
                free(t->pieces[i].text);
                (void)tree_path_free(t->pieces[i].path);
        }
        free(t->pieces);
        *t = (struct tree_template){0};
}

bool tree_template_has_each_key(const struct tree_template *t)
{
        for (size_t i = 0; i < t->n; i++)
                if (t->pieces[i].type == PIECE_EACH_KEY)
                        return true;
        return false;
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

/* What n belongs to; nothing if nothing above it has a name. */
static void append_subject(struct buffer *b, const struct node *n)
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
}

/* --- filling in ---- */

static int first_node(struct node *n, bool blocked, void *userdata)
{
        struct node **ret = userdata;

        (void)blocked;
        *ret = n;
        return 1;
}

/* n, of a list its first item, has a text; NULL: it has none. */
static const struct node *with_text(const struct node *n)
{
        while (n && n->type == NODE_SEQUENCE)
                n = n->first;
        return n && n->text && n->type != NODE_NULL ? n : NULL;
}

void tree_value_append(struct buffer *b, const struct node *n)
{
        char value[VALUE_MAX];

        n = with_text(n);
        if (n)
                buffer_puts(b, text_printable(value, sizeof(value), n->text, n->text_len));
        else
                buffer_putc(b, '-');
}

static int collect(struct node *n, bool blocked, void *userdata)
{
        struct tree_values *values = userdata;

        if (blocked)
                values->unknown = n; /* what it stands for is another thing */
        else
                tree_values_add(values, n);
        return 0;
}

static void append_all(struct tree_filling *f, struct buffer *b, const struct tree_path *path,
                       struct node *from)
{
        struct tree_values values = {.n = 0};

        if (path)
                (void)tree_path_visit(path, f->walk, from, collect, &values);
        else
                tree_values_add(&values, from);
        tree_values_append(&values, b);
        if (values.unknown)
                f->unknown = values.unknown;
        tree_values_done(&values);
}

/* path NULL: the value of `from` itself. */
static void append_value(struct tree_filling *f, struct buffer *b, const struct tree_path *path,
                         struct node *from)
{
        struct node *found = path ? NULL : from;

        if (!from)
                return;
        if (f->all) {
                append_all(f, b, path, from);
                return;
        }
        if (path)
                (void)tree_path_visit(path, f->walk, from, first_node, &found);
        if (found && tree_node_unknown(found))
                f->unknown = found;
        if (with_text(found))
                tree_value_append(b, found);
}

/* What has the key or the labels that n is known by: n, or the list that it is in. */
static const struct node *named(const struct node *n)
{
        while (n && !n->key && !n->label[0])
                n = n->parent;
        return n;
}

static void append_key(struct buffer *b, const struct node *n)
{
        n = named(n);
        if (n && n->label[0])
                append_labels(b, n);
        else if (n)
                append_text(b, n->key);
}

static void append_parent_key(struct buffer *b, const struct node *n)
{
        n = named(n);
        append_key(b, n ? n->parent : NULL);
}

static void append_plain(const struct tree_piece *p, struct tree_filling *f, struct buffer *b)
{
        switch (p->type) {
        case PIECE_PATH:
                append_value(f, b, p->path, f->at);
                break;
        case PIECE_SUBJECT:
                append_subject(b, f->at);
                break;
        case PIECE_KEY:
                append_key(b, f->at);
                break;
        case PIECE_PARENT:
                append_parent_key(b, f->at);
                break;
        case PIECE_EACH:
                append_value(f, b, NULL, f->each);
                break;
        case PIECE_EACH_KEY:
                append_key(b, f->each);
                break;
        case PIECE_EACH_PARENT:
                append_parent_key(b, f->each);
                break;
        case PIECE_EACH_PATH:
                append_value(f, b, p->path, f->each);
                break;
        case PIECE_FOUND:
                buffer_puts(b, f->found ?: "");
                break;
        case PIECE_TEXT:
        default:
                buffer_puts(b, p->before ?: p->text);
                break;
        }
}

/* False: it has no value, and nothing is appended. */
static bool append_piece(const struct tree_piece *p, struct tree_filling *f, struct buffer *b)
{
        bool behind = p->before && p->type != PIECE_TEXT;
        size_t from = b->len;

        if (behind)
                buffer_puts(b, p->before);
        size_t before = b->len;
        append_plain(p, f, b);
        if (b->len > before)
                return true;
        b->len = from;
        if (b->data)
                b->data[from] = '\0';
        return false;
}

void tree_template_append(const struct tree_template *t, struct tree_filling *f, struct buffer *b)
{
        bool braces = false, filled = false;

        for (size_t i = 0; i < t->n; i++) {
                const struct tree_piece *p = &t->pieces[i];
                bool has = append_piece(p, f, b);
                bool plain = p->type == PIECE_TEXT && !p->before;

                for (; t->pieces[i].more; i++)
                        if (!has)
                                has = append_piece(&t->pieces[i + 1], f, b);
                braces |= !plain;
                filled |= !plain && has;
                /* one with a text of its own may be nothing */
                if (!has && !t->pieces[i].before)
                        buffer_putc(b, '-');
        }
        f->empty = braces && !filled;
}
