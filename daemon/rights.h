/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Who may decide about what somebody wrote (DESIGN §10): nobody about their own. Pure.
 *
 *   uid, login uid          not the writer's; root may share them if the audit sessions are known and differ, so that a
 *                           developer whose agent runs under their own uid can decide as root from another session
 *   audit session, cgroup   never the writer's, nor a cgroup below it; not even as root. The root cgroup says nothing
 *   process                 never one that descends from the writer
 *   no login uid            root only
 *
 * A writer who can become root by other ways is outside this boundary (docs/SECURITY.md).
 */

#include "common/model/author.h"
#include "daemon/control/control.h"

/* NULL: the peer may decide. Otherwise why not, and what to do: static text. */
const char *rights_refusal(const struct control_peer *peer, const struct author *author);
/* True if they are two persons: by login uid, or by uid where none is set. */
bool rights_two_persons(uint32_t uid, uint32_t login_uid, uint32_t other_uid,
                        uint32_t other_login_uid);
/* The author as the store's entry keeps it: a JSON object (writer_to_json()), or NULL; of a file of this owner. What cannot be read
 * of it is not known. */
void rights_author_from_json(struct author *ret, const char *json, uint32_t owner, usec_t wrote);
