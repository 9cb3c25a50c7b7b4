/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the lines of io.giad.Control, without what answers them: tools/generate writes the interface
 * file from here.
 */
#include "daemon/interface.h"

#include <stddef.h>

#include "common/base/macros.h"
#include "daemon/control/control.h"

/* of an event's fields, each of which may be missing */
#define INTERFACE_STRING "?string"
#define INTERFACE_NUMBER "?int"

static const struct control_line lines[] = {
#define TYPE(name, text) {CONTROL_TYPE, name, NULL, text},
#define ERROR(name, text) {CONTROL_ERROR, name, NULL, text},
#define METHOD(name, right, replies, function, text) {CONTROL_METHOD, name, NULL, text},
#define MEMBER(name, type, text) {CONTROL_MEMBER, name, type, text},
#define IN(name, type, text) {CONTROL_IN, name, type, text},
#define OUT(name, type, text) {CONTROL_OUT, name, type, text},
#include "daemon/interface.def"
#undef TYPE
#undef ERROR
#undef METHOD
#undef MEMBER
#undef IN
#undef OUT
};

const struct control_interface *interface_table(void)
{
        static const struct control_interface interface = {
                CONTROL_INTERFACE,
                "What giad, the Generated Identity Artefact Daemon, knows, and what an operator "
                "may "
                "decide. Who may call which method is decided by the caller's groups, see giad(8).",
                lines,
                ELEMENTSOF(lines),
        };

        return &interface;
}
