/* SPDX-FileCopyrightText: giad maintainers */
#include "tests/unit/value.h"

#include <string.h>

#include "common/base/buffer.h"
#include "detectors/formats/format.h"

struct doc *value_read(const char *format, const char *text)
{
        struct doc_error error;
        struct doc *d = NULL;

        assert_int_equal(doc_new(&d, NULL), 0);
        if (format_by_name(format)->parse(d, text, strlen(text), &error) < 0)
                fail_msg("%s: %s", text, error.message);
        return d;
}

static void show(const struct node *n, struct buffer *out)
{
        bool map = n && n->type == NODE_MAPPING, list = n && n->type == NODE_SEQUENCE;

        if (!n) {
                buffer_puts(out, "(none)");
                return;
        }
        if (!map && !list) {
                buffer_puts(out, n->type == NODE_UNKNOWN ? "?" : "");
                assert_non_null(n->text); /* every scalar has one */
                buffer_puts(out, n->text);
                return;
        }
        buffer_puts(out, map ? "{" : "[");
        NODE_CHILDREN(child, n)
        {
                buffer_puts(out, child == n->first ? "" : ", ");
                if (map) {
                        buffer_puts(out, child->key);
                        buffer_puts(out, ": ");
                }
                show(child, out);
        }
        buffer_puts(out, map ? "}" : "]");
}

void value_assert(const struct node *n, const char *wanted, const char *of)
{
        struct buffer out = {0};

        show(n, &out);
        const char *is = out.data ? (const char *)out.data : "";
        if (strcmp(is, wanted) != 0)
                fail_msg("%s: '%s', not '%s'", of, is, wanted);
        buffer_done(&out);
}
