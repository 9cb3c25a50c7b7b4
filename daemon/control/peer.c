/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: finding out who has connected.
 * Does not own: what that person may do (a method's right, and the manager).
 *
 * Uid, gid and groups are those that the kernel took at connect(2). Login uid, audit session and
 * cgroup stand in /proc under a pid that may have been given away since; they are believed only if
 * a pidfd of the peer still refers to a living process after they were read. SO_PEERPIDFD gives
 * that pidfd without a race; on older kernels it is opened by pid, and the process must then at
 * least have the uid that connected. What cannot be vouched for is "not known".
 */
#include "daemon/control/peer.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "common/base/macros.h"
#include "common/base/proc.h"
#include "common/base/text.h"

/* Linux 6.5; not in the C library's headers of 2023. parisc and sparc number it otherwise. */
#if !defined(SO_PEERPIDFD) && !defined(__hppa__) && !defined(__sparc__)
#define SO_PEERPIDFD 77
#endif

#define GROUPS_MAX 65536

static int pidfd_of_socket(int fd)
{
#ifdef SO_PEERPIDFD
        int pidfd = -1;
        socklen_t size = sizeof(pidfd);

        if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size) == 0)
                return pidfd;
        return -errno;
#else
        (void)fd;
        return -ENOPROTOOPT;
#endif
}

static bool has_uid(int proc, uid_t uid)
{
        char text[4096];
        unsigned real, effective;

        if (proc_read(proc, "status", text, sizeof(text)) < 0)
                return false;
        const char *line = strstr(text, "\nUid:");
        return line && sscanf(line, "\nUid: %u %u", &real, &effective) == 2 && effective == uid;
}

static bool is_alive(int pidfd)
{
        struct pollfd p = {.fd = pidfd, .events = POLLIN};

        return poll(&p, 1, 0) == 0;
}

/* Whose number is given away meanwhile ends the list: the kernel then says another parent. */
static void read_ancestors(int proc, struct control_peer *peer)
{
        _cleanup_close_ int at = -1;
        char comm[PROC_COMM_MAX];
        usec_t started = 0;
        pid_t parent = proc_read_parent(proc, comm, NULL, NULL);

        while (parent > 0 && peer->n_ancestors < CONTROL_ANCESTORS_MAX) {
                int above = proc_open(parent);

                if (above < 0 ||
                    proc_read_parent(at >= 0 ? at : proc, comm, NULL, NULL) != parent) {
                        (void)fd_close(above);
                        return;
                }
                (void)fd_close(at);
                at = above;
                const pid_t next = proc_read_parent(at, comm, &started, NULL);
                peer->ancestors[peer->n_ancestors++] =
                        (struct control_ancestor){.pid = parent, .started = started};
                parent = next;
        }
}

static void read_session(int fd, struct control_peer *peer)
{
        struct control_peer seen = {.auid = UINT32_MAX, .audit_session = UINT32_MAX};

        if (peer->pid <= 0)
                return;
        _cleanup_close_ int pidfd = pidfd_of_socket(fd);
        bool sure = pidfd != -ENOPROTOOPT;
        /* any other error says that the peer is gone: its pid may be somebody else's by now */
        if (!sure)
                pidfd = (int)syscall(SYS_pidfd_open, peer->pid, 0);
        if (pidfd < 0)
                return;
        _cleanup_close_ int proc = proc_open(peer->pid);
        if (proc < 0)
                return;
        seen.auid = proc_read_id(proc, "loginuid");
        seen.audit_session = proc_read_id(proc, "sessionid");
        (void)proc_read_cgroup(proc, seen.cgroup, sizeof(seen.cgroup));
        read_ancestors(proc, &seen);
        if ((!sure && !has_uid(proc, peer->uid)) || !is_alive(pidfd))
                return;
        peer->auid = seen.auid;
        peer->audit_session = seen.audit_session;
        memcpy(peer->cgroup, seen.cgroup, sizeof(peer->cgroup));
        memcpy(peer->ancestors, seen.ancestors, sizeof(peer->ancestors));
        peer->n_ancestors = seen.n_ancestors;
}

static void read_name(struct control_peer *peer)
{
        struct passwd entry, *found = NULL;
        char text[4096];

        if (getpwuid_r(peer->uid, &entry, text, sizeof(text), &found) == 0 && found)
                (void)text_printable(peer->name, sizeof(peer->name), found->pw_name,
                                     strlen(found->pw_name));
        else
                (void)snprintf(peer->name, sizeof(peer->name), "%u", (unsigned)peer->uid);
}

/* The supplementary groups of the peer. Returns their number or negative errno. */
static int read_groups(int fd, gid_t **ret)
{
        socklen_t size = 64 * sizeof(gid_t);

        for (int attempt = 0; attempt < 3; attempt++) {
                _cleanup_free_ gid_t *groups = malloc(MAX_OF(size, (socklen_t)sizeof(gid_t)));

                if (!groups)
                        return -ENOMEM;
                if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) == 0) {
                        *ret = take_ptr(&groups);
                        return (int)(size / sizeof(gid_t));
                }
                if (errno != ERANGE || size > GROUPS_MAX * sizeof(gid_t))
                        return -errno;
        }
        return -ERANGE;
}

static bool is_member(gid_t group, gid_t primary, const gid_t *groups, int n)
{
        if (group == PEER_NO_GROUP)
                return false;
        if (group == primary)
                return true;
        for (int i = 0; i < n; i++)
                if (groups[i] == group)
                        return true;
        return false;
}

int peer_read(int fd, gid_t read_gid, gid_t decide_gid, struct control_peer *ret)
{
        struct ucred cred;
        socklen_t size = sizeof(cred);
        _cleanup_free_ gid_t *groups = NULL;
        struct control_peer peer = {.auid = UINT32_MAX, .audit_session = UINT32_MAX};

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) < 0)
                return -errno;
        int n = read_groups(fd, &groups);
        if (n < 0)
                return n;
        peer.pid = cred.pid;
        peer.uid = cred.uid;
        peer.gid = cred.gid;
        peer.decider = peer.uid == 0 || is_member(decide_gid, peer.gid, groups, n);
        peer.reader =
                peer.decider || peer.uid == geteuid() || is_member(read_gid, peer.gid, groups, n);
        read_session(fd, &peer);
        read_name(&peer);
        *ret = peer;
        return 0;
}

gid_t peer_group(const char *name)
{
        struct group entry, *found = NULL;

        if (!name)
                return PEER_NO_GROUP;
        for (size_t size = 4096; size <= (size_t)4 << 20; size *= 4) {
                _cleanup_free_ char *text = malloc(size);

                if (!text)
                        return PEER_NO_GROUP;
                int r = getgrnam_r(name, &entry, text, size, &found);
                if (r != ERANGE)
                        return r == 0 && found ? found->gr_gid : PEER_NO_GROUP;
        }
        return PEER_NO_GROUP;
}
