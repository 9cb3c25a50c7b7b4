/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Looks through the whole register for damage, in a thread of its own that stands back for everybody else and ends with it. What is
 * damaged and not read would be noticed at the next start, or never.
 */

#include <systemd/sd-event.h>

struct register_check;

/* found() is told in the loop. Returns 0 or negative errno. */
int register_check_new(struct register_check **ret, sd_event *event, const char *path,
                       void (*found)(void *userdata), void *userdata);
/* Accepts NULL and returns NULL; one that is under way is broken off. */
struct register_check *register_check_free(struct register_check *c);
/* Begins, unless one is under way. What cannot be begun is tried the next time. */
void register_check_start(struct register_check *c);
