/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdint.h>

/* Events that an output will not be given: how many, and between which sequence numbers they lie.
 * Where count is less than to - from + 1 others of these numbers were or will be delivered. */
struct sink_loss {
        uint64_t count;    /* 0: none, and from and to say nothing */
        uint64_t from, to; /* sequence numbers; 0: not known */
};

static inline void sink_loss_add(struct sink_loss *l, uint64_t count, uint64_t from, uint64_t to)
{
        if (count == 0)
                return;
        if (from > 0 && (l->from == 0 || from < l->from))
                l->from = from;
        if (to > l->to)
                l->to = to;
        l->count += count;
}

static inline void sink_loss_merge(struct sink_loss *l, const struct sink_loss *more)
{
        sink_loss_add(l, more->count, more->from, more->to);
}
