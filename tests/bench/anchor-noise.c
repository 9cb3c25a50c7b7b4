/* SPDX-FileCopyrightText: giad maintainers */
/*
 * How often the database's expression of each pattern rule hits in files that hold no secrets: each
 * hit costs a confirmation.
 *
 *      anchor-noise [--rules=DIR] [--limit=HITS] [--top=N] PATH…
 *
 * Prints hits and matches per MB, the loudest first; with --top so many. With --limit it fails if a
 * rule hits more often than that per MB and does not say why (`loud:` in its pattern), or says why
 * and does not hit half as often. Packs are those of the source tree. Exit status 0 well, 1 a rule
 * is too loud, 2 an error. A tool for developers: it follows no rule about hostile paths.
 */
#include <fts.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/buffer.h"
#include "common/base/io.h"
#include "common/base/macros.h"
#include "detectors/secrets/probe.h"

#define FILE_MAX ((size_t)4 << 20)

struct noise {
        struct secret_probe *probe;
        const struct rule **rules;
        struct secret_probe_count *counts;
        unsigned n;
        double bytes;
};

struct line {
        const struct rule *rule;
        double hits, matches; /* per MB */
};

static int load_rules(struct ruleset *rules, const char *dir)
{
        struct ruleset_error error = {0};
        char pattern[4200];
        glob_t found = {0};
        int k = 0;

        (void)snprintf(pattern, sizeof(pattern), "%s/*.yaml", dir);
        if (glob(pattern, 0, NULL, &found) != 0) {
                (void)fprintf(stderr, "no packs in %s\n", dir);
                return -ENOENT;
        }
        for (size_t i = 0; i < found.gl_pathc && k == 0; i++) {
                _cleanup_buffer_ struct buffer b = BUFFER_NULL;

                buffer_reset(&b);
                k = io_read_file(found.gl_pathv[i], &b);
                if (k == 0)
                        k = ruleset_add(rules, found.gl_pathv[i], b.data ? b.data : "", b.len,
                                        &error);
                if (k < 0)
                        (void)fprintf(stderr, "%s:%u: %s\n", found.gl_pathv[i], error.line,
                                      error.message[0] ? error.message : "cannot be read");
        }
        globfree(&found);
        return k;
}

static int count_path(struct noise *noise, char *path)
{
        _cleanup_buffer_ struct buffer b = BUFFER_NULL;
        char *const paths[] = {path, NULL};
        FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
        int k = 0;

        if (!tree)
                return -errno;
        for (FTSENT *e; k == 0 && (e = fts_read(tree));) {
                if (e->fts_info == FTS_NS)
                        k = -e->fts_errno;
                buffer_reset(&b);
                if (e->fts_info != FTS_F || (size_t)e->fts_statp->st_size > FILE_MAX ||
                    io_read_file(e->fts_path, &b) < 0 || b.len == 0)
                        continue;
                k = secret_probe_count(noise->probe, e->fts_path, (const uint8_t *)b.data, b.len,
                                       noise->counts);
                noise->bytes += (double)b.len;
        }
        (void)fts_close(tree);
        if (k < 0)
                (void)fprintf(stderr, "%s: cannot be read\n", path);
        return k;
}

static int louder(const void *a, const void *b)
{
        const struct line *x = a, *y = b;

        if (x->hits > y->hits || x->hits < y->hits)
                return x->hits > y->hits ? -1 : 1;
        return strcmp(x->rule->id, y->rule->id);
}

/* Returns the number of rules that are louder than they may be, or say that they are and are not.
 */
static unsigned print_lines(const struct line *lines, unsigned n, unsigned top, double limit)
{
        unsigned bad = 0;

        (void)printf("%10s %10s  %s\n", "HITS/MB", "MATCHES/MB", "RULE");
        for (unsigned i = 0; i < n; i++) {
                const struct line *l = &lines[i];
                const char *why = l->rule->pattern.loud;
                bool loud = limit > 0 && l->hits > limit && !why;
                bool needless = limit > 0 && why && l->hits < limit / 2;

                bad += loud || needless;
                if (i >= top && !loud && !needless)
                        continue;
                (void)printf("%10.2f %10.2f  %s%s%s\n", l->hits, l->matches, l->rule->id,
                             loud       ? "  TOO LOUD, and does not say why (loud:)"
                             : needless ? "  says why it is loud, and is not: "
                             : why      ? "  "
                                        : "",
                             why ? why : "");
        }
        return bad;
}

static int run(struct noise *noise, char **paths, int n_paths, unsigned top, double limit)
{
        _cleanup_free_ struct line *lines = calloc(noise->n + 1u, sizeof(*lines));

        if (!lines)
                return 2;
        for (int i = 0; i < n_paths; i++)
                if (count_path(noise, paths[i]) < 0)
                        return 2;
        if (noise->bytes < 1) {
                (void)fputs("there is nothing to look at\n", stderr);
                return 2;
        }
        for (unsigned i = 0; i < noise->n; i++)
                lines[i] = (struct line){noise->rules[i],
                                         (double)noise->counts[i].hits * 1e6 / noise->bytes,
                                         (double)noise->counts[i].matches * 1e6 / noise->bytes};
        qsort(lines, noise->n, sizeof(*lines), louder);
        (void)printf("%u pattern rules on %.1f MB\n", noise->n, noise->bytes / 1e6);
        return print_lines(lines, noise->n, top, limit) > 0;
}

static int measure(const struct ruleset *rules, char **paths, int n_paths, unsigned top,
                   double limit)
{
        size_t count = ruleset_count(rules) + 1;
        _cleanup_free_ const struct rule **list = calloc(count, sizeof(*list));
        _cleanup_free_ struct secret_probe_count *counts = calloc(count, sizeof(*counts));
        struct noise noise = {.rules = list, .counts = counts};
        struct ruleset_error error = {0};

        if (!list || !counts)
                return 2;
        for (size_t i = 0; i < ruleset_count(rules); i++)
                if (ruleset_at(rules, i)->matcher == MATCHER_PATTERN)
                        list[noise.n++] = ruleset_at(rules, i);
        if (secret_probe_new(&noise.probe, list, noise.n, &error) < 0) {
                (void)fprintf(stderr, "%s\n", error.message);
                return 2;
        }
        int status = run(&noise, paths, n_paths, top, limit);
        (void)secret_probe_free(noise.probe);
        return status;
}

int main(int argc, char **argv)
{
        const char *top_srcdir = getenv("top_srcdir");
        char dir[4096];
        double limit = 0;
        unsigned top = 1000;
        struct ruleset *rules = NULL;
        int i = 1;

        (void)snprintf(dir, sizeof(dir), "%s/detectors/rules", top_srcdir ? top_srcdir : ".");
        for (; i < argc && argv[i][0] == '-'; i++) {
                if (strncmp(argv[i], "--rules=", 8) == 0)
                        (void)snprintf(dir, sizeof(dir), "%s", argv[i] + 8);
                else if (strncmp(argv[i], "--limit=", 8) == 0)
                        limit = strtod(argv[i] + 8, NULL);
                else if (strncmp(argv[i], "--top=", 6) == 0)
                        top = (unsigned)strtoul(argv[i] + 6, NULL, 10);
                else
                        return 2;
        }
        if (ruleset_new(&rules) < 0)
                return 2;
        int status =
                load_rules(rules, dir) < 0 ? 2 : measure(rules, argv + i, argc - i, top, limit);
        (void)ruleset_free(rules);
        return status;
}
