/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The text of a note: what an agent is told of a file, in the form of giad-note(7), by giad beside a
 * file and by `giactl hook` before one is written. The words are fixed. What comes from a file stands
 * on one line, in quotes or in a code span, and can end neither.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/base/buffer.h"
#include "common/model/enums.h"
#include "common/model/finding.h"

#define NOTE_MAX ((size_t)65536)      /* bytes of a note */
#define NOTE_LIMIT_MIN ((size_t)8192) /* the smallest limit that may be asked for */
#define NOTE_LISTED 20u               /* findings that are listed; more are counted */

/* What happened to the file, or would. */
enum note_situation {
        NOTE_QUARANTINED, /* it was taken away */
        NOTE_PENDING,     /* it stands in its place and waits for an approval */
        NOTE_REJECTED,    /* a person refused it, and it was taken away */
        NOTE_ROLLED_BACK, /* it was taken away, and the last approved version put in its place */
        NOTE_PROPOSED,    /* it is not written yet: what policy would do */
        NOTE_COMMAND,     /* likewise, of a command that is not run yet */
        _NOTE_SITUATION_MAX,
};
/* As it stands in a note: "quarantined", …; never NULL for one in range. */
const char *note_situation_name(enum note_situation situation);

/* Texts are borrowed, need not be printable, and may be NULL. */
struct note_finding {
        int class;             /* enum finding_class; -1: one that this build does not know */
        int severity;          /* enum severity; -1: not known */
        uint32_t line, column; /* from 1; 0: the file as a whole */
        const char *title, *detail, *redacted, *rule, *remediation;
};
/* The same of a finding, whose texts are borrowed. */
struct note_finding note_finding_of(const struct finding *f);

struct note_subject {
        enum note_situation situation;
        enum action action; /* what policy orders */
        const char *path; /* relative to its workspace, as it may be shown: without secrets; NULL: a
                               command */
        const char *
                id; /* of the quarantine entry; of the artefact, with its version (ID@N), if it is pending;
                               NULL: there is none */
        enum artefact_kind artefact;
        const char *format; /* name of the format that it was read as, or NULL */
        const struct note_finding *findings;
        size_t n_findings;
        size_t dropped; /* found beyond these */
        size_t limit;   /* bytes, from NOTE_LIMIT_MIN to NOTE_MAX; 0: NOTE_MAX */
};

/* Appends the note. What does not fit is left out and counted in the text: examples first, then
 * advice, then findings. Returns 0 or -ENOMEM (out is then to be thrown away). */
int note_compose(struct buffer *out, const struct note_subject *s);
