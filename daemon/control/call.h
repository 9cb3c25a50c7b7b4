/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "daemon/control/connection.h"

/* Begins to answer a request, which is borrowed: c->call stands until the answer is complete. A
 * client that cannot be answered is doomed. Returns 0 or -ENOMEM. */
int call_begin(struct connection *c, const struct message_request *request);
/* Whether more of its answer can be asked for; NULL is accepted. */
bool call_is_paced(const struct control_call *call);
/* Asks for it; the call may be over afterwards. */
void call_continue(struct control_call *call);
/* The client is gone: tells who keeps the call, and frees it. Accepts NULL, returns NULL. */
struct control_call *call_abandon(struct control_call *call);
