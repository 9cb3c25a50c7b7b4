/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <syslog.h>

#include "common/base/macros.h"

/* giad's own diagnostics, for the operator who debugs giad; what giad found is an event and goes to
 * the sinks. Lines go to stderr with the <N> prefix that journald understands when stderr is its
 * stream (JOURNAL_STREAM), without it otherwise. No line may hold content of an artefact. */

/* The least important level that is written, LOG_ERR..LOG_DEBUG; default LOG_INFO. */
void log_set_level(int level);
/* The program's name in front of each line; must outlive the process. */
void log_set_name(const char *name);

void log_write(int level, const char *fmt, ...) _printf_(2, 3);

#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__)
#define log_notice(...) log_write(LOG_NOTICE, __VA_ARGS__)
#define log_warning(...) log_write(LOG_WARNING, __VA_ARGS__)
#define log_error(...) log_write(LOG_ERR, __VA_ARGS__)

/* Logs at LOG_ERR "…: strerror" for the negative errno r, and returns r. */
int log_error_errno(int r, const char *fmt, ...) _printf_(2, 3);
