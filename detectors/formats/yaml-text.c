/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the disguise of bytes that libyaml does not take, and the way from characters to bytes.
 * Does not own: the file's bytes, which are borrowed; YAML itself (yaml.c).
 * Why: a Latin-1 letter or an escape sequence in a comment must not hide a role binding from us,
 * and readers that are less strict than libyaml apply such files happily.
 */
#include "detectors/formats/yaml-text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"

/* A disguised byte is U+F700 plus its value: EF 9C 80 .. EF 9F BF. */
#define DISGUISE_WIDTH 3

static bool is_disguise(const unsigned char *u, size_t n)
{
        return n >= DISGUISE_WIDTH && u[0] == 0xef && u[1] >= 0x9c && u[1] <= 0x9f;
}

/* Bytes of the character at s that libyaml takes as it is and counts as one; 0: needs a disguise.
 * Its special line breaks (U+0085, U+2028, U+2029), which nobody else counts as lines, need one,
 * too. */
static size_t plain_width(const char *s, size_t n)
{
        const unsigned char *u = (const unsigned char *)s;

        if (u[0] < 0x80)
                return u[0] >= 0x20 ? u[0] != 0x7f : u[0] == '\t' || u[0] == '\n' || u[0] == '\r';

        size_t width = text_utf8_width(s, n);
        if (width == 2 && u[0] == 0xc2 && u[1] < 0xa0)
                return 0;
        if (width == 3 && u[0] == 0xe2 && u[1] == 0x80 && (u[2] == 0xa8 || u[2] == 0xa9))
                return 0;
        if (width == 3 && u[0] == 0xef &&
            ((u[1] == 0xbb && u[2] == 0xbf) || (u[1] == 0xbf && u[2] >= 0xbe)))
                return 0;
        return is_disguise(u, n) ? 0 : width;
}

static size_t step(const char *s, size_t n)
{
        return MAX_OF(plain_width(s, n), (size_t)1);
}

static size_t count_strange(const struct yaml_text *t)
{
        size_t strange = 0;

        for (size_t i = 0; i < t->size;) {
                size_t width = plain_width(t->data + i, t->size - i);

                strange += width == 0;
                i += MAX_OF(width, (size_t)1);
        }
        return strange;
}

static size_t disguise(char *dst, unsigned char byte)
{
        dst[0] = (char)0xef;
        dst[1] = (char)(0x9c | byte >> 6);
        dst[2] = (char)(0x80 | (byte & 0x3f));
        return DISGUISE_WIDTH;
}

/* A painted character stays one character, and lines stay lines. */
static char paint(char c, bool alone)
{
        return c == '\n' || c == '\r' ? c : alone ? ' ' : 'x';
}

static int make_safe(struct yaml_text *t)
{
        char *safe = malloc(t->size + (DISGUISE_WIDTH - 1) * count_strange(t) + 1);
        size_t out = 0, next = 0;

        if (!safe)
                return -ENOMEM;
        for (size_t i = 0; i < t->size;) {
                size_t width = plain_width(t->data + i, t->size - i);

                while (next < t->templates.n && t->templates.items[next].end <= i)
                        next++;
                if (next < t->templates.n && t->templates.items[next].begin <= i) {
                        safe[out++] = paint(t->data[i], t->templates.items[next].alone);
                } else if (width > 0) {
                        memcpy(safe + out, t->data + i, width);
                        out += width;
                } else {
                        out += disguise(safe + out, (unsigned char)t->data[i]);
                }
                i += MAX_OF(width, (size_t)1);
        }
        free(t->safe);
        t->safe = safe;
        t->safe_size = out;
        return 0;
}

static bool is_ascii(const char *s, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (s[i] & 0x80)
                        return false;
        return true;
}

int yaml_text_init(struct yaml_text *t, const char *data, size_t n)
{
        size_t bom = n >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

        *t = (struct yaml_text){
                .data = data + bom,
                .size = n - bom,
                .bom = bom,
                .ascii = is_ascii(data + bom, n - bom),
        };
        return count_strange(t) > 0 ? make_safe(t) : 0;
}

int yaml_text_paint(struct yaml_text *t)
{
        int error = yaml_templates_find(&t->templates, t->data, t->size);

        if (error < 0 || t->templates.n == 0)
                return error;
        error = make_safe(t);
        return error < 0 ? error : 1;
}

void yaml_text_done(struct yaml_text *t)
{
        free(t->safe);
        yaml_templates_done(&t->templates);
        *t = YAML_TEXT_NULL;
}

/* A character is found backwards by going back until its width reaches just up to here. */
static size_t step_back(const struct yaml_text *t, size_t at)
{
        for (size_t width = 4; width > 1; width--)
                if (at >= width && step(t->data + at - width, t->size - (at - width)) == width)
                        return width;
        return 1;
}

size_t yaml_text_byte(struct yaml_text *t, size_t index)
{
        if (t->ascii)
                return MIN_OF(index, t->size);
        while (t->char_at < index && t->byte_at < t->size) {
                t->byte_at += step(t->data + t->byte_at, t->size - t->byte_at);
                t->char_at++;
        }
        while (t->char_at > index) {
                t->byte_at -= step_back(t, t->byte_at);
                t->char_at--;
        }
        return t->byte_at;
}

size_t yaml_text_restore(const struct yaml_text *t, char *s, size_t n)
{
        size_t out = 0;

        if (!t->safe)
                return n;
        for (size_t i = 0; i < n;) {
                const unsigned char *u = (const unsigned char *)s + i;

                if (is_disguise(u, n - i)) {
                        s[out++] = (char)((u[1] & 3) << 6 | (u[2] & 0x3f));
                        i += DISGUISE_WIDTH;
                } else {
                        s[out++] = s[i++];
                }
        }
        return out;
}

static void place_step(const struct yaml_text *t, struct yaml_place *at)
{
        unsigned char c = (unsigned char)t->data[at->byte++];

        if (c == '\n') {
                at->line++;
                at->column = 1;
        } else if ((c & 0xc0) != 0x80) {
                at->column++;
        }
}

static bool is_space(char c)
{
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct yaml_place yaml_text_skip_properties(const struct yaml_text *t, struct yaml_place at,
                                            size_t end)
{
        enum { BETWEEN, IN_PROPERTY, IN_COMMENT } state = BETWEEN;

        for (; at.byte < end; place_step(t, &at)) {
                char c = t->data[at.byte];

                if (c == '\n' || (state == IN_PROPERTY && is_space(c)))
                        state = BETWEEN;
                else if (state == BETWEEN && (c == '&' || c == '!'))
                        state = IN_PROPERTY;
                else if (state == BETWEEN && c == '#')
                        state = IN_COMMENT;
                else if (state == BETWEEN && !is_space(c))
                        break;
        }
        return at;
}
