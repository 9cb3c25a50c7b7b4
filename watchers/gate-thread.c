/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the gate's thread: the events, who waits, and their answers.
 * Does not own: what the answer is (gate-judge.c); where a file is (gate-place.c).
 *
 * It opens nothing on a marked file system but by O_PATH, and reads nothing of a process's memory, which may be on the
 * disk. Who was refused is read before the answer is written, while the process still waits in the call; everything else
 * is told afterwards.
 *
 * Who waits for a writer is looked at again every so often, as the kernel tells nobody when a lease can be had. Nothing
 * wakes up when nobody waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "common/base/proc.h"
#include "common/base/text.h"
#include "watchers/gate-internal.h"
#include "watchers/guard.h"
#include "watchers/process.h"

#define EVENTS_BUFFER 4096u /* each event that is read has a descriptor */
#define NICE (-15)
#define TIMER_SLACK_NS 5000UL
#define LOOK_AGAIN ((usec_t)300)           /* at a file that somebody waits for a writer of */
#define LOOK_AGAIN_MAX (2 * USEC_PER_MSEC) /* when it has been for long */
#define LOOK_AGAIN_PART 16u
#define ASK_AGAIN (10 * USEC_PER_MSEC) /* for what there was no memory or descriptor */

struct thread {
        struct gate *g;
        pid_t id;
        struct gate_table table;
        struct gate_place place;
        struct gate_outside outside;
        struct gate_waiter *pool, *unused, *first, *last;
        size_t n_waiting;
        uint64_t version, generation;
        pid_t exempt[GATE_EXEMPT_MAX];
        size_t n_exempt;
        struct ancestors ancestors;
        usec_t now; /* of this round */
        char *buffer;
};

/* --- answers ----------------------------------------------------------------------------------- */

/* The fd is closed after that, not before: it is what the answer is known by. ENOENT: the process was killed. */
static void respond(struct thread *t, int fd, bool allow)
{
        const struct fanotify_response r = {.fd = fd, .response = allow ? FAN_ALLOW : FAN_DENY};

        (void)!write(t->g->fd, &r, sizeof(r));
        t->g->counts.opens++;
}

/* Who the thread that opens belongs to, as it still waits. NULL: not known. */
static struct provenance *read_opener(struct thread *t, pid_t opener)
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

static void refuse(struct thread *t, int fd, pid_t opener, uint32_t workspace,
                   const struct gate_look *l, bool late)
{
        char path[PATH_MAX];
        struct gate_ws *ws;
        struct provenance *who = read_opener(t, opener);

        if (gate_place_find(&t->place, t->g, fd, l, opener, &ws, path) != GATE_INSIDE ||
            ws->id != workspace)
                *path = '\0';
        respond(t, fd, false);
        t->g->counts.denied++;
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
static void give_up(struct thread *t, int fd, pid_t opener, uint32_t workspace)
{
        char path[PATH_MAX] = "";
        struct gate_look l;
        struct gate_ws *ws, *known = gate_place_workspace(&t->place, workspace);
        bool looked = gate_look(fd, &l);

        if (looked && known && (known->deny_late || t->g->limits.deny_late)) {
                refuse(t, fd, opener, workspace, &l, true);
                return;
        }
        respond(t, fd, true);
        if (!known)
                return;
        t->g->counts.passed++;
        if (looked && (gate_place_find(&t->place, t->g, fd, &l, opener, &ws, path) != GATE_INSIDE ||
                       ws != known))
                *path = '\0';
        gate_tell_passed(t->g, known, path);
}

/* --- who waits --------------------------------------------------------------------------------- */

/* Whether somebody has it open for writing; from then on reading it makes events. */
static void look_writer(struct thread *t, struct gate_file *f, int fd, struct gate_look *l)
{
        gate_look_writer(fd, t->id, l);
        if (f->quiet && (l->writer || !l->sure)) {
                (void)gate_quiet(t->g, fd, false);
                f->quiet = false;
        }
}

static struct gate_waiter *start_to_wait(struct thread *t, struct gate_file *f,
                                         const struct gate_waiter *like)
{
        struct gate_waiter *w = t->unused;

        if (!w)
                return NULL;
        t->unused = w->next;
        *w = *like;
        w->file = f;
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

static void stop_to_wait(struct thread *t, struct gate_waiter *w)
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
static void ask(struct thread *t, struct gate_file *f, const struct gate_look *l, int fd,
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
static void want(struct thread *t, struct gate_file *f, const struct gate_look *l,
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
static bool settle(struct thread *t, struct gate_waiter *w, enum gate_answer answer,
                   const struct gate_look *l)
{
        if (answer == GATE_HOLD)
                return false;
        if (answer == GATE_ASK) {
                want(t, w->file, l, w);
                return false;
        }
        if (answer == GATE_ALLOW)
                respond(t, w->fd, true);
        else
                refuse(t, w->fd, w->opener, w->file->workspace, l, false);
        stop_to_wait(t, w);
        return true;
}

/* Looks at all who wait for the file again. ticket: the one whose verdict has come; 0: none has. */
static void look_again(struct thread *t, struct gate_file *f, uint64_t ticket)
{
        struct gate_look l;

        for (struct gate_waiter *w = f->waiters, *next; w; w = next) {
                next = w->next;
                if (!gate_look(w->fd, &l)) {
                        give_up(t, w->fd, w->opener, f->workspace);
                        stop_to_wait(t, w);
                        continue;
                }
                look_writer(t, f, w->fd, &l);
                enum gate_answer answer = ticket > 0
                                                  ? gate_judge_again(t->g, f, &l, w, ticket, t->now)
                                                  : gate_judge(t->g, f, &l, w, t->now);
                if (ticket > 0 && answer == GATE_ASK)
                        w->ticket = 0;
                (void)settle(t, w, answer, &l);
        }
}

/* --- events ------------------------------------------------------------------------------------ */

static bool is_thread_of(pid_t process, pid_t thread)
{
        return syscall(SYS_tgkill, process, thread, 0) == 0 || errno == EPERM;
}

static bool is_exempt(const struct thread *t, pid_t opener)
{
        for (size_t i = 0; i < t->n_exempt; i++)
                if (t->exempt[i] == opener || is_thread_of(t->exempt[i], opener))
                        return true;
        return false;
}

/* What is known of the file; NULL: it is not gated. */
static struct gate_file *find_file(struct thread *t, int fd, const struct gate_look *l,
                                   pid_t opener)
{
        char path[PATH_MAX];
        struct gate_ws *ws;
        struct gate_file *f = gate_table_find(&t->table, &l->key);

        if (f && !f->waiters &&
            (f->born_ns != l->born_ns || !gate_place_workspace(&t->place, f->workspace))) {
                gate_table_remove(&t->table, f);
                f = NULL;
        }
        if (f) {
                gate_table_touch(&t->table, f);
                return f;
        }
        if (gate_place_find(&t->place, t->g, fd, l, opener, &ws, path) != GATE_INSIDE)
                return NULL;
        f = gate_table_add(&t->table, &l->key);
        if (!f)
                return NULL;
        f->born_ns = l->born_ns;
        f->workspace = ws->id;
        /* one that was forgotten may have left it so */
        (void)gate_quiet(t->g, fd, false);
        t->g->counts.verdicts = t->table.n;
        return f;
}

/* True: it is answered, or there is nothing to be answered for. */
static bool answer_known(struct thread *t, struct gate_file *f, const struct gate_look *l,
                         struct gate_waiter *w)
{
        enum gate_answer answer = gate_judge(t->g, f, l, w, t->now);

        if (answer == GATE_HOLD || answer == GATE_ASK)
                return false;
        if (l->state.size > t->g->limits.size_max)
                t->g->counts.larger++;
        else
                t->g->counts.known++;
        if (w->reads && answer == GATE_ALLOW && f->final && !f->quiet && l->state.size > 0)
                f->quiet = gate_quiet(t->g, w->fd, true);
        if (answer == GATE_ALLOW)
                respond(t, w->fd, true);
        else
                refuse(t, w->fd, w->opener, f->workspace, l, false);
        return true;
}

/* Takes the fd over. */
static void on_event(struct thread *t, const struct fanotify_event_metadata *m)
{
        _cleanup_close_ int fd = m->fd;
        struct gate_look l;

        if (m->pid == t->g->pid || is_thread_of(t->g->pid, m->pid) || !gate_look(fd, &l) ||
            !S_ISREG(l.mode)) {
                respond(t, fd, true);
                return;
        }
        if (t->n_exempt > 0 && is_exempt(t, m->pid)) {
                respond(t, fd, true);
                return;
        }
        struct gate_file *f = find_file(t, fd, &l, m->pid);
        if (!f) {
                t->g->counts.outside++;
                gate_outside_ignore(&t->outside, t->g, &t->place, fd, &l, t->now);
                respond(t, fd, true);
                return;
        }
        look_writer(t, f, fd, &l);
        struct gate_waiter came = {
                .fd = fd, .opener = m->pid, .reads = !(m->mask & FAN_OPEN_PERM), .arrived = t->now};
        if (answer_known(t, f, &l, &came))
                return;
        struct gate_waiter *w = start_to_wait(t, f, &came);
        if (!w) {
                give_up(t, fd, m->pid, f->workspace);
                return;
        }
        (void)take_fd(&fd);
        if (!w->held)
                want(t, f, &l, w);
}

/* 0 or negative errno. */
static int read_events(struct thread *t)
{
        struct fanotify_event_metadata m;
        ssize_t n = read(t->g->fd, t->buffer, EVENTS_BUFFER);

        /* EMFILE and the like: one was refused, and the next may be had */
        if (n < 0)
                return errno == EBADF || errno == EINVAL || errno == EFAULT ? -errno : 0;
        gate_place_check(&t->place);
        for (const char *at = t->buffer, *end = at + n; (size_t)(end - at) >= sizeof(m);
             at += m.event_len) {
                memcpy(&m, at, sizeof(m));
                if (m.vers != FANOTIFY_METADATA_VERSION || m.event_len < sizeof(m) ||
                    m.event_len > (size_t)(end - at))
                        return -EPROTO;
                if (m.fd < 0)
                        continue;
                t->now = clock_monotonic();
                on_event(t, &m);
        }
        return 0;
}

/* --- what the other side says ------------------------------------------------------------------ */

static void on_verdict(struct thread *t, const struct gate_command *c)
{
        struct gate_file *f = gate_table_asked(&t->table, c->ticket);
        struct gate_look l;

        if (!f)
                return;
        bool counts = f->asked.generation == t->g->generation && c->id.dev == f->key.dev &&
                      c->id.ino == f->key.ino && gate_look(f->asked.fd, &l);
        if (counts) {
                look_writer(t, f, f->asked.fd, &l);
                gate_note_writer(f, &l, t->now);
                f->judged = true;
                f->allow = c->allow;
                f->state = c->id;
                f->generation = f->asked.generation;
                f->judged_at = t->now;
                f->took = t->now - f->asked.at;
                /* what was scanned is what was asked for, and nobody could change it since */
                f->final = f->asked.final && file_id_equal(&f->asked.state, &c->id) &&
                           file_id_equal(&l.state, &c->id);
        }
        gate_table_answered(&t->table, f);
        look_again(t, f, counts ? c->ticket : 0);
}

static void on_learned(struct thread *t, const struct gate_command *c)
{
        struct gate_look l;

        if (c->generation != t->g->generation || !gate_look(c->fd, &l) || !S_ISREG(l.mode) ||
            !file_id_equal(&l.state, &c->id))
                return;
        struct gate_file *f = find_file(t, c->fd, &l, t->g->pid);
        if (!f)
                return;
        look_writer(t, f, c->fd, &l);
        gate_note_writer(f, &l, t->now);
        if (!l.sure || l.writer ||
            (f->judged && f->final && f->generation == c->generation &&
             file_id_equal(&f->state, &c->id)))
                return;
        f->judged = f->final = true;
        f->allow = c->allow;
        f->state = c->id;
        f->generation = c->generation;
        f->judged_at = t->now;
        f->took = 0;
        if (f->waiters)
                look_again(t, f, 0);
}

/* The rules or the workspaces have changed: who waits is looked at by them. */
static void take_changes(struct thread *t)
{
        struct gate *g = t->g;
        struct gate_ws *list[GATE_WORKSPACES_MAX];
        size_t n;

        (void)pthread_mutex_lock(&g->lock);
        t->version = g->version;
        n = g->n_workspaces;
        for (size_t i = 0; i < n; i++)
                list[i] = gate_ws_ref(g->workspaces[i]);
        t->n_exempt = g->n_exempt;
        memcpy(t->exempt, g->exempt, g->n_exempt * sizeof(t->exempt[0]));
        (void)pthread_mutex_unlock(&g->lock);
        gate_place_set(&t->place, list, n);
        gate_marks_flush(&t->outside, t->g, &t->table, t->now);
        for (struct gate_waiter *w = t->first, *next; w; w = next) {
                next = w->after;
                if (gate_place_workspace(&t->place, w->file->workspace))
                        continue;
                respond(t, w->fd, true);
                stop_to_wait(t, w);
        }
}

static void ask_anew(struct thread *t)
{
        struct gate_look l;

        t->generation = t->g->generation;
        gate_marks_flush(&t->outside, t->g, &t->table, t->now);
        for (struct gate_waiter *w = t->first; w; w = w->after) {
                w->ticket = 0;
                if (!w->held && gate_look(w->fd, &l)) {
                        look_writer(t, w->file, w->fd, &l);
                        want(t, w->file, &l, w);
                }
        }
}

static void take_orders(struct thread *t)
{
        if (t->version != t->g->version)
                take_changes(t);
        if (t->generation != t->g->generation)
                ask_anew(t);
        for (struct gate_command *c = gate_take_commands(t->g), *next; c; c = next) {
                next = c->next;
                if (c->kind == GATE_COMMAND_VERDICT)
                        on_verdict(t, c);
                else
                        on_learned(t, c);
                (void)gate_command_free(c);
        }
        t->g->counts.verdicts = t->table.n;
}

/* --- time -------------------------------------------------------------------------------------- */

/* Nothing has been asked for it, as there was no room. */
static bool is_stuck(const struct gate_waiter *w)
{
        return !w->held && w->file->asked.ticket == 0;
}

/* What is due of who waits. Returns how long until something is again. */
static usec_t attend(struct thread *t)
{
        usec_t next = USEC_INFINITY, deadline = t->g->limits.deadline;

        for (struct gate_waiter *w = t->first, *after; w; w = after) {
                usec_t waited = t->now - w->arrived;

                after = w->after;
                if (waited >= deadline) {
                        give_up(t, w->fd, w->opener, w->file->workspace);
                        stop_to_wait(t, w);
                        continue;
                }
                next = MIN_OF(next, deadline - waited);
                if (w->held)
                        next = MIN_OF(next, MIN_OF(MAX_OF(waited / LOOK_AGAIN_PART, LOOK_AGAIN),
                                                   LOOK_AGAIN_MAX));
                else if (is_stuck(w))
                        next = MIN_OF(next, ASK_AGAIN);
        }
        return next;
}

static void look_at_held(struct thread *t)
{
        struct gate_look l;

        for (struct gate_waiter *w = t->first, *after; w; w = after) {
                after = w->after;
                if (!w->held && !is_stuck(w))
                        continue;
                if (!gate_look(w->fd, &l)) {
                        give_up(t, w->fd, w->opener, w->file->workspace);
                        stop_to_wait(t, w);
                        continue;
                }
                look_writer(t, w->file, w->fd, &l);
                (void)settle(t, w, gate_judge(t->g, w->file, &l, w, t->now), &l);
        }
}

/* Waits for something to do. */
static int wait_for(struct thread *t, usec_t most, bool *ret_events, bool *ret_orders)
{
        struct pollfd p[] = {{.fd = t->g->fd, .events = POLLIN},
                             {.fd = t->g->command_fd, .events = POLLIN},
                             {.fd = t->place.mounts_fd, .events = POLLPRI},
                             {.fd = t->outside.fd, .events = POLLIN}};
        const struct timespec ts = {.tv_sec = (time_t)(most / USEC_PER_SEC),
                                    .tv_nsec = (long)(most % USEC_PER_SEC * 1000)};
        uint64_t count;

        int n = ppoll(p, ELEMENTSOF(p), most == USEC_INFINITY ? NULL : &ts, NULL);
        if (n < 0)
                return errno == EINTR ? 0 : -errno;
        *ret_events = p[0].revents;
        *ret_orders = p[1].revents && read(t->g->command_fd, &count, sizeof(count)) > 0;
        t->place.stale |= p[2].revents != 0;
        if (p[3].revents)
                gate_marks_flush(&t->outside, t->g, &t->table, clock_monotonic());
        return 0;
}

static int step(struct thread *t)
{
        bool events = false, orders = false;
        usec_t most = attend(t), beat = USEC_INFINITY;

        if (t->g->limits.guard && t->place.n > 0)
                beat = guard_beat(t->g->limits.guard);
        int r = wait_for(t, MIN_OF(most, beat), &events, &orders);
        t->now = clock_monotonic();
        if (r < 0)
                return r;
        if (orders)
                take_orders(t);
        if (events)
                r = read_events(t);
        t->now = clock_monotonic();
        look_at_held(t);
        return r;
}

static int prepare(struct thread *t)
{
        size_t max = t->g->limits.waiting_max;

        t->id = gettid();
        t->buffer = malloc(EVENTS_BUFFER);
        t->pool = calloc(max, sizeof(*t->pool));
        if (!t->buffer || !t->pool)
                return -ENOMEM;
        for (size_t i = 0; i < max; i++) {
                t->pool[i].next = t->unused;
                t->unused = &t->pool[i];
        }
        int r = gate_table_init(&t->table, t->g->limits.verdicts_max, max);
        if (r == 0)
                r = gate_place_init(&t->place);
        /* without it everything makes events */
        if (t->g->limits.ignore_age > 0)
                (void)gate_outside_init(&t->outside);
        /* whoever opens a file waits for this thread */
        (void)setpriority(PRIO_PROCESS, (id_t)t->id, NICE);
        (void)prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS);
        (void)prctl(PR_SET_NAME, "giad-gate");
        return r;
}

/* Closing the group does that, too, unless somebody else has its descriptor: a child that has not called exec yet. */
static void let_all_in(struct thread *t)
{
        struct fanotify_event_metadata m;
        ssize_t n;

        (void)fanotify_mark(t->g->fd, FAN_MARK_FLUSH | FAN_MARK_FILESYSTEM, 0, AT_FDCWD, "/");
        while (t->first) {
                respond(t, t->first->fd, true);
                stop_to_wait(t, t->first);
        }
        while ((n = read(t->g->fd, t->buffer, EVENTS_BUFFER)) >= (ssize_t)sizeof(m)) {
                for (const char *at = t->buffer, *end = at + n; (size_t)(end - at) >= sizeof(m);
                     at += m.event_len) {
                        memcpy(&m, at, sizeof(m));
                        if (m.fd >= 0)
                                respond(t, m.fd, true);
                        (void)fd_close(m.fd);
                }
        }
}

void *gate_run(void *gate)
{
        struct thread t = {
                .g = gate, .ancestors = ANCESTORS_NULL, .place.mounts_fd = -1, .outside.fd = -1};
        int r = prepare(&t);

        t.now = clock_monotonic();
        while (r == 0 && !t.g->stop)
                r = step(&t);
        if (t.buffer)
                let_all_in(&t);
        if (t.table.asked)
                gate_table_done(&t.table);
        gate_place_done(&t.place);
        gate_outside_done(&t.outside);
        ancestors_done(&t.ancestors);
        free(t.pool);
        free(t.buffer);
        /* who has come meanwhile is let in by that */
        (void)fd_close(t.g->fd);
        t.g->fd = -1;
        t.g->error = r;
        gate_wake(t.g->wake_fd);
        return NULL;
}
