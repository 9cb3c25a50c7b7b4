/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: looking at the workspaces of a configuration as the daemon will find them: are they there,
 * and may giad.service move files out of them. Does not own: what is an error (daemon/config).
 *
 * A unit with ProtectSystem=strict may write below its ReadWritePaths= only; without that a file
 * cannot be taken away, which giad itself finds out by trying at start. Here the unit's files are
 * read, so that an operator hears of it before.
 */
#include "daemon/ctl/config-notes.h"

#include <errno.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/text.h"

#define UNIT "giad.service"

static const char *const unit_directories[] = {"/etc/systemd/system", "/run/systemd/system",
                                               GIAD_UNITDIR};

/* The part of the pattern before its first component with a glob: what exists whatever matches. */
static void stable_part(const char *pattern, char *dst, size_t size)
{
        size_t n = strcspn(pattern, "*?[");

        while (n > 0 && pattern[n] != '\0' && pattern[n - 1] != '/')
                n--;
        while (n > 1 && pattern[n - 1] == '/')
                n--;
        (void)snprintf(dst, size, "%.*s", (int)n, pattern);
}

static bool is_below(const char *path, const char *top)
{
        size_t n = strlen(top);

        while (n > 1 && top[n - 1] == '/')
                n--;
        return strncmp(path, top, n) == 0 && (path[n] == '\0' || path[n] == '/' || n == 1);
}

/* Does one ReadWritePaths= line allow the path? An empty one takes back those before it. */
static bool line_allows(const char *line, const char *path, bool so_far)
{
        char top[4096];

        if (line[strspn(line, " \t\r\n")] == '\0')
                return false;
        while (*(line += strspn(line, " \t\r\n"))) {
                size_t n = strcspn(line, " \t\r\n");

                (void)snprintf(top, sizeof(top), "%.*s", (int)n, line);
                line += n;
                so_far = so_far || is_below(path, top + strspn(top, "-+"));
        }
        return so_far;
}

static bool file_allows(const char *name, const char *path, bool so_far, bool *ret_strict)
{
        _cleanup_fclose_ FILE *f = fopen(name, "re");
        char line[8192];

        while (f && fgets(line, sizeof(line), f)) {
                if (strncmp(line, "ReadWritePaths=", 15) == 0)
                        so_far = line_allows(line + 15, path, so_far);
                else if (strncmp(line, "ProtectSystem=strict", 20) == 0)
                        *ret_strict = true;
        }
        return so_far;
}

static const char *find_unit(char *dst, size_t size)
{
        struct stat st;

        for (size_t i = 0; i < ELEMENTSOF(unit_directories); i++) {
                (void)snprintf(dst, size, "%s/" UNIT, unit_directories[i]);
                if (stat(dst, &st) == 0)
                        return dst;
        }
        return NULL;
}

/* True also when no such unit is installed here, or it is not confined. */
static bool unit_may_write(const char *path)
{
        char name[4200];
        bool strict = false;
        glob_t drop_ins;

        if (!find_unit(name, sizeof(name)))
                return true;
        bool allowed = file_allows(name, path, false, &strict);
        for (size_t i = ELEMENTSOF(unit_directories); i-- > 0;) {
                (void)snprintf(name, sizeof(name), "%s/" UNIT ".d/*.conf", unit_directories[i]);
                if (glob(name, 0, NULL, &drop_ins) == 0)
                        for (size_t k = 0; k < drop_ins.gl_pathc; k++)
                                allowed = file_allows(drop_ins.gl_pathv[k], path, allowed, &strict);
                globfree(&drop_ins);
        }
        return allowed || !strict;
}

/* The highest directory that should be named: "/opt" of "/opt/agents/x". */
static void top_of(const char *path, char *dst, size_t size)
{
        size_t n = 1 + strcspn(path + 1, "/");

        (void)snprintf(dst, size, "%.*s", (int)n, path);
}

static unsigned note_one(const struct config_workspace *ws, FILE *out)
{
        char path[4096], top[4096], why[64];
        struct stat st;
        unsigned notes = 0;

        stable_part(ws->pattern, path, sizeof(path));
        if (stat(path, &st) < 0) {
                (void)fprintf(out, "note: %s:%u: %s: %s; it is watched when it appears\n", ws->file,
                              ws->line, path, strerror_r(errno, why, sizeof(why)));
                notes++;
        } else if (!S_ISDIR(st.st_mode)) {
                (void)fprintf(out,
                              "note: %s:%u: %s is not a directory: nothing will be watched there\n",
                              ws->file, ws->line, path);
                notes++;
        }
        if (!unit_may_write(path)) {
                top_of(path, top, sizeof(top));
                (void)fprintf(out,
                              "note: %s:%u: " UNIT
                              " may not move files out of %s; write /etc/systemd/system/" UNIT
                              ".d/workspaces.conf:\n"
                              "        [Service]\n        ReadWritePaths=-%s\n",
                              ws->file, ws->line, path, top);
                notes++;
        }
        return notes;
}

unsigned config_notes(const struct config *config, FILE *out)
{
        unsigned notes = 0;

        for (size_t i = 0; i < config->n_workspaces; i++)
                notes += note_one(&config->workspaces[i], out);
        if (config->n_workspaces == 0) {
                (void)fputs("note: no workspace is configured, so nothing will be watched\n", out);
                notes++;
        }
        return notes;
}
