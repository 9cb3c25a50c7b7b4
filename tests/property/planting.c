/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: where secrets are planted: files of any size with filler of any sort, lines of any length
 * and with any ends, and one secret or several in them.
 *
 * Must not own: which secrets there are (samples.c), how they are written (coding.c), whether they
 * are found (test-planted.c).
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "tests/property/planted.h"

#define FILE_NOISY ((size_t)2 << 10) /* far from the limit of findings in one file */

static const char *const line_ends[] = {"\n", "\r\n", "\r"};

/* --- filler ---- */

static void fill_pool(struct property *p, enum lines lines, enum filler sort)
{
        static const char *const words[] = {"the",   "file", "holds", "some", "words", "of",
                                            "plain", "text", "that",  "say",  "very",  "little",
                                            "x = 1", "(ok)", "a, b",  "\t",   "end.",  "if so"};
        static const char *const wide[] = {"grün", "naïve", "файл", "文字", "😀", "café"};
        struct buffer *b = &p->pool[lines][sort];
        unsigned column = 0;

        b->max = POOL * 2;
        while (b->len < POOL) {
                bool other = sort == FILLER_WIDE && chance_below(&p->chance, 3) == 0;
                size_t len = b->len;

                buffer_puts(b, other ? wide[chance_below(&p->chance, ELEMENTSOF(wide))]
                                     : words[chance_below(&p->chance, ELEMENTSOF(words))]);
                buffer_putc(b, ' ');
                column += (unsigned)(b->len - len);
                if (sort == FILLER_ONE_LINE || column < 20 + chance_below(&p->chance, 100))
                        continue;
                buffer_puts(b, line_ends[lines]);
                column = 0;
        }
}

void planting_fill_pools(struct property *p)
{
        for (unsigned i = 0; i < _LINES_MAX; i++)
                for (unsigned k = 0; k < _FILLER_MAX; k++)
                        fill_pool(p, i, k);
}

void planting_done(struct property *p)
{
        for (unsigned i = 0; i < _LINES_MAX; i++)
                for (unsigned k = 0; k < _FILLER_MAX; k++)
                        buffer_done(&p->pool[i][k]);
        buffer_done(&p->file);
        buffer_done(&p->whole);
        buffer_done(&p->part);
}

/* n bytes of filler, whole characters, ended as the next plant needs it. */
static void add_filler(struct property *p, size_t n, enum filler sort, bool line)
{
        const struct buffer *pool = &p->pool[p->lines][sort];
        size_t end = p->file.len + n;

        while (p->file.len < end) {
                size_t from = chance_below(&p->chance, (uint32_t)(pool->len / 2));
                size_t k = MIN_OF(end - p->file.len, pool->len - from);

                while (from > 0 && pool->data[from - 1] != ' ')
                        from--;
                k = MIN_OF(k, pool->len - from);
                while (k > 0 && pool->data[from + k - 1] != ' ')
                        k--;
                if (k == 0)
                        break;
                buffer_append(&p->file, pool->data + from, k);
        }
        if (line && p->file.len > 0)
                buffer_puts(&p->file, line_ends[p->lines]);
        else
                buffer_puts(&p->file, p->file.len > 0 ? ", " : "");
}

/* --- plants ---- */

/* Line breaks as the file has them; *at moves with them. */
static void break_lines(const struct property *p, const char *text, size_t n, size_t *at,
                        struct buffer *b)
{
        size_t moved = *at;

        buffer_reset(b);
        for (size_t i = 0; i < n; i++) {
                if (i == *at)
                        moved = b->len;
                if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
                        buffer_puts(b, line_ends[p->lines]);
                else
                        buffer_putc(b, text[i]);
        }
        *at = moved;
}

static bool is_char_coding(enum coding c)
{
        return c >= CODING_PERCENT && c <= CODING_QUOTED_PRINTABLE;
}

static void add_plant(struct property *p, const struct sample *s, enum coding coding, bool line)
{
        struct plant *plant = &p->plants[p->n_plants++];
        size_t at = s->at, n = s->size, shown;
        const char *text = s->text;

        *plant = (struct plant){.sample = s, .coding = coding};
        if (coding != CODING_PLAIN && s->bare && chance_below(&p->chance, 2)) {
                text += at;
                n = s->length;
                at = 0;
        }
        if (coding == CODING_PLAIN && !s->binary) {
                break_lines(p, text, n, &at, &p->part);
                text = p->part.data;
                n = p->part.len;
        }
        /* what needs its whole line has no quotes around it */
        bool quoted = coding != CODING_PLAIN &&
                      (!is_char_coding(coding) ||
                       ((coding == CODING_JSON || coding == CODING_JSON_UNICODE) && s->inline_too));
        if (quoted)
                buffer_puts(&p->file, "it = \"");
        coding_write(coding, &p->chance, text, n, at, &p->file, &shown);
        plant->shown = shown;
        if (quoted)
                buffer_puts(&p->file, "\"");
        buffer_puts(&p->file, line ? line_ends[p->lines] : " , ");
}

/* Where the next plant goes: often near where the buffer will be cut. */
static size_t gap(struct property *p, size_t largest)
{
        size_t n = chance_below(&p->chance, (uint32_t)largest + 1);
        static const size_t edges[] = {BUFFER_SMALL,
                                       2u * BUFFER_SMALL - (128u << 10),
                                       (size_t)8 << 20,
                                       BUFFER_SMALL - (64u << 10),
                                       BUFFER_SMALL - (128u << 10),
                                       ((size_t)8 << 20) - (64u << 10),
                                       ((size_t)8 << 20) - (128u << 10)};
        size_t edge = edges[chance_below(&p->chance, ELEMENTSOF(edges))];
        size_t near = edge - 300 + chance_below(&p->chance, 600);

        if (chance_below(&p->chance, 2) && near > p->file.len && near - p->file.len <= largest)
                return near - p->file.len;
        return n;
}

static size_t pick_size(struct property *p)
{
        switch (chance_below(&p->chance, 20)) {
        case 0:
                return chance_below(&p->chance, FILE_LARGEST);
        case 1:
        case 2:
        case 3:
        case 4:
        case 5:
                return chance_below(&p->chance, 1200u << 10);
        default:
                return chance_below(&p->chance, 64u << chance_below(&p->chance, 11));
        }
}

static const struct sample *pick(struct property *p)
{
        return &p->samples[chance_below(&p->chance, (uint32_t)p->n_samples)];
}

/* A Secret of Kubernetes whose values are short, too. */
static void make_secret(struct property *p)
{
        const struct sample *s = pick(p);
        size_t shown;

        while (!s->by_name || s->binary || s->length > 2000)
                s = pick(p);
        p->path = "secret.yaml";
        buffer_puts(&p->file, "apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\ndata:\n");
        for (uint32_t n = chance_below(&p->chance, 50); n > 0; n--)
                buffer_printf(&p->file, "  key-%u: Zm9v\n", n);
        buffer_puts(&p->file, chance_below(&p->chance, 2) ? "  password: " : "  password: \"");
        bool quoted = p->file.data[p->file.len - 1] == '"';
        coding_write(CODING_BASE64, &p->chance, s->text + s->at, s->length, 0, &p->file, &shown);
        buffer_puts(&p->file, quoted ? "\"\n" : "\n");
        p->plants[p->n_plants++] =
                (struct plant){.sample = s, .coding = CODING_BASE64, .shown = shown};
}

/* At home under the file's name, and text or not like the first. */
static bool goes_with(const struct property *p, const struct sample *s)
{
        return strcmp(s->path, p->path) == 0 && s->binary == p->binary;
}

static void make_file(struct property *p)
{
        size_t size = pick_size(p);
        unsigned n = chance_below(&p->chance, 3) ? 1 : 1 + chance_below(&p->chance, PLANTS_MAX);
        enum filler sort = chance_below(&p->chance, _FILLER_MAX);
        const struct sample *first = pick(p);

        p->path = first->path;
        p->binary = first->binary;
        if (p->binary) {
                p->as = p->as == WHOLE_GZIP ? WHOLE_GZIP : WHOLE_UTF8;
                p->lines = LINES_LF;
        }
        if (p->as == WHOLE_GZIP)
                size = MIN_OF(size, (size_t)900 << 10);
        /* of very many findings in a file not all are reported, and the file's result says so */
        if (first->noisy)
                size = MIN_OF(size, FILE_NOISY);
        /* without a mark UTF-16 is known by its zeros */
        if (p->as == WHOLE_UTF16 && sort == FILLER_WIDE)
                sort = FILLER_LINES;
        for (unsigned i = 0; i < n; i++) {
                const struct sample *s = i == 0 ? first : pick(p);
                enum coding coding = chance_below(&p->chance, _CODING_MAX);

                /* a gzip is one level of encoding already */
                if (p->as == WHOLE_GZIP || p->binary || chance_below(&p->chance, 2))
                        coding = CODING_PLAIN;

                /* all of a file's samples have to be at home under its name */
                for (unsigned tries = 0; tries < 1000 && !goes_with(p, s); tries++)
                        s = pick(p);
                if (!goes_with(p, s))
                        break;
                bool line = !s->inline_too || chance_below(&p->chance, 2);
                add_filler(p, gap(p, size / n), sort, line);
                add_plant(p, s, coding, line);
        }
        add_filler(p, chance_below(&p->chance, (uint32_t)(size / 4 + 1)), sort, true);
}

static void encode_whole(struct property *p)
{
        if (p->as == WHOLE_BOM) {
                buffer_puts(&p->whole, "\xef\xbb\xbf");
                buffer_append(&p->whole, p->file.data, p->file.len);
        } else if (p->as == WHOLE_UTF16)
                coding_utf16(p->file.data, p->file.len, chance_below(&p->chance, 2),
                             p->file.len < 16 || chance_below(&p->chance, 2), &p->whole);
        else if (p->as == WHOLE_GZIP)
                coding_gzip(p->file.data, p->file.len, &p->whole);
}

static void begin_file(struct property *p)
{
        p->n_plants = 0;
        p->binary = false;
        p->lines = chance_below(&p->chance, 3) ? LINES_LF : chance_below(&p->chance, _LINES_MAX);
        buffer_reset(&p->file);
        buffer_reset(&p->whole);
}

static void end_file(struct property *p)
{
        encode_whole(p);
        if (p->file.error < 0 || p->whole.error < 0)
                abort();
}

void planting_make(struct property *p)
{
        static const enum whole wholes[] = {WHOLE_UTF8, WHOLE_UTF8,  WHOLE_UTF8, WHOLE_UTF8,
                                            WHOLE_BOM,  WHOLE_UTF16, WHOLE_GZIP, WHOLE_SECRET};

        begin_file(p);
        p->as = wholes[chance_below(&p->chance, ELEMENTSOF(wholes))];
        if (p->as == WHOLE_SECRET)
                make_secret(p);
        else
                make_file(p);
        end_file(p);
}

bool planting_make_small(struct property *p, const struct sample *s, enum coding coding)
{
        bool line = !s->inline_too || chance_below(&p->chance, 2);

        if (s->binary && coding != CODING_PLAIN)
                return false;
        begin_file(p);
        p->path = s->path;
        p->binary = s->binary;
        p->as = !s->binary && chance_below(&p->chance, 4) == 0 ? WHOLE_UTF16 : WHOLE_UTF8;
        if (p->binary)
                p->lines = LINES_LF;
        add_filler(p, chance_below(&p->chance, 200), FILLER_LINES, line);
        add_plant(p, s, coding, line);
        add_filler(p, chance_below(&p->chance, 200), FILLER_LINES, true);
        end_file(p);
        return true;
}
