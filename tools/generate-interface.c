/* SPDX-FileCopyrightText: giad maintainers */
/* Owns: the interface file of the control socket, the same text that introspection answers. */
#include <stdio.h>

#include "common/base/buffer.h"
#include "daemon/control/interface.h"
#include "daemon/interface.h"
#include "tools/generate.h"

int generate_interface(const char *unused)
{
        _cleanup_buffer_ struct buffer text = BUFFER_NULL;

        (void)unused;
        interface_describe(interface_table(), &text);
        if (!text.error)
                (void)fputs(text.data, stdout);
        return text.error;
}
