/* SPDX-FileCopyrightText: giad maintainers */
/*
 * giactl show: one artefact, what each of its versions said that the one before did not, and who decided what about it.
 */
#include <limits.h>
#include <string.h>

#include "common/base/id.h"
#include "common/base/macros.h"
#include "daemon/ctl/artefact.h"
#include "daemon/ctl/ctl.h"

static void show_head(const struct ctl *ctl, const cJSON *a)
{
        (void)printf("%s%s/%s%s\n", ctl_bold(ctl), ctl_text(a, "workspace"), ctl_text(a, "path"),
                     ctl_plain(ctl));
        (void)printf("  %s, %s%s%s, id %s\n", ctl_text(a, "artefact"),
                     ctl_colour(ctl, ctl_text(a, "state")), ctl_text(a, "state"), ctl_plain(ctl),
                     ctl_text(a, "id"));
        if (*ctl_text(a, "evidence"))
                (void)printf("  %s%s%s\n", ctl_dim(ctl), ctl_text(a, "evidence"), ctl_plain(ctl));
}

static void show_findings(const struct ctl *ctl, const cJSON *list)
{
        const cJSON *f;

        if (cJSON_GetArraySize(list) > 0)
                (void)printf("%sFindings%s\n", ctl_bold(ctl), ctl_plain(ctl));
        cJSON_ArrayForEach(f, list)
        {
                (void)printf("  %.0f:%.0f  %s%s%s  %s  %s%s%s\n", ctl_number(f, "line"),
                             ctl_number(f, "column"), ctl_colour(ctl, ctl_text(f, "severity")),
                             ctl_text(f, "severity"), ctl_plain(ctl), ctl_text(f, "title"),
                             ctl_dim(ctl), ctl_text(f, "rule"), ctl_plain(ctl));
        }
}

static void show_assertions(const struct ctl *ctl, const cJSON *list, const char *sign,
                            const char *colour)
{
        const cJSON *a;

        cJSON_ArrayForEach(a, list)
        {
                (void)printf("    %s%s %s%s %s%s\n", ctl_colour(ctl, colour), sign,
                             ctl_text(a, "kind"), ctl_plain(ctl), ctl_text(a, "text"),
                             strcmp(ctl_text(a, "certainty"), "unknown") == 0 ? " (unknown)" : "");
        }
}

static void show_origin(const cJSON *v)
{
        static const struct {
                const char *key, *before;
        } parts[] = {{"writer", "written by"}, {"agent", "agent"},   {"container", "container"},
                     {"repository", "in"},     {"branch", "branch"}, {"commit", "commit"}};
        bool any = false;

        for (size_t i = 0; i < ELEMENTSOF(parts); i++)
                if (*ctl_text(v, parts[i].key)) {
                        (void)printf("%s%s %s", any ? ", " : "    ", parts[i].before,
                                     ctl_text(v, parts[i].key));
                        any = true;
                }
        if (any)
                (void)puts("");
}

static void show_versions(const struct ctl *ctl, const cJSON *list)
{
        const cJSON *v;

        (void)printf("%sVersions%s\n", ctl_bold(ctl), ctl_plain(ctl));
        cJSON_ArrayForEach(v, list)
        {
                (void)printf("  %.0f  %.19s  %s, %.0f findings, %.0f bytes, sha256 %.16s%s\n",
                             ctl_number(v, "version"), ctl_text(v, "first_seen"),
                             ctl_text(v, "state"), ctl_number(v, "findings"), ctl_number(v, "size"),
                             ctl_text(v, "sha256"),
                             cJSON_IsTrue(cJSON_GetObjectItem(v, "kept")) ? ", kept" : "");
                show_origin(v);
                show_assertions(ctl, cJSON_GetObjectItem(v, "drops"), "-", "good");
                show_assertions(ctl, cJSON_GetObjectItem(v, "adds"), "+", "medium");
        }
}

static void show_history(const struct ctl *ctl, const cJSON *list)
{
        const cJSON *t;

        (void)printf("%sHistory%s\n", ctl_bold(ctl), ctl_plain(ctl));
        cJSON_ArrayForEach(t, list)
        {
                (void)printf("  %.19s  version %.0f: %s by %s%s%s\n", ctl_text(t, "at"),
                             ctl_number(t, "version"), ctl_text(t, "state"), ctl_text(t, "by"),
                             *ctl_text(t, "reason") ? ", " : "", ctl_text(t, "reason"));
        }
}

static void show_ways(const cJSON *a)
{
        const cJSON *versions = cJSON_GetObjectItem(a, "versions");
        const cJSON *last = cJSON_GetArrayItem(versions, cJSON_GetArraySize(versions) - 1);

        if (strcmp(ctl_text(a, "state"), "pending") == 0)
                (void)printf("  giactl approve %s@%.0f --reason=…  or  giactl reject %s@%.0f "
                             "--reason=…\n",
                             ctl_text(a, "id"), ctl_number(last, "version"), ctl_text(a, "id"),
                             ctl_number(last, "version"));
}

void artefact_print(const struct ctl *ctl, const cJSON *a)
{
        show_head(ctl, a);
        show_findings(ctl, cJSON_GetObjectItem(a, "found"));
        show_versions(ctl, cJSON_GetObjectItem(a, "versions"));
        show_history(ctl, cJSON_GetObjectItem(a, "history"));
        show_ways(a);
}

int command_show(struct ctl *ctl)
{
        cJSON *parameters;
        char path[PATH_MAX];

        if (ctl->n_args != 1)
                return ctl_usage("show takes the id of an artefact, or its path");
        parameters = cJSON_CreateObject();
        if (id_valid(ctl->args[0]))
                (void)cJSON_AddStringToObject(parameters, "id", ctl->args[0]);
        else
                (void)cJSON_AddStringToObject(parameters, "path", ctl_absolute(ctl->args[0], path));
        cJSON *reply = ctl_call(ctl, "Show", parameters);
        if (!reply)
                return EXIT_ERROR;
        const cJSON *a = cJSON_GetObjectItem(reply, "artefact");
        if (ctl->output != OUTPUT_HUMAN) {
                ctl_print_json(a);
        } else {
                artefact_print(ctl, a);
        }
        cJSON_Delete(reply);
        return EXIT_OK;
}
