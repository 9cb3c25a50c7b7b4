/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Measures scanning beside its floor, on one core, in one process:
 *
 *      scan-rate [--rules=DIR] [--rounds=N] [--max=MiB] PATH…
 *
 * The files are read into memory first (--max: at most so many MiB, 400). Then, in turns: `floor`
 * is hs_scan() alone with the same database over the same bytes, its hits only counted; `scan` is
 * all that a scanner does with a file but reading it: classify, parse, patterns, confirmation,
 * privilege rules. Prints the medians for the files over 64 KiB and for all, in MB/s, their ratio,
 * and how long a file takes.
 */
#include <fts.h>
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "daemon/inspect/inspect.h"
#include "detectors/secrets/multi-pattern.h"

#define LARGE ((size_t)64 << 10)
#define ROUNDS_MAX 31

struct file {
        char *path;
        uint8_t *data;
        size_t size;
        mode_t mode;
};

struct bench {
        struct file *files;
        size_t n, alloc;
        uint64_t bytes, max;
        struct ruleset *rules;
        struct detector *detector;
        struct scan_result *result;
        hs_database_t *database;
        hs_scratch_t *scratch;
        uint64_t hits, findings;
};

/* Of one pass: the large files, and all. */
struct pass {
        double large, all;
};

static double now(void)
{
        struct timespec t;

        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int add_file(struct bench *b, const char *path, const struct stat *st)
{
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        size_t size = (size_t)st->st_size;

        if (!f || size == 0 || b->bytes + size > b->max)
                return 0;
        if (b->n == b->alloc) {
                size_t alloc = b->alloc ? 2 * b->alloc : 4096;
                struct file *files = reallocarray(b->files, alloc, sizeof(*files));

                if (!files)
                        return -ENOMEM;
                b->files = files;
                b->alloc = alloc;
        }
        struct file *file = &b->files[b->n];
        *file = (struct file){.path = strdup(path), .data = malloc(size), .mode = st->st_mode};
        if (!file->path || !file->data)
                return -ENOMEM;
        file->size = fread(file->data, 1, size, f);
        b->bytes += file->size;
        b->n++;
        return 0;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
        return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int add_tree(struct bench *b, char *path)
{
        char *const roots[] = {path, NULL};
        FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
        int k = fts ? 0 : -errno;

        for (FTSENT *e; k == 0 && (e = fts_read(fts));)
                if (e->fts_info == FTS_F)
                        k = add_file(b, e->fts_path, e->fts_statp);
        if (fts)
                (void)fts_close(fts);
        return k;
}

static int count_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                     void *userdata)
{
        (void)id;
        (void)from;
        (void)to;
        (void)flags;
        ++*(uint64_t *)userdata;
        return 0;
}

static void floor_file(struct bench *b, const struct file *f)
{
        (void)multi_pattern_scan(b->database, (const char *)f->data, (unsigned)f->size, b->scratch,
                                 count_hit, &b->hits);
}

static void scan_file(struct bench *b, const struct file *f)
{
        const char *path = f->path + strspn(f->path, "/");

        memset(b->result, 0, offsetof(struct scan_result, findings));
        detector_scan(b->detector, path, f->mode, f->data, f->size, b->result);
        b->findings += b->result->n_findings;
}

static struct pass run(struct bench *b, void (*fn)(struct bench *b, const struct file *f))
{
        struct pass p = {0};
        double begin = now();

        for (size_t i = 0; i < b->n; i++)
                if (b->files[i].size > LARGE)
                        fn(b, &b->files[i]);
        p.large = now() - begin;
        for (size_t i = 0; i < b->n; i++)
                if (b->files[i].size <= LARGE)
                        fn(b, &b->files[i]);
        p.all = now() - begin;
        return p;
}

static int compare(const void *a, const void *b)
{
        const double x = *(const double *)a, y = *(const double *)b;

        return x < y ? -1 : x > y;
}

static double median(double *v, unsigned n)
{
        qsort(v, n, sizeof(*v), compare);
        return v[n / 2];
}

/* The engine's own bytes of the first database, which every file goes through, without the header
 * that giad puts before them: it ends with two digests and says the size before these. */
static int make_floor(struct bench *b)
{
        static const size_t header = 88, at_size = 16;
        void *bytes = NULL;
        size_t n = 0;
        uint64_t size = 0;
        int k = detector_patterns(b->detector, &bytes, &n);

        if (k < 0)
                return k;
        if (n > header)
                memcpy(&size, (const char *)bytes + at_size, sizeof(size));
        k = size > 0 && size <= n - header &&
                            hs_deserialize_database((const char *)bytes + header, size,
                                                    &b->database) == HS_SUCCESS
                    ? 0
                    : -EBADMSG;
        free(bytes);
        if (k == 0 && hs_alloc_scratch(b->database, &b->scratch) != HS_SUCCESS)
                k = -ENOMEM;
        return k;
}

static void measure(struct bench *b, unsigned rounds)
{
        double floor_large[ROUNDS_MAX], floor_all[ROUNDS_MAX], scan_large[ROUNDS_MAX],
                scan_all[ROUNDS_MAX];
        uint64_t large = 0, n_large = 0;

        for (size_t i = 0; i < b->n; i++)
                if (b->files[i].size > LARGE) {
                        large += b->files[i].size;
                        n_large++;
                }
        for (unsigned r = 0; r < rounds; r++) {
                struct pass f = run(b, floor_file), s = run(b, scan_file);

                floor_large[r] = (double)large / 1e6 / f.large;
                floor_all[r] = (double)b->bytes / 1e6 / f.all;
                scan_large[r] = (double)large / 1e6 / s.large;
                scan_all[r] = (double)b->bytes / 1e6 / s.all;
        }
        double fl = median(floor_large, rounds), sl = median(scan_large, rounds);
        double fa = median(floor_all, rounds), sa = median(scan_all, rounds);
        printf("scan-rate files=%zu MB=%.1f rounds=%u findings=%llu hits_per_MB=%.0f\n", b->n,
               (double)b->bytes / 1e6, rounds, (unsigned long long)(b->findings / rounds),
               (double)b->hits / rounds / ((double)b->bytes / 1e6));
        printf("over 64 KiB: files=%llu MB=%.1f floor=%.0f MB/s scan=%.0f MB/s ratio=%.2f\n",
               (unsigned long long)n_large, (double)large / 1e6, fl, sl, sl / fl);
        printf("all:         files=%zu MB=%.1f floor=%.0f MB/s scan=%.0f MB/s ratio=%.2f, %.0f us "
               "a "
               "file\n",
               b->n, (double)b->bytes / 1e6, fa, sa, sa / fa, (double)b->bytes / sa / (double)b->n);
}

int main(int argc, char **argv)
{
        const char *rules = "detectors/rules";
        struct bench b = {.max = (uint64_t)400 << 20, .result = calloc(1, sizeof(*b.result))};
        struct ruleset_error error = {0};
        unsigned rounds = 5;
        int first = 1, k;

        for (; first < argc && strncmp(argv[first], "--", 2) == 0; first++) {
                if (strncmp(argv[first], "--rules=", 8) == 0)
                        rules = argv[first] + 8;
                else if (strncmp(argv[first], "--rounds=", 9) == 0)
                        rounds = MIN_OF((unsigned)strtoul(argv[first] + 9, NULL, 10), ROUNDS_MAX);
                else if (strncmp(argv[first], "--max=", 6) == 0)
                        b.max = strtoull(argv[first] + 6, NULL, 10) << 20;
        }
        if (first == argc || rounds == 0 || !b.result) {
                fprintf(stderr,
                        "usage: scan-rate [--rules=DIR] [--rounds=N] [--max=MiB] PATH...\n");
                return 2;
        }
        k = inspect_load_rules(&b.rules, rules, NULL, &error);
        if (k == 0)
                k = detector_new(&b.detector, b.rules, &(struct detector_options){0}, &error);
        if (k == 0)
                k = make_floor(&b);
        for (int i = first; i < argc && k == 0; i++)
                k = add_tree(&b, argv[i]);
        if (k < 0) {
                fprintf(stderr, "scan-rate: %s\n", *error.message ? error.message : strerror(-k));
                return 2;
        }
        measure(&b, rounds);
        return 0;
}
