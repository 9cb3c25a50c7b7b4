/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Measures detection without daemon, sandbox or command: reads rule packs and files, prints one
 * JSON object a finding as DESIGN §10 says.
 *
 *      detect-dir [scan] [--output=jsonl] [--rules=DIR] PATH…
 *
 * `scan` and `--output` are taken so that score.py can call it in giactl's place; the packs are
 * those of $GIAD_RULES or of the source tree. Exit status 0 nothing found, 1 findings, 2 an error.
 * A tool for developers: it follows no rule about hostile paths.
 */
#include <fts.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "detectors/detect.h"

struct run {
        struct detector *detector;
        struct scan_result *result;
        uint64_t bytes, files, findings;
};

static int read_file(const char *path, struct buffer *b)
{
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        char block[65536];
        size_t n;

        if (!f)
                return -errno;
        buffer_reset(b);
        while ((n = fread(block, 1, sizeof(block), f)) > 0)
                buffer_append(b, block, n);
        return ferror(f) ? -EIO : b->error;
}

static int load_pack(struct ruleset *rules, const char *path)
{
        _cleanup_buffer_ struct buffer b = BUFFER_NULL;
        struct ruleset_error error = {0};
        int r = read_file(path, &b);

        if (r == 0)
                r = ruleset_add(rules, path, b.data ? b.data : "", b.len, &error);
        if (r < 0)
                fprintf(stderr, "%s:%u:%u: %s\n", path, error.line, error.column,
                        error.message[0] ? error.message : strerror(-r));
        return r;
}

static int load_rules(struct ruleset *rules, const char *dir)
{
        char pattern[4200];
        glob_t found = {0};
        int r = 0;

        (void)snprintf(pattern, sizeof(pattern), "%s/*.yaml", dir);
        if (glob(pattern, 0, NULL, &found) != 0) {
                fprintf(stderr, "no packs in %s\n", dir);
                return -ENOENT;
        }
        for (size_t i = 0; i < found.gl_pathc && r == 0; i++)
                r = load_pack(rules, found.gl_pathv[i]);
        globfree(&found);
        return r;
}

static void print_finding(const char *path, const struct scan_result *res, const struct finding *f)
{
        _cleanup_buffer_ struct buffer b = BUFFER_NULL;
        const struct class_info *class = finding_class_info((enum finding_class)f->class);

        buffer_puts(&b, "{\"path\":");
        buffer_json_string(&b, path);
        buffer_printf(&b, ",\"artefact\":\"%s\",\"rule\":\"%s\",\"kind\":\"%s\",\"class\":\"%s\"",
                      artefact_kind_to_string(res->artefact), f->rule,
                      finding_kind_to_string(class->kind), class->name);
        buffer_printf(&b, ",\"severity\":\"%s\",\"confidence\":\"%s\",\"certainty\":\"%s\"",
                      severity_to_string(f->severity), confidence_to_string(f->confidence),
                      certainty_to_string(f->certainty));
        buffer_printf(&b, ",\"line\":%u,\"column\":%u,\"redacted\":", f->line, f->column);
        buffer_json_string(&b, f->redacted);
        buffer_puts(&b, ",\"detail\":");
        buffer_json_string(&b, f->detail);
        buffer_printf(&b, ",\"fingerprint\":\"%s\"}", f->fingerprint);
        if (b.error == 0)
                puts(b.data);
}

static void scan_file(struct run *run, const char *path, const struct stat *st)
{
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        static uint8_t block[1 << 20];
        size_t n;

        if (!f)
                return;
        detector_begin(run->detector, path[0] == '/' ? path + 1 : path, st->st_mode,
                       (uint64_t)st->st_size, run->result);
        while ((n = fread(block, 1, sizeof(block), f)) > 0)
                detector_feed(run->detector, block, n);
        detector_end(run->detector);
        run->files++;
        run->bytes += run->result->bytes;
        run->findings += run->result->n_findings;
        for (uint32_t i = 0; i < run->result->n_findings; i++)
                print_finding(path, run->result, &run->result->findings[i]);
}

static int scan_path(struct run *run, char *path)
{
        char *paths[] = {path, NULL};
        FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);

        if (!tree)
                return -errno;
        for (FTSENT *e; (e = fts_read(tree));)
                if (e->fts_info == FTS_F)
                        scan_file(run, e->fts_path, e->fts_statp);
        (void)fts_close(tree);
        return 0;
}

int main(int argc, char **argv)
{
        const char *top = getenv("top_srcdir"), *dir = getenv("GIAD_RULES");
        char packs[4096];
        struct ruleset *rules = NULL;
        struct ruleset_error error = {0};
        struct run run = {0};
        int first = 1, r;

        (void)snprintf(packs, sizeof(packs), "%s/detectors/rules", top ? top : ".");
        for (; first < argc; first++) {
                if (strncmp(argv[first], "--rules=", 8) == 0)
                        dir = argv[first] + 8;
                else if (strncmp(argv[first], "--", 2) != 0 && strcmp(argv[first], "scan") != 0)
                        break;
        }
        run.result = calloc(1, sizeof(*run.result));
        r = run.result ? ruleset_new(&rules) : -ENOMEM;
        if (r == 0)
                r = load_rules(rules, dir ? dir : packs);
        if (r == 0) {
                r = detector_new(&run.detector, rules, &(struct detector_options){0}, &error);
                if (r < 0)
                        fprintf(stderr, "%s\n", error.message[0] ? error.message : strerror(-r));
        }
        for (int i = first; i < argc && r == 0; i++)
                r = scan_path(&run, argv[i]);
        fprintf(stderr, "%llu files, %llu bytes, %llu findings\n", (unsigned long long)run.files,
                (unsigned long long)run.bytes, (unsigned long long)run.findings);
        (void)detector_free(run.detector);
        (void)ruleset_free(rules);
        free(run.result);
        return r < 0 ? 2 : run.findings > 0;
}
