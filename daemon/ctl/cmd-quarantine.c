/* SPDX-FileCopyrightText: giad maintainers */
/*
 * giactl quarantine: list, show, release, purge.
 */
#include <string.h>

#include "daemon/ctl/audit.h"
#include "daemon/ctl/listing.h"

static int add_entry(void *userdata, const cJSON *e)
{
        struct table *t = userdata;
        char where[8192], taken[20];

        (void)snprintf(where, sizeof(where), "%s/%s", ctl_text(e, "workspace"),
                       ctl_text(e, "path"));
        table_add(t, ctl_text(e, "id"));
        table_add(t, ctl_short_time(ctl_text(e, "taken"), taken));
        table_add_number(t, ctl_number(e, "size"));
        table_add_number(t, ctl_number(e, "owner"));
        table_add(t, cJSON_IsTrue(cJSON_GetObjectItem(e, "held")) ? "held" : "stored");
        table_add(t, where);
        return 0;
}

static int list(struct ctl *ctl)
{
        static const char *const heading[] = {"ID", "TAKEN", "SIZE", "OWNER", "STATE", "PATH"};

        if (ctl->output != OUTPUT_HUMAN)
                return listing_print(ctl, "QuarantineList", NULL, "entries");
        struct table *t = table_new(ELEMENTSOF(heading));
        for (size_t i = 0; i < ELEMENTSOF(heading); i++)
                table_add(t, heading[i]);
        int status = listing_each(ctl, "QuarantineList", NULL, "entries", add_entry, t);
        table_print(t, ctl, stdout);
        return status;
}

/* "claude-code: sh (/usr/bin/dash), pid 812, uid 1000, in user@1000.service, from bash(790) claude(700)" */
static void show_writer(const cJSON *w)
{
        static const struct {
                const char *before, *key, *after;
        } parts[] = {
                {"", "writer_agent", ": "},
                {"", "writer_comm", " "},
                {"(", "writer_exe", "), "},
                {"uid ", "writer_uid", ""},
                {", in ", "writer_unit", ""},
                {", container ", "writer_container", ""},
                {" (", "writer_container_image", ")"},
                {", on ", "writer_terminal", ""},
                {", from ", "writer_ancestors", ""},
                {"; ", "writer_missing", ""},
                {"\n  command  ", "writer_command", ""},
        };

        (void)printf("  writer   pid %.0f, ", ctl_number(w, "writer_pid"));
        for (size_t i = 0; i < ELEMENTSOF(parts); i++) {
                const cJSON *value = cJSON_GetObjectItem(w, parts[i].key);

                if (cJSON_IsString(value))
                        (void)printf("%s%s%s", parts[i].before, value->valuestring, parts[i].after);
                else if (cJSON_IsNumber(value))
                        (void)printf("%s%.0f%s", parts[i].before, value->valuedouble,
                                     parts[i].after);
        }
        (void)putchar('\n');
}

static int show(struct ctl *ctl, cJSON *parameters)
{
        cJSON *reply = ctl_call(ctl, "QuarantineShow", parameters);
        const cJSON *e, *f;

        if (!reply)
                return EXIT_ERROR;
        e = cJSON_GetObjectItem(reply, "entry");
        if (ctl->output != OUTPUT_HUMAN) {
                ctl_print_json(e);
                cJSON_Delete(reply);
                return EXIT_OK;
        }
        (void)printf("%s%s%s\n  file     %s/%s\n  taken    %s\n  size     %.0f bytes, mode %s, "
                     "owner %.0f:%.0f\n"
                     "  sha256   %s\n  policy   %s\n",
                     ctl_bold(ctl), ctl_text(e, "id"), ctl_plain(ctl), ctl_text(e, "workspace"),
                     ctl_text(e, "path"), ctl_text(e, "taken"), ctl_number(e, "size"),
                     ctl_text(e, "mode"), ctl_number(e, "owner"), ctl_number(e, "group"),
                     ctl_text(e, "sha256"), ctl_text(e, "reason"));
        if (cJSON_GetObjectItem(e, "writer"))
                show_writer(cJSON_GetObjectItem(e, "writer"));
        cJSON_ArrayForEach(f, cJSON_GetObjectItem(e, "findings"))(void) printf(
                "  line %.0f: %s%s%s %s (%s)\n    better: %s\n", ctl_number(f, "line"),
                ctl_colour(ctl, ctl_text(f, "severity")), ctl_text(f, "title"), ctl_plain(ctl),
                ctl_text(f, "redacted"), ctl_text(f, "rule"), ctl_text(f, "remediation"));
        cJSON_Delete(reply);
        return EXIT_OK;
}

static int release(struct ctl *ctl, cJSON *parameters)
{
        double seconds = 0;
        cJSON *reply;

        if (ctl->value[CTL_EXPIRES] && ctl_duration(ctl->value[CTL_EXPIRES], &seconds) < 0) {
                cJSON_Delete(parameters);
                return ctl_usage("--expires takes a time such as 12h or 30d, not \"%s\"",
                                 ctl->value[CTL_EXPIRES]);
        }
        if (ctl->value[CTL_TO])
                (void)cJSON_AddStringToObject(parameters, "to", ctl->value[CTL_TO]);
        if (ctl->value[CTL_EXPIRES])
                (void)cJSON_AddNumberToObject(parameters, "expires", seconds);
        reply = ctl_call(ctl, "QuarantineRelease", parameters);
        if (!reply)
                return EXIT_ERROR;
        audit_decision(ctl, "release", ctl->args[1], ctl_text(reply, "path"));
        if (ctl->output != OUTPUT_HUMAN) {
                ctl_print_json(reply);
        } else if (cJSON_IsTrue(cJSON_GetObjectItem(reply, "awaits"))) {
                (void)puts("agreed; it stays in quarantine until another person agrees as well");
        } else {
                (void)printf("released to %s; this content is approved there\n",
                             ctl_text(reply, "path"));
                if (*ctl_text(reply, "dropped"))
                        (void)printf("not restored: %s\n", ctl_text(reply, "dropped"));
        }
        cJSON_Delete(reply);
        return EXIT_OK;
}

static int purge(struct ctl *ctl, cJSON *parameters)
{
        cJSON *reply = ctl_call(ctl, "QuarantinePurge", parameters);

        if (!reply)
                return EXIT_ERROR;
        audit_decision(ctl, "purge", ctl->args[1], NULL);
        if (ctl->output == OUTPUT_HUMAN)
                (void)puts("deleted for good");
        else
                ctl_print_json(reply);
        cJSON_Delete(reply);
        return EXIT_OK;
}

int command_quarantine(struct ctl *ctl)
{
        const char *verb = ctl->n_args > 0 ? ctl->args[0] : "";
        bool decides = strcmp(verb, "release") == 0 || strcmp(verb, "purge") == 0;
        cJSON *parameters;

        if (strcmp(verb, "list") == 0 && ctl->n_args == 1)
                return list(ctl);
        if (!decides && strcmp(verb, "show") != 0)
                return ctl_usage("quarantine takes list, show ID, release ID or purge ID");
        if (ctl->n_args != 2)
                return ctl_usage("quarantine %s takes the id of one entry", verb);
        if (decides && !ctl->value[CTL_REASON])
                return ctl_usage("quarantine %s needs --reason=TEXT: it is kept in the audit trail",
                                 verb);
        parameters = cJSON_CreateObject();
        (void)cJSON_AddStringToObject(parameters, "id", ctl->args[1]);
        if (!decides)
                return show(ctl, parameters);
        (void)cJSON_AddStringToObject(parameters, "reason", ctl->value[CTL_REASON]);
        return strcmp(verb, "release") == 0 ? release(ctl, parameters) : purge(ctl, parameters);
}
