/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the figures of a report: findings by class and severity, artefacts by kind, what frameworks call what was found.
 * Does not own: counting (report-gather.c).
 */
#include <string.h>

#include "common/model/frameworks.h"
#include "daemon/ctl/report-page.h"

static size_t most(const struct tallies *t)
{
        size_t max = 0;

        for (size_t i = 0; i < t->n; i++)
                max = MAX_OF(max, t->list[i].total);
        return max;
}

/* --- classes ---- */

static void put_class(FILE *out, const struct tally *t, size_t max)
{
        int class = finding_class_from_string(t->name);
        const struct class_info *info =
                class < 0 ? NULL : finding_class_info((enum finding_class) class);

        (void)fputs("<tr><th scope=\"row\"><a class=\"pick\" href=\"#findings\" data-filter=\"",
                    out);
        html_text(out, t->name);
        (void)fputs("\" title=\"", out);
        html_text(out, info ? info->meaning : t->name);
        (void)fputs("\">", out);
        html_text(out, info ? info->meaning : t->name);
        (void)fputs("</a>", out);
        html_element(out, "span", "sub", t->name);
        (void)fputs("</th>", out);
        html_element(out, "td", "wide", info ? finding_kind_to_string((int)info->kind) : "");
        (void)fputs("<td class=\"bars\">", out);
        page_bar(out, t->n, max);
        (void)fputs("</td>", out);
        for (int s = _SEVERITY_MAX - 1; s >= 0; s--) {
                (void)fprintf(out, "<td class=\"num%s\" data-k=\"%zu\">", t->n[s] ? "" : " nil",
                              t->n[s]);
                html_number(out, (double)t->n[s]);
                (void)fputs("</td>", out);
        }
        html_cell_number(out, (double)t->total);
        (void)fputs("</tr>\n", out);
}

void page_classes(const struct report *r, FILE *out)
{
        static const char *const columns[] = {"t:Class", "tw:Kind",  ":Severity", "n:Critical",
                                              "n:High",  "n:Medium", "n:Low",     "n:Info",
                                              "n:All",   NULL};
        size_t max = most(&r->classes);

        page_section(out, "classes", "Findings by class", NULL);
        if (r->classes.n == 0)
                html_element(out, "p", "none", "Nothing was found.");
        else {
                page_table(out, "class-table", "Findings by class", columns);
                for (size_t i = 0; i < r->classes.n; i++)
                        put_class(out, &r->classes.list[i], max);
                page_table_end(out);
        }
        page_section_end(out);
}

/* --- kinds ---- */

void page_kinds(const struct report *r, FILE *out)
{
        size_t max = most(&r->kinds);

        page_section(out, "kinds", "Artefacts by kind", NULL);
        (void)fputs("<ul class=\"kinds\">\n", out);
        for (size_t i = 0; i < r->kinds.n; i++) {
                const struct tally *t = &r->kinds.list[i];
                int kind = artefact_kind_from_string(t->name);

                (void)fputs("<li><a class=\"pick\" href=\"#inventory\" data-filter=\"", out);
                html_text(out, t->name);
                (void)fputs("\" title=\"", out);
                html_text(out, kind < 0 ? t->name : artefact_kind_text((enum artefact_kind)kind));
                (void)fputs("\">", out);
                html_text(out, kind == ARTEFACT_NONE ? "ordinary file with findings" : t->name);
                (void)fputs("</a>", out);
                page_bar(out, t->n, max);
                (void)fputs("<span class=\"num\">", out);
                html_number(out, (double)t->total);
                (void)fputs("</span></li>\n", out);
        }
        (void)fputs("</ul>\n", out);
        if (r->kinds.n == 0)
                html_element(out, "p", "none", "No artefact is known.");
        page_section_end(out);
}

/* --- frameworks ---- */

/* In this order; an id belongs to the first whose prefix it has. What an id is called without the prefix stands below the name. */
static const struct framework {
        const char *prefix, *name;
        bool strip;
} frameworks[] = {
        {"NHI", "OWASP NHI Top 10", false},
        {"ATT&CK:", "MITRE ATT&CK", true},
        {"ATLAS:", "MITRE ATLAS", true},
        {"CSF:", "NIST CSF 2.0", true},
        {"SP800-", "NIST SP 800", false},
        {"CWE-", "CWE", false},
        {"", "Others", false},
};

static const struct framework *framework_of(const char *id)
{
        const struct framework *f = frameworks;

        while (strncmp(id, f->prefix, strlen(f->prefix)) != 0)
                f++;
        return f;
}

static void put_reference(FILE *out, const struct framework *f, const struct tally *t, size_t max)
{
        const char *title = framework_title(t->name, strlen(t->name));
        const char *colon = title ? strstr(title, ": ") : NULL;

        (void)fputs("<tr><th scope=\"row\"><a class=\"pick id\" href=\"#findings\" data-filter=\"",
                    out);
        html_text(out, t->name);
        (void)fputs("\">", out);
        html_text(out, f->strip ? t->name + strlen(f->prefix) : t->name);
        (void)fputs("</a></th>", out);
        /* "OWASP NHI Top 10: Secret Leakage": the framework stands above; of CWE there is none before it */
        html_element(out, "td", NULL,
                     colon && *f->prefix && strcmp(f->prefix, "CWE-") != 0 ? colon + 2
                     : title                                               ? title
                                                                           : "");
        (void)fputs("<td class=\"bars\">", out);
        page_bar(out, t->n, max);
        (void)fputs("</td>", out);
        html_cell_number(out, (double)t->total);
        (void)fputs("</tr>\n", out);
}

static void put_framework(FILE *out, const struct framework *f, const struct tallies *t, size_t max)
{
        bool any = false;

        for (size_t i = 0; i < t->n; i++) {
                if (framework_of(t->list[i].name) != f)
                        continue;
                if (!any) {
                        (void)fputs("<div><table class=\"plain\">", out);
                        html_element(out, "caption", NULL, f->name);
                        (void)fputs("<tbody>\n", out);
                }
                any = true;
                put_reference(out, f, &t->list[i], max);
        }
        if (any)
                (void)fputs("</tbody></table></div>\n", out);
}

void page_frameworks(const struct report *r, FILE *out)
{
        const struct tallies *t = &r->references;

        page_section(out, "frameworks", "Frameworks",
                     "What was found, by what frameworks call it. A finding counts for each id of "
                     "its class.");
        if (t->n == 0)
                html_element(out, "p", "none", "Nothing was found.");
        (void)fputs("<div class=\"frameworks\">\n", out);
        for (size_t i = 0; i < ELEMENTSOF(frameworks); i++)
                put_framework(out, &frameworks[i], t, most(t));
        (void)fputs("</div>\n", out);
        page_section_end(out);
}
