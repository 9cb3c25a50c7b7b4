/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the readers in this folder share beyond doc.h. Nothing outside detectors/formats includes
 * it. */

#include "detectors/formats/doc.h"

/* How a scalar was written down: which characters of the file became which of its value. */
enum doc_spelling {
        DOC_SPELLING_NONE,     /* the source was not kept */
        DOC_SPELLING_VERBATIM, /* only white space and doubled characters differ */
        DOC_SPELLING_ESCAPED,  /* backslash escapes */
};

/* The source of n's value, kept for doc_embedded() if the value looks like a JSON document,
 * otherwise ignored. raw begins at n->offset, which is at n->line and n->column. templates: `${…}`
 * in the value stands for something else. Call it when n is complete. */
void doc_keep_source(struct doc *d, struct node *n, enum doc_spelling spelling, bool templates,
                     const char *raw, size_t size);

/* A kept source. */
struct doc_source {
        const char *raw;
        size_t size;
        enum doc_spelling spelling;
        bool templates;
        bool placed; /* what is in the value is where the node is; raw is NULL */
        bool yaml;   /* raw is a block of YAML, header and all, which may hold a document of YAML */
};

/* Keeps the source of a block of YAML that may hold an object, or changes of one. */
void doc_keep_yaml(struct doc *d, struct node *n, const char *raw, size_t size);
/* The tree of the YAML that n's text holds, with the places of the file if the source was kept and
 * otherwise n's; its root hangs nowhere. NULL if it is none, or memory or limits are used up. */
struct node *doc_embedded_yaml(struct doc *d, const struct node *n);

/* The same for a value that was made, or read from another file: if it looks like a JSON document, what
 * is in it has n's place. */
void doc_keep_placed(struct doc *d, struct node *n, bool templates);
/* n, a copy from another document, has the place that it has now, and so has what is in its text. */
void doc_place_source(struct doc *d, struct node *n);

/* NULL if none of JSON was kept for n. */
const struct doc_source *doc_source(const struct node *n);
/* The same of YAML. */
const struct doc_source *doc_yaml_source(const struct node *n);

/* n's text is no document any more. */
void doc_forget_source(struct node *n);

/* What doc_embedded() remembers: whether n was tried, and the tree or NULL. */
bool doc_embedded_known(const struct node *n, struct node **ret);
void doc_embedded_remember(struct node *n, struct node *tree);

/* The document's error is left, so that a failed attempt (an embedded text that is no JSON) does
 * not spoil what follows. */
const struct doc_limits *doc_limits(const struct doc *d);

/* n bytes of the arena, aligned for anything, or NULL (doc_error says why). */
void *doc_alloc(struct doc *d, size_t n);

/* Uninitialised text of n bytes and a NUL; doc_text_trim() gives back what was not needed, if
 * nothing was allocated in between. */
char *doc_text_reserve(struct doc *d, size_t n);
void doc_text_trim(struct doc *d, char *text, size_t reserved, size_t used);

/* n stands where `at` does; its key stands nowhere. */
void node_place(struct node *n, const struct node *at);

/* Makes n a scalar with this value, which lives in the arena. */
void node_set_text(struct node *n, const char *text, size_t size);

/* Takes child, the one after `before` (NULL: the first), out of its parent. */
void node_unlink(struct node *child, struct node *before);

/* end_line and length of a container become those of its last child if that ends later. */
void node_extend(struct node *container, uint64_t end, uint32_t end_line);

/* A deep copy of n and all below it under parent; texts and keys are shared. Returns NULL on error.
 */
struct node *doc_copy(struct doc *d, const struct node *n, struct node *parent, const char *key);

/* Makes n what value is, with a deep copy of what is in it; n keeps its key, and its place unless it is a
 * text with a document in it. Returns 0,
 * or a negative errno: n and the document's error are as they were then. */
int doc_become(struct doc *d, struct node *n, const struct node *value);
