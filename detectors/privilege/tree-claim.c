/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the texts that an assertion makes of a document.
 * Does not own: which nodes are looked at (tree-select.c); how a text is filled in (tree-template.c); what is kept of
 * it.
 */
#include "detectors/privilege/tree-claim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "detectors/privilege/tree-select.h"
#include "detectors/privilege/where.h"

#define TEXT_MAX 32768 /* bytes, before it is cut */
#define FOUND_MAX 2048 /* bytes of what `find` finds, with NUL */

struct tree_claim {
        struct tree_select select;
        struct tree_path *each;
        struct where_regex *find;
        struct tree_template text;
};

static int claim_set(struct tree_claim *c, const struct node *v, struct ruleset_error *reterr)
{
        static const char *const keys[] = {"format", "select", "where", "each", "find"};
        int r = tree_select_set(&c->select, v, reterr);

        if (r != 0)
                return r < 0 ? r : 0;
        if (strcmp(v->key, "each") == 0)
                return tree_select_path(&c->each, v, reterr);
        if (strcmp(v->key, "find") == 0)
                return where_regex_new(&c->find, v, reterr);
        const char *nearest = text_nearest(v->key, keys, ELEMENTSOF(keys));
        return where_error(reterr, v, "the tree of an assertion has no such key%s%s",
                           nearest ? "; meant is perhaps " : "", nearest ? nearest : "");
}

int tree_claim_new(struct tree_claim **ret, const struct node *tree, const struct node *text,
                   struct ruleset_error *reterr)
{
        _cleanup_(tree_claim_freep) struct tree_claim *c = calloc(1, sizeof(*c));
        int r = 0;

        if (!c)
                return -ENOMEM;
        if (tree->type != NODE_MAPPING)
                return where_error(reterr, tree, "'tree' is a mapping with `select`");
        NODE_CHILDREN(v, tree)
        {
                r = node_get(tree, v->key) == v ? claim_set(c, v, reterr)
                                                : where_error(reterr, v, "is given twice");
                if (r < 0)
                        return r;
        }
        if (!c->select.path)
                return where_error(reterr, tree, "'tree' needs `select`");
        r = tree_template_new(&c->text, text, reterr);
        if (r < 0)
                return r;
        *ret = take_ptr(&c);
        return 0;
}

struct tree_claim *tree_claim_free(struct tree_claim *c)
{
        if (!c)
                return NULL;
        tree_select_done(&c->select);
        (void)tree_path_free(c->each);
        (void)where_regex_free(c->find);
        tree_template_done(&c->text);
        free(c);
        return NULL;
}

bool tree_claim_fits(const struct tree_claim *c, const char *format)
{
        return tree_select_fits(&c->select, format);
}

unsigned tree_claim_names(const struct tree_claim *c, uint16_t *ret, unsigned max,
                          bool *ret_if_known)
{
        unsigned n = c->each ? tree_path_names(c->each, ret, max) : 0;

        *ret_if_known = false;
        /* what there is one text for each of is more telling than where that is looked for */
        return n ?: tree_select_names(&c->select, ret, max, ret_if_known);
}

/* --- running ---- */

struct run {
        const struct tree_claim *claim;
        struct tree_walk walk;
        tree_claim_fn fn;
        void *userdata;
        struct node *at;      /* what was selected */
        enum trilean certain; /* that it was */
};

static void say(struct run *run, struct node *each, const char *found)
{
        _cleanup_buffer_ struct buffer text = {.max = TEXT_MAX};
        struct tree_filling filling = {
                .walk = &run->walk, .at = run->at, .each = each, .found = found, .all = true};
        const struct node *at = each ? each : run->at;

        tree_template_append(&run->claim->text, &filling, &text);
        if (text.len > 0 && !filling.empty)
                run->fn(run->userdata, text.data, at->line > 0 ? at : run->at,
                        run->certain == TRILEAN_YES && !filling.unknown);
}

/* Once for every match in the text of n. */
static void say_found(struct run *run, struct node *each)
{
        const struct node *n = each ? each : run->at;
        size_t at = 0, from, length;
        char found[FOUND_MAX];

        while (n->text &&
               where_regex_find(run->claim->find, n->text, n->text_len, &at, &from, &length))
                say(run, each, text_printable(found, sizeof(found), n->text + from, length));
}

static void say_value(struct run *run, struct node *each)
{
        bool nothing =
                each && (each->type == NODE_NULL || (each->type == NODE_SEQUENCE && !each->first));

        if (run->claim->find)
                say_found(run, each);
        else if (!nothing || tree_template_has_each_key(&run->claim->text))
                say(run, each, NULL);
}

/* Stops when there are no steps left: of many each would still cost a look at all of them. */
static int say_each(struct node *n, bool blocked, void *userdata)
{
        struct run *run = userdata;

        if (blocked)
                return 0;
        if (n->type != NODE_SEQUENCE || !n->first || tree_node_unknown(n)) {
                say_value(run, n);
                return run->walk.exhausted;
        }
        for (struct node *item = n->first; item && !run->walk.exhausted; item = item->next)
                say_value(run, item);
        return run->walk.exhausted;
}

static void consider(void *userdata, struct node *n)
{
        struct predicate_witness witness = {.at_path = NULL};
        struct run *run = userdata;

        if (run->walk.exhausted)
                return;
        if (n->type == NODE_SEQUENCE && !n->first)
                return; /* a list of none of what was to be selected */
        run->certain = predicate_list_all(&run->claim->select.where, &run->walk, n, &witness);
        /* each patch leaves most of its object out: there is nothing to tell of */
        if (run->certain == TRILEAN_NO ||
            (run->certain == TRILEAN_UNKNOWN && witness.partial && !witness.unknown))
                return;
        run->at = n;
        if (run->claim->each)
                (void)tree_path_visit(run->claim->each, &run->walk, n, say_each, run);
        else
                say_value(run, NULL);
}

bool tree_claim_run(const struct tree_claim *c, const struct subject *s, tree_claim_fn fn,
                    void *userdata)
{
        struct run run = {.claim = c,
                          .walk = {.doc = s->doc, .steps = TREE_WALK_STEPS},
                          .fn = fn,
                          .userdata = userdata};

        tree_select_run(&c->select, &run.walk, consider, &run);
        return !run.walk.exhausted;
}
