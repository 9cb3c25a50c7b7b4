/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which nodes of a document are references, and putting what they refer to in their place,
 * within limits.
 * Does not own: what a reference means (hcl-evaluate.c, resolve-bicep.c, resolve-cfn.c,
 * resolve-words.c, resolve-ansible.c, resolve-helm.c).
 *
 * A document in document order, and the JSON texts in it. What was put in place is looked at as
 * well: it may hold further references. Names that refer to themselves end at the document's depth
 * or at the limit of steps.
 */
#include "detectors/formats/resolve.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/hcl-calls.h"
#include "detectors/formats/hcl-evaluate.h"
#include "detectors/formats/resolve-ansible.h"
#include "detectors/formats/resolve-bicep.h"
#include "detectors/formats/resolve-cfn.h"
#include "detectors/formats/resolve-docker.h"
#include "detectors/formats/resolve-helm.h"
#include "detectors/formats/resolve-internal.h"
#include "detectors/formats/resolve-kustomize.h"
#include "detectors/formats/resolve-words.h"

#define STEPS_MAX 100000u
#define LOOKS_MAX 3000000u
#define STRING_MAX ((size_t)64 << 10)

struct walk {
        struct resolver *r;
        resolve_fn resolve;
        bool embedded; /* texts that hold JSON are looked into */
};

bool resolve_step(struct resolver *r)
{
        if (r->steps_left > 0)
                r->steps_left--;
        return r->steps_left > 0;
}

bool resolve_look(struct resolver *r, const struct node *n)
{
        uint32_t looks = n ? n->count + 1 : 1;

        if (looks > r->looks_left) {
                r->looks_left = r->steps_left = 0;
                return false;
        }
        r->looks_left -= looks;
        return true;
}

struct node *resolve_get(struct resolver *r, const struct node *n, const char *key)
{
        return resolve_look(r, n) ? node_get(n, key) : NULL;
}

struct node *resolve_string(struct resolver *r, const struct node *at, const char *text, size_t n)
{
        char *copy = n <= STRING_MAX ? doc_text(r->doc, text, n) : NULL;
        struct node *string =
                copy ? doc_node(r->doc, NODE_STRING, at->line, at->column, at->offset) : NULL;

        if (!string)
                return NULL;
        node_set_text(string, copy, n);
        string->quoted = true;
        doc_keep_placed(r->doc, string, false);
        return string;
}

/* What is copied costs as much as what is looked at. */
bool resolve_count(struct resolver *r, const struct node *value)
{
        const struct node *n = value;

        for (;;) {
                if (!resolve_step(r))
                        return false;
                if (n->first) {
                        n = n->first;
                        continue;
                }
                while (n != value && !n->next)
                        n = n->parent;
                if (n == value)
                        return true;
                n = n->next;
        }
}

static bool is_in(const struct node *n, const struct node *container)
{
        for (; n; n = n->parent)
                if (n == container)
                        return true;
        return false;
}

struct placing {
        struct doc *doc;
        const struct node *place;
};

static int take_place(struct node *n, void *userdata)
{
        const struct placing *p = userdata;

        node_place(n, p->place);
        doc_place_source(p->doc, n);
        return 0;
}

void resolve_place(struct resolver *r, const struct node *at, struct node *n)
{
        struct placing p = {r->doc, at};

        (void)node_walk(n, take_place, &p);
}

static bool is_foreign(const struct resolver *r, const struct node *value)
{
        for (size_t i = 0; i < r->n_peers; i++)
                if (r->peers[i].root && is_in(value, r->peers[i].root))
                        return true;
        return false;
}

const struct node *resolve_import(struct resolver *r, const struct node *at,
                                  const struct node *value)
{
        if (!value || !is_foreign(r, value))
                return value;
        struct node *copy = resolve_count(r, value) ? doc_node(r->doc, value->type, at->line,
                                                               at->column, at->offset)
                                                    : NULL;
        if (!copy || doc_become(r->doc, copy, value) < 0)
                return NULL;
        resolve_place(r, at, copy);
        return copy;
}

bool resolve_become(struct resolver *r, struct node *n, const struct node *value)
{
        return value && !is_in(n, value) && resolve_count(r, value) &&
               doc_become(r->doc, n, value) == 0;
}

void resolve_skip_blanks(struct resolve_rest *rest)
{
        while (rest->s < rest->end && isspace((unsigned char)*rest->s))
                rest->s++;
}

bool resolve_take(struct resolve_rest *rest, const char *token)
{
        size_t n = strlen(token);

        resolve_skip_blanks(rest);
        if ((size_t)(rest->end - rest->s) < n || memcmp(rest->s, token, n) != 0)
                return false;
        rest->s += n;
        return true;
}

size_t resolve_take_name(struct resolve_rest *rest, char *dst, size_t size)
{
        size_t n = 0;

        while (rest->s + n < rest->end &&
               (isalnum((unsigned char)rest->s[n]) || rest->s[n] == '_')) {
                if (n + 1 == size)
                        return 0;
                dst[n] = rest->s[n];
                n++;
        }
        dst[n] = '\0';
        rest->s += n;
        return n;
}

/* What closes the reference whose inside begins at s; NULL if nothing does. */
static const char *closing(const char *s, const char *end, const struct resolve_marks *marks)
{
        unsigned open = 1;

        if (!marks->nested)
                return memmem(s, (size_t)(end - s), marks->close, strlen(marks->close));
        for (; s < end; s++)
                if (*s == '{')
                        open++;
                else if (*s == '}' && --open == 0)
                        return s;
        return NULL;
}

static const struct node *mixed(struct resolver *r, const struct node *n,
                                const struct resolve_marks *marks, resolve_piece_fn piece)
{
        _cleanup_free_ char *text = malloc(STRING_MAX);
        const char *s = n->text, *end = s + n->text_len;
        const size_t width = strlen(marks->open);
        size_t used = 0;

        while (text && s < end) {
                const char *open = memmem(s, (size_t)(end - s), marks->open, width), *from = s;
                size_t k = (size_t)((open ? open : end) - s);

                if (open == s) {
                        const char *close = closing(s + width, end, marks);
                        const struct node *value =
                                close ? piece(r, n, s + width, (size_t)(close - s) - width) : NULL;

                        if (!value || !node_text(value) || value->type == NODE_NULL)
                                return NULL;
                        from = value->text;
                        k = value->text_len;
                        s = close + strlen(marks->close);
                } else
                        s += k;
                if (used + k > STRING_MAX)
                        return NULL;
                memcpy(text + used, from, k);
                used += k;
        }
        return text ? resolve_string(r, n, text, used) : NULL;
}

const struct node *resolve_text(struct resolver *r, const struct node *n,
                                const struct resolve_marks *marks, resolve_piece_fn piece)
{
        const size_t width = strlen(marks->open);

        if (n->first || !n->text || !memmem(n->text, n->text_len, marks->open, width))
                return NULL;
        const char *end = n->text + n->text_len, *inside = n->text + width;
        const char *close = n->text_len > width && memcmp(n->text, marks->open, width) == 0
                                    ? closing(inside, end, marks)
                                    : NULL;
        return close && close + strlen(marks->close) == end
                       ? piece(r, n, inside, (size_t)(close - inside))
                       : mixed(r, n, marks, piece);
}

static bool resolve_hcl(struct resolver *r, struct node *n)
{
        /* JSON with templates in it is resolved inside */
        if (n->type != NODE_UNKNOWN || doc_source(n))
                return false;
        return resolve_become(r, n, hcl_evaluate(r, n));
}

static int visit(struct node *n, void *userdata)
{
        struct walk *w = userdata;

        if (!resolve_step(w->r))
                return 1;
        (void)w->resolve(w->r, n);
        struct node *tree =
                w->embedded && !n->first && doc_source(n) ? doc_embedded(w->r->doc, n) : NULL;
        return tree && tree != n ? node_walk(tree, visit, w) : 0;
}

static bool has_definitions(const struct node *root)
{
        return node_get(root, "variable") || node_get(root, "locals");
}

bool doc_defines(struct doc *d, const char *format)
{
        const struct node *root = doc_root(d);

        return root && strcmp(format, "hcl") == 0 &&
               (has_definitions(root) || hcl_calls_here(root));
}

static resolve_fn resolver_of(const struct resolver *r, const char *format)
{
        const struct node *root = doc_root(r->doc);

        if (strcmp(format, "hcl") == 0)
                return resolve_hcl;
        if (strcmp(format, "dockerfile") == 0)
                return resolve_docker;
        if (strcmp(format, "bicep") == 0)
                return resolve_bicep;
        if (strcmp(format, "yaml") == 0 && resolve_helm_fits(r))
                return resolve_helm;
        if (strcmp(format, "json") != 0 && strcmp(format, "yaml") != 0)
                return NULL;
        if (!root->multi && resolve_cfn_fits(root))
                return resolve_cfn;
        if (!root->multi && resolve_words_fits(root))
                return resolve_words;
        return resolve_ansible_role(r) || (!root->multi && resolve_ansible_fits(root))
                       ? resolve_ansible
                       : NULL;
}

struct resolver resolver_of_doc(struct doc *d, const struct resolve_peer *peers, size_t n_peers)
{
        return (struct resolver){.doc = d,
                                 .peers = peers,
                                 .n_peers = n_peers,
                                 .steps_left = STEPS_MAX,
                                 .looks_left = LOOKS_MAX};
}

int doc_resolve(struct doc *d, const char *format, const struct resolve_peer *peers, size_t n_peers)
{
        struct resolver r = resolver_of_doc(d, peers, n_peers);
        struct node *root = doc_root(d);

        if (!format || !root || doc_error(d) < 0)
                return 0;
        if ((strcmp(format, "yaml") == 0 || strcmp(format, "json") == 0) &&
            resolve_kustomize_fits(root))
                resolve_kustomize(&r);
        struct walk w = {.r = &r, .resolve = resolver_of(&r, format)};
        if (!w.resolve)
                return 0;
        w.embedded = w.resolve == resolve_hcl;
        (void)node_walk(doc_root(d), visit, &w);
        if (doc_error(d) < 0)
                return doc_error(d);
        return r.steps_left > 0 ? 0 : -E2BIG;
}
