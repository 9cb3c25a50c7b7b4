/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <cjson/cJSON.h>

#include "daemon/control/control.h"

/* What the lines of an interface mean: its text for generic clients, and what a method takes. */

struct buffer;

/* Appends the definition in varlink's language. An error is kept in out. */
void interface_describe(const struct control_interface *interface, struct buffer *out);

/* Whether a call's parameters are those that the lines say: no other names, nothing missing but
 * what may be ("?"), and values of their types. Returns 0, or INTERFACE_E_PARAMETER with the name
 * of the first one that is not, borrowed from the lines or from parameters. A method that has no
 * lines takes none. */
#define INTERFACE_E_PARAMETER 1
int interface_check(const struct control_interface *interface, const char *method,
                    const cJSON *parameters, const char **ret_name);
