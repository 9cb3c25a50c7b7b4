/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The lines of the control socket's interface, from interface.def. */

struct control_interface;

const struct control_interface *interface_table(void);
