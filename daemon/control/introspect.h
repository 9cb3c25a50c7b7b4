/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "daemon/control/control.h"

#define INTROSPECT_INTERFACE "org.varlink.service"

/* Answers a call of org.varlink.service: method is its last part; control is the interface that is
 * described beside it. *ret_parameters is owned by the caller. Returns 0, or a positive outcome:
 * INTROSPECT_ERROR with *ret_error set to the full name of a varlink error and parameters for it.
 * -ENOMEM. */
#define INTROSPECT_ERROR 1
int introspect_call(const char *method, const cJSON *parameters,
                    const struct control_interface *control, const char **ret_error,
                    cJSON **ret_parameters);
