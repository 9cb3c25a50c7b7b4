/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The agents that the configuration names: how their processes are known. Filled once, then nobody changes it; it is
 * shared by reference, also between threads, and replaced as a whole.
 */

#include <stddef.h>

#include "common/base/macros.h"
#include "common/base/words.h"

#define AGENTS_MAX 256u       /* entries: each is held against each process that writes */
#define AGENTS_NAME_MAX 64u   /* bytes with NUL */
#define AGENTS_WORDS_MAX 256u /* of one list */

struct agents_entry {
        char *name;
        struct word_list programs;   /* names of executables or processes */
        struct word_list variables;  /* names of environment variables */
        struct word_list cgroups;    /* globs over the control group's path */
        struct word_list containers; /* globs over the container's id or name */
};

struct agents {
        _Atomic unsigned refs;
        size_t n;
        struct agents_entry *entries; /* in their order: the first that fits counts */
};

/* Without entries, with one reference. NULL: out of memory. */
struct agents *agents_new(void);
/* Makes room for one more (zeroed; it stays there also if it is not filled), or NULL: out of memory. Before anybody else
 * has the table. */
struct agents_entry *agents_add(struct agents *a);
/* Accepts NULL. */
struct agents *agents_ref(struct agents *a);
/* Drops one reference; accepts NULL and returns NULL. */
struct agents *agents_unref(struct agents *a);
DEFINE_CLEANUP(struct agents *, agents_unref);
