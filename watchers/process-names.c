/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what the path of a control group tells: units and containers.
 * Does not own: reading it (process.c).
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "watchers/process.h"

#define CONTAINER_ID 64u /* hexadecimal digits */
#define MACHINE_NAME ((size_t)64)

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

static int hex_value(char c)
{
        return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The name of a machine as its unit has it: systemd writes \xNN for what is special in units' names (systemd.unit(5)). NULL:
 * it is no such name. */
static char *machine_name(const char *s, size_t n)
{
        char *name = n > 0 && n <= 4 * MACHINE_NAME ? malloc(n + 1) : NULL, *to = name;

        if (!name)
                return NULL;
        for (size_t i = 0; i < n; i++) {
                bool escaped = n - i >= 4 && s[i] == '\\' && s[i + 1] == 'x';
                int high = escaped ? hex_value(s[i + 2]) : -1,
                    low = escaped ? hex_value(s[i + 3]) : -1;

                *to++ = high >= 0 && low >= 0 ? (char)(high * 16 + low) : s[i];
                i += high >= 0 && low >= 0 ? 3 : 0;
        }
        *to = '\0';
        if ((size_t)(to - name) <= MACHINE_NAME && strlen(name) == (size_t)(to - name) &&
            name[0] != '.' && !strchr(name, '/'))
                return name;
        free(name);
        return NULL;
}

/* Where in the part of the path the container's id begins; NULL: there is none. */
static const char *find_id(const char *s, size_t n)
{
        for (size_t i = 0; i + CONTAINER_ID <= n; i++)
                if ((i == 0 || s[i - 1] == '-') && is_id(s + i))
                        return s + i;
        return NULL;
}

/* docker-ID.scope, libpod-ID.scope, cri-containerd-ID.scope, /docker/ID, /kubepods/…/ID; machine-NAME.scope of
 * systemd-nspawn, systemd-nspawn@NAME.service . */
char *process_container(const char *cgroup)
{
        static const char machine[] = "machine-", nspawn[] = "systemd-nspawn@";

        for (const char *s = cgroup; *s;) {
                s += strspn(s, "/");
                size_t n = strcspn(s, "/");
                const char *id = find_id(s, n);

                if (id)
                        return strndup(id, CONTAINER_ID);
                if (strncmp(s, machine, strlen(machine)) == 0 && ends_in(s, n, ".scope"))
                        return machine_name(s + strlen(machine),
                                            n - strlen(machine) - strlen(".scope"));
                if (strncmp(s, nspawn, strlen(nspawn)) == 0 && ends_in(s, n, ".service"))
                        return machine_name(s + strlen(nspawn),
                                            n - strlen(nspawn) - strlen(".service"));
                s += n;
        }
        return NULL;
}

/* What stands before the id, or in the part above it, is the runtime's own word. */
const char *process_runtime(const char *cgroup)
{
        static const struct {
                const char *word, *runtime;
        } words[] = {{"docker-", "docker"},     {"docker/", "docker"},
                     {"libpod-", "podman"},     {"libpod_parent/", "podman"},
                     {"crio-", "cri-o"},        {"cri-containerd-", "containerd"},
                     {"nerdctl-", "containerd"}};

        for (size_t at = 0; cgroup[at]; at++) {
                if (!is_id(cgroup + at))
                        continue;
                for (size_t i = 0; i < ELEMENTSOF(words); i++) {
                        size_t k = strlen(words[i].word);

                        if (at > k && memcmp(cgroup + at - k, words[i].word, k) == 0 &&
                            (cgroup[at - k - 1] == '/'))
                                return words[i].runtime;
                }
                return NULL;
        }
        return NULL;
}

/* A user's own systemd, and what it runs, is below user-UID.slice. */
uint32_t process_cgroup_user(const char *cgroup)
{
        static const char slice[] = "/user.slice/user-";
        unsigned long uid;
        char *end;

        if (strncmp(cgroup, slice, strlen(slice)) != 0 ||
            !isdigit((unsigned char)cgroup[strlen(slice)]))
                return PROVENANCE_NONE;
        uid = strtoul(cgroup + strlen(slice), &end, 10);
        return strncmp(end, ".slice/", 7) == 0 && uid < PROVENANCE_NONE ? (uint32_t)uid
                                                                        : PROVENANCE_NONE;
}
