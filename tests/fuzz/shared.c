/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what several targets and the seeds' maker must agree on: names of files, and the rules.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "tests/fuzz/fuzz.h"

const char *const fuzz_names[] = {
        "a.txt",       "a.yaml",
        "a.json",      "main.tf",
        "a.py",        "a.js",
        "A.java",      "a.go",
        "a.php",       "a.rb",
        "A.cs",        "a.service",
        "policy.csv",  "etc/a",
        "a.sql",       "a.pem",
        "Dockerfile",  "a.xml",
        ".npmrc",      "a.rules",
        "a.conf",      "a.rego",
        "a.toml",      ".env",
        "a.ini",       ".claude/settings.json",
        "a.tpl",       "a.md",
        "cron.d/a",    "a.ppk",
        "a.hcl",       ".vscode/tasks.json",
        "sudoers.d/x", ".github/workflows/ci.yml",
        "policy.json", "a.jsonl",
        "a.sh",        "authorized_keys",
        "a.ts",        "a.properties",
        "a.cedar",     "policy",
        "a.bicep",     "web.xml",
};
const size_t fuzz_n_names = ELEMENTSOF(fuzz_names);

static const char *last_part(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

static int likeness(const char *a, const char *b)
{
        const char *x = strrchr(last_part(a), '.'), *y = strrchr(last_part(b), '.');

        if (strcmp(a, b) == 0)
                return 3;
        if (strcmp(last_part(a), last_part(b)) == 0)
                return 2;
        return x && y && strcmp(x, y) == 0;
}

size_t fuzz_name_like(const char *path)
{
        size_t best = 0;

        for (size_t i = 0; i < fuzz_n_names; i++)
                if (likeness(path, fuzz_names[i]) > likeness(path, fuzz_names[best]))
                        best = i;
        return best;
}

static void read_pack(struct ruleset *rules, const char *path)
{
        _cleanup_buffer_ struct buffer b = BUFFER_NULL;
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        struct ruleset_error error = {0};
        char block[4096];
        size_t n;

        while (f && (n = fread(block, 1, sizeof(block), f)) > 0)
                buffer_append(&b, block, n);
        if (!f || ruleset_add(rules, path, b.data ? b.data : "", b.len, &error) < 0) {
                (void)fprintf(stderr, "%s:%u: %s\n", path, error.line, error.message);
                exit(2);
        }
}

struct ruleset *fuzz_rules(void)
{
        const char *dir = getenv("GIAD_RULES"), *top = getenv("top_srcdir");
        struct ruleset *rules = NULL;
        char pattern[4200];
        glob_t found = {0};

        if (dir)
                (void)snprintf(pattern, sizeof(pattern), "%.4000s/*.yaml", dir);
        else
                (void)snprintf(pattern, sizeof(pattern), "%.4000s/detectors/rules/*.yaml",
                               top ? top : ".");
        if (ruleset_new(&rules) < 0 || glob(pattern, 0, NULL, &found) != 0) {
                (void)fprintf(stderr, "no rules: %s\n", pattern);
                exit(2);
        }
        for (size_t i = 0; i < found.gl_pathc; i++)
                read_pack(rules, found.gl_pathv[i]);
        globfree(&found);
        return rules;
}
