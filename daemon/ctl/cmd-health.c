/* SPDX-FileCopyrightText: giad maintainers */
/* giactl health: where a synthetic artefact got to. */
#include <string.h>

#include "daemon/ctl/ctl.h"

/* longer than giad itself takes for a check that fails */
#define PATIENCE (30 * USEC_PER_SEC)

static void show_step(const struct ctl *ctl, const cJSON *step)
{
        bool ok = cJSON_IsTrue(cJSON_GetObjectItem(step, "ok"));
        const char *detail = ctl_text(step, "detail"), *remedy = ctl_text(step, "remedy");

        (void)printf("  %s%-6s%s %-8s %9.1f ms%s%s\n", ctl_colour(ctl, ok ? "good" : "bad"),
                     ok ? "ok" : "failed", ctl_plain(ctl), ctl_text(step, "step"),
                     ctl_number(step, "ms"), *detail ? "  " : "", detail);
        if (*remedy)
                (void)printf("         %s\n", remedy);
}

/* The steps of several workspaces come as they were done: shown together for each. */
static void show_steps(const struct ctl *ctl, const cJSON *steps)
{
        const cJSON *first, *before, *step;

        cJSON_ArrayForEach(first, steps)
        {
                const char *workspace = ctl_text(first, "workspace");
                bool shown = false;

                for (before = steps->child; before != first; before = before->next)
                        shown = shown || strcmp(ctl_text(before, "workspace"), workspace) == 0;
                if (shown)
                        continue;
                (void)printf("%s%s%s\n", ctl_bold(ctl), workspace, ctl_plain(ctl));
                cJSON_ArrayForEach(step, steps) if (strcmp(ctl_text(step, "workspace"),
                                                           workspace) == 0) show_step(ctl, step);
        }
}

int command_health(struct ctl *ctl)
{
        cJSON *parameters = cJSON_CreateObject();
        char path[PATH_MAX];

        if (ctl->n_args > 1) {
                cJSON_Delete(parameters);
                return ctl_usage("health takes at most one workspace");
        }
        if (ctl->n_args == 1)
                (void)cJSON_AddStringToObject(parameters, "workspace",
                                              ctl_absolute(ctl->args[0], path));
        if (ctl->value[CTL_QUARANTINE])
                (void)cJSON_AddTrueToObject(parameters, "quarantine");
        ctl->patience = PATIENCE;
        cJSON *reply = ctl_call(ctl, "Health", parameters);
        if (!reply)
                return EXIT_ERROR;
        bool ok = cJSON_IsTrue(cJSON_GetObjectItem(reply, "ok"));
        if (ctl->output != OUTPUT_HUMAN)
                ctl_print_json(reply);
        else
                show_steps(ctl, cJSON_GetObjectItem(reply, "steps"));
        cJSON_Delete(reply);
        return ok ? EXIT_OK : EXIT_FOUND;
}
