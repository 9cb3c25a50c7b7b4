/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "detectors/formats/cursor.h"

/* `<<NAME` or `<<-NAME` begins here. */
bool hcl_heredoc_begins(const struct cursor *c);
/* Steps behind the closing name. False if there is none: the cursor is at the end of the text. */
bool hcl_heredoc_skip(struct cursor *c);

/* Reads the heredoc that begins here: a STRING, or UNKNOWN with templates in it. The cursor is
 * behind the closing name. NULL if memory is out (doc_error); *ret_ended is false if it does not
 * end. */
struct node *hcl_heredoc_read(struct cursor *c, struct doc *d, bool *ret_ended);
