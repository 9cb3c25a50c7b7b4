/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the listening socket, who is let in, and cleaning up after the clients.
 * Does not own: a client's bytes and calls (connection.c), who it is (peer.c).
 *
 * Strangers (who may do nothing but introspect) can never take all places: whoever may read or
 * decide always gets in beside them, and root beside everybody.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include "daemon/control/connection.h"
#include "daemon/control/peer.h"

#define STRANGERS_MAX (CONTROL_CLIENTS_MAX / 2)
#define ROOT_RESERVE 8
#define CLIENTS_PER_UID 16
#define STRANGER_CLIENTS_PER_UID 4
#define ACCEPTS_PER_TURN 16
/* a client that takes nothing for this long is cut off */
#define STALL_MAX (30 * USEC_PER_SEC)
#define TIMER_INTERVAL (5 * USEC_PER_SEC)

static bool is_stranger(const struct control_peer *peer)
{
        return !peer->reader && !peer->decider;
}

/* NULL: there is a place for it; else why not. */
static const char *no_place(const struct control *control, const struct control_peer *peer)
{
        static const char *const full = "all places are taken",
                                 *const full_for_strangers =
                                         "all places for who may not read are taken",
                                 *const greedy = "too many connections of this user";
        size_t all = 0, strangers = 0, same = 0;

        for (const struct connection *c = control->connections; c; c = c->next) {
                if (c->doomed)
                        continue;
                all++;
                strangers += is_stranger(&c->peer);
                same += c->peer.uid == peer->uid;
        }
        if (peer->uid == 0)
                return all < CONTROL_CLIENTS_MAX ? NULL : full;
        if (all >= CONTROL_CLIENTS_MAX - ROOT_RESERVE)
                return full;
        if (same >= (is_stranger(peer) ? STRANGER_CLIENTS_PER_UID : CLIENTS_PER_UID))
                return greedy;
        return is_stranger(peer) && strangers >= STRANGERS_MAX ? full_for_strangers : NULL;
}

static void control_arm_timer(struct control *control)
{
        int enabled = SD_EVENT_OFF;

        if (sd_event_source_get_enabled(control->timer, &enabled) > 0)
                return;
        (void)sd_event_source_set_time(control->timer, clock_monotonic() + TIMER_INTERVAL);
        (void)sd_event_source_set_enabled(control->timer, SD_EVENT_ONESHOT);
}

void control_watch_stalled(struct control *control)
{
        control_arm_timer(control);
}

/* --- those that are not let in ---- */

static void tell_refused(const struct control *control, const struct control_peer *peer,
                         const char *why)
{
        if (control->config.refused)
                control->config.refused(control->config.userdata, peer, "connection", why);
}

/* peer NULL: the kernel does not say who it is. */
static void refuse(struct control *control, const struct control_peer *peer, const char *why)
{
        const struct control_peer nobody = {
                .uid = UINT32_MAX, .auid = UINT32_MAX, .audit_session = UINT32_MAX, .name = "?"};

        control->stats.refused_connections++;
        if (refusals_note(&control->refusals, peer ? peer : &nobody, why, clock_monotonic()))
                tell_refused(control, peer ? peer : &nobody, why);
        control_arm_timer(control);
}

/* Those that were only counted so far. */
static void tell_counted(struct control *control, usec_t now)
{
        const struct refusal *u;
        char why[160];
        uint64_t n;

        while ((u = refusals_due(&control->refusals, now, &n))) {
                (void)snprintf(why, sizeof(why), "%llu more were refused: %s",
                               (unsigned long long)n, u->why);
                tell_refused(control, &u->peer, why);
        }
}

void control_tell_refusals(struct control *c)
{
        if (c)
                tell_counted(c, USEC_INFINITY);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct control *control = userdata;
        usec_t now = clock_monotonic();
        bool waits = false;

        (void)source;
        (void)usec;
        /* accepting rests when there are no descriptors left */
        (void)sd_event_source_set_enabled(control->io, SD_EVENT_ON);
        tell_counted(control, now);
        waits = refusals_pending(&control->refusals);
        for (struct connection *c = control->connections; c; c = c->next) {
                if (c->doomed || connection_waiting(c) == 0)
                        continue;
                if (now - c->stalled_since >= STALL_MAX)
                        connection_doom(c);
                else
                        waits = true;
        }
        if (waits)
                control_arm_timer(control);
        return 0;
}

void control_reap_soon(struct control *control)
{
        (void)sd_event_source_set_enabled(control->reaper, SD_EVENT_ONESHOT);
}

static void connection_unlink(struct control *control, struct connection *c)
{
        if (c->prev)
                c->prev->next = c->next;
        else if (control->connections == c)
                control->connections = c->next;
        if (c->next)
                c->next->prev = c->prev;
}

static int on_reap(sd_event_source *source, void *userdata)
{
        struct control *control = userdata;

        (void)source;
        for (struct connection *c = control->connections, *next; c; c = next) {
                next = c->next;
                if (!c->doomed || c->dispatching)
                        continue;
                connection_unlink(control, c);
                (void)connection_free(c);
        }
        return 0;
}

static int on_accept(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        struct control *control = userdata;

        (void)source;
        (void)revents;
        for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
                struct control_peer peer;
                _cleanup_close_ int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

                if (client < 0 &&
                    (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)) {
                        /* the socket stays readable: without a rest the loop would spin */
                        (void)sd_event_source_set_enabled(control->io, SD_EVENT_OFF);
                        control_arm_timer(control);
                        return 0;
                }
                if (client < 0)
                        return 0;
                if (peer_read(client, control->read_gid, control->decide_gid, &peer) < 0) {
                        refuse(control, NULL, "the kernel does not say who it is");
                        continue;
                }
                const char *why = no_place(control, &peer);
                if (!why && connection_new(control, take_fd(&client), &peer) < 0)
                        why = "out of memory";
                if (why)
                        refuse(control, &peer, why);
        }
        return 0;
}

/* The socket that systemd made for this path, or -1. */
static int inherited_socket(const char *path)
{
        int n = sd_listen_fds(0);

        for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + n; fd++)
                if (sd_is_socket_unix(fd, SOCK_STREAM, 1, path, 0) > 0)
                        return fd;
        return -1;
}

/* A socket that nobody listens on any more is removed; one that is alive is not ours to take. */
static int remove_stale(const struct sockaddr_un *address)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0)
                return -errno;
        if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN)
                return -EADDRINUSE;
        if (errno != ECONNREFUSED)
                return errno == ENOENT ? 0 : -errno;
        return unlink(address->sun_path) < 0 && errno != ENOENT ? -errno : 0;
}

static int listen_at(const char *path)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        size_t n = strlen(path);

        if (n == 0 || n >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        memcpy(address.sun_path, path, n + 1);
        int r = remove_stale(&address);
        if (r < 0)
                return r;
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
                return -errno;
        /* everybody may connect: rights are decided for each method */
        if (chmod(path, 0666) < 0 || listen(fd, SOMAXCONN) < 0) {
                r = -errno;
                (void)unlink(path);
                return r;
        }
        return take_fd(&fd);
}

static int control_open(struct control *control, const char *path)
{
        control->fd = inherited_socket(path);
        if (control->fd >= 0) {
                int flags = fcntl(control->fd, F_GETFL);

                if (flags < 0 || fcntl(control->fd, F_SETFL, flags | O_NONBLOCK) < 0)
                        return -errno;
                return fcntl(control->fd, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0;
        }
        control->fd = listen_at(path);
        if (control->fd < 0)
                return control->fd;
        control->path = strdup(path);
        return control->path ? 0 : -ENOMEM;
}

static int control_add_sources(struct control *control)
{
        int r = sd_event_add_time(control->event, &control->timer, CLOCK_MONOTONIC, 0, USEC_PER_SEC,
                                  on_timer, control);

        if (r >= 0)
                r = sd_event_source_set_enabled(control->timer, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_add_defer(control->event, &control->reaper, on_reap, control);
        if (r >= 0)
                r = sd_event_source_set_enabled(control->reaper, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_add_io(control->event, &control->io, control->fd, EPOLLIN, on_accept,
                                    control);
        return r;
}

int control_new(struct control **ret, sd_event *event, const struct control_config *config)
{
        struct control *control = calloc(1, sizeof(*control));

        if (!control)
                return -ENOMEM;
        control->event = sd_event_ref(event);
        control->config = *config;
        control->fd = -1;
        control->read_gid = peer_group(config->read_group);
        control->decide_gid = peer_group(config->decide_group);
        int r = control_open(control, config->path);
        if (r >= 0)
                r = control_add_sources(control);
        if (r < 0) {
                (void)control_free(control);
                return r;
        }
        *ret = control;
        return 0;
}

void control_set_groups(struct control *c, const char *read_group, const char *decide_group)
{
        gid_t read_gid = peer_group(read_group), decide_gid = peer_group(decide_group);

        if (read_gid == c->read_gid && decide_gid == c->decide_gid)
                return;
        c->read_gid = read_gid;
        c->decide_gid = decide_gid;
        for (struct connection *at = c->connections; at; at = at->next)
                if (!at->doomed && at->peer.uid != 0)
                        connection_doom(at);
}

void control_stats(const struct control *c, struct control_stats *ret)
{
        if (!c) {
                *ret = (struct control_stats){0};
                return;
        }
        *ret = c->stats;
        ret->clients = 0;
        for (const struct connection *at = c->connections; at; at = at->next)
                ret->clients += !at->doomed;
}

struct control *control_free(struct control *c)
{
        if (!c)
                return NULL;
        while (c->connections) {
                struct connection *connection = c->connections;

                connection_unlink(c, connection);
                (void)connection_free(connection);
        }
        (void)sd_event_source_disable_unref(c->io);
        (void)sd_event_source_disable_unref(c->timer);
        (void)sd_event_source_disable_unref(c->reaper);
        (void)fd_close(c->fd);
        if (c->path)
                (void)unlink(c->path);
        free(c->path);
        (void)sd_event_unref(c->event);
        free(c);
        return NULL;
}
