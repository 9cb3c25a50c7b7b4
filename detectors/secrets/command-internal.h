/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* A command line that is being masked: what the files command-*.c share. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Arguments stand one behind the other, each ended by a NUL. An offset that is n is the end. */
struct command {
        const char *text; /* n bytes, and one more NUL */
        size_t n;
        uint8_t *marks; /* of each byte: whether it is masked */
};

/* Marks text[from..to). */
void command_mark(struct command *c, size_t from, size_t to);

/* command-value.c: where values begin and end. */

/* Where the argument that holds text[at] ends: its NUL. */
size_t command_argument_end(const struct command *c, size_t at);
/* Where the value that begins at text[at] ends. In an argument that is a program of a shell (sh -c …) words end at blanks,
 * unless they are quoted; anywhere else a value goes on to the end of its argument. */
size_t command_value_end(const struct command *c, size_t at);
/* Marks the word behind the one that ends at text[at]: the next argument, or the next word in the same one. */
void command_mark_next(struct command *c, size_t at);

/* command-name.c */

/* Whether what has this name, of an option, a variable, a header or a member of an object, may be a secret. */
bool command_name_is_secret(const char *name, size_t n);

/* command-programs.c: marks what programs are known to take as secrets. */
void command_mark_programs(struct command *c);
