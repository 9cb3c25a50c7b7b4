/* SPDX-FileCopyrightText: giad maintainers */
/*
 * The commands that ask the running daemon and show its answer: status, sweep, metrics, explain.
 * Lists of the register are cmd-inventory.c's, events cmd-watch.c's.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "daemon/ctl/ctl.h"

/* --- status ---- */

static void show_gaps(const struct ctl *ctl, const cJSON *gaps, const char *where)
{
        const cJSON *gap;

        cJSON_ArrayForEach(gap, gaps)
        {
                const char *detail = ctl_text(gap, "detail");

                (void)printf("  %s%s%s: %s%s%s%s (since %.19s)\n", ctl_colour(ctl, "high"),
                             ctl_text(gap, "reason"), ctl_plain(ctl), where, *where ? ": " : "",
                             *detail ? detail : ctl_text(gap, "text"), "", ctl_text(gap, "since"));
        }
}

/* What watches it, and whether its gate stands. */
static void cell_back_end(struct table *t, const cJSON *ws)
{
        char text[64];

        (void)snprintf(text, sizeof(text), "%.40s%s", ctl_text(ws, "backend"),
                       cJSON_IsTrue(cJSON_GetObjectItem(ws, "gated")) ? "+gate" : "");
        table_add(t, text);
}

static void show_workspaces(const struct ctl *ctl, const cJSON *list)
{
        struct table *t = table_new(6);
        static const char *const heading[] = {"WORKSPACE", "AGENT",    "BACKEND",
                                              "SCANNED",   "FINDINGS", "QUARANTINED"};
        const cJSON *ws;

        for (size_t i = 0; i < ELEMENTSOF(heading); i++)
                table_add(t, heading[i]);
        cJSON_ArrayForEach(ws, list)
        {
                table_add(t, ctl_text(ws, "path"));
                table_add(t, *ctl_text(ws, "agent") ? ctl_text(ws, "agent") : "-");
                cell_back_end(t, ws);
                table_add_number(t, ctl_number(ws, "scanned"));
                table_add_number(t, ctl_number(ws, "findings"));
                table_add_number(t, ctl_number(ws, "quarantined"));
        }
        table_print(t, ctl, stdout);
}

static void show_sweeps(const struct ctl *ctl, const cJSON *list)
{
        const cJSON *ws;
        char when[20], next[20];

        cJSON_ArrayForEach(ws, list)
        {
                const char *due = ctl_text(ws, "next_sweep"), *last = ctl_text(ws, "swept");

                (void)printf("%sSwept%s       %s: %s, %s%s\n", ctl_bold(ctl), ctl_plain(ctl),
                             ctl_text(ws, "path"), *last ? ctl_short_time(last, when) : "not yet",
                             cJSON_IsTrue(cJSON_GetObjectItem(ws, "sweeping")) ? "and just now"
                             : *due                                            ? "next "
                                                                               : "not again",
                             *due ? ctl_short_time(due, next) : "");
        }
}

/* What its watcher cannot see, for all that have the same. */
static void show_blind(const struct ctl *ctl, const cJSON *list)
{
        const cJSON *ws, *before;

        cJSON_ArrayForEach(ws, list)
        {
                const char *blind = ctl_text(ws, "blind_to");
                bool shown = false;

                for (before = list->child; before != ws; before = before->next)
                        shown = shown || strcmp(ctl_text(before, "blind_to"), blind) == 0;
                if (!shown)
                        (void)printf("%sBlind to%s    %s: %s\n", ctl_bold(ctl), ctl_plain(ctl),
                                     ctl_text(ws, "backend"), blind);
        }
}

static size_t count_gaps(const cJSON *status)
{
        const cJSON *ws;
        int n = cJSON_GetArraySize(cJSON_GetObjectItem(status, "gaps"));

        cJSON_ArrayForEach(ws, cJSON_GetObjectItem(status, "workspaces")) n +=
                cJSON_GetArraySize(cJSON_GetObjectItem(ws, "gaps"));
        return (size_t)n;
}

static void show_sink(const struct ctl *ctl, const cJSON *sink)
{
        const char *since = ctl_text(sink, "down_since"), *error = ctl_text(sink, "spool_error");
        double disk = ctl_number(sink, "queued_disk");
        char when[20];

        (void)printf("%sOutput%s      %s: %.0f delivered, %.0f waiting", ctl_bold(ctl),
                     ctl_plain(ctl), ctl_text(sink, "name"), ctl_number(sink, "delivered"),
                     ctl_number(sink, "queued"));
        if (disk > 0)
                (void)printf(" (%.0f on disk, %.0f bytes)", disk, ctl_number(sink, "spool_bytes"));
        (void)printf(", %.0f lost", ctl_number(sink, "lost"));
        if (cJSON_IsTrue(cJSON_GetObjectItem(sink, "down")))
                (void)printf("%s; down since %s%s", ctl_colour(ctl, "bad"),
                             ctl_short_time(since, when), ctl_plain(ctl));
        if (*error)
                (void)printf("%s; its spool cannot be used: %s%s", ctl_colour(ctl, "bad"), error,
                             ctl_plain(ctl));
        (void)printf("\n");
}

static void show_counters(const struct ctl *ctl, const cJSON *status)
{
        const cJSON *w = cJSON_GetObjectItem(status, "watcher"),
                    *s = cJSON_GetObjectItem(status, "scanner"),
                    *p = cJSON_GetObjectItem(status, "pipeline"),
                    *q = cJSON_GetObjectItem(status, "quarantine"),
                    *g = cJSON_GetObjectItem(status, "gate"), *sink;

        (void)printf(
                "\n%sWatching%s    %.0f directories, %.0f polled; %.0f events, %.0f overflows\n",
                ctl_bold(ctl), ctl_plain(ctl), ctl_number(w, "directories"),
                ctl_number(w, "polled"), ctl_number(w, "events"), ctl_number(w, "overflows"));
        if (g)
                (void)printf("%sGate%s        %.0f opens, %.0f waited, %.0f refused, %.0f let in "
                             "without a verdict; %.0f waiting\n",
                             ctl_bold(ctl), ctl_plain(ctl), ctl_number(g, "opens"),
                             ctl_number(g, "waited"), ctl_number(g, "denied"),
                             ctl_number(g, "passed"), ctl_number(g, "waiting"));
        (void)printf("%sScanning%s    %.0f of %.0f scanners, %.0f rules; %.0f scans, %.0f waiting, "
                     "%.0f deaths\n",
                     ctl_bold(ctl), ctl_plain(ctl), ctl_number(s, "ready"),
                     ctl_number(s, "workers"), ctl_number(s, "rules"), ctl_number(p, "scans"),
                     ctl_number(p, "pending"), ctl_number(s, "deaths"));
        (void)printf("%sFound%s       %.0f artefacts, %.0f findings; %.0f quarantined, %.0f "
                     "responses failed\n",
                     ctl_bold(ctl), ctl_plain(ctl), ctl_number(p, "artefacts"),
                     ctl_number(p, "findings"), ctl_number(p, "quarantined"),
                     ctl_number(p, "response_failed"));
        (void)printf("%sQuarantine%s  %.0f entries, %.0f bytes\n", ctl_bold(ctl), ctl_plain(ctl),
                     ctl_number(q, "entries"), ctl_number(q, "bytes"));
        cJSON_ArrayForEach(sink, cJSON_GetObjectItem(status, "sinks")) show_sink(ctl, sink);
}

int command_status(struct ctl *ctl)
{
        const cJSON *status, *ws;
        int k = ctl_no_arguments(ctl);
        cJSON *reply = k == EXIT_OK ? ctl_call(ctl, "Status", NULL) : NULL;

        if (!reply)
                return EXIT_ERROR;
        status = cJSON_GetObjectItem(reply, "status");
        if (ctl->output != OUTPUT_HUMAN) {
                ctl_print_json(status);
                cJSON_Delete(reply);
                return EXIT_OK;
        }
        (void)printf("giad %s, process %.0f, since %.19s, configuration %s\n\n",
                     ctl_text(status, "version"), ctl_number(status, "pid"),
                     ctl_text(status, "started"), ctl_text(status, "config"));
        show_workspaces(ctl, cJSON_GetObjectItem(status, "workspaces"));
        size_t gaps = count_gaps(status);
        (void)printf("\n%sCoverage%s    %s%s%s\n", ctl_bold(ctl), ctl_plain(ctl),
                     ctl_colour(ctl, gaps ? "bad" : "good"), gaps ? "not whole:" : "whole",
                     ctl_plain(ctl));
        show_gaps(ctl, cJSON_GetObjectItem(status, "gaps"), "");
        cJSON_ArrayForEach(ws, cJSON_GetObjectItem(status, "workspaces"))
                show_gaps(ctl, cJSON_GetObjectItem(ws, "gaps"), ctl_text(ws, "path"));
        show_blind(ctl, cJSON_GetObjectItem(status, "workspaces"));
        show_sweeps(ctl, cJSON_GetObjectItem(status, "workspaces"));
        show_counters(ctl, status);
        cJSON_Delete(reply);
        return EXIT_OK;
}

/* --- sweep ---- */

int command_sweep(struct ctl *ctl)
{
        cJSON *parameters = cJSON_CreateObject();
        char path[PATH_MAX];

        if (ctl->n_args > 1) {
                cJSON_Delete(parameters);
                return ctl_usage("sweep takes at most one workspace");
        }
        if (ctl->n_args == 1)
                (void)cJSON_AddStringToObject(parameters, "workspace",
                                              ctl_absolute(ctl->args[0], path));
        cJSON *reply = ctl_call(ctl, "Sweep", parameters);
        if (!reply)
                return EXIT_ERROR;
        if (ctl->output != OUTPUT_HUMAN)
                ctl_print_json(reply);
        else
                (void)printf("%.0f to be swept; giactl status shows when that has ended\n",
                             ctl_number(reply, "workspaces"));
        cJSON_Delete(reply);
        return EXIT_OK;
}

/* --- metrics ---- */

int command_metrics(struct ctl *ctl)
{
        cJSON *reply = ctl_no_arguments(ctl) == EXIT_OK ? ctl_call(ctl, "Metrics", NULL) : NULL;

        if (!reply)
                return EXIT_ERROR;
        if (ctl->output == OUTPUT_HUMAN)
                (void)fputs(ctl_text(reply, "text"), stdout);
        else
                ctl_print_json(reply);
        cJSON_Delete(reply);
        return EXIT_OK;
}

/* --- explain ---- */

static void show_policy(const struct ctl *ctl, const cJSON *policy)
{
        if (*ctl_text(policy, "file"))
                (void)printf("    policy: %s%s%s (%s:%.0f)\n", ctl_bold(ctl),
                             ctl_text(policy, "action"), ctl_plain(ctl), ctl_text(policy, "file"),
                             ctl_number(policy, "line"));
        else
                (void)printf("    policy: %sreport%s (no line matches)\n", ctl_bold(ctl),
                             ctl_plain(ctl));
}

static void explain_one(const struct ctl *ctl, const cJSON *a)
{
        const cJSON *f, *policy = cJSON_GetObjectItem(a, "policy");

        (void)printf("%s%s/%s%s\n  %s: %s\n  because: %s\n  state: %s\n", ctl_bold(ctl),
                     ctl_text(a, "workspace"), ctl_text(a, "path"), ctl_plain(ctl),
                     ctl_text(a, "artefact"), ctl_text(a, "artefact_text"),
                     *ctl_text(a, "evidence") ? ctl_text(a, "evidence") : "-",
                     ctl_text(a, "state"));
        if (policy) {
                (void)printf("  as an artefact:\n");
                show_policy(ctl, policy);
        }
        cJSON_ArrayForEach(f, cJSON_GetObjectItem(a, "findings"))
        {
                const cJSON *suppressed = cJSON_GetObjectItem(f, "suppressed");

                (void)printf("  line %.0f: %s%s%s [%s, %s confidence%s] %s\n",
                             ctl_number(f, "line"), ctl_colour(ctl, ctl_text(f, "severity")),
                             ctl_text(f, "title"), ctl_plain(ctl), ctl_text(f, "severity"),
                             ctl_text(f, "confidence"),
                             strcmp(ctl_text(f, "certainty"), "yes") == 0 ? "" : ", unknown",
                             ctl_text(f, "rule"));
                if (*ctl_text(f, "detail"))
                        (void)printf("    why: %s\n", ctl_text(f, "detail"));
                if (*ctl_text(f, "redacted"))
                        (void)printf("    value: %s\n", ctl_text(f, "redacted"));
                if (suppressed && !*ctl_text(suppressed, "file"))
                        (void)printf("    suppressed: %s\n", ctl_text(suppressed, "reason"));
                else if (suppressed)
                        (void)printf("    suppressed: %s (%s:%.0f)\n",
                                     ctl_text(suppressed, "reason"), ctl_text(suppressed, "file"),
                                     ctl_number(suppressed, "line"));
                else
                        show_policy(ctl, cJSON_GetObjectItem(f, "policy"));
                (void)printf("    better: %s\n", ctl_text(f, "remediation"));
        }
}

int command_explain(struct ctl *ctl)
{
        cJSON *parameters, *reply;
        const cJSON *a;
        char path[PATH_MAX];

        if (ctl->n_args != 1)
                return ctl_usage("explain takes one path");
        parameters = cJSON_CreateObject();
        (void)cJSON_AddStringToObject(parameters, "path", ctl_absolute(ctl->args[0], path));
        reply = ctl_call(ctl, "Explain", parameters);
        if (!reply)
                return EXIT_ERROR;
        if (ctl->output == OUTPUT_HUMAN)
                cJSON_ArrayForEach(a, cJSON_GetObjectItem(reply, "explanation"))
                        explain_one(ctl, a);
        else
                ctl_print_list(ctl, cJSON_GetObjectItem(reply, "explanation"));
        cJSON_Delete(reply);
        return EXIT_OK;
}
