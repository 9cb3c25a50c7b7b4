/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what a report says of what giad could not see or do: gaps with their remedies, files that were not looked at, workspaces,
 * outputs.
 * Does not own: the reasons and remedies (common/model/reasons.def, remedies.def).
 */
#include <string.h>

#include "daemon/ctl/report-page.h"

static const cJSON *list_of(const cJSON *o, const char *name)
{
        return cJSON_GetObjectItemCaseSensitive(o, name);
}

size_t page_gaps(const struct report *r)
{
        int n = cJSON_GetArraySize(list_of(r->status, "gaps"));
        const cJSON *ws;

        cJSON_ArrayForEach(ws, list_of(r->status, "workspaces")) n +=
                cJSON_GetArraySize(list_of(ws, "gaps"));
        return (size_t)n;
}

static const char *remedy_of(const char *reason)
{
        int k = reason_from_string(reason);

        return k < 0 ? "" : reason_remedy((enum reason)k);
}

static void put_gaps(FILE *out, const cJSON *gaps, const char *where)
{
        const cJSON *gap;

        cJSON_ArrayForEach(gap, gaps)
        {
                (void)fputs("<tr><td>", out);
                html_element(out, "strong", NULL, ctl_text(gap, "reason"));
                html_element(out, "span", "sub", ctl_text(gap, "text"));
                (void)fputs("</td><td class=\"path\"><bdi>", out);
                html_text(out, *where ? where : "the host");
                (void)fputs("</bdi>", out);
                if (*ctl_text(gap, "detail"))
                        html_element(out, "span", "sub", ctl_text(gap, "detail"));
                (void)fputs("</td>", out);
                html_cell_time(out, ctl_text(gap, "since"));
                html_element(out, "td", "words", remedy_of(ctl_text(gap, "reason")));
                (void)fputs("</tr>\n", out);
        }
}

static void put_open(const struct report *r, FILE *out)
{
        static const char *const columns[] = {":Gap", ":Where", ":Since", ":Remedy", NULL};
        const cJSON *ws;

        if (page_gaps(r) == 0) {
                html_element(out, "p", "none good",
                             "Coverage is whole: everything in the workspaces is watched and can "
                             "be looked at.");
                return;
        }
        page_table(out, "gap-table", "Coverage gaps", columns);
        put_gaps(out, list_of(r->status, "gaps"), "");
        cJSON_ArrayForEach(ws, list_of(r->status, "workspaces"))
                put_gaps(out, list_of(ws, "gaps"), ctl_text(ws, "path"));
        page_table_end(out);
}

static void put_missed(const struct report *r, FILE *out)
{
        static const char *const columns[] = {":Reason", ":Files", ":Remedy", NULL};
        const cJSON *reasons = list_of(list_of(r->status, "pipeline"), "reasons"), *reason;

        if (cJSON_GetArraySize(reasons) == 0)
                return;
        (void)fputs(
                "<h3>Files that could not be looked at, or not wholly, since giad started</h3>\n",
                out);
        page_table(out, "reason-table", "Files that could not be looked at", columns);
        cJSON_ArrayForEach(reason, reasons)
        {
                int k = reason_from_string(reason->string);

                (void)fputs("<tr><td>", out);
                html_element(out, "strong", NULL, reason->string);
                html_element(out, "span", "sub", k < 0 ? "" : reason_text((enum reason)k));
                (void)fputs("</td>", out);
                html_cell_number(out, reason->valuedouble);
                html_element(out, "td", "words", remedy_of(reason->string));
                (void)fputs("</tr>\n", out);
        }
        page_table_end(out);
}

static void put_workspaces(const struct report *r, FILE *out)
{
        static const char *const columns[] = {"t:Workspace", "tw:Agent",   "t:Watched by",
                                              "n:Scanned",   "n:Findings", "n:Quarantined",
                                              "d:Swept",     NULL};
        const cJSON *ws;

        (void)fputs("<h3>Workspaces</h3>\n", out);
        page_table(out, "workspace-table", "Workspaces", columns);
        cJSON_ArrayForEach(ws, list_of(r->status, "workspaces"))
        {
                (void)fputs("<tr><td class=\"path\"><bdi>", out);
                html_text(out, ctl_text(ws, "path"));
                (void)fputs("</bdi></td>", out);
                html_element(out, "td", "wide", ctl_text(ws, "agent"));
                (void)fputs("<td>", out);
                html_text(out, ctl_text(ws, "backend"));
                (void)fputs(cJSON_IsTrue(list_of(ws, "gated")) ? ", with a gate" : "", out);
                (void)fputs("</td>", out);
                html_cell_number(out, ctl_number(ws, "scanned"));
                html_cell_number(out, ctl_number(ws, "findings"));
                html_cell_number(out, ctl_number(ws, "quarantined"));
                html_cell_time(out, ctl_text(ws, "swept"));
                (void)fputs("</tr>\n", out);
        }
        page_table_end(out);
}

/* What their watchers cannot see, for all that have the same. */
static void put_blind(const struct report *r, FILE *out)
{
        const cJSON *list = list_of(r->status, "workspaces"), *ws, *before;

        cJSON_ArrayForEach(ws, list)
        {
                const char *blind = ctl_text(ws, "blind_to");
                bool told = *blind == '\0';

                for (before = list->child; before != ws; before = before->next)
                        told = told || strcmp(ctl_text(before, "blind_to"), blind) == 0;
                if (told)
                        continue;
                (void)fputs("<p class=\"note\"><strong>", out);
                html_text(out, ctl_text(ws, "backend"));
                (void)fputs("</strong> is blind to: ", out);
                html_text(out, blind);
                (void)fputs(".</p>\n", out);
        }
}

static void put_outputs(const struct report *r, FILE *out)
{
        static const char *const columns[] = {"t:Output", "n:Delivered", "n:Queued",
                                              "n:Lost",   "t:State",     NULL};
        const cJSON *sink;

        if (cJSON_GetArraySize(list_of(r->status, "sinks")) == 0)
                return;
        (void)fputs("<h3>Outputs</h3>\n", out);
        page_table(out, "output-table", "Outputs", columns);
        cJSON_ArrayForEach(sink, list_of(r->status, "sinks"))
        {
                (void)fputs("<tr>", out);
                html_element(out, "td", NULL, ctl_text(sink, "name"));
                html_cell_number(out, ctl_number(sink, "delivered"));
                html_cell_number(out, ctl_number(sink, "queued"));
                html_cell_number(out, ctl_number(sink, "lost"));
                (void)fputs("<td>", out);
                html_pill(out, cJSON_IsTrue(list_of(sink, "down")) ? "down" : "up");
                (void)fputs("</td></tr>\n", out);
        }
        page_table_end(out);
}

void page_coverage(const struct report *r, FILE *out)
{
        page_section(out, "coverage", "Coverage", NULL);
        put_open(r, out);
        put_missed(r, out);
        put_workspaces(r, out);
        put_blind(r, out);
        put_outputs(r, out);
        page_section_end(out);
}
