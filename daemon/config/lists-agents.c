/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the list `agents` of giad.yaml: how the processes of agents are known that agents.def does not have.
 * Does not own: holding it against processes (watchers/process-agent.c).
 */
#include <errno.h>
#include <string.h>

#include "common/base/text.h"
#include "daemon/config/internal.h"

static int agent_name(struct reading *r, const yaml_node_t *node, void *entry)
{
        struct agents_entry *e = entry;
        int k = reading_text(r, node, "name", &e->name);

        if (k < 0)
                return k;
        size_t n = strlen(e->name);
        if (n == 0 || n >= AGENTS_NAME_MAX || !text_is_printable(e->name, n))
                return reading_error(r, node,
                                     "an agent's name has 1 to %u bytes and no control characters",
                                     AGENTS_NAME_MAX - 1);
        return 0;
}

static int add(struct reading *r, const yaml_node_t *at, struct word_list *list, const char *word)
{
        if (list->n == AGENTS_WORDS_MAX)
                return reading_error(r, at,
                                     "more than %u words: give the agent a second entry with the "
                                     "same name",
                                     AGENTS_WORDS_MAX);
        return reading_add_word(r, at, word, list);
}

static int add_program(struct reading *r, const yaml_node_t *at, const char *word, void *list)
{
        const char *slash = strrchr(word, '/');

        if (slash)
                return reading_error(r, at,
                                     "programs are names without a directory: write \"%.80s\", not "
                                     "\"%.80s\"",
                                     slash + 1, word);
        return add(r, at, list, word);
}

static int add_variable(struct reading *r, const yaml_node_t *at, const char *word, void *list)
{
        if (strchr(word, '='))
                return reading_error(r, at,
                                     "variables are names, values are never read: leave out \"=\" "
                                     "and what follows it");
        return add(r, at, list, word);
}

static int add_glob(struct reading *r, const yaml_node_t *at, const char *word, void *list)
{
        if (strchr(word, '['))
                return reading_error(r, at,
                                     "only * and ? are wildcards here: write one glob for each of "
                                     "what \"%.80s\" stands for",
                                     word);
        return add(r, at, list, word);
}

static int add_cgroup(struct reading *r, const yaml_node_t *at, const char *word, void *list)
{
        if (word[0] != '/' && word[0] != '*')
                return reading_error(
                        r, at,
                        "a control group's path begins with \"/\": write \"/%.80s\" or \"*/%.80s\"",
                        word, word);
        return add_glob(r, at, word, list);
}

static int agent_programs(struct reading *r, const yaml_node_t *node, void *entry)
{
        return reading_each_word(r, node, "programs", add_program,
                                 &((struct agents_entry *)entry)->programs);
}

static int agent_variables(struct reading *r, const yaml_node_t *node, void *entry)
{
        return reading_each_word(r, node, "variables", add_variable,
                                 &((struct agents_entry *)entry)->variables);
}

static int agent_cgroup(struct reading *r, const yaml_node_t *node, void *entry)
{
        return reading_each_word(r, node, "cgroup", add_cgroup,
                                 &((struct agents_entry *)entry)->cgroups);
}

static int agent_container(struct reading *r, const yaml_node_t *node, void *entry)
{
        return reading_each_word(r, node, "container", add_glob,
                                 &((struct agents_entry *)entry)->containers);
}

static const struct reading_field fields[] = {
        {"name", agent_name},     {"programs", agent_programs},   {"variables", agent_variables},
        {"cgroup", agent_cgroup}, {"container", agent_container},
};

static int read_agent(struct reading *r, const yaml_node_t *node, void *userdata)
{
        struct agents *agents = userdata;

        if (agents->n == AGENTS_MAX)
                return reading_error(r, node,
                                     "more than %u agents: give one entry several programs",
                                     AGENTS_MAX);
        struct agents_entry *e = agents_add(agents);
        if (!e)
                return -ENOMEM;
        int k = reading_fields(r, node, "an agent", fields, ELEMENTSOF(fields), e);
        if (k < 0)
                return k;
        if (!e->name)
                return reading_error(r, node, "an agent needs a name");
        if (e->programs.n + e->variables.n + e->cgroups.n + e->containers.n == 0)
                return reading_error(r, node,
                                     "an agent needs something that it is known by: programs, "
                                     "variables, cgroup or container");
        return 0;
}

int lists_agents(struct reading *r, const yaml_node_t *node)
{
        struct config *c = r->config;

        if (!c->agents)
                c->agents = agents_new();
        return c->agents ? reading_each_item(r, node, "agents", read_agent, c->agents) : -ENOMEM;
}
