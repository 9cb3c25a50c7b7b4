/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <string.h>

#include "detectors/classify-internal.h"

/* What the questions about a document share. Each question looks at one document (not at a file of
 * several) and returns ARTEFACT_NONE if its keys are not there. */
typedef enum artefact_kind (*classify_question)(const struct node *n, const struct evidence *e);

enum artefact_kind classify_kubernetes(const struct node *n, const struct evidence *e);
enum artefact_kind classify_terraform(const struct node *n, const struct evidence *e);
enum artefact_kind classify_cloudformation(const struct node *n, const struct evidence *e);
enum artefact_kind classify_typed_resources(const struct node *n, const struct evidence *e);
enum artefact_kind classify_azure(const struct node *n, const struct evidence *e);
enum artefact_kind classify_gcp(const struct node *n, const struct evidence *e);
enum artefact_kind classify_ansible(const struct node *n, const struct evidence *e);
enum artefact_kind classify_ci(const struct node *n, const struct evidence *e);
enum artefact_kind classify_container(const struct node *n, const struct evidence *e);

enum artefact_kind classify_iam(const struct node *n, const struct evidence *e);
enum artefact_kind classify_iam_below(const struct node *n, const struct evidence *e);
enum artefact_kind classify_policy_code(const struct node *n, const struct evidence *e);
enum artefact_kind classify_credentials(const struct node *n, const struct evidence *e);
enum artefact_kind classify_oauth(const struct node *n, const struct evidence *e);
enum artefact_kind classify_api(const struct node *n, const struct evidence *e);
enum artefact_kind classify_agent(const struct node *n, const struct evidence *e);
enum artefact_kind classify_access_workflow(const struct node *n, const struct evidence *e);
enum artefact_kind classify_settings(const struct node *n, const struct evidence *e);
enum artefact_kind classify_xml(const struct node *n, const struct evidence *e);

/* The first mapping at or below n that fits, within a bound of nodes and depth; NULL: none. */
const struct node *classify_search(const struct node *n, bool (*fits)(const struct node *n));
/* How many of the keys a mapping has, in any spelling. */
unsigned classify_count_keys(const struct node *n, const char *const *keys, size_t n_keys);

static inline bool has(const struct node *n, const char *key)
{
        return node_get(n, key) != NULL;
}

/* "" if there is no such text */
static inline const char *text_at(const struct node *n, const char *key)
{
        const char *text = node_text(node_get(n, key));

        return text ? text : "";
}

static inline bool begins(const char *s, const char *prefix)
{
        return strncmp(s, prefix, strlen(prefix)) == 0;
}

static inline bool is_map(const struct node *n)
{
        return n && n->type == NODE_MAPPING;
}
