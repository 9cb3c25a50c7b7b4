/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Harmless ways of writing a file otherwise: it means the same to the program that reads it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buffer.h"
#include "common/model/enums.h"
#include "detectors/formats/doc.h"
#include "detectors/formats/format.h"
#include "detectors/source/lexer.h"

#define REWRITTEN_PATH_MAX 256u

/* A file as it was written first. */
struct original {
        const char *path, *text;
        size_t n;
        const char *format; /* what it is read as: "json", "yaml", "toml", …, or "" */
        struct doc *doc;    /* NULL if it does not parse */
        struct node *root;  /* of doc, or NULL */
        enum language language;
        enum artefact_kind kind;
        uint64_t chance; /* for what is shuffled */
};

struct rewritten {
        char path[REWRITTEN_PATH_MAX];
        struct buffer text;
};

struct rewriting {
        const char *name;
        /* Writes o otherwise; ret is empty, with o's path. False: it cannot be written so. */
        bool (*rewrite)(const struct original *o, unsigned how, struct rewritten *ret);
        unsigned how;
};

/* Ended by one without a name. */
extern const struct rewriting rewritings_of_trees[];    /* rewrite-tree.c: JSON and YAML */
extern const struct rewriting rewritings_of_lines[];    /* rewrite-lines.c: formats of lines */
extern const struct rewriting rewritings_of_hcl[];      /* rewrite-hcl.c */
extern const struct rewriting rewritings_of_xml[];      /* rewrite-xml.c */
extern const struct rewriting rewritings_of_wrappers[]; /* rewrite-wrapped.c: in other files */
extern const struct rewriting rewritings_of_sources[];  /* rewrite-source.c: source code */

static inline bool original_is(const struct original *o, const char *format)
{
        const char *a = o->format;

        while (*a && *a == *format) {
                a++;
                format++;
        }
        return *a == *format;
}

/* A stretch of the original, and what stands there instead. */
struct edit {
        size_t at, n;
        char *with; /* owned */
};

struct edits {
        struct edit *list;
        size_t n, alloc;
};

void edits_add(struct edits *e, size_t at, size_t n, struct buffer *with); /* takes with's text */
void edits_done(struct edits *e);
/* The original with all of them done; they may not overlap. False if there are none. */
bool edits_apply(struct edits *e, const struct original *o, struct buffer *ret);

/* write-tree.c: writing trees down. */
enum write_flags {
        WRITE_JSON = 1 << 0,
        WRITE_FLOW = 1 << 1, /* YAML in brackets; without either: in lines */
        WRITE_SINGLE = 1 << 2,
        WRITE_DOUBLE = 1 << 3, /* YAML: quotes around all strings; without: where needed */
        WRITE_REVERSED = 1 << 4,
        WRITE_SHUFFLED = 1 << 5, /* order of keys */
        WRITE_COMMENTS = 1 << 6,
        WRITE_BLANKS = 1 << 7,
        WRITE_ALIASES = 1 << 8,    /* what comes again is an alias */
        WRITE_SHARED = 1 << 9,     /* values stand in a list before, aliases where they are used */
        WRITE_WIDE = 1 << 10,      /* deeper indentation; JSON: tabs */
        WRITE_SMALL = 1 << 11,     /* JSON without white space; YAML: lists not indented */
        WRITE_ESCAPES = 1 << 12,   /* JSON: characters as \u00xx, and \/ */
        WRITE_LONG_TAGS = 1 << 13, /* CloudFormation's !Sub as Fn::Sub */
        WRITE_LITERAL = 1 << 15,   /* YAML: strings below | */
        WRITE_FOLDED = 1 << 16,    /* YAML: strings below >, broken where they may be */
        WRITE_RENAMED = 1 << 14,   /* the file's name says which of JSON and YAML it is */
};

/* False if the tree cannot be written so. */
bool write_tree(const struct node *root, unsigned flags, uint64_t chance, struct buffer *ret);
