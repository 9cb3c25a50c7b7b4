/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the `tree:` matcher of rules: what is selected, where it is reported and how the
 * reasoning reads.
 * Does not own: paths (tree-path.c) and tests (predicate.c); the rule, the subject and the
 * reporter are borrowed.
 */
#include <ctype.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/text.h"
#include "detectors/formats/format.h"
#include "detectors/privilege/matchers.h"
#include "detectors/privilege/predicate.h"
#include "detectors/privilege/reporter.h"
#include "detectors/privilege/tree-path.h"
#include "detectors/privilege/tree-template.h"

#define FORMATS_MAX 16
#define VALUE_MAX 96      /* bytes of a value that is shown in the reasoning */
#define IDENTITY_MAX 1024 /* bytes */
#define IDENTITY_DEPTH 4u /* of the values of a statement */

struct tree_match {
        char *formats[FORMATS_MAX];
        size_t n_formats;
        struct tree_path *select;
        struct predicate_list where;
        struct tree_path *at;
        struct tree_template detail;
};

/* --- reading a rule ------------------------------------------------------------------------ */

static int formats_new(struct tree_match *m, const struct node *config,
                       struct ruleset_error *reterr)
{
        NODE_ITEMS(item, config)
        {
                const char *text = node_text(item);

                if (!text || m->n_formats == FORMATS_MAX)
                        return where_error(reterr, item,
                                           "at most %d names of formats are expected here",
                                           FORMATS_MAX);
                m->formats[m->n_formats] = strdup(text);
                if (!m->formats[m->n_formats++])
                        return -ENOMEM;
        }
        return 0;
}

static int path_new(struct tree_path **ret, const char *text, const struct node *config,
                    struct ruleset_error *reterr)
{
        const char *error = NULL;
        int r;

        if (!text)
                return where_error(reterr, config, "a path is expected here");
        r = tree_path_new(ret, text, &error);
        return r == -EBADMSG ? where_error(reterr, config, "%s", error) : r;
}

static int match_set(struct tree_match *m, const struct node *v, struct ruleset_error *reterr)
{
        static const char *const keys[] = {"format", "select", "where", "at", "detail"};

        if (strcmp(v->key, "format") == 0)
                return formats_new(m, v, reterr);
        if (strcmp(v->key, "select") == 0)
                return path_new(&m->select, node_text(v), v, reterr);
        if (strcmp(v->key, "where") == 0)
                return predicate_list_new(&m->where, v, reterr);
        if (strcmp(v->key, "at") == 0)
                return path_new(&m->at, node_text(v), v, reterr);
        if (strcmp(v->key, "detail") == 0)
                return tree_template_new(&m->detail, v, reterr);
        const char *nearest = text_nearest(v->key, keys, ELEMENTSOF(keys));
        return where_error(reterr, v, "a tree matcher has no such key%s%s",
                           nearest ? "; meant is perhaps " : "", nearest ? nearest : "");
}

int tree_match_new(struct tree_match **ret, const struct node *config, struct ruleset_error *reterr)
{
        struct tree_match *m;
        int r = 0;

        if (config->type != NODE_MAPPING)
                return where_error(reterr, config, "a tree matcher is a mapping with `select`");
        m = calloc(1, sizeof(*m));
        if (!m)
                return -ENOMEM;
        NODE_CHILDREN(v, config)
        {
                r = node_get(config, v->key) == v ? match_set(m, v, reterr)
                                                  : where_error(reterr, v, "is given twice");
                if (r < 0)
                        break;
        }
        if (r == 0 && !m->select)
                r = where_error(reterr, config, "a tree matcher needs `select`");
        if (r < 0) {
                (void)tree_match_free(m);
                return r;
        }
        *ret = m;
        return 0;
}

struct tree_match *tree_match_free(struct tree_match *m)
{
        if (!m)
                return NULL;
        for (size_t i = 0; i < m->n_formats; i++)
                free(m->formats[i]);
        (void)tree_path_free(m->select);
        predicate_list_done(&m->where);
        (void)tree_path_free(m->at);
        tree_template_done(&m->detail);
        free(m);
        return NULL;
}

/* --- running ------------------------------------------------------------------------------- */

struct run {
        const struct tree_match *match;
        const struct rule *rule;
        struct reporter *reporter;
        struct tree_walk walk;
        bool language;            /* the document is one of a language */
        const struct node *named; /* a container that was asked for its name */
        const char *name;
};

static int first_node(struct node *n, bool blocked, void *userdata)
{
        struct node **ret = userdata;

        (void)blocked;
        *ret = n;
        return 1;
}

static struct node *node_below(struct run *run, const struct tree_path *path, struct node *n)
{
        struct node *found = NULL;

        (void)tree_path_visit(path, &run->walk, n, first_node, &found);
        return found;
}

/* The length of a plain reference at s: names, dots and indices, no call and no literal. */
static size_t reference_length(const char *s, size_t n)
{
        size_t i = 0;

        while (i < n && (isalnum((unsigned char)s[i]) || strchr("_.-[]*", s[i])) && s[i] != '\0')
                i++;
        return memchr(s, '.', i) ? i : 0;
}

/* Of an expression only what it refers to is shown: the text around "${…}" and the arguments of
 * calls can hold a secret ("postgres://u:p@${var.host}"). */
static bool append_reference(struct buffer *b, const char *s, size_t n)
{
        const char *open = memmem(s, n, "${", 2);
        const char *from = open ? open + 2 : s;
        size_t length = reference_length(from, n - (size_t)(from - s));
        bool whole = open ? from[length] == '}' : length == n;

        if (length == 0 || !whole || length >= VALUE_MAX)
                return false;
        buffer_append(b, from, length);
        return true;
}

static void append_unknown(struct buffer *b, const struct node *unknown)
{
        buffer_puts(b, b->len > 0 ? "; not known: " : "not known: ");
        if (!unknown) {
                buffer_puts(b, "a value");
                return;
        }
        if (unknown->key)
                buffer_puts(b, unknown->key);
        else if (unknown->label[0])
                buffer_puts(b, unknown->label[0]);
        else
                buffer_puts(b, "a value");
        if (!unknown->text)
                return;
        size_t before = b->len;
        buffer_puts(b, " = ");
        if (unknown->tag && unknown->tag[0] == '!' && strcmp(unknown->tag, "!Sub") != 0)
                tree_value_append(b, unknown);
        else if (!append_reference(b, unknown->text, unknown->text_len) && b->error == 0)
                b->data[b->len = before] = '\0';
}

/* What an item of a sequence is called, so that it keeps its identity when others come before it.
 */
static const char *item_name(const struct node *n)
{
        static const char *const keys[] = {"name", "id", "Sid", "clientId", "client_id"};
        const struct node *found[ELEMENTSOF(keys)] = {NULL};

        /* one pass, for mappings can be large: the last of equal keys, as node_get() says */
        NODE_CHILDREN(child, n->type == NODE_MAPPING ? n : NULL)
        {
                for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                        if (child->key[0] == keys[i][0] && strcmp(child->key, keys[i]) == 0)
                                found[i] = child;
        }
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                if (node_text(found[i]))
                        return node_text(found[i]);
        return node_text(n) ? node_text(n) : "";
}

/* The same container holds many findings: its name is looked for once. */
static const char *item_name_kept(struct run *run, const struct node *n)
{
        if (run->named != n) {
                run->named = n;
                run->name = item_name(n);
        }
        return run->name;
}

/* The values in a statement or rule of a language, which has no name, or shares it with others. */
static void append_values(struct buffer *b, const struct node *n, unsigned depth)
{
        NODE_CHILDREN(child, depth < IDENTITY_DEPTH && b->error == 0 ? n : NULL)
        {
                if (child->text)
                        buffer_puts(b, child->text);
                buffer_putc(b, ',');
                append_values(b, child, depth + 1);
                if (b->error != 0)
                        return;
        }
}

static void append_identity(struct run *run, struct buffer *b, const struct node *n)
{
        /* from the node upwards: the order does not matter for an identity */
        for (; n; n = n->parent) {
                if (n->key)
                        buffer_puts(b, n->key);
                else if (run->language && n->first && n->parent)
                        append_values(b, n, 0);
                else
                        buffer_puts(b, item_name_kept(run, n));
                for (size_t i = 0; i < ELEMENTSOF(n->label); i++)
                        if (n->label[i])
                                buffer_printf(b, " %s", n->label[i]);
                buffer_putc(b, '/');
        }
}

static void report_node(struct run *run, struct node *n, enum trilean answer,
                        const struct predicate_witness *witness)
{
        _cleanup_buffer_ struct buffer detail = {.max = 4 * FINDING_DETAIL_MAX};
        _cleanup_buffer_ struct buffer identity = {.max = IDENTITY_MAX};
        bool whole = !n->parent || n->parent->multi;
        struct node *at = whole && !run->match->at ? witness->decided : NULL;

        if (!at)
                at = witness->at;
        if (!at)
                at = run->match->at ? node_below(run, run->match->at, n) : witness->decided;
        if (!at)
                at = n;
        if (!report_keeps(run->reporter, run->rule, spot_of_node(at)))
                return;
        tree_template_append(&run->match->detail,
                             &(struct tree_filling){.walk = &run->walk, .at = n}, &detail);
        if (answer == TRILEAN_UNKNOWN)
                append_unknown(&detail, witness->unknown);
        append_identity(run, &identity, at);
        report(run->reporter, run->rule, spot_of_node(at),
               answer == TRILEAN_YES ? CERTAINTY_YES : CERTAINTY_UNKNOWN, 0,
               identity.len > 0 ? identity.data : "", "%s", detail.data ? detail.data : "");
}

/* True if the last name of a path is a bare wildcard: it selects whatever there is. */
static bool ends_in_any(const char *path)
{
        const char *last = strrchr(path, '/');

        path = last ? last + 1 : path;
        return strcmp(path, "*") == 0 || strcmp(path, "**") == 0;
}

static void judge_node(struct run *run, struct node *n)
{
        struct predicate_witness witness = {
                .at_path = run->match->at ? tree_path_text(run->match->at) : NULL,
                .anywhere = !n->parent || n->parent->multi,
        };
        enum trilean answer;

        bool whole = !n->parent || n->parent->multi;
        if ((ends_in_any(tree_path_text(run->match->select)) &&
             (n->type == NODE_SEQUENCE || tree_node_unknown(n))) ||
            (whole && tree_node_unknown(n)))
                return; /* a list's items are selected themselves; any value that is not known
                             might be anything, and says nothing, too; nor does a whole document */
        answer = predicate_list_all(&run->match->where, &run->walk, n, &witness);
        /* each patch leaves most of its object out: there is nothing to tell of */
        if (answer == TRILEAN_UNKNOWN && witness.partial && !witness.unknown)
                return;
        if (answer != TRILEAN_NO)
                report_node(run, n, answer, &witness);
}

/* A list of mappings stands for each of them: what is asked of one thing must not be answered by
 * several of them together. */
static int judge(struct node *n, bool blocked, void *userdata)
{
        if (blocked)
                return 0; /* whether there is anything to select is not known, and so says nothing */
        if (n->type != NODE_SEQUENCE || !n->parent || !n->first || n->first->type != NODE_MAPPING) {
                judge_node(userdata, n);
                return 0;
        }
        NODE_CHILDREN(item, n)
        {
                judge_node(userdata, item);
        }
        return 0;
}

bool tree_match_fits(const struct tree_match *m, const char *format)
{
        for (size_t i = 0; i < m->n_formats; i++)
                if (format && strcmp(m->formats[i], format) == 0)
                        return true;
        /* the keys of a tree of an own shape are its reader's: by chance they are anything */
        return m->n_formats == 0 && !format_has_own_shape(format);
}

unsigned tree_match_names(const struct tree_match *m, uint16_t *ret, unsigned max,
                          bool *ret_if_known)
{
        unsigned n = tree_path_names(m->select, ret, max);

        *ret_if_known = n == 0;
        return n ?: predicate_list_names(&m->where, ret, max);
}

void tree_match_run(const struct tree_match *m, const struct rule *rule, const struct subject *s,
                    struct reporter *r)
{
        struct run run = {
                .match = m,
                .rule = rule,
                .reporter = r,
                .walk = {.doc = s->doc, .steps = TREE_WALK_STEPS},
                .language = format_is_language(s->format),
        };
        struct node *root = s->doc ? doc_root(s->doc) : NULL;

        if (!root)
                return;
        if (root->multi) {
                NODE_CHILDREN(document, root)
                {
                        (void)tree_path_visit(m->select, &run.walk, document, judge, &run);
                }
        } else {
                (void)tree_path_visit(m->select, &run.walk, root, judge, &run);
        }
        if (run.walk.exhausted)
                scan_result_add_gap(r->result, REASON_PARSER_LIMIT, 0);
}
