/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the Linux audit sink: which kind of event becomes which user record, and its text.
 * Does not own: queueing (sinks.c). Built with libaudit; audit-none.c stands in without it.
 *
 * The record types are those that aureport lists: --anomaly (findings), --response (quarantine),
 * --config (decisions). A value goes only under a key that ausearch -i decodes, encoded by
 * libaudit, or is a plain token. Kinds without a line in the table are not for the audit log
 * (start and stop are recorded by systemd).
 *
 * libaudit waits for the kernel's answer, which comes at once; but while the kernel's own backlog is
 * full it lets the sender sleep, for up to its audit_backlog_wait_time. Hence `waits`.
 */
#include "daemon/sinks/audit.h"

#include <libaudit.h>
#include <string.h>

#include "common/base/buffer.h"
#include "daemon/sinks/sink-table.h"
#include "daemon/sinks/standing.h"

struct audit {
        struct sink sink;
        int fd;
        struct buffer record;
};

static const struct audit_kind {
        int type; /* 0: not recorded */
        const char *op;
        bool failed;
} kinds[_EVENT_MAX] = {
        [EVENT_FINDING] = {AUDIT_ANOM_ACCESS_FS, "detect", false},
        [EVENT_VERDICT] = {AUDIT_RESP_ANOMALY, "report", false},
        [EVENT_QUARANTINED] = {AUDIT_RESP_ALERT, "quarantine", false},
        [EVENT_OPEN_DENIED] = {AUDIT_RESP_ALERT, "deny-open", false},
        [EVENT_RESPONSE_FAILED] = {AUDIT_RESP_ALERT, "quarantine", true},
        [EVENT_RELEASED] = {AUDIT_USYS_CONFIG, "release", false},
        [EVENT_APPROVED] = {AUDIT_USYS_CONFIG, "approve", false},
        [EVENT_REJECTED] = {AUDIT_USYS_CONFIG, "reject", false},
        [EVENT_REVOKED] = {AUDIT_USYS_CONFIG, "revoke", false},
        [EVENT_APPROVAL_EXPIRED] = {AUDIT_USYS_CONFIG, "expire", false},
        [EVENT_ROLLED_BACK] = {AUDIT_USYS_CONFIG, "rollback", false},
        [EVENT_PURGED] = {AUDIT_USYS_CONFIG, "purge", false},
        [EVENT_ACCESS_DENIED] = {AUDIT_USYS_CONFIG, "refuse", true},
        [EVENT_CONFIG_LOADED] = {AUDIT_USYS_CONFIG, "load-config", false},
        [EVENT_CONFIG_REFUSED] = {AUDIT_USYS_CONFIG, "load-config", true},
};

static bool is_token(const char *s)
{
        static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789._-";

        return *s != '\0' && s[strspn(s, plain)] == '\0';
}

/* Keys whose values ausearch -i decodes. */
static bool is_decoded(const char *key)
{
        return strcmp(key, "path") == 0 || strcmp(key, "acct") == 0;
}

static void put_value(struct buffer *out, const char *key, const char *value)
{
        if (!is_decoded(key)) {
                buffer_printf(out, " %s=%s", key, is_token(value) ? value : "?");
                return;
        }
        _cleanup_free_ char *encoded = audit_encode_nv_string(key, value, 0);
        if (!encoded)
                out->error = -ENOMEM;
        else
                buffer_printf(out, " %s", encoded);
}

/* A finding that the configuration suppresses is no anomaly. A verdict is recorded where offences
 * were found and left in place; one that orders a response is followed by the response's own
 * record. */
static bool is_recorded(const struct event *e)
{
        const char *action = e->fields[FIELD_ACTION];

        if (kinds[e->kind].type == 0)
                return false;
        if (e->kind == EVENT_FINDING)
                return standing_offends(e);
        if (e->kind != EVENT_VERDICT)
                return true;
        int a = action ? action_from_string(action) : -EINVAL;

        return standing_offends(e) && (a == ACTION_REPORT || a == ACTION_REQUIRE_APPROVAL);
}

static const char *op_of(const struct event *e)
{
        if (e->kind == EVENT_VERDICT)
                return e->fields[FIELD_ACTION];
        if (e->kind == EVENT_RESPONSE_FAILED && e->fields[FIELD_ACTION])
                return e->fields[FIELD_ACTION];
        return kinds[e->kind].op;
}

int audit_render(const struct event *e, int *ret_type, bool *ret_success, struct buffer *out)
{
        if (!is_recorded(e))
                return 0;
        buffer_puts(out, "op=");
        buffer_puts(out, is_token(op_of(e)) ? op_of(e) : "?");
        for (size_t i = 0; i < _FIELD_MAX; i++) {
                const char *key = field_info((enum field)i)->audit;

                if (*key && e->fields[i])
                        put_value(out, key, e->fields[i]);
        }
        if (out->error)
                return out->error;
        *ret_type = kinds[e->kind].type;
        *ret_success = !kinds[e->kind].failed;
        return 1;
}

const char *audit_type_name(int type)
{
        return audit_msg_type_to_name(type);
}

static struct sink *audit_free(struct sink *sink)
{
        struct audit *a = (struct audit *)sink;

        if (!a)
                return NULL;
        (void)fd_close(a->fd);
        buffer_done(&a->record);
        free(a);
        return NULL;
}

static int audit_new(struct sink **ret, const struct sink_config *config)
{
        struct audit *a = calloc(1, sizeof(*a));

        (void)config;
        if (!a)
                return -ENOMEM;
        a->sink.vtable = &sink_audit_vtable;
        a->fd = -1;
        *ret = &a->sink;
        return 0;
}

static int audit_deliver(struct sink *sink, const struct event *e)
{
        struct audit *a = (struct audit *)sink;
        int type = 0;
        bool success = true;

        buffer_reset(&a->record);
        int r = audit_render(e, &type, &success, &a->record);
        if (r <= 0)
                return r == -ENOMEM ? -EAGAIN : r;
        if (a->fd < 0)
                a->fd = audit_open();
        if (a->fd < 0)
                return -EAGAIN;
        /* 0 is a failure too: nothing was written */
        r = audit_log_user_message(a->fd, type, a->record.data, NULL, NULL, NULL, success);
        if (r > 0)
                return 0;
        a->fd = fd_close(a->fd);
        return -EAGAIN;
}

static int audit_reopen(struct sink *sink)
{
        struct audit *a = (struct audit *)sink;

        a->fd = fd_close(a->fd);
        return 0;
}

const struct sink_vtable sink_audit_vtable = {
        .name = "audit",
        .new = audit_new,
        .free = audit_free,
        .deliver = audit_deliver,
        .reopen = audit_reopen,
        .waits = true,
};
