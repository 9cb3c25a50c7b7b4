/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the readers of host files share: blanks in lines that go on, templates, and nodes. */

#include "detectors/formats/cursor.h"

struct host_reader {
        struct cursor c;
        struct doc *doc;
        struct doc_error *reterr; /* of the first bad line */
        bool broken;
};

/* True at the end of the line or the text. */
bool host_line_ends(const struct cursor *c);
/* A backslash and the line's end come next: the line goes on in the next one. */
bool host_line_goes_on(const struct cursor *c);
/* Steps over blanks; `joined`: also to the next line where this one goes on. */
void host_skip_blanks(struct cursor *c, bool joined);
/* Steps behind the line's end; `joined`: that of the last line it goes on in. */
void host_next_line(struct cursor *c, bool joined);
/* Steps over a template ({{ x }}, {% x %}, <% x %>, ${x}) that begins here and ends in this line. */
bool host_take_template(struct cursor *c);
/* A line of templates alone ({% for … %}) begins here. */
bool host_is_template_line(const struct cursor *c);
/* Steps over a word: up to a blank, the line's end, or one of `ends`; templates are one character of
 * it, `escapes`: a backslash takes the next character with it. */
void host_take_word(struct cursor *c, const char *ends, bool escapes);
/* Steps over "…" behind its end; false, not moved, if it does not end in this line. */
bool host_take_quoted(struct cursor *c);

enum host_text {
        HOST_TEXT_PLAIN = 0,
        HOST_TEXT_ESCAPED = 1 << 0, /* a backslash is taken out */
        HOST_TEXT_SHELL = 1 << 1,   /* a command line: what looks like a template is none */
};

/* Appends what stands between two places as a string, lines that go on joined; UNKNOWN if a
 * template is in it. Without a parent the node hangs on no tree. These return NULL on error: see
 * doc_error. */
struct node *host_add_text(struct host_reader *r, struct node *parent, const char *key,
                           const struct cursor *from, const struct cursor *to, unsigned how);
/* A word that is not in the file, at a place. */
struct node *host_add_word(struct host_reader *r, struct node *parent, const char *key,
                           const struct cursor *at, const char *word);
struct node *host_add_bool(struct host_reader *r, struct node *parent, const char *key,
                           const struct cursor *at, bool truth);
struct node *host_add(struct host_reader *r, struct node *parent, const char *key,
                      const struct cursor *at, enum node_type type);
/* The text in lower case, in the arena: for a key. */
char *host_key(struct host_reader *r, const struct cursor *from, const struct cursor *to);
/* Notes that no sense can be made of the line; returns 0. */
int host_bad(struct host_reader *r, const struct cursor *at, const char *message);
/* 0, or why nothing more can be read. */
int host_begin(struct host_reader *r, struct doc *doc, const char *data, size_t n,
               struct doc_error *reterr);
/* Folds repeated keys and says how it went. */
int host_end(struct host_reader *r);
