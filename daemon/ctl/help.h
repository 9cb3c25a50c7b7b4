/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The tables of giactl's commands and options, and the help that is made from them. Needs no other
 * part of giactl, so that the generators of manual pages and completion read the same tables. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/macros.h"

enum ctl_option {
#define CTL_OPTION(id, ...) CTL_##id,
#include "daemon/ctl/options.def"
#undef CTL_OPTION
        _CTL_OPTION_MAX,
};

/* the same as bits, for the options column of commands.def */
enum {
#define CTL_OPTION(id, ...) OPT_##id = UINT64_C(1) << CTL_##id,
#include "daemon/ctl/options.def"
#undef CTL_OPTION
};
_Static_assert(_CTL_OPTION_MAX <= 64, "options fit into the bits of a number");

struct help_option {
        const char *name, *argument, *text; /* argument: "" if it takes none */
        int letter;                         /* 0: none */
        bool every;                         /* every command takes it */
};

struct help_command {
        const char *name, *arguments, *text;
        uint64_t options; /* those that not every command takes */
};

const struct help_option *help_option(enum ctl_option option);
const struct help_command *help_command(size_t i); /* NULL: there are no more */
bool help_takes(const struct help_command *command, enum ctl_option option);

void help_print(FILE *out);
void help_print_command(FILE *out, const struct help_command *command);
