/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the long lists of a report: findings, artefacts, what was taken away.
 * Does not own: which items are in them, and in which order (report-gather.c).
 */
#include <string.h>

#include "daemon/ctl/report-page.h"

/* A path, in which names of any script do not change the order of what stands around them. */
static void put_path(FILE *out, const char *workspace, const char *path)
{
        (void)fputs("<bdi>", out);
        if (*workspace) {
                (void)fputs("<span class=\"ws\">", out);
                html_text(out, workspace);
                (void)fputs("/</span>", out);
        }
        html_text(out, path);
        (void)fputs("</bdi>", out);
}

static void put_severity(FILE *out, const cJSON *item)
{
        int severity = severity_from_string(ctl_text(item, "severity"));

        (void)fprintf(out, "<td data-k=\"%d\">", severity);
        html_pill(out, ctl_text(item, "severity"));
        (void)fputs("</td>", out);
}

static void put_state(FILE *out, const cJSON *item)
{
        (void)fputs("<td>", out);
        html_pill(out, ctl_text(item, "state"));
        (void)fputs("</td>", out);
}

/* --- findings ---- */

static void put_fact(FILE *out, const char *name, const char *value)
{
        if (!*value)
                return;
        (void)fprintf(out, "<dt>%s</dt>", name);
        html_element(out, "dd", NULL, value);
}

static void put_what(FILE *out, const cJSON *f)
{
        char sure[128];
        bool unknown = strcmp(ctl_text(f, "certainty"), "unknown") == 0;

        (void)snprintf(sure, sizeof(sure), "%s confidence%s", ctl_text(f, "confidence"),
                       unknown ? "; something that it depends on cannot be resolved" : "");
        (void)fputs("<td class=\"what\"><details><summary>", out);
        html_text(out, ctl_text(f, "title"));
        html_element(out, "span", "sub", ctl_text(f, "rule"));
        (void)fputs("</summary><dl>", out);
        put_fact(out, "Why", ctl_text(f, "detail"));
        put_fact(out, "Value", ctl_text(f, "redacted"));
        put_fact(out, "Better", ctl_text(f, "remediation"));
        put_fact(out, "Sure", sure);
        put_fact(out, "Frameworks", ctl_text(f, "references"));
        put_fact(out, "Fingerprint", ctl_text(f, "fingerprint"));
        (void)fputs("</dl></details></td>", out);
}

static void put_finding(FILE *out, const cJSON *f)
{
        (void)fputs("<tr>", out);
        put_severity(out, f);
        put_what(out, f);
        (void)fputs("<td class=\"path\">", out);
        put_path(out, "", ctl_text(f, "path"));
        if (ctl_number(f, "line") > 0)
                (void)fprintf(out, "<span class=\"line\">:%.0f</span>", ctl_number(f, "line"));
        (void)fputs("</td>", out);
        html_element(out, "td", "wide", ctl_text(f, "class"));
        html_element(out, "td", "wide", ctl_text(f, "artefact"));
        put_state(out, f);
        html_cell_time(out, ctl_text(f, "seen"));
        (void)fputs("</tr>\n", out);
}

void page_findings(const struct report *r, FILE *out)
{
        static const char *const columns[] = {"n:Severity",  "t:Finding", "t:Where", "tw:Class",
                                              "tw:Artefact", "t:State",   "d:Seen",  NULL};

        page_section(out, "findings", "Findings", NULL);
        if (r->worst.n == 0) {
                html_element(out, "p", "none", "Nothing was found.");
        } else {
                page_filter(out, "finding-table", r->worst.seen == 1 ? "finding" : "findings",
                            r->worst.n, r->worst.seen);
                page_table(out, "finding-table", "Findings", columns);
                for (size_t i = 0; i < r->worst.n; i++)
                        put_finding(out, r->worst.list[i]);
                page_table_end(out);
        }
        page_section_end(out);
}

/* --- inventory ---- */

static void put_artefact(FILE *out, const cJSON *a)
{
        const char *kind = ctl_text(a, "artefact");

        (void)fputs("<tr>", out);
        put_state(out, a);
        put_severity(out, a);
        html_cell_number(out, ctl_number(a, "findings"));
        html_element(out, "td", "kind", strcmp(kind, "none") == 0 ? "ordinary file" : kind);
        (void)fputs("<td class=\"path\">", out);
        put_path(out, ctl_text(a, "workspace"), ctl_text(a, "path"));
        (void)fputs("</td>", out);
        html_element(out, "td", "wide", ctl_text(a, "agent"));
        html_cell_time(out, ctl_text(a, "first_seen"));
        html_cell_time(out, ctl_text(a, "last_seen"));
        (void)fputs("</tr>\n", out);
}

void page_inventory(const struct report *r, FILE *out)
{
        static const char *const columns[] = {"t:State",      "n:Worst",     "n:Findings",
                                              "t:Kind",       "t:Path",      "tw:Agent",
                                              "d:First seen", "d:Last seen", NULL};

        page_section(out, "inventory", "Inventory",
                     r->inventory.seen > r->inventory.n
                             ? "giactl inventory --output=csv has all of it."
                             : NULL);
        if (r->inventory.n == 0) {
                html_element(out, "p", "none", "No artefact is known.");
        } else {
                page_filter(out, "artefact-table",
                            r->inventory.seen == 1 ? "artefact" : "artefacts", r->inventory.n,
                            r->inventory.seen);
                page_table(out, "artefact-table", "Inventory", columns);
                for (size_t i = 0; i < r->inventory.n; i++)
                        put_artefact(out, r->inventory.list[i]);
                page_table_end(out);
        }
        page_section_end(out);
}

/* --- quarantine ---- */

static void put_entry(FILE *out, const cJSON *e)
{
        const cJSON *f;
        const char *before = "";

        (void)fputs("<tr>", out);
        html_cell_time(out, ctl_text(e, "taken"));
        (void)fputs("<td class=\"path\">", out);
        put_path(out, ctl_text(e, "workspace"), ctl_text(e, "path"));
        (void)fputs("</td><td>", out);
        cJSON_ArrayForEach(f, cJSON_GetObjectItemCaseSensitive(e, "findings"))
        {
                (void)fputs(before, out);
                html_text(out, *ctl_text(f, "title") ? ctl_text(f, "title") : ctl_text(f, "rule"));
                before = "; ";
        }
        (void)fputs("</td>", out);
        html_cell_number(out, ctl_number(e, "size"));
        html_element(out, "td", "wide", ctl_text(e, "reason"));
        html_element(out, "td", "id", ctl_text(e, "id"));
        (void)fputs("</tr>\n", out);
}

void page_quarantine(const struct report *r, FILE *out)
{
        static const char *const columns[] = {
                "d:Taken", "t:Path", "t:Found in it", "n:Bytes", "tw:Policy", "t:Entry", NULL};

        page_section(out, "quarantine", "Quarantine",
                     r->entries ? "giactl quarantine release or purge decides about an entry."
                                : NULL);
        if (r->entries == 0) {
                html_element(out, "p", "none", "Nothing is in quarantine.");
        } else {
                page_filter(out, "entry-table", r->entries == 1 ? "entry" : "entries",
                            r->quarantine.n, r->entries);
                page_table(out, "entry-table", "Quarantine", columns);
                for (size_t i = 0; i < r->quarantine.n; i++)
                        put_entry(out, r->quarantine.list[i]);
                page_table_end(out);
        }
        page_section_end(out);
}
