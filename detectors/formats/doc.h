/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The one document tree into which every structured format is read. Rules and analysers see only
 * this. A document owns all its nodes and text in one arena; a node never outlives it. Bounded in
 * depth, number of nodes and bytes.
 *
 * How the formats map:
 *   JSON, YAML   mappings and sequences as they are. A file of several YAML documents, and JSON
 *                lines, are one root sequence with `multi` set. Aliases are followed (the node
 *                appears at both places, the expansion counts against the limits); merge keys `<<`
 *                are merged. Custom tags are kept in `tag` ("!Sub"); CloudFormation's short forms
 *                stay scalars, sequences or mappings with that tag. An alias' value stands where
 *                the alias stands, what is in it keeps its own places. A file that is no YAML
 *                because of its templates (Helm, Jinja, ERB) is read with them painted over: a
 *                value that a template is in, or stands for, is UNKNOWN with its source as text;
 *                both branches are there.
 *   HCL          a body is a mapping. An attribute is a key. A block `resource "a" "b" { … }` is a
 *                key "resource" whose value is a SEQUENCE of block mappings (`block` set), in file
 *                order; its labels are label[0], label[1]. Expressions become values where they are
 *                constant: strings, numbers, booleans, lists, objects, heredocs, and
 *                jsonencode(…)/yamlencode(…) of an object (the object itself, with tag
 *                "jsonencode"). Everything else is an UNKNOWN scalar whose text is the expression's
 *                source ("var.role", "data.x.y.json", "${var.a}-b"). A string with a template is
 *                UNKNOWN as well, with the template as its text.
 *   Terraform's JSON  as HCL: below resource, data, module, … there is a SEQUENCE of block mappings
 *                with labels; what is in these is as JSON has it. A string with `${…}` is UNKNOWN.
 *   Terraform's plans and states  the values of each resource are a block as in HCL, below resource or
 *                data; what is known after it is applied is UNKNOWN. The other copies of the same
 *                in a plan are left out.
 *   sudoers, sshd, crontab, pam, authorized_keys  a mapping of lists of rules, jobs, keys, …, with
 *                what can be known of each already put in its place: aliases, tags that carry on, the
 *                value that counts. The head of each reader says which keys there are. An item's
 *                `name` is what it is known by when others come before it.
 *   Bicep        the ARM template that it compiles to: mappings parameters, variables, outputs; lists
 *                resources, existing, modules of mappings, whose name in the file is label[0].
 *                Literals are values, all else is UNKNOWN with its source; a for-expression is a list
 *                of what it repeats, once, with the tag "for".
 *   XML          an element is a mapping (`block` set) under its name in that of its parent; elements
 *                of one name are a SEQUENCE of such. Attributes are keys with '@' before their names;
 *                what text there is between tags is the key "#text". Prefixes of namespaces are left
 *                out. A text with an entity that is not known is UNKNOWN.
 *   dotenv, INI  a mapping; INI sections are mappings in it (repeated sections or keys: a
 *   sequence).
 *   Rego, Cedar, SQL, Casbin, polkit  languages, no data: the keys are the reader's words. Lists of rules,
 *                policies, statements or rows; the head of each reader shows its tree.
 *
 * A string scalar that holds a whole JSON document (policies in CloudFormation, heredocs in HCL)
 * can be read as a tree with doc_embedded(): its nodes have positions in the outer file.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum node_type {
        NODE_NULL,
        NODE_BOOL,
        NODE_NUMBER,
        NODE_STRING,
        NODE_UNKNOWN,
        NODE_SEQUENCE,
        NODE_MAPPING
};

struct node {
        enum node_type type;
        bool block;            /* a mapping that was an HCL block */
        bool multi;            /* the root sequence of a file with several documents */
        bool quoted;           /* a scalar that was written in quotes */
        bool template;         /* UNKNOWN: the text is a template, not an expression */
        uint32_t line, column; /* where it begins: from 1, column in characters */
        uint32_t end_line;     /* last line that belongs to it */
        uint64_t offset;       /* bytes from the beginning of the file */
        uint32_t length;       /* raw bytes in the file; 0 if not one piece */
        struct node *parent;   /* NULL for the root */
        struct node *next;     /* next sibling */
        const char *key; /* key under which its parent mapping holds it, NUL-terminated, or NULL */
        uint32_t key_line, key_column; /* where the key is (0 without one) */
        const char *tag;               /* "!Sub", "jsonencode", or NULL */
        const char *label[2];          /* HCL block labels, or NULL */
        /* scalars: the decoded value, NUL-terminated (text_len bytes; may hold NULs).
         * "true"/"false" for BOOL. */
        const char *text;
        size_t text_len;
        /* containers */
        struct node *first, *last;
        uint32_t count;
        const struct key_index *index; /* of a large mapping (key-index.h), or NULL */
};

struct doc;

struct doc_limits {
        unsigned depth; /* default 64 */
        unsigned nodes; /* default 150000 */
        size_t bytes;   /* of arena, default 32 MiB */
};
#define DOC_LIMITS_DEFAULT ((struct doc_limits){.depth = 64, .nodes = 150000, .bytes = 32u << 20})

/* Where and why a document does not parse. */
struct doc_error {
        uint32_t line, column;
        char message[120]; /* printable */
};

/* Memory of a document; formats build on it, readers only look. */
int doc_new(struct doc **ret, const struct doc_limits *limits);
struct doc *doc_free(struct doc *d);
struct node *doc_root(struct doc *d);
void doc_set_root(struct doc *d, struct node *root);
/* -E2BIG once depth, nodes or bytes are used up (sticky), -ENOMEM, or 0. */
int doc_error(const struct doc *d);
/* All NULL on error. */
struct node *doc_node(struct doc *d, enum node_type type, uint32_t line, uint32_t column,
                      uint64_t offset);
char *doc_text(struct doc *d, const char *s, size_t n); /* copy in the arena */
/* Appends child (parent and depth are set); key may be NULL. Borrowed key must live in the arena.
 */
int doc_append(struct doc *d, struct node *parent, struct node *child, const char *key);

/* --- reading ---- */

/* Value of a key of a mapping (the last one of equal keys), or NULL; n may be NULL or no mapping.
 */
struct node *node_get(const struct node *n, const char *key);
/* The same, ignoring ASCII case and `-`/`_`: node_get_loose(n, "redirect_uris") finds redirectUris.
 */
struct node *node_get_loose(const struct node *n, const char *key);
/* Path of keys separated by '.', through mappings only. */
struct node *node_at(const struct node *n, const char *path);
bool node_is_scalar(const struct node *n); /* NULL, BOOL, NUMBER, STRING: a known scalar */
/* Text of a known scalar or NULL */
const char *node_text(const struct node *n);
/* Equal to s, ignoring ASCII case */
bool node_equals(const struct node *n, const char *s);
/* 1 true, 0 false, -1 neither (booleans, and the words yes/no/on/off/true/false as strings) */
int node_truth(const struct node *n);
/* True if n is a sequence holding a scalar equal to s, or is itself that scalar. */
bool node_contains(const struct node *n, const char *s);
/* Number of a NUMBER or numeric STRING; false if it is none. */
bool node_number(const struct node *n, double *ret);
/* Walks n and everything below in file order; stops when visit returns non-zero and returns that.
 */
int node_walk(struct node *n, int (*visit)(struct node *n, void *userdata), void *userdata);
/* for (each item of a sequence; a single non-sequence value counts as a sequence of one; NULL as
 * none) */
const struct node *node_item_first(const struct node *n);
const struct node *node_item_next(const struct node *container, const struct node *item);
#define NODE_ITEMS(item, container)                                                                \
        for (const struct node *item##_of = (container), *item = node_item_first(item##_of); item; \
             item = node_item_next(item##_of, item))
/* for (each child of a mapping or sequence) */
#define NODE_CHILDREN(child, container)                                           \
        for (struct node *child = (container) ? (container)->first : NULL; child; \
             child = child->next)

/* If n is a string that holds a JSON object or array, its tree (made once and kept in d, positions
 * in the outer file; NODE_UNKNOWN inside where templates stand), else NULL. n itself when it is a
 * container already. The tree's parent is n, so that who looks upwards from it sees the outer file.
 * NULL, n unread, when memory is out. */
struct node *doc_embedded(struct doc *d, struct node *n);
