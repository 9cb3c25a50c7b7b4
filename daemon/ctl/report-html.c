/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the page from its head to its foot: policy, header, summary, what sections have in common.
 * Does not own: the sections (report-figures.c, -timeline.c, -lists.c, -coverage.c), what they are made of (report-gather.c).
 *
 * The page loads nothing and runs nothing but its own script, which its policy names by its hash: a name that an agent chose could do
 * nothing even if it came through unescaped. Without the script everything can be read.
 */
#include <string.h>

#include "daemon/ctl/report-css.h"
#include "daemon/ctl/report-js.h"
#include "daemon/ctl/report-page.h"

/* --- what sections have in common ---- */

void page_section(FILE *out, const char *id, const char *title, const char *note)
{
        (void)fprintf(out, "<section id=\"%s\">\n<header>\n<h2>%s</h2>\n", id, title);
        if (note)
                html_element(out, "p", NULL, note);
        (void)fputs("</header>\n", out);
}

void page_section_end(FILE *out)
{
        (void)fputs("</section>\n", out);
}

void page_filter(FILE *out, const char *table, const char *what, size_t shown, size_t all)
{
        (void)fprintf(
                out,
                "<div class=\"tools\"><p class=\"count\" id=\"%s-count\" aria-live=\"polite\">",
                table);
        html_number(out, (double)shown);
        if (all > shown) {
                (void)fputs(" of ", out);
                html_number(out, (double)all);
        }
        (void)fprintf(out,
                      " %s%s</p><label class=\"filter\" hidden><span>Filter</span><input "
                      "type=\"search\" data-table=\"%s\" "
                      "placeholder=\"path, class, state &hellip;\" autocomplete=\"off\" "
                      "spellcheck=\"false\"></label></div>\n",
                      what, all > shown ? ", the most severe" : "", table);
}

/* A list that may be long scrolls by itself, so that what comes behind it is not far. */
void page_table(FILE *out, const char *id, const char *name, const char *const *columns)
{
        (void)fprintf(out,
                      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                      "aria-label=\"%s\"><table id=\"%s\"><thead><tr>",
                      name, id);
        for (; *columns; columns++) {
                const char *colon = strchr(*columns, ':');

                (void)fputs("<th scope=\"col\"", out);
                if (memchr(*columns, 'w', (size_t)(colon - *columns)))
                        (void)fputs(" class=\"wide\"", out);
                if (strchr("ndt", **columns))
                        (void)fprintf(out, " data-sort=\"%c\"", **columns);
                (void)fprintf(out, ">%s</th>", colon + 1);
        }
        (void)fputs("</tr></thead>\n<tbody>\n", out);
}

void page_table_end(FILE *out)
{
        (void)fputs("</tbody></table></div>\n", out);
}

void page_bar(FILE *out, const size_t n[static _SEVERITY_MAX], size_t max)
{
        size_t at = 0;

        (void)fprintf(out,
                      "<svg class=\"bar\" viewBox=\"0 0 %zu 1\" preserveAspectRatio=\"none\" "
                      "aria-hidden=\"true\">",
                      MAX_OF(max, (size_t)1));
        for (int s = _SEVERITY_MAX - 1; s >= 0; s--) {
                if (n[s] > 0)
                        (void)fprintf(out,
                                      "<rect class=\"f-%s\" x=\"%zu\" width=\"%zu\" height=\"1\"/>",
                                      severity_to_string(s), at, n[s]);
                at += n[s];
        }
        (void)fputs("</svg>", out);
}

/* --- head ---- */

static void put_head(const struct report *r, FILE *out)
{
        char css[HTML_HASH_MAX], js[HTML_HASH_MAX];

        html_hash(css, report_css, sizeof(report_css) - 1);
        html_hash(js, report_js, sizeof(report_js) - 1);
        (void)fprintf(out,
                      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                      "style-src %s; script-src %s; "
                      "base-uri 'none'; form-action 'none'\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" "
                      "content=\"noindex\">\n"
                      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>giad report: ",
                      css, js);
        html_text(out, r->host);
        (void)fprintf(out, "</title>\n<style>%s</style>\n</head>\n<body>\n", report_css);
}

static void put_coverage(const struct report *r, FILE *out)
{
        size_t gaps = page_gaps(r);

        if (gaps == 0)
                (void)fputs("<a class=\"badge good\" href=\"#coverage\">Coverage whole</a>", out);
        else
                (void)fprintf(out, "<a class=\"badge bad\" href=\"#coverage\">%zu coverage %s</a>",
                              gaps, gaps == 1 ? "gap" : "gaps");
}

/* The mark is a document with a keyhole. */
static void put_banner(const struct report *r, FILE *out)
{
        char made[CLOCK_RFC3339_MAX];

        clock_rfc3339(r->made, made);
        (void)fputs("<header class=\"banner\">\n<div class=\"name\"><svg viewBox=\"0 0 24 24\" "
                    "aria-hidden=\"true\">"
                    "<path d=\"M6 2h8l5 5v13a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2z\"/>"
                    "<circle cx=\"11.5\" cy=\"12\" r=\"2.4\"/><path class=\"hole\" d=\"M11.5 "
                    "13v5\"/></svg>"
                    "<h1>Identity artefact report<span>",
                    out);
        html_text(out, r->host);
        (void)fputs("</span></h1></div>\n<dl><div><dt>Made</dt><dd>", out);
        html_time(out, made);
        (void)fputs(" UTC</dd></div><div><dt>giad</dt><dd>", out);
        html_text(out, ctl_text(r->status, "version"));
        (void)fputs("</dd></div><div><dt>Running since</dt><dd>", out);
        html_time(out, ctl_text(r->status, "started"));
        (void)fputs("</dd></div></dl>\n", out);
        put_coverage(r, out);
        (void)fputs("</header>\n"
                    "<nav aria-label=\"Sections\"><a href=\"#summary\">Summary</a>"
                    "<a href=\"#timeline\">Timeline</a>"
                    "<a href=\"#classes\">Classes</a>"
                    "<a href=\"#findings\">Findings</a>"
                    "<a href=\"#inventory\">Inventory</a>"
                    "<a href=\"#quarantine\">Quarantine</a>"
                    "<a href=\"#activity\">Activity</a>"
                    "<a href=\"#coverage\">Coverage</a>"
                    "<a href=\"#frameworks\">Frameworks</a>"
                    "</nav>\n<main>\n",
                    out);
}

/* --- summary ---- */

static void put_tile(FILE *out, const char *class, const char *label, size_t n, const char *href)
{
        (void)fprintf(out,
                      "<a class=\"tile %s\" href=\"%s\"><span class=\"label\">%s</span><strong>",
                      class, href, label);
        html_number(out, (double)n);
        (void)fputs("</strong>", out);
}

static void put_more(FILE *out, size_t n, const char *one, const char *many)
{
        (void)fputs("<span class=\"more\">", out);
        html_number(out, (double)n);
        (void)fprintf(out, " %s</span></a>\n", n == 1 ? one : many);
}

static void put_severities(const struct report *r, FILE *out)
{
        put_tile(out, "wide", "Findings", r->findings, "#findings");
        page_bar(out, r->by_severity, r->findings);
        (void)fputs("<span class=\"more legend\">", out);
        for (int s = _SEVERITY_MAX - 1; s >= 0; s--) {
                (void)fprintf(out, "<span class=\"k f-%s\">", severity_to_string(s));
                html_number(out, (double)r->by_severity[s]);
                (void)fprintf(out, " %s</span>", severity_to_string(s));
        }
        (void)fputs("</span></a>\n", out);
}

static void put_summary(const struct report *r, FILE *out)
{
        size_t pending = tallies_count(&r->states, "pending"),
               gone = tallies_count(&r->states, "gone"), gaps = page_gaps(r);
        int workspaces =
                cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(r->status, "workspaces"));

        (void)fputs("<section id=\"summary\" class=\"tiles\" aria-label=\"Summary\">\n", out);
        put_tile(out, "", "Artefacts", r->artefacts - gone, "#inventory");
        put_more(out, (size_t)workspaces, "workspace", "workspaces");
        put_tile(out, pending ? "attention" : "", "Pending approval", pending, "#inventory");
        put_more(out, tallies_count(&r->states, "approved") + tallies_count(&r->states, "released"),
                 "approved or released", "approved or released");
        put_tile(out, r->entries ? "attention" : "", "Quarantined", r->entries, "#quarantine");
        put_more(out, tallies_count(&r->states, "rejected"), "rejected", "rejected");
        put_severities(r, out);
        put_tile(out, gaps ? "alarm" : "", "Coverage gaps", gaps, "#coverage");
        put_more(out, r->events, "event kept", "events kept");
        (void)fputs("</section>\n", out);
}

/* --- all of it ---- */

void report_html(const struct report *r, FILE *out)
{
        put_head(r, out);
        put_banner(r, out);
        put_summary(r, out);
        page_timeline(r, out);
        (void)fputs("<div class=\"pair\">\n", out);
        page_classes(r, out);
        page_kinds(r, out);
        (void)fputs("</div>\n", out);
        page_findings(r, out);
        page_inventory(r, out);
        page_quarantine(r, out);
        page_activity(r, out);
        page_coverage(r, out);
        page_frameworks(r, out);
        (void)fputs("</main>\n<footer><p>Made by giactl report. It holds no secret: only redacted "
                    "excerpts, and fingerprints that are keyed with "
                    "this host&#39;s key. Times are UTC. Paths tell where to look: treat the page "
                    "as you treat the host&#39;s logs.</p></footer>\n",
                    out);
        (void)fprintf(out, "<script>%s</script>\n</body>\n</html>\n", report_js);
}
