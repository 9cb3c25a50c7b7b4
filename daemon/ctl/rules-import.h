/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * From gitleaks' TOML to a pack of ours. Nothing is dropped without a word: what cannot be carried
 * over is said, rule by rule.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buffer.h"

/* A list of texts of its own. */
struct texts {
        char **list;
        size_t n;
        bool no_memory;
};
void texts_done(struct texts *t);
/* Copies n characters; what is there already is not added again. */
void texts_add(struct texts *t, const char *s, size_t n);

struct rules_import_error {
        unsigned line, column;
        char message[160];
};

struct rules_import_count {
        unsigned rules, imported;
};

/* The whole file. pack gets the YAML, notes a line "ID: what was not carried over" each. source is
 * how the file is called in them. Returns 0; -EBADMSG with *reterr: it is no TOML, or not
 * gitleaks'; -ENOMEM. */
int rules_import_convert(const char *source, const char *data, size_t n, struct buffer *pack,
                         struct buffer *notes, struct rules_import_count *ret,
                         struct rules_import_error *reterr);

/* --- expressions (rules-import-regex.c) --- */

struct rules_import_regex {
        unsigned groups;   /* that capture, in the original */
        bool bytes;        /* characters beyond ASCII in a class: they are bytes for us */
        bool properties;   /* \p: of ASCII only for us */
        const char *error; /* why it cannot be carried over; NULL: it can */
};

/* An expression in Go's syntax as PCRE2 takes it: the group `secret` (from 1) is the only one that
 * captures; 0: the first one, if any. */
void rules_import_regex(const char *go, unsigned secret, struct buffer *out,
                        struct rules_import_regex *ret);

/* If the expression says no more than "contains one of these texts", the texts; false otherwise. */
bool rules_import_literals(const char *go, struct texts *ret);

/* --- paths (rules-import-path.c) --- */

/* Globs that match what an expression over paths does; false if there are none that do. */
bool rules_import_globs(const char *go, struct texts *ret);

/* --- YAML (rules-import-write.c) --- */

struct rules_import_rule {
        char id[64];
        const char *title, *class, *confidence;
        const char *regex, *anchor; /* anchor may be NULL */
        double entropy;
        const struct texts *stop, *paths;
};

void rules_import_write(struct buffer *out, const struct rules_import_rule *r);
/* A text as a YAML scalar. */
void rules_import_scalar(struct buffer *out, const char *s);
