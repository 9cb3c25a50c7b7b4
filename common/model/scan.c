/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: filling scan results within their bounds, and checking those that came over a socket.
 */
#include "common/model/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"

void scan_result_add_gap(struct scan_result *r, enum reason reason, uint32_t line)
{
        for (unsigned i = 0; i < r->n_gaps; i++)
                if (r->gaps[i].reason == reason)
                        return;
        if (r->n_gaps < SCAN_GAPS_MAX)
                r->gaps[r->n_gaps++] = (struct scan_gap){.reason = (uint16_t)reason, .line = line};
}

struct finding *scan_result_add_finding(struct scan_result *r)
{
        if (r->n_findings == SCAN_FINDINGS_MAX) {
                r->findings_dropped++;
                scan_result_add_gap(r, REASON_FINDINGS_CAPPED, 0);
                return NULL;
        }
        struct finding *f = &r->findings[r->n_findings++];
        memset(f, 0, sizeof(*f));
        return f;
}

void scan_result_sort(struct scan_result *r)
{
        qsort(r->findings, r->n_findings, sizeof(r->findings[0]), finding_compare);
}

static int compare_assertions(const void *a, const void *b)
{
        const struct assertion *x = a, *y = b;
        int order = assertion_compare(x, y);

        if (order == 0)
                order = (int)x->certainty - (int)y->certainty;
        return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

/* The same is often said by several rules: room is for what is different. */
static struct assertion *said_before(struct scan_result *r, const struct assertion *a)
{
        for (uint32_t i = 0; i < r->n_assertions; i++)
                if (assertion_compare(&r->assertions[i], a) == 0)
                        return &r->assertions[i];
        return NULL;
}

void scan_result_assert(struct scan_result *r, enum assertion_kind kind, const char *text,
                        enum certainty certainty, uint32_t line)
{
        struct assertion a = {.line = line, .kind = (uint8_t)kind, .certainty = (uint8_t)certainty};

        (void)text_printable(a.text, sizeof(a.text), text, strlen(text));
        struct assertion *before = said_before(r, &a);
        if (before && compare_assertions(&a, before) < 0)
                *before = a;
        else if (!before && r->n_assertions == SCAN_ASSERTIONS_MAX)
                r->assertions_dropped++;
        else if (!before)
                r->assertions[r->n_assertions++] = a;
}

void scan_result_sort_assertions(struct scan_result *r)
{
        uint32_t n = 0;

        qsort(r->assertions, r->n_assertions, sizeof(r->assertions[0]), compare_assertions);
        for (uint32_t i = 0; i < r->n_assertions; i++)
                if (n == 0 || assertion_compare(&r->assertions[n - 1], &r->assertions[i]) != 0)
                        r->assertions[n++] = r->assertions[i];
        r->n_assertions = n;
}

static size_t findings_end(const struct scan_result *r)
{
        return offsetof(struct scan_result, findings) + r->n_findings * sizeof(r->findings[0]);
}

static size_t assertions_size(const struct scan_result *r)
{
        return r->n_assertions * sizeof(r->assertions[0]);
}

size_t scan_result_size(const struct scan_result *r)
{
        return findings_end(r) + assertions_size(r);
}

void scan_answer_pack(struct scan_answer *answer)
{
        struct scan_result *r = &answer->result;

        memmove((char *)r + findings_end(r), r->assertions, assertions_size(r));
}

void scan_answer_unpack(struct scan_answer *answer)
{
        struct scan_result *r = &answer->result;

        memmove(r->assertions, (char *)r + findings_end(r), assertions_size(r));
}

void scan_repository_close(struct scan_repository *r)
{
        for (unsigned i = 0; i < _SCAN_REPOSITORY_MAX; i++)
                r->fds[i] = fd_close(r->fds[i]);
}

void scan_container_close(struct scan_container *c)
{
        for (unsigned i = 0; i < SCAN_CONTAINER_FDS; i++)
                c->fds[i] = fd_close(c->fds[i]);
}

size_t scan_answer_size(const struct scan_answer *answer)
{
        return offsetof(struct scan_answer, result) + scan_result_size(&answer->result) +
               answer->about_size;
}

struct scan_about *scan_answer_about(struct scan_answer *answer)
{
        char *result = (char *)&answer->result;

        return answer->about_size > 0
                       ? (struct scan_about *)(void *)(result + scan_result_size(&answer->result))
                       : NULL;
}

static bool about_valid(const struct scan_about *about)
{
        return about->repository <= 1 && about->container <= 1 && about->command_clean <= 1 &&
               finding_text_valid(about->container_runtime, sizeof(about->container_runtime)) &&
               finding_text_valid(about->container_name, sizeof(about->container_name)) &&
               finding_text_valid(about->container_image, sizeof(about->container_image)) &&
               finding_text_valid(about->command, sizeof(about->command)) &&
               finding_text_valid(about->branch, sizeof(about->branch)) &&
               finding_text_valid(about->commit, sizeof(about->commit)) &&
               finding_text_valid(about->url, sizeof(about->url));
}

int scan_answer_check(const struct scan_answer *answer, size_t n)
{
        const struct scan_result *r = &answer->result;
        const size_t fixed = offsetof(struct scan_answer, result.findings);

        if (n < fixed || answer->type != SCAN_ANSWER || r->n_findings > SCAN_FINDINGS_MAX ||
            r->n_assertions > SCAN_ASSERTIONS_MAX ||
            (answer->about_size != 0 && answer->about_size != sizeof(struct scan_about)) ||
            n != scan_answer_size(answer))
                return -EBADMSG;
        if (answer->about_size > 0 &&
            !about_valid(
                    (const struct scan_about *)((const char *)answer + n - answer->about_size)))
                return -EBADMSG;
        if (r->artefact >= _ARTEFACT_MAX || r->n_gaps > SCAN_GAPS_MAX || r->hashed > 1 ||
            !finding_text_valid(r->format, sizeof(r->format)) ||
            !finding_text_valid(r->evidence, sizeof(r->evidence)) ||
            !finding_text_valid(r->shown, sizeof(r->shown)))
                return -EBADMSG;
        for (unsigned i = 0; i < r->n_gaps; i++)
                if (r->gaps[i].reason == REASON_NONE || r->gaps[i].reason >= _REASON_MAX)
                        return -EBADMSG;
        for (unsigned i = 0; i < r->n_findings; i++)
                if (!finding_valid(&r->findings[i]))
                        return -EBADMSG;
        const struct assertion *a =
                (const struct assertion *)(const void *)((const char *)r + findings_end(r));
        for (unsigned i = 0; i < r->n_assertions; i++)
                if (!assertion_valid(&a[i]))
                        return -EBADMSG;
        return 0;
}
