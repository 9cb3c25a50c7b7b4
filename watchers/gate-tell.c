/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what is on its way between the gate's thread and who dispatches, in both directions.
 * Does not own: what it means (gate.c, gate-thread.c).
 *
 * Both queues are bounded by what waits for the gate, but for denials and for what is learned, which have bounds of
 * their own.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "watchers/gate-internal.h"

#define DENIALS_MAX 1024u
#define LEARNED_MAX 256u /* each holds a descriptor */

void gate_wake(int event_fd)
{
        uint64_t one = 1;

        (void)!write(event_fd, &one, sizeof(one));
}

struct gate_notice *gate_notice_new(const char *path)
{
        size_t size = strlen(path) + 1;
        struct gate_notice *n = calloc(1, sizeof(*n) + size);

        if (!n)
                return NULL;
        n->fd = -1;
        memcpy(n->path, path, size);
        return n;
}

struct gate_notice *gate_notice_free(struct gate_notice *n)
{
        if (!n)
                return NULL;
        (void)fd_close(n->fd);
        (void)provenance_unref(n->who);
        free(n);
        return NULL;
}

void gate_tell(struct gate *g, struct gate_notice *n)
{
        bool denial = n->kind == GATE_NOTICE_DENIED;

        (void)pthread_mutex_lock(&g->lock);
        if (!denial || g->n_denials < DENIALS_MAX) {
                g->n_denials += denial;
                *g->last_notice = n;
                g->last_notice = &n->next;
                n = NULL;
        }
        (void)pthread_mutex_unlock(&g->lock);
        if (n)
                g->counts.untold++;
        (void)gate_notice_free(n);
        gate_wake(g->wake_fd);
}

void gate_tell_passed(struct gate *g, struct gate_ws *ws, const char *path)
{
        (void)pthread_mutex_lock(&g->lock);
        if (ws->passed++ == 0)
                (void)text_copy(ws->example, sizeof(ws->example), path);
        (void)pthread_mutex_unlock(&g->lock);
        gate_wake(g->wake_fd);
}

struct gate_notice *gate_take_notices(struct gate *g)
{
        (void)pthread_mutex_lock(&g->lock);
        struct gate_notice *n = g->notices;
        g->notices = NULL;
        g->last_notice = &g->notices;
        g->n_denials = 0;
        (void)pthread_mutex_unlock(&g->lock);
        return n;
}

struct gate_command *gate_command_free(struct gate_command *c)
{
        if (c)
                (void)fd_close(c->fd);
        free(c);
        return NULL;
}

void gate_order(struct gate *g, const struct gate_command *command)
{
        struct gate_command *c = malloc(sizeof(*c));
        bool learned = command->kind == GATE_COMMAND_LEARN;

        if (!c) {
                (void)fd_close(command->fd);
                return;
        }
        *c = *command;
        c->next = NULL;
        (void)pthread_mutex_lock(&g->lock);
        if (!learned || g->n_learned < LEARNED_MAX) {
                g->n_learned += learned;
                *g->last_command = c;
                g->last_command = &c->next;
                c = NULL;
        }
        (void)pthread_mutex_unlock(&g->lock);
        (void)gate_command_free(c);
        gate_wake(g->command_fd);
}

struct gate_command *gate_take_commands(struct gate *g)
{
        (void)pthread_mutex_lock(&g->lock);
        struct gate_command *c = g->commands;
        g->commands = NULL;
        g->last_command = &g->commands;
        g->n_learned = 0;
        (void)pthread_mutex_unlock(&g->lock);
        return c;
}
