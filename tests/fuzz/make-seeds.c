/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: seeds for the fuzz targets, from the rules' own examples and matchers, and from files.
 * Must not own: what the bytes mean; each target says at its head how it reads its input.
 *
 *      make-seeds OUT [DIR]…    writes OUT/<target>/<number>; every file below a DIR is a document
 *
 * Nothing is kept in the repository that a scanner of secrets would report: what the examples hold
 * is decoded here.
 */
#include <errno.h>
#include <fts.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "detectors/detect.h"
#include "detectors/formats/format.h"
#include "detectors/source/lexer.h"
#include "tests/fuzz/fuzz.h"

#define ANSWERS 40 /* results of scans that become seeds of the scanner's protocol */

struct maker {
        const char *out;
        unsigned number;
        struct detector *detector;
        struct scan_answer answer;
        unsigned answers;
};

static void fail(const char *what)
{
        (void)fprintf(stderr, "make-seeds: %s: %s\n", what, strerror(errno));
        exit(1);
}

/* The bytes of head, then those of data, as one seed of a target. */
static void seed(struct maker *m, const char *target, const struct buffer *head, const void *data,
                 size_t n)
{
        char path[4400];

        (void)snprintf(path, sizeof(path), "%.4000s/%s", m->out, target);
        if (mkdir(path, 0777) < 0 && errno != EEXIST)
                fail(path);
        (void)snprintf(path, sizeof(path), "%.4000s/%s/%05u", m->out, target, m->number++);
        _cleanup_fclose_ FILE *f = fopen(path, "we");
        if (!f || head->error ||
            fwrite(head->data ? head->data : "", 1, head->len, f) != head->len ||
            fwrite(data, 1, n, f) != n)
                fail(path);
}

static void seed_selected(struct maker *m, const char *target, size_t first, const char *data,
                          size_t n)
{
        _cleanup_buffer_ struct buffer head = BUFFER_NULL;

        buffer_putc(&head, (char)first);
        seed(m, target, &head, data, n);
}

static void seed_formats(struct maker *m, const char *path, const char *data, size_t n)
{
        /* as in fuzz-format.c, where those without a name here have none of their own */
        static const char *const formats[] = {
                "json",  "yaml",    "hcl",   "dotenv",  "ini", "dockerfile",
                "",      "sudoers", "sshd",  "crontab", "pam", "authorized_keys",
                "",      "",        "rego",  "cedar",   "sql", "casbin",
                "bicep", "xml",     "polkit"};
        const struct format *format = format_guess(path, data, n);

        for (size_t i = 0; format && i < ELEMENTSOF(formats); i++) {
                if (strcmp(format->name, formats[i]) != 0)
                        continue;
                seed_selected(m, "format", i, data, n);
                if (i < 3)
                        seed_selected(m, "analysers", i, data, n);
        }
}

static void seed_answer(struct maker *m, const char *path, const char *data, size_t n)
{
        const struct buffer none = BUFFER_NULL;
        struct scan_answer *a = &m->answer;

        if (m->answers == ANSWERS)
                return;
        memset(a, 0, sizeof(*a));
        a->type = SCAN_ANSWER;
        a->id = 1;
        detector_scan(m->detector, path, S_IFREG, (const uint8_t *)data, n, &a->result);
        if (a->result.n_findings == 0 && a->result.artefact == 0)
                return;
        m->answers++;
        if (m->answers % 2 == 0) {
                a->about_size = sizeof(struct scan_about);
                memset(scan_answer_about(a), 0, sizeof(struct scan_about));
                (void)text_copy(scan_answer_about(a)->command, SCAN_COMMAND_SHOWN_MAX, "tool --x");
        }
        seed(m, "answer", &none, a, scan_answer_size(a));
}

static void document(struct maker *m, const char *path, const char *data, size_t n)
{
        _cleanup_buffer_ struct buffer head = BUFFER_NULL;
        size_t name = fuzz_name_like(path);

        seed_selected(m, "classify", name, data, n);
        buffer_putc(&head, (char)name);
        buffer_putc(&head, (char)(m->number % 256));
        seed(m, "detect", &head, data, n);
        seed_formats(m, path, data, n);
        if (lexer_language(path) != LANGUAGE_NONE)
                seed_selected(m, "lexer", (size_t)lexer_language(path), data, n);
        seed_answer(m, path, data, n);
}

/* --- from the packs ------------------------------------------------------------------------- */

/* The node as it stands in the pack, with its first line indented like the others. */
static void slice(struct buffer *out, const char *text, const struct node *n)
{
        for (uint32_t i = 1; i < n->column; i++)
                buffer_putc(out, ' ');
        buffer_append(out, text + n->offset, n->length);
        buffer_puts(out, "\n");
}

static void matcher(struct maker *m, const char *target, const char *text,
                    const struct node *config, const struct rule *rule)
{
        for (size_t i = 0; config && config->length && i < rule->n_bad; i++) {
                const struct rule_example *e = &rule->bad[i];
                _cleanup_buffer_ struct buffer head = BUFFER_NULL;

                slice(&head, text, config);
                buffer_puts(&head, "%%\n");
                if (strcmp(target, "call-match") == 0)
                        buffer_putc(&head, (char)lexer_language(e->path));
                seed(m, target, &head, e->text, e->size);
        }
}

static void pack(struct maker *m, const struct ruleset *rules, const char *text, size_t n)
{
        struct doc_error error;
        struct doc *doc = NULL;

        if (doc_new(&doc, &DOC_LIMITS_DEFAULT) < 0 || format_yaml.parse(doc, text, n, &error) < 0)
                fail("a pack");
        NODE_ITEMS(item, node_get(doc_root(doc), "rules"))
        {
                const char *id = node_text(node_get(item, "id"));
                const struct rule *rule = id ? ruleset_find(rules, id) : NULL;
                _cleanup_buffer_ struct buffer one = BUFFER_NULL;

                if (!rule)
                        continue;
                matcher(m, "tree-match", text, node_get(item, "tree"), rule);
                matcher(m, "call-match", text, node_get(item, "call"), rule);
                buffer_puts(&one, "rules:\n  -\n");
                slice(&one, text, item);
                seed(m, "rules", &one, "", 0);
        }
        (void)doc_free(doc);
}

static void examples(struct maker *m, const struct rule_example *list, size_t n)
{
        for (size_t i = 0; i < n; i++)
                document(m, list[i].path, list[i].text, list[i].size);
}

/* --- from files ----------------------------------------------------------------------------- */

static void read_file(struct buffer *b, const char *path)
{
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        char block[4096];
        size_t n;

        while (f && (n = fread(block, 1, sizeof(block), f)) > 0)
                buffer_append(b, block, n);
        buffer_append(b, "", 0);
        if (!f || b->error)
                fail(path);
}

static void directory(struct maker *m, char *path)
{
        char *paths[] = {path, NULL};
        FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);

        for (FTSENT *e; tree && (e = fts_read(tree));) {
                _cleanup_buffer_ struct buffer b = BUFFER_NULL;

                if (e->fts_info != FTS_F)
                        continue;
                read_file(&b, e->fts_path);
                document(m, e->fts_path + strlen(path) + 1, b.data ? b.data : "", b.len);
        }
        if (!tree)
                fail(path);
        (void)fts_close(tree);
}

int main(int argc, char **argv)
{
        static struct maker m;
        struct ruleset *rules = fuzz_rules();
        const struct detector_options options = {0};
        struct ruleset_error error = {0};
        const char *last = "";

        if (argc < 2)
                return 2;
        m.out = argv[1];
        if (detector_new(&m.detector, rules, &options, &error) < 0) {
                (void)fprintf(stderr, "make-seeds: %s\n", error.message);
                return 1;
        }
        for (size_t i = 0; i < ruleset_count(rules); i++) {
                const struct rule *rule = ruleset_at(rules, i);

                examples(&m, rule->bad, rule->n_bad);
                examples(&m, rule->good, rule->n_good);
                if (strcmp(rule->pack, last) != 0) {
                        _cleanup_buffer_ struct buffer b = BUFFER_NULL;

                        last = rule->pack;
                        read_file(&b, last);
                        pack(&m, rules, b.data, b.len);
                }
        }
        for (int i = 2; i < argc; i++)
                directory(&m, argv[i]);
        (void)detector_free(m.detector);
        (void)ruleset_free(rules);
        (void)printf("%u seeds\n", m.number);
        return 0;
}
