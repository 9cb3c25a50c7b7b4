/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Drives from the loop what has a descriptor and a deadline, and does its work in slices. */

#include <systemd/sd-event.h>

#include "common/base/clock.h"

struct driver {
        sd_event_source *io, *timer, *defer;
        void (*run)(void *userdata);
        void *userdata;
};

/* run is called when fd is readable (with this priority), at the deadline, and when there is nothing else to do
 * while the deadline is 0. d stays where it is. Returns 0 or negative errno; driver_done() in any case. */
int driver_init(struct driver *d, sd_event *event, int fd, int64_t priority,
                void (*run)(void *userdata), void *userdata);
void driver_done(struct driver *d);
/* Monotonic; 0: at once, USEC_INFINITY: not at all. */
void driver_schedule(struct driver *d, usec_t deadline);
