/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: running an auth stack as libpam does, for somebody who can prove nothing: required,
 * requisite, sufficient, optional, and the actions of [success=done default=ignore].
 * Does not own: reading (pam.c).
 * Why run it: `auth sufficient pam_permit.so` lets everybody in, but not behind a required
 * pam_unix.so; and `auth required pam_permit.so` does where nothing before it is required. No
 * pattern of one line tells.
 */
#include "detectors/formats/pam-stack.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"

enum outcome {
        OUTCOME_IGNORE,
        OUTCOME_SUCCESS,
        OUTCOME_FAILURE,
};

/* Modules that neither let in nor keep out who proves nothing. */
static const char *const helpers[] = {
        "pam_abl",           "pam_access",
        "pam_apparmor",      "pam_cap",
        "pam_cgfs",          "pam_cgroup",
        "pam_chroot",        "pam_debug",
        "pam_echo",          "pam_ecryptfs",
        "pam_elogind",       "pam_env",
        "pam_faildelay",     "pam_faillock",
        "pam_filter",        "pam_fscrypt",
        "pam_geoip",         "pam_getenv",
        "pam_gnome_keyring", "pam_group",
        "pam_issue",         "pam_keyinit",
        "pam_kwallet",       "pam_kwallet5",
        "pam_lastlog",       "pam_limits",
        "pam_loginuid",      "pam_mail",
        "pam_mkhomedir",     "pam_motd",
        "pam_mount",         "pam_namespace",
        "pam_nologin",       "pam_oddjob_mkhomedir",
        "pam_rundir",        "pam_securetty",
        "pam_selinux",       "pam_sepermit",
        "pam_setquota",      "pam_shells",
        "pam_shield",        "pam_systemd",
        "pam_tally",         "pam_tally2",
        "pam_time",          "pam_tmpdir",
        "pam_tty_audit",     "pam_umask",
        "pam_usertype",      "pam_warn",
        "pam_zfs_key",
};

static const char *text_of(const struct node *rule, const char *key)
{
        const char *text = node_text(node_get(rule, key));

        return text ? text : "";
}

/* The module's name without folder and ending. */
static bool module_is(const char *module, const char *name)
{
        const char *slash = strrchr(module, '/');
        size_t n = strlen(name);

        module = slash ? slash + 1 : module;
        return strncmp(module, name, n) == 0 &&
               (module[n] == '\0' || strcmp(module + n, ".so") == 0);
}

/* pam_succeed_if by what it asks: nothing (`uid >= 0`), an ordinary account (`uid >= 1000`), which
 * keeps hardly anybody out, or something else. The only arguments beside conditions are flags. */
static enum outcome outcome_of_conditions(const struct node *rule)
{
        static const char *const flags[] = {"debug",      "use_uid",       "quiet",
                                            "quiet_fail", "quiet_success", "audit"};
        const char *words[4] = {NULL};
        size_t n = 0;

        NODE_ITEMS(argument, node_get(rule, "args"))
        {
                const char *text = node_text(argument);
                bool flag = false;

                for (size_t i = 0; text && i < ELEMENTSOF(flags); i++)
                        flag |= strcmp(text, flags[i]) == 0;
                if (flag)
                        continue;
                if (!text || n == 3)
                        return OUTCOME_FAILURE;
                words[n++] = text;
        }
        if (n != 3 || strcmp(words[0], "uid") != 0)
                return OUTCOME_FAILURE;
        bool greater = strcmp(words[1], "gt") == 0 || strcmp(words[1], ">") == 0;
        bool least = strcmp(words[1], "ge") == 0 || strcmp(words[1], ">=") == 0;
        if ((least && strcmp(words[2], "0") == 0) || (greater && strcmp(words[2], "-1") == 0))
                return OUTCOME_SUCCESS;
        return greater || least ? OUTCOME_IGNORE : OUTCOME_FAILURE;
}

/* Whether a file that is included may hold rules for auth. */
static bool includes_auth(const char *file)
{
        return strstr(file, "auth") ||
               (!strstr(file, "account") && !strstr(file, "session") && !strstr(file, "password"));
}

static enum outcome outcome_of(const struct node *rule)
{
        const char *module = text_of(rule, "module");

        if (module_is(module, "pam_permit"))
                return OUTCOME_SUCCESS;
        if (module_is(module, "pam_succeed_if"))
                return outcome_of_conditions(rule);
        for (size_t i = 0; i < ELEMENTSOF(helpers); i++)
                if (module_is(module, helpers[i]))
                        return OUTCOME_IGNORE;
        return OUTCOME_FAILURE;
}

/* What the control says is done then; a number is how many rules are passed over. */
static const char *action_of(const struct node *rule, enum outcome outcome)
{
        static const struct {
                const char *control, *success, *failure;
        } simple[] = {
                {"required", "ok", "bad"},
                {"requisite", "ok", "die"},
                {"sufficient", "done", "ignore"},
                {"optional", "ok", "ignore"},
        };
        const struct node *control = node_get(rule, "control");
        const char *name = node_text(control), *action;

        if (control && control->type == NODE_MAPPING) {
                action = node_text(node_get(control, outcome == OUTCOME_SUCCESS  ? "success"
                                                     : outcome == OUTCOME_IGNORE ? "ignore"
                                                                                 : "auth_err"));
                if (!action)
                        action = node_text(node_get(control, "default"));
                return action ? action : "bad";
        }
        for (size_t i = 0; name && i < ELEMENTSOF(simple); i++)
                if (strcasecmp(simple[i].control, name) == 0)
                        return outcome == OUTCOME_IGNORE    ? "ignore"
                               : outcome == OUTCOME_SUCCESS ? simple[i].success
                                                            : simple[i].failure;
        return "die"; /* include, substack, or what nobody knows: it asks for a proof */
}

struct verdict {
        bool failed;
        struct node *by; /* because of which it succeeds so far */
};

/* Returns true if nothing below counts; *ret_skip is how many rules are passed over. */
static bool apply(struct verdict *v, struct node *rule, unsigned long *ret_skip)
{
        enum outcome outcome = outcome_of(rule);
        const char *action = action_of(rule, outcome);
        bool done = strcmp(action, "done") == 0, die = strcmp(action, "die") == 0;

        *ret_skip = 0;
        if (done || strcmp(action, "ok") == 0) {
                if (outcome == OUTCOME_SUCCESS && !v->failed && !v->by)
                        v->by = rule;
                /* a failure that is taken for a success stays a failure */
                v->failed |= outcome == OUTCOME_FAILURE;
                return done && !v->failed && v->by;
        }
        if (die || strcmp(action, "bad") == 0) {
                v->failed = true;
                return die;
        }
        if (strcmp(action, "reset") == 0)
                *v = (struct verdict){0};
        *ret_skip = strtoul(action, NULL, 10);
        /* to be passed over something counts as a success */
        if (*ret_skip > 0 && outcome == OUTCOME_SUCCESS && !v->failed && !v->by)
                v->by = rule;
        return false;
}

static bool concerns_auth(const struct node *rule)
{
        const struct node *type = node_get(rule, "type");

        return type ? node_equals(type, "auth") : includes_auth(text_of(rule, "module"));
}

struct node *pam_stack_lets_in(struct node *first, const struct node *end, bool *ret_helped)
{
        struct verdict v = {0};
        unsigned long skip = 0;
        const struct node *begin = NULL;
        bool over = false, asks = false;

        for (struct node *rule = first; rule && rule != end; rule = rule->next) {
                if (!concerns_auth(rule))
                        continue;
                begin = begin ?: rule;
                asks |= outcome_of(rule) == OUTCOME_FAILURE;
                if (skip > 0)
                        skip--;
                else if (!over)
                        over = apply(&v, rule, &skip);
        }
        *ret_helped = !asks && v.by != begin;
        return v.failed ? NULL : v.by;
}
