/* SPDX-FileCopyrightText: giad maintainers */
/*
 * giactl watch and giactl events: what happens, and what happened.
 * Does not own: an event's line (event-line.c).
 */
#include <string.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/event-line.h"

static void show_event(const struct ctl *ctl, const cJSON *event, bool date)
{
        _cleanup_buffer_ struct buffer line = BUFFER_NULL;

        if (ctl->output != OUTPUT_HUMAN) {
                ctl_print_json(event);
                return;
        }
        event_line(ctl, event, event_line_width(), date, &line);
        if (!line.error)
                (void)fputs(line.data, stdout);
}

static void show_heading(const struct ctl *ctl, bool date)
{
        _cleanup_buffer_ struct buffer line = BUFFER_NULL;

        if (ctl->output != OUTPUT_HUMAN || !ctl->terminal)
                return;
        event_line_heading(ctl, date, &line);
        if (!line.error)
                (void)fputs(line.data, stdout);
        (void)fflush(stdout);
}

/* One event of a watch. Returns 0 or negative errno: there will be no other; it was said why. */
static int watch_one(const struct ctl *ctl, struct control_client *client, bool *ret_continues)
{
        cJSON *reply = NULL;
        char *error = NULL;
        int k = control_client_receive(client, &reply, ret_continues, &error);

        if (k >= 0)
                show_event(ctl, cJSON_GetObjectItem(reply, "event"), false);
        else
                (void)ctl_error("%s", k != -EREMOTEIO               ? "giad closed the connection"
                                      : *ctl_text(reply, "message") ? ctl_text(reply, "message")
                                                                    : error);
        cJSON_Delete(reply);
        free(error);
        /* who reads it has gone */
        return k >= 0 && fflush(stdout) == EOF ? -EPIPE : k;
}

int command_watch(struct ctl *ctl)
{
        struct control_client *client = ctl_no_arguments(ctl) == EXIT_OK ? ctl_connect(ctl) : NULL;
        bool continues = true;

        if (!client)
                return EXIT_ERROR;
        int k = control_client_send(client, "Watch", NULL, true);
        if (k < 0)
                (void)ctl_error("giad closed the connection: %s", strerror(-k));
        else
                show_heading(ctl, false);
        while (k >= 0 && continues)
                k = watch_one(ctl, client, &continues);
        (void)control_client_free(client);
        return k < 0 ? EXIT_ERROR : EXIT_OK;
}

int command_events(struct ctl *ctl)
{
        cJSON *parameters = cJSON_CreateObject(), *reply = NULL;
        const cJSON *event;

        if (ctl_no_arguments(ctl) == EXIT_OK &&
            ctl_add_number(parameters, "limit", ctl->value[CTL_LIMIT]) == EXIT_OK &&
            ctl_add_number(parameters, "since", ctl->value[CTL_SINCE]) == EXIT_OK)
                reply = ctl_call(ctl, "Events", parameters);
        else
                cJSON_Delete(parameters);
        if (!reply)
                return EXIT_ERROR;
        show_heading(ctl, true);
        if (ctl->output == OUTPUT_HUMAN)
                cJSON_ArrayForEach(event, cJSON_GetObjectItem(reply, "events"))
                        show_event(ctl, event, true);
        else
                ctl_print_list(ctl, cJSON_GetObjectItem(reply, "events"));
        cJSON_Delete(reply);
        return EXIT_OK;
}
