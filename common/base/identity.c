/* SPDX-FileCopyrightText: giad maintainers */
/* Owns: giving up root in a child, for good. */
#include "common/base/identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

int identity_find(const char *user, struct identity *ret)
{
        struct passwd pw, *found = NULL;
        char buf[4096];

        *ret = (struct identity){0};
        if (geteuid() != 0 || !user)
                return 0;
        int k = getpwnam_r(user, &pw, buf, sizeof(buf), &found);
        if (k != 0 || !found)
                return k ? -k : -ESRCH;
        *ret = (struct identity){.change = true, .uid = pw.pw_uid, .gid = pw.pw_gid};
        return 0;
}

int identity_become(const struct identity *who)
{
        if (!who->change)
                return 0;
        if (setgroups(0, NULL) < 0 || setresgid(who->gid, who->gid, who->gid) < 0 ||
            setresuid(who->uid, who->uid, who->uid) < 0)
                return -errno;
        return 0;
}
