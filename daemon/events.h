/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The manager's events: numbering, delivery, and what the daemon says of itself; and the repair of
 * what a crash left behind, which is told as events.
 */

#include "daemon/manager.h"
#include "daemon/tell.h"

/* Where the numbering goes on. */
int events_load_sequence(struct manager *m, struct reg *reg);
/* Once more, in a register that was begun anew. */
void events_keep_sequence(struct manager *m);
void events_schedule_sinks(struct manager *m);

void events_started(struct manager *m);
void events_stopped(struct manager *m);
void events_config_loaded(struct manager *m);
void events_config_refused(struct manager *m, const struct config_error *error, int k);
void events_scanner_died(struct manager *m, pid_t pid, const char *path, enum reason reason,
                         int status);
/* control_config.refused */
void events_refused(void *userdata, const struct control_peer *peer, const char *method,
                    const char *why);

/* Finishes or undoes interrupted quarantines, at start. */
void events_recover(struct manager *m);
/* Tries again to store what is held, in the storer. */
void events_retry_store(struct manager *m);
/* Keeps the register's tables bounded, whatever names agents make. */
void events_trim_register(struct manager *m);
/* Deletes entries older than the retention time. */
void events_purge_expired(struct manager *m);
/* Deletes one, in the storer, and tells of it then. Returns 0 or -ENOMEM. */
int events_purge(struct manager *m, const struct quarantine_entry *entry,
                 const struct told_operator *by, const char *why);
