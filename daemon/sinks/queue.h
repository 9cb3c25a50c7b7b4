/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/model/event.h"
#include "daemon/sinks/loss.h"

/* Events in memory that wait for their turn, bounded by their number: the oldest goes first; when it
 * is full the oldest of the least important is given up. Who floods the host with harmless artefacts
 * must not push a critical finding out. Not locked. */

#define QUEUE_PRIORITIES 8

struct queue_slot {
        struct queue_slot *next;
        uint64_t place; /* in the order of all priorities */
        struct event *event;
        bool telling; /* the event tells of a loss: losing it is not worth another one */
};

struct queue {
        struct {
                struct queue_slot *first, *last;
        } of[QUEUE_PRIORITIES];
        size_t count;
        uint64_t next_place;
};

#define QUEUE_NULL ((struct queue){.next_place = 1ull << 32})

/* Drops what is in it. */
void queue_done(struct queue *q);
/* Takes one more reference to the event. What has to be given up for it, or the event itself if all
 * that waits is more important or memory is out, is added to *loss. */
void queue_push(struct queue *q, size_t max, struct event *e, bool telling, struct sink_loss *loss);
/* The oldest, which the caller then owns (queue_slot_free()); NULL: nothing waits. */
struct queue_slot *queue_pop(struct queue *q);
/* What was popped last is the oldest again, even above the bound. Consumes the slot. */
void queue_put_back(struct queue *q, struct queue_slot *slot);
struct queue_slot *queue_slot_free(struct queue_slot *slot);
