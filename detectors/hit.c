/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the secrets found in one file until they become findings: collecting, merging, ordering.
 *
 * Must not own: secret bytes. A hit has the redaction and the keyed fingerprint only.
 *
 * Several rules may match at one place: the token's own rule, a rule for the assignment around it,
 * the generic one. Only the most specific is reported. Hits come from overlapping pieces of a file,
 * so they are merged once, at its end.
 */
#include "detectors/hit.h"

#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/secrets/judge.h"

int hits_add(struct hits *hits, const struct hit *h)
{
        if (hits->n == hits->alloc) {
                size_t alloc = hits->alloc ? hits->alloc * 2 : 64;
                struct hit *list = reallocarray(hits->list, alloc, sizeof(*list));

                if (!list)
                        return -ENOMEM;
                hits->list = list;
                hits->alloc = alloc;
        }
        hits->list[hits->n++] = *h;
        return 0;
}

void hits_reset(struct hits *hits)
{
        /* a file with very many should not hold memory for all that follow */
        if (hits->alloc > 4096)
                hits_done(hits);
        hits->n = 0;
}

void hits_done(struct hits *hits)
{
        free(hits->list);
        *hits = HITS_NULL;
}

/* Goes by names and randomness: any rule with a shape knows better. */
static bool is_generic(const struct rule *rule)
{
        return judge_goes_by_name(rule->pattern.validator);
}

/* Whether all of the match of `raw`, wherever its secret stands in it, was looked at as plain text
 * when `plain` was found there. */
static bool looked_at_plain(const struct hit *raw, const struct hit *plain)
{
        uint64_t from = raw->end > raw->around ? raw->end - raw->around : 0;

        return plain->rewritten && from >= plain->plain_from &&
               raw->start + raw->around <= plain->plain_to;
}

/* The rule's own confidence says how specific it is; that of the hit may have been moved by a
 * checksum. */
static bool is_better(const struct hit *a, const struct hit *b)
{
        if (a->rule == b->rule && a->decoded != b->decoded) {
                const struct hit *decoded = a->decoded ? a : b;

                return a->decoded ==
                       (!decoded->doubtful || (a->start != b->start && !decoded->unlikely));
        }
        if (is_generic(a->rule) != is_generic(b->rule))
                return !is_generic(a->rule);
        /* what was found in the escapes themselves is of a rule that the plain text does not fit */
        if (a->decoded != b->decoded &&
            (a->decoded ? looked_at_plain(b, a) : looked_at_plain(a, b)))
                return a->decoded;
        if (a->rule->confidence != b->rule->confidence)
                return a->rule->confidence > b->rule->confidence;
        if (a->rule->severity != b->rule->severity)
                return a->rule->severity > b->rule->severity;
        if (a->around != b->around)
                return a->around > b->around;
        return strcmp(a->rule->id, b->rule->id) < 0;
}

static int compare_place(const void *a, const void *b)
{
        const struct hit *x = a, *y = b;

        if (x->aside != y->aside)
                return x->aside < y->aside ? -1 : 1;
        if (x->start != y->start)
                return x->start < y->start ? -1 : 1;
        if (x->end != y->end)
                return x->end > y->end ? -1 : 1;
        return strcmp(x->rule->id, y->rule->id);
}

static int compare_worst(const void *a, const void *b)
{
        const struct hit *x = a, *y = b;

        if (x->severity != y->severity)
                return x->severity > y->severity ? -1 : 1;
        if (x->confidence != y->confidence)
                return x->confidence > y->confidence ? -1 : 1;
        return compare_place(a, b);
}

void hits_merge(struct hits *hits)
{
        size_t kept = 0;

        if (hits->n == 0)
                return;
        qsort(hits->list, hits->n, sizeof(*hits->list), compare_place);
        for (size_t i = 1; i < hits->n; i++) {
                struct hit *last = &hits->list[kept], *h = &hits->list[i];

                if (h->aside != last->aside || h->start >= last->end)
                        hits->list[++kept] = *h;
                else if (is_better(h, last))
                        *last = *h;
        }
        hits->n = kept + 1;
}

/* The hit that begins there: hits are in the order of places and do not overlap. */
static struct hit *hit_at(struct hits *hits, uint32_t aside, uint64_t start)
{
        size_t from = 0, to = hits->n;

        while (from < to) {
                size_t middle = from + (to - from) / 2;
                struct hit *h = &hits->list[middle];

                if (h->aside == aside && h->start == start)
                        return h;
                if (h->aside < aside || (h->aside == aside && h->start < start))
                        from = middle + 1;
                else
                        to = middle;
        }
        return NULL;
}

void hits_join_companions(struct hits *hits)
{
        size_t kept = 0;

        for (size_t i = 0; i < hits->n; i++) {
                struct hit *h = &hits->list[i], *id = NULL;

                if (h->has_companion)
                        id = hit_at(hits, h->aside, h->companion_start);
                /* by its rule: a secret that happens to begin there stays */
                if (id && id != h && id->rule->severity == SEVERITY_INFO)
                        id->joined = true;
        }
        for (size_t i = 0; i < hits->n; i++)
                if (!hits->list[i].joined)
                        hits->list[kept++] = hits->list[i];
        hits->n = kept;
}

void hits_sort_worst(struct hits *hits)
{
        if (hits->n)
                qsort(hits->list, hits->n, sizeof(*hits->list), compare_worst);
}

void hit_to_finding(const struct hit *h, struct finding *f)
{
        *f = (struct finding){
                .class = (uint16_t)h->class,
                .severity = (uint8_t)h->severity,
                .confidence = (uint8_t)h->confidence,
                .certainty = CERTAINTY_YES,
                .line = h->line,
                .column = h->column,
                .end_line = h->end_line,
                .offset = h->shown_offset,
                .length = h->shown_length,
        };
        (void)text_copy(f->rule, sizeof(f->rule), h->rule->id);
        (void)text_copy(f->title, sizeof(f->title), h->rule->title);
        (void)text_copy(f->remediation, sizeof(f->remediation), h->rule->remediation);
        (void)text_copy(f->redacted, sizeof(f->redacted), h->redacted);
        (void)text_copy(f->detail, sizeof(f->detail), h->detail);
        text_hex(f->fingerprint, h->fingerprint, sizeof(h->fingerprint));
}
