/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Who wrote, by pidfd: each process is read once, as long as it stays what it was. For one thread. */

#include "watchers/process.h"

struct writers;

/* NULL: out of memory. */
struct writers *writers_new(void);
struct writers *writers_free(struct writers *w);
/* The configuration's agents from now on (NULL: none); the reference is handed over. Who is known already is asked
 * anew. */
void writers_set_agents(struct writers *w, struct agents *agents);
/* Events are about to be read. Returns the number of this reading. */
uint64_t writers_reading(struct writers *w);
/* A reference to what is known of the process; see process_read(). NULL: out of memory. pidfd is borrowed.
 * brief: what was known at once. reading: in which its event was read. */
struct provenance *writers_get(struct writers *w, pid_t pid, int pidfd,
                               const struct process_brief *brief, uint64_t reading);
