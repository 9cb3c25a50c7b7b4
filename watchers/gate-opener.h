/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* How somebody who waits for the gate opens the file: the event does not say. */

#include <sys/types.h>

enum gate_opener {
        GATE_OPENER_UNKNOWN,
        GATE_OPENER_READS,
        GATE_OPENER_BOTH,   /* to read and to write what is there */
        GATE_OPENER_WRITES, /* or it is emptied by that */
};

/* thread: its number. It must be waiting in the call. */
enum gate_opener gate_opener_find(pid_t thread);
