/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/model/enums.h"
#include "detectors/formats/format.h"
#include "detectors/source/lexer.h"
#include "detectors/source/need.h"

/* Everything that is known of a file when it is judged. */
struct subject {
        const char *path; /* relative; its last component is the file's name */
        uint32_t mode;
        const char
                *data; /* the first piece, or the whole file; UTF-8 (transcoded if it was UTF-16) */
        size_t size;
        const char *format;               /* name of the format that was parsed, or NULL */
        struct doc *doc;                  /* NULL if not parsed */
        const struct resolve_peer *peers; /* other files that may say more of what is in it */
        size_t n_peers;
        const struct source *source; /* NULL if not source code */
        uint64_t
                missing; /* bit per text that would tell the kind of source code: it is not there */
        enum artefact_kind kind; /* set by classify() */
};

/* Names the artefact kind by path, format and content, and says why in evidence (printable, for
 * people: "path .github/workflows/ and key jobs"). doc and source may be NULL. */
enum artefact_kind classify(const struct subject *s, char *evidence, size_t evidence_size);

/* The format in which a file is read, or NULL: format_guess(), but source code is not taken for
 * anything else because of its text. */
const struct format *classify_format(const char *path, const char *data, size_t n);

/* What a source file must hold to be of a kind by its calls and assignments, and by texts in it;
 * the latter one's terms are the bits of `missing`. Returns 0 or -ENOMEM. */
int classify_source_needs(struct words *words, struct need *calls, struct need *text);
