/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "detectors/formats/doc.h"

/* The names that a sudoers file gives to lists of users, hosts and commands. */
enum sudoers_kind {
        SUDOERS_USER,
        SUDOERS_RUNAS,
        SUDOERS_HOST,
        SUDOERS_COMMAND,
        _SUDOERS_KIND_MAX,
};

struct sudoers_alias {
        enum sudoers_kind kind;
        const struct node *members; /* a sequence; its key is the name */
        bool active;                /* is being expanded */
};

struct sudoers_aliases {
        struct sudoers_alias *list;
        size_t n, alloc;
        unsigned steps; /* taken so far by expansions */
};

/* members is borrowed. Returns 0 or -ENOMEM. */
int sudoers_aliases_add(struct sudoers_aliases *t, enum sudoers_kind kind,
                        const struct node *members);
/* Once after the last was added. */
void sudoers_aliases_sort(struct sudoers_aliases *t);
void sudoers_aliases_done(struct sudoers_aliases *t);

/* value: the word itself or a member of an alias; text: its text behind `!`. */
typedef int (*sudoers_alias_fn)(void *userdata, const struct node *value, const char *text,
                                bool negated);
/* Calls fn for what the word stands for: itself, or the members of its alias, theirs, and so on,
 * each once a use; an alias within itself is left out. Returns 0, what fn returned, or -E2BIG if
 * the file's aliases stand for too much. */
int sudoers_aliases_expand(struct sudoers_aliases *t, enum sudoers_kind kind,
                           const struct node *word, bool negated, sudoers_alias_fn fn,
                           void *userdata);
