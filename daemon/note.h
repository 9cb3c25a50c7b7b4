/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The note in the place of a quarantined file, for the agent that will look for it.
 */

#include "common/model/note-text.h"
#include "daemon/config/config.h"
#include "daemon/quarantine/quarantine.h"

struct notes;

int notes_new(struct notes **ret);
struct notes *notes_free(struct notes *n);

struct file_id;

/* Writes NAME<suffix> beside where the file was, owned by the file's owner; never replaces
 * anything, follows no link. Notes are limited for each directory and hour. *ret_id is what was
 * written, so that it is known as giad's own. Returns 0; -EDQUOT: too many notes there already;
 * -EEXIST; others. */
int notes_write(struct notes *n, const struct config *config, int root_fd,
                const struct quarantine_entry *e, enum note_situation situation, usec_t now,
                struct file_id *ret_id);
