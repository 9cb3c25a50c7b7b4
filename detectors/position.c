/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: counting lines, characters and, for UTF-16, bytes of the file.
 *
 * A line ends with LF, CRLF or a CR alone. Columns are characters of UTF-8; a byte that belongs to
 * none is one by itself, so that Latin-1 is counted right, too.
 */
#include "detectors/position.h"

#include "common/base/macros.h"
#include "detectors/utf16.h"

#define STEP_MIN ((size_t)16 << 10)

static void new_line(struct position *p)
{
        p->line++;
        p->column = 1;
}

static void step(struct position *p, uint8_t c)
{
        bool continues = p->inside > 0 && (c & 0xc0) == 0x80;

        p->at++;
        p->offset += p->wide ? utf16_width(c) : 1;
        p->inside = continues   ? (uint8_t)(p->inside - 1)
                    : c >= 0xf0 ? 3
                    : c >= 0xe0 ? 2
                    : c >= 0xc2 ? 1
                                : 0;
        if (c == '\r')
                new_line(p);
        else if (c == '\n') {
                if (!p->cr)
                        new_line(p);
        } else if (!continues)
                p->column++;
        p->cr = c == '\r';
}

void position_index_init(struct position_index *x, const struct position *start,
                         const uint8_t *text, size_t n)
{
        x->text = text;
        x->n = n;
        x->step = MAX_OF(STEP_MIN, n / POSITION_MARKS + 1);
        x->mark[0] = x->last = *start;
        x->mark[0].at = x->last.at = 0;
        x->known = 1;
}

/* Goes on from the last mark that is known. */
static void extend(struct position_index *x)
{
        struct position p = x->mark[x->known - 1];
        size_t to = MIN_OF(x->n, x->known * x->step);

        while (p.at < to)
                step(&p, x->text[p.at]);
        x->mark[x->known++] = p;
}

struct position position_index_at(struct position_index *x, size_t at)
{
        size_t to = MIN_OF(at, x->n);
        size_t mark = MIN_OF(to / x->step, (size_t)POSITION_MARKS - 1);

        while (x->known <= mark)
                extend(x);
        struct position p = x->mark[mark];
        if (x->last.at <= to && x->last.at > p.at)
                p = x->last;
        while (p.at < to)
                step(&p, x->text[p.at]);
        x->last = p;
        return p;
}

struct position position_index_offset(struct position_index *x, uint64_t offset)
{
        unsigned mark = 0;

        /* a mark's bytes of the file are not known before it is */
        while (x->mark[x->known - 1].offset < offset && x->known < POSITION_MARKS &&
               x->mark[x->known - 1].at < x->n)
                extend(x);
        while (mark + 1 < x->known && x->mark[mark + 1].offset <= offset)
                mark++;
        struct position p = x->mark[mark];
        while (p.at < x->n && p.offset < offset)
                step(&p, x->text[p.at]);
        return p;
}
