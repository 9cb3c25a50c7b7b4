/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which nodes of a document are looked at for a rule or an assertion.
 * Does not own: paths (tree-path.c) and tests (predicate.c); what follows from a node.
 */
#include "detectors/privilege/tree-select.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "detectors/formats/format.h"
#include "detectors/privilege/where.h"

/* --- reading ---- */

static int formats_new(struct tree_select *s, const struct node *config,
                       struct ruleset_error *reterr)
{
        NODE_ITEMS(item, config)
        {
                const char *text = node_text(item);

                if (!text || s->n_formats == TREE_FORMATS_MAX)
                        return where_error(reterr, item,
                                           "at most %d names of formats are expected here",
                                           TREE_FORMATS_MAX);
                s->formats[s->n_formats] = strdup(text);
                if (!s->formats[s->n_formats++])
                        return -ENOMEM;
        }
        return 0;
}

int tree_select_path(struct tree_path **ret, const struct node *config,
                     struct ruleset_error *reterr)
{
        const char *text = node_text(config), *error = NULL;

        if (!text)
                return where_error(reterr, config, "a path is expected here");
        int r = tree_path_new(ret, text, &error);
        return r == -EBADMSG ? where_error(reterr, config, "%s", error) : r;
}

int tree_select_set(struct tree_select *s, const struct node *v, struct ruleset_error *reterr)
{
        int r;

        if (strcmp(v->key, "format") == 0)
                r = formats_new(s, v, reterr);
        else if (strcmp(v->key, "select") == 0)
                r = tree_select_path(&s->path, v, reterr);
        else if (strcmp(v->key, "where") == 0)
                r = predicate_list_new(&s->where, v, reterr);
        else
                return 0;
        return r < 0 ? r : 1;
}

void tree_select_done(struct tree_select *s)
{
        for (size_t i = 0; i < s->n_formats; i++)
                free(s->formats[i]);
        (void)tree_path_free(s->path);
        predicate_list_done(&s->where);
}

/* --- asking ---- */

bool tree_select_fits(const struct tree_select *s, const char *format)
{
        for (size_t i = 0; i < s->n_formats; i++)
                if (format && strcmp(s->formats[i], format) == 0)
                        return true;
        /* the keys of a tree of an own shape are its reader's: by chance they are anything */
        return s->n_formats == 0 && !format_has_own_shape(format);
}

unsigned tree_select_names(const struct tree_select *s, uint16_t *ret, unsigned max,
                           bool *ret_if_known)
{
        unsigned n = tree_path_names(s->path, ret, max);

        *ret_if_known = n == 0;
        return n ?: predicate_list_names(&s->where, ret, max);
}

/* --- running ---- */

struct run {
        const struct tree_select *select;
        void (*fn)(void *userdata, struct node *n);
        void *userdata;
};

/* True if the last name of a path is a bare wildcard: it selects whatever there is. */
static bool ends_in_any(const char *path)
{
        const char *last = strrchr(path, '/');

        path = last ? last + 1 : path;
        return strcmp(path, "*") == 0 || strcmp(path, "**") == 0;
}

static void consider(const struct run *run, struct node *n)
{
        bool whole = !n->parent || n->parent->multi;

        if ((ends_in_any(tree_path_text(run->select->path)) &&
             (n->type == NODE_SEQUENCE || tree_node_unknown(n))) ||
            (whole && tree_node_unknown(n)))
                return; /* a list's items are selected themselves; any value that is not known
                             might be anything, and says nothing, too; nor does a whole document */
        run->fn(run->userdata, n);
}

/* A list of mappings stands for each of them: what is asked of one thing must not be answered by
 * several of them together. */
static int selected(struct node *n, bool blocked, void *userdata)
{
        const struct run *run = userdata;

        if (blocked)
                return 0; /* whether there is anything to select is not known, and so says nothing */
        if (n->type != NODE_SEQUENCE || !n->parent || !n->first || n->first->type != NODE_MAPPING) {
                consider(run, n);
                return 0;
        }
        NODE_CHILDREN(item, n)
        {
                consider(run, item);
        }
        return 0;
}

void tree_select_run(const struct tree_select *s, struct tree_walk *walk,
                     void (*fn)(void *userdata, struct node *n), void *userdata)
{
        struct node *root = walk->doc ? doc_root(walk->doc) : NULL;
        struct run run = {s, fn, userdata};

        if (!root)
                return;
        if (!root->multi) {
                (void)tree_path_visit(s->path, walk, root, selected, &run);
                return;
        }
        NODE_CHILDREN(document, root)
        {
                (void)tree_path_visit(s->path, walk, document, selected, &run);
        }
}
