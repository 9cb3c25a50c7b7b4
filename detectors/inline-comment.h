/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Lines that carry a comment by which some scanner is told to be silent. giad reports such a
 * comment with the finding; whether it is obeyed is for policy to say, so nothing here leaves
 * anything out. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detectors/position.h"

struct inline_line {
        uint32_t line;
        bool secrets; /* meant for findings of secrets only */
};

/* The lines of one file that were seen to carry a comment, in their order. */
struct inline_comments {
        struct inline_line *list;
        size_t n, alloc;
};

/* Looks through the index's text; what was seen before (pieces overlap) is not
 * taken twice. Past a bound further lines are not kept: their findings count as if there were no
 * comment. Returns 0 or -ENOMEM. */
int inline_comments_read(struct inline_comments *c, struct position_index *index);
/* True if one of the lines first..last carries a comment that is meant for such a finding. */
bool inline_comments_cover(const struct inline_comments *c, uint32_t first, uint32_t last,
                           bool secret);
void inline_comments_reset(struct inline_comments *c);
void inline_comments_done(struct inline_comments *c);
