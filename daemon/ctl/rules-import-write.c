/* SPDX-FileCopyrightText: giad maintainers */
/*
 * A rule as our packs write it.
 */
#include <ctype.h>
#include <string.h>

#include "daemon/ctl/rules-import.h"

#define REMEDIATION                                                                              \
        "Take it out of the file, replace it at its issuer, and read it from a secret store at " \
        "run time."

void rules_import_scalar(struct buffer *out, const char *s)
{
        for (const char *p = s; *p; p++)
                if (iscntrl((unsigned char)*p) || (unsigned char)*p >= 0x80) {
                        buffer_json_string(out, s);
                        return;
                }
        buffer_putc(out, '\'');
        for (const char *p = s; *p; p++) {
                if (*p == '\'')
                        buffer_putc(out, '\'');
                buffer_putc(out, *p);
        }
        buffer_putc(out, '\'');
}

static void put_pair(struct buffer *out, const char *key, const char *value)
{
        buffer_puts(out, key);
        rules_import_scalar(out, value);
        buffer_putc(out, '\n');
}

static void put_list(struct buffer *out, const char *key, const struct texts *list)
{
        if (list->n == 0)
                return;
        buffer_puts(out, key);
        for (size_t i = 0; i < list->n; i++) {
                buffer_puts(out, i > 0 ? ", " : "");
                rules_import_scalar(out, list->list[i]);
        }
        buffer_puts(out, "]\n");
}

void rules_import_write(struct buffer *out, const struct rules_import_rule *r)
{
        buffer_printf(out, "  - id: %s\n", r->id);
        put_pair(out, "    title: ", r->title);
        buffer_printf(out, "    class: %s\n    severity: high\n    confidence: %s\n", r->class,
                      r->confidence);
        put_pair(out, "    remediation: ", REMEDIATION);
        put_list(out, "    paths: [", r->paths);
        buffer_puts(out, "    pattern:\n");
        put_pair(out, "      regex: ", r->regex);
        if (r->anchor)
                put_pair(out, "      anchor: ", r->anchor);
        if (r->entropy > 0)
                buffer_printf(out, "      entropy: %.3g\n", r->entropy);
        put_list(out, "      stop: [", r->stop);
}
