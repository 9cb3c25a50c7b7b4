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

#define TEXT_MAX 1024 /* bytes, before it is cut */

struct tree_claim {
        struct tree_select select;
        struct tree_path *each;
        struct tree_template text;
};

static int claim_set(struct tree_claim *c, const struct node *v, struct ruleset_error *reterr)
{
        static const char *const keys[] = {"format", "select", "where", "each"};
        int r = tree_select_set(&c->select, v, reterr);

        if (r != 0)
                return r < 0 ? r : 0;
        if (strcmp(v->key, "each") == 0)
                return tree_select_path(&c->each, v, reterr);
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
        tree_template_done(&c->text);
        free(c);
        return NULL;
}

bool tree_claim_fits(const struct tree_claim *c, const char *format)
{
        return tree_select_fits(&c->select, format);
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

static void say(struct run *run, const struct node *each)
{
        _cleanup_buffer_ struct buffer text = {.max = TEXT_MAX};
        struct tree_filling filling = {
                .walk = &run->walk, .at = run->at, .each = each, .lists = true};
        const struct node *at = each ? each : run->at;

        tree_template_append(&run->claim->text, &filling, &text);
        /* one that is too long is cut: better than none */
        if (text.len > 0)
                run->fn(run->userdata, text.data, at->line > 0 ? at : run->at,
                        run->certain == TRILEAN_YES && !filling.unknown);
}

static int say_each(struct node *n, bool blocked, void *userdata)
{
        struct run *run = userdata;

        if (blocked || tree_node_unknown(n)) {
                if (!blocked)
                        say(run, n);
                return 0;
        }
        NODE_ITEMS(item, n)
        {
                say(run, item);
        }
        return 0;
}

static void consider(void *userdata, struct node *n)
{
        struct predicate_witness witness = {.at_path = NULL};
        struct run *run = userdata;

        run->certain = predicate_list_all(&run->claim->select.where, &run->walk, n, &witness);
        if (run->certain == TRILEAN_NO)
                return;
        run->at = n;
        if (run->claim->each)
                (void)tree_path_visit(run->claim->each, &run->walk, n, say_each, run);
        else
                say(run, NULL);
}

void tree_claim_run(const struct tree_claim *c, const struct subject *s, tree_claim_fn fn,
                    void *userdata)
{
        struct run run = {.claim = c,
                          .walk = {.doc = s->doc, .steps = TREE_WALK_STEPS},
                          .fn = fn,
                          .userdata = userdata};

        tree_select_run(&c->select, &run.walk, consider, &run);
}
