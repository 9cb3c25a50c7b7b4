/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * A process that does nothing but look whether the gate still answers. If it does not, because its process was stopped or
 * its thread is stuck, everybody who opens a file waits, PID 1 and its watchdog with them. The guard then kills the
 * process that started it, and the kernel lets in who waits.
 *
 * It shares one page with that process, opens no file, and holds but a descriptor of that process.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "common/base/clock.h"

struct guard_page;

struct guard {
        pid_t pid;
        int pidfd; /* of the guard: polls readable when it has ended */
        struct guard_page *page;
        usec_t patience;
};

#define GUARD_NULL ((struct guard){.pid = -1, .pidfd = -1})

/* Starts it, unarmed; before there is a mark, and best before there are threads. patience: without a sign of life for
 * that long it kills. 0 or negative errno. */
int guard_start(struct guard *g, usec_t patience);
/* Ends it. Also of GUARD_NULL. */
void guard_stop(struct guard *g);

/* Signs of life are due from now on, or no longer: then it sleeps. From any one thread. */
void guard_arm(struct guard *g, bool on);
/* A sign of life. Returns how long until the next is due. */
usec_t guard_beat(struct guard *g);
