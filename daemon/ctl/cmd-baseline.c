/* SPDX-FileCopyrightText: giad maintainers */
/*
 * giactl baseline create: a suppression for each finding that is there now. Review is
 * baseline-review.c's.
 *
 * The suppressions that are in force already are not asked: a baseline that is made again is whole.
 */
#include <string.h>

#include "common/base/text.h"
#include "daemon/ctl/baseline.h"
#include "daemon/ctl/new-file.h"
#include "daemon/ctl/offline.h"

struct create {
        struct ctl *ctl;
        const struct place *place;
        struct baseline_finding *list;
        size_t n, alloc;
        uint64_t unreadable, dropped;
        bool no_memory;
};

static void create_done(struct create *c)
{
        for (size_t i = 0; i < c->n; i++)
                free(c->list[i].path);
        free(c->list);
}

static void take(struct create *c, const char *path, bool by_path, const struct finding *f)
{
        if (c->n == c->alloc) {
                size_t alloc = c->alloc ? c->alloc * 2 : 64;
                struct baseline_finding *list = reallocarray(c->list, alloc, sizeof(*list));

                if (!list) {
                        c->no_memory = true;
                        return;
                }
                c->list = list;
                c->alloc = alloc;
        }
        c->list[c->n] = (struct baseline_finding){strdup(path), by_path, *f};
        c->no_memory = c->no_memory || !c->list[c->n].path;
        c->n += c->list[c->n].path != NULL;
}

static int on_scanned(void *userdata, const char *path, const struct scan_result *r, int error)
{
        struct create *c = userdata;
        /* where a secret stands in the name, the name is not written */
        bool secret_name = r->shown[0] != '\0';
        _cleanup_buffer_ struct buffer glob = BUFFER_NULL;
        char shown[8192];

        if (error) {
                c->unreadable++;
                (void)ctl_error("%s: %s", path, strerror(error));
                return 0;
        }
        const char *name = secret_name ? r->shown : place_best(c->place);
        bool by_path = !secret_name && baseline_glob(&glob, name);
        if (!by_path)
                name = text_printable(shown, sizeof(shown), name, strlen(name));
        for (uint32_t i = 0; i < r->n_findings; i++)
                take(c, name, by_path, &r->findings[i]);
        if (r->findings_dropped > 0) {
                c->dropped += r->findings_dropped;
                (void)ctl_error("%s: %u more findings than one file can have; they are not in the "
                                "baseline",
                                path, r->findings_dropped);
        }
        return 0;
}

/* Moves those of high confidence behind the others; returns how many others there are. */
static size_t set_apart(struct create *c)
{
        struct baseline_finding *apart = calloc(c->n + 1, sizeof(*apart));
        size_t kept = 0, n = 0;

        if (!apart) {
                c->no_memory = true;
                return 0;
        }
        for (size_t i = 0; i < c->n; i++)
                if (c->list[i].finding.confidence == CONFIDENCE_HIGH)
                        apart[n++] = c->list[i];
                else
                        c->list[kept++] = c->list[i];
        for (size_t i = 0; i < n; i++)
                c->list[kept + i] = apart[i];
        free(apart);
        return kept;
}

static cJSON *describe(const struct baseline_finding *b)
{
        const struct finding *f = &b->finding;
        cJSON *o = cJSON_CreateObject();

        (void)cJSON_AddStringToObject(o, "path", b->path);
        (void)cJSON_AddStringToObject(o, "rule", f->rule);
        (void)cJSON_AddStringToObject(o, "fingerprint", f->fingerprint);
        (void)cJSON_AddStringToObject(o, "title", f->title);
        (void)cJSON_AddStringToObject(o, "severity", severity_to_string(f->severity));
        (void)cJSON_AddStringToObject(o, "confidence", confidence_to_string(f->confidence));
        (void)cJSON_AddNumberToObject(o, "line", f->line);
        (void)cJSON_AddNumberToObject(o, "column", f->column);
        (void)cJSON_AddStringToObject(o, "redacted", f->redacted);
        return o;
}

static void tell_refused(const struct baseline_finding *refused, size_t n)
{
        if (n == 0)
                return;
        (void)ctl_error("not in the baseline, because they are of high confidence: %zu findings. "
                        "Revoke what is live; --all takes them, too:",
                        n);
        for (size_t i = 0; i < n; i++)
                (void)ctl_error("  %s:%u:%u: %s %s (%s)", refused[i].path, refused[i].finding.line,
                                refused[i].finding.column, refused[i].finding.title,
                                refused[i].finding.redacted, refused[i].finding.rule);
}

/* Each finding with "suppressed", or one object of both lists. */
static void print_findings(const struct create *c, size_t kept)
{
        cJSON *o = cJSON_CreateObject();
        cJSON *lists[] = {cJSON_AddArrayToObject(o, "suppress"),
                          cJSON_AddArrayToObject(o, "refused")};

        (void)cJSON_AddStringToObject(o, "file", c->ctl->value[CTL_OUT] ?: "");
        for (size_t i = 0; i < c->n; i++) {
                cJSON *one = describe(&c->list[i]);

                if (c->ctl->output == OUTPUT_JSON) {
                        (void)cJSON_AddItemToArray(lists[i >= kept], one);
                        continue;
                }
                (void)cJSON_AddBoolToObject(one, "suppressed", i < kept);
                ctl_print_json(one);
                cJSON_Delete(one);
        }
        if (c->ctl->output == OUTPUT_JSON)
                ctl_print_json(o);
        cJSON_Delete(o);
}

/* What cannot be read back is not written. */
static int check(const struct buffer *text)
{
        struct config_error error;
        struct config *config = NULL;

        if (text->error || text->len > CONFIG_FILE_MAX)
                return ctl_error(
                        "the baseline would be larger than giad reads (%zu bytes): make one "
                        "for each directory",
                        CONFIG_FILE_MAX);
        int k = config_parse(&config, "the baseline", text->data, text->len, &error);
        if (k == -EBADMSG)
                return ctl_error("the baseline cannot be written: %u:%u: %s", error.line,
                                 error.column, error.message);
        if (k < 0)
                return ctl_error("%s", strerror(-k));
        (void)config_unref(config);
        return EXIT_OK;
}

static int finish(const struct create *c, size_t kept, const struct baseline_heading *heading)
{
        _cleanup_buffer_ struct buffer text = BUFFER_NULL;
        const char *out = c->ctl->value[CTL_OUT];

        baseline_text(&text, c->list, kept, heading);
        if (check(&text) != EXIT_OK)
                return EXIT_ERROR;
        if (out) {
                int k = new_file_put(out, text.data, text.len, c->ctl->value[CTL_FORCE] != NULL,
                                     NULL);

                if (k == -EEXIST)
                        return ctl_error("%s is there already; --force replaces it", out);
                if (k < 0)
                        return ctl_error("%s: %s", out, strerror(-k));
        }
        if (c->ctl->output != OUTPUT_HUMAN)
                print_findings(c, kept);
        else if (out)
                (void)printf("%s: %zu findings suppressed\n", out, kept);
        else
                (void)fputs(text.data, stdout);
        if (c->ctl->output == OUTPUT_HUMAN)
                tell_refused(c->list + kept, c->n - kept);
        return kept < c->n || c->dropped > 0 ? EXIT_FOUND : EXIT_OK;
}

static int scan(struct create *c)
{
        struct offline o;

        if (offline_init(&o, c->ctl) != EXIT_OK)
                return EXIT_ERROR;
        offline_tell_key(&o, c->ctl->config);
        c->place = &o.place;
        int status = offline_walk(&o, c->ctl, on_scanned, c);
        offline_done(&o);
        if (c->no_memory)
                return ctl_error("out of memory");
        if (c->n > 0)
                qsort(c->list, c->n, sizeof(*c->list), baseline_compare);
        return status;
}

static int create(struct ctl *ctl)
{
        _cleanup_(create_done) struct create c = {.ctl = ctl};
        char expires[BASELINE_EXPIRES_MAX];
        struct baseline_heading heading = {
                .reason = ctl->value[CTL_REASON] ?: BASELINE_NO_REASON,
                .author = ctl->value[CTL_AUTHOR],
        };

        if (ctl->n_args == 0)
                return ctl_usage("baseline create takes files or directories");
        if (*heading.reason == '\0')
                return ctl_usage("--reason is empty");
        if (ctl->value[CTL_EXPIRES]) {
                if (baseline_expires(ctl->value[CTL_EXPIRES], clock_realtime(), expires) < 0)
                        return ctl_usage("--expires takes a time such as 30d or a date in the "
                                         "future such as 2030-01-31, not \"%s\"",
                                         ctl->value[CTL_EXPIRES]);
                heading.expires = expires;
        }
        if (ctl->value[CTL_OUT] && !ctl->value[CTL_FORCE] && access(ctl->value[CTL_OUT], F_OK) == 0)
                return ctl_error("%s is there already; --force replaces it", ctl->value[CTL_OUT]);
        if (scan(&c) != EXIT_OK)
                return EXIT_ERROR;
        size_t kept = ctl->value[CTL_ALL] ? c.n : set_apart(&c);
        if (c.no_memory)
                return ctl_error("out of memory");
        int status = finish(&c, kept, &heading);
        return c.unreadable > 0 ? EXIT_ERROR : status;
}

int command_baseline(struct ctl *ctl)
{
        const char *verb = ctl->n_args > 0 ? ctl->args[0] : "";
        bool creates = strcmp(verb, "create") == 0;

        if (!creates && strcmp(verb, "review") != 0)
                return ctl_usage("baseline takes create PATH... or review [FILE] [PATH...]");
        ctl->args++;
        ctl->n_args--;
        return creates ? create(ctl) : baseline_review(ctl);
}
