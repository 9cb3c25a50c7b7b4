/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Any secret of any rule, planted anywhere, is found at the right line and column: at any offset of
 * a file of any size, in lines of any length and with any ends, alone or among others, in any of
 * the encodings that are opened. The secrets are those of the rules' own bad examples.
 *
 * What is planted is first looked for in a small file of its own: a rule that needs its line keeps
 * it, one that does not is planted in the middle of lines, too. What is found there has to be found
 * everywhere.
 *
 * With --samples the secrets are printed, for tests/system/check-leaks.
 *
 *   GIAD_PLACEMENTS  placements, default 1500 (10000 is the full run)
 *   GIAD_SEED        default 1
 *   GIAD_SECONDS     ends earlier than the placements, default 100
 */
#include <glob.h>
#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/base/macros.h"
#include "detectors/detect.h"
#include "tests/property/property.h"

#define BUFFER_SMALL ((size_t)256 << 10) /* edges are more often met in small buffers */
#define FILE_LARGEST ((size_t)40 << 20)
#define PLANTS_MAX 6u
#define POOL ((size_t)1 << 20)

enum lines { LINES_LF, LINES_CRLF, LINES_CR, _LINES_MAX };
static const char *const line_ends[] = {"\n", "\r\n", "\r"};

enum whole { WHOLE_UTF8, WHOLE_BOM, WHOLE_UTF16, WHOLE_GZIP, WHOLE_SECRET };

struct plant {
        const struct sample *sample;
        enum coding coding;
        size_t shown; /* in the file, before it is encoded as a whole */
};

struct property {
        struct ruleset *rules;
        struct detector *small, *large;
        struct scan_result *result;
        struct sample *samples;
        size_t n_samples, alloc;
        struct buffer pool[_LINES_MAX][3]; /* filler: short lines; none at all; beyond ASCII */
        struct buffer file, whole, part;
        struct chance chance;
        struct plant plants[PLANTS_MAX];
        unsigned n_plants;
        enum lines lines;
        enum whole as;
        bool binary; /* what is planted is no text: its place is a byte, lines mean nothing */
        const char *path;
        unsigned placed, missed;
        unsigned by_coding[_CODING_MAX], by_whole[5];
};

static void load_rules(struct property *p)
{
        const char *top = getenv("top_srcdir");
        char pattern[4096];
        glob_t found = {0};

        (void)snprintf(pattern, sizeof(pattern), "%s/detectors/rules/*.yaml", top ? top : ".");
        if (ruleset_new(&p->rules) < 0 || glob(pattern, 0, NULL, &found) != 0)
                abort();
        for (size_t i = 0; i < found.gl_pathc; i++) {
                _cleanup_buffer_ struct buffer b = BUFFER_NULL;
                _cleanup_fclose_ FILE *f = fopen(found.gl_pathv[i], "re");
                struct ruleset_error error = {0};
                char block[4096];
                size_t n;

                while (f && (n = fread(block, 1, sizeof(block), f)) > 0)
                        buffer_append(&b, block, n);
                if (!b.data ||
                    ruleset_add(p->rules, found.gl_pathv[i], b.data, b.len, &error) < 0) {
                        (void)fprintf(stderr, "%s: %s\n", found.gl_pathv[i], error.message);
                        exit(1);
                }
        }
        globfree(&found);
}

static struct detector *make_detector(const struct property *p, size_t parse_max)
{
        struct detector_options options = {.parse_max = parse_max};
        struct ruleset_error error = {0};
        struct detector *d = NULL;

        memset(options.fingerprint_key, 9, sizeof(options.fingerprint_key));
        if (detector_new(&d, p->rules, &options, &error) < 0) {
                (void)fprintf(stderr, "%s\n", error.message);
                exit(1);
        }
        return d;
}

/* --- samples ---- */

/* The finding of a secret with that fingerprint. */
static const struct finding *find(const struct property *p, const char *fingerprint)
{
        for (uint32_t i = 0; i < p->result->n_findings; i++)
                if (strcmp(p->result->findings[i].fingerprint, fingerprint) == 0)
                        return &p->result->findings[i];
        return NULL;
}

static bool found_in(struct property *p, const struct sample *s, const char *path,
                     const char *before, const char *text, size_t n, const char *behind)
{
        buffer_reset(&p->file);
        buffer_puts(&p->file, before);
        buffer_append(&p->file, text, n);
        buffer_puts(&p->file, behind);
        detector_scan(p->small, path, S_IFREG | 0644, (const uint8_t *)p->file.data, p->file.len,
                      p->result);
        return find(p, s->fingerprint) != NULL;
}

static bool is_binary(const char *s, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if ((uint8_t)s[i] >= 0x80 || ((uint8_t)s[i] < 0x20 && !strchr("\t\n\r", s[i])))
                        return true;
        return false;
}

/* Its expression begins at the beginning of a line: it may match there with other words, too. */
static bool is_of_a_line(const struct rule *rule)
{
        const char *s = rule->pattern.regex;

        if (strncmp(s, "(?", 2) == 0)
                s += strcspn(s, ")") + 1;
        return *s == '^';
}

static void add_sample(struct property *p, const struct rule *rule, const struct rule_example *e,
                       const struct finding *f)
{
        struct sample s = {.rule = rule, .path = e->path, .at = f->offset, .length = f->length};

        /* only what stands there as it is: examples may be encoded themselves */
        if (f->line == 0 || strncmp(f->detail, "in ", 3) == 0 || f->offset + f->length > e->size)
                return;
        s.size = e->size;
        while (s.size > s.at + s.length && strchr("\n\r", e->text[s.size - 1]))
                s.size--;
        s.text = malloc(s.size + 1);
        if (!s.text)
                abort();
        memcpy(s.text, e->text, s.size);
        s.text[s.size] = '\0';
        memcpy(s.fingerprint, f->fingerprint, sizeof(s.fingerprint));
        const char *secret = s.text + s.at;
        if (!found_in(p, &s, s.path, "some words\n", s.text, s.size, "\nmore words\n")) {
                free(s.text);
                return;
        }
        s.binary = is_binary(s.text, s.size);
        s.inline_too = !is_of_a_line(rule) &&
                       found_in(p, &s, s.path, "some words, ", s.text, s.size, " , more words\n");
        s.bare = found_in(p, &s, s.path, "", secret, s.length, "") &&
                 found_in(p, &s, s.path, "some words, ", secret, s.length, " , more words\n");
        s.by_name = found_in(p, &s, "secret.yaml", "password: ", secret, s.length, "");
        if (p->n_samples == p->alloc) {
                p->alloc = p->alloc ? p->alloc * 2 : 256;
                p->samples = reallocarray(p->samples, p->alloc, sizeof(*p->samples));
                if (!p->samples)
                        abort();
        }
        p->samples[p->n_samples++] = s;
}

static void collect_samples(struct property *p)
{
        for (size_t i = 0; i < ruleset_count(p->rules); i++) {
                const struct rule *rule = ruleset_at(p->rules, i);

                if (rule->matcher != MATCHER_PATTERN || !rule->enabled ||
                    finding_class_info(rule->class)->kind != FINDING_SECRET)
                        continue;
                for (size_t k = 0; k < rule->n_bad; k++) {
                        const struct rule_example *e = &rule->bad[k];

                        detector_scan(p->small, e->path, S_IFREG | 0644, (const uint8_t *)e->text,
                                      e->size, p->result);
                        for (uint32_t f = 0; f < p->result->n_findings; f++)
                                if (strcmp(p->result->findings[f].rule, rule->id) == 0) {
                                        const struct finding copy = p->result->findings[f];
                                        add_sample(p, rule, e, &copy);
                                        break;
                                }
                }
        }
}

/* --- filler ---- */

static void fill_pool(struct property *p, enum lines lines, unsigned sort)
{
        static const char *const words[] = {"the",   "file", "holds", "some", "words", "of",
                                            "plain", "text", "that",  "say",  "very",  "little",
                                            "x = 1", "(ok)", "a, b",  "\t",   "end.",  "if so"};
        static const char *const wide[] = {"grün", "naïve", "файл", "文字", "😀", "café"};
        struct buffer *b = &p->pool[lines][sort];
        unsigned column = 0;

        b->max = POOL * 2;
        while (b->len < POOL) {
                bool other = sort == 2 && chance_below(&p->chance, 3) == 0;
                size_t len = b->len;

                buffer_puts(b, other ? wide[chance_below(&p->chance, ELEMENTSOF(wide))]
                                     : words[chance_below(&p->chance, ELEMENTSOF(words))]);
                buffer_putc(b, ' ');
                column += (unsigned)(b->len - len);
                if (sort == 1 || column < 20 + chance_below(&p->chance, 100))
                        continue;
                buffer_puts(b, line_ends[lines]);
                column = 0;
        }
}

/* n bytes of filler, whole characters, ended as the next plant needs it. */
static void add_filler(struct property *p, size_t n, unsigned sort, bool line)
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

/* --- planting ---- */

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
        struct buffer plain = {.max = 1 << 20};
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
        buffer_done(&plain);
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
        unsigned sort = chance_below(&p->chance, 3);
        const struct sample *first = pick(p);

        p->path = first->path;
        p->binary = first->binary;
        if (p->binary) {
                p->as = p->as == WHOLE_GZIP ? WHOLE_GZIP : WHOLE_UTF8;
                p->lines = LINES_LF;
        }
        if (p->as == WHOLE_GZIP)
                size = MIN_OF(size, (size_t)900 << 10);
        /* without a mark UTF-16 is known by its zeros */
        if (p->as == WHOLE_UTF16 && sort == 2)
                sort = 0;
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

/* --- looking ---- */

/* Lines and characters as people count them. */
static void count(const char *text, size_t to, uint32_t *ret_line, uint32_t *ret_column)
{
        uint32_t line = 1, column = 1;

        for (size_t i = 0; i < to; i++) {
                if (text[i] == '\n' || (text[i] == '\r' && text[i + 1] != '\n')) {
                        line++;
                        column = 1;
                } else if (((uint8_t)text[i] & 0xc0) != 0x80)
                        column++;
        }
        *ret_line = line;
        *ret_column = column;
}

static void scan(struct property *p, struct detector *d, const char *data, size_t n)
{
        size_t piece = detector_piece_size(d);

        detector_begin(d, p->path, S_IFREG | 0644, n, p->result);
        for (size_t at = 0; at < n; at += piece)
                detector_feed(d, (const uint8_t *)data + at, MIN_OF(piece, n - at));
        detector_end(d);
}

/* What is encoded may be a secret as it is written, too: its place is right then, not its value.
 * And a key that goes over several lines is another value with other line ends. */
static bool is_there(const struct property *p, const struct plant *plant)
{
        const struct sample *s = plant->sample;
        uint32_t line = 1, column = 1;

        if (p->as != WHOLE_GZIP)
                count(p->file.data, plant->shown, &line, &column);
        for (uint32_t i = 0; i < p->result->n_findings; i++) {
                const struct finding *f = &p->result->findings[i];

                bool here = p->binary && p->as != WHOLE_GZIP
                                    ? f->offset == plant->shown
                                    : f->line == line && f->column == column;

                if (here &&
                    (plant->coding != CODING_PLAIN || memchr(s->text + s->at, '\n', s->length) ||
                     strcmp(f->fingerprint, s->fingerprint) == 0))
                        return true;
        }
        return false;
}

static void say_missed(const struct property *p, const struct plant *plant, size_t size)
{
        static const char *const wholes[] = {"UTF-8", "UTF-8 with BOM", "UTF-16", "gzip", "Secret"};
        uint32_t line, column;

        count(p->file.data, plant->shown, &line, &column);
        printf("missed: placement %u, %s (%s), %s in %s, lines %d, %zu bytes, at %zu, %u:%u\n",
               p->placed, plant->sample->rule->id, p->path, coding_name(plant->coding),
               wholes[p->as], p->lines, size, plant->shown, line, column);
        for (uint32_t i = 0; i < p->result->n_findings && i < 8; i++)
                printf("        found: %s at %u:%u %s%s\n", p->result->findings[i].rule,
                       p->result->findings[i].line, p->result->findings[i].column,
                       p->result->findings[i].detail,
                       strcmp(p->result->findings[i].fingerprint, plant->sample->fingerprint) == 0
                               ? " (it)"
                               : "");
        for (unsigned i = 0; i < p->result->n_gaps; i++)
                printf("        gap: %s\n", reason_to_string(p->result->gaps[i].reason));
        const char *keep = getenv("GIAD_KEEP");
        _cleanup_fclose_ FILE *f = keep ? fopen(keep, "we") : NULL;
        if (f)
                (void)fwrite(p->whole.len ? p->whole.data : p->file.data, 1, size, f);
}

static void place(struct property *p)
{
        static const enum whole wholes[] = {WHOLE_UTF8, WHOLE_UTF8,  WHOLE_UTF8, WHOLE_UTF8,
                                            WHOLE_BOM,  WHOLE_UTF16, WHOLE_GZIP, WHOLE_SECRET};

        p->n_plants = 0;
        p->binary = false;
        p->lines = chance_below(&p->chance, 3) ? LINES_LF : chance_below(&p->chance, _LINES_MAX);
        p->as = wholes[chance_below(&p->chance, ELEMENTSOF(wholes))];
        buffer_reset(&p->file);
        buffer_reset(&p->whole);
        if (p->as == WHOLE_SECRET)
                make_secret(p);
        else
                make_file(p);
        if (p->as == WHOLE_BOM) {
                buffer_puts(&p->whole, "\xef\xbb\xbf");
                buffer_append(&p->whole, p->file.data, p->file.len);
        } else if (p->as == WHOLE_UTF16)
                coding_utf16(p->file.data, p->file.len, chance_below(&p->chance, 2),
                             p->file.len < 16 || chance_below(&p->chance, 2), &p->whole);
        else if (p->as == WHOLE_GZIP)
                coding_gzip(p->file.data, p->file.len, &p->whole);
        const struct buffer *b = p->whole.len ? &p->whole : &p->file;
        if (p->file.error < 0 || p->whole.error < 0)
                abort();
        scan(p,
             p->file.len > ((size_t)2 << 20) || chance_below(&p->chance, 8) == 0 ? p->large
                                                                                 : p->small,
             b->data, b->len);
        for (unsigned i = 0; i < p->n_plants; i++) {
                p->placed++;
                p->by_coding[p->plants[i].coding]++;
                p->by_whole[p->as]++;
                if (is_there(p, &p->plants[i]))
                        continue;
                p->missed++;
                say_missed(p, &p->plants[i], b->len);
        }
}

static void print_base64(const char *s, size_t n, const char *behind)
{
        char *text = malloc(BASE64_ENCODE_RAW_LENGTH(n) + 1);

        if (!text)
                abort();
        base64_encode_raw(text, n, (const uint8_t *)s);
        printf("%.*s%s", (int)BASE64_ENCODE_RAW_LENGTH(n), text, behind);
        free(text);
}

/* For other tests: rule, path, text and secret of each sample. */
static void print_samples(const struct property *p)
{
        for (size_t i = 0; i < p->n_samples; i++) {
                const struct sample *s = &p->samples[i];

                printf("%s\t%s\t", s->rule->id, s->path);
                print_base64(s->text, s->size, "\t");
                print_base64(s->text + s->at, s->length, "\n");
        }
}

static unsigned number(const char *name, unsigned otherwise)
{
        const char *text = getenv(name);

        return text ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

static void tear_down(struct property *p)
{
        for (size_t i = 0; i < p->n_samples; i++)
                free(p->samples[i].text);
        free(p->samples);
        for (unsigned i = 0; i < _LINES_MAX; i++)
                for (unsigned k = 0; k < 3; k++)
                        buffer_done(&p->pool[i][k]);
        buffer_done(&p->file);
        buffer_done(&p->whole);
        buffer_done(&p->part);
        free(p->result);
        (void)detector_free(p->small);
        (void)detector_free(p->large);
        (void)ruleset_free(p->rules);
}

int main(int argc, char **argv)
{
        static struct property p;
        unsigned placements = number("GIAD_PLACEMENTS", 1500);
        unsigned seconds = number("GIAD_SECONDS", 100), rules = 0;
        time_t end = time(NULL) + (time_t)seconds;

        p.chance.state = 0x9e3779b97f4a7c15u * (number("GIAD_SEED", 1) + 1);
        p.file.max = p.whole.max = 3 * FILE_LARGEST;
        p.part.max = (size_t)8 << 20;
        p.result = calloc(1, sizeof(*p.result));
        if (!p.result)
                return 1;
        load_rules(&p);
        p.small = make_detector(&p, BUFFER_SMALL);
        p.large = make_detector(&p, 0);
        collect_samples(&p);
        if (argc > 1 && strcmp(argv[1], "--samples") == 0) {
                print_samples(&p);
                tear_down(&p);
                return 0;
        }
        for (unsigned i = 0; i < _LINES_MAX; i++)
                for (unsigned k = 0; k < 3; k++)
                        fill_pool(&p, i, k);
        for (size_t i = 0; i < p.n_samples; i++)
                rules += i == 0 || p.samples[i].rule != p.samples[i - 1].rule;
        printf("%zu secrets of %u rules\n", p.n_samples, rules);
        while (p.placed < placements && time(NULL) < end)
                place(&p);
        for (unsigned i = 0; i < _CODING_MAX; i++)
                printf("  %6u %s\n", p.by_coding[i], coding_name(i));
        printf("  in files: %u UTF-8, %u with BOM, %u UTF-16, %u gzip, %u Secrets\n", p.by_whole[0],
               p.by_whole[1], p.by_whole[2], p.by_whole[3], p.by_whole[4]);
        printf("%u placements, %u missed\n", p.placed, p.missed);
        /* a machine too slow for a handful has shown nothing */
        bool passed = p.missed == 0 && p.placed >= 100 && p.n_samples >= 100;
        tear_down(&p);
        return passed ? 0 : 1;
}
