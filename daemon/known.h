/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * What need not be looked at: files that were scanned and have not changed since, and what giad
 * itself put there. In memory (seen.c), and in batches in the register, for the next start.
 */

#include <systemd/sd-event.h>

#include "common/base/open.h"
#include "common/model/scan.h"
#include "daemon/storer.h"
#include "daemon/workspace.h"

struct known;

/* Borrows the storer. key: 32 secret bytes of this host; copied. */
int known_new(struct known **ret, sd_event *event, struct storer *storer,
              const uint8_t key[static 32]);
struct known *known_free(struct known *k);

/* Was this state of the inode scanned, in this place and under this generation? */
bool known_same(const struct known *k, const struct workspace *ws, const char *path,
                const struct file_id *id);
void known_put(struct known *k, const struct workspace *ws, const char *path,
               const struct file_id *id);

/* Whether a scanner's last answer for this place was the same: content, and what was found in it but
 * for where. This one is the last from now on. The last few thousand places are kept. */
bool known_answer_same(struct known *k, const struct workspace *ws, const char *path,
                       const struct scan_result *result);

/* Giad's own doing, of which events are to come: a note, or a file that could not leave its
 * directory. The last 1024 are kept. */
void known_own(struct known *k, const struct file_id *id);
bool known_is_own(const struct known *k, const struct file_id *id);

/* What was put under another generation counts as not seen. True if it changed. */
bool known_set_generation(struct known *k, const uint8_t generation[static 32]);
/* From now on nothing was scanned yet; what waits for the register is dropped. */
void known_forget(struct known *k);
/* Takes what the register remembers; also before there is a generation. */
void known_add(struct known *k, const struct reg_seen *seen);
/* Hands what waits for the register to the storer. */
void known_flush(struct known *k);
/* Files; those that the register brought under another generation are among them. */
size_t known_count(const struct known *k);
