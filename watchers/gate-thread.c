/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the gate's thread: events, and what the other side says.
 * Does not own: who waits (gate-wait.c); what the answer is (gate-judge.c); where a file is (gate-place.c).
 *
 * It opens nothing on a marked file system but by O_PATH, and reads nothing of a process's memory, which may be
 * on the disk.
 */
#include "watchers/gate-thread.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "watchers/guard.h"

#define EVENTS_BUFFER 4096u /* each event that is read has a descriptor */
#define NICE (-15)
#define MARKED_AFTER_NS INT64_C(1000000000)
#define TIMER_SLACK_NS 5000UL

/* --- events ------------------------------------------------------------------------------------ */

static bool is_thread_of(pid_t process, pid_t thread)
{
        return syscall(SYS_tgkill, process, thread, 0) == 0 || errno == EPERM;
}

static bool is_exempt(const struct gate_thread *t, pid_t opener)
{
        for (size_t i = 0; i < t->n_exempt; i++)
                if (t->exempt[i] == opener || is_thread_of(t->exempt[i], opener))
                        return true;
        return false;
}

/* What is known of the file; NULL: it is not gated. */
static struct gate_file *find_file(struct gate_thread *t, int fd, const struct gate_look *l,
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
        gate_file_set_path(f, path);
        /* whoever opened it would be known: it was made since the gate stands */
        f->idle = l->born_ns > t->marked_ns;
        /* one that was forgotten may have left it so */
        (void)gate_quiet(t->g, fd, false);
        t->g->counts.verdicts = t->table.n;
        return f;
}

/* True: it is answered, or there is nothing to be answered for. */
static bool answer_known(struct gate_thread *t, struct gate_file *f, const struct gate_look *l,
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
                gate_respond(t, w->fd, true);
        else
                gate_refuse(t, w->fd, w->opener, f->workspace, l, false);
        return true;
}

/* Takes the fd over. */
static void on_event(struct gate_thread *t, const struct fanotify_event_metadata *m)
{
        _cleanup_close_ int fd = m->fd;
        struct gate_look l;

        if (m->pid == t->g->pid || is_thread_of(t->g->pid, m->pid) || !gate_look(fd, &l) ||
            !S_ISREG(l.mode)) {
                gate_respond(t, fd, true);
                return;
        }
        if (t->n_exempt > 0 && is_exempt(t, m->pid)) {
                gate_respond(t, fd, true);
                return;
        }
        struct gate_file *f = find_file(t, fd, &l, m->pid);
        if (!f) {
                t->g->counts.outside++;
                gate_outside_ignore(&t->outside, t->g, &t->place, fd, &l, t->now);
                gate_respond(t, fd, true);
                return;
        }
        gate_wait_look(t, f, fd, &l);
        struct gate_waiter came = {
                .fd = fd, .opener = m->pid, .reads = !(m->mask & FAN_OPEN_PERM), .arrived = t->now};
        if (answer_known(t, f, &l, &came))
                return;
        struct gate_waiter *w = gate_wait_start(t, f, &came);
        if (!w) {
                gate_give_up(t, fd, m->pid, f->workspace);
                return;
        }
        (void)take_fd(&fd);
        if (!w->held)
                gate_wait_want(t, f, &l, w);
}

/* 0 or negative errno. */
static int read_events(struct gate_thread *t)
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

static void on_verdict(struct gate_thread *t, const struct gate_command *c)
{
        struct gate_file *f = gate_table_asked(&t->table, c->ticket);
        struct gate_look l;

        if (!f)
                return;
        bool counts = f->asked.generation == t->g->generation && c->id.dev == f->key.dev &&
                      c->id.ino == f->key.ino && gate_look(f->asked.fd, &l);
        if (counts) {
                gate_wait_look(t, f, f->asked.fd, &l);
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
        gate_wait_again(t, f, counts ? c->ticket : 0);
}

static void on_learned(struct gate_thread *t, const struct gate_command *c)
{
        struct gate_look l;

        if (c->generation != t->g->generation || !gate_look(c->fd, &l) || !S_ISREG(l.mode) ||
            !file_id_equal(&l.state, &c->id))
                return;
        struct gate_file *f = find_file(t, c->fd, &l, t->g->pid);
        if (!f)
                return;
        gate_wait_look(t, f, c->fd, &l);
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
                gate_wait_again(t, f, 0);
}

/* The rules or the workspaces have changed: who waits is looked at by them. */
static void take_changes(struct gate_thread *t)
{
        struct gate *g = t->g;
        struct gate_ws *list[GATE_WORKSPACES_MAX];
        struct timespec ts;
        size_t n;

        (void)pthread_mutex_lock(&g->lock);
        t->version = g->version;
        n = g->n_workspaces;
        for (size_t i = 0; i < n; i++)
                list[i] = gate_ws_ref(g->workspaces[i]);
        t->n_exempt = g->n_exempt;
        memcpy(t->exempt, g->exempt, g->n_exempt * sizeof(t->exempt[0]));
        (void)pthread_mutex_unlock(&g->lock);
        /* the mark comes after this */
        t->marked_ns = clock_gettime(CLOCK_REALTIME, &ts) == 0 ? time_to_ns(&ts) + MARKED_AFTER_NS
                                                               : INT64_MAX;
        gate_place_set(&t->place, list, n);
        gate_marks_flush(&t->outside, t->g, &t->table, t->now);
        for (struct gate_waiter *w = t->first, *next; w; w = next) {
                next = w->after;
                if (gate_place_workspace(&t->place, w->file->workspace))
                        continue;
                gate_respond(t, w->fd, true);
                gate_wait_stop(t, w);
        }
}

static void ask_anew(struct gate_thread *t)
{
        struct gate_look l;

        t->generation = t->g->generation;
        gate_marks_flush(&t->outside, t->g, &t->table, t->now);
        for (struct gate_waiter *w = t->first; w; w = w->after) {
                w->ticket = 0;
                if (!w->held && gate_look(w->fd, &l)) {
                        gate_wait_look(t, w->file, w->fd, &l);
                        gate_wait_want(t, w->file, &l, w);
                }
        }
}

static void take_orders(struct gate_thread *t)
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

/* --- the loop ---------------------------------------------------------------------------------- */

/* Waits for something to do. */
static int wait_for(struct gate_thread *t, usec_t most, bool *ret_events, bool *ret_orders)
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

static int step(struct gate_thread *t)
{
        bool events = false, orders = false;
        usec_t most = gate_wait_attend(t), beat = USEC_INFINITY;

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
        gate_wait_due(t);
        return r;
}

static int prepare(struct gate_thread *t)
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
static void let_all_in(struct gate_thread *t)
{
        struct fanotify_event_metadata m;
        ssize_t n;

        (void)fanotify_mark(t->g->fd, FAN_MARK_FLUSH | FAN_MARK_FILESYSTEM, 0, AT_FDCWD, "/");
        while (t->first) {
                gate_respond(t, t->first->fd, true);
                gate_wait_stop(t, t->first);
        }
        while ((n = read(t->g->fd, t->buffer, EVENTS_BUFFER)) >= (ssize_t)sizeof(m)) {
                for (const char *at = t->buffer, *end = at + n; (size_t)(end - at) >= sizeof(m);
                     at += m.event_len) {
                        memcpy(&m, at, sizeof(m));
                        if (m.fd >= 0)
                                gate_respond(t, m.fd, true);
                        (void)fd_close(m.fd);
                }
        }
}

void *gate_run(void *gate)
{
        struct gate_thread t = {
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
