/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Any secret of any rule, planted anywhere, is found at the right line and column: at any offset of
 * a file of any size, in lines of any length and with any ends, alone or among others, in any of
 * the encodings that are opened. What is planted is samples.c's, where it is planted planting.c's,
 * how it is written coding.c's; here it is looked for.
 *
 * First every secret is planted in every encoding a few times, in small files: what is wrong with a
 * rule shows there. Then placements by chance show what is wrong with sizes and edges. With --each or
 * --by-chance only one of the two is done, with --samples the secrets are printed, for
 * tests/system/check-leaks.
 *
 *   GIAD_PLACEMENTS  placements, default 1500 (10000 is the full run)
 *   GIAD_SEED        default 1
 *   GIAD_SECONDS     ends earlier than the placements, default 100
 *   GIAD_KEEP        a file for what was missed last
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/base/macros.h"
#include "tests/property/planted.h"
#include "tests/property/shipped-rules.h"

#ifdef __SANITIZE_ADDRESS__
#define SLOW true /* the placements by chance are enough to find what is wrong with memory */
#else
#define SLOW false
#endif
#define EACH 8u /* placements of a secret in one encoding, with other ends of lines and quotes */

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

static bool takes_bytes(const struct sample *s)
{
        const char *secret = s->text + s->at;

        return memchr(secret, '\n', s->length) && strncmp(secret, "-----BEGIN ", 11) != 0 &&
               strncmp(secret, "PuTTY-", 6) != 0;
}

/* What is encoded may be a secret as it is written, too: its place is right then, not its value.
 * A key in armour is the same with any ends of lines; of others a rule may take so many bytes. */
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

                if (here && (plant->coding != CODING_PLAIN || takes_bytes(s) ||
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

static void look(struct property *p)
{
        const struct buffer *b = p->whole.len ? &p->whole : &p->file;
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

static void place_by_chance(struct property *p, unsigned placements, unsigned seconds)
{
        time_t end = time(NULL) + (time_t)seconds;

        placements += p->placed;
        while (p->placed < placements && time(NULL) < end) {
                planting_make(p);
                look(p);
        }
}

static void place_each(struct property *p)
{
        for (unsigned round = 0; round < EACH; round++)
                for (size_t i = 0; i < p->n_samples; i++)
                        for (unsigned coding = 0; coding < _CODING_MAX; coding++)
                                if (planting_make_small(p, &p->samples[i], coding))
                                        look(p);
}

static unsigned number(const char *name, unsigned otherwise)
{
        const char *text = getenv(name);

        return text ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

static void tear_down(struct property *p)
{
        samples_done(p);
        planting_done(p);
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
        const char *mode = argc > 1 ? argv[1] : "";

        p.chance.state = 0x9e3779b97f4a7c15u * (number("GIAD_SEED", 1) + 1);
        p.file.max = p.whole.max = 3 * FILE_LARGEST;
        p.part.max = (size_t)8 << 20;
        p.result = calloc(1, sizeof(*p.result));
        if (!p.result)
                return 1;
        p.rules = shipped_rules();
        p.small = make_detector(&p, BUFFER_SMALL);
        p.large = make_detector(&p, 0);
        planting_fill_pools(&p);
        samples_collect(&p);
        if (strcmp(mode, "--samples") == 0) {
                samples_print(&p);
                tear_down(&p);
                return 0;
        }
        for (size_t i = 0; i < p.n_samples; i++)
                rules += i == 0 || p.samples[i].rule != p.samples[i - 1].rule;
        printf("%zu secrets of %u rules\n", p.n_samples, rules);
        if (strcmp(mode, "--by-chance") != 0 && !SLOW)
                place_each(&p);
        if (strcmp(mode, "--each") != 0)
                place_by_chance(&p, placements, seconds);
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
