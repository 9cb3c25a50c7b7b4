/* SPDX-FileCopyrightText: giad maintainers */
/*
 * The commands that list what the register knows: inventory, findings.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "daemon/ctl/csv.h"
#include "daemon/ctl/listing.h"

/* --- for people: a table, by path ---- */

struct rows {
        cJSON **items; /* owned */
        size_t n;
        bool no_memory;
};

static int keep(void *userdata, const cJSON *item)
{
        struct rows *rows = userdata;
        cJSON **all = reallocarray(rows->items, rows->n + 1, sizeof(*all));

        if (all) {
                rows->items = all;
                all[rows->n] = cJSON_Duplicate(item, true);
        }
        rows->no_memory = !all || !all[rows->n];
        rows->n += !rows->no_memory;
        return rows->no_memory;
}

static void rows_done(struct rows *rows)
{
        for (size_t i = 0; i < rows->n; i++)
                cJSON_Delete(rows->items[i]);
        free(rows->items);
}

/* The register has them in the order in which they were first seen. */
static int compare(const void *a, const void *b)
{
        const cJSON *x = *(cJSON *const *)a, *y = *(cJSON *const *)b;
        int c = strcmp(ctl_text(x, "workspace"), ctl_text(y, "workspace"));

        if (c == 0)
                c = strcmp(ctl_text(x, "path"), ctl_text(y, "path"));
        return c ? c : (int)(ctl_number(x, "line") - ctl_number(y, "line"));
}

struct listed {
        const char *method, *name; /* of the list in its replies */
        void (*add)(struct table *t, const cJSON *item);
        const char *const *heading; /* NULL after the last */
        const char *const *columns; /* of CSV, likewise: members of an item */
};

static int show_table(struct ctl *ctl, const struct listed *listed, cJSON *parameters)
{
        __attribute__((cleanup(rows_done))) struct rows rows = {.n = 0};
        unsigned columns = 0;
        int status = listing_each(ctl, listed->method, parameters, listed->name, keep, &rows);

        if (status != EXIT_OK)
                return status;
        if (rows.no_memory)
                return ctl_error("out of memory");
        size_t n = listing_cut(ctl, rows.n);
        if (n > 0)
                qsort(rows.items, n, sizeof(rows.items[0]), compare);
        while (listed->heading[columns])
                columns++;
        struct table *t = table_new(columns);
        for (unsigned i = 0; i < columns; i++)
                table_add(t, listed->heading[i]);
        for (size_t i = 0; i < n; i++)
                listed->add(t, rows.items[i]);
        table_print(t, ctl, stdout);
        return EXIT_OK;
}

/* --- for spreadsheets ---- */

static int put_row(void *userdata, const cJSON *item)
{
        for (const char *const *column = userdata; *column; column++) {
                const cJSON *value = cJSON_GetObjectItemCaseSensitive(item, *column);
                char number[32];

                (void)snprintf(number, sizeof(number), "%.0f", ctl_number(item, *column));
                csv_cell(stdout, cJSON_IsNumber(value) ? number : ctl_text(item, *column),
                         column == (const char *const *)userdata);
        }
        csv_end(stdout);
        return ferror(stdout);
}

static int put_table(struct ctl *ctl, const struct listed *listed, cJSON *parameters)
{
        for (const char *const *column = listed->columns; *column; column++)
                csv_cell(stdout, *column, column == listed->columns);
        csv_end(stdout);
        int status = listing_each(ctl, listed->method, parameters, listed->name, put_row,
                                  (void *)(uintptr_t)listed->columns);
        return ferror(stdout) ? EXIT_ERROR : status;
}

static int list(struct ctl *ctl, const struct listed *listed, cJSON *parameters)
{
        if (listing_limit(ctl, parameters) != EXIT_OK) {
                cJSON_Delete(parameters);
                return EXIT_ERROR;
        }
        if (ctl->output == OUTPUT_HUMAN)
                return show_table(ctl, listed, parameters);
        if (ctl->output == OUTPUT_CSV)
                return put_table(ctl, listed, parameters);
        return listing_print(ctl, listed->method, parameters, listed->name);
}

/* --- findings ---- */

static void add_finding(struct table *t, const cJSON *f)
{
        char where[8192];

        (void)snprintf(where, sizeof(where), "%s:%.0f", ctl_text(f, "path"), ctl_number(f, "line"));
        table_add(t, ctl_text(f, "severity"));
        table_add(t, ctl_text(f, "state"));
        table_add(t, ctl_text(f, "rule"));
        table_add(t, where);
        table_add(t, ctl_text(f, "title"));
}

int command_findings(struct ctl *ctl)
{
        static const char *const heading[] = {"SEVERITY", "STATE", "RULE", "WHERE", "WHAT", NULL};
        static const char *const columns[] = {
                "path",        "line",     "column",     "artefact", "rule",      "kind",
                "class",       "title",    "severity",   "state",    "certainty", "confidence",
                "fingerprint", "redacted", "references", "seen",     NULL};
        static const struct listed findings = {"Findings", "findings", add_finding, heading,
                                               columns};
        char path[PATH_MAX];

        if (ctl->n_args > 1)
                return ctl_usage("findings takes at most one path");
        cJSON *parameters = cJSON_CreateObject();
        if (ctl->n_args == 1)
                (void)cJSON_AddStringToObject(parameters, "path", ctl_absolute(ctl->args[0], path));
        return list(ctl, &findings, parameters);
}

/* --- inventory ---- */

static void add_artefact(struct table *t, const cJSON *a)
{
        char where[8192], when[20];

        (void)snprintf(where, sizeof(where), "%s/%s", ctl_text(a, "workspace"),
                       ctl_text(a, "path"));
        table_add(t, ctl_text(a, "state"));
        table_add(t, ctl_text(a, "severity"));
        table_add_number(t, ctl_number(a, "findings"));
        table_add(t, ctl_text(a, "artefact"));
        table_add(t, ctl_short_time(ctl_text(a, "first_seen"), when));
        table_add(t, where);
}

/* EXIT_OK, or EXIT_ERROR: an error was printed. */
static int add_time(cJSON *parameters, const char *option, const char *name, const char *text)
{
        double ago;
        usec_t when;

        if (!text)
                return EXIT_OK;
        if (ctl_duration(text, &ago) == 0)
                when = clock_realtime() - (usec_t)(ago * (double)USEC_PER_SEC);
        else if (config_parse_time(text, &when) < 0)
                return ctl_usage("--%s takes how long ago, such as 24h or 7d, or a date such as "
                                 "2026-01-31, not \"%s\"",
                                 option, text);
        (void)cJSON_AddNumberToObject(parameters, name, (double)(when / USEC_PER_SEC));
        return EXIT_OK;
}

static int add_filters(const struct ctl *ctl, cJSON *parameters)
{
        static const struct {
                enum ctl_option option;
                const char *name;
        } texts[] = {
                {CTL_WORKSPACE, "workspace"}, {CTL_STATE, "state"}, {CTL_AGENT, "agent"},
                {CTL_ARTEFACT, "artefact"},   {CTL_CLASS, "class"}, {CTL_PATH, "path"},
                {CTL_SEVERITY, "severity"},
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                if (ctl->value[texts[i].option])
                        (void)cJSON_AddStringToObject(parameters, texts[i].name,
                                                      ctl->value[texts[i].option]);
        int status = add_time(parameters, "new-since", "new_since", ctl->value[CTL_NEW_SINCE]);
        return status == EXIT_OK ? add_time(parameters, "seen-since", "seen_since",
                                            ctl->value[CTL_SEEN_SINCE])
                                 : status;
}

int command_inventory(struct ctl *ctl)
{
        static const char *const heading[] = {"STATE",      "WORST", "FINDINGS", "ARTEFACT",
                                              "FIRST SEEN", "PATH",  NULL};
        static const char *const columns[] = {"id",         "workspace", "path",     "agent",
                                              "artefact",   "state",     "severity", "findings",
                                              "first_seen", "last_seen", "sha256",   "size",
                                              "owner",      "evidence",  NULL};
        static const struct listed inventory = {"Inventory", "artefacts", add_artefact, heading,
                                                columns};
        cJSON *parameters = cJSON_CreateObject();

        if (ctl_no_arguments(ctl) == EXIT_OK && add_filters(ctl, parameters) == EXIT_OK)
                return list(ctl, &inventory, parameters);
        cJSON_Delete(parameters);
        return EXIT_ERROR;
}
