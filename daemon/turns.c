/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the queues, one for each class of each workspace, and whose turn is next.
 * Does not own: what waits (work.c), and in which class (pipeline.c).
 *
 *   class ─► ring of workspaces that have somebody in it ─► queue of one workspace
 *
 * The ring is gone round with a balance for each workspace: it has turns while the balance is above zero, each costs what
 * there is to read, and when it comes round again a quantum is added (round robin with a deficit that may be overdrawn, so
 * that no size need be known before a file's turn has come). By size and not by number, so that a workspace of large files
 * is no burden on one of small ones; not by the time that a scan took, which is known only when its successors are out.
 */
#include "daemon/turns.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <utlist.h>

#include "common/base/macros.h"
#include "common/base/table.h"

struct lane {
        struct lane *prev, *next; /* in the ring of its class, while anybody waits */
        struct turn *queue;
        int64_t balance; /* bytes */
};

struct turns_place {
        uint32_t workspace;
        size_t n; /* turns that belong to it */
        struct lane lanes[_TURN_MAX];
        UT_hash_handle hh;
};

struct turns {
        struct turns_place *places;
        struct lane *rings[_TURN_MAX]; /* the first has its turn */
        unsigned passed
                [_TURN_MAX]; /* turns of others since the class had one, while anybody waits in it */
};

int turns_new(struct turns **ret)
{
        *ret = calloc(1, sizeof(**ret));
        return *ret ? 0 : -ENOMEM;
}

struct turns *turns_free(struct turns *t)
{
        struct turns_place *place, *tmp;

        if (!t)
                return NULL;
        HASH_ITER(hh, t->places, place, tmp)
        {
                HASH_DEL(t->places, place);
                free(place);
        }
        free(t);
        return NULL;
}

static struct turns_place *find_place(const struct turns *t, uint32_t workspace)
{
        struct turns_place *place = NULL;

        HASH_FIND(hh, t->places, &workspace, sizeof(workspace), place);
        return place;
}

int turns_enter(struct turns *t, struct turn *turn, uint32_t workspace)
{
        struct turns_place *place = find_place(t, workspace);

        if (!place) {
                place = calloc(1, sizeof(*place));
                if (!place)
                        return -ENOMEM;
                place->workspace = workspace;
                HASH_ADD(hh, t->places, workspace, sizeof(place->workspace), place);
                if (!place->hh.tbl) {
                        free(place);
                        return -ENOMEM;
                }
        }
        place->n++;
        turn->place = place;
        return 0;
}

void turns_leave(struct turns *t, struct turn *turn)
{
        struct turns_place *place = turn->place;

        turns_cancel(t, turn);
        turn->place = NULL;
        if (--place->n > 0)
                return;
        HASH_DEL(t->places, place);
        free(place);
}

size_t turns_of(const struct turns *t, uint32_t workspace)
{
        const struct turns_place *place = find_place(t, workspace);

        return place ? place->n : 0;
}

void turns_wait(struct turns *t, struct turn *turn, enum turn_class class, uint64_t size, bool head)
{
        struct lane *lane = &turn->place->lanes[class];

        assert(!turn->waits);
        if (!lane->queue) {
                lane->balance = TURNS_QUANTUM;
                CDL_APPEND(t->rings[class], lane);
        }
        turn->class = class;
        turn->size = size;
        turn->waits = true;
        if (head)
                DL_PREPEND(lane->queue, turn);
        else
                DL_APPEND(lane->queue, turn);
}

void turns_cancel(struct turns *t, struct turn *turn)
{
        struct lane *lane = &turn->place->lanes[turn->class];

        if (!turn->waits)
                return;
        turn->waits = false;
        DL_DELETE(lane->queue, turn);
        if (lane->queue)
                return;
        CDL_DELETE(t->rings[turn->class], lane);
        if (!t->rings[turn->class])
                t->passed[turn->class] = 0;
}

/* The first class that has anybody, unless a later one was passed over too often. -1: none. */
static int next_class(struct turns *t, unsigned classes)
{
        int first = -1, chosen = -1;

        for (int c = 0; c < _TURN_MAX; c++) {
                if (!(classes & 1u << c) || !t->rings[c])
                        continue;
                if (first < 0)
                        first = chosen = c;
                else if (++t->passed[c] > TURNS_PASSED_MAX && t->passed[c] > t->passed[chosen])
                        chosen = c;
        }
        if (first >= 0 && chosen != first)
                t->passed[first]++;
        if (chosen >= 0)
                t->passed[chosen] = 0;
        return chosen;
}

/* Goes round until one has something left. */
static struct lane *next_lane(struct lane **ring)
{
        if ((*ring)->next == *ring && (*ring)->balance <= 0)
                (*ring)->balance = TURNS_QUANTUM; /* it is alone and owes nobody */
        while ((*ring)->balance <= 0) {
                (*ring)->balance += TURNS_QUANTUM;
                *ring = (*ring)->next;
        }
        return *ring;
}

struct turn *turns_next(struct turns *t, unsigned classes)
{
        int class = next_class(t, classes);

        if (class < 0)
                return NULL;
        struct lane *lane = next_lane(&t->rings[class]);
        struct turn *turn = lane->queue;
        lane->balance -= (int64_t)(TURNS_FILE_COST + MIN_OF(turn->size, (uint64_t)TURNS_COST_MAX));
        turns_cancel(t, turn);
        return turn;
}

bool turns_any(const struct turns *t, unsigned classes)
{
        for (int c = 0; c < _TURN_MAX; c++)
                if (classes & 1u << c && t->rings[c])
                        return true;
        return false;
}
