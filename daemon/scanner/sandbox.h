/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdint.h>

/* Locks the process down for good: after it returns 0 nothing can be opened, connected, executed or
 * signalled; what is left is reading the fds that arrive on its socket, and answering. memory:
 * bytes of address space that may still be taken. Returns 0 or negative errno, with *ret_what
 * naming the step that failed (static text). */
int sandbox_enter(uint64_t memory, const char **ret_what);
