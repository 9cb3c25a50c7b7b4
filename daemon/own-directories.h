/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The directories in which giad itself writes: register, stores, spools, the file of events.
 */

struct manager;

/* Has the back ends make no events of what happens in them, where the kernel can be told so: with fanotify, whose mark is on
 * whole file systems, giad would else be told of six files of its own for each one that it takes away. Those that are
 * watched are not among them (watcher.h). Directories that cannot be opened are left out. [loop] */
void own_directories_ignore(struct manager *m);
