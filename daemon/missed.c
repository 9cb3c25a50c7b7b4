/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what the outputs missed because giad was killed.
 * Does not own: which events an output has dealt with (sinks/courier.c), and the register.
 *
 * An event is written to the register before, or together with, the note that its file has been
 * seen, and to the outputs by their own threads. So whenever giad is killed, either the register has
 * the event, and it is told from there, or the file will be looked at again.
 */
#include "daemon/missed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"

struct missed {
        struct {
                uint64_t seq;
                char *json;
        } * events; /* newest first, as the register has them */
        size_t n, alloc;
        int error;
};

static void missed_done(struct missed *m)
{
        for (size_t i = 0; i < m->n; i++)
                free(m->events[i].json);
        free(m->events);
}

static int collect(void *userdata, uint64_t seq, const char *json)
{
        struct missed *m = userdata;
        char *copy = strdup(json);

        if (copy && m->n == m->alloc) {
                size_t alloc = MAX_OF(2 * m->alloc, (size_t)64);
                void *events = reallocarray(m->events, alloc, sizeof(*m->events));

                if (events) {
                        m->events = events;
                        m->alloc = alloc;
                }
        }
        if (!copy || m->n == m->alloc) {
                free(copy);
                m->error = -ENOMEM;
                return 1;
        }
        m->events[m->n].seq = seq;
        m->events[m->n++].json = copy;
        return 0;
}

int missed_tell(struct sinks *sinks, struct reg *reg, uint64_t max)
{
        _cleanup_(missed_done) struct missed m = {0};
        uint64_t since = sinks_handled(sinks);

        if (since == UINT64_MAX)
                return 0;
        int k = reg_event_each(reg, since, 0, max, collect, &m);
        int error = k < 0 ? k : m.error;
        for (size_t i = m.n; i > 0; i--) {
                k = sinks_missed(sinks, m.events[i - 1].seq, m.events[i - 1].json);
                error = error < 0 ? error : k;
        }
        return error;
}
