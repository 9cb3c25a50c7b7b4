/* SPDX-FileCopyrightText: giad maintainers */
/*
 * giactl approvals prepare, check: approvals that are signed, and installed by whoever manages the hosts.
 *
 * What is prepared is text for a person to read before they sign it: one artefact, as this host has it. Workspace and path may be made globs
 * then.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/buffer.h"
#include "common/base/id.h"
#include "common/base/text.h"
#include "daemon/ctl/approvals.h"
#include "daemon/signed/load.h"

/* --- prepare ---- */

/* A YAML scalar in single quotes, in which globs mean themselves. */
static void put_glob(struct buffer *b, const char *text)
{
        buffer_putc(b, '\'');
        for (; *text; text++) {
                if (strchr("*?[\\", *text))
                        buffer_putc(b, '\\');
                if (*text == '\'')
                        buffer_putc(b, '\'');
                buffer_putc(b, *text);
        }
        buffer_putc(b, '\'');
}

static void put_rules(struct buffer *b, const cJSON *found)
{
        const cJSON *f, *g;
        bool any = false;

        cJSON_ArrayForEach(f, found)
        {
                bool again = false;

                for (g = cJSON_GetArrayItem(found, 0); g != f && !again; g = g->next)
                        again = strcmp(ctl_text(g, "rule"), ctl_text(f, "rule")) == 0;
                if (!again)
                        buffer_printf(b, "%s%s", any ? ", " : "\n    rules: [",
                                      ctl_text(f, "rule"));
                any = true;
        }
        buffer_puts(b, any ? "]\n" : "\n");
}

static void put_expiry(struct buffer *b, double seconds)
{
        time_t end = time(NULL) + (time_t)seconds;
        struct tm tm;
        char text[32];

        if (gmtime_r(&end, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
                buffer_printf(b, "expires: %s\n", text);
}

static void compose(const struct ctl *ctl, const cJSON *a, const cJSON *version, double seconds,
                    struct buffer *b)
{
        const char *scope = ctl->value[CTL_SCOPE] ? ctl->value[CTL_SCOPE] : "content";

        buffer_printf(b,
                      "# %s %s version %.0f\n# sign it: ssh-keygen -Y sign -n " SIGNED_NAMESPACE
                      " -f KEY THIS-FILE\n",
                      ctl_text(a, "artefact"), ctl_text(a, "id"), ctl_number(version, "version"));
        buffer_puts(b, "giad-approvals: 1\nreason: ");
        buffer_json_string(b, ctl->value[CTL_REASON]);
        buffer_putc(b, '\n');
        if (seconds > 0)
                put_expiry(b, seconds);
        buffer_printf(b, "approve:\n  - scope: %s\n    workspace: ", scope);
        put_glob(b, ctl_text(a, "workspace"));
        if (strcmp(scope, "class") == 0) {
                buffer_printf(b, "\n    class: %s\n", ctl->value[CTL_CLASS]);
                return;
        }
        buffer_puts(b, "\n    path: ");
        put_glob(b, ctl_text(a, "path"));
        if (strcmp(scope, "content") == 0)
                buffer_printf(b, "\n    sha256: %s", ctl_text(version, "sha256"));
        put_rules(b, cJSON_GetObjectItem(a, "found"));
}

static int write_new(const char *path, const struct buffer *b)
{
        int fd = path ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644)
                      : STDOUT_FILENO;

        if (fd < 0)
                return ctl_error("%s cannot be written: %s", path, strerror(errno));
        bool written = write(fd, b->data, b->len) == (ssize_t)b->len;
        if (path && close(fd) < 0)
                written = false;
        return written ? EXIT_OK
                       : ctl_error("%s cannot be written: %s", path ? path : "standard output",
                                   strerror(errno));
}

static int prepare(struct ctl *ctl, const cJSON *a, uint64_t n)
{
        const cJSON *versions = cJSON_GetObjectItem(a, "versions");
        const cJSON *last = cJSON_GetArrayItem(versions, cJSON_GetArraySize(versions) - 1);
        _cleanup_buffer_ struct buffer b = BUFFER_NULL;
        const char *scope = ctl->value[CTL_SCOPE] ? ctl->value[CTL_SCOPE] : "content";
        double seconds = 0;

        if ((uint64_t)ctl_number(last, "version") != n)
                return ctl_error("version %.0f is there now, not %llu: look at it first",
                                 ctl_number(last, "version"), (unsigned long long)n);
        if (strcmp(scope, "content") != 0 && strcmp(scope, "file") != 0 &&
            strcmp(scope, "class") != 0)
                return ctl_usage("--scope is content, file or class");
        if (strcmp(scope, "class") == 0 && !ctl->value[CTL_CLASS])
                return ctl_usage("--scope=class needs --class=CLASS");
        if (ctl->value[CTL_EXPIRES] && ctl_duration(ctl->value[CTL_EXPIRES], &seconds) < 0)
                return ctl_usage("--expires takes a time such as 12h or 30d, not \"%s\"",
                                 ctl->value[CTL_EXPIRES]);
        if (strcmp(scope, "content") != 0 && seconds <= 0)
                return ctl_usage("an approval of a file or a class needs --expires=TIME");
        compose(ctl, a, last, seconds, &b);
        if (b.error)
                return ctl_error("out of memory");
        return write_new(ctl->value[CTL_OUT], &b);
}

int approvals_prepare(struct ctl *ctl, const char *name)
{
        const char *at = strrchr(name, '@');
        uint64_t n = 0;
        char id[ID_SIZE];

        if (!ctl->value[CTL_REASON])
                return ctl_usage("approvals prepare needs --reason=TEXT: it is what is signed");
        if (!at || (size_t)(at - name) != ID_LENGTH || text_to_u64(at + 1, 10, &n) != 0)
                return ctl_usage("approvals prepare takes an artefact with its version, ID@N: see "
                                 "giactl show");
        (void)snprintf(id, sizeof(id), "%.*s", (int)(at - name), name);
        cJSON *parameters = cJSON_CreateObject();
        (void)cJSON_AddStringToObject(parameters, "id", id);
        cJSON *reply = ctl_call(ctl, "Show", parameters);
        if (!reply)
                return EXIT_ERROR;
        int status = prepare(ctl, cJSON_GetObjectItem(reply, "artefact"), n);
        cJSON_Delete(reply);
        return status;
}

/* --- check ---- */

static int print_loaded(void *userdata, const struct signed_loaded *l)
{
        static const char *const scopes[] = {"content", "file", "class"};

        (void)printf("signed by");
        for (size_t i = 0; i < l->n; i++)
                (void)printf("%s %s", i ? " and" : "", l->principals[i]);
        (void)printf(", because: %s\n", l->file->reason);
        for (size_t i = 0; i < l->file->n; i++) {
                const struct signed_item *item = &l->file->items[i];

                (void)printf("  line %u: %s %s%s%s%s%s%s\n", item->line, scopes[item->scope],
                             item->workspace, *item->path ? "/" : "", item->path,
                             item->class ? " " : "", item->class ? item->class : "",
                             *item->rules ? ", as long as only these find something:" : "");
                if (*item->rules)
                        (void)printf("    %s\n", item->rules);
        }
        *(bool *)userdata = true;
        return 0;
}

static void print_refused(void *userdata, const char *name, const char *why)
{
        (void)userdata;
        (void)ctl_error("%s does not count: %s", name, why);
}

int approvals_check(struct ctl *ctl, const char *path)
{
        const struct config *c = ctl_config(ctl);
        bool counts = false;

        if (!c)
                return EXIT_ERROR;
        const struct signed_source source = {
                .signers = config_text(c, OPTION_ALLOWED_SIGNERS),
                .two_persons = config_bool(c, OPTION_TWO_PERSONS),
        };
        int k = signed_load_file(&source, path, print_loaded, print_refused, &counts);
        if (k < 0)
                return ctl_error("%s cannot be read: %s", path, strerror(-k));
        return counts ? EXIT_OK : EXIT_ERROR;
}
