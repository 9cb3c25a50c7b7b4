/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: commands.def and options.def as data, and the text of `giactl --help` and `giactl COMMAND
 * --help`. Does not own: what a command does (cmd-*.c) and reading the command line (main.c).
 */
#include "daemon/ctl/help.h"

#include <string.h>

#define OPTION_WIDTH 22

enum { SOME, EVERY };

static const struct help_option options[] = {
#define CTL_OPTION(id, commands, name, letter, argument, text) \
        [CTL_##id] = {name, argument, text, letter, (commands) == EVERY},
#include "daemon/ctl/options.def"
#undef CTL_OPTION
};

static const struct help_command commands[] = {
#define COMMAND(id, name, arguments, options, text) {name, arguments, text, options},
#include "daemon/ctl/commands.def"
#undef COMMAND
};

const struct help_option *help_option(enum ctl_option option)
{
        return &options[option];
}

const struct help_command *help_command(size_t i)
{
        return i < ELEMENTSOF(commands) ? &commands[i] : NULL;
}

bool help_takes(const struct help_command *command, enum ctl_option option)
{
        return options[option].every || (command->options & (UINT64_C(1) << option)) != 0;
}

static void print_option(FILE *out, const struct help_option *o)
{
        char left[64], letter[8] = "    ";

        if (o->letter)
                (void)snprintf(letter, sizeof(letter), "-%c, ", o->letter);
        (void)snprintf(left, sizeof(left), "%s--%s%s%s", letter, o->name, *o->argument ? "=" : "",
                       o->argument);
        (void)fprintf(out, "  %-*s  %s", OPTION_WIDTH, left, o->text);
}

/* " (scan, rules)": who takes an option that not every command takes */
static void print_takers(FILE *out, enum ctl_option option)
{
        const char *before = " (";

        if (options[option].every)
                return;
        for (size_t i = 0; i < ELEMENTSOF(commands); i++) {
                if (!help_takes(&commands[i], option))
                        continue;
                (void)fprintf(out, "%s%s", before, commands[i].name);
                before = ", ";
        }
        (void)fputc(')', out);
}

static void print_end(FILE *out)
{
        (void)fputs("\nExit status: 0 well, 1 something was found or failed its test, 2 an error. "
                    "See giactl(1).\n",
                    out);
}

void help_print(FILE *out)
{
        (void)fputs("Usage: giactl [OPTION...] COMMAND [ARGUMENT...]\n\n", out);
        for (size_t i = 0; i < ELEMENTSOF(commands); i++)
                (void)fprintf(out, "  %-13s %s\n", commands[i].name, commands[i].text);
        (void)fputs("\nOptions:\n", out);
        for (int i = 0; i < _CTL_OPTION_MAX; i++) {
                print_option(out, &options[i]);
                print_takers(out, (enum ctl_option)i);
                (void)fputc('\n', out);
        }
        print_end(out);
}

/* "list | show ID" → a line for each */
static void print_ways(FILE *out, const struct help_command *c)
{
        const char *before = "Usage:";

        for (const char *way = c->arguments; way;) {
                const char *bar = strstr(way, " | ");
                size_t n = bar ? (size_t)(bar - way) : strlen(way);

                (void)fprintf(out, "%s giactl [OPTION...] %s%s%.*s\n", before, c->name,
                              n > 0 ? " " : "", (int)n, way);
                before = "      ";
                way = bar ? bar + strlen(" | ") : NULL;
        }
}

void help_print_command(FILE *out, const struct help_command *command)
{
        print_ways(out, command);
        (void)fprintf(out, "\n%s: %s\n\nOptions:\n", command->name, command->text);
        for (int i = 0; i < _CTL_OPTION_MAX; i++) {
                if (!help_takes(command, (enum ctl_option)i))
                        continue;
                print_option(out, &options[i]);
                (void)fputc('\n', out);
        }
        print_end(out);
}
