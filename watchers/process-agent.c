/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which agent a process is, or works for: by the configuration's table first, then by agents.def.
 * Does not own: reading about processes (process.c), the table (common/model/agents.h).
 *
 * In each of the two the process itself counts more than who it works for: its program, its variables, where it runs,
 * and then the programs of its ancestors, the nearest first.
 */
#include <string.h>

#include "common/base/text.h"
#include "watchers/process.h"

#define COMM_LENGTH (PROVENANCE_COMM_MAX - 1)

static const char *base_of(const char *exe)
{
        const char *slash = exe ? strrchr(exe, '/') : NULL;

        return slash ? slash + 1 : exe;
}

/* Whether program[0..n) is the name of the executable or of the process, of which the kernel keeps the beginning. */
static bool is_program(const char *program, size_t n, const char *comm, const char *base)
{
        size_t k = strlen(comm);

        return (base && strlen(base) == n && memcmp(base, program, n) == 0) ||
               (k > 0 && k == (n < COMM_LENGTH ? n : COMM_LENGTH) && memcmp(comm, program, k) == 0);
}

/* The variables' names one after the other; values are passed over. */
struct names {
        const char *at, *end;
};

static const char *next_name(struct names *names, size_t *ret_n)
{
        const char *name = names->at;

        if (!name || name >= names->end)
                return NULL;
        size_t k = strnlen(name, (size_t)(names->end - name));
        const char *equals = memchr(name, '=', k);
        *ret_n = equals ? (size_t)(equals - name) : k;
        names->at = name + k + 1;
        return name;
}

/* --- the configuration's --- */

static bool has_program(const struct agents_entry *e, const char *comm, const char *exe)
{
        const char *base = base_of(exe);

        for (size_t i = 0; i < e->programs.n; i++)
                if (is_program(e->programs.words[i], strlen(e->programs.words[i]), comm, base))
                        return true;
        return false;
}

static bool has_variable(const struct agents_entry *e, const char *name, size_t n)
{
        for (size_t i = 0; i < e->variables.n; i++)
                if (strlen(e->variables.words[i]) == n &&
                    memcmp(e->variables.words[i], name, n) == 0)
                        return true;
        return false;
}

static bool has_glob(const struct word_list *globs, const char *word)
{
        for (size_t i = 0; word && i < globs->n; i++)
                if (text_glob_word(globs->words[i], word))
                        return true;
        return false;
}

static const char *configured_by_variable(const struct agents *agents, const char *variables,
                                          size_t n)
{
        struct names names = {variables, variables ? variables + n : NULL};
        const char *name;

        for (size_t k; (name = next_name(&names, &k));)
                for (size_t i = 0; i < agents->n; i++)
                        if (has_variable(&agents->entries[i], name, k))
                                return agents->entries[i].name;
        return NULL;
}

static const char *configured_by_program(const struct agents *agents, const char *comm,
                                         const char *exe)
{
        for (size_t i = 0; i < agents->n; i++)
                if (has_program(&agents->entries[i], comm, exe))
                        return agents->entries[i].name;
        return NULL;
}

static const char *configured_by_place(const struct agents *agents, const struct provenance *p)
{
        for (size_t i = 0; i < agents->n; i++)
                if (has_glob(&agents->entries[i].cgroups, p->cgroup) ||
                    has_glob(&agents->entries[i].containers, p->container))
                        return agents->entries[i].name;
        return NULL;
}

static const char *configured(const struct agents *agents, const struct provenance *p,
                              const char *variables, size_t n)
{
        const char *name = configured_by_program(agents, p->comm, p->exe);

        name = name ?: configured_by_variable(agents, variables, n);
        name = name ?: configured_by_place(agents, p);
        for (unsigned i = 0; !name && i < p->n_ancestors; i++)
                name = configured_by_program(agents, p->ancestors[i].comm, p->ancestors[i].exe);
        return name;
}

/* --- agents.def --- */

struct agent {
        const char *name, *programs, *variables;
};

static const struct agent known[] = {
#define AGENT(name, programs, variables) {name, programs, variables},
#include "common/model/agents.def"
#undef AGENT
};

static const char *known_by_program(const char *comm, const char *exe)
{
        const char *base = base_of(exe);

        for (size_t i = 0; i < ELEMENTSOF(known); i++)
                for (const char *w = known[i].programs; *w; w += strspn(w, " ")) {
                        size_t n = strcspn(w, " ");

                        if (is_program(w, n, comm, base))
                                return known[i].name;
                        w += n;
                }
        return NULL;
}

static const char *known_by_variable(const char *variables, size_t n)
{
        struct names names = {variables, variables ? variables + n : NULL};
        const char *name;

        for (size_t k; (name = next_name(&names, &k));)
                for (size_t i = 0; i < ELEMENTSOF(known); i++)
                        if (text_has_word(known[i].variables, name, k))
                                return known[i].name;
        return NULL;
}

const char *process_agent(const struct provenance *p, const char *variables, size_t n,
                          const struct agents *agents)
{
        const char *name = agents ? configured(agents, p, variables, n) : NULL;

        name = name ?: known_by_program(p->comm, p->exe);
        name = name ?: known_by_variable(variables, n);
        for (unsigned i = 0; !name && i < p->n_ancestors; i++)
                name = known_by_program(p->ancestors[i].comm, p->ancestors[i].exe);
        return name;
}
