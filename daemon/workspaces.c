/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the list of workspaces, the roots that feed it, and the state of each gap.
 * Does not own: the watchers (back-ends.c), candidates (they go straight to the handler), and what a gap
 * means to anybody.
 *
 *   roots (patterns) ─► workspace appears ─► watcher.add ─► candidates ─► handler
 *
 * Both are driven from the loop by their fd and their deadline. Their own work is done in slices,
 * so that scanning and answering go on beside a long walk.
 */
#include "daemon/workspaces.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include "common/base/macros.h"
#include "daemon/back-ends.h"
#include "daemon/driver.h"
#include "watchers/mounts.h"
#include "watchers/roots.h"

#define REWALK_DELAY (500 * USEC_PER_MSEC)

struct workspaces {
        sd_event *event;
        struct workspaces_handler handler;
        struct config *config;
        struct back_ends back_ends;
        bool started; /* the back ends */
        struct roots *roots;
        struct driver drive_roots;
        sd_event_source *rewalk_timer;
        struct workspace **list;
        size_t n;
        uint32_t next_id;
        struct {
                uint32_t *ids;
                size_t n;
        } rewalk;
        bool applying; /* a reload is being compared with what is there */
};

static void run_roots(void *userdata)
{
        struct workspaces *w = userdata;

        (void)roots_dispatch(w->roots, clock_monotonic());
        driver_schedule(&w->drive_roots, roots_deadline(w->roots));
        /* a workspace may have been added: the watcher has something to walk */
        back_ends_schedule(&w->back_ends);
}

/* --- gaps ---- */

void workspaces_gap(struct workspaces *w, struct workspace *ws, enum reason reason, bool open,
                    const char *detail)
{
        bool was_open = ws->gaps[reason].open;

        if (open && detail) {
                free(ws->gaps[reason].detail);
                ws->gaps[reason].detail = strdup(detail);
        }
        if (was_open == open)
                return;
        ws->gaps[reason].open = open;
        ws->gaps[reason].since = clock_realtime();
        w->handler.gap(w->handler.userdata, ws, reason, open,
                       open ? detail : ws->gaps[reason].detail);
        if (!open) {
                free(ws->gaps[reason].detail);
                ws->gaps[reason].detail = NULL;
        }
}

/* The overlay mounts of this host; those of other mount namespaces are not known. */
static void review_overlay(struct workspaces *w, struct workspace *ws)
{
        char point[PATH_MAX];
        int k = mounts_find_overlay(ws->root_fd, point, sizeof(point));

        if (k >= 0)
                workspaces_gap(w, ws, REASON_OVERLAY_UPPER, k > 0, point);
}

static void on_mounted(void *userdata)
{
        struct workspaces *w = userdata;

        for (size_t i = 0; i < w->n; i++)
                review_overlay(w, w->list[i]);
}

/* --- workspaces ---- */

/* Kernels since 6.13 give these file systems a new ctime for every change that somebody could tell
 * apart. */
static bool has_fine_times(int fd)
{
        static const long types[] = {0xef53 /* ext4 */, 0x58465342 /* xfs */,
                                     0x9123683e /* btrfs */, 0x01021994 /* tmpfs */};
        struct utsname uts;
        struct statfs fs;
        unsigned major = 0, minor = 0;

        if (uname(&uts) < 0 || fstatfs(fd, &fs) < 0 ||
            sscanf(uts.release, "%u.%u", &major, &minor) != 2)
                return false;
        if (major < 6 || (major == 6 && minor < 13))
                return false;
        for (size_t i = 0; i < ELEMENTSOF(types); i++)
                if ((long)fs.f_type == types[i])
                        return true;
        return false;
}

static struct workspace *workspace_free(struct workspace *ws)
{
        if (!ws)
                return NULL;
        for (size_t i = 0; i < _REASON_MAX; i++)
                free(ws->gaps[i].detail);
        ws->root_fd = fd_close(ws->root_fd);
        (void)config_unref(ws->config);
        mount_place_done(&ws->place);
        free(ws->path);
        free(ws->weak);
        free(ws);
        return NULL;
}

struct workspace *workspaces_get(struct workspaces *w, uint32_t id)
{
        for (size_t i = 0; i < w->n; i++)
                if (w->list[i]->id == id)
                        return w->list[i];
        return NULL;
}

struct workspace *workspaces_at(struct workspaces *w, size_t i)
{
        return i < w->n ? w->list[i] : NULL;
}

static struct workspace *by_path(struct workspaces *w, const char *path)
{
        for (size_t i = 0; i < w->n; i++)
                if (strcmp(w->list[i]->path, path) == 0)
                        return w->list[i];
        return NULL;
}

struct workspace *workspaces_of_path(struct workspaces *w, const char *path, const char **ret_path)
{
        struct workspace *best = NULL;
        size_t best_n = 0;

        for (size_t i = 0; i < w->n; i++) {
                size_t n = strlen(w->list[i]->path);

                if (n > best_n && strncmp(path, w->list[i]->path, n) == 0 &&
                    (path[n] == '/' || path[n] == '\0')) {
                        best = w->list[i];
                        best_n = n;
                }
        }
        if (best)
                *ret_path = path[best_n] == '/' ? path + best_n + 1 : "";
        return best;
}

static const struct config_workspace *settings(const struct workspace *ws)
{
        return &ws->config->workspaces[ws->pattern];
}

static bool is_excluded(void *userdata, const char *path)
{
        const struct config_workspace *s = settings(userdata);

        return s->exclude.n > 0 && word_list_matches_path(&s->exclude, path);
}

static void remove_at(struct workspaces *w, size_t i)
{
        struct workspace *ws = w->list[i];

        back_ends_remove(&w->back_ends, ws->back_end, ws->id);
        w->list[i] = w->list[--w->n];
        w->handler.there(w->handler.userdata, ws, false);
        (void)workspace_free(ws);
}

static void remove_workspace(struct workspaces *w, const struct workspace *ws)
{
        for (size_t i = 0; i < w->n; i++) {
                if (w->list[i] == ws) {
                        remove_at(w, i);
                        return;
                }
        }
}

static void say_unwatched(struct workspaces *w, struct workspace *ws, enum reason reason,
                          enum back_end back_end, int error)
{
        char detail[128], text[64];

        (void)snprintf(detail, sizeof(detail), "%s: %s", back_end_to_string(back_end),
                       error == -EXDEV ? "it lies in a subvolume, which cannot be marked"
                                       : strerror_r(-error, text, sizeof(text)));
        workspaces_gap(w, ws, reason, true, detail);
}

struct watcher_workspace workspaces_told(struct workspace *ws)
{
        return (struct watcher_workspace){
                .id = ws->id,
                .root_fd = ws->root_fd,
                .path = ws->path,
                .exclude = is_excluded,
                .exclude_userdata = ws,
        };
}

static void watch(struct workspaces *w, struct workspace *ws)
{
        const struct watcher_workspace told = workspaces_told(ws);
        enum back_end wanted = settings(ws)->back_end;
        int refused;

        int k = back_ends_add(&w->back_ends, wanted, &told, &ws->back_end, &refused);
        if (refused < 0)
                say_unwatched(w, ws, REASON_BACK_END_REFUSED, wanted, refused);
        if (k < 0)
                say_unwatched(w, ws, REASON_WORKSPACE_UNREADABLE, ws->back_end, k);
        /* no walk is to come */
        ws->walked = k < 0;
        if (w->handler.watched)
                w->handler.watched(w->handler.userdata, ws);
}

static int add_workspace(struct workspaces *w, unsigned pattern, const char *path, int *root_fd,
                         const char *const *captures, unsigned n_captures)
{
        struct workspace *ws = calloc(1, sizeof(*ws));
        struct workspace **list = reallocarray(w->list, w->n + 1, sizeof(*list));

        if (list)
                w->list = list;
        if (!ws || !list) {
                free(ws);
                return -ENOMEM;
        }
        *ws = (struct workspace){
                .id = ++w->next_id,
                .root_fd = take_fd(root_fd),
                .pattern = pattern,
                .config = config_ref(w->config),
                .path = strdup(path),
                .settled = true,
        };
        if (!ws->path) {
                (void)workspace_free(ws);
                return -ENOMEM;
        }
        ws->fine_times = has_fine_times(ws->root_fd);
        /* without it nothing is said of how others call its files */
        (void)mount_place_read(&ws->place, ws->root_fd);
        config_agent_name(&w->config->workspaces[pattern], captures, n_captures, ws->agent,
                          sizeof(ws->agent));
        w->list[w->n++] = ws;
        w->handler.there(w->handler.userdata, ws, true);
        watch(w, ws);
        review_overlay(w, ws);
        return 0;
}

/* --- what roots tell ---- */

static bool same_directory(int a, int b)
{
        struct stat x, y;

        return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
               x.st_ino == y.st_ino;
}

static bool same_words(const struct word_list *a, const struct word_list *b)
{
        if (a->n != b->n)
                return false;
        for (size_t i = 0; i < a->n; i++)
                if (strcmp(a->words[i], b->words[i]) != 0)
                        return false;
        return true;
}

/* After a reload: the same directory, watched the same way, goes on. */
static bool keep(struct workspaces *w, struct workspace *ws, unsigned pattern, int root_fd,
                 const char *const *captures, unsigned n_captures)
{
        const struct config_workspace *now = &w->config->workspaces[pattern];

        if (!same_directory(ws->root_fd, root_fd) ||
            !same_words(&settings(ws)->exclude, &now->exclude) ||
            settings(ws)->back_end != now->back_end || settings(ws)->gate != now->gate ||
            settings(ws)->deny_late != now->deny_late)
                return false;
        struct config *old = ws->config;
        ws->config = config_ref(w->config);
        ws->pattern = pattern;
        ws->settled = true;
        (void)config_unref(old);
        config_agent_name(now, captures, n_captures, ws->agent, sizeof(ws->agent));
        return true;
}

static void on_appeared(void *userdata, unsigned pattern, const char *path, int root_fd,
                        const char *const *captures, unsigned n_captures)
{
        struct workspaces *w = userdata;
        _cleanup_close_ int fd = root_fd;
        struct workspace *ws = by_path(w, path);

        if (ws) {
                /* the first pattern that matches a directory has it */
                if (!w->applying ? same_directory(ws->root_fd, fd) : ws->settled)
                        return;
                if (keep(w, ws, pattern, fd, captures, n_captures)) {
                        if (w->handler.watched)
                                w->handler.watched(w->handler.userdata, ws);
                        return;
                }
                remove_workspace(w, ws);
        }
        if (add_workspace(w, pattern, path, &fd, captures, n_captures) < 0)
                w->handler.gap(w->handler.userdata, NULL, REASON_WORKSPACE_UNREADABLE, true, path);
}

static void on_vanished(void *userdata, unsigned pattern, const char *path)
{
        struct workspaces *w = userdata;
        struct workspace *ws = by_path(w, path);

        if (ws && ws->pattern == pattern)
                remove_workspace(w, ws);
}

static void on_matching(void *userdata, unsigned pattern, bool matching)
{
        struct workspaces *w = userdata;

        w->handler.gap(w->handler.userdata, NULL, REASON_WORKSPACE_MISSING, !matching,
                       w->config->workspaces[pattern].pattern);
}

/* --- what the watcher tells ---- */

static void on_candidate(void *userdata, const struct candidate *c)
{
        struct workspaces *w = userdata;

        w->handler.candidate(w->handler.userdata, c);
}

static void on_gap(void *userdata, uint32_t id, enum reason reason, bool open, const char *detail)
{
        struct workspaces *w = userdata;
        struct workspace *ws = workspaces_get(w, id);

        if (ws && reason == REASON_WALK_RUNNING && !open && !ws->walked) {
                ws->walked = true;
                workspaces_set_swept(ws);
        }
        /* the watcher has walked all of it, but the pipeline could not take all that it was given
         */
        if (ws && reason == REASON_WORK_LIMIT && !open && ws->dropped)
                return;
        if (ws)
                workspaces_gap(w, ws, reason, open, detail);
}

static void on_root_lost(void *userdata, uint32_t id)
{
        struct workspaces *w = userdata;
        struct workspace *ws = workspaces_get(w, id);

        if (!ws)
                return;
        /* moved away and back before the roots were looked at again, it is the same directory to
         * them */
        if (w->roots) {
                roots_forget(w->roots, ws->path);
                driver_schedule(&w->drive_roots, roots_deadline(w->roots));
        }
        remove_workspace(w, ws);
}

/* --- walking again ---- */

static int on_rewalk(sd_event_source *s, uint64_t usec, void *userdata)
{
        struct workspaces *w = userdata;

        (void)s;
        (void)usec;
        for (size_t i = 0; i < w->rewalk.n; i++) {
                const struct workspace *ws = workspaces_get(w, w->rewalk.ids[i]);

                if (ws)
                        back_ends_rewalk(&w->back_ends, ws->back_end, ws->id);
        }
        w->rewalk.n = 0;
        return 0;
}

void workspaces_rewalk(struct workspaces *w, uint32_t id)
{
        for (size_t i = 0; i < w->rewalk.n; i++)
                if (w->rewalk.ids[i] == id)
                        return;
        uint32_t *ids = reallocarray(w->rewalk.ids, w->rewalk.n + 1, sizeof(*ids));
        if (!ids)
                return;
        w->rewalk.ids = ids;
        ids[w->rewalk.n++] = id;
        if (w->rewalk.n == 1) {
                (void)sd_event_source_set_time_relative(w->rewalk_timer, REWALK_DELAY);
                (void)sd_event_source_set_enabled(w->rewalk_timer, SD_EVENT_ONESHOT);
        }
}

void workspaces_rewalk_all(struct workspaces *w)
{
        for (size_t i = 0; i < w->n; i++)
                workspaces_rewalk(w, w->list[i]->id);
}

bool workspaces_walked(struct workspaces *w)
{
        for (size_t i = 0; i < w->n; i++)
                if (!w->list[i]->walked || w->list[i]->gaps[REASON_WALK_RUNNING].open)
                        return false;
        return w->started;
}

void workspaces_set_swept(struct workspace *ws)
{
        ws->swept = clock_realtime();
        ws->swept_at = clock_monotonic();
}

void workspaces_ignore(struct workspaces *w, int fd)
{
        back_ends_ignore(&w->back_ends, fd);
}

void workspaces_stats(struct workspaces *w, struct watcher_stats *ret)
{
        back_ends_stats(&w->back_ends, ret);
}

/* --- applying a configuration ---- */

static int start_back_ends(struct workspaces *w)
{
        w->back_ends = (struct back_ends){
                .event = w->event,
                .handler = {.candidate = on_candidate,
                            .gap = on_gap,
                            .root_lost = on_root_lost,
                            .userdata = w},
                .limits = {.settle = config_number(w->config, OPTION_SETTLE),
                           .settle_max = config_number(w->config, OPTION_SETTLE_MAX),
                           .poll_interval = config_number(w->config, OPTION_POLL),
                           .pending_max = config_number(w->config, OPTION_PENDING),
                           .depth_max = (unsigned)config_number(w->config, OPTION_DEPTH),
                           .watches_max = config_number(w->config, OPTION_WATCHES),
                           .ignore_own = true},
        };
        int k = back_ends_start(&w->back_ends);
        w->started = k >= 0;
        return k;
}

static int start_roots(struct workspaces *w)
{
        const struct roots_handler handler = {
                .appeared = on_appeared,
                .vanished = on_vanished,
                .matching = on_matching,
                .mounted = on_mounted,
                .userdata = w,
        };
        int k = roots_new(&w->roots, &handler);

        for (size_t i = 0; i < w->config->n_workspaces && k >= 0; i++)
                k = roots_add(w->roots, (unsigned)i, w->config->workspaces[i].pattern);
        if (k >= 0)
                k = driver_init(&w->drive_roots, w->event, roots_fd(w->roots),
                                SD_EVENT_PRIORITY_NORMAL - 5, run_roots, w);
        return k;
}

int workspaces_apply(struct workspaces *w, struct config *config)
{
        (void)config_unref(w->config);
        w->config = config_ref(config);
        driver_done(&w->drive_roots);
        w->roots = roots_free(w->roots);
        for (size_t i = 0; i < w->n; i++)
                w->list[i]->settled = false;
        int k = w->started ? 0 : start_back_ends(w);
        if (k >= 0) {
                back_ends_set_agents(&w->back_ends, config->agents);
                k = start_roots(w);
        }
        if (k < 0)
                return k;
        w->applying = true;
        run_roots(w);
        w->applying = false;
        for (size_t i = w->n; i > 0; i--)
                if (!w->list[i - 1]->settled)
                        remove_at(w, i - 1);
        return 0;
}

int workspaces_new(struct workspaces **ret, sd_event *event,
                   const struct workspaces_handler *handler)
{
        struct workspaces *w = calloc(1, sizeof(*w));

        if (!w)
                return -ENOMEM;
        w->event = sd_event_ref(event);
        w->handler = *handler;
        int k = sd_event_add_time(event, &w->rewalk_timer, CLOCK_MONOTONIC, 0, 0, on_rewalk, w);
        if (k >= 0)
                k = sd_event_source_set_enabled(w->rewalk_timer, SD_EVENT_OFF);
        if (k < 0) {
                (void)workspaces_free(w);
                return k;
        }
        *ret = w;
        return 0;
}

struct workspaces *workspaces_free(struct workspaces *w)
{
        if (!w)
                return NULL;
        driver_done(&w->drive_roots);
        w->rewalk_timer = sd_event_source_disable_unref(w->rewalk_timer);
        w->roots = roots_free(w->roots);
        back_ends_done(&w->back_ends);
        for (size_t i = 0; i < w->n; i++)
                (void)workspace_free(w->list[i]);
        free(w->list);
        free(w->rewalk.ids);
        (void)config_unref(w->config);
        (void)sd_event_unref(w->event);
        free(w);
        return NULL;
}
