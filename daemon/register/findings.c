/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the table of findings: what was found in an artefact when it was last looked at.
 * Does not own: artefacts (artefacts.c), with which findings go, by a trigger.
 * Ownership: callbacks borrow the structs they are given.
 */
#include <string.h>

#include "common/base/text.h"
#include "daemon/register/artefacts.h"

static int finding_write(struct reg *r, uint64_t row, size_t n, const struct finding *f)
{
        struct query q = query_kept(r, STATEMENT_FINDING_INSERT);

        query_u64(&q, row);
        query_u64(&q, n);
        query_text(&q, f->rule);
        query_text(&q, f->title);
        query_text(&q, f->redacted);
        query_text(&q, f->detail);
        query_text(&q, f->remediation);
        query_text(&q, f->fingerprint);
        query_text(&q, finding_class_to_string(f->class));
        query_text(&q, severity_to_string(f->severity));
        query_text(&q, confidence_to_string(f->confidence));
        query_text(&q, certainty_to_string(f->certainty));
        query_u64(&q, f->line);
        query_u64(&q, f->column);
        query_u64(&q, f->end_line);
        query_u64(&q, f->offset);
        query_u64(&q, f->length);
        query_u64(&q, f->comment);
        return query_run(&q);
}

int findings_write(struct reg *r, uint64_t artefact, const struct finding *findings, size_t n)
{
        int k = 0;

        for (size_t i = 0; i < n && k == 0; i++)
                k = finding_write(r, artefact, i, &findings[i]);
        return k;
}

int findings_clear(struct reg *r, uint64_t artefact)
{
        struct query q = query_kept(r, STATEMENT_FINDING_CLEAR);

        query_u64(&q, artefact);
        return query_run(&q);
}

/* Text that was printable when it was put there, and is again if the file was damaged. */
static void column_printable(struct query *q, int column, char *dst, size_t size)
{
        char text[FINDING_REMEDIATION_MAX + FINDING_DETAIL_MAX];

        query_column_copy(q, column, text, sizeof(text));
        (void)text_printable(dst, size, text, strlen(text));
}

static void finding_read(struct query *q, struct finding *f)
{
        const int c = ARTEFACT_N_COLUMNS;

        *f = (struct finding){.rule = ""};
        column_printable(q, c, f->rule, sizeof(f->rule));
        column_printable(q, c + 1, f->title, sizeof(f->title));
        column_printable(q, c + 2, f->redacted, sizeof(f->redacted));
        column_printable(q, c + 3, f->detail, sizeof(f->detail));
        column_printable(q, c + 4, f->remediation, sizeof(f->remediation));
        column_printable(q, c + 5, f->fingerprint, sizeof(f->fingerprint));
        f->class = (uint16_t)query_column_enum(q, c + 6, finding_class_from_string);
        f->severity = (uint8_t)query_column_enum(q, c + 7, severity_from_string);
        f->confidence = (uint8_t)query_column_enum(q, c + 8, confidence_from_string);
        f->certainty = (uint8_t)query_column_enum(q, c + 9, certainty_from_string);
        f->line = (uint32_t)query_column_u64(q, c + 10);
        f->column = (uint32_t)query_column_u64(q, c + 11);
        f->end_line = (uint32_t)query_column_u64(q, c + 12);
        f->offset = query_column_u64(q, c + 13);
        f->length = (uint32_t)query_column_u64(q, c + 14);
        f->comment = query_column_u64(q, c + 15) == 1;
}

typedef int finding_fn(void *userdata, const struct reg_artefact *a, const struct finding *f);

static int tell(struct query *q, finding_fn *fn, void *userdata)
{
        _cleanup_(reg_artefact_done) struct reg_artefact a = {.id = ""};
        struct finding f;
        int k = artefact_read(q, &a);

        if (k < 0)
                return k;
        finding_read(q, &f);
        return fn(userdata, &a, &f) != 0;
}

int reg_finding_each(struct reg *r, const char *artefact_id,
                     int (*fn)(void *userdata, const struct reg_artefact *a,
                               const struct finding *f),
                     void *userdata)
{
        _cleanup_query_ struct query q =
                query_fresh(r, "SELECT " ARTEFACT_COLUMNS ", " FINDING_COLUMNS
                               " FROM artefacts a JOIN findings f ON f.artefact = a.row WHERE a.id "
                               "= ? ORDER BY f.n");
        int k;

        query_text(&q, artefact_id);
        while ((k = query_step(&q)) > 0) {
                k = tell(&q, fn, userdata);
                if (k != 0)
                        return MIN_OF(k, 0);
        }
        return k;
}

int reg_finding_step(struct reg *r, struct reg_finding_place *place, size_t max,
                     int (*fn)(void *userdata, const struct reg_artefact *a,
                               const struct finding *f),
                     void *userdata)
{
        _cleanup_query_ struct query q =
                query_fresh(r, "SELECT " ARTEFACT_COLUMNS ", " FINDING_COLUMNS
                               ", f.artefact, f.n FROM findings f CROSS JOIN artefacts a"
                               " ON a.row = f.artefact WHERE (f.artefact, f.n) >= (?, ?)"
                               " ORDER BY f.artefact, f.n");
        const int last = ARTEFACT_N_COLUMNS + FINDING_N_COLUMNS;

        query_u64(&q, place->artefact);
        query_u64(&q, place->n);
        for (size_t i = 0; i < max; i++) {
                int k = query_step(&q);

                if (k <= 0)
                        return k;
                k = tell(&q, fn, userdata);
                if (k < 0)
                        return k;
                uint64_t artefact = query_column_u64(&q, last), n = query_column_u64(&q, last + 1);
                /* a damaged table may lead back to where one was, without end */
                if (artefact < place->artefact || (artefact == place->artefact && n < place->n)) {
                        reg_condemn(r);
                        return -EUCLEAN;
                }
                *place = (struct reg_finding_place){artefact, n + 1};
                if (k > 0)
                        break;
        }
        return 1;
}
