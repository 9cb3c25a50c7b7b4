/* SPDX-FileCopyrightText: giad maintainers */
/* giactl approvals: list, revoke. */
#include <string.h>

#include "daemon/ctl/approvals.h"
#include "daemon/ctl/audit.h"
#include "daemon/ctl/ctl.h"

static void print_people(const cJSON *by, char *dst, size_t size)
{
        const cJSON *p;
        size_t n = 0;

        *dst = '\0';
        cJSON_ArrayForEach(p, by)
        {
                int k = snprintf(dst + n, size - n, "%s%s", n ? " and " : "", ctl_text(p, "name"));

                if (k < 0 || (size_t)k >= size - n)
                        return;
                n += (size_t)k;
        }
}

static const char *state_of(const cJSON *a)
{
        if (cJSON_IsTrue(cJSON_GetObjectItem(a, "awaits")))
                return "awaits";
        if (cJSON_IsTrue(cJSON_GetObjectItem(a, "expired")))
                return "expired";
        return strcmp(ctl_text(a, "kind"), "rejection") == 0    ? "rejected"
               : cJSON_IsTrue(cJSON_GetObjectItem(a, "signed")) ? "signed"
                                                                : "approved";
}

/* "content deadbeef0123", "class iam-admin-policy", "file" */
static void print_what(const cJSON *a, char *dst, size_t size)
{
        const char *scope = ctl_text(a, "scope");

        if (strcmp(scope, "content") == 0)
                (void)snprintf(dst, size, "content %.12s", ctl_text(a, "sha256"));
        else if (strcmp(scope, "class") == 0)
                (void)snprintf(dst, size, "class %s", ctl_text(a, "class"));
        else
                (void)snprintf(dst, size, "%s", scope);
}

static int list(struct ctl *ctl)
{
        static const char *const heading[] = {"ID", "STATE", "WHAT", "EXPIRES", "BY", "PLACE"};
        cJSON *reply = ctl_call(ctl, "Approvals", NULL);
        const cJSON *a, *all = cJSON_GetObjectItem(reply, "approvals");

        if (!reply)
                return EXIT_ERROR;
        if (ctl->output != OUTPUT_HUMAN) {
                ctl_print_list(ctl, all);
                cJSON_Delete(reply);
                return EXIT_OK;
        }
        struct table *t = table_new(ELEMENTSOF(heading));
        for (size_t i = 0; i < ELEMENTSOF(heading); i++)
                table_add(t, heading[i]);
        cJSON_ArrayForEach(a, all)
        {
                char text[8192];

                table_add(t, ctl_text(a, "id"));
                table_add(t, state_of(a));
                print_what(a, text, sizeof(text));
                table_add(t, text);
                (void)snprintf(text, sizeof(text), "%.16s",
                               *ctl_text(a, "expires") ? ctl_text(a, "expires") : "never");
                table_add(t, text);
                print_people(cJSON_GetObjectItem(a, "by"), text, sizeof(text));
                table_add(t, text);
                (void)snprintf(text, sizeof(text), "%s%s%s", ctl_text(a, "workspace"),
                               *ctl_text(a, "path") ? "/" : "", ctl_text(a, "path"));
                table_add(t, text);
        }
        table_print(t, ctl, stdout);
        cJSON_Delete(reply);
        return EXIT_OK;
}

static int take_back(struct ctl *ctl, const char *id)
{
        if (!ctl->value[CTL_REASON])
                return ctl_usage(
                        "approvals revoke needs --reason=TEXT: it is kept in the audit trail");
        cJSON *parameters = cJSON_CreateObject();
        (void)cJSON_AddStringToObject(parameters, "id", id);
        (void)cJSON_AddStringToObject(parameters, "reason", ctl->value[CTL_REASON]);
        cJSON *reply = ctl_call(ctl, "Revoke", parameters);
        if (!reply)
                return EXIT_ERROR;
        audit_decision(ctl, "revoke", id, NULL);
        if (ctl->output == OUTPUT_HUMAN)
                (void)puts("revoked; what it covered is looked at again");
        else
                ctl_print_json(reply);
        cJSON_Delete(reply);
        return EXIT_OK;
}

int command_approvals(struct ctl *ctl)
{
        const char *verb = ctl->n_args > 0 ? ctl->args[0] : "list";

        if (strcmp(verb, "list") == 0 && ctl->n_args <= 1)
                return list(ctl);
        if (strcmp(verb, "revoke") == 0 && ctl->n_args == 2)
                return take_back(ctl, ctl->args[1]);
        if (strcmp(verb, "prepare") == 0 && ctl->n_args == 2)
                return approvals_prepare(ctl, ctl->args[1]);
        if (strcmp(verb, "check") == 0 && ctl->n_args == 2)
                return approvals_check(ctl, ctl->args[1]);
        return ctl_usage("approvals takes list, revoke ID, prepare ID@N or check FILE");
}
