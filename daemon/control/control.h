/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The control socket: varlink's wire format (one JSON object per message, NUL-terminated;
 * {"method", "parameters", "more"} →
 * {"parameters", "continues"} or {"error", "parameters"}). The server knows connections, framing,
 * limits and who the peer is; what a method does is the manager's. Slow, stuck and hostile clients
 * cost nothing but their own connection.
 */

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#define CONTROL_INTERFACE "io.giad.Control"
#define CONTROL_MESSAGE_MAX ((size_t)1 << 20) /* bytes of one request */
#define CONTROL_OUTPUT_MAX \
        ((size_t)64 << 20) /* bytes queued for one client: past it the connection is closed */
#define CONTROL_CLIENTS_MAX 64

/* Who asks, from SO_PEERCRED, SO_PEERGROUPS and /proc of the peer taken at accept(2). */
struct control_peer {
        pid_t pid;
        uid_t uid;
        gid_t gid;
        uint32_t auid;          /* login uid; UINT32_MAX: none or not known */
        uint32_t audit_session; /* UINT32_MAX: none */
        char cgroup[512];       /* "" if not known */
        bool reader;            /* root, in the reading group, of giad's own uid, or a decider */
        bool decider;           /* root, or in the deciding group */
        char name[64];          /* user name, or the uid as text */
};

enum control_right { CONTROL_ANYONE, CONTROL_READ, CONTROL_DECIDE };

struct control;
struct control_call; /* one request being answered */

/* A method: parameters are never NULL (an empty object if absent), borrowed. Answers through
 * control_reply()/control_error() now or later; a call that is kept is told through on_gone when
 * its client goes away. */
struct control_method {
        const char *name; /* "Status" */
        enum control_right right;
        const char *signature; /* varlink, for introspection: "() -> (status: object)" */
        void (*call)(void *userdata, struct control_call *call, const struct control_peer *peer,
                     const cJSON *parameters, bool more);
};

struct control_config {
        const char *path; /* of the socket; made 0666: rights are decided per method. An inherited
                             fd (LISTEN_FDS) wins */
        const char *read_group; /* name, NULL: root only */
        const char *decide_group;
        const struct control_method *methods;
        size_t n_methods;
        void (*refused)(void *userdata, const struct control_peer *peer, const char *method,
                        const char *why); /* every refusal is an event */
        void *userdata;
};

int control_new(struct control **ret, sd_event *event, const struct control_config *config);
struct control *control_free(struct control *c);
/* Other groups from now on. If they differ, everybody but root is cut off: rights are taken at
 * connect(2). */
void control_set_groups(struct control *c, const char *read_group, const char *decide_group);

/* Consumes parameters (may be NULL). With continues, more replies follow (only if the caller asked
 * for more). Returns 0, or -EPIPE if the client is gone or too slow: the call is then over, and if
 * it was kept, on_gone has been called from within. After the last reply or an error the call is
 * over too, without a word. */
int control_reply(struct control_call *call, cJSON *parameters, bool continues);
/* name: "NotFound" → error "io.giad.Control.NotFound"; message goes into parameters.message. */
int control_error(struct control_call *call, const char *name, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));
/* Told when the client of a kept call goes away; userdata is the caller's own. */
void control_call_keep(struct control_call *call,
                       void (*on_gone)(void *userdata, struct control_call *call), void *userdata);
/* A kept call is answered bit by bit: next() is called from the loop, once in a turn, as long as the call lasts and the client has
 * taken most of what it was given. It does a few milliseconds' work and may reply once, or not at all. userdata is that of
 * control_call_keep(). */
void control_call_pace(struct control_call *call,
                       void (*next)(void *userdata, struct control_call *call));

/* --- the client's side, for giactl: blocking ---- */
struct control_client;
int control_client_new(struct control_client **ret, const char *path);
struct control_client *control_client_free(struct control_client *c);
/* Sends a request; consumes parameters (may be NULL). */
int control_client_send(struct control_client *c, const char *method, cJSON *parameters, bool more);
/* Waits for a reply. Returns 0 with *ret_parameters (owned by the caller) and *ret_continues;
 * -EREMOTEIO with *ret_error (owned, "NotFound") and *ret_parameters; -EPIPE closed; -EBADMSG. */
int control_client_receive(struct control_client *c, cJSON **ret_parameters, bool *ret_continues,
                           char **ret_error);
