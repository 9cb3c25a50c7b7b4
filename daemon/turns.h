/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Whose turn it is, of those that wait for a scanner.
 *
 *   classes     the first that has anybody goes first
 *   workspaces  within a class each in its turn, by how much there is to read: none can keep another from its turn
 *   coming      within a workspace and a class: who came first
 *
 * Nobody waits for ever: a class that has anybody is passed over TURNS_PASSED_MAX times at most, and then, one after the
 * other, the classes that were passed over so often have a turn each: TURNS_PASSED_MAX + _TURN_MAX - 2 turns of others.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum turn_class {
        TURN_GATE,         /* somebody waits for its verdict */
        TURN_LIKELY,       /* fresh, and by its path likely to be an identity artefact */
        TURN_LIKELY_SWEEP, /* likely, and found by a walk only */
        TURN_FRESH,
        TURN_SWEEP,
        _TURN_MAX,
};

/* Sets of classes. */
#define TURNS_FRESH (1u << TURN_GATE | 1u << TURN_LIKELY | 1u << TURN_FRESH)
#define TURNS_SWEEP (1u << TURN_LIKELY_SWEEP | 1u << TURN_SWEEP)
#define TURNS_ALL (TURNS_FRESH | TURNS_SWEEP)

#define TURNS_PASSED_MAX 16u
#define TURNS_FILE_COST 8192u /* bytes that could be read in the time that a small file takes */
#define TURNS_QUANTUM (4ll * TURNS_FILE_COST) /* that a workspace has at each of its turns */
#define TURNS_COST_MAX (16ll << 20)           /* no file counts for more */

struct turns;
struct turns_place;

/* Embedded in what waits. */
struct turn {
        struct turn *prev, *next;
        struct turns_place *place; /* its workspace */
        enum turn_class class;     /* in which it waits */
        uint64_t size;             /* of the file */
        bool waits;
};

/* Returns 0 or -ENOMEM. */
int turns_new(struct turns **ret);
/* No turn that has entered may be used any more. */
struct turns *turns_free(struct turns *t);

/* The turn belongs to this workspace from now on, waiting or not. Returns 0 or -ENOMEM. */
int turns_enter(struct turns *t, struct turn *turn, uint32_t workspace);
/* No longer; it does not wait afterwards. */
void turns_leave(struct turns *t, struct turn *turn);
/* How many belong to the workspace. */
size_t turns_of(const struct turns *t, uint32_t workspace);

/* Waits from now on, before all others of its workspace and class (head) or behind them. size: bytes, what its turn costs
 * the workspace. */
void turns_wait(struct turns *t, struct turn *turn, enum turn_class class, uint64_t size,
                bool head);
/* Waits no longer. */
void turns_cancel(struct turns *t, struct turn *turn);
/* Who is next of these classes, and waits no longer; NULL: nobody waits there. */
struct turn *turns_next(struct turns *t, unsigned classes);
/* Whether anybody waits in one of these classes. */
bool turns_any(const struct turns *t, unsigned classes);
