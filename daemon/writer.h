/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Who wrote, as events and the store tell it. */

#include "common/model/event.h"
#include "common/model/provenance.h"

/* Sets the event's fields about the writer: of the process if it is known, otherwise of the file's owner; and the event's
 * object_pid if the process lives and nothing of it had to be masked. writer may be NULL. */
void writer_tell(struct event *e, struct provenance *writer, uint32_t owner);
/* Sets the opener_ fields: who was kept from opening a file. who may be NULL: not known. Its command line was not read, so
 * object_pid is not set. */
void writer_tell_opener(struct event *e, const struct provenance *who);
/* What writer_tell() sets as one JSON object, kept with it. NULL if there is nothing to say, or memory is out. For one
 * thread. */
const char *writer_to_json(struct provenance *writer);
/* The writer's uid, or the owner's if it is not known. */
uint32_t writer_uid(const struct provenance *writer, uint32_t owner);
