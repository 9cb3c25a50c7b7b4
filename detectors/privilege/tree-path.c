/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: parsing path expressions and following them through a document tree.
 * Does not own: the document; what is asked of the nodes that are reached.
 * Why recursion: a path is followed depth first, and the depth of a document is bounded where
 * it is made; a budget of steps bounds the rest, so that no document makes a rule slow.
 */
#include "detectors/privilege/tree-path.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include "detectors/formats/key-index.h"

#define LABELS_MAX 2
#define SEGMENTS_MAX 24
#define LOOSE_MAX 128
#define INDEXED_MAX 32u /* names of a segment that are looked up; of more, all keys are looked at */
/* More `**` would make the walk cubic in the depth. */
#define DEEP_MAX 2

enum segment_type { SEGMENT_NAME, SEGMENT_ANY, SEGMENT_DEEP };

struct name {
        const char *text;
        size_t n;
        bool glob;
};

struct segment {
        uint8_t first[32]; /* bit per character that a name may begin with */
        enum segment_type type;
        bool loose;         /* ignoring case, '-' and '_' */
        struct name *names; /* one of these */
        size_t n_names;
        const char *label[LABELS_MAX];     /* globs one behind the other, each with its NUL, … */
        const char *label_end[LABELS_MAX]; /* … until here */
};

struct tree_path {
        char *text;  /* as written */
        char *parts; /* the same, cut into names */
        struct segment segments[SEGMENTS_MAX];
        size_t n;
};

/* Told apart from mistakes in the text by its address. */
static const char no_memory[] = "out of memory";

/* --- parsing ------------------------------------------------------------------------------- */

static void loose_name(char *dst, size_t size, const char *s)
{
        size_t n = 0;

        for (; *s && n + 1 < size; s++)
                if (*s != '-' && *s != '_')
                        dst[n++] = (char)tolower((unsigned char)*s);
        dst[n] = '\0';
}

/* Cuts "a|b" in place. */
static const char *segment_names(struct segment *seg, char *s)
{
        size_t n = 1;

        for (const char *p = s; *p; p++)
                n += *p == '|';
        seg->names = calloc(n, sizeof(*seg->names));
        if (!seg->names)
                return no_memory;
        for (char *bar; s; s = bar) {
                bar = strchr(s, '|');
                if (bar)
                        *bar++ = '\0';
                if (*s == '\0')
                        return "a name in a path must not be empty";
                bool glob = strpbrk(s, "*?\\") != NULL;
                unsigned char first = (unsigned char)*s;

                seg->names[seg->n_names++] = (struct name){.text = s, .n = strlen(s), .glob = glob};
                if (glob)
                        memset(seg->first, 0xff, sizeof(seg->first));
                seg->first[first / 8] |= (uint8_t)(1u << first % 8);
        }
        return NULL;
}

/* Cuts "a|b" between s and end in place. */
static bool cut_label(char *s, const char *end)
{
        bool good = s < end && s[0] != '|' && end[-1] != '|' && !strstr(s, "||");

        for (char *p = s; p < end; p++)
                if (*p == '|')
                        *p = '\0';
        return good;
}

/* Cuts "name[a][b]" in place. */
static const char *segment_labels(struct segment *seg, char *s)
{
        char *open = strchr(s, '[');

        for (size_t i = 0; open && *open; i++) {
                char *close = strchr(open, ']');

                if (*open != '[' || !close || i == LABELS_MAX)
                        return "a label is written name[label] or name[label][label]";
                *open = *close = '\0';
                seg->label[i] = open + 1;
                seg->label_end[i] = close;
                if (!cut_label(open + 1, close))
                        return "a label in a path must not be empty";
                open = close + 1;
        }
        return NULL;
}

static const char *segment_parse(struct segment *seg, char *s)
{
        if (strcmp(s, "**") == 0) {
                seg->type = SEGMENT_DEEP;
                return NULL;
        }
        if (strcmp(s, "*") == 0) {
                seg->type = SEGMENT_ANY;
                return NULL;
        }
        const char *error = segment_labels(seg, s);
        if (error)
                return error;
        seg->type = SEGMENT_NAME;
        seg->loose = *s == '~';
        if (seg->loose)
                loose_name(s, strlen(s), s + 1); /* only ever gets shorter */
        return segment_names(seg, s);
}

static const char *path_parse(struct tree_path *p)
{
        unsigned deep = 0;
        char *s = p->parts;

        if (strcmp(s, ".") == 0)
                return NULL;
        while (s) {
                char *slash = strchr(s, '/');
                const char *error;

                if (slash)
                        *slash++ = '\0';
                if (p->n == SEGMENTS_MAX)
                        return "a path has at most 24 names";
                struct segment *seg = &p->segments[p->n++];
                error = segment_parse(seg, s);
                if (error)
                        return error;
                if (seg->type == SEGMENT_DEEP && ++deep > DEEP_MAX)
                        return "a path has at most two '**'";
                s = slash;
        }
        return NULL;
}

int tree_path_new(struct tree_path **ret, const char *text, const char **reterr)
{
        _cleanup_(tree_path_freep) struct tree_path *p = calloc(1, sizeof(*p));

        if (!p)
                return -ENOMEM;
        p->text = strdup(text);
        p->parts = strdup(text);
        if (!p->text || !p->parts)
                return -ENOMEM;
        const char *error = path_parse(p);
        if (error == no_memory)
                return -ENOMEM;
        if (error) {
                *reterr = error;
                return -EBADMSG;
        }
        *ret = take_ptr(&p);
        return 0;
}

struct tree_path *tree_path_free(struct tree_path *p)
{
        if (p) {
                for (size_t i = 0; i < p->n; i++)
                        free(p->segments[i].names);
                free(p->text);
                free(p->parts);
                free(p);
        }
        return NULL;
}

const char *tree_path_text(const struct tree_path *p)
{
        return p->text;
}

/* Names with wildcards may be anything. */
static bool is_plain(const struct segment *seg)
{
        for (size_t i = 0; i < seg->n_names; i++)
                if (seg->names[i].glob)
                        return false;
        return seg->type == SEGMENT_NAME;
}

unsigned tree_path_names(const struct tree_path *p, uint16_t *ret, unsigned max)
{
        unsigned n = 0;

        /* of the last name: the first ones are often those that many documents have */
        for (size_t i = p->n; i-- > 0 && n == 0;) {
                const struct segment *seg = &p->segments[i];

                if (!is_plain(seg) || seg->n_names > max)
                        continue;
                for (; n < seg->n_names; n++)
                        ret[n] = key_set_bit(seg->names[n].text, seg->names[n].n);
        }
        return n;
}

/* --- following ----------------------------------------------------------------------------- */

bool tree_node_unknown(const struct node *n)
{
        static const char *const functions[] = {"!Ref",  "!GetAtt",    "!ImportValue",
                                                "!If",   "!FindInMap", "!Select",
                                                "!Join", "!Transform"};

        if (n->type == NODE_UNKNOWN)
                return true;
        if (n->type == NODE_MAPPING)
                return n->count == 1 && n->first->key &&
                       (strcmp(n->first->key, "Ref") == 0 ||
                        strncmp(n->first->key, "Fn::", strlen("Fn::")) == 0);
        if (!n->tag)
                return false;
        for (size_t i = 0; i < ELEMENTSOF(functions); i++)
                if (strcmp(n->tag, functions[i]) == 0)
                        return true;
        return strcmp(n->tag, "!Sub") == 0 && n->text && strstr(n->text, "${");
}

bool tree_node_partial(const struct node *n)
{
        return n->type == NODE_MAPPING && n->tag && strcmp(n->tag, "patch") == 0;
}

static int find_unknown(struct node *n, void *userdata)
{
        (void)userdata;
        return tree_node_unknown(n) || tree_node_partial(n) || (n->block && node_get(n, "dynamic"));
}

bool tree_doc_known(struct doc *d)
{
        return node_walk(doc_root(d), find_unknown, NULL) == 0;
}

struct follow {
        const struct tree_path *path;
        struct tree_walk *walk;
        tree_path_fn fn;
        void *userdata;
        bool deep; /* a '**' was passed: unknown values met on the way say nothing */
};

static int follow_from(struct follow *f, struct node *n, size_t i);

static bool name_is(const struct name *name, const char *key, size_t n)
{
        if (name->glob)
                return fnmatch(name->text, key, 0) == 0;
        return name->n == n && memcmp(name->text, key, n) == 0;
}

/* Most keys differ in their first character: nothing is copied or measured for them. */
static bool may_match(const struct segment *seg, const char *key)
{
        while (seg->loose && (*key == '-' || *key == '_'))
                key++;
        unsigned char first = (unsigned char)(seg->loose ? tolower((unsigned char)*key) : *key);
        return seg->first[first / 8] & (1u << first % 8);
}

static bool name_matches(const struct segment *seg, const char *key)
{
        char loose[LOOSE_MAX];

        if (!key || !may_match(seg, key))
                return false;
        if (seg->loose) {
                loose_name(loose, sizeof(loose), key);
                key = loose;
        }
        size_t n = strlen(key);
        for (size_t i = 0; i < seg->n_names; i++)
                if (name_is(&seg->names[i], key, n))
                        return true;
        return false;
}

static bool label_matches(const struct segment *seg, unsigned i, const char *label)
{
        const char *glob = seg->label[i];

        if (!glob)
                return true;
        for (; label && glob < seg->label_end[i]; glob += strlen(glob) + 1)
                if (fnmatch(glob, label, 0) == 0)
                        return true;
        return false;
}

/* How many labels a block of that name has in Terraform. */
static unsigned label_levels(const struct segment *seg, const char *key)
{
        bool two = seg->label[1] ||
                   (key && (strcmp(key, "resource") == 0 || strcmp(key, "data") == 0));

        return two ? 2 : 1;
}

/* Blocks of Terraform's JSON syntax: labels are keys. */
static int follow_json_labels(struct follow *f, const struct segment *seg, struct node *n,
                              unsigned level, unsigned levels, size_t i)
{
        if (n->type == NODE_SEQUENCE || level == levels)
                return follow_from(f, n, i + 1);
        NODE_CHILDREN(child, n->type == NODE_MAPPING ? n : NULL)
        {
                int r = 0;

                if (label_matches(seg, level, child->key))
                        r = follow_json_labels(f, seg, child, level + 1, levels, i);
                if (r != 0)
                        return r;
        }
        return 0;
}

/* The value of a key whose name fits: HCL blocks are tried one by one, by their labels. */
static int follow_value(struct follow *f, const struct segment *seg, struct node *value, size_t i)
{
        if (value->type == NODE_SEQUENCE && value->first && value->first->block) {
                NODE_CHILDREN(block, value)
                {
                        int r = 0;

                        if (label_matches(seg, 0, block->label[0]) &&
                            label_matches(seg, 1, block->label[1]))
                                r = follow_from(f, block, i + 1);
                        if (r != 0)
                                return r;
                }
                return 0;
        }
        if (seg->label[0])
                return follow_json_labels(f, seg, value, 0, label_levels(seg, value->key), i);
        return follow_from(f, value, i + 1);
}

/* True if an HCL body makes blocks of that name by `dynamic`: how many is not known. */
static struct node *dynamic_block(const struct segment *seg, const struct node *body)
{
        struct node *dynamic = body->block ? node_get(body, "dynamic") : NULL;

        NODE_CHILDREN(block, dynamic)
        {
                if (name_matches(seg, block->label[0]))
                        return block;
        }
        return NULL;
}

static int follow_blocked(struct follow *f, struct node *n)
{
        return f->deep ? 0 : f->fn(n, true, f->userdata);
}

/* A look at a key is an eighth of a step: whoever asks a large mapping once for each of its keys has no end otherwise. */
static bool pay_for_keys(struct follow *f, const struct node *n)
{
        unsigned steps = n->count / 8;

        f->walk->exhausted |= steps > f->walk->steps;
        f->walk->steps -= MIN_OF(steps, f->walk->steps);
        return !f->walk->exhausted;
}

/* Looks at the children whose keys fit, in the order of the document. */
static int follow_keys(struct follow *f, struct node *n, size_t i, bool *ret_found)
{
        const struct segment *seg = &f->path->segments[i];

        if (!pay_for_keys(f, n))
                return 0;
        NODE_CHILDREN(child, n)
        {
                if (!name_matches(seg, child->key))
                        continue;
                int r = follow_value(f, seg, child, i);
                if (r != 0)
                        return r;
                *ret_found = true;
        }
        return 0;
}

/* The next child in the order of the document that one of the ranges has, or NULL. */
static struct node *next_indexed(struct key_range *ranges, size_t n)
{
        struct key_range *first = NULL;

        for (size_t i = 0; i < n; i++)
                if (ranges[i].next < ranges[i].end &&
                    (!first || ranges[i].next->order < first->next->order))
                        first = &ranges[i];
        return first ? (first->next++)->child : NULL;
}

/* The same as follow_keys() by the index of n. False if it has none, or there is a name with wildcards. */
static bool follow_index(struct follow *f, struct node *n, size_t i, bool *ret_found, int *ret)
{
        const struct segment *seg = &f->path->segments[i];
        struct key_range ranges[INDEXED_MAX];
        const struct node *last = NULL;

        if (seg->n_names > ELEMENTSOF(ranges))
                return false;
        for (size_t k = 0; k < seg->n_names; k++)
                if (seg->names[k].glob ||
                    !key_index_find(n, seg->names[k].text, seg->names[k].n, &ranges[k]))
                        return false;
        for (struct node *child; *ret == 0 && (child = next_indexed(ranges, seg->n_names));) {
                /* two names may have the same range */
                if (child == last || !name_matches(seg, child->key))
                        continue;
                last = child;
                *ret_found = true;
                *ret = follow_value(f, seg, child, i);
        }
        return true;
}

static int follow_items(struct follow *f, struct node *n, size_t i)
{
        int r = 0;

        for (struct node *item = n->first; item && r == 0; item = item->next)
                r = follow_from(f, item, i);
        return r;
}

static int follow_name(struct follow *f, struct node *n, size_t i)
{
        const struct segment *seg = &f->path->segments[i];
        bool found = false;
        int r = 0;

        if (n->type == NODE_SEQUENCE && n->first)
                return follow_items(f, n, i);
        if (!n->index || !follow_index(f, n, i, &found, &r))
                r = follow_keys(f, n, i, &found);
        if (r != 0 || found)
                return r;
        struct node *dynamic = dynamic_block(seg, n);
        if (dynamic)
                return follow_blocked(f, dynamic);
        return tree_node_unknown(n) || tree_node_partial(n) ? follow_blocked(f, n) : 0;
}

/* Nothing is below it, and it is no string that could hold a document. */
static bool is_leaf(const struct node *n)
{
        return !n->first && (!n->text || !strchr("{[ \t\r\n", n->text[0]));
}

static int follow_deep(struct follow *f, struct node *n, size_t i)
{
        /* below '**' a name or '*' needs a container, and '**' at the end means containers; most
         * nodes are none, and there are many rules */
        bool last = i + 1 == f->path->n;
        bool below = last || f->path->segments[i + 1].type != SEGMENT_DEEP;
        bool deep = f->deep;
        int r = 0;

        if (below && !n->first)
                return 0;
        f->deep = true;
        /* the items of a sequence come by themselves below: a name would enter them a second time
         */
        if (n->type != NODE_SEQUENCE || (!last && f->path->segments[i + 1].type != SEGMENT_NAME))
                r = follow_from(f, n, i + 1);
        NODE_CHILDREN(child, r == 0 ? n : NULL)
        {
                if (below && is_leaf(child))
                        continue;
                r = follow_from(f, child, i);
                if (r != 0)
                        break;
        }
        f->deep = deep;
        return r;
}

static int follow_any(struct follow *f, struct node *n, size_t i)
{
        NODE_CHILDREN(child, n)
        {
                int r = follow_from(f, child, i + 1);
                if (r != 0)
                        return r;
        }
        return tree_node_unknown(n) && !n->first ? follow_blocked(f, n) : 0;
}

/* A container, or the container that a string holds as JSON, or n itself. */
static struct node *enter(struct follow *f, struct node *n)
{
        struct node *inside = NULL;

        if (n->type == NODE_STRING || n->type == NODE_UNKNOWN)
                inside = doc_embedded(f->walk->doc, n);
        return inside ? inside : n;
}

static int follow_from(struct follow *f, struct node *n, size_t i)
{
        if (f->walk->steps == 0) {
                f->walk->exhausted = true;
                return 0;
        }
        f->walk->steps--;
        if (i == f->path->n)
                return f->fn(n, false, f->userdata);

        struct node *inside = enter(f, n);
        switch (f->path->segments[i].type) {
        case SEGMENT_DEEP:
                return follow_deep(f, inside, i);
        case SEGMENT_ANY:
                return follow_any(f, inside, i);
        case SEGMENT_NAME:
        default:
                return follow_name(f, inside, i);
        }
}

int tree_path_visit(const struct tree_path *p, struct tree_walk *w, struct node *from,
                    tree_path_fn fn, void *userdata)
{
        struct follow f = {.path = p, .walk = w, .fn = fn, .userdata = userdata};

        return follow_from(&f, from, 0);
}
