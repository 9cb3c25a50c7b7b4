/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * One gate for each file system: of two, each would wait until the other has judged the opens of its scanners. Who gates
 * one has a file in a directory of root's locked, named by the device number, which is the same for all state
 * directories and mount namespaces of a host. Who has another /run, as in a container, is not known of.
 */

#include <sys/types.h>

/* The directory is made if it is missing. Returns an fd that holds the lock until it is closed, whatever the process
 * ends of; -EBUSY: another has it (*ret_other: its process, 0: not known); or another negative errno: -EPERM if others
 * than its owner may write to the directory. */
int gate_lock_take(const char *directory, dev_t dev, pid_t *ret_other);
/* Consumes the fd; the file goes, too. */
void gate_lock_release(const char *directory, dev_t dev, int fd);
