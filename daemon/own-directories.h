/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The directories in which giad itself writes: register, stores, spools, the file of events. Has the back ends make no events of
 * what happens in them, where the kernel can be told so: with fanotify, whose mark is on whole file systems, giad would else be told of
 * six files of its own for each one that it takes away. Those that are watched are not among them (watcher.h).
 */

struct manager;
struct own_directories;

/* Returns 0 or -ENOMEM. */
int own_directories_new(struct own_directories **ret, struct manager *m);
/* Accepts NULL, returns NULL. */
struct own_directories *own_directories_free(struct own_directories *o);
/* Looks for them soon: of the configuration that is in force, and as far as they are there. Those of a disk that hangs are
 * not waited for. [loop] */
void own_directories_look(struct own_directories *o);
