/* SPDX-FileCopyrightText: giad maintainers */

/*
 * The file-mode analyser: who beside its owner may read or write a file. Which files that matters for
 * say the rules, by path and kind. Owns nothing.
 */

#include <sys/stat.h>

#include "detectors/privilege/analyser.h"

static const char *const checks[] = {
        "others-read",
        "everybody-reads",
        "others-write",
        NULL,
};

static void run(const struct subject *s, struct reporter *r);

const struct analyser analyser_file_mode = {.name = "file-mode", .checks = checks, .run = run};

static void say(struct reporter *r, const struct subject *s, const char *check, unsigned all,
                const char *may)
{
        const struct spot at = {.line = 1, .column = 1, .end_line = 1};
        bool everybody = (s->mode & all & S_IRWXO) != 0;

        if (s->mode & all)
                report_check(r, &analyser_file_mode, check, at, CERTAINTY_YES, everybody ? 0 : -1,
                             check, "mode %04o: %s may %s it", s->mode & 07777,
                             everybody ? "everybody" : "the group", may);
}

static void run(const struct subject *s, struct reporter *r)
{
        if (!S_ISREG(s->mode))
                return;
        say(r, s, "others-read", S_IRGRP | S_IROTH, "read");
        /* of files that a group of the system is meant to read */
        say(r, s, "everybody-reads", S_IROTH, "read");
        say(r, s, "others-write", S_IWGRP | S_IWOTH, "write");
}
