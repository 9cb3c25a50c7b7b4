/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: Terraform's plans and states as JSON (`terraform show -json`, *.tfstate), which are HCL to
 * whoever asks for a format: the values of each resource become a block below `resource` or `data`,
 * with its type and name as labels, so that what is said of a configuration is said of its plan.
 * What is not known before it is applied is UNKNOWN.
 * Does not own: JSON (json.c).
 *
 * A plan repeats itself: the former state, the values planned, the configuration. One of them is
 * taken, the others are left out of the tree; bytes are searched for secrets whatever the tree has.
 * Source: Terraform's documentation, "JSON Output Format", format_version 1; state version 4.
 */
#include "detectors/formats/terraform-plan.h"

#include <errno.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/format.h"
#include "detectors/formats/json.h"

#define LOOKS_MAX 2000000u /* at attributes, to find those that are not known */
#define LEVELS_MAX 32u     /* of modules, and of values within values */

struct plan {
        struct doc *doc;
        struct node *root;
        struct node *resources, *data;
        unsigned looks_left;
        unsigned taken;
        int error;
};

bool terraform_plan_is(const char *data, size_t n)
{
        static const char key[] = "\"terraform_version\"";

        return n > 0 && memmem(data, n, key, sizeof(key) - 1) != NULL;
}

/* --- blocks -------------------------------------------------------------------------------- */

static struct node *list_of(struct plan *p, struct node **list, const struct node *at)
{
        if (!*list)
                *list = doc_node(p->doc, NODE_SEQUENCE, at->line, at->column, at->offset);
        return *list;
}

/* body: unlinked from where it was. Policies that a data source puts together stand whole in what uses
 * them. */
static void take_body(struct plan *p, const struct node *resource, struct node *body)
{
        const char *type = node_text(node_get(resource, "type")),
                   *name = node_text(node_get(resource, "name")),
                   *mode = node_text(node_get(resource, "mode"));
        bool data = mode && strcmp(mode, "data") == 0;

        if (p->error < 0 || !type || !name ||
            (data && strcmp(type, "aws_iam_policy_document") == 0))
                return;
        body->block = true;
        body->label[0] = type;
        body->label[1] = name;
        p->error = doc_append(p->doc, list_of(p, data ? &p->data : &p->resources, resource), body,
                              NULL);
        p->taken++;
}

/* The values under that key, taken out of parent; NULL: there are none. */
static struct node *take_out(struct node *parent, const char *key)
{
        struct node *values = node_get(parent, key), *before = NULL;

        if (!values || values->type != NODE_MAPPING)
                return NULL;
        for (struct node *n = parent->first; n != values; n = n->next)
                before = n;
        node_unlink(values, before);
        return values;
}

static void leave_out(struct node *n)
{
        if (!n || (n->type != NODE_MAPPING && n->type != NODE_SEQUENCE))
                return;
        n->first = n->last = NULL;
        n->count = 0;
}

/* --- what is not known --------------------------------------------------------------------- */

static struct node *value_of(struct plan *p, struct node *values, const char *key)
{
        if (p->looks_left < values->count) {
                p->error = -E2BIG;
                return NULL;
        }
        p->looks_left -= values->count;
        return node_get(values, key);
}

static void set_unknown(struct plan *p, struct node *values, struct node *value, const char *key)
{
        static const char text[] = "known after apply";

        if (!value) {
                value = doc_node(p->doc, NODE_UNKNOWN, values->line, values->column,
                                 values->offset);
                p->error = value ? doc_append(p->doc, values, value, key) : doc_error(p->doc);
        }
        if (p->error < 0)
                return;
        value->type = NODE_UNKNOWN;
        node_set_text(value, text, sizeof(text) - 1);
}

/* unknown mirrors the values: true stands for one that is not known. */
static void mark_unknown(struct plan *p, struct node *values, const struct node *unknown,
                         unsigned levels)
{
        struct node *value = values->first;

        if (levels == 0 || values->type != unknown->type)
                return;
        NODE_CHILDREN(mark, unknown)
        {
                if (p->error < 0)
                        return;
                if (unknown->type == NODE_MAPPING)
                        value = value_of(p, values, mark->key);
                if (mark->type == NODE_BOOL && node_truth(mark) == 1 && mark->key && p->error == 0)
                        set_unknown(p, values, value, mark->key);
                else if (value && mark->first)
                        mark_unknown(p, value, mark, levels - 1);
                if (unknown->type == NODE_SEQUENCE && value)
                        value = value->next;
        }
}

/* --- where resources are ------------------------------------------------------------------- */

static void take_changes(struct plan *p, const struct node *changes)
{
        NODE_CHILDREN(resource, changes)
        {
                struct node *change = node_get(resource, "change");
                struct node *after = take_out(change, "after");
                const struct node *unknown = node_get(change, "after_unknown");

                if (!after)
                        continue; /* it is deleted */
                if (unknown && unknown->type == NODE_MAPPING)
                        mark_unknown(p, after, unknown, LEVELS_MAX);
                take_body(p, resource, after);
        }
}

static void take_module(struct plan *p, const struct node *module, unsigned levels)
{
        NODE_CHILDREN(resource, node_get(module, "resources"))
        {
                struct node *values = take_out(resource, "values");

                if (values)
                        take_body(p, resource, values);
        }
        NODE_CHILDREN(child, levels > 0 ? node_get(module, "child_modules") : NULL)
        {
                take_module(p, child, levels - 1);
        }
}

static void take_state(struct plan *p, const struct node *resources)
{
        NODE_CHILDREN(resource, resources)
        {
                NODE_CHILDREN(instance, node_get(resource, "instances"))
                {
                        struct node *values = take_out(instance, "attributes");

                        if (values)
                                take_body(p, resource, values);
                }
        }
}

static void take_all(struct plan *p)
{
        static const char *const repeated[] = {
                "planned_values",   "prior_state", "configuration", "resource_drift",
                "resource_changes", "values",      "resources"};

        take_changes(p, node_get(p->root, "resource_changes"));
        if (p->taken == 0)
                take_module(p, node_at(p->root, "planned_values.root_module"), LEVELS_MAX);
        if (p->taken == 0)
                take_module(p, node_at(p->root, "values.root_module"), LEVELS_MAX);
        if (p->taken == 0)
                take_state(p, node_get(p->root, "resources"));
        for (size_t i = 0; p->taken > 0 && i < ELEMENTSOF(repeated); i++)
                leave_out(node_get(p->root, repeated[i]));
        if (p->resources && p->error == 0)
                p->error = doc_append(p->doc, p->root, p->resources, "resource");
        if (p->data && p->error == 0)
                p->error = doc_append(p->doc, p->root, p->data, "data");
}

static int terraform_plan_read(struct doc *doc, const char *data, size_t n,
                               struct doc_error *reterr)
{
        struct plan p = {.doc = doc, .looks_left = LOOKS_MAX};
        int error = json_read(doc, data, n, 0, &p.root, reterr);

        doc_set_root(doc, p.root);
        if (!p.root || p.root->type != NODE_MAPPING || doc_error(doc) < 0 ||
            !node_text(node_get(p.root, "terraform_version")))
                return error;
        take_all(&p);
        return error < 0 ? error : p.error;
}

const struct format format_terraform_plan = {.name = "hcl", .parse = terraform_plan_read};
