/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: checking and ordering findings.
 */
#include "common/model/finding.h"

#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"

bool finding_text_valid(const char *s, size_t size)
{
        size_t n = strnlen(s, size);

        return n < size && text_is_printable(s, n);
}

bool finding_valid(const struct finding *f)
{
        return finding_text_valid(f->rule, sizeof(f->rule)) &&
               finding_text_valid(f->title, sizeof(f->title)) &&
               finding_text_valid(f->redacted, sizeof(f->redacted)) &&
               finding_text_valid(f->detail, sizeof(f->detail)) &&
               finding_text_valid(f->remediation, sizeof(f->remediation)) &&
               finding_text_valid(f->fingerprint, sizeof(f->fingerprint)) &&
               f->class < _CLASS_MAX && f->severity < _SEVERITY_MAX &&
               f->confidence < _CONFIDENCE_MAX && f->certainty < _CERTAINTY_MAX && f->comment <= 1;
}

const char *finding_said(const struct finding *f, bool obeyed, char buf[static FINDING_SAID_MAX])
{
        (void)snprintf(buf, FINDING_SAID_MAX, "%s%s%s%s", f->detail,
                       f->comment && *f->detail ? "; " : "",
                       f->comment ? "the line carries a suppression comment" : "",
                       !f->comment ? ""
                       : obeyed    ? " (allowed)"
                                   : " (ignored)");
        return buf;
}

int finding_compare(const void *a, const void *b)
{
        const struct finding *x = a, *y = b;

        if (x->line != y->line)
                return x->line < y->line ? -1 : 1;
        if (x->column != y->column)
                return x->column < y->column ? -1 : 1;
        return strcmp(x->rule, y->rule);
}
