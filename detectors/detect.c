/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the order in which one file is looked at — classify, parse, detect — and its pieces: the
 * buffer, what is carried across an edge, where a match stands in the file.
 *
 * Must not own: what is a secret (secrets/), what is a privilege (privilege/), how formats are read
 * (formats/, source/).
 *
 * Ownership: pieces (borrowed during the call) -> the detector's buffer -> matches, which become
 * hits without secret bytes at once -> findings of the caller's result at detector_end().
 *
 * How nothing is lost at an edge. The buffer is scanned when it is full and once more at the end. A
 * match that begins in the last EDGE bytes is left for the next scan, which sees those EDGE bytes
 * again with EDGE more before them; what begins before them was taken by the scan before. So each
 * match is taken exactly once, with EDGE bytes of text on both sides, which is as much as any rule
 * looks at. How the caller cuts the file makes no difference.
 */
#include "detectors/detect.h"

#include <nettle/sha2.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "common/model/peers.h"
#include "detectors/classify.h"
#include "detectors/detect-internal.h"
#include "detectors/formats/format.h"
#include "detectors/formats/key-index.h"
#include "detectors/formats/resolve.h"
#include "detectors/inline-comment.h"
#include "detectors/line-end.h"
#include "detectors/opaque.h"
#include "detectors/run-rules.h"
#include "detectors/secrets/command-line.h"

DEFINE_CLEANUP(struct doc *, doc_free);
DEFINE_CLEANUP(struct lexer *, lexer_free);

int detector_new(struct detector **ret, const struct ruleset *rules,
                 const struct detector_options *options, struct ruleset_error *reterr)
{
        const struct secret_patterns stored = {options->patterns, options->patterns_size};
        struct detector *d = calloc(1, sizeof(*d));

        if (!d)
                return -ENOMEM;
        d->rules = rules;
        d->options = *options;
        if (d->options.parse_max == 0)
                d->options.parse_max = PARSE_MAX_DEFAULT;
        if (d->options.matches_per_rule == 0)
                d->options.matches_per_rule = MATCHES_DEFAULT;
        d->raw_size = MAX_OF(d->options.parse_max, 4 * EDGE);
        d->raw = malloc(d->raw_size);
        d->scratch = calloc(1, sizeof(*d->scratch));
        int r = d->raw && d->scratch
                        ? secret_engine_new(&d->engine, rules, d->options.matches_per_rule,
                                            options->patterns ? &stored : NULL, reterr)
                        : -ENOMEM;
        if (r == 0)
                r = source_need_new(&d->source_need, rules);
        if (r == 0)
                r = rule_plan_new(&d->plan, rules);
        if (r < 0) {
                (void)detector_free(d);
                return r;
        }
        *ret = d;
        return 0;
}

int detector_patterns(const struct detector *d, void **ret, size_t *ret_n)
{
        return secret_engine_patterns(d->engine, ret, ret_n);
}

struct detector *detector_free(struct detector *d)
{
        if (!d)
                return NULL;
        (void)secret_engine_free(d->engine);
        (void)source_need_free(d->source_need);
        (void)rule_plan_free(d->plan);
        hits_done(&d->hits);
        inline_comments_done(&d->comments);
        detect_peers_reset(&d->peers);
        if (d->raw)
                explicit_bzero(d->raw, d->raw_size);
        if (d->text)
                explicit_bzero(d->text, UTF16_ROOM(d->raw_size) + 3);
        free(d->raw);
        free(d->text);
        free(d->scratch);
        free(d->path);
        explicit_bzero(d->options.fingerprint_key, sizeof(d->options.fingerprint_key));
        free(d);
        return NULL;
}

size_t detector_piece_size(const struct detector *d)
{
        return d->options.parse_max;
}

/* --- structure ---- */

/* The file's name from where those of its peers begin. */
static const char *below_place(const char *path)
{
        path += scan_peers_place(path);
        return path + (*path == '/');
}

/* Of a file that is larger than what is parsed, the beginning says something in a language only. */
static void parse_document(struct detector *d, struct subject *s, bool whole, struct doc **ret)
{
        const struct format *format = classify_format(s->path, s->data, s->size);
        struct doc_limits limits = DOC_LIMITS_DEFAULT;
        struct doc_error error = {0};

        if (format && !whole)
                scan_result_add_gap(d->res, REASON_TOO_LARGE_TO_PARSE, 0);
        if (!format || (!whole && !format->language) || doc_new(ret, &limits) < 0)
                return;
        int r = format->parse(*ret, s->data, s->size, &error);
        if (r == -EBADMSG && whole) /* otherwise it is cut */
                scan_result_add_gap(d->res, REASON_MALFORMED, error.line);
        else if (r < 0 && r != -EBADMSG)
                scan_result_add_gap(d->res, REASON_PARSER_LIMIT, error.line);
        if (r == 0)
                doc_read_patch(*ret, below_place(s->path), d->peers.list, d->peers.n);
        if (r == 0 && doc_resolve(*ret, format->name, d->peers.list, d->peers.n) < 0)
                scan_result_add_gap(d->res, REASON_PARSER_LIMIT, 0);
        doc_index_keys(*ret);
        d->res->defines = doc_defines(*ret, format->name);
        s->doc = *ret;
        s->format = format->name;
        (void)text_copy(d->res->format, sizeof(d->res->format), format->name);
}

static void read_source(struct detector *d, struct subject *s, struct lexer **ret)
{
        enum language language = lexer_language(s->path);

        if (language == LANGUAGE_NONE)
                return;
        struct source_answer need = source_need_ask(d->source_need, language, s->data, s->size);
        s->missing = need.missing;
        /* of one in which nothing can be found no more is known than that it is source code */
        int r = lexer_read(ret, language, s->data, need.reading ? s->size : 0, NULL);
        if (r < 0)
                scan_result_add_gap(d->res, REASON_PARSER_LIMIT, 0);
        if (*ret)
                s->source = lexer_source(*ret);
}

/* Everything that looks at the file as a whole. t is its beginning, or all of it. */
static void look_at_structure(struct detector *d, struct detect_text *t, bool whole)
{
        _cleanup_(doc_freep) struct doc *doc = NULL;
        _cleanup_(lexer_freep) struct lexer *lexer = NULL;
        struct subject s = {
                .path = d->path ?: "",
                .mode = d->mode,
                .data = (const char *)t->text,
                .size = t->n,
                .peers = d->peers.list,
                .n_peers = d->peers.n,
        };

        parse_document(d, &s, whole, &doc);
        if (whole)
                read_source(d, &s, &lexer);
        else if (!doc && lexer_language(s.path) != LANGUAGE_NONE)
                scan_result_add_gap(d->res, REASON_TOO_LARGE_TO_PARSE, 0);
        d->kind = s.kind = classify(&s, d->res->evidence, sizeof(d->res->evidence));
        d->res->artefact = (uint16_t)d->kind;
        run_rules(d->plan, &s, d->options.fingerprint_key, d->scratch);
        run_assertions(d->plan, &s, d->options.fingerprint_key, d->res);
        if (doc && !format_is_language(s.format))
                detect_text_document(d, t, doc);
}

/* --- pieces ---- */

static bool text_memory(struct detector *d)
{
        if (!d->text)
                d->text = malloc(UTF16_ROOM(d->raw_size) + 3);
        d->no_memory |= !d->text;
        return d->text;
}

/* The buffer as UTF-8 with lines that end with LF. Without memory for that the raw bytes are looked
 * at. */
static const uint8_t *as_text(struct detector *d, size_t *ret_n)
{
        if (d->order != UTF16_NONE && text_memory(d)) {
                *ret_n = utf16_to_utf8(d->order, d->raw, d->raw_len, d->text);
                line_ends_normalise(d->text, *ret_n);
                return d->text;
        }
        if (d->order != UTF16_NONE) {
                d->order = UTF16_NONE;
                d->start.wide = false;
        }
        *ret_n = d->raw_len;
        if (!line_ends_with_cr(d->raw, d->raw_len) || !text_memory(d))
                return d->raw;
        memcpy(d->text, d->raw, d->raw_len);
        line_ends_normalise(d->text, d->raw_len);
        return d->text;
}

static const uint8_t bom[] = {0xef, 0xbb, 0xbf}; /* in UTF-8 */

static void begin_text(struct detector *d)
{
        d->order = utf16_detect(d->raw, d->raw_len);
        d->start.wide = d->order != UTF16_NONE;
        /* a byte order mark is no character of the first line */
        if (d->raw_len >= 3 && memcmp(d->raw, bom, sizeof(bom)) == 0)
                d->start.column = 0;
        if (d->order != UTF16_NONE && (d->raw[0] >= 0xfe))
                d->start.column = 0;
}

/* How much of the buffer goes: no character is cut in two. */
static size_t where_to_cut(const struct detector *d)
{
        size_t gone = (d->raw_len - 2 * EDGE) & ~(size_t)1;

        if (d->order != UTF16_NONE)
                return gone - (utf16_is_low(d->order, d->raw + gone) ? 2 : 0);
        for (unsigned i = 0; i < 3 && (d->raw[gone] & 0xc0) == 0x80; i++)
                gone--;
        return gone;
}

/* A whole gzip file that is small is looked into; any other is an archive like the rest. */
static void look_at_gzip(struct detector *d, struct detect_text *t, bool whole)
{
        if (!d->gzip)
                return;
        if (!whole || !detect_text_gzip(d, t))
                scan_result_add_gap(d->res, REASON_ARCHIVE, 0);
        d->gzip = false;
}

/* What looks like UTF-16 may be so at its beginning only: the bytes are looked at, too. */
static void scan_narrow(struct detector *d, uint64_t from, uint64_t to, bool last)
{
        struct detect_text t = {
                .text = d->raw, .n = d->raw_len, .from = from, .to = to, .narrow = true};

        if (d->order == UTF16_NONE)
                return;
        position_index_init(&t.index, &d->narrow, t.text, t.n);
        detect_text_matches(d, &t);
        if (last)
                return;
        d->narrow = position_index_offset(&t.index, d->base + where_to_cut(d));
        d->narrow.at = 0;
}

/* Patterns ask for the beginning of the first line: a byte order mark does not stand before it. */
static void pass_mark(const struct detector *d, struct detect_text *t)
{
        struct position start = d->start;

        if (t->n < sizeof(bom) || memcmp(t->text, bom, sizeof(bom)) != 0)
                return;
        t->text += sizeof(bom);
        t->n -= sizeof(bom);
        start.offset += start.wide ? 2 : sizeof(bom);
        start.column = 1;
        position_index_init(&t->index, &start, t->text, t->n);
}

/* Scans the buffer; unless it holds the file's end, what begins near the buffer's end is kept for
 * the next time. */
static void process(struct detector *d, bool last)
{
        bool first = !d->flushed;

        if (first)
                begin_text(d);
        struct detect_text t = {
                .from = first ? 0 : d->base + EDGE,
                .to = last ? UINT64_MAX : d->base + d->raw_len - EDGE,
        };
        t.text = as_text(d, &t.n);
        position_index_init(&t.index, &d->start, t.text, t.n);
        if (first)
                look_at_structure(d, &t, last && d->raw_len <= d->options.parse_max);
        if (first)
                pass_mark(d, &t);
        look_at_gzip(d, &t, first && last);
        detect_text_scan(d, &t);
        scan_narrow(d, t.from, t.to, last);
        /* what overlaps with the next piece is enough for comments on the line of a later hit */
        if ((d->hits.n > 0 || d->scratch->n_findings > 0) &&
            inline_comments_read(&d->comments, &t.index) < 0)
                d->no_memory = true;
        if (last)
                return;

        sha256_update(&d->hash, d->raw_len - d->hashed_to, d->raw + d->hashed_to);
        size_t gone = where_to_cut(d);
        struct position cut = position_index_offset(&t.index, d->base + gone);
        detect_text_carry(d, &t, cut.at);
        d->start = cut;
        d->start.at = 0;
        d->base += gone;
        d->raw_len -= gone;
        memmove(d->raw, d->raw + gone, d->raw_len);
        d->hashed_to = d->raw_len;
        d->flushed = true;
}

/* A name can hold a secret, and names go into events: says what to show in its place. */
static void scrub_path(struct detector *d, const char *path, struct scan_result *res)
{
        char shown[SCAN_PATH_MAX];

        if (secret_scrub(d->engine, path, shown, sizeof(shown)) < 0)
                (void)text_copy(res->shown, sizeof(res->shown), "[not shown]");
        else if (strcmp(shown, path) != 0)
                (void)text_copy(res->shown, sizeof(res->shown), shown);
}

void detector_begin(struct detector *d, const char *path, uint32_t mode, uint64_t size,
                    struct scan_result *res)
{
        (void)size;
        memset(res, 0, offsetof(struct scan_result, findings));
        memset(d->scratch, 0, offsetof(struct scan_result, findings));
        d->res = res;
        free(d->path);
        d->path = strdup(path);
        d->no_memory = !d->path;
        d->mode = mode;
        d->raw_len = 0;
        d->base = 0;
        d->hashed_to = 0;
        d->flushed = false;
        d->start = (struct position){.line = 1, .column = 1};
        d->order = UTF16_NONE;
        d->kind = ARTEFACT_NONE;
        d->narrow = d->start;
        d->asides = 0;
        d->decoded = (struct decode_budget){0};
        d->in_run = false;
        d->gzip = false;
        d->capped = false;
        hits_reset(&d->hits);
        detect_peers_reset(&d->peers);
        inline_comments_reset(&d->comments);
        sha256_init(&d->hash);
        scrub_path(d, path, res);
        secret_engine_begin(d->engine);
}

void detector_peer(struct detector *d, const char *name, const uint8_t *data, size_t n)
{
        detect_peers_add(&d->peers, d->path ?: "", name, (const char *)data, n);
}

void detector_feed(struct detector *d, const uint8_t *data, size_t n)
{
        enum reason opaque = d->res->bytes == 0 ? opaque_reason(data, n) : REASON_NONE;

        /* a small one is looked into, if all of it is at hand */
        if (opaque && n >= 3 && memcmp(data, "\x1f\x8b\x08", 3) == 0)
                d->gzip = true;
        else if (opaque)
                scan_result_add_gap(d->res, opaque, 0);
        d->res->bytes += n;
        while (n > 0) {
                if (d->raw_len == d->raw_size)
                        process(d, false);
                size_t k = MIN_OF(n, d->raw_size - d->raw_len);
                memcpy(d->raw + d->raw_len, data, k);
                d->raw_len += k;
                data += k;
                n -= k;
        }
}

void detector_feed_aside(struct detector *d, const char *what, const uint8_t *data, size_t n)
{
        detect_text_beside(d, what, data, n);
}

int detector_command(struct detector *d, const char *raw, size_t n, bool cut, char *dst,
                     size_t size)
{
        return command_line_mask(d->engine, raw, n, cut, dst, size);
}

int detector_name(struct detector *d, const char *name, char *dst, size_t size)
{
        return command_line_name(d->engine, name, dst, size);
}

/* --- the end ---- */

/* Reasoning quotes the file. */
static void scrub_detail(struct detector *d, struct finding *f)
{
        char clean[FINDING_DETAIL_MAX];

        if (secret_scrub(d->engine, f->detail, clean, sizeof(clean)) < 0)
                clean[0] = '\0';
        /* a redaction may be longer than what it stands for, and the cut may split a character */
        (void)text_printable(f->detail, sizeof(f->detail), clean, strlen(clean));
}

static void copy_finding(struct detector *d, const struct finding *from)
{
        struct finding *f = scan_result_add_finding(d->res);

        if (!f)
                return;
        *f = *from;
        if (f->detail[0])
                scrub_detail(d, f);
}

/* The worst of both sorts come first, so that a flood of little ones cannot push one out. */
static void merge_findings(struct detector *d)
{
        size_t next_hit = 0;
        uint32_t left = d->scratch->n_findings;
        bool taken[SCAN_FINDINGS_MAX] = {false};

        hits_merge(&d->hits);
        hits_join_companions(&d->hits);
        hits_sort_worst(&d->hits);
        while (next_hit < d->hits.n || left > 0) {
                const struct finding *worst = NULL;
                uint32_t at = 0;

                for (uint32_t i = 0; left > 0 && i < d->scratch->n_findings; i++)
                        if (!taken[i] &&
                            (!worst || d->scratch->findings[i].severity > worst->severity)) {
                                worst = &d->scratch->findings[i];
                                at = i;
                        }
                if (next_hit < d->hits.n &&
                    (!worst || d->hits.list[next_hit].severity >= worst->severity)) {
                        struct finding *f = scan_result_add_finding(d->res);
                        if (f)
                                hit_to_finding(&d->hits.list[next_hit], f);
                        if (f && f->detail[0])
                                scrub_detail(d, f);
                        next_hit++;
                        continue;
                }
                copy_finding(d, worst);
                taken[at] = true;
                left--;
        }
        d->res->findings_dropped += d->scratch->findings_dropped;
        for (unsigned i = 0; i < d->scratch->n_gaps; i++)
                scan_result_add_gap(d->res, (enum reason)d->scratch->gaps[i].reason,
                                    d->scratch->gaps[i].line);
}

/* A privilege spans a block whose lines may be about other things: its own line alone counts. */
static void mark_commented(struct detector *d)
{
        for (uint32_t i = 0; i < d->res->n_findings; i++) {
                struct finding *f = &d->res->findings[i];
                bool secret = finding_kind_of(f) == FINDING_SECRET;
                uint32_t last = secret ? MAX_OF(f->line, f->end_line) : f->line;

                f->comment =
                        f->line > 0 && inline_comments_cover(&d->comments, f->line, last, secret);
        }
}

void detector_end(struct detector *d)
{
        process(d, true);
        if (d->capped || d->no_memory)
                scan_result_add_gap(d->res, REASON_MATCHES_CAPPED, 0);
        if (d->decoded.capped)
                scan_result_add_gap(d->res, REASON_DECODING_CAPPED, 0);
        merge_findings(d);
        mark_commented(d);
        scan_result_sort(d->res);
        detect_assertions_clean(d);
        if (d->flushed || d->kind != ARTEFACT_NONE || d->res->n_findings > 0 ||
            d->res->n_gaps > 0) {
                sha256_update(&d->hash, d->raw_len - d->hashed_to, d->raw + d->hashed_to);
                sha256_digest(&d->hash, SHA256_DIGEST_SIZE, d->res->sha256);
                d->res->hashed = 1;
        }
        detect_peers_reset(&d->peers);
        d->res = NULL;
}

void detector_scan(struct detector *d, const char *path, uint32_t mode, const uint8_t *data,
                   size_t n, struct scan_result *res)
{
        detector_begin(d, path, mode, n, res);
        detector_feed(d, data, n);
        detector_end(d);
}
