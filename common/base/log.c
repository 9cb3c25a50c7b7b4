/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the diagnostic lines on stderr.
 * Does not own: events (daemon/sinks).
 */
#include "common/base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static struct {
        int level;
        const char *name;
} arg_log = {.level = LOG_INFO};

void log_set_level(int level)
{
        arg_log.level = level;
}

void log_set_name(const char *name)
{
        arg_log.name = name;
}

static void log_line(int level, const char *text)
{
        char line[1280];
        bool stream = getenv("JOURNAL_STREAM") != NULL;
        int n;

        if (stream)
                n = snprintf(line, sizeof(line), "<%d>%s\n", level, text);
        else if (arg_log.name)
                n = snprintf(line, sizeof(line), "%s: %s\n", arg_log.name, text);
        else
                n = snprintf(line, sizeof(line), "%s\n", text);
        if (n < 0)
                return;
        if ((size_t)n >= sizeof(line)) {
                n = sizeof(line) - 1;
                line[n - 1] = '\n';
        }
        /* one write per line, so that lines of several threads never mix */
        if (write(STDERR_FILENO, line, (size_t)n) < 0)
                return;
}

void log_write(int level, const char *fmt, ...)
{
        char text[1024];
        va_list ap;

        if (level > arg_log.level)
                return;
        va_start(ap, fmt);
        (void)vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        log_line(level, text);
}

int log_error_errno(int r, const char *fmt, ...)
{
        char text[1024], reason[128];
        va_list ap;

        va_start(ap, fmt);
        int n = vsnprintf(text, sizeof(text), fmt, ap);
        va_end(ap);
        if (n >= 0 && (size_t)n < sizeof(text))
                (void)snprintf(text + n, sizeof(text) - (size_t)n, ": %s",
                               strerror_r(-r, reason, sizeof(reason)));
        log_line(LOG_ERR, text);
        return r;
}
