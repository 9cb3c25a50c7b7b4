/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * The text between a file and libyaml. libyaml refuses control characters and bytes that are no
 * UTF-8, and counts in characters. Such bytes are handed to it in disguise (a private-use character
 * each) and come back as they were; places that libyaml names are turned into byte offsets of the
 * file.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detectors/formats/yaml-template.h"

struct yaml_text {
        const char *data; /* borrowed: the file behind its byte order mark */
        size_t size;
        size_t bom; /* bytes of the byte order mark */
        bool ascii; /* a character is a byte */
        char *safe; /* what libyaml reads if it is not data itself, or NULL */
        size_t safe_size;
        size_t char_at, byte_at;         /* the place that was asked for last */
        struct yaml_templates templates; /* that were painted over */
};
#define YAML_TEXT_NULL ((struct yaml_text){0})

/* Borrows data. Returns 0 or -ENOMEM. */
int yaml_text_init(struct yaml_text *t, const char *data, size_t n);
void yaml_text_done(struct yaml_text *t);

/* Paints templates over, so that libyaml sees blanks or a word in their places. Returns 1, 0 if
 * there are none, or -ENOMEM. */
int yaml_text_paint(struct yaml_text *t);

/* Byte in t->data of libyaml's character `index`. Takes time linear in the distance from the place
 * that was asked for before. */
size_t yaml_text_byte(struct yaml_text *t, size_t index);

/* Turns n bytes that libyaml returned back into what the file holds, in place; returns their
 * number. */
size_t yaml_text_restore(const struct yaml_text *t, char *s, size_t n);

struct yaml_place {
        uint32_t line, column; /* from 1 */
        size_t byte;           /* in yaml_text.data */
};

/* libyaml lets a value begin at its anchor or tag: where it begins behind them, perhaps lines
 * below, but not behind `end`. */
struct yaml_place yaml_text_skip_properties(const struct yaml_text *t, struct yaml_place at,
                                            size_t end);
