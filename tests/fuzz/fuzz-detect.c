/* SPDX-FileCopyrightText: giad maintainers */
/*
 * The whole detector with the shipped rules over any bytes: what it says must be valid, and must
 * not depend on the pieces in which the bytes come. The first byte names the file, the second the
 * size of the pieces.
 *
 * Reads the packs of $GIAD_RULES, or of detectors/rules below the working directory, once.
 */
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "detectors/detect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {
        "a.txt",       "a.json", "a.yaml", "main.tf", ".env",        "a.ini",
        "app.py",      "a.js",   "a.go",   "A.java",  ".npmrc",      ".github/workflows/ci.yml",
        "Dockerfile",  "a.rb",   "a.cs",   "a.php",   "sudoers.d/x", ".claude/settings.json",
        "policy.json", "a.sql",
};

static void read_pack(struct ruleset *rules, const char *path)
{
        _cleanup_buffer_ struct buffer b = BUFFER_NULL;
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        struct ruleset_error error;
        char block[4096];
        size_t n;

        if (!f)
                abort();
        while ((n = fread(block, 1, sizeof(block), f)) > 0)
                buffer_append(&b, block, n);
        if (ruleset_add(rules, path, b.data ? b.data : "", b.len, &error) < 0)
                abort();
}

static struct detector *make_detector(void)
{
        const char *dir = getenv("GIAD_RULES");
        /* the smallest buffer there is, so that pieces matter */
        struct detector_options options = {.parse_max = 1 << 16, .matches_per_rule = 50};
        struct ruleset_error error;
        struct ruleset *rules = NULL;
        struct detector *d = NULL;
        char pattern[4200];
        glob_t found = {0};

        (void)snprintf(pattern, sizeof(pattern), "%.4000s/*.yaml", dir ? dir : "detectors/rules");
        if (ruleset_new(&rules) < 0 || glob(pattern, 0, NULL, &found) != 0)
                abort();
        for (size_t i = 0; i < found.gl_pathc; i++)
                read_pack(rules, found.gl_pathv[i]);
        globfree(&found);
        if (detector_new(&d, rules, &options, &error) < 0)
                abort();
        return d;
}

static void check(const struct scan_result *res)
{
        if (res->n_findings > SCAN_FINDINGS_MAX || res->n_gaps > SCAN_GAPS_MAX)
                abort();
        for (uint32_t i = 0; i < res->n_findings; i++)
                if (!finding_valid(&res->findings[i]))
                        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct detector *d;
        static struct scan_result whole, pieces;

        if (!d)
                d = make_detector();
        if (size < 2)
                return 0;
        const char *name = names[data[0] % ELEMENTSOF(names)];
        size_t piece = (size_t)data[1] * 7 + 1;
        data += 2;
        size -= 2;
        detector_scan(d, name, S_IFREG, data, size, &whole);
        check(&whole);
        detector_begin(d, name, S_IFREG, size, &pieces);
        for (size_t i = 0; i < size; i += piece)
                detector_feed(d, data + i, MIN_OF(piece, size - i));
        detector_feed_aside(d, "name", data, MIN_OF(size, 200u));
        detector_end(d);
        check(&pieces);
        if (pieces.findings_dropped == 0 && whole.n_findings > pieces.n_findings)
                abort();
        return 0;
}
