/* SPDX-FileCopyrightText: giad maintainers */
/*
 * giactl: finds the command and reads the options, which are the same for all commands.
 */
#include <getopt.h>
#include <locale.h>
#include <string.h>

#include "common/base/text.h"
#include "daemon/ctl/ctl.h"

static const struct command {
        const char *name, *arguments;
        unsigned options;
        const char *text;
        int (*run)(struct ctl *ctl);
} commands[] = {
#define COMMAND(id, name, arguments, options, text) {name, arguments, options, text, command_##id},
#include "daemon/ctl/commands.def"
#undef COMMAND
};

static void usage(FILE *out)
{
        (void)fputs("Usage: giactl [OPTION...] COMMAND [ARGUMENT...]\n\n", out);
        for (size_t i = 0; i < ELEMENTSOF(commands); i++)
                (void)fprintf(out, "  %-13s %s\n", commands[i].name, commands[i].text);
        (void)fputs("\nOptions:\n"
                    "  -c, --config=FILE     configuration (default: " GIAD_SYSCONFDIR "/giad.yaml)\n"
                    "  -o, --output=FORMAT   human, json or jsonl; scan: sarif, too\n"
                    "      --no-colour       no colours\n"
                    "      --rules=DIR       rule packs instead of the configured ones (scan, classify, rules)\n"
                    "      --no-progress     no progress bar (scan)\n"
                    "      --reason=TEXT     why (quarantine release, purge)\n"
                    "      --to=DIR          put the file there instead (quarantine release)\n"
                    "      --expires=TIME    the approval ends after this time, e.g. 30d (quarantine release)\n"
                    "      --limit=N --since=SEQ --state=STATE --workspace=PATH   what to list\n"
                    "  -h, --help            this text\n"
                    "  -V, --version         the version\n\n"
                    "Exit status: 0 well, 1 scan found something, 2 an error. See giactl(1).\n",
                    out);
}

static const struct command *find_command(const char *name)
{
        const char *names[ELEMENTSOF(commands)];

        for (size_t i = 0; i < ELEMENTSOF(commands); i++) {
                names[i] = commands[i].name;
                if (strcmp(names[i], name) == 0)
                        return &commands[i];
        }
        const char *nearest = text_nearest(name, names, ELEMENTSOF(names));
        if (nearest)
                (void)ctl_usage("unknown command \"%s\"; did you mean \"%s\"?", name, nearest);
        else
                (void)ctl_usage("unknown command \"%s\"", name);
        return NULL;
}

static int set_output(struct ctl *ctl, const char *format)
{
        if (strcmp(format, "human") == 0 || strcmp(format, "text") == 0)
                ctl->output = OUTPUT_HUMAN;
        else if (strcmp(format, "json") == 0)
                ctl->output = OUTPUT_JSON;
        else if (strcmp(format, "jsonl") == 0)
                ctl->output = OUTPUT_JSONL;
        else if (strcmp(format, "sarif") == 0)
                ctl->output = OUTPUT_SARIF;
        else
                return ctl_usage("--output is human, json, jsonl or sarif, not \"%s\"", format);
        return EXIT_OK;
}

enum { LONG_FIRST = 256, LONG_NO_COLOUR, LONG_NO_PROGRESS, LONG_VALUE };

/* options that are a text and belong to some commands only */
static const struct {
        const char *name;
        unsigned bit;
        size_t offset;
} values[] = {
        {"limit", OPT_LIMIT, offsetof(struct ctl, limit)},
        {"since", OPT_SINCE, offsetof(struct ctl, since)},
        {"state", OPT_STATE, offsetof(struct ctl, state)},
        {"workspace", OPT_WORKSPACE, offsetof(struct ctl, workspace)},
        {"reason", OPT_REASON, offsetof(struct ctl, reason)},
        {"to", OPT_TO, offsetof(struct ctl, to)},
        {"expires", OPT_EXPIRES, offsetof(struct ctl, expires)},
        {"rules", OPT_RULES, offsetof(struct ctl, rules)},
};

/* Returns -1 to go on, or the exit status. */
static int read_options(struct ctl *ctl, int argc, char **argv, unsigned *ret_given)
{
        struct option table[8 + ELEMENTSOF(values)] = {
                {"config", required_argument, NULL, 'c'},
                {"output", required_argument, NULL, 'o'},
                {"no-colour", no_argument, NULL, LONG_NO_COLOUR},
                {"no-color", no_argument, NULL, LONG_NO_COLOUR},
                {"no-progress", no_argument, NULL, LONG_NO_PROGRESS},
                {"help", no_argument, NULL, 'h'},
                {"version", no_argument, NULL, 'V'},
        };
        int c;

        for (size_t i = 0; i < ELEMENTSOF(values); i++)
                table[7 + i] = (struct option){values[i].name, required_argument, NULL, LONG_VALUE + (int)i};
        while ((c = getopt_long(argc, argv, "c:o:hV", table, NULL)) >= 0) {
                switch (c) {
                case 'c':
                        ctl->config_path = optarg;
                        ctl->config_given = true;
                        break;
                case 'o':
                        if (set_output(ctl, optarg) != EXIT_OK)
                                return EXIT_ERROR;
                        break;
                case LONG_NO_COLOUR:
                        ctl->colour = false;
                        break;
                case LONG_NO_PROGRESS:
                        ctl->progress = false;
                        *ret_given |= OPT_PROGRESS;
                        break;
                case 'h':
                        usage(stdout);
                        return EXIT_OK;
                case 'V':
                        (void)puts("giactl " PACKAGE_VERSION);
                        return EXIT_OK;
                case '?':
                        return EXIT_ERROR;
                default:
                        *(const char **)(void *)((char *)ctl + values[c - LONG_VALUE].offset) = optarg;
                        *ret_given |= values[c - LONG_VALUE].bit;
                }
        }
        return -1;
}

int main(int argc, char **argv)
{
        struct ctl ctl = {
                .config_path = GIAD_SYSCONFDIR "/giad.yaml",
                .terminal = isatty(STDOUT_FILENO) == 1,
                .progress = isatty(STDERR_FILENO) == 1,
        };
        unsigned given = 0;

        (void)setlocale(LC_ALL, "");
        ctl.colour = ctl.terminal && !getenv("NO_COLOR");
        int status = read_options(&ctl, argc, argv, &given);
        if (status >= 0)
                return status;
        if (optind == argc) {
                usage(stderr);
                return EXIT_ERROR;
        }
        const struct command *command = find_command(argv[optind]);
        if (!command)
                return EXIT_ERROR;
        if (given & ~command->options)
                return ctl_usage("%s does not take one of the given options", command->name);
        if (ctl.output == OUTPUT_SARIF && command->run != command_scan)
                return ctl_usage("only scan has --output=sarif");
        ctl.args = argv + optind + 1;
        ctl.n_args = argc - optind - 1;
        status = command->run(&ctl);
        (void)config_unref(ctl.config);
        if (fflush(stdout) == EOF && status == EXIT_OK)
                status = EXIT_ERROR;
        return status;
}
