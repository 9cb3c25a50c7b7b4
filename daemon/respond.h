/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Carries verdicts out: takes files away, has them stored, leaves the note, and tells.
 */

#include "common/model/scan.h"
#include "common/model/verdict.h"
#include "daemon/pipeline.h"
#include "daemon/work.h"

struct responder;

/* own() is told of each file that giad itself puts into a workspace: nobody need look at it. */
int responder_new(struct responder **ret, const struct pipeline_parts *parts,
                  const struct pipeline_host *host,
                  void (*own)(void *userdata, const struct workspace *ws, const char *path,
                              const struct file_id *id),
                  void *userdata);
struct responder *responder_free(struct responder *r);
void responder_set_config(struct responder *r, struct config *config); /* borrowed */

/* The findings as an entry of the store keeps them: JSON, for people, for the note, and for the pin of a later approval. The caller
 * frees *ret. 0 or -ENOMEM. */
int responder_describe(const struct scan_result *result, char **ret);

/* Takes the file away. Returns 0 (done; the rest happens in the storer), -ESTALE (something else
 * stands there now: look again), -ENOENT (gone), other negative errno: failed, with *ret_reason. */
int responder_quarantine(struct responder *r, const struct workspace *ws,
                         const struct work_item *item, const struct scan_result *result,
                         const struct verdict *verdict, enum reason *ret_reason);
