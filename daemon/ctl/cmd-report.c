/* SPDX-FileCopyrightText: giad maintainers */
/*
 * giactl report: one page with what giad knows and what it could not see.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/text.h"
#include "daemon/ctl/new-file.h"
#include "daemon/ctl/report.h"

/* Before giad is asked, which may take a while. EXIT_OK or EXIT_ERROR. */
static int check_place(const struct ctl *ctl, const char *path)
{
        struct stat st;

        if (lstat(path, &st) < 0)
                return errno == ENOENT ? EXIT_OK : ctl_error("%s: %s", path, strerror(errno));
        /* a link would lead somewhere else, and a device or a directory is nothing to put a page in the place of */
        if (!S_ISREG(st.st_mode))
                return ctl_error("%s is there already, and is no regular file", path);
        if (!ctl->value[CTL_FORCE])
                return ctl_error("%s is there already; --force replaces it", path);
        return EXIT_OK;
}

static int write_page(const struct ctl *ctl, const struct report *r, const char *path)
{
        _cleanup_free_ char *text = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&text, &n);

        if (!out)
                return ctl_error("out of memory");
        report_html(r, out);
        bool failed = ferror(out) != 0;
        if (fclose(out) == EOF || failed)
                return ctl_error("out of memory");
        int k = new_file_put(path, text, n, ctl->value[CTL_FORCE] != NULL, NULL);
        if (k < 0)
                return ctl_error("%s cannot be written: %s", path, strerror(-k));
        return EXIT_OK;
}

static void say(struct ctl *ctl, const struct report *r, const char *path)
{
        cJSON *o;

        if (ctl->output == OUTPUT_HUMAN) {
                (void)printf("%s: %zu artefacts, %zu findings, %zu in quarantine\n", path,
                             r->artefacts, r->findings, r->entries);
                return;
        }
        o = cJSON_CreateObject();
        (void)cJSON_AddStringToObject(o, "file", path);
        (void)cJSON_AddNumberToObject(o, "artefacts", (double)r->artefacts);
        (void)cJSON_AddNumberToObject(o, "findings", (double)r->findings);
        (void)cJSON_AddNumberToObject(o, "entries", (double)r->entries);
        (void)cJSON_AddNumberToObject(o, "events", (double)r->events);
        ctl_print_json(o);
        cJSON_Delete(o);
}

int command_report(struct ctl *ctl)
{
        const char *path = ctl->value[CTL_HTML];
        struct report r = {.status = NULL};
        uint64_t limit = 0;

        if (ctl_no_arguments(ctl) != EXIT_OK)
                return EXIT_ERROR;
        if (!path || !*path)
                return ctl_usage("report takes --html=FILE, the page to write");
        if (ctl->value[CTL_LIMIT] && text_to_u64(ctl->value[CTL_LIMIT], 10, &limit) < 0)
                return ctl_usage("--limit takes a whole number, not \"%s\"", ctl->value[CTL_LIMIT]);
        int status = check_place(ctl, path);
        if (status == EXIT_OK)
                status = report_gather(&r, ctl, limit);
        if (status == EXIT_OK)
                status = write_page(ctl, &r, path);
        if (status == EXIT_OK)
                say(ctl, &r, path);
        report_done(&r);
        return status;
}
