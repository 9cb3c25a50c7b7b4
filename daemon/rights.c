/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the rules by which somebody may decide.
 * Does not own: which methods need that (daemon/control), who has connected (control/peer.c), who wrote (watchers).
 */
#include "daemon/rights.h"

#include <cjson/cJSON.h>
#include <string.h>
#include <time.h>

#include "common/base/text.h"

#define NONE UINT32_MAX

/* The same one, or one below it. */
static bool is_within(const char *cgroup, const char *outer)
{
        size_t n = strlen(outer);

        if (n <= 1 || *cgroup == '\0')
                return false;
        return strncmp(cgroup, outer, n) == 0 && (cgroup[n] == '\0' || cgroup[n] == '/');
}

static bool shares_cgroup(const struct control_peer *peer, const struct author *author)
{
        char shown[AUTHOR_CGROUP_MAX];

        return is_within(text_mask(shown, sizeof(shown), peer->cgroup), author->cgroup);
}

/* A number that was given away since it wrote belongs to a process that began later. */
static bool descends(const struct control_peer *peer, const struct author *author)
{
        usec_t up = clock_boottime(), now = clock_realtime();

        if (author->pid <= 0)
                return false;
        if (peer->pid == author->pid)
                return true;
        for (unsigned i = 0; i < peer->n_ancestors; i++) {
                const struct control_ancestor *a = &peer->ancestors[i];
                usec_t age = up > a->started ? up - a->started : 0;

                if (a->pid == author->pid && now - MIN_OF(age, now) <= author->wrote + USEC_PER_SEC)
                        return true;
        }
        return false;
}

static bool is_same_user(const struct control_peer *peer, const struct author *author)
{
        return peer->uid == author->uid ||
               (peer->auid != NONE &&
                (peer->auid == author->uid || peer->auid == author->login_uid));
}

const char *rights_refusal(const struct control_peer *peer, const struct author *author)
{
        bool sessions_known = peer->audit_session != NONE && author->session != NONE;

        if (peer->uid != 0 && peer->auid == NONE)
                return "no login uid is set for you: only root may decide then";
        if (sessions_known && peer->audit_session == author->session)
                return "it was written in this very session: decide from another login, or have "
                       "somebody else do so";
        if (descends(peer, author))
                return "you are a process of the one that wrote it: decide from another login";
        if (shares_cgroup(peer, author))
                return "you are in the control group of the one that wrote it: decide from another "
                       "login or unit";
        if (!is_same_user(peer, author) || author->uid == 0)
                return NULL;
        if (peer->uid != 0)
                return "it is your own: whoever wrote a file may not decide about it; root from "
                       "another login may, or a signed "
                       "approval";
        return sessions_known ? NULL
                              : "you logged in as who wrote it, and in which session it was "
                                "written is not known: a signed approval, or "
                                "somebody else, is needed";
}

bool rights_two_persons(uint32_t uid, uint32_t login_uid, uint32_t other_uid,
                        uint32_t other_login_uid)
{
        uint32_t one = login_uid != NONE ? login_uid : uid;
        uint32_t other = other_login_uid != NONE ? other_login_uid : other_uid;

        return one != other;
}

static uint32_t number_of(const cJSON *object, const char *key)
{
        const cJSON *n = cJSON_GetObjectItemCaseSensitive(object, key);

        return cJSON_IsNumber(n) && n->valuedouble >= 0 && n->valuedouble < (double)NONE
                       ? (uint32_t)n->valuedouble
                       : NONE;
}

void rights_author_from_json(struct author *ret, const char *json, uint32_t owner, usec_t wrote)
{
        cJSON *object = json ? cJSON_Parse(json) : NULL;
        uint32_t uid = number_of(object, "writer_uid"), pid = number_of(object, "writer_pid");
        const char *cgroup =
                cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "writer_cgroup"));

        *ret = (struct author){
                .uid = uid != NONE ? uid : owner,
                .login_uid = number_of(object, "writer_login_uid"),
                .session = number_of(object, "writer_session"),
                .pid = pid <= INT32_MAX ? (pid_t)pid : 0,
                .wrote = wrote,
        };
        (void)text_copy(ret->cgroup, sizeof(ret->cgroup), cgroup ? cgroup : "");
        cJSON_Delete(object);
}
