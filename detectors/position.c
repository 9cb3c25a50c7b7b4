/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: counting lines, characters and, for UTF-16, bytes of the file. Going over a text once for
 * any number of positions in order keeps files of one long line linear.
 */
#include "detectors/position.h"

#include "detectors/utf16.h"

static void step(struct position *p, uint8_t c)
{
        p->at++;
        p->offset += p->wide ? utf16_width(c) : 1;
        if (c == '\n') {
                p->line++;
                p->column = 1;
        } else if ((c & 0xc0) != 0x80)
                p->column++;
}

void position_advance(struct position *p, const uint8_t *text, size_t to)
{
        while (p->at < to)
                step(p, text[p->at]);
}

void position_advance_to_offset(struct position *p, const uint8_t *text, size_t n, uint64_t offset)
{
        while (p->at < n && p->offset < offset)
                step(p, text[p->at]);
}
