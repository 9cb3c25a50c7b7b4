/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the `where` entries of the tree matcher: reading them from a rule, and evaluating them
 * over a document.
 * Does not own: the document and the rule's text, both borrowed during the call only.
 * Why three values: a rule about `role = var.role` can neither be said to hold nor not to;
 * whoever reads the finding must learn that.
 */
#include "detectors/privilege/predicate.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "common/base/text.h"
#include "detectors/privilege/time-span.h"

#define NESTING_MAX 8

struct predicate {
        struct tree_path *path; /* NULL: the node itself */
        struct where_words equals, not_equals, contains;
        struct where_regex *matches, *not_matches;
        enum where_ask absent, truth, literal;
        bool has_greater, has_less;
        double greater, less;
        double unit; /* seconds of a bare number; 0: numbers are no time */
        struct predicate_list any, all, none;
};

/* --- reading a rule ------------------------------------------------------------------------ */

static int bound_new(bool *ret_has, double *ret, double unit, const struct node *config,
                     struct ruleset_error *reterr)
{
        const char *text = node_text(config);

        *ret_has = text && time_span_parse(text, unit > 0 ? unit : 1, ret);
        return *ret_has ? 0 : where_error(reterr, config, "a number is expected here");
}

static int path_new(struct tree_path **ret, const struct node *config, struct ruleset_error *reterr)
{
        const char *text = node_text(config), *error = NULL;
        int r;

        if (!text)
                return where_error(reterr, config, "a path is expected here");
        r = tree_path_new(ret, text, &error);
        return r == -EBADMSG ? where_error(reterr, config, "%s", error) : r;
}

static int unit_new(double *ret, const struct node *config, struct ruleset_error *reterr)
{
        const char *text = config ? node_text(config) : NULL;

        if (!config)
                return 0;
        *ret = text ? time_span_unit(text) : 0;
        return *ret > 0 ? 0 : where_error(reterr, config, "a unit of time is expected here");
}

static int list_new(struct predicate_list *ret, const struct node *config, unsigned depth,
                    struct ruleset_error *reterr);

static int predicate_set(struct predicate *p, const struct node *v, unsigned depth,
                         struct ruleset_error *reterr)
{
        static const char *const keys[] = {"path",        "equals", "not-equals", "matches",
                                           "not-matches", "absent", "truth",      "contains",
                                           "greater",     "less",   "unit",       "any",
                                           "all",         "none",   "literal"};
        const char *key = v->key;

        if (strcmp(key, "path") == 0)
                return path_new(&p->path, v, reterr);
        if (strcmp(key, "equals") == 0)
                return where_words_new(&p->equals, v, reterr);
        if (strcmp(key, "not-equals") == 0)
                return where_words_new(&p->not_equals, v, reterr);
        if (strcmp(key, "contains") == 0)
                return where_words_new(&p->contains, v, reterr);
        if (strcmp(key, "matches") == 0)
                return where_regex_new(&p->matches, v, reterr);
        if (strcmp(key, "not-matches") == 0)
                return where_regex_new(&p->not_matches, v, reterr);
        if (strcmp(key, "absent") == 0)
                return where_ask_new(&p->absent, v, reterr);
        if (strcmp(key, "truth") == 0)
                return where_ask_new(&p->truth, v, reterr);
        if (strcmp(key, "literal") == 0)
                return where_ask_new(&p->literal, v, reterr);
        if (strcmp(key, "greater") == 0)
                return bound_new(&p->has_greater, &p->greater, p->unit, v, reterr);
        if (strcmp(key, "less") == 0)
                return bound_new(&p->has_less, &p->less, p->unit, v, reterr);
        if (strcmp(key, "any") == 0)
                return list_new(&p->any, v, depth + 1, reterr);
        if (strcmp(key, "all") == 0)
                return list_new(&p->all, v, depth + 1, reterr);
        if (strcmp(key, "none") == 0)
                return list_new(&p->none, v, depth + 1, reterr);
        if (strcmp(key, "unit") == 0)
                return 0; /* was read before the bounds */
        const char *nearest = text_nearest(key, keys, ELEMENTSOF(keys));
        return where_error(reterr, v, "no such test%s%s", nearest ? "; meant is perhaps " : "",
                           nearest ? nearest : "");
}

/* Whether the answer depends on what the value is. */
static bool asks_value(const struct predicate *p)
{
        return p->equals.n > 0 || p->not_equals.n > 0 || p->matches || p->not_matches ||
               p->truth != ASK_NOT || p->has_greater || p->has_less;
}

static bool asks_scalar(const struct predicate *p)
{
        return asks_value(p) || p->literal != ASK_NOT;
}

static bool asks_content(const struct predicate *p)
{
        return asks_scalar(p) || p->contains.n > 0 || p->any.n > 0 || p->all.n > 0 || p->none.n > 0;
}

static int predicate_new(struct predicate *p, const struct node *config, unsigned depth,
                         struct ruleset_error *reterr)
{
        int r;

        if (config->type != NODE_MAPPING)
                return where_error(reterr, config, "a mapping of path and tests is expected here");
        r = unit_new(&p->unit, node_get(config, "unit"), reterr);
        NODE_CHILDREN(v, r == 0 ? config : NULL)
        {
                r = node_get(config, v->key) == v ? predicate_set(p, v, depth, reterr)
                                                  : where_error(reterr, v, "is given twice");
                if (r < 0)
                        break;
        }
        if (r < 0)
                return r;
        if (p->absent == ASK_TRUE && asks_content(p))
                return where_error(reterr, config, "what is absent cannot be tested further");
        if (p->absent == ASK_NOT && !asks_content(p))
                return where_error(reterr, config, "there is no test here");
        return 0;
}

static int list_new(struct predicate_list *ret, const struct node *config, unsigned depth,
                    struct ruleset_error *reterr)
{
        size_t n = config->type == NODE_SEQUENCE ? config->count : 1;

        if (depth > NESTING_MAX)
                return where_error(reterr, config, "tests are nested too deeply");
        if (n == 0)
                return where_error(reterr, config, "there is no test here");
        ret->items = calloc(n, sizeof(*ret->items));
        if (!ret->items)
                return -ENOMEM;
        NODE_ITEMS(item, config)
        {
                int r = predicate_new(&ret->items[ret->n++], item, depth, reterr);
                if (r < 0)
                        return r;
        }
        return 0;
}

int predicate_list_new(struct predicate_list *ret, const struct node *config,
                       struct ruleset_error *reterr)
{
        struct predicate_list list = {0};
        int r = list_new(&list, config, 0, reterr);

        if (r < 0) {
                predicate_list_done(&list);
                return r;
        }
        *ret = list;
        return 0;
}

void predicate_list_done(struct predicate_list *list)
{
        for (size_t i = 0; i < list->n; i++) {
                struct predicate *p = &list->items[i];

                (void)tree_path_free(p->path);
                where_words_done(&p->equals);
                where_words_done(&p->not_equals);
                where_words_done(&p->contains);
                p->matches = where_regex_free(p->matches);
                p->not_matches = where_regex_free(p->not_matches);
                predicate_list_done(&p->any);
                predicate_list_done(&p->all);
                predicate_list_done(&p->none);
        }
        free(list->items);
        *list = (struct predicate_list){0};
}

/* --- evaluating ---------------------------------------------------------------------------- */

static enum trilean number_tests(const struct predicate *p, const struct node *n, const char *text)
{
        double value;

        if (p->unit > 0 ? !time_span_parse(text, p->unit, &value) : !node_number(n, &value))
                return TRILEAN_NO;
        return tri_bool((!p->has_greater || value > p->greater) &&
                        (!p->has_less || value < p->less));
}

/* True if an expression of Terraform takes its value from another resource or data source
 * ("google_x.y.email", "serviceAccount:${google_x.y.email}") and not from a variable: then it is no
 * constant that a rule could name, and what it refers to is all that there is to look at. */
static bool refers_to_resource(const char *text)
{
        static const char *const open_ended[] = {"var.", "local.", "each.", "count.", "module."};

        for (size_t i = 0; i < ELEMENTSOF(open_ended); i++) {
                const char *at = strstr(text, open_ended[i]);

                if (at && (at == text || !(isalnum((unsigned char)at[-1]) || at[-1] == '_')))
                        return false;
        }
        const char *s = strstr(text, "${");
        s = s ? s + 2 : text;
        if (strncmp(s, "data.", 5) == 0)
                return true;
        size_t type = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");
        return type > 0 && s[type] == '.' && memchr(s, '_', type) != NULL;
}

/* The tests that are about one scalar. */
static enum trilean scalar_tests(const struct predicate *p, const struct node *n)
{
        const char *text = node_text(n);
        enum trilean answer = TRILEAN_YES;

        if (p->literal != ASK_NOT && tree_node_unknown(n) != (p->literal == ASK_FALSE))
                return TRILEAN_NO;
        if (tree_node_unknown(n)) {
                if (p->literal == ASK_FALSE && !asks_value(p))
                        return TRILEAN_YES;
                if (n->type != NODE_UNKNOWN || !n->text || !refers_to_resource(n->text))
                        return TRILEAN_UNKNOWN;
                text = n->text;
        }
        if (!text)
                return TRILEAN_NO;
        if ((p->equals.n > 0 && !where_words_have(&p->equals, text)) ||
            (p->not_equals.n > 0 && where_words_have(&p->not_equals, text)) ||
            (p->truth != ASK_NOT && node_truth(n) != (p->truth == ASK_TRUE)))
                return TRILEAN_NO;
        if (p->has_greater || p->has_less)
                answer = number_tests(p, n, text);
        if (p->matches && answer != TRILEAN_NO)
                answer = tri_min(answer, where_regex_test(p->matches, text, n->text_len));
        if (p->not_matches && answer != TRILEAN_NO)
                answer = tri_min(answer,
                                 tri_not(where_regex_test(p->not_matches, text, n->text_len)));
        return answer;
}

static enum trilean contains_test(const struct where_words *w, const struct node *n)
{
        enum trilean answer = tree_node_unknown(n) ? TRILEAN_UNKNOWN : TRILEAN_NO;

        NODE_ITEMS(item, n)
        {
                const char *text = node_text(item);

                if (item->type == NODE_UNKNOWN && item->text && refers_to_resource(item->text))
                        continue;
                if (tree_node_unknown(item))
                        answer = TRILEAN_UNKNOWN;
                else if (text && where_words_have(w, text))
                        return TRILEAN_YES;
        }
        return answer;
}

/* One walk to the nodes of a predicate's path. */
struct look {
        const struct predicate *p;
        struct tree_walk *walk;
        struct predicate_witness *witness;
        enum trilean best;
        struct node *best_node;
        struct node *met; /* the first that is there */
        bool blocked;
};

static void look_consider(struct look *l, enum trilean answer, struct node *n)
{
        if (answer == TRILEAN_UNKNOWN && !l->witness->unknown && tree_node_unknown(n))
                l->witness->unknown = n;
        l->witness->partial |= answer == TRILEAN_UNKNOWN && tree_node_partial(n);
        if (answer > l->best) {
                l->best = answer;
                l->best_node = n;
        }
}

static enum trilean list_any(const struct predicate_list *list, struct tree_walk *walk,
                             struct node *n, struct predicate_witness *witness)
{
        enum trilean answer = TRILEAN_NO;

        for (size_t i = 0; i < list->n && answer != TRILEAN_YES; i++) {
                struct predicate_list one = {.items = &list->items[i], .n = 1};
                struct node *before = witness->decided;
                enum trilean this = predicate_list_all(&one, walk, n, witness);

                if (this <= answer)
                        witness->decided = before;
                answer = tri_max(answer, this);
        }
        return answer;
}

/* The tests that are about a node as a whole. */
static enum trilean node_tests(const struct look *l, struct node *n)
{
        const struct predicate *p = l->p;
        struct predicate_witness nowhere = {.unknown = l->witness->unknown};
        enum trilean answer = TRILEAN_YES;

        if (p->contains.n > 0)
                answer = contains_test(&p->contains, n);
        if (p->all.n > 0 && answer != TRILEAN_NO)
                answer = tri_min(answer, predicate_list_all(&p->all, l->walk, n, l->witness));
        if (p->any.n > 0 && answer != TRILEAN_NO)
                answer = tri_min(answer, list_any(&p->any, l->walk, n, l->witness));
        if (p->none.n > 0 && answer != TRILEAN_NO) {
                answer = tri_min(answer, tri_not(list_any(&p->none, l->walk, n, &nowhere)));
                l->witness->partial |= nowhere.partial;
                if (!l->witness->unknown)
                        l->witness->unknown = nowhere.unknown;
        }
        return answer;
}

static int look_at(struct node *n, bool blocked, void *userdata)
{
        struct look *l = userdata;
        enum trilean whole;

        if (blocked) {
                l->blocked = true;
                look_consider(l, TRILEAN_UNKNOWN, n);
                return 0;
        }
        if (n->type == NODE_NULL)
                return 0; /* as good as absent */
        if (!l->met)
                l->met = n;
        if (!asks_content(l->p))
                return 0;
        whole = node_tests(l, n);
        if (!asks_scalar(l->p))
                look_consider(l, whole, n);
        else if (n->type != NODE_SEQUENCE)
                look_consider(l, tri_min(whole, scalar_tests(l->p, n)), n);
        else
                NODE_CHILDREN(item, n)
                {
                        look_consider(l, tri_min(whole, scalar_tests(l->p, item)), item);
                }
        return l->best == TRILEAN_YES;
}

static enum trilean absence(const struct look *l)
{
        if (l->met)
                return tri_bool(l->p->absent == ASK_FALSE);
        return l->blocked ? TRILEAN_UNKNOWN : tri_bool(l->p->absent == ASK_TRUE);
}

static enum trilean predicate_test(const struct predicate *p, struct tree_walk *walk,
                                   struct node *n, struct predicate_witness *witness)
{
        struct look l = {.p = p, .walk = walk, .witness = witness};

        if (p->path)
                (void)tree_path_visit(p->path, walk, n, look_at, &l);
        else
                (void)look_at(n, false, &l);
        if (!asks_content(p)) {
                witness->decided = l.met;
                return absence(&l);
        }
        /* a list of tests has set it already */
        if (l.best_node && (asks_scalar(p) || p->contains.n > 0))
                witness->decided = l.best_node;
        if (l.best_node && !witness->at && witness->at_path && p->path &&
            strcmp(tree_path_text(p->path), witness->at_path) == 0)
                witness->at = l.best_node;
        /* of a sequence that is tested by itself the item decides, of a whole document what is in
         * it */
        if (l.best_node && l.best_node != n && !witness->at && !witness->at_path &&
            (!p->path || witness->anywhere))
                witness->at = l.best_node;
        return l.best;
}

unsigned predicate_list_names(const struct predicate_list *list, uint16_t *ret, unsigned max)
{
        unsigned n = 0;

        for (size_t i = 0; i < list->n && n == 0; i++) {
                const struct predicate *p = &list->items[i];

                if (p->path && (asks_content(p) || p->absent == ASK_FALSE))
                        n = tree_path_names(p->path, ret, max);
        }
        return n;
}

enum trilean predicate_list_all(const struct predicate_list *list, struct tree_walk *walk,
                                struct node *n, struct predicate_witness *witness)
{
        enum trilean answer = TRILEAN_YES;

        for (size_t i = 0; i < list->n && answer != TRILEAN_NO; i++)
                answer = tri_min(answer, predicate_test(&list->items[i], walk, n, witness));
        return answer;
}
