/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what the path of a control group tells: units and containers.
 * Does not own: reading it (process.c).
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "watchers/process.h"

#define CONTAINER_ID 64u /* hexadecimal digits */

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
