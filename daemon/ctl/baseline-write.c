/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the text of a baseline.
 * Does not own: which findings go into it (cmd-baseline.c), putting it in place (new-file.c).
 *
 * Names of files were chosen by whoever is watched. In the YAML they stand between double quotes,
 * as JSON strings, and in comments as printable text; the caller reads the result back before it is
 * written anywhere.
 */
#include <string.h>
#include <time.h>

#include "common/base/text.h"
#include "daemon/ctl/baseline.h"

#define GLOB_NAME_MAX 255 /* bytes of one name of a pattern: text_glob_path() */

int baseline_compare(const void *a, const void *b)
{
        const struct baseline_finding *x = a, *y = b;
        int c = strcmp(x->path, y->path);

        if (c == 0)
                c = (x->by_path > y->by_path) - (x->by_path < y->by_path);
        if (c == 0)
                c = strcmp(x->finding.rule, y->finding.rule);
        if (c == 0)
                c = strcmp(x->finding.fingerprint, y->finding.fingerprint);
        if (c == 0)
                c = (x->finding.line > y->finding.line) - (x->finding.line < y->finding.line);
        if (c == 0)
                c = (x->finding.column > y->finding.column) -
                    (x->finding.column < y->finding.column);
        return c;
}

/* YAML's reader takes no byte order mark and no non-characters, not even in comments. */
static bool yaml_takes(const char *s)
{
        return text_is_printable(s, strlen(s)) && !strstr(s, "\xef\xbb\xbf") &&
               !strstr(s, "\xef\xbf\xbe") && !strstr(s, "\xef\xbf\xbf");
}

bool baseline_glob(struct buffer *out, const char *path)
{
        size_t name = 0;

        if (!yaml_takes(path))
                return false;
        /* from the workspace's root on, not at any depth */
        buffer_putc(out, '/');
        for (const char *s = path; *s; s++) {
                name = *s == '/' ? 0 : name + 1;
                if (strchr("*?[]\\", *s)) {
                        buffer_putc(out, '\\');
                        name++;
                }
                if (name > GLOB_NAME_MAX)
                        return false;
                buffer_putc(out, *s);
        }
        return *path != '\0';
}

static bool same_entry(const struct baseline_finding *a, const struct baseline_finding *b)
{
        return a->by_path == b->by_path && strcmp(a->path, b->path) == 0 &&
               strcmp(a->finding.rule, b->finding.rule) == 0 &&
               strcmp(a->finding.fingerprint, b->finding.fingerprint) == 0;
}

/* For the reviewer: what it is. */
static void add_comment(struct buffer *out, const struct baseline_finding *b)
{
        const struct finding *f = &b->finding;

        buffer_printf(out, "  # %s", yaml_takes(f->title) ? f->title : f->rule);
        if (f->line > 0)
                buffer_printf(out, ", line %u", f->line);
        if (*f->redacted && yaml_takes(f->redacted))
                buffer_printf(out, ": %s", f->redacted);
        buffer_printf(out, " (%s, %s confidence)\n", severity_to_string(f->severity),
                      confidence_to_string(f->confidence));
        if (!b->by_path)
                buffer_puts(out,
                            "  # whatever its file is called: the name cannot be written here\n");
}

static void add_key(struct buffer *out, const char *before, const char *key, const char *value)
{
        buffer_printf(out, "%s%s: ", before, key);
        buffer_json_string(out, value);
        buffer_putc(out, '\n');
}

static void add_entry(struct buffer *out, const struct baseline_finding *b,
                      const struct baseline_heading *heading)
{
        _cleanup_buffer_ struct buffer glob = BUFFER_NULL;

        add_key(out, "  - ", "rule", b->finding.rule);
        if (b->by_path && baseline_glob(&glob, b->path) && glob.data)
                add_key(out, "    ", "path", glob.data);
        add_key(out, "    ", "fingerprint", b->finding.fingerprint);
        add_key(out, "    ", "reason", heading->reason);
        if (heading->author)
                add_key(out, "    ", "author", heading->author);
        if (heading->expires)
                buffer_printf(out, "    expires: %s\n", heading->expires);
}

void baseline_text(struct buffer *out, const struct baseline_finding *findings, size_t n,
                   const struct baseline_heading *heading)
{
        buffer_puts(out,
                    "# Suppressions for findings that were there when this file was made\n"
                    "# (giactl baseline create). Look at each; giactl baseline review says which\n"
                    "# are not needed any more.\n");
        buffer_puts(out, n > 0 ? "suppress:\n" : "suppress: []\n");
        for (size_t i = 0; i < n;) {
                size_t first = i;

                do
                        add_comment(out, &findings[i++]);
                while (i < n && same_entry(&findings[first], &findings[i]));
                add_entry(out, &findings[first], heading);
        }
}

int baseline_expires(const char *text, usec_t now, char ret[static BASELINE_EXPIRES_MAX])
{
        double seconds;
        usec_t when;

        if (config_parse_time(text, &when) == 0)
                return when > now && text_copy(ret, BASELINE_EXPIRES_MAX, text) ? 0 : -EINVAL;
        if (ctl_duration(text, &seconds) < 0)
                return -EINVAL;
        time_t t = (time_t)(now / USEC_PER_SEC) + (time_t)seconds;
        struct tm tm;
        if (!gmtime_r(&t, &tm) ||
            strftime(ret, BASELINE_EXPIRES_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
                return -EINVAL;
        return 0;
}
