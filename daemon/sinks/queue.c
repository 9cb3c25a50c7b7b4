/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the events that wait in memory for one output, and which of them is given up.
 * Does not own: who empties it (courier.c); what waits on disk (spool.c).
 *
 * One list for each priority: the oldest of all is the one of eight heads with the lowest place, the
 * victim is the head of the last list that has any.
 */
#include "daemon/sinks/queue.h"

#include <stdlib.h>

struct queue_slot *queue_slot_free(struct queue_slot *slot)
{
        if (!slot)
                return NULL;
        (void)event_free(slot->event);
        free(slot);
        return NULL;
}

static int priority_of(const struct event *e)
{
        return event_priority(e) & (QUEUE_PRIORITIES - 1);
}

static struct queue_slot *take_first(struct queue *q, int priority)
{
        struct queue_slot *slot = q->of[priority].first;

        q->of[priority].first = slot->next;
        if (!slot->next)
                q->of[priority].last = NULL;
        q->count--;
        return slot;
}

struct queue_slot *queue_pop(struct queue *q)
{
        int oldest = -1;

        for (int i = 0; i < QUEUE_PRIORITIES; i++) {
                const struct queue_slot *slot = q->of[i].first;

                if (slot && (oldest < 0 || slot->place < q->of[oldest].first->place))
                        oldest = i;
        }
        return oldest < 0 ? NULL : take_first(q, oldest);
}

void queue_done(struct queue *q)
{
        struct queue_slot *slot;

        while ((slot = queue_pop(q)))
                (void)queue_slot_free(slot);
        *q = QUEUE_NULL;
}

/* Returns false if all that waits is more important. */
static bool make_room(struct queue *q, int priority, struct sink_loss *loss)
{
        int least = QUEUE_PRIORITIES - 1;

        while (least > 0 && !q->of[least].first)
                least--;
        if (priority > least || !q->of[least].first)
                return false;
        struct queue_slot *victim = take_first(q, least);
        sink_loss_add(loss, 1, victim->event->seq, victim->event->seq);
        (void)queue_slot_free(victim);
        return true;
}

void queue_push(struct queue *q, size_t max, struct event *e, bool telling, struct sink_loss *loss)
{
        int priority = priority_of(e);
        struct queue_slot *slot = calloc(1, sizeof(*slot));
        bool room = slot != NULL;

        /* more than one may have to go: the bound can become lower */
        while (room && q->count >= max)
                room = make_room(q, priority, loss);
        if (!room) {
                sink_loss_add(loss, 1, e->seq, e->seq);
                free(slot);
                return;
        }
        *slot = (struct queue_slot){
                .place = q->next_place++, .event = event_ref(e), .telling = telling};
        if (q->of[priority].last)
                q->of[priority].last->next = slot;
        else
                q->of[priority].first = slot;
        q->of[priority].last = slot;
        q->count++;
}

void queue_put_back(struct queue *q, struct queue_slot *slot)
{
        int priority = priority_of(slot->event);

        slot->next = q->of[priority].first;
        q->of[priority].first = slot;
        if (!q->of[priority].last)
                q->of[priority].last = slot;
        q->count++;
}
