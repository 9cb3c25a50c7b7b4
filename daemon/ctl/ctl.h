/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the commands of giactl share. Exit status: 0 well, 1 something was found (scan) or failed
 * (rules test), 2 an error. */

#include <cjson/cJSON.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "common/base/clock.h"
#include "daemon/config/config.h"
#include "daemon/control/control.h"
#include "daemon/ctl/help.h"

enum { EXIT_OK = 0, EXIT_FOUND = 1, EXIT_ERROR = 2 };

enum ctl_output {
        OUTPUT_HUMAN,
        OUTPUT_JSON,
        OUTPUT_JSONL,
        OUTPUT_CSV,  /* inventory and findings only */
        OUTPUT_SARIF /* scan only */
};

struct ctl {
        const char *config_path;
        bool config_given;
        struct config *config; /* ctl_config() */
        enum ctl_output output;
        bool colour, terminal;
        const char *value[_CTL_OPTION_MAX]; /* of each option of options.def; "" of one without
                                               argument; NULL: not given */
        bool progress;
        usec_t patience; /* longest time that an answer of the daemon may take; 0: any */
        char **args;     /* after the command's name */
        int n_args;
};

/* The configuration; the built-in defaults when the default file is not there and none was asked
 * for. NULL: an error was printed. */
const struct config *ctl_config(struct ctl *ctl);

/* "giactl: …" on stderr; returns EXIT_ERROR. */
int ctl_error(const char *fmt, ...) _printf_(1, 2);
/* Wrong words on the command line; returns EXIT_ERROR. */
int ctl_usage(const char *fmt, ...) _printf_(1, 2);

/* One call to the daemon. Consumes parameters. Returns the reply's parameters (owned) or NULL, an
 * error was printed. */
cJSON *ctl_call(struct ctl *ctl, const char *method, cJSON *parameters);
/* A connection for calls with several replies; NULL: an error was printed. */
struct control_client *ctl_connect(struct ctl *ctl);
/* Waits for one of them. Returns its parameters (owned) with whether more follow, or NULL, an error was printed. */
cJSON *ctl_receive(struct control_client *client, bool *ret_continues);

/* For commands that take none: EXIT_OK, or EXIT_ERROR after an error was printed. */
int ctl_no_arguments(const struct ctl *ctl);
/* Adds the value of an option that takes a whole number, if it was given; likewise. */
int ctl_add_number(cJSON *parameters, const char *name, const char *text);

/* "2026-01-31T12:34:56.789012Z" → "2026-01-31 12:34:56" */
const char *ctl_short_time(const char *rfc3339, char buf[static 20]);
/* "30d" → seconds, at least one. Returns 0 or -EINVAL. */
int ctl_duration(const char *text, double *ret);

/* Absolute, without resolving anything: the daemon's paths are as they are written. Returns path or buf. */
const char *ctl_absolute(const char *path, char buf[static PATH_MAX]);

/* Prints one JSON value and a newline. */
void ctl_print_json(const cJSON *value);
/* Prints each item of a list on a line of its own (jsonl), or the whole (json). */
void ctl_print_list(struct ctl *ctl, const cJSON *list);

const char *ctl_text(const cJSON *object, const char *key); /* "" if absent */
double ctl_number(const cJSON *object, const char *key);

/* SGR colours, "" when colours are off */
const char *ctl_colour(const struct ctl *ctl, const char *severity_or_word);
const char *ctl_bold(const struct ctl *ctl);
const char *ctl_dim(const struct ctl *ctl);
const char *ctl_plain(const struct ctl *ctl);

/* Columns padded to their widest cell (in characters); the last one is not padded. */
struct table;
struct table *table_new(unsigned columns);
void table_add(struct table *t, const char *cell); /* copied; row after row */
void table_add_number(struct table *t, double n);
void table_print(struct table *t, const struct ctl *ctl,
                 FILE *out); /* frees; the first row is a heading */

#define COMMAND(id, name, arguments, options, text) int command_##id(struct ctl *ctl);
#include "daemon/ctl/commands.def"
#undef COMMAND
