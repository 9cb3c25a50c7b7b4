/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the styles in which a JSON or YAML file is written again from its tree, and where it may
 * change from one to the other.
 *
 * Must not own: how a style looks (write-tree.c).
 */
#include <stdio.h>
#include <string.h>

#include "tests/property/rewriting.h"

/* Programs ask for files in hidden folders, and for those of some kinds, by their whole name. */
static bool has_fixed_name(const struct original *o)
{
        static const char *const names[] = {"agent-card.json", "gitlab-ci."};

        if (o->path[0] == '.' || strstr(o->path, "/."))
                return true;
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (strstr(o->path, names[i]))
                        return true;
        switch (o->kind) {
        case ARTEFACT_AGENT_CONFIG:
        case ARTEFACT_MCP_CONFIG:
        case ARTEFACT_AZURE:       /* templates are JSON */
        case ARTEFACT_POLICY_CODE: /* Vault and Cedar have JSON beside their own languages */
        case ARTEFACT_ANSIBLE:     /* tasks are YAML */
                return true;
        default:
                /* tasks, and templates without their schema */
                return o->root->type == NODE_SEQUENCE ||
                       (node_get(o->root, "parameters") && node_get(o->root, "resources"));
        }
}

/* The name with the ending of the other format. */
static bool rename_to(const struct original *o, const char *ending, struct rewritten *ret)
{
        const char *slash = strrchr(o->path, '/'), *dot = strrchr(slash ? slash : o->path, '.');

        if (!dot || has_fixed_name(o))
                return false;
        int n = snprintf(ret->path, sizeof(ret->path), "%.*s%s", (int)(dot - o->path), o->path,
                         ending);
        return n > 0 && (size_t)n < sizeof(ret->path);
}

static bool rewrite(const struct original *o, unsigned how, struct rewritten *ret)
{
        bool json = original_is(o, "json"), as_json = how & WRITE_JSON;

        if (!o->root || (!json && !original_is(o, "yaml")))
                return false;
        if (how & WRITE_RENAMED) {
                if (json == as_json || !rename_to(o, as_json ? ".json" : ".yaml", ret))
                        return false;
        } else if (json && !as_json)
                return false;
        return write_tree(o->root, how, o->chance, &ret->text);
}

#define YAML_FROM_JSON WRITE_RENAMED
#define JSON_FROM_YAML (WRITE_RENAMED | WRITE_JSON | WRITE_LONG_TAGS)

const struct rewriting rewritings_of_trees[] = {
        {"JSON, indented", rewrite, WRITE_JSON},
        {"JSON, minified", rewrite, WRITE_JSON | WRITE_SMALL},
        {"JSON, tabs and wide", rewrite, WRITE_JSON | WRITE_WIDE},
        {"JSON, escapes", rewrite, WRITE_JSON | WRITE_ESCAPES},
        {"JSON, keys reversed", rewrite, WRITE_JSON | WRITE_REVERSED},
        {"JSON, keys shuffled", rewrite, WRITE_JSON | WRITE_SHUFFLED | WRITE_SMALL},
        {"JSON, short forms of tags long", rewrite, WRITE_JSON | WRITE_LONG_TAGS},
        {"YAML, plain", rewrite, 0},
        {"YAML, lists not indented", rewrite, WRITE_SMALL},
        {"YAML, deeper indentation", rewrite, WRITE_WIDE},
        {"YAML, single quotes", rewrite, WRITE_SINGLE},
        {"YAML, double quotes", rewrite, WRITE_DOUBLE},
        {"YAML, strings below |", rewrite, WRITE_LITERAL},
        {"YAML, strings below >", rewrite, WRITE_FOLDED},
        {"YAML, in brackets", rewrite, WRITE_FLOW},
        {"YAML, in brackets, quoted", rewrite, WRITE_FLOW | WRITE_SINGLE | WRITE_REVERSED},
        {"YAML, keys reversed", rewrite, WRITE_REVERSED},
        {"YAML, keys shuffled", rewrite, WRITE_SHUFFLED | WRITE_DOUBLE},
        {"YAML, comments", rewrite, WRITE_COMMENTS},
        {"YAML, blank lines", rewrite, WRITE_BLANKS},
        {"YAML, comments and blanks", rewrite,
         WRITE_COMMENTS | WRITE_BLANKS | WRITE_SHUFFLED | WRITE_WIDE | WRITE_SINGLE},
        {"YAML, anchors and aliases", rewrite, WRITE_ALIASES},
        {"YAML, aliases in brackets", rewrite, WRITE_ALIASES | WRITE_FLOW | WRITE_DOUBLE},
        {"YAML, values shared", rewrite, WRITE_SHARED},
        {"YAML from JSON, plain", rewrite, YAML_FROM_JSON},
        {"YAML from JSON, single quotes", rewrite, YAML_FROM_JSON | WRITE_SINGLE | WRITE_SHUFFLED},
        {"YAML from JSON, double quotes", rewrite, YAML_FROM_JSON | WRITE_DOUBLE | WRITE_SMALL},
        {"YAML from JSON, in brackets", rewrite, YAML_FROM_JSON | WRITE_FLOW},
        {"YAML from JSON, aliases", rewrite, YAML_FROM_JSON | WRITE_ALIASES | WRITE_COMMENTS},
        {"JSON from YAML, indented", rewrite, JSON_FROM_YAML},
        {"JSON from YAML, minified", rewrite, JSON_FROM_YAML | WRITE_SMALL | WRITE_REVERSED},
        {.name = NULL},
};
