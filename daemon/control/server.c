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

static bool has_place(const struct control *control, const struct control_peer *peer)
{
        size_t all = 0, strangers = 0, same = 0;

        for (const struct connection *c = control->connections; c; c = c->next) {
                if (c->doomed)
                        continue;
                all++;
                strangers += is_stranger(&c->peer);
                same += c->peer.uid == peer->uid;
        }
        if (peer->uid == 0)
                return all < CONTROL_CLIENTS_MAX;
        if (all >= CONTROL_CLIENTS_MAX - ROOT_RESERVE)
                return false;
        if (is_stranger(peer))
                return strangers < STRANGERS_MAX && same < STRANGER_CLIENTS_PER_UID;
        return same < CLIENTS_PER_UID;
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

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct control *control = userdata;
        usec_t now = clock_monotonic();
        bool waits = false;

        (void)source;
        (void)usec;
        /* accepting rests when there are no descriptors left */
        (void)sd_event_source_set_enabled(control->io, SD_EVENT_ON);
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
                if (peer_read(client, control->read_gid, control->decide_gid, &peer) < 0 ||
                    !has_place(control, &peer))
                        continue;
                (void)connection_new(control, take_fd(&client), &peer);
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
