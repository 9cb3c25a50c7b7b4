/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the files that read sudoers share: sudoers.c (lines), sudoers-rule.c (who may do what). */

#include "detectors/formats/host-read.h"
#include "detectors/formats/sudoers-alias.h"

#define SUDOERS_TAGS 8

struct sudoers {
        struct host_reader h;
        struct sudoers_aliases aliases;
        struct node *defaults, *alias_maps, *includes, *rules;
        /* of the rule at hand */
        struct node *commands;
        struct node *runas; /* mapping of as_users …, on no tree; NULL: none was named */
        struct {
                signed char truth; /* 0: not said */
                struct cursor from, to;
        } tags[SUDOERS_TAGS];
};

/* A `#` that begins a comment, and no user id. */
bool sudoers_at_comment(const struct cursor *c);
/* The rule's or list's end: of the line, or where a comment begins. */
bool sudoers_ended(const struct cursor *c);

/* Reads names with commas between them into parent, under key those that are meant, under not_key
 * those that are not. Returns 0 or doc_error(). */
int sudoers_read_names(struct sudoers *r, struct node *parent, enum sudoers_kind kind,
                       const char *key, const char *not_key);
/* Steps over a command with its arguments. Returns its node, which hangs on no tree; text may be
 * empty; NULL: doc_error(). */
struct node *sudoers_read_command(struct sudoers *r);
/* users hosts = (as) TAG: command, … */
int sudoers_read_rule(struct sudoers *r);
