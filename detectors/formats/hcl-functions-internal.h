/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the files of Terraform's functions share. */

#include "detectors/formats/hcl-functions.h"

#define HCL_TEXT_MAX ((size_t)64 << 10)

struct hcl_call {
        struct resolver *r;
        const struct node *at;          /* whose place what is made has */
        const struct node *const *args; /* NULL: not known */
        unsigned n;
};

typedef const struct node *(*hcl_function)(const struct hcl_call *c);

/* The argument, or NULL if it is not known or not there. */
static inline const struct node *hcl_argument(const struct hcl_call *c, unsigned i)
{
        return i < c->n ? c->args[i] : NULL;
}

static inline const struct node *hcl_first_argument(const struct hcl_call *c)
{
        return hcl_argument(c, 0);
}

/* The text of a known argument, or NULL. */
static inline const char *hcl_text(const struct hcl_call *c, unsigned i)
{
        const struct node *value = hcl_argument(c, i);

        return value ? node_text(value) : NULL;
}

static inline struct node *hcl_container(const struct hcl_call *c, enum node_type type)
{
        return doc_node(c->r->doc, type, c->at->line, c->at->column, c->at->offset);
}

static inline const struct node *hcl_truth(const struct hcl_call *c, bool value)
{
        struct node *n = hcl_container(c, NODE_BOOL);

        if (n)
                node_set_text(n, value ? "true" : "false", value ? 4 : 5);
        return n;
}

struct hcl_named {
        const char *name;
        hcl_function fn;
};

/* Each table ends with a NULL. */
extern const struct hcl_named hcl_collection_functions[], hcl_text_functions[],
        hcl_file_functions[];
