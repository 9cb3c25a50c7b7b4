/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The user as whom a child process runs, when root starts it: found before fork(2), become after it. */

#include <stdbool.h>
#include <sys/types.h>

struct identity {
        bool change; /* false: it stays who it is */
        uid_t uid;
        gid_t gid;
};

/* user NULL, or the caller is not root: nothing is to change. Returns 0, -ESRCH: there is no such user, or what getpwnam_r(3) says. */
int identity_find(const char *user, struct identity *ret);
/* Becomes the user, with no other group than its own. Async-signal-safe. It clears PR_SET_PDEATHSIG. Returns 0 or negative errno. */
int identity_become(const struct identity *who);
