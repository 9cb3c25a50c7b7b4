/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Between note-text.c and note-advice.c only. */

#include "common/model/advice.h"
#include "common/model/note-text.h"

/* As text within a line: printable, and nothing in it that Markdown or HTML would take for more. */
void note_put_text(struct buffer *b, const char *text);
/* In a code span, which it cannot end. */
void note_put_code(struct buffer *b, const char *text);

/* In which form the subject is written; a command is a shell's. */
enum advice_form note_form(const struct note_subject *s);

/* The sections that say why it matters and how it is written properly. They leave `reserve` bytes of
 * the note's limit for what follows. Returns 0 or -ENOMEM. */
int note_put_advice(struct buffer *out, const struct note_subject *s, size_t reserve);
