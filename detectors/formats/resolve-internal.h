/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the parts of doc_resolve() share. */

#include "detectors/formats/doc-internal.h"
#include "detectors/formats/resolve.h"

/* A loop of Bicep of which the list is known. */
struct bicep_loop {
        const struct node *copy; /* where it stands */
        const struct node *list; /* NULL: not known */
        const struct node *item; /* for which something is looked at, or NULL */
        char name[64];           /* of the item */
};

/* Names that an expression has by where it stands: in a loop, or in a template that is given them. */
struct resolve_scope {
        const struct resolve_scope *outer;
        const char *name; /* not terminated; NULL: the keys of the mapping `value` are the names */
        size_t n;
        const struct node *value; /* NULL: not known */
};

struct resolver {
        struct doc *doc;
        const struct resolve_peer *peers;
        size_t n_peers;
        struct bicep_loop loop;
        const struct resolve_scope *scope;
        bool calling;        /* names are those of who calls the module */
        unsigned depth;      /* of references that are being followed */
        unsigned steps_left; /* 0: given up */
        unsigned looks_left; /* at names that are compared; when none is left the steps end, too */
};

/* With all its steps. */
struct resolver resolver_of_doc(struct doc *d, const struct resolve_peer *peers, size_t n_peers);

/* Makes n what its value is, if it has one here; keeps its place and key. Returns true if n is known
 * then. */
typedef bool (*resolve_fn)(struct resolver *r, struct node *n);

/* Counts a step; false if none is left. */
bool resolve_step(struct resolver *r);
/* Counts as many comparisons of names as there are children of n (NULL: none); false if too many. */
bool resolve_look(struct resolver *r, const struct node *n);
/* Counts a step for the value and for each node in it: what is copied costs as much as what is looked
 * at. */
bool resolve_count(struct resolver *r, const struct node *value);
/* node_get(), counted. */
struct node *resolve_get(struct resolver *r, const struct node *n, const char *key);
/* A string of the arena at n's place; NULL without memory or if it is too long. */
struct node *resolve_string(struct resolver *r, const struct node *at, const char *text, size_t n);
/* A value that stands in a peer, as a copy in the document that has the place of `at`: places of another
 * file mean nothing here. NULL without memory or steps. Other values as they are. */
const struct node *resolve_import(struct resolver *r, const struct node *at,
                                  const struct node *value);
/* Gives n and all that is in it the place of `at`. */
void resolve_place(struct resolver *r, const struct node *at, struct node *n);
/* What is left of an expression that is being read. */
struct resolve_rest {
        const char *s, *end;
};

/* Steps over white space. */
void resolve_skip_blanks(struct resolve_rest *rest);
/* Steps over white space and the token, if that comes next. */
bool resolve_take(struct resolve_rest *rest, const char *token);
/* Copies the name that begins here: letters, digits, '_'. Returns its length; 0: none, or too long. */
size_t resolve_take_name(struct resolve_rest *rest, char *dst, size_t size);

/* How references stand in a text: ${ } or {{ }}. */
struct resolve_marks {
        const char *open, *close;
        bool nested; /* braces may be inside */
};

/* What the text between two marks, s[0..size), stands for at n; NULL: not known. */
typedef const struct node *(*resolve_piece_fn)(struct resolver *r, const struct node *n,
                                               const char *s, size_t size);
/* The text of n with what each of its references stands for: that itself if n is nothing but one. NULL:
 * one of them is not known, or no scalar in the midst of text. */
const struct node *resolve_text(struct resolver *r, const struct node *n,
                                const struct resolve_marks *marks, resolve_piece_fn piece);
/* Makes n what value is (NULL: left alone), at the cost of a step for each node that is copied. Returns
 * true if it did. */
bool resolve_become(struct resolver *r, struct node *n, const struct node *value);
