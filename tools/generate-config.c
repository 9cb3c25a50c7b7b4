/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the reference part of etc/giad.yaml: every key that is no list with its default, commented
 * out. A remark is '#' and one blank; without its '#' every other line is what giad takes if
 * nothing is said.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/base/macros.h"
#include "tools/generate.h"
#include "tools/option-text.h"

/* How many bytes of two paths are the same sections: "outputs.syslog.path" and "outputs.jsonl.path"
 * share "outputs." */
static size_t shared_sections(const char *a, const char *b)
{
        size_t n = 0;

        for (size_t i = 0; a[i] && a[i] == b[i]; i++)
                if (a[i] == '.')
                        n = i + 1;
        return n;
}

static void indent(unsigned depth)
{
        (void)printf("#%*s", (int)(2 * depth), "");
}

static unsigned depth_of(const char *path, size_t n)
{
        unsigned depth = 0;

        for (size_t i = 0; i < n; i++)
                depth += path[i] == '.';
        return depth;
}

/* Prints the sections of path that begin after its first n bytes. */
static void open_sections(const char *path, size_t n)
{
        for (const char *dot; (dot = strchr(path + n, '.')); n = (size_t)(dot - path) + 1) {
                indent(depth_of(path, n));
                (void)printf("%.*s:\n", (int)(dot - path - (ptrdiff_t)n), path + n);
        }
}

/* A section that was left and comes again would stand twice in the file. */
static bool section_again(size_t option, size_t shared)
{
        const char *path = option_text(option)->path;
        const char *dot = strchr(path + shared, '.');
        size_t n = dot ? (size_t)(dot - path) + 1 : 0;

        for (size_t i = 0; n > 0 && i < option; i++)
                if (strncmp(option_text(i)->path, path, n) == 0)
                        return true;
        return false;
}

int generate_config_options(const char *unused)
{
        const struct option_text *o;
        const char *before = "";
        char values[128];

        (void)unused;
        for (size_t i = 0; (o = option_text(i)); i++) {
                size_t shared = shared_sections(before, o->path);
                const char *name = strrchr(o->path, '.');

                if (section_again(i, shared))
                        return -EEXIST;
                open_sections(o->path, shared);
                option_text_values(o, values, sizeof(values));
                (void)printf("# %s (%s)\n", o->text, values);
                indent(depth_of(o->path, strlen(o->path)));
                (void)printf("%s: %s\n", name ? name + 1 : o->path, o->fallback);
                before = o->path;
        }
        return 0;
}
