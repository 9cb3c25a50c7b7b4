/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Threads that list directories before a walk comes to them. A processor and a disk can do several things at once, a walk
 * cannot: of what it takes to see that nothing changed in a tree the greater part is asking for attributes.
 *
 * All functions are the walk's. What was listed is as old as the call of ahead_put(), or younger: who knows of a change
 * since that nothing tells of forgets it with ahead_drop().
 */

#include <stdbool.h>

#include "watchers/walk.h"

struct ahead;

/* Starts the threads. NULL: out of memory, or there may be no more threads; a walk goes on without them. */
struct ahead *ahead_new(void);
/* Ends them, and waits until each has left the file that it was asking for; NULL will do. */
struct ahead *ahead_free(struct ahead *a);

/* The directory that is open as fd (borrowed until ahead_take() or ahead_drop()) is to be listed, before those that were put
 * earlier. key stands for it, and for no other. False: too many of them have not been taken yet. */
bool ahead_put(struct ahead *a, const void *key, int fd);
/* What was found out, for walk_open_listed(): valid until it is called again, or ahead_free(). NULL: nobody had begun, or it
 * failed. A thread that is at it is stopped, for which both wait until it has looked at one more file. Each that was put is
 * taken or dropped once. */
const struct walk_listing *ahead_take(struct ahead *a, const void *key);
void ahead_drop(struct ahead *a, const void *key);
