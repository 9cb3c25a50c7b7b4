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

#include "common/base/clock.h"

#define CONTROL_INTERFACE "io.giad.Control"
#define CONTROL_MESSAGE_MAX ((size_t)1 << 20) /* bytes of one request */
#define CONTROL_OUTPUT_MAX \
        ((size_t)64 << 20) /* bytes queued for one client: past it the connection is closed */
#define CONTROL_CLIENTS_MAX 64
#define CONTROL_ANCESTORS_MAX 16

struct control_ancestor {
        pid_t pid;
        usec_t started; /* since boot; 0: not known */
};

/* Who asks, from SO_PEERCRED, SO_PEERGROUPS and /proc of the peer taken at accept(2). */
struct control_peer {
        pid_t pid;
        uid_t uid;
        gid_t gid;
        uint32_t auid;          /* login uid; UINT32_MAX: none or not known */
        uint32_t audit_session; /* UINT32_MAX: none */
        char cgroup[512];       /* "" if not known */
        struct control_ancestor
                ancestors[CONTROL_ANCESTORS_MAX]; /* the parent first; as many as are seen */
        unsigned n_ancestors;
        bool reader;   /* root, in the reading group, of giad's own uid, or a decider */
        bool decider;  /* root, or in the deciding group */
        char name[64]; /* user name, or the uid as text */
};

/* An interface, line by line: a type, an error or a method, and behind it what is in it. Generic
 * clients are told it in varlink's language, and the parameters of a call are held against it. */
enum control_word {
        CONTROL_TYPE,
        CONTROL_ERROR,
        CONTROL_METHOD,
        CONTROL_MEMBER, /* of the type or error before it */
        CONTROL_IN,     /* a parameter of the method before it */
        CONTROL_OUT,    /* what its replies hold; behind all CONTROL_IN */
};

struct control_line {
        enum control_word word;
        const char *name;
        const char *type; /* of MEMBER, IN, OUT: varlink's, "?[]string"; else NULL */
        const char *text; /* for people, or NULL */
};

struct control_interface {
        const char *name; /* "io.giad.Control" */
        const char *text;
        const struct control_line *lines;
        size_t n_lines;
};

enum control_right { CONTROL_ANYONE, CONTROL_READ, CONTROL_DECIDE };
enum control_replies { CONTROL_ONCE, CONTROL_MORE /* only for who asks for more */ };

struct control;
struct control_call; /* one request being answered */

/* A method: parameters are an object, never NULL, borrowed, and are those that the interface's
 * lines say. Answers through control_reply()/control_error() now or later; a call that is kept is
 * told through on_gone when its client goes away. */
struct control_method {
        const char *name; /* "Status" */
        enum control_right right;
        enum control_replies replies;
        /* NULL: it is in the interface, but not in this build */
        void (*call)(void *userdata, struct control_call *call, const struct control_peer *peer,
                     const cJSON *parameters, bool more);
};

struct control_config {
        const char *path; /* of the socket; made 0666: rights are decided per method. An inherited
                             fd (LISTEN_FDS) wins */
        const char *read_group; /* name, NULL: root only */
        const char *decide_group;
        const struct control_interface *interface; /* its name is CONTROL_INTERFACE */
        const struct control_method *methods;      /* those of the interface */
        size_t n_methods;
        /* Every refusal is an event: of a method, or of a "connection". Of many connections of one
         * user the first is told at once, and how many followed every ten seconds; uid UINT32_MAX:
         * several users, or not known. */
        void (*refused)(void *userdata, const struct control_peer *peer, const char *method,
                        const char *why);
        void *userdata;
};

int control_new(struct control **ret, sd_event *event, const struct control_config *config);
struct control *control_free(struct control *c);
/* Other groups from now on. If they differ, everybody but root is cut off: rights are taken at
 * connect(2). */
void control_set_groups(struct control *c, const char *read_group, const char *decide_group);

/* Tells of connections that were refused and only counted so far; NULL is accepted. */
void control_tell_refusals(struct control *c);

struct control_stats {
        unsigned clients; /* now */
        uint64_t calls;   /* of methods, allowed or not */
        uint64_t refused_connections, refused_methods;
};
/* NULL: there is none yet. */
void control_stats(const struct control *c, struct control_stats *ret);

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
/* How long control_client_receive() waits from now on; without it for ever. */
int control_client_set_patience(struct control_client *c, usec_t patience);
/* Sends a request; consumes parameters (may be NULL). */
int control_client_send(struct control_client *c, const char *method, cJSON *parameters, bool more);
/* Waits for a reply. Returns 0 with *ret_parameters (owned by the caller) and *ret_continues;
 * -EREMOTEIO with *ret_error (owned, "NotFound") and *ret_parameters; -EPIPE closed; -EBADMSG;
 * -EAGAIN it took too long. */
int control_client_receive(struct control_client *c, cJSON **ret_parameters, bool *ret_continues,
                           char **ret_error);
