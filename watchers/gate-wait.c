/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: who waits for the gate, and all answers.
 * Does not own: what the answer is (gate-judge.c); what happens (gate-thread.c).
 *
 * Who was refused is read before the answer is written, while the process still waits in the call; everything else is
 * told afterwards.
 *
 * Who waits for a writer is looked at again every so often, as the kernel tells nobody when a lease can be had; the more
 * wait, the less often. Nothing wakes up when nobody waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/syscall.h>

#include "common/base/macros.h"
#include "common/base/proc.h"
#include "watchers/gate-thread.h"

#define LOOK_AGAIN ((usec_t)300)           /* at a file that somebody waits for a writer of */
#define LOOK_AGAIN_MAX (2 * USEC_PER_MSEC) /* when it has been for long */
#define LOOK_AGAIN_PART 16u
#define LOOK_AGAIN_EACH ((usec_t)16)
#define ASK_AGAIN (10 * USEC_PER_MSEC) /* for what there was no memory or descriptor */

/* --- answers ----------------------------------------------------------------------------------- */

/* The fd is closed after that, not before: it is what the answer is known by. ENOENT: the process was killed. */
void gate_respond(struct gate_thread *t, int fd, bool allow)
{
        const struct fanotify_response r = {.fd = fd, .response = allow ? FAN_ALLOW : FAN_DENY};

        /* whoever is let in may ask how many were */
        t->g->counts.opens++;
        (void)!write(t->g->fd, &r, sizeof(r));
}

/* Who the thread that opens belongs to, as it still waits. NULL: not known. */
static struct provenance *read_opener(struct gate_thread *t, pid_t opener)
{
        char status[4096];
        _cleanup_close_ int directory = proc_open(opener);

        if (directory < 0 || proc_read(directory, "status", status, sizeof(status)) <= 0)
                return NULL;
        const char *line = strstr(status, "\nTgid:\t");
        pid_t pid = line ? (pid_t)strtol(line + strlen("\nTgid:\t"), NULL, 10) : 0;
        if (pid <= 0)
                return NULL;
        _cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        return pidfd >= 0 ? process_read_at_once(pid, pidfd, &t->ancestors) : NULL;
}

void gate_refuse(struct gate_thread *t, int fd, pid_t opener, uint32_t workspace,
                 const struct gate_look *l, bool late)
{
        char path[PATH_MAX];
        struct gate_ws *ws;
        struct provenance *who = read_opener(t, opener);
        const struct gate_file *f = gate_table_find(&t->table, &l->key);

        /* it may have been taken away already */
        if (gate_place_find(&t->place, t->g, fd, l, opener, &ws, path) != GATE_INSIDE ||
            ws->id != workspace)
                (void)snprintf(path, sizeof(path), "%s", f && f->path ? f->path : "");
        t->g->counts.denied++;
        gate_respond(t, fd, false);
        struct gate_notice *n = gate_notice_new(path);
        if (!n) {
                t->g->counts.untold++;
                (void)provenance_unref(who);
                return;
        }
        n->kind = GATE_NOTICE_DENIED;
        n->workspace = workspace;
        n->id = l->state;
        n->late = late;
        n->who = who;
        gate_tell(t->g, n);
}

/* There is no verdict, and no more waiting. */
void gate_give_up(struct gate_thread *t, int fd, pid_t opener, uint32_t workspace)
{
        char path[PATH_MAX] = "";
        struct gate_look l;
        struct gate_ws *ws, *known = gate_place_workspace(&t->place, workspace);
        bool looked = gate_look(fd, &l);

        if (looked && known && known->deny_late) {
                gate_refuse(t, fd, opener, workspace, &l, true);
                return;
        }
        t->g->counts.passed += known ? 1 : 0;
        gate_respond(t, fd, true);
        if (!known)
                return;
        if (looked && (gate_place_find(&t->place, t->g, fd, &l, opener, &ws, path) != GATE_INSIDE ||
                       ws != known))
                *path = '\0';
        gate_tell_passed(t->g, known, path);
}

/* --- who waits --------------------------------------------------------------------------------- */

/* Whether somebody has it open for writing; from then on reading it makes events. */
void gate_wait_look(struct gate_thread *t, struct gate_file *f, int fd, struct gate_look *l)
{
        gate_look_writer(fd, t->id, l);
        if (f->quiet && (l->writer || !l->sure)) {
                (void)gate_quiet(t->g, fd, false);
                f->quiet = false;
        }
}

struct gate_waiter *gate_wait_start(struct gate_thread *t, struct gate_file *f,
                                    const struct gate_waiter *like)
{
        struct gate_waiter *w = t->unused;

        if (!w)
                return NULL;
        t->unused = w->next;
        *w = *like;
        w->file = f;
        w->due = t->now + LOOK_AGAIN;
        w->next = f->waiters;
        f->waiters = w;
        w->before = t->last;
        w->after = NULL;
        if (t->last)
                t->last->after = w;
        else
                t->first = w;
        t->last = w;
        t->g->counts.waiting = ++t->n_waiting;
        t->g->counts.waited++;
        return w;
}

void gate_wait_stop(struct gate_thread *t, struct gate_waiter *w)
{
        struct gate_waiter **at = &w->file->waiters;

        while (*at != w)
                at = &(*at)->next;
        *at = w->next;
        if (w->before)
                w->before->after = w->after;
        else
                t->first = w->after;
        if (w->after)
                w->after->before = w->before;
        else
                t->last = w->before;
        w->fd = fd_close(w->fd);
        w->next = t->unused;
        t->unused = w;
        t->g->counts.waiting = --t->n_waiting;
}

/* Asks for a verdict on the file as it is. The fd of an event makes no events itself. */
static void ask(struct gate_thread *t, struct gate_file *f, const struct gate_look *l, int fd,
                pid_t opener)
{
        struct gate_asked asked = {.state = l->state,
                                   .generation = t->g->generation,
                                   .at = t->now,
                                   .fd = fcntl(fd, F_DUPFD_CLOEXEC, 3),
                                   .final = l->sure && !l->writer};
        char path[PATH_MAX];
        struct gate_ws *ws;

        if (asked.fd < 0 || !gate_table_ask(&t->table, f, &asked))
                return;
        if (gate_place_find(&t->place, t->g, fd, l, opener, &ws, path) != GATE_INSIDE ||
            ws->id != f->workspace)
                *path = '\0';
        else
                gate_file_set_path(f, path);
        struct gate_notice *n = gate_notice_new(path);
        if (n)
                n->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (!n || n->fd < 0) {
                (void)gate_notice_free(n);
                gate_table_answered(&t->table, f);
                return;
        }
        n->kind = GATE_NOTICE_WANTED;
        n->ticket = f->asked.ticket;
        n->workspace = f->workspace;
        n->id = l->state;
        n->mode = l->mode;
        n->owner = l->owner;
        n->final = f->asked.final;
        gate_tell(t->g, n);
}

/* Asks, if what is asked already is not just that. */
void gate_wait_want(struct gate_thread *t, struct gate_file *f, const struct gate_look *l,
                    struct gate_waiter *w)
{
        bool asked = f->asked.ticket > 0 && f->asked.generation == t->g->generation;

        /* what is asked will be compared when it comes */
        if (!asked)
                ask(t, f, l, w->fd, w->opener);
        if (w->ticket == 0 && (!asked || file_id_equal(&f->asked.state, &l->state)))
                w->ticket = f->asked.ticket;
}

/* The answer of one who waits. False: it goes on waiting. */
static bool settle(struct gate_thread *t, struct gate_waiter *w, enum gate_answer answer,
                   const struct gate_look *l)
{
        if (answer == GATE_HOLD)
                return false;
        if (answer == GATE_ASK) {
                gate_wait_want(t, w->file, l, w);
                return false;
        }
        if (answer == GATE_ALLOW)
                gate_respond(t, w->fd, true);
        else
                gate_refuse(t, w->fd, w->opener, w->file->workspace, l, false);
        gate_wait_stop(t, w);
        return true;
}

/* Looks at all who wait for the file again. ticket: the one whose verdict has come; 0: none has. */
void gate_wait_again(struct gate_thread *t, struct gate_file *f, uint64_t ticket)
{
        struct gate_look l;

        for (struct gate_waiter *w = f->waiters, *next; w; w = next) {
                next = w->next;
                if (!gate_look(w->fd, &l)) {
                        gate_give_up(t, w->fd, w->opener, f->workspace);
                        gate_wait_stop(t, w);
                        continue;
                }
                gate_wait_look(t, f, w->fd, &l);
                enum gate_answer answer = ticket > 0
                                                  ? gate_judge_again(t->g, f, &l, w, ticket, t->now)
                                                  : gate_judge(t->g, f, &l, w, t->now);
                if (ticket > 0 && answer == GATE_ASK)
                        w->ticket = 0;
                (void)settle(t, w, answer, &l);
        }
}

/* --- time -------------------------------------------------------------------------------------- */

/* Held, or nothing has been asked for it, as there was no room. */
static bool is_to_be_looked_at(const struct gate_waiter *w)
{
        return w->held || w->file->asked.ticket == 0;
}

usec_t gate_wait_attend(struct gate_thread *t)
{
        usec_t next = USEC_INFINITY, deadline = t->g->limits.deadline;

        for (struct gate_waiter *w = t->first, *after; w; w = after) {
                usec_t waited = t->now - w->arrived;

                after = w->after;
                if (waited >= deadline) {
                        gate_give_up(t, w->fd, w->opener, w->file->workspace);
                        gate_wait_stop(t, w);
                        continue;
                }
                next = MIN_OF(next, deadline - waited);
                if (is_to_be_looked_at(w))
                        next = MIN_OF(next, w->due > t->now ? w->due - t->now : 0);
        }
        return next;
}

static usec_t look_after(const struct gate_thread *t, const struct gate_waiter *w)
{
        usec_t by_age = MIN_OF((t->now - w->arrived) / LOOK_AGAIN_PART, LOOK_AGAIN_MAX);

        if (!w->held)
                return ASK_AGAIN;
        return MAX_OF(MAX_OF(by_age, LOOK_AGAIN), t->n_waiting * LOOK_AGAIN_EACH);
}

void gate_wait_due(struct gate_thread *t)
{
        struct gate_look l;

        for (struct gate_waiter *w = t->first, *after; w; w = after) {
                after = w->after;
                if (!is_to_be_looked_at(w) || t->now < w->due)
                        continue;
                w->due = t->now + look_after(t, w);
                if (!gate_look(w->fd, &l)) {
                        gate_give_up(t, w->fd, w->opener, w->file->workspace);
                        gate_wait_stop(t, w);
                        continue;
                }
                gate_wait_look(t, w->file, w->fd, &l);
                (void)settle(t, w, gate_judge(t->g, w->file, &l, w, t->now), &l);
        }
}
