/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Owns: a report_check() that takes notes instead of making findings, so that an analyser is tested
 * without rules.
 */
#include "tests/unit/analyse.h"

#include <stdio.h>
#include <string.h>

#include "common/base/buffer.h"
#include "detectors/formats/format.h"
#include "detectors/formats/resolve.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

struct reporter {
        struct buffer out;
        char check[40], detail[256]; /* of the check that is asked for */
        unsigned count;
};

void report_check(struct reporter *r, const struct analyser *a, const char *check, struct spot at,
                  enum certainty certainty, int severity_delta, const char *identity,
                  const char *detail, ...)
{
        bool known = false;
        char text[512];
        va_list ap;

        for (size_t i = 0; a->checks[i]; i++)
                known = known || strcmp(a->checks[i], check) == 0;
        assert_true(known);
        assert_true(at.line > 0 && at.end_line >= 1);
        assert_true(!identity || identity[0] != '\0');
        va_start(ap, detail);
        (void)vsnprintf(text, sizeof(text), detail, ap);
        va_end(ap);
        assert_true(text[0] != '\0');
        buffer_printf(&r->out, "%s%s:%u", r->out.len > 0 ? " " : "", check, at.line);
        if (severity_delta)
                buffer_printf(&r->out, "%+d", severity_delta);
        if (certainty == CERTAINTY_UNKNOWN)
                buffer_putc(&r->out, '?');
        if (strcmp(r->check, check) == 0 && r->count++ == 0)
                (void)snprintf(r->detail, sizeof(r->detail), "%.255s", text);
}

static const struct resolve_peer *beside;

void analyse_beside(const struct resolve_peer *peer)
{
        beside = peer;
}

static void run(struct reporter *r, const struct analyser *a, const char *format, const char *text)
{
        _cleanup_(doc_freep) struct doc *doc = NULL;
        struct doc_error error;

        assert_int_equal(tree_parse(format, text, strlen(text), &doc, &error), 0);
        assert_int_equal(doc_resolve(doc, format, beside, beside ? 1 : 0), 0);
        struct subject s = {.path = "test",
                            .data = text,
                            .size = strlen(text),
                            .format = format,
                            .doc = doc,
                            .peers = beside,
                            .n_peers = beside ? 1 : 0};
        a->run(&s, r);
}

void analyse_assert(const struct analyser *a, const char *format, const char *text,
                    const char *expected)
{
        struct reporter r = {.out = BUFFER_NULL};

        run(&r, a, format, text);
        assert_string_equal(r.out.data ? r.out.data : "", expected);
        buffer_done(&r.out);
}

static unsigned count(const struct analyser *a, const char *format, const char *text,
                      const char *check, char *detail)
{
        struct reporter r = {.out = BUFFER_NULL};

        (void)snprintf(r.check, sizeof(r.check), "%s", check);
        run(&r, a, format, text);
        buffer_done(&r.out);
        if (detail)
                memcpy(detail, r.detail, sizeof(r.detail));
        return r.count;
}

void analyse_assert_has(const struct analyser *a, const char *format, const char *text,
                        const char *check)
{
        assert_true(count(a, format, text, check, NULL) > 0);
}

void analyse_assert_not(const struct analyser *a, const char *format, const char *text,
                        const char *check)
{
        assert_int_equal(count(a, format, text, check, NULL), 0);
}

const char *analyse_detail(const struct analyser *a, const char *format, const char *text,
                           const char *check)
{
        static char detail[256];

        assert_true(count(a, format, text, check, detail) > 0);
        return detail;
}
