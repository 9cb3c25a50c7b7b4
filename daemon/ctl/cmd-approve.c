/* SPDX-FileCopyrightText: giad maintainers */
/*
 * giactl approve, reject, rollback: decisions about artefacts that the register knows.
 *
 * What is decided is a version that was looked at: ID@N, as giactl show prints it. Without N it is shown here, and asked for.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/id.h"
#include "common/base/macros.h"
#include "common/base/text.h"
#include "daemon/ctl/artefact.h"
#include "daemon/ctl/audit.h"
#include "daemon/ctl/ctl.h"

/* "ID@3" → "ID" and 3; without that 0. Paths may hold an '@' of their own: only digits to the end are taken for a version. */
static uint64_t take_version(char *name)
{
        char *at = strrchr(name, '@');
        uint64_t n;

        if (!at || at == name || text_to_u64(at + 1, 10, &n) != 0 || n == 0)
                return 0;
        *at = '\0';
        return n;
}

static void add_name(cJSON *parameters, const char *name)
{
        char path[PATH_MAX];

        if (id_valid(name))
                (void)cJSON_AddStringToObject(parameters, "id", name);
        else
                (void)cJSON_AddStringToObject(parameters, "path", ctl_absolute(name, path));
}

static void audit_name(struct ctl *ctl, const char *op, const char *name)
{
        char path[PATH_MAX];
        bool id = id_valid(name);

        audit_decision(ctl, op, id ? name : NULL, id ? NULL : ctl_absolute(name, path));
}

/* --- looking before deciding ---- */

static bool asked_yes(const char *question)
{
        char answer[16];

        (void)fprintf(stderr, "%s [y/N] ", question);
        return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

/* The last version, once it was shown and somebody said yes; 0: no, or an error was printed. */
static uint64_t look(struct ctl *ctl, const char *name, const char *verb)
{
        cJSON *parameters = cJSON_CreateObject();
        char question[64];
        uint64_t n;

        if (!isatty(STDIN_FILENO) || ctl->output != OUTPUT_HUMAN) {
                cJSON_Delete(parameters);
                (void)ctl_usage("%s needs the version that was looked at: ID@N, see giactl show",
                                verb);
                return 0;
        }
        add_name(parameters, name);
        cJSON *reply = ctl_call(ctl, "Show", parameters);
        if (!reply)
                return 0;
        const cJSON *a = cJSON_GetObjectItem(reply, "artefact");
        const cJSON *versions = cJSON_GetObjectItem(a, "versions");
        artefact_print(ctl, a);
        n = (uint64_t)ctl_number(cJSON_GetArrayItem(versions, cJSON_GetArraySize(versions) - 1),
                                 "version");
        cJSON_Delete(reply);
        (void)snprintf(question, sizeof(question), "%s version %llu?", verb, (unsigned long long)n);
        return n > 0 && asked_yes(question) ? n : 0;
}

/* --- deciding ---- */

static int add_expiry(struct ctl *ctl, cJSON *parameters)
{
        double seconds = 0;

        if (!ctl->value[CTL_EXPIRES])
                return 0;
        if (ctl_duration(ctl->value[CTL_EXPIRES], &seconds) < 0)
                return ctl_usage("--expires takes a time such as 12h or 30d, not \"%s\"",
                                 ctl->value[CTL_EXPIRES]);
        (void)cJSON_AddNumberToObject(parameters, "expires", seconds);
        return 0;
}

static void add_option(const struct ctl *ctl, cJSON *parameters, enum ctl_option option,
                       const char *name)
{
        if (ctl->value[option])
                (void)cJSON_AddStringToObject(parameters, name, ctl->value[option]);
}

static void print_decision(const cJSON *reply)
{
        if (cJSON_IsTrue(cJSON_GetObjectItem(reply, "awaits"))) {
                (void)puts("agreed; it is not in force until another person agrees as well, in the "
                           "same words");
                return;
        }
        (void)printf("%s%s%s", ctl_text(reply, "state"),
                     *ctl_text(reply, "expires") ? " until " : "", ctl_text(reply, "expires"));
        if (strcmp(ctl_text(reply, "state"), "approved") == 0)
                (void)printf(", %s", cJSON_IsTrue(cJSON_GetObjectItem(reply, "kept"))
                                             ? "and a copy is kept for rollbacks"
                                             : "but no copy is kept for rollbacks");
        (void)printf("\n  giactl approvals revoke %s takes it back\n", ctl_text(reply, "approval"));
}

static int decide(struct ctl *ctl, const char *verb, const char *method)
{
        if (ctl->n_args != 1)
                return ctl_usage(
                        "%s takes the id of an artefact with its version (ID@N), or its path",
                        verb);
        if (!ctl->value[CTL_REASON])
                return ctl_usage("%s needs --reason=TEXT: it is kept in the audit trail", verb);
        _cleanup_free_ char *name = strdup(ctl->args[0]);
        if (!name)
                return ctl_error("out of memory");
        uint64_t n = take_version(name);
        if (n == 0)
                n = look(ctl, name, verb);
        if (n == 0)
                return EXIT_ERROR;
        cJSON *parameters = cJSON_CreateObject();
        add_name(parameters, name);
        (void)cJSON_AddNumberToObject(parameters, "version", (double)n);
        add_option(ctl, parameters, CTL_REASON, "reason");
        add_option(ctl, parameters, CTL_SCOPE, "scope");
        add_option(ctl, parameters, CTL_CLASS, "class");
        if (add_expiry(ctl, parameters) != 0) {
                cJSON_Delete(parameters);
                return EXIT_ERROR;
        }
        cJSON *reply = ctl_call(ctl, method, parameters);
        if (!reply)
                return EXIT_ERROR;
        audit_name(ctl, verb, name);
        if (ctl->output == OUTPUT_HUMAN)
                print_decision(reply);
        else
                ctl_print_json(reply);
        cJSON_Delete(reply);
        return EXIT_OK;
}

int command_approve(struct ctl *ctl)
{
        return decide(ctl, "approve", "Approve");
}

int command_reject(struct ctl *ctl)
{
        return decide(ctl, "reject", "Reject");
}

int command_rollback(struct ctl *ctl)
{
        uint64_t n = 0;

        if (ctl->n_args != 1)
                return ctl_usage("rollback takes the path of a file, or the id of an artefact");
        if (!ctl->value[CTL_REASON])
                return ctl_usage("rollback needs --reason=TEXT: it is kept in the audit trail");
        if (ctl->value[CTL_TO] && (text_to_u64(ctl->value[CTL_TO], 10, &n) != 0 || n == 0))
                return ctl_usage("--to takes the number of a version, see giactl show, not \"%s\"",
                                 ctl->value[CTL_TO]);
        cJSON *parameters = cJSON_CreateObject();
        add_name(parameters, ctl->args[0]);
        if (n)
                (void)cJSON_AddNumberToObject(parameters, "version", (double)n);
        add_option(ctl, parameters, CTL_REASON, "reason");
        cJSON *reply = ctl_call(ctl, "Rollback", parameters);
        if (!reply)
                return EXIT_ERROR;
        audit_name(ctl, "rollback", ctl->args[0]);
        if (ctl->output != OUTPUT_HUMAN) {
                ctl_print_json(reply);
        } else {
                (void)printf("version %.0f stands there again\n", ctl_number(reply, "version"));
                if (*ctl_text(reply, "quarantined"))
                        (void)printf("what stood there is in quarantine: %s\n",
                                     ctl_text(reply, "quarantined"));
        }
        cJSON_Delete(reply);
        return EXIT_OK;
}
