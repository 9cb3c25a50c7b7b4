/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what references in XML stand for (XML 1.0, 4.1 and 4.6).
 * Does not own: where they stand (xml.c).
 *
 * An entity holds no other one here, and is short: so a text grows by a known factor at most, and
 * nothing recurses ("billion laughs"). External entities are never looked for.
 */
#include "detectors/formats/xml-text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/json-string.h"

#define VALUE_MAX 64u
#define REFERENCE_MAX 64u

void xml_entities_add(struct xml_entities *e, const char *name, size_t name_n, const char *value,
                      size_t value_n)
{
        if (e->n == XML_ENTITIES_MAX || name_n == 0 || value_n > VALUE_MAX ||
            memchr(value, '&', value_n) || memchr(value, '%', value_n) ||
            memchr(value, '<', value_n))
                return;
        e->list[e->n++] = (struct xml_entity){
                .name = name, .value = value, .name_n = name_n, .value_n = value_n};
}

size_t xml_text_room(const struct xml_entities *e, const char *s, size_t n)
{
        size_t room = n;

        for (const char *at = s; e->n > 0 && (at = memchr(at, '&', (size_t)(s + n - at))); at++)
                room += VALUE_MAX;
        return room;
}

static const struct xml_entity *find_entity(const struct xml_entities *e, const char *name,
                                            size_t n)
{
        static const struct xml_entity known[] = {
                {"lt", "<", 2, 1},    {"gt", ">", 2, 1},   {"amp", "&", 3, 1},
                {"quot", "\"", 4, 1}, {"apos", "'", 4, 1},
        };

        for (size_t i = 0; i < ELEMENTSOF(known); i++)
                if (known[i].name_n == n && memcmp(known[i].name, name, n) == 0)
                        return &known[i];
        for (size_t i = 0; i < e->n; i++)
                if (e->list[i].name_n == n && memcmp(e->list[i].name, name, n) == 0)
                        return &e->list[i];
        return NULL;
}

/* #65 or #x41 */
static size_t put_character(char *dst, const char *s, size_t n)
{
        char digits[12], *end = NULL;
        bool hex = n > 1 && s[1] == 'x';
        size_t k = n - (hex ? 2 : 1);

        if (k == 0 || k >= sizeof(digits))
                return 0;
        memcpy(digits, s + n - k, k);
        digits[k] = '\0';
        unsigned long code = strtoul(digits, &end, hex ? 16 : 10);
        if (*end != '\0' || end == digits || code == 0 || code > UINT32_MAX)
                return 0;
        return json_string_encode(dst, (uint32_t)code); /* no longer than the reference */
}

/* The reference whose name is s[0..n). Returns how many bytes it stands for; false: not known. */
static bool put_reference(const struct xml_entities *e, const char *s, size_t n, char *dst,
                          size_t *used)
{
        size_t k = n > 1 && s[0] == '#' ? put_character(dst + *used, s, n) : 0;
        const struct xml_entity *entity = k == 0 ? find_entity(e, s, n) : NULL;

        if (entity && entity->value_n > 0)
                memcpy(dst + *used, entity->value, entity->value_n);
        *used += entity ? entity->value_n : k;
        return entity || k > 0;
}

bool xml_text_decode(const struct xml_entities *e, const char *s, size_t n, char *dst, size_t *used)
{
        const char *end = s + n;
        bool known = true;

        while (s < end) {
                const char *next = memchr(s, '&', (size_t)(end - s)) ?: end;
                size_t left = (size_t)(end - next);

                memcpy(dst + *used, s, (size_t)(next - s));
                *used += (size_t)(next - s);
                s = next;
                if (left == 0)
                        break;
                const char *semicolon = memchr(next, ';', MIN_OF(left, (size_t)REFERENCE_MAX));
                if (semicolon &&
                    put_reference(e, next + 1, (size_t)(semicolon - next) - 1, dst, used)) {
                        s = semicolon + 1;
                        continue;
                }
                known &= !semicolon;
                dst[(*used)++] = *s++;
        }
        return known;
}
