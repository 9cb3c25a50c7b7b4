/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detectors/secrets/form.h"
#include "detectors/secrets/judge.h"
#include "detectors/secrets/rarity.h"

/* What is assigned, and how. */
struct value {
        const uint8_t *s;
        size_t n;
        bool quoted;
        bool code;   /* in a language where an unquoted word is a name */
        bool prose;  /* name and value are separated by nothing but a space */
        bool comma;  /* or by a comma: arguments */
        bool equals; /* by =, as settings are */
        bool option; /* of a command, or a variable of an image: a space is an assignment there */
        struct rarity_shape shape;
        double surprise;
        enum form form;
};

bool value_equals(const struct value *v, const char *word);
bool value_holds(const struct value *v, const char *word);
bool value_has_any(const struct value *v, const char *chars);
/* a.b(c), self.x_y, Some::Name, some-words-like-these: what a person or a program calls a thing. */
bool value_is_name_like(const struct value *v);
bool value_is_path_or_file(const struct value *v);
/* Words that a person writes where a secret will be. */
bool value_is_stand_in(const struct value *v);
/* an_identifier or a.path of them: what an unquoted word is in code */
bool value_is_identifier(const struct value *v);
/* Brackets that no expression could have: one kind closes what another opened. */
bool value_is_misnested(const struct value *v);
/* Text that no person makes up. */
bool value_is_rare(const struct value *v, bool strict);
/* Nobody has made it up, and it is too long to have come about by chance. */
bool value_is_beyond_doubt(const struct value *v);
/* Shorter than a token usually is: letters, digits and turns in it must make up for that. */
bool value_is_short_but_rare(const struct value *v);
/* Some services hand out long numbers. */
bool value_is_number(const struct value *v);
bool value_is_strong_password(const struct value *v);
/* Names and operators between them, as an expression has them. */
bool value_is_expression(const struct value *v);
/* Tells somebody something: a label, a message, a description. */
bool value_speaks(const struct value *v);
/* So many small words in a row, in quotes. What a user interface says begins with a capital, ends
 * with a full stop or speaks to somebody. */
bool value_is_passphrase(const struct value *v, unsigned words);
/* UTF-8 without control characters: what is found in compressed data is none. */
bool value_is_text(const struct value *v);
/* The secret of the case, whose name ends at name_end (an offset in c->data). */
struct value value_of(const struct judge_case *c, size_t name_end);
