/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The methods of the control socket. What each takes and answers is said in interface.def. */

#include <stddef.h>

struct control_method;
struct event;
struct manager;

const struct control_method *methods_table(size_t *ret_n);
/* Tells those who watch. */
void methods_event(struct manager *m, const struct event *e);
void methods_done(struct manager *m);
