/* SPDX-FileCopyrightText: giad maintainers */
/*
 * giactl: reads the options and finds the command. Both tables and the help are help.c's.
 */
#include <getopt.h>
#include <locale.h>
#include <string.h>

#include "common/base/text.h"
#include "daemon/ctl/ctl.h"

/* in the order of commands.def, as help_command() numbers them */
static int (*const run[])(struct ctl *ctl) = {
#define COMMAND(id, ...) command_##id,
#include "daemon/ctl/commands.def"
#undef COMMAND
};

/* Returns the number of a command, or -1: an error was printed. */
static int find_command(const char *name)
{
        const char *names[ELEMENTSOF(run)];

        for (size_t i = 0; i < ELEMENTSOF(run); i++) {
                names[i] = help_command(i)->name;
                if (strcmp(names[i], name) == 0)
                        return (int)i;
        }
        const char *nearest = text_nearest(name, names, ELEMENTSOF(names));
        if (nearest)
                (void)ctl_usage("unknown command \"%s\"; did you mean \"%s\"?", name, nearest);
        else
                (void)ctl_usage("unknown command \"%s\"", name);
        return -1;
}

static int set_output(struct ctl *ctl, const char *format)
{
        if (strcmp(format, "human") == 0 || strcmp(format, "text") == 0)
                ctl->output = OUTPUT_HUMAN;
        else if (strcmp(format, "json") == 0)
                ctl->output = OUTPUT_JSON;
        else if (strcmp(format, "jsonl") == 0)
                ctl->output = OUTPUT_JSONL;
        else if (strcmp(format, "csv") == 0)
                ctl->output = OUTPUT_CSV;
        else if (strcmp(format, "sarif") == 0)
                ctl->output = OUTPUT_SARIF;
        else
                return ctl_usage("--output is human, json, jsonl, csv or sarif, not \"%s\"",
                                 format);
        return EXIT_OK;
}

#define LONG_FIRST 256 /* what getopt_long() returns for the first option of the table */

/* Fills ctl->value. */
static int read_options(struct ctl *ctl, int argc, char **argv)
{
        struct option table[_CTL_OPTION_MAX + 1] = {0};
        char letters[3 * _CTL_OPTION_MAX + 1];
        size_t n = 0;
        int c;

        for (int i = 0; i < _CTL_OPTION_MAX; i++) {
                const struct help_option *o = help_option((enum ctl_option)i);

                table[i] = (struct option){o->name, *o->argument ? required_argument : no_argument,
                                           NULL, LONG_FIRST + i};
                if (!o->letter)
                        continue;
                letters[n++] = (char)o->letter;
                if (*o->argument)
                        letters[n++] = ':';
        }
        letters[n] = '\0';
        while ((c = getopt_long(argc, argv, letters, table, NULL)) >= 0) {
                int i = c - LONG_FIRST;

                if (c == '?')
                        return EXIT_ERROR;
                if (i < 0)
                        for (i = 0; help_option((enum ctl_option)i)->letter != c; i++)
                                ;
                ctl->value[i] = optarg ? optarg : "";
        }
        return EXIT_OK;
}

/* Options that mean the same for every command. */
static int apply_options(struct ctl *ctl)
{
        ctl->config_given = ctl->value[CTL_CONFIG] != NULL;
        if (ctl->config_given)
                ctl->config_path = ctl->value[CTL_CONFIG];
        if (ctl->value[CTL_NO_COLOUR] || ctl->value[CTL_NO_COLOR])
                ctl->colour = false;
        if (ctl->value[CTL_NO_PROGRESS])
                ctl->progress = false;
        return ctl->value[CTL_OUTPUT] ? set_output(ctl, ctl->value[CTL_OUTPUT]) : EXIT_OK;
}

static int refuse_others(const struct ctl *ctl, const struct help_command *command)
{
        for (int i = 0; i < _CTL_OPTION_MAX; i++)
                if (ctl->value[i] && !help_takes(command, (enum ctl_option)i))
                        return ctl_usage("%s does not take --%s", command->name,
                                         help_option((enum ctl_option)i)->name);
        return EXIT_OK;
}

int main(int argc, char **argv)
{
        struct ctl ctl = {
                .config_path = GIAD_SYSCONFDIR "/giad.yaml",
                .terminal = isatty(STDOUT_FILENO) == 1,
                .progress = isatty(STDERR_FILENO) == 1,
        };

        (void)setlocale(LC_ALL, "");
        ctl.colour = ctl.terminal && !getenv("NO_COLOR");
        if (read_options(&ctl, argc, argv) != EXIT_OK)
                return EXIT_ERROR;
        if (ctl.value[CTL_VERSION]) {
                (void)puts("giactl " PACKAGE_VERSION);
                return EXIT_OK;
        }
        if (optind == argc) {
                help_print(ctl.value[CTL_HELP] ? stdout : stderr);
                return ctl.value[CTL_HELP] ? EXIT_OK : EXIT_ERROR;
        }
        int command = find_command(argv[optind]);
        if (command < 0)
                return EXIT_ERROR;
        if (ctl.value[CTL_HELP]) {
                help_print_command(stdout, help_command((size_t)command));
                return EXIT_OK;
        }
        if (refuse_others(&ctl, help_command((size_t)command)) != EXIT_OK ||
            apply_options(&ctl) != EXIT_OK)
                return EXIT_ERROR;
        if (ctl.output == OUTPUT_SARIF && run[command] != command_scan)
                return ctl_usage("only scan has --output=sarif");
        if (ctl.output == OUTPUT_CSV && run[command] != command_inventory &&
            run[command] != command_findings)
                return ctl_usage("only inventory and findings have --output=csv");
        ctl.args = argv + optind + 1;
        ctl.n_args = argc - optind - 1;
        int status = run[command](&ctl);
        (void)config_unref(ctl.config);
        if (fflush(stdout) == EOF && status == EXIT_OK)
                status = EXIT_ERROR;
        return status;
}
