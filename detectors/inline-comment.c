/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what suppression comments look like, and which lines of a file carry one.
 * Must not own: whether they are obeyed (daemon/policy/).
 *
 * The words are those that the scanners in use document. Like them it does not ask whether the
 * words stand in a comment of the file's language; only `nosec`, which is short enough to be a part
 * of something else, must follow a comment sign.
 */
#include "detectors/inline-comment.h"

#include <string.h>

#include "common/base/macros.h"

#define LINES_MAX 65536u

enum place { ANYWHERE, AFTER_A_COMMENT_SIGN };

struct marker {
        const char *words; /* a blank stands for blanks, or none, or one '-' */
        bool secrets;
        enum place place;
        uint32_t lines_on; /* the comment is about a line so many further down */
};

static const struct marker markers[] = {
        {"giad:allow", false, ANYWHERE, 0},
        {"gitleaks:allow", true, ANYWHERE, 0},
        {"trufflehog:ignore", true, ANYWHERE, 0},
        {"pragma: allowlist secret", true, ANYWHERE, 0},
        {"pragma: whitelist secret", true, ANYWHERE, 0},
        {"pragma: allowlist nextline secret", true, ANYWHERE, 1},
        {"nosec", false, AFTER_A_COMMENT_SIGN, 0},
};

static bool is_blank(uint8_t c)
{
        return c == ' ' || c == '\t';
}

static bool is_word(uint8_t c)
{
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '_' || c >= 0x80;
}

/* Bytes that the marker's words take at text[at], 0 if they do not stand there. */
static size_t words_at(const char *words, const uint8_t *text, size_t n, size_t at)
{
        size_t i = at;

        for (; *words; words++) {
                if (*words != ' ') {
                        if (i >= n || text[i] != (uint8_t)*words)
                                return 0;
                        i++;
                } else if (i < n && text[i] == '-') {
                        i++;
                } else {
                        while (i < n && is_blank(text[i]))
                                i++;
                }
        }
        return i < n && is_word(text[i]) ? 0 : i - at;
}

static bool follows_comment_sign(const uint8_t *text, size_t at)
{
        while (at > 0 && is_blank(text[at - 1]))
                at--;
        return at > 0 && strchr("#/*;-", text[at - 1]) && text[at - 1] != '\0';
}

static bool stands_at(const struct marker *m, const uint8_t *text, size_t n, size_t at)
{
        if (at > 0 && is_word(text[at - 1]))
                return false;
        if (words_at(m->words, text, n, at) == 0)
                return false;
        return m->place == ANYWHERE || follows_comment_sign(text, at);
}

/* The first entry of this line or a later one. */
static size_t first_from(const struct inline_comments *c, uint32_t line)
{
        size_t low = 0, high = c->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (c->list[middle].line < line)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

/* Lines come in order but for what the next-line comment names, which is one ahead. */
static int add_line(struct inline_comments *c, uint32_t line, bool secrets)
{
        size_t i = first_from(c, line);

        if (i < c->n && c->list[i].line == line) {
                c->list[i].secrets &= secrets;
                return 0;
        }
        if (c->n == LINES_MAX)
                return 0;
        if (c->n == c->alloc) {
                size_t alloc = c->alloc ? c->alloc * 2 : 16;
                struct inline_line *list = reallocarray(c->list, alloc, sizeof(*list));

                if (!list)
                        return -ENOMEM;
                c->list = list;
                c->alloc = alloc;
        }
        memmove(c->list + i + 1, c->list + i, (c->n - i) * sizeof(*c->list));
        c->list[i] = (struct inline_line){line, secrets};
        c->n++;
        return 0;
}

/* With these two bytes a marker begins. */
static uint8_t is_start(uint8_t c, uint8_t next)
{
        return (uint8_t)(((c == 'g') & (next == 'i')) |
                         (((c == 't') | (c == 'p')) & (next == 'r')) |
                         ((c == 'n') & (next == 'o')));
}

#define BLOCK ((size_t)64) /* fixed, so that the compiler makes vectors of the loop */

/* A marker can begin in the block; s[BLOCK] is there. */
static bool block_has_start(const uint8_t *s)
{
        uint8_t any = 0;

        for (size_t i = 0; i < BLOCK; i++)
                any |= is_start(s[i], s[i + 1]);
        return any;
}

/* The next byte from `from` on at which a marker can begin; n if there is none. */
static size_t next_start(const uint8_t *text, size_t from, size_t n)
{
        while (from + BLOCK < n && !block_has_start(text + from))
                from += BLOCK;
        while (from + 1 < n && !is_start(text[from], text[from + 1]))
                from++;
        return from + 1 < n ? from : n;
}

int inline_comments_read(struct inline_comments *c, struct position_index *index)
{
        const uint8_t *text = index->text;
        size_t n = index->n;

        for (size_t i = next_start(text, 0, n); i < n; i = next_start(text, i + 1, n)) {
                for (size_t k = 0; k < ELEMENTSOF(markers); k++) {
                        const struct marker *m = &markers[k];

                        if (text[i] != (uint8_t)*m->words || !stands_at(m, text, n, i))
                                continue;
                        if (add_line(c, position_index_at(index, i).line + m->lines_on,
                                     m->secrets) < 0)
                                return -ENOMEM;
                }
        }
        return 0;
}

bool inline_comments_cover(const struct inline_comments *c, uint32_t first, uint32_t last,
                           bool secret)
{
        for (size_t i = first_from(c, first); i < c->n && c->list[i].line <= last; i++)
                if (secret || !c->list[i].secrets)
                        return true;
        return false;
}

void inline_comments_reset(struct inline_comments *c)
{
        if (c->alloc > 4096)
                inline_comments_done(c);
        c->n = 0;
}

void inline_comments_done(struct inline_comments *c)
{
        free(c->list);
        *c = (struct inline_comments){0};
}
