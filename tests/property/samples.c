/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what is planted: the secrets of the rules' own bad examples.
 *
 * Must not own: where they go (planting.c), how they are written there (coding.c).
 *
 * Each is first looked for in a small file of its own: a rule that needs its line keeps it, one
 * that does not is planted in the middle of lines, too. What is found there has to be found
 * everywhere.
 */
#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/macros.h"
#include "tests/property/planted.h"

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
        detector_scan(p->small, path, S_IFREG | 0600, (const uint8_t *)p->file.data, p->file.len,
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

/* Filler alone is a finding under that name: "four words in line" is a client, a server, … */
static bool is_noisy(struct property *p, const char *path)
{
        for (unsigned k = 0; k < _FILLER_MAX; k++) {
                const struct buffer *pool = &p->pool[LINES_LF][k];

                buffer_reset(&p->file);
                buffer_append(&p->file, pool->data, MIN_OF(pool->len, (size_t)4096));
                detector_scan(p->small, path, S_IFREG | 0600, (const uint8_t *)p->file.data,
                              p->file.len, p->result);
                if (p->result->n_findings > 0)
                        return true;
        }
        return false;
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
        s.noisy = is_noisy(p, s.path);
        s.by_name = found_in(p, &s, "secret.yaml", "password: ", secret, s.length, "");
        if (p->n_samples == p->alloc) {
                p->alloc = p->alloc ? p->alloc * 2 : 256;
                p->samples = reallocarray(p->samples, p->alloc, sizeof(*p->samples));
                if (!p->samples)
                        abort();
        }
        p->samples[p->n_samples++] = s;
}

void samples_collect(struct property *p)
{
        for (size_t i = 0; i < ruleset_count(p->rules); i++) {
                const struct rule *rule = ruleset_at(p->rules, i);

                if (rule->matcher != MATCHER_PATTERN || !rule->enabled ||
                    finding_class_info(rule->class)->kind != FINDING_SECRET)
                        continue;
                for (size_t k = 0; k < rule->n_bad; k++) {
                        const struct rule_example *e = &rule->bad[k];

                        detector_scan(p->small, e->path, e->mode, (const uint8_t *)e->text, e->size,
                                      p->result);
                        for (uint32_t f = 0; f < p->result->n_findings; f++)
                                if (strcmp(p->result->findings[f].rule, rule->id) == 0) {
                                        const struct finding copy = p->result->findings[f];
                                        add_sample(p, rule, e, &copy);
                                        break;
                                }
                }
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

void samples_print(const struct property *p)
{
        for (size_t i = 0; i < p->n_samples; i++) {
                const struct sample *s = &p->samples[i];

                printf("%s\t%s\t", s->rule->id, s->path);
                print_base64(s->text, s->size, "\t");
                print_base64(s->text + s->at, s->length, "\n");
        }
}

void samples_done(struct property *p)
{
        for (size_t i = 0; i < p->n_samples; i++)
                free(p->samples[i].text);
        free(p->samples);
}
