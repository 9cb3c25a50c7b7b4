/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which directories are giad's own. Does not own: what is done about them (watchers/).
 */
#include "daemon/own-directories.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/base/macros.h"
#include "daemon/manager.h"

static void ignore(void *userdata, int fd)
{
        workspaces_ignore(((struct manager *)userdata)->workspaces, fd);
}

static void ignore_path(struct manager *m, const char *path)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd >= 0)
                ignore(m, fd);
}

/* One for each output, those included that an earlier run had. */
static void ignore_spools(struct manager *m, const char *spools)
{
        DIR *dir = opendir(spools);
        struct dirent *d;
        char path[4600];

        while (dir && (d = readdir(dir))) {
                (void)snprintf(path, sizeof(path), "%s/%s", spools, d->d_name);
                if (d->d_name[0] != '.')
                        ignore_path(m, path);
        }
        if (dir)
                (void)closedir(dir);
}

static void ignore_parent(struct manager *m, const char *file)
{
        char path[4200];
        const char *slash = strrchr(file, '/');

        (void)snprintf(path, sizeof(path), "%.*s", slash ? (int)(slash - file) : 0, file);
        if (path[0])
                ignore_path(m, path);
}

void own_directories_ignore(struct manager *m)
{
        const char *state = config_text(m->config, OPTION_STATE_DIRECTORY);
        char spools[4200];

        ignore_path(m, state);
        (void)snprintf(spools, sizeof(spools), "%s/spool", state);
        ignore_spools(m, spools);
        quarantine_own_directories(m->quarantine, ignore, m);
        quarantine_own_directories(m->versions, ignore, m);
        if (config_bool(m->config, OPTION_JSONL))
                ignore_parent(m, config_text(m->config, OPTION_JSONL_PATH));
}
