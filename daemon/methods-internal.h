/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The methods of the control socket in their files, for the table in methods.c. Nobody else includes this. */

#include "daemon/control/control.h"
#include "daemon/register/register.h"

/* A text that is not empty, or NULL. */
const char *method_parameter(const cJSON *parameters, const char *name);
/* How many the caller wants, within bounds. */
size_t method_limit(const cJSON *parameters);
/* Ends the call with one value, which is taken over. */
void method_reply(struct control_call *call, const char *name, cJSON *value);

/* methods-inventory.c */
void method_events(void *userdata, struct control_call *call, const struct control_peer *peer,
                   const cJSON *parameters, bool more);
void method_findings(void *userdata, struct control_call *call, const struct control_peer *peer,
                     const cJSON *parameters, bool more);
void method_inventory(void *userdata, struct control_call *call, const struct control_peer *peer,
                      const cJSON *parameters, bool more);

/* methods-register.c */
void method_show_artefact(void *userdata, struct control_call *call,
                          const struct control_peer *peer, const cJSON *parameters, bool more);
void method_explain(void *userdata, struct control_call *call, const struct control_peer *peer,
                    const cJSON *parameters, bool more);
