/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: counting lines, characters and, for UTF-16, bytes of the file.
 *
 * A line ends with LF, CRLF or a CR alone. Columns are characters of UTF-8; a byte that belongs to
 * none is one by itself, so that Latin-1 is counted right, too.
 *
 * Most bytes are passed over in blocks: of lines only the number counts, and of the last line's
 * characters only whether all of a block are ASCII.
 */
#include "detectors/position.h"

#include <string.h>

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

#define BLOCK ((size_t)128) /* fixed, so that the compiler makes vectors of the loops */

/* Line ends in a block; s[-1] is there. */
static uint8_t block_lines(const uint8_t *s)
{
        const uint8_t *before = s - 1;
        uint8_t n = 0;

        for (size_t i = 0; i < BLOCK; i++) {
                uint8_t feed = s[i] == '\n', cr = s[i] == '\r', behind_cr = before[i] == '\r';

                n = (uint8_t)(n + (cr | (feed & (behind_cr ^ 1))));
        }
        return n;
}

static bool block_is_ascii(const uint8_t *s)
{
        uint8_t all = 0;

        for (size_t i = 0; i < BLOCK; i++)
                all |= s[i];
        return all < 0x80;
}

/* Counts the line ends of text[p->at..to) and stands behind the last of them. */
static void pass_lines(struct position *p, const uint8_t *text, size_t to)
{
        const uint8_t *feed = memrchr(text + p->at, '\n', to - p->at);
        const uint8_t *from = feed ? feed : text + p->at;
        const uint8_t *cr = memrchr(from, '\r', (size_t)(text + to - from));
        const uint8_t *last = cr ? cr : feed;

        if (!last)
                return;
        size_t begin = p->at, end = (size_t)(last - text);

        step(p, text[p->at]);
        for (; p->at + BLOCK <= end; p->at += BLOCK)
                p->line += block_lines(text + p->at);
        p->cr = text[p->at - 1] == '\r';
        p->offset += p->at - begin - 1;
        while (p->at <= end)
                step(p, text[p->at]);
        p->column = 1;
}

/* Goes on to text[to]. */
static void go(struct position *p, const uint8_t *text, size_t to)
{
        if (!p->wide && p->at + BLOCK <= to)
                pass_lines(p, text, to);
        while (p->at < to) {
                size_t stop = MIN_OF(p->at + BLOCK, to);

                if (p->wide || p->at + BLOCK > to || !block_is_ascii(text + p->at)) {
                        while (p->at < stop)
                                step(p, text[p->at]);
                        continue;
                }
                p->at = stop;
                p->offset += BLOCK;
                p->column += (uint32_t)BLOCK;
                p->inside = 0;
                p->cr = false;
        }
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

        go(&p, x->text, to);
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
        go(&p, x->text, to);
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
        if (!p.wide && p.offset < offset)
                go(&p, x->text, (size_t)MIN_OF((uint64_t)x->n, p.at + (offset - p.offset)));
        while (p.at < x->n && p.offset < offset)
                step(&p, x->text[p.at]);
        return p;
}
