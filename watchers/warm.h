/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Threads that go ahead of a walk which has to wait for a disk. They list the directories that it will come to and ask for
 * the attributes of what is in them, so that the kernel has all of it by then; a disk can do several things at once, a
 * walk cannot. Nothing that they learn is used.
 */

#include <stdbool.h>
#include <stddef.h>

struct warm;

/* Starts the threads. NULL: out of memory, or there may be no more threads; a walk goes on without them. */
struct warm *warm_new(void);
/* Ends them, and waits until each has left the file that it was asking for; NULL will do. */
struct warm *warm_free(struct warm *w);

/* Some directories in the one that is open as fd (borrowed) come next: names follow by warm_add(), until the next call.
 * False: out of memory or descriptors. */
bool warm_directory(struct warm *w, int fd);
/* The last that was added is the first to be listed. Of more than 8192 that wait the oldest are forgotten. */
void warm_add(struct warm *w, const char *name);

/* Once more: the walk has had to wait. */
void warm_resume(struct warm *w);
/* Whether they still have to wait for the disk now and then; if not, all is in memory already. */
bool warm_is_of_use(const struct warm *w);
/* How many directories they have listed. */
size_t warm_count(const struct warm *w);

/* How often the calling thread has had to wait for anything since it began. */
long warm_waits(void);
