/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what names tell: units and containers in a cgroup's path, agents by programs and variables.
 * Does not own: reading them (process.c).
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "watchers/process.h"

#define CONTAINER_ID 64u /* hexadecimal digits */

/* --- cgroups ------------------------------------------------------------------------------- */

static bool ends_in(const char *s, size_t n, const char *tail)
{
        size_t k = strlen(tail);

        return n > k && memcmp(s + n - k, tail, k) == 0;
}

/* The last service or scope in the path: what is below it is the unit's own business. */
char *process_unit(const char *cgroup)
{
        const char *found = NULL;
        size_t found_n = 0;

        for (const char *s = cgroup; *s;) {
                s += strspn(s, "/");
                size_t n = strcspn(s, "/");

                if (ends_in(s, n, ".service") || ends_in(s, n, ".scope")) {
                        found = s;
                        found_n = n;
                }
                s += n;
        }
        return found ? strndup(found, found_n) : NULL;
}

static bool is_id(const char *s)
{
        size_t n = 0;

        while (isxdigit((unsigned char)s[n]) && !isupper((unsigned char)s[n]))
                n++;
        return n == CONTAINER_ID;
}

/* docker-ID.scope, libpod-ID.scope, cri-containerd-ID.scope, /docker/ID, /kubepods/…/ID; machine-NAME.scope of
 * systemd-nspawn, NAME.service of systemd-nspawn@ . */
char *process_container(const char *cgroup)
{
        static const char machine[] = "machine-";

        for (const char *s = cgroup; *s;) {
                s += strspn(s, "/");
                size_t n = strcspn(s, "/");

                for (size_t i = 0; i + CONTAINER_ID <= n; i++)
                        if ((i == 0 || s[i - 1] == '-') && is_id(s + i))
                                return strndup(s + i, CONTAINER_ID);
                if (strncmp(s, machine, strlen(machine)) == 0 && ends_in(s, n, ".scope"))
                        return strndup(s + strlen(machine), n - strlen(machine) - strlen(".scope"));
                if (strncmp(s, "systemd-nspawn@", 15) == 0 && ends_in(s, n, ".service"))
                        return strndup(s + 15, n - 15 - strlen(".service"));
                s += n;
        }
        return NULL;
}

/* --- agents -------------------------------------------------------------------------------- */

struct agent {
        const char *name, *programs, *variables;
};

static const struct agent agents[] = {
#define AGENT(name, programs, variables) {name, programs, variables},
#include "common/model/agents.def"
#undef AGENT
};

/* Whether the words hold s[0..n). */
static bool has_word(const char *words, const char *s, size_t n)
{
        for (const char *w = words; n > 0 && *w; w += strspn(w, " ")) {
                size_t k = strcspn(w, " ");

                if (k == n && memcmp(w, s, n) == 0)
                        return true;
                w += k;
        }
        return false;
}

static const char *by_program(const char *comm, const char *exe)
{
        const char *slash = exe ? strrchr(exe, '/') : NULL, *base = slash ? slash + 1 : exe;

        for (size_t i = 0; i < ELEMENTSOF(agents); i++)
                if (has_word(agents[i].programs, comm, strlen(comm)) ||
                    (base && has_word(agents[i].programs, base, strlen(base))))
                        return agents[i].name;
        return NULL;
}

static const char *by_variable(const char *variables, size_t n)
{
        for (const char *s = variables, *end = variables + n; s && s < end;) {
                size_t k = strnlen(s, (size_t)(end - s)), name = 0;

                while (name < k && s[name] != '=')
                        name++;
                for (size_t i = 0; i < ELEMENTSOF(agents); i++)
                        if (has_word(agents[i].variables, s, name))
                                return agents[i].name;
                s += k + 1;
        }
        return NULL;
}

const char *process_agent(const struct provenance *p, const char *variables, size_t n)
{
        const char *name = by_program(p->comm, p->exe);

        if (!name)
                name = by_variable(variables, n);
        for (unsigned i = 0; !name && i < p->n_ancestors; i++)
                name = by_program(p->ancestors[i].comm, p->ancestors[i].exe);
        return name;
}
