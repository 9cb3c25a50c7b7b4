/* SPDX-FileCopyrightText: giad maintainers */
/*
 * giactl rules test, second part: what rules do to ordinary files, which hold nothing that should
 * be found. Noise there is noise everywhere, and a slow expression is slow for every file.
 *
 * Does not own: the examples (rules-test.c).
 *
 * The sample is read once and bounded in bytes and time. Findings come from the whole detector,
 * hits and time from a database of the one rule: in the common one nobody can tell whose time it
 * is.
 */
#include <fcntl.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/macros.h"
#include "daemon/ctl/rules.h"
#include "detectors/secrets/probe.h"

#define SAMPLE_MAX ((size_t)50 * 1000 * 1000)
#define FILE_MAX ((size_t)1 << 20) /* many files tell more than a large one */
#define TIME_MAX (20 * USEC_PER_SEC)
#define MB 1e6
#define MIB 1048576.0

/* Marked from here on. */
#define NOISY_HITS 50.0    /* of the database, per MB */
#define NOISY_FINDINGS 1.0 /* per MB */
#define SLOW_MS 10.0       /* per MiB */

struct sample_file {
        char *path; /* relative to its directory */
        size_t at, size;
};

struct sample {
        uint8_t *data;
        size_t n;
        struct sample_file *files;
        size_t n_files, alloc;
        usec_t deadline;
};

struct row {
        const struct rule *rule;
        uint64_t findings;
        struct secret_probe_count count;
        double seconds, bytes; /* of the timed part */
};

static void sample_done(struct sample *s)
{
        for (size_t i = 0; i < s->n_files; i++)
                free(s->files[i].path);
        free(s->files);
        free(s->data);
}

static bool is_over(const struct sample *s)
{
        return clock_monotonic() >= s->deadline;
}

/* --- reading ---- */

static int add_file(struct sample *s, const char *path, const char *relative, size_t size)
{
        _cleanup_close_ int fd =
                open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        size_t at = s->n;

        if (fd < 0)
                return 0;
        if (s->n_files == s->alloc) {
                size_t alloc = s->alloc ? s->alloc * 2 : 256;
                struct sample_file *files = reallocarray(s->files, alloc, sizeof(*files));

                if (!files)
                        return -ENOMEM;
                s->files = files;
                s->alloc = alloc;
        }
        while (size > 0) {
                ssize_t k = read(fd, s->data + s->n, size);

                if (k <= 0)
                        break;
                s->n += (size_t)k;
                size -= (size_t)k;
        }
        char *name = strdup(relative);
        if (!name)
                return -ENOMEM;
        s->files[s->n_files++] = (struct sample_file){name, at, s->n - at};
        return 0;
}

/* Compressed files are noise of another kind: nobody's rule is meant for them. */
static bool is_text_name(const char *path)
{
        const char *dot = strrchr(path, '.');

        return !dot || (strcmp(dot, ".gz") != 0 && strcmp(dot, ".png") != 0 &&
                        strcmp(dot, ".pdf") != 0 && strcmp(dot, ".xz") != 0);
}

static int read_directory(struct sample *s, const char *directory)
{
        _cleanup_free_ char *root = strdup(directory);
        char *const roots[] = {root, NULL};
        int k = 0;

        if (!root)
                return -ENOMEM;
        FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
        if (!fts)
                return -errno;
        for (FTSENT *e; k == 0 && (e = fts_read(fts)) && !is_over(s);) {
                if (e->fts_info == FTS_NS && e->fts_level == 0)
                        k = -e->fts_errno;
                if (e->fts_info != FTS_F || !is_text_name(e->fts_name))
                        continue;
                size_t size = (size_t)e->fts_statp->st_size;
                if (size == 0 || size > FILE_MAX)
                        continue;
                if (size > SAMPLE_MAX - s->n)
                        break;
                const char *relative = e->fts_path + strlen(root);
                k = add_file(s, e->fts_path, relative + strspn(relative, "/"), size);
        }
        (void)fts_close(fts);
        return k;
}

static int read_sample(struct sample *s, const char *const *directories)
{
        static const char *const usual[] = {"/usr/share/doc", "/usr/include", NULL};
        int status = EXIT_OK;

        s->data = malloc(SAMPLE_MAX);
        if (!s->data)
                return ctl_error("out of memory");
        for (const char *const *d = *directories ? directories : usual; *d; d++) {
                int k = read_directory(s, *d);

                /* the usual ones need not be there */
                if (k < 0 && (k == -ENOMEM || *directories))
                        status = ctl_error("%s: %s", *d, strerror(-k));
        }
        return status;
}

/* --- measuring ---- */

static double seconds_now(void)
{
        struct timespec ts;

        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
        return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Findings of the rules, with half of the time at most; returns the bytes that were scanned. */
static double scan_sample(const struct sample *s, struct detector *d, struct scan_result *result,
                          struct row *rows, unsigned n)
{
        usec_t begin = clock_monotonic();
        usec_t end = begin + (s->deadline > begin ? (s->deadline - begin) / 2 : 0);
        double bytes = 0;

        for (size_t i = 0; i < s->n_files && clock_monotonic() < end; i++) {
                const struct sample_file *f = &s->files[i];

                detector_scan(d, f->path, S_IFREG | 0600, s->data + f->at, f->size, result);
                bytes += (double)f->size;
                for (uint32_t k = 0; k < result->n_findings; k++)
                        for (unsigned r = 0; r < n; r++)
                                if (strcmp(rows[r].rule->id, result->findings[k].rule) == 0)
                                        rows[r].findings++;
        }
        return bytes;
}

/* One rule by itself, until `end`. */
static int time_rule(const struct sample *s, struct row *row, usec_t end)
{
        struct secret_probe *probe = NULL;
        struct ruleset_error error = {0};
        int k = secret_probe_new(&probe, &row->rule, 1, &error);

        if (k < 0)
                return offline_rules_error(&error, k);
        for (size_t i = 0; i < s->n_files && k == 0 && clock_monotonic() < end; i++) {
                const struct sample_file *f = &s->files[i];
                double begin = seconds_now();

                k = secret_probe_count(probe, NULL, s->data + f->at, f->size, &row->count);
                row->seconds += seconds_now() - begin;
                row->bytes += (double)f->size;
        }
        (void)secret_probe_free(probe);
        return k < 0 ? ctl_error("%s", strerror(-k)) : EXIT_OK;
}

static int time_rules(const struct sample *s, struct row *rows, unsigned n)
{
        for (unsigned i = 0; i < n; i++) {
                usec_t now = clock_monotonic();
                usec_t share = s->deadline > now ? (s->deadline - now) / (n - i) : 0;

                if (rows[i].rule->matcher == MATCHER_PATTERN && share > 0 &&
                    time_rule(s, &rows[i], now + share) != EXIT_OK)
                        return EXIT_ERROR;
        }
        return EXIT_OK;
}

/* --- the table ---- */

static void add_rate(struct table *t, double n, double per)
{
        char cell[32] = "-";

        if (per > 0)
                (void)snprintf(cell, sizeof(cell), "%.2f", n / per);
        table_add(t, cell);
}

/* What strikes in a rule's row. */
static const char *remark(const struct row *r, double scanned)
{
        double mb = r->bytes / MB, found = scanned > 0 ? (double)r->findings * MB / scanned : 0;

        if (found > NOISY_FINDINGS)
                return "noisy: finds too much";
        if (mb > 0 && r->seconds * 1000 / (r->bytes / MIB) > SLOW_MS)
                return "slow";
        return mb > 0 && (double)r->count.hits / mb > NOISY_HITS ? "loud: the anchor hits often"
                                                                 : "";
}

static void print_rows(const struct ctl *ctl, const struct row *rows, unsigned n, double scanned)
{
        static const char *const heading[] = {"HITS/MB", "MATCHES/MB", "FOUND/MB",
                                              "MS/MiB",  "RULE",       "REMARK"};
        struct table *t = table_new(ELEMENTSOF(heading));

        for (size_t i = 0; t && i < ELEMENTSOF(heading); i++)
                table_add(t, heading[i]);
        for (unsigned i = 0; t && i < n; i++) {
                const struct row *r = &rows[i];

                add_rate(t, (double)r->count.hits, r->bytes / MB);
                add_rate(t, (double)r->count.matches, r->bytes / MB);
                add_rate(t, (double)r->findings, scanned / MB);
                add_rate(t, r->seconds * 1000, r->bytes / MIB);
                table_add(t, r->rule->id);
                table_add(t, remark(r, scanned));
        }
        if (t)
                table_print(t, ctl, stdout);
}

static void put_rate(cJSON *o, const char *key, double n, double per)
{
        if (per > 0)
                (void)cJSON_AddNumberToObject(o, key, n / per);
}

static void put_rows(cJSON *answer, const struct sample *s, const struct row *rows, unsigned n,
                     double scanned)
{
        cJSON *benign = cJSON_AddObjectToObject(answer, "ordinary");
        cJSON *list = cJSON_AddArrayToObject(benign, "rules");

        (void)cJSON_AddNumberToObject(benign, "files", (double)s->n_files);
        (void)cJSON_AddNumberToObject(benign, "bytes", (double)s->n);
        (void)cJSON_AddNumberToObject(benign, "scanned", scanned);
        for (unsigned i = 0; i < n; i++) {
                const struct row *r = &rows[i];
                cJSON *o = cJSON_CreateObject();

                (void)cJSON_AddStringToObject(o, "rule", r->rule->id);
                put_rate(o, "hits_per_mb", (double)r->count.hits, r->bytes / MB);
                put_rate(o, "matches_per_mb", (double)r->count.matches, r->bytes / MB);
                put_rate(o, "found_per_mb", (double)r->findings, scanned / MB);
                put_rate(o, "ms_per_mib", r->seconds * 1000, r->bytes / MIB);
                (void)cJSON_AddStringToObject(o, "remark", remark(r, scanned));
                (void)cJSON_AddItemToArray(list, o);
        }
}

int rules_benign(struct ctl *ctl, struct offline *o, const struct rule *const *rules, unsigned n,
                 const char *const *directories, cJSON *answer)
{
        _cleanup_(sample_done) struct sample s = {.deadline = clock_monotonic() + TIME_MAX};
        _cleanup_free_ struct row *rows = calloc(n + 1u, sizeof(*rows));
        _cleanup_free_ struct scan_result *result = calloc(1, sizeof(*result));

        if (!rows || !result)
                return ctl_error("out of memory");
        for (unsigned i = 0; i < n; i++)
                rows[i].rule = rules[i];
        int status = read_sample(&s, directories);
        if (status != EXIT_OK)
                return status;
        if (s.n == 0 && answer)
                return EXIT_OK;
        if (s.n == 0) {
                (void)puts("there is no sample of ordinary files: --benign=DIR names one");
                return EXIT_OK;
        }
        double scanned = scan_sample(&s, o->detector, result, rows, n);
        status = time_rules(&s, rows, n);
        if (status != EXIT_OK)
                return status;
        if (answer) {
                put_rows(answer, &s, rows, n, scanned);
                return EXIT_OK;
        }
        (void)printf("on %zu ordinary files, %.1f MB (%.1f MB scanned):\n", s.n_files,
                     (double)s.n / MB, scanned / MB);
        print_rows(ctl, rows, n, scanned);
        return EXIT_OK;
}
