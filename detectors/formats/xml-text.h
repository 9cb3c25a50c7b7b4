/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* References in texts of XML: &lt;, &#65;, and the entities that the file itself defines. */

#include <stdbool.h>
#include <stddef.h>

#define XML_ENTITIES_MAX 64u

struct xml_entities {
        struct xml_entity {
                const char *name, *value; /* borrowed from the file */
                size_t name_n, value_n;
        } list[XML_ENTITIES_MAX];
        size_t n;
};

/* Notes what `name` stands for, if it is short and holds no reference itself: of others, and of
 * files that would have to be opened, it is not known what they stand for. */
void xml_entities_add(struct xml_entities *e, const char *name, size_t name_n, const char *value,
                      size_t value_n);
/* How many bytes xml_text_decode() writes at most for these n. */
size_t xml_text_room(const struct xml_entities *e, const char *s, size_t n);
/* Writes s[0..n) with its references replaced to dst, and how much that is to *used. True if all of
 * them were known; the others stay as they are written. */
bool xml_text_decode(const struct xml_entities *e, const char *s, size_t n, char *dst,
                     size_t *used);
