/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the audit sink of a build without libaudit: it says so when it is asked for.
 */
#include "daemon/sinks/audit.h"
#include "daemon/sinks/sink-table.h"

int audit_render(const struct event *e, int *ret_type, bool *ret_success, struct buffer *out)
{
        (void)e;
        (void)ret_type;
        (void)ret_success;
        (void)out;
        return -EOPNOTSUPP;
}

const char *audit_type_name(int type)
{
        (void)type;
        return NULL;
}

static int audit_new(struct sink **ret, const struct sink_config *config)
{
        (void)ret;
        (void)config;
        return -EOPNOTSUPP;
}

static struct sink *audit_free(struct sink *sink)
{
        (void)sink;
        return NULL;
}

static int audit_deliver(struct sink *sink, const struct event *e)
{
        (void)sink;
        (void)e;
        return -EOPNOTSUPP;
}

const struct sink_vtable sink_audit_vtable = {
        .name = "audit",
        .new = audit_new,
        .free = audit_free,
        .deliver = audit_deliver,
};
