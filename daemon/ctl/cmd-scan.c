/* SPDX-FileCopyrightText: giad maintainers */
/*
 * giactl scan and classify.
 */
#include <string.h>

#include "common/base/text.h"
#include "daemon/ctl/describe.h"
#include "daemon/ctl/offline.h"
#include "daemon/ctl/sarif.h"
#include "daemon/ctl/staged.h"
#include "daemon/ctl/suppressions.h"

struct scan {
        struct ctl *ctl;
        cJSON *list; /* for --output=json */
        struct sarif *sarif;
        struct suppressions suppressions;
        const struct place *place; /* of the file at hand */
        uint64_t files, findings, artefacts, unreadable, suppressed;
        uint64_t by_severity[_SEVERITY_MAX];
};

static const char *printable(const char *path, char buf[static 8192])
{
        return text_printable(buf, 8192, path, strlen(path));
}

/* sup: what it is suppressed by, or NULL. */
static void hand_over(struct scan *s, const char *path, const struct scan_result *r,
                      const struct finding *f, const struct suppression *sup)
{
        char shown[8192];

        /* SARIF has a place for them, so that a service closes an alert as suppressed, not as fixed
         */
        if (s->sarif) {
                sarif_add(s->sarif, printable(path, shown), r, f, sup ? sup->reason : NULL,
                          sup && !sup->by);
                return;
        }
        if (sup && !s->ctl->value[CTL_SHOW_SUPPRESSED])
                return;
        cJSON *o = describe_finding(path, r, f, sup);
        if (s->list) {
                (void)cJSON_AddItemToArray(s->list, o);
                return;
        }
        ctl_print_json(o);
        cJSON_Delete(o);
}

/* before: "PATH:" or blanks in front of the line's number. */
static void show_finding(const struct ctl *ctl, const char *before, const struct finding *f,
                         const struct suppression *s)
{
        char said[FINDING_SAID_MAX];

        (void)printf("%s%u:%u  %s%s%s  %s%s%s%s  %s%s%s\n", before, f->line, f->column,
                     s ? ctl_dim(ctl) : ctl_colour(ctl, severity_to_string(f->severity)),
                     s ? "suppressed" : severity_to_string(f->severity), ctl_plain(ctl), f->title,
                     f->certainty == CERTAINTY_YES ? "" : " (unknown)", *f->redacted ? "  " : "",
                     f->redacted, ctl_dim(ctl), f->rule, ctl_plain(ctl));
        if (*finding_said(f, s && !s->by, said))
                (void)printf("        %s\n", said);
        if (s && s->by)
                (void)printf("        suppressed: %s%s%s (%s:%u)\n", s->reason,
                             s->by->author ? ", " : "", s->by->author ? s->by->author : "",
                             s->by->file, s->by->line);
}

static void show_heading(const struct ctl *ctl, const char *shown, const struct scan_result *r)
{
        (void)printf("%s%s%s%s%s%s%s\n", ctl_bold(ctl), shown, ctl_plain(ctl), ctl_dim(ctl),
                     r->artefact ? "  " : "",
                     r->artefact ? artefact_kind_text((enum artefact_kind)r->artefact) : "",
                     ctl_plain(ctl));
}

/* Those that are suppressed are counted in any case, and printed if that was asked for. Of what is staged each line
 * says where it is: a hook's output is read next to that of others. */
static void show(struct scan *s, const char *path, const struct scan_result *r)
{
        const struct ctl *ctl = s->ctl;
        bool staged = ctl->value[CTL_STAGED] != NULL, headed = staged;
        char shown[8192], place[8194];

        (void)snprintf(place, sizeof(place), "%s:", printable(path, shown));

        for (uint32_t i = 0; i < r->n_findings; i++) {
                struct suppression by;
                bool suppressed =
                        suppressions_cover(&s->suppressions, s->place, &r->findings[i], &by);

                if (suppressed && !ctl->value[CTL_SHOW_SUPPRESSED])
                        continue;
                if (!headed)
                        show_heading(ctl, shown, r);
                headed = true;
                show_finding(ctl, staged ? place : "  ", &r->findings[i], suppressed ? &by : NULL);
        }
}

/* What was not looked at is said, never passed over. That a file could not be understood leaves
 * nothing unread: it was scanned as text. */
static void tell_gaps(const char *path, const struct scan_result *r)
{
        char shown[8192];

        for (unsigned i = 0; i < r->n_gaps; i++) {
                enum reason reason = (enum reason)r->gaps[i].reason;

                if (reason == REASON_MALFORMED || reason == REASON_PARSER_LIMIT ||
                    reason == REASON_TOO_LARGE_TO_PARSE)
                        continue;
                (void)ctl_error("%s: %s", printable(path, shown), reason_text(reason));
        }
}

static int on_scanned(void *userdata, const char *path, const struct scan_result *r, int error)
{
        struct scan *s = userdata;

        s->files++;
        if (error) {
                char shown[8192];

                s->unreadable++;
                (void)ctl_error("%s: %s", printable(path, shown), strerror(error));
                if (s->sarif)
                        sarif_add_unread(s->sarif, shown, strerror(error));
                return 0;
        }
        tell_gaps(path, r);
        s->artefacts += r->artefact != ARTEFACT_NONE;
        s->findings += r->findings_dropped;
        if (s->ctl->output == OUTPUT_HUMAN)
                show(s, path, r);
        for (uint32_t i = 0; i < r->n_findings; i++) {
                const struct finding *f = &r->findings[i];
                struct suppression by;
                bool suppressed = suppressions_cover(&s->suppressions, s->place, f, &by);

                if (s->ctl->output != OUTPUT_HUMAN)
                        hand_over(s, path, r, f, suppressed ? &by : NULL);
                s->suppressed += suppressed;
                s->findings += !suppressed;
                s->by_severity[f->severity] += !suppressed;
        }
        return 0;
}

static void summarise(const struct scan *s)
{
        (void)printf("%llu files, %llu identity artefacts, %llu findings",
                     (unsigned long long)s->files, (unsigned long long)s->artefacts,
                     (unsigned long long)s->findings);
        for (int i = _SEVERITY_MAX - 1; i >= 0; i--)
                if (s->by_severity[i] > 0)
                        (void)printf(", %s%llu %s%s", ctl_colour(s->ctl, severity_to_string(i)),
                                     (unsigned long long)s->by_severity[i], severity_to_string(i),
                                     ctl_plain(s->ctl));
        if (s->suppressed > 0)
                (void)printf("; %llu suppressed", (unsigned long long)s->suppressed);
        (void)puts("");
}

int command_scan(struct ctl *ctl)
{
        struct scan s = {.ctl = ctl};
        struct offline o;

        bool staged = ctl->value[CTL_STAGED] != NULL;
        if (ctl->n_args == 0 && !staged)
                return ctl_usage("scan takes files or directories, or --staged");
        if (suppressions_init(&s.suppressions, ctl) != EXIT_OK ||
            offline_init(&o, ctl) != EXIT_OK) {
                suppressions_done(&s.suppressions);
                return EXIT_ERROR;
        }
        if (ctl->value[CTL_BASELINE])
                offline_tell_key(&o, ctl->config);
        s.place = &o.place;
        s.list = ctl->output == OUTPUT_JSON ? cJSON_CreateArray() : NULL;
        s.sarif = ctl->output == OUTPUT_SARIF ? sarif_new() : NULL;
        int status = (staged ? staged_walk : offline_walk)(&o, ctl, on_scanned, &s);
        if (status == EXIT_OK)
                status = s.unreadable > 0 ? EXIT_ERROR : s.findings > 0 ? EXIT_FOUND : EXIT_OK;
        if (ctl->output == OUTPUT_HUMAN)
                summarise(&s);
        else if (s.list)
                ctl_print_json(s.list);
        else if (s.sarif)
                ctl_print_json(sarif_log(s.sarif, status != EXIT_ERROR));
        cJSON_Delete(s.list);
        s.sarif = sarif_free(s.sarif);
        suppressions_done(&s.suppressions);
        offline_done(&o);
        return status;
}

/* --- classify ---- */

static void show_assertions(const struct ctl *ctl, const struct scan_result *r)
{
        for (uint32_t i = 0; i < r->n_assertions; i++) {
                const struct assertion *a = &r->assertions[i];

                (void)printf("  %u: %s%s%s %s%s\n", a->line, ctl_dim(ctl),
                             assertion_kind_to_string(a->kind), ctl_plain(ctl), a->text,
                             a->certainty == CERTAINTY_YES ? "" : " (unknown)");
        }
        if (r->assertions_dropped > 0)
                (void)printf("  and %u more\n", r->assertions_dropped);
}

static void describe_assertions(cJSON *list, const struct scan_result *r)
{
        for (uint32_t i = 0; i < r->n_assertions; i++) {
                const struct assertion *a = &r->assertions[i];
                cJSON *o = cJSON_CreateObject();

                (void)cJSON_AddStringToObject(o, "kind", assertion_kind_to_string(a->kind));
                (void)cJSON_AddStringToObject(o, "text", a->text);
                (void)cJSON_AddStringToObject(o, "certainty", certainty_to_string(a->certainty));
                (void)cJSON_AddNumberToObject(o, "line", a->line);
                (void)cJSON_AddItemToArray(list, o);
        }
}

static int on_classified(void *userdata, const char *path, const struct scan_result *r, int error)
{
        struct scan *s = userdata;
        const char *kind = artefact_kind_to_string(r->artefact);
        char shown[8192];

        (void)printable(path, shown);
        if (error) {
                s->unreadable++;
                (void)ctl_error("%s: %s", shown, strerror(error));
                return 0;
        }
        if (s->ctl->output == OUTPUT_HUMAN) {
                (void)printf("%s: %s%s%s%s%s%s\n", shown, r->artefact ? ctl_bold(s->ctl) : "", kind,
                             r->artefact ? ctl_plain(s->ctl) : "", *r->evidence ? " (" : "",
                             r->evidence, *r->evidence ? ")" : "");
                show_assertions(s->ctl, r);
                return 0;
        }
        cJSON *o = cJSON_CreateObject();
        (void)cJSON_AddStringToObject(o, "path", shown);
        (void)cJSON_AddStringToObject(o, "artefact", kind);
        (void)cJSON_AddStringToObject(o, "format", r->format);
        (void)cJSON_AddStringToObject(o, "evidence", r->evidence);
        describe_assertions(cJSON_AddArrayToObject(o, "assertions"), r);
        if (s->list) {
                (void)cJSON_AddItemToArray(s->list, o);
        } else {
                ctl_print_json(o);
                cJSON_Delete(o);
        }
        return 0;
}

int command_classify(struct ctl *ctl)
{
        struct scan s = {.ctl = ctl};
        struct offline o;

        if (ctl->n_args == 0)
                return ctl_usage("classify takes files or directories");
        if (offline_init(&o, ctl) != EXIT_OK)
                return EXIT_ERROR;
        s.list = ctl->output == OUTPUT_JSON ? cJSON_CreateArray() : NULL;
        int status = offline_walk(&o, ctl, on_classified, &s);
        if (s.list)
                ctl_print_json(s.list);
        cJSON_Delete(s.list);
        offline_done(&o);
        return status != EXIT_OK || s.unreadable > 0 ? EXIT_ERROR : EXIT_OK;
}
