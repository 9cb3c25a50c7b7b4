/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what giad keeps below its state directory: opening it at the start, and what is done if that cannot be had.
 * Does not own: what is in it (register/, quarantine/, approvals.c).
 */
#include "daemon/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/log.h"
#include "daemon/events.h"
#include "daemon/rebuild.h"
#include "daemon/register-check.h"

static int make_key(struct manager *m, const char *path)
{
        char fresh[4300];

        (void)snprintf(fresh, sizeof(fresh), "%s.new", path);
        _cleanup_close_ int fd =
                open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        if (getrandom(m->key, sizeof(m->key), 0) != (ssize_t)sizeof(m->key) ||
            write(fd, m->key, sizeof(m->key)) != (ssize_t)sizeof(m->key) || fsync(fd) < 0)
                return -EIO;
        /* whole or not there: a crash in between must not leave a key that is too short for ever */
        return rename(fresh, path) < 0 ? -errno : 0;
}

static int load_key(struct manager *m, const char *state)
{
        char path[4200];

        (void)snprintf(path, sizeof(path), "%s/host.key", state);
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd >= 0)
                return read(fd, m->key, sizeof(m->key)) == (ssize_t)sizeof(m->key) ? 0 : -EBADMSG;
        return errno == ENOENT ? make_key(m, path) : -errno;
}

static int make_directory(const char *path, mode_t mode)
{
        if (mkdir(path, mode) < 0 && errno != EEXIST)
                return log_error_errno(-errno, "%s cannot be made", path);
        return 0;
}

static int add_approval(void *userdata, const struct reg_approval *a)
{
        return approvals_add(userdata, a);
}

static void on_register_failed(void *userdata, bool failed, int error)
{
        struct manager *m = userdata;
        char text[64];

        /* written again, but not in its place */
        if (!failed && m->register_failed[0])
                return;
        manager_gap(m, REASON_REGISTER_FAILED, failed,
                    failed ? strerror_r(-error, text, sizeof(text)) : NULL);
}

/* A full disk must not leave the host unguarded: until the next start the register is kept where
 * there is memory. What it knew is not known then, approvals included; numbers of events go on from
 * the time, above all that were given. */
static int open_register_elsewhere(struct manager *m, int error, char *path, size_t size,
                                   struct reg **ret)
{
        char text[64];

        (void)log_error_errno(error, "%s cannot be opened, using the runtime directory", path);
        (void)snprintf(m->register_failed, sizeof(m->register_failed),
                       "%.300s: %s; until the next start it is kept in %.300s", path,
                       strerror_r(-error, text, sizeof(text)),
                       config_text(m->config, OPTION_RUNTIME_DIRECTORY));
        (void)snprintf(path, size, "%s/register.db",
                       config_text(m->config, OPTION_RUNTIME_DIRECTORY));
        m->seq = clock_realtime() / 1000;
        return reg_open(ret, path, false, NULL);
}

static void on_register_damaged(void *userdata)
{
        struct manager *m = userdata;

        rebuild_suspect(m, m->checked);
}

/* What is there at the start is read; damage may show only then. */
static int read_register(struct manager *m, struct reg *reg)
{
        int k = events_load_sequence(m, reg);

        if (k >= 0)
                k = reg_open(&m->reader, reg_path(reg), true, NULL);
        if (k >= 0)
                k = reg_approval_each(reg, add_approval, m->approvals);
        return k;
}

static int open_register(struct manager *m, struct reg *reg, bool set_aside)
{
        /* above all numbers that were given: nobody remembers them */
        if (set_aside)
                m->seq = clock_realtime() / 1000;
        int k = approvals_new(&m->approvals);
        if (k >= 0)
                k = read_register(m, reg);
        if (k == -EUCLEAN && reg_renew(reg) >= 0) {
                set_aside = true;
                m->seq = clock_realtime() / 1000;
                m->reader = reg_free(m->reader);
                k = read_register(m, reg);
        }
        m->renewals = reg_renewals(reg);
        if (k < 0 || !set_aside)
                return k;
        m->register_damaged = strdup(reg_aside(reg) ? reg_aside(reg) : "");
        return m->register_damaged ? 0 : -ENOMEM;
}

static int open_store(const struct manager *m, const char *state, const char *name, bool copies,
                      enum config_option size, struct quarantine **ret)
{
        char path[4200];
        const struct quarantine_config config = {
                .store = path,
                .store_max = config_number(m->config, size),
                .copies = copies,
        };

        (void)snprintf(path, sizeof(path), "%s/%s", state, name);
        return quarantine_new(ret, &config);
}

int state_open(struct manager *m)
{
        const char *state = config_text(m->config, OPTION_STATE_DIRECTORY);
        char path[4200];
        struct reg *reg = NULL;
        bool set_aside = false;
        int k = make_directory(state, 0700);

        if (k >= 0)
                k = make_directory(config_text(m->config, OPTION_RUNTIME_DIRECTORY), 0755);
        if (k < 0)
                return k;
        k = load_key(m, state);
        if (k < 0)
                return log_error_errno(k, "%s/host.key cannot be read or made", state);
        (void)snprintf(path, sizeof(path), "%s/register.db", state);
        k = reg_open(&reg, path, false, &set_aside);
        if (k < 0 && k != -EPROTO)
                k = open_register_elsewhere(m, k, path, sizeof(path), &reg);
        if (k < 0)
                return log_error_errno(k, "%s cannot be opened", path);
        k = open_register(m, reg, set_aside);
        if (k >= 0)
                k = register_check_new(&m->register_check, m->event, path, on_register_damaged, m);
        if (k >= 0)
                k = open_store(m, state, "quarantine", false, OPTION_STORE_SIZE, &m->quarantine);
        if (k >= 0)
                k = open_store(m, state, "versions", true, OPTION_VERSIONS_SIZE, &m->versions);
        if (k >= 0)
                k = storer_new(&m->storer, m->event, reg, m->quarantine, on_register_failed, m);
        if (k < 0) {
                (void)reg_free(reg);
                return log_error_errno(k, "The state below %s cannot be used", state);
        }
        storer_set_renewed(m->storer, rebuild_begin, m);
        return 0;
}

void state_close(struct manager *m)
{
        m->approvals = approvals_free(m->approvals);
        m->quarantine = quarantine_free(m->quarantine);
        m->versions = quarantine_free(m->versions);
}
