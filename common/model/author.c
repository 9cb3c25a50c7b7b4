/* SPDX-FileCopyrightText: giad maintainers */
/* Owns: what of a process is kept as an author. Does not own: what follows from it (daemon/rights.h). */
#include "common/model/author.h"

#include "common/base/text.h"

void author_of(struct author *ret, const struct provenance *writer, uint32_t owner, usec_t wrote)
{
        *ret = (struct author){
                .uid = owner,
                .login_uid = PROVENANCE_NONE,
                .session = PROVENANCE_NONE,
                .wrote = wrote,
        };
        if (!writer)
                return;
        if (writer->uid != PROVENANCE_NONE)
                ret->uid = writer->uid;
        ret->login_uid = writer->login_uid;
        ret->session = writer->session;
        ret->pid = writer->pid;
        if (writer->cgroup)
                (void)text_mask(ret->cgroup, sizeof(ret->cgroup), writer->cgroup);
}
