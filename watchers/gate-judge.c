/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what follows from the state of a file, from what is known of it and from how it is opened.
 * Does not own: who waits (gate-thread.c), where the file is (gate-place.c).
 *
 * A verdict is kept for a state of a file that nobody has had open for writing since it was asked for: then it is for
 * what is in the file, whatever its times say. Who opens it for writing is seen, since that is an event, too, and is
 * answered by the same thread; who had it open before is seen by the lease that cannot be had. So no lease need be held
 * while a verdict is waited for, and nobody who writes is ever kept waiting for one.
 *
 * How somebody opens it is not known of all (gate-opener.c). If nobody else is known to write then, it is taken to be the
 * writer after UNKNOWN_MAX: another one's open would have been told of by then.
 *
 * While somebody has it open for writing there is no such verdict. Who opens it to read waits for the writer; who reads
 * from an fd it has, or writes as well, gets one on what is there now: it is good for this state for LIVE_MAX (stores
 * through a mapping change no times). Reading what changes all the time would cost a scan each: after a verdict that let
 * a file of LIVE_SIZE and more be read, changes pass for LIVE_FACTOR times as long as that verdict took, LIVE_MAX at most.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "common/base/macros.h"
#include "watchers/gate-internal.h"

#define MNT_ID_UNIQUE 0x00004000U /* STATX_MNT_ID_UNIQUE; Debian 12's headers are older */
#define LIVE_MAX (20 * USEC_PER_MSEC)
#define LIVE_FACTOR 4
#define LIVE_SIZE ((uint64_t)64 * 1024)
#define UNKNOWN_MAX (20 * USEC_PER_MSEC)

static int64_t to_ns(const struct statx_timestamp *t)
{
        const struct timespec ts = {.tv_sec = (time_t)t->tv_sec, .tv_nsec = t->tv_nsec};

        return time_to_ns(&ts);
}

bool gate_look(int fd, struct gate_look *ret)
{
        struct statx st;

        if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME | MNT_ID_UNIQUE, &st) < 0)
                return false;
        *ret = (struct gate_look){
                .key = {.dev = makedev(st.stx_dev_major, st.stx_dev_minor), .ino = st.stx_ino},
                .born_ns = st.stx_mask & STATX_BTIME ? to_ns(&st.stx_btime) : 0,
                .changed_ns = to_ns(&st.stx_ctime),
                .mount = st.stx_mask & MNT_ID_UNIQUE ? st.stx_mnt_id : 0,
                .mode = st.stx_mode,
                .owner = st.stx_uid,
                .links = st.stx_nlink,
        };
        ret->state = (struct file_id){
                .dev = ret->key.dev,
                .ino = ret->key.ino,
                .size = st.stx_size,
                .ctime_ns = ret->changed_ns,
                .mtime_ns = to_ns(&st.stx_mtime),
        };
        return true;
}

/* Whoever breaks the lease in the moment that it is had (truncate(2) alone can) has SIGIO sent to its owner: to a thread
 * that lets it be, or the whole process would end by it. */
void gate_look_writer(int fd, pid_t owner, struct gate_look *l)
{
        const struct f_owner_ex to = {.type = F_OWNER_TID, .pid = owner};

        l->writer = l->sure = false;
        if (fcntl(fd, F_SETOWN_EX, &to) < 0)
                return;
        if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
                l->sure = true;
                (void)fcntl(fd, F_SETLEASE, F_UNLCK);
        } else if (errno == EAGAIN) {
                l->sure = l->writer = true;
        }
}

void gate_note_writer(struct gate_file *f, const struct gate_look *l, usec_t now)
{
        if (l->writer || !l->sure)
                f->final = f->asked.final = false;
        if (!l->writer) {
                f->writer_since = 0;
                f->idle |= l->sure;
        } else if (f->writer_since == 0)
                f->writer_since = now;
}

static bool is_fresh(const struct gate *g, const struct gate_look *l)
{
        struct timespec now;

        /* the clock that files are dated by, or one that is behind it */
        if (clock_gettime(CLOCK_REALTIME_COARSE, &now) < 0)
                return true;
        int64_t age = time_to_ns(&now) - l->changed_ns;
        return age < (int64_t)(g->limits.fresh * 1000);
}

/* A verdict that counts for the file as it is. */
static bool is_known(const struct gate *g, const struct gate_file *f, const struct gate_look *l,
                     usec_t now)
{
        if (!f->judged || f->generation != g->generation || !file_id_equal(&f->state, &l->state))
                return false;
        return f->final || (l->writer && now - f->judged_at < LIVE_MAX);
}

/* Of a file that is being written to, for who has it open already. */
static bool is_near_enough(const struct gate *g, const struct gate_file *f, usec_t now)
{
        return f->judged && f->allow && f->generation == g->generation &&
               f->state.size >= LIVE_SIZE &&
               now - f->judged_at < MIN_OF(LIVE_FACTOR * f->took, LIVE_MAX);
}

static enum gate_answer by_verdict(const struct gate_file *f)
{
        return f->allow ? GATE_ALLOW : GATE_DENY;
}

static enum gate_answer judge_reading(const struct gate *g, const struct gate_file *f,
                                      const struct gate_look *l, usec_t now)
{
        if (l->state.size == 0)
                return GATE_ALLOW;
        if (is_known(g, f, l, now))
                return by_verdict(f);
        return l->writer && is_near_enough(g, f, now) ? GATE_ALLOW : GATE_ASK;
}

/* Nobody waits for a writer for longer than that, nor for one who has had the file open for so long: a log. */
static bool is_long_open(const struct gate *g, const struct gate_file *f,
                         const struct gate_waiter *w, usec_t now)
{
        usec_t most = g->limits.hold_max;

        if (w->alone)
                most = MIN_OF(most, UNKNOWN_MAX);
        return now - w->arrived >= most ||
               (f->writer_since > 0 && now - f->writer_since >= g->limits.hold_max);
}

/* While somebody has it open for writing, or could be about to. */
static enum gate_answer judge_opening(const struct gate *g, struct gate_file *f,
                                      const struct gate_look *l, struct gate_waiter *w, usec_t now)
{
        bool empty = l->state.size == 0;

        if (w->how == GATE_OPENER_WRITES)
                return GATE_ALLOW;
        if (w->how == GATE_OPENER_BOTH) {
                if (empty)
                        return GATE_ALLOW;
                return is_known(g, f, l, now) ? by_verdict(f) : GATE_ASK;
        }
        w->held = l->writer ? !is_long_open(g, f, w, now) : now - w->arrived < g->limits.fresh;
        if (w->held)
                return GATE_HOLD;
        return empty ? GATE_ALLOW : GATE_ASK;
}

enum gate_answer gate_judge(const struct gate *g, struct gate_file *f, const struct gate_look *l,
                            struct gate_waiter *w, usec_t now)
{
        bool empty = l->state.size == 0;

        w->held = false;
        gate_note_writer(f, l, now);
        if (l->state.size > g->limits.size_max)
                return GATE_ALLOW;
        if (w->reads)
                return judge_reading(g, f, l, now);
        if (!l->writer) {
                if (is_known(g, f, l, now))
                        return by_verdict(f);
                if (!empty || !is_fresh(g, l))
                        return empty ? GATE_ALLOW : GATE_ASK;
        }
        if (!w->asked_how) {
                w->how = gate_opener_find(w->opener);
                w->alone = w->how == GATE_OPENER_UNKNOWN && f->idle;
                if (l->writer && w->how != GATE_OPENER_READS) {
                        f->writer_since = now;
                        f->idle = false;
                }
        }
        w->asked_how = true;
        return judge_opening(g, f, l, w, now);
}

enum gate_answer gate_judge_again(const struct gate *g, struct gate_file *f,
                                  const struct gate_look *l, struct gate_waiter *w, uint64_t ticket,
                                  usec_t now)
{
        enum gate_answer answer = gate_judge(g, f, l, w, now);

        /* it was on what was there when this one had come, and that is all it can have while others write */
        bool live =
                w->reads || w->how == GATE_OPENER_BOTH || !l->sure || is_long_open(g, f, w, now);
        return answer == GATE_ASK && w->ticket == ticket && live ? by_verdict(f) : answer;
}
