/* SPDX-FileCopyrightText: giad maintainers */
/* Owns: an operator's decision as a record of the audit log. Does not own: giad's own records (daemon/sinks/audit.c), whose keys these have. */
#include "daemon/ctl/audit.h"

#include <libaudit.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/buffer.h"
#include "common/base/io.h"

static void put(struct buffer *b, const char *key, const char *value)
{
        _cleanup_free_ char *encoded = value ? audit_encode_nv_string(key, value, 0) : NULL;

        if (encoded)
                buffer_printf(b, " %s", encoded);
}

void audit_decision(struct ctl *ctl, const char *op, const char *id, const char *path)
{
        const struct config *c = ctl_config(ctl);
        uid_t login = audit_getloginuid();
        const struct passwd *who = getpwuid(login != (uid_t)-1 ? login : getuid());
        _cleanup_buffer_ struct buffer b = BUFFER_NULL;

        if (!c || !config_bool(c, OPTION_AUDIT))
                return;
        buffer_printf(&b, "op=%s", op);
        if (id)
                buffer_printf(&b, " id=%s", id);
        put(&b, "path", path);
        put(&b, "acct", who ? who->pw_name : NULL);
        _cleanup_close_ int fd = b.error ? -1 : audit_open();
        if (fd >= 0)
                (void)audit_log_user_message(fd, AUDIT_USYS_CONFIG, b.data, NULL, NULL, NULL, 1);
}
