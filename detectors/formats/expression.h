/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The grammar that the expressions of HCL and Bicep have in common: !, ( ), ==, !=, &&, ||, ?:. */

#include "detectors/formats/resolve-internal.h"

struct expression;

struct expression_language {
        /* The value of the operand that begins here, no '!' and no '('; at least one character is left. */
        const struct node *(*operand)(struct expression *e);
        /* The value of what stands at the '[' or '.' behind an operand of the value whole (NULL: not
         * known). */
        const struct node *(*part)(struct expression *e, const struct node *whole);
        /* Whether a '[' or '.' here belongs to the operand before it. */
        bool (*has_part)(struct expression *e);
        /* The value of what a name stood for, itself an expression. */
        const struct node *(*value)(struct resolver *r, const struct node *n);
        /* Whether it can be said that the scalar n is equal to another; NULL: of all. */
        bool (*settled)(const struct node *n);
};

struct expression {
        struct resolver *r;
        const struct expression_language *language;
        const struct node *at; /* whose place what is made has */
        struct resolve_rest rest;
        unsigned nesting;
        bool bad; /* not understood: no value comes out */
};

/* The value of the expression that begins here, made in the document's arena or a node of it or of a peer;
 * NULL if it is not known. The rest is behind it unless it is bad. */
const struct node *expression_value(struct expression *e);
/* The same of an expression that is all of s up to end, inside of `outer`. */
const struct node *expression_inside(const struct expression *outer, const char *s,
                                     const char *end);
/* The same of what stands here up to the next operator. */
const struct node *expression_operand(struct expression *e);
/* Whether c comes next, behind white space. */
bool expression_peek(struct expression *e, char c);
/* Marks it as not understood; returns NULL. */
const struct node *expression_bad(struct expression *e);
/* A node for true or false; NULL without memory. */
const struct node *expression_truth(struct expression *e, bool value);
/* A node for the number that is written so. */
const struct node *expression_number(struct expression *e, const char *s, size_t n);
/* What the sequence or mapping whole has at the index; NULL: nothing, or not known (NULL given). */
const struct node *expression_item(struct expression *e, const struct node *whole,
                                   const struct node *index);
