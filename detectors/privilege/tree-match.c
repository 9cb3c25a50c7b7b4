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
#include "detectors/privilege/tree-select.h"
#include "detectors/privilege/tree-template.h"

#define VALUE_MAX 96      /* bytes of a value that is shown in the reasoning */
#define IDENTITY_MAX 1024 /* bytes */
#define IDENTITY_DEPTH 4u /* of the values of a statement */

struct tree_match {
        struct tree_select select;
        struct tree_path *at;
        struct tree_template detail;
};

/* --- reading a rule ------------------------------------------------------------------------ */

static int match_set(struct tree_match *m, const struct node *v, struct ruleset_error *reterr)
{
        static const char *const keys[] = {"format", "select", "where", "at", "detail"};

        int r = tree_select_set(&m->select, v, reterr);

        if (r != 0)
                return r < 0 ? r : 0;
        if (strcmp(v->key, "at") == 0)
                return tree_select_path(&m->at, v, reterr);
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
        if (r == 0 && !m->select.path)
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
        tree_select_done(&m->select);
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

static void judge_node(void *userdata, struct node *n)
{
        struct run *run = userdata;
        struct predicate_witness witness = {
                .at_path = run->match->at ? tree_path_text(run->match->at) : NULL,
                .anywhere = !n->parent || n->parent->multi,
        };
        enum trilean answer;

        answer = predicate_list_all(&run->match->select.where, &run->walk, n, &witness);
        /* each patch leaves most of its object out: there is nothing to tell of */
        if (answer == TRILEAN_UNKNOWN && witness.partial && !witness.unknown)
                return;
        if (answer != TRILEAN_NO)
                report_node(run, n, answer, &witness);
}

bool tree_match_fits(const struct tree_match *m, const char *format)
{
        return tree_select_fits(&m->select, format);
}

unsigned tree_match_names(const struct tree_match *m, uint16_t *ret, unsigned max,
                          bool *ret_if_known)
{
        return tree_select_names(&m->select, ret, max, ret_if_known);
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

        tree_select_run(&m->select, &run.walk, judge_node, &run);
        if (run.walk.exhausted)
                scan_result_add_gap(r->result, REASON_PARSER_LIMIT, 0);
}
