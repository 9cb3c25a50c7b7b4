/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: loops in HCL's expressions, over what is known, as far as the steps go.
 * Does not own: the expressions in them (hcl-evaluate.c). Groups (`...`) are not made: what they give is
 * not known.
 *
 * The body is read once with nothing known, to find its end and what is wrong with it, then once for each
 * item. Maps are gone through in the order in which they are written, not of their keys: what is made is
 * looked at as a whole.
 * Source: the HCL native syntax specification, "For Expressions".
 */
#include "detectors/formats/hcl-for.h"

#include <string.h>

#include "common/base/macros.h"

struct name {
        const char *s;
        size_t n;
};

struct loop {
        struct name names[2]; /* of the key, if there are two, and of the value */
        unsigned n_names;
        struct resolve_rest body; /* what stands behind the colon */
};

static bool take_word(struct expression *p, const char *word)
{
        resolve_skip_blanks(&p->rest);
        size_t n = strlen(word);

        if (hcl_name_length(p) != n || memcmp(p->rest.s, word, n) != 0)
                return false;
        p->rest.s += n;
        return true;
}

bool hcl_for_begins(const struct expression *p)
{
        struct expression ahead = *p;

        if (!take_word(&ahead, "for"))
                return false;
        resolve_skip_blanks(&ahead.rest);
        return hcl_name_length(&ahead) > 0;
}

static bool take_names(struct expression *p, struct loop *l)
{
        do {
                resolve_skip_blanks(&p->rest);
                struct name name = {p->rest.s, hcl_name_length(p)};

                if (name.n == 0 || l->n_names == ELEMENTSOF(l->names))
                        return false;
                l->names[l->n_names++] = name;
                p->rest.s += name.n;
        } while (resolve_take(&p->rest, ","));
        return take_word(p, "in");
}

/* Reads the body to the closing bracket. *ret_known: whether what it makes of this item, which is added
 * to `made` (NULL: it is only read), is known. */
static void run(struct expression *p, struct node *made, bool map, bool *ret_known)
{
        const struct node *key = map ? expression_value(p) : NULL;
        int wanted = 1;

        if (p->bad || (map && !resolve_take(&p->rest, "=>"))) {
                p->bad = true;
                return;
        }
        resolve_skip_blanks(&p->rest);
        const char *source = p->rest.s;
        const struct node *value = expression_value(p);
        size_t n = (size_t)(p->rest.s - source);
        bool group = !p->bad && resolve_take(&p->rest, "...");
        if (!p->bad && take_word(p, "if")) {
                const struct node *condition = expression_value(p);

                wanted = condition ? node_truth(condition) : -1;
        }
        if (p->bad || !resolve_take(&p->rest, map ? "}" : "]")) {
                p->bad = true;
                return;
        }
        if (group || wanted < 0 || (map && !(key && node_text(key))))
                *ret_known = false;
        else if (made && wanted)
                hcl_add(p, made, map ? node_text(key) : NULL, value, source, n);
}

static struct node *key_of(struct expression *p, const struct node *item, unsigned index)
{
        char digits[16];
        unsigned n = 0;

        if (item->key)
                return resolve_string(p->r, p->at, item->key, strlen(item->key));
        do
                digits[sizeof(digits) - ++n] = (char)('0' + index % 10);
        while ((index /= 10) > 0);
        return resolve_string(p->r, p->at, digits + sizeof(digits) - n, n);
}

/* The body with the item's names; the rest of p stays where it is. */
static bool run_with(struct expression *p, const struct loop *l, const struct node *key,
                     const struct node *value, struct node *made, bool map)
{
        struct expression body = *p;
        struct resolve_scope of_value = {.outer = p->r->scope,
                                         .name = l->names[l->n_names - 1].s,
                                         .n = l->names[l->n_names - 1].n,
                                         .value = value};
        struct resolve_scope of_key = {
                .outer = &of_value, .name = l->names[0].s, .n = l->names[0].n, .value = key};
        bool known = true;

        body.rest = l->body;
        p->r->scope = l->n_names == 2 ? &of_key : &of_value;
        run(&body, made, map, &known);
        p->r->scope = of_value.outer;
        if (!made)
                p->rest = body.rest;
        p->bad = p->bad || body.bad;
        return known && !body.bad;
}

const struct node *hcl_for(struct expression *p, struct node *made)
{
        bool map = made->type == NODE_MAPPING;
        struct loop l = {.n_names = 0};
        unsigned index = 0;

        if (!take_word(p, "for") || !take_names(p, &l))
                return expression_bad(p);
        const struct node *items = expression_value(p);
        if (p->bad || !resolve_take(&p->rest, ":"))
                return expression_bad(p);
        l.body = p->rest;
        (void)run_with(p, &l, NULL, NULL, NULL, map);
        if (p->bad || !items || (items->type != NODE_SEQUENCE && items->type != NODE_MAPPING))
                return NULL;
        NODE_CHILDREN(item, items)
        {
                const struct node *key = l.n_names == 2 ? key_of(p, item, index++) : NULL;

                if (!run_with(p, &l, key, item, made, map))
                        return NULL;
        }
        return made;
}
