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

#include <nettle/hmac.h>
#include <nettle/sha2.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/classify.h"
#include "detectors/decode.h"
#include "detectors/formats/format.h"
#include "detectors/hit.h"
#include "detectors/opaque.h"
#include "detectors/position.h"
#include "detectors/run-rules.h"
#include "detectors/secrets/secrets.h"
#include "detectors/utf16.h"

#define EDGE ((size_t)64 << 10)
#define PARSE_MAX_DEFAULT ((size_t)8 << 20)
#define MATCHES_DEFAULT 1000u

struct detector {
        const struct ruleset *rules;
        struct detector_options options;
        struct secret_engine *engine;
        struct scan_result *scratch; /* what matchers and analysers report */
        uint8_t *raw;                /* the file from `base` on */
        size_t raw_size;
        uint8_t *text; /* raw as UTF-8, only for UTF-16 files */

        /* of the file at hand */
        struct scan_result *res;
        char *path;
        uint32_t mode;
        size_t raw_len;
        uint64_t base;
        size_t hashed_to;      /* bytes of raw that the hash has seen */
        bool flushed;          /* the buffer does not hold the whole file any more */
        struct position start; /* of raw[0] */
        enum utf16_order order;
        enum artefact_kind kind;
        struct sha256_ctx hash;
        struct hits hits;
        uint32_t asides;
        bool capped;
        bool no_memory;
};

/* The matches of one scan, before they are put in order. */
struct matches {
        struct secret_match *list;
        size_t n, alloc;
};

DEFINE_CLEANUP(struct doc *, doc_free);
DEFINE_CLEANUP(struct lexer *, lexer_free);

static void matches_done(struct matches *m)
{
        free(m->list);
}

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
        hits_done(&d->hits);
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

/* --- from matches to hits
 * ------------------------------------------------------------------------------- */

static int collect(void *userdata, const struct secret_match *m)
{
        struct matches *ms = userdata;

        if (ms->n == ms->alloc) {
                size_t alloc = ms->alloc ? ms->alloc * 2 : 64;
                struct secret_match *list = reallocarray(ms->list, alloc, sizeof(*list));

                if (!list)
                        return 1;
                ms->list = list;
                ms->alloc = alloc;
        }
        ms->list[ms->n++] = *m;
        return 0;
}

static int compare_matches(const void *a, const void *b)
{
        const struct secret_match *x = a, *y = b;

        if (x->secret_start != y->secret_start)
                return x->secret_start < y->secret_start ? -1 : 1;
        return x->secret_end < y->secret_end ? -1 : x->secret_end > y->secret_end;
}

static void scan_text(struct detector *d, const uint8_t *text, size_t n, struct matches *ret)
{
        bool capped = false;
        int r = secret_engine_scan(d->engine, d->path ?: "", d->kind, text, n, collect, ret,
                                   &capped);

        d->capped |= capped;
        d->no_memory |= r < 0;
        if (ret->n)
                qsort(ret->list, ret->n, sizeof(*ret->list), compare_matches);
}

/* What is said of the secret without it. */
static void fill_hit(const struct detector *d, const uint8_t *text, const struct secret_match *m,
                     struct hit *h)
{
        const uint8_t *secret = text + m->secret_start;
        size_t n = m->secret_end - m->secret_start;
        struct hmac_sha256_ctx ctx;

        h->rule = m->rule;
        h->class = m->class;
        h->severity = m->severity;
        h->confidence = m->confidence;
        h->around = m->end - m->start;
        secret_redact(m->rule, secret, n, h->redacted, sizeof(h->redacted));
        hmac_sha256_set_key(&ctx, sizeof(d->options.fingerprint_key), d->options.fingerprint_key);
        hmac_sha256_update(&ctx, n, secret);
        hmac_sha256_digest(&ctx, sizeof(h->fingerprint), h->fingerprint);
        explicit_bzero(&ctx, sizeof(ctx));
}

static void add_hit(struct detector *d, const struct hit *h)
{
        if (hits_add(&d->hits, h) < 0)
                d->no_memory = true;
}

/* Takes the matches that begin in file bytes [from, to). */
static void take_matches(struct detector *d, const uint8_t *text, const struct matches *ms,
                         uint64_t from, uint64_t to)
{
        struct position p = d->start;

        for (size_t i = 0; i < ms->n; i++) {
                const struct secret_match *m = &ms->list[i];
                struct hit h = {0};

                position_advance(&p, text, m->secret_start);
                if (p.offset < from || p.offset >= to)
                        continue;
                struct position end = p;
                position_advance(&end, text, m->secret_end);
                h.start = h.shown_offset = p.offset;
                h.end = end.offset;
                h.shown_length = (uint32_t)(end.offset - p.offset);
                h.line = p.line;
                h.column = p.column;
                h.end_line = end.line;
                fill_hit(d, text, m, &h);
                if (m->note)
                        (void)text_copy(h.detail, sizeof(h.detail), m->note);
                add_hit(d, &h);
        }
}

/* A text of its own: a name, a link's target, a decoded value. All its hits are shown at `at`. */
struct beside {
        const char *what;
        uint32_t line, column, end_line;
        uint64_t offset;
        uint32_t length;
};

static void scan_beside(struct detector *d, const struct beside *b, const uint8_t *text, size_t n)
{
        _cleanup_(matches_done) struct matches ms = {0};

        d->asides++;
        scan_text(d, text, n, &ms);
        for (size_t i = 0; i < ms.n; i++) {
                const struct secret_match *m = &ms.list[i];
                struct hit h = {
                        .line = b->line,
                        .column = b->column,
                        .end_line = b->end_line,
                        .shown_offset = b->offset,
                        .shown_length = b->length,
                };

                /* a decoded value is merged with what was found in its place as it is written */
                h.aside = b->length ? 0 : d->asides;
                h.start = b->length ? b->offset : m->secret_start;
                h.end = b->length ? b->offset + b->length : m->secret_end;
                fill_hit(d, text, m, &h);
                (void)snprintf(h.detail, sizeof(h.detail), "in %.100s%s%.120s", b->what,
                               m->note ? "; " : "", m->note ?: "");
                add_hit(d, &h);
        }
}

static void scan_decoded(void *userdata, const struct decoded *v)
{
        struct beside b = {
                .what = v->what,
                .line = v->line,
                .column = v->column,
                .end_line = v->end_line,
                .offset = v->offset,
                .length = v->length,
        };

        scan_beside(userdata, &b, v->text, v->n);
}

/* The runs of base64 in a text, which begin in file bytes [from, to). */
struct runs {
        struct detector *d;
        const uint8_t *text;
        struct position at;
        uint64_t from, to;
};

static void scan_run(void *userdata, const struct decoded *v)
{
        struct runs *r = userdata;

        position_advance(&r->at, r->text, v->at);
        if (r->at.offset < r->from || r->at.offset >= r->to)
                return;
        struct beside b = {
                .what = v->what,
                .line = r->at.line,
                .column = r->at.column,
                .end_line = r->at.line,
                .offset = r->at.offset,
                .length = r->at.wide ? v->length * 2 : v->length,
        };
        scan_beside(r->d, &b, v->text, v->n);
}

/* --- structure
 * ------------------------------------------------------------------------------------------- */

static void parse_document(struct detector *d, struct subject *s, struct doc **ret)
{
        const struct format *format = format_guess(s->path, s->data, s->size);
        struct doc_limits limits = DOC_LIMITS_DEFAULT;
        struct doc_error error = {0};

        if (!format || doc_new(ret, &limits) < 0)
                return;
        int r = format->parse(*ret, s->data, s->size, &error);
        if (r == -EBADMSG)
                scan_result_add_gap(d->res, REASON_MALFORMED, error.line);
        else if (r < 0)
                scan_result_add_gap(d->res, REASON_PARSER_LIMIT, error.line);
        s->doc = *ret;
        s->format = format->name;
        (void)text_copy(d->res->format, sizeof(d->res->format), format->name);
}

static void read_source(struct detector *d, struct subject *s, struct lexer **ret)
{
        enum language language = lexer_language(s->path);

        if (language == LANGUAGE_NONE)
                return;
        int r = lexer_read(ret, language, s->data, s->size, NULL);
        if (r < 0)
                scan_result_add_gap(d->res, REASON_PARSER_LIMIT, 0);
        if (*ret)
                s->source = lexer_source(*ret);
}

/* Everything that looks at the file as a whole. text is its beginning, or all of it. */
static void look_at_structure(struct detector *d, const uint8_t *text, size_t n, bool whole)
{
        _cleanup_(doc_freep) struct doc *doc = NULL;
        _cleanup_(lexer_freep) struct lexer *lexer = NULL;
        struct subject s = {
                .path = d->path ?: "",
                .mode = d->mode,
                .data = (const char *)text,
                .size = n,
        };

        if (whole) {
                parse_document(d, &s, &doc);
                read_source(d, &s, &lexer);
        } else if (format_guess(s.path, s.data, s.size) || lexer_language(s.path) != LANGUAGE_NONE)
                scan_result_add_gap(d->res, REASON_TOO_LARGE_TO_PARSE, 0);
        d->kind = s.kind = classify(&s, d->res->evidence, sizeof(d->res->evidence));
        d->res->artefact = (uint16_t)d->kind;
        run_rules(d->rules, &s, d->options.fingerprint_key, d->scratch);
        if (doc)
                decode_document(doc, s.data, s.size, scan_decoded, d);
}

/* --- pieces
 * ---------------------------------------------------------------------------------------------- */

/* The buffer as UTF-8. Without memory for that the raw bytes are looked at. */
static const uint8_t *as_text(struct detector *d, size_t *ret_n)
{
        if (d->order != UTF16_NONE && !d->text)
                d->text = malloc(UTF16_ROOM(d->raw_size) + 3);
        if (d->order != UTF16_NONE && d->text) {
                *ret_n = utf16_to_utf8(d->order, d->raw, d->raw_len, d->text);
                return d->text;
        }
        if (d->order != UTF16_NONE) {
                d->no_memory = true;
                d->order = UTF16_NONE;
                d->start.wide = false;
        }
        *ret_n = d->raw_len;
        return d->raw;
}

static void begin_text(struct detector *d)
{
        static const uint8_t bom[] = {0xef, 0xbb, 0xbf};

        d->order = utf16_detect(d->raw, d->raw_len);
        d->start.wide = d->order != UTF16_NONE;
        /* a byte order mark is no character of the first line */
        if (d->raw_len >= 3 && memcmp(d->raw, bom, sizeof(bom)) == 0)
                d->start.column = 0;
        if (d->order != UTF16_NONE && (d->raw[0] >= 0xfe))
                d->start.column = 0;
}

/* Scans the buffer; unless it holds the file's end, what begins near the buffer's end is kept for
 * the next time. */
static void process(struct detector *d, bool last)
{
        _cleanup_(matches_done) struct matches ms = {0};
        bool first = !d->flushed;
        size_t n;

        if (first)
                begin_text(d);
        const uint8_t *text = as_text(d, &n);
        if (first)
                look_at_structure(d, text, n, last && d->raw_len <= d->options.parse_max);
        scan_text(d, text, n, &ms);

        uint64_t from = first ? 0 : d->base + EDGE;
        uint64_t to = last ? UINT64_MAX : d->base + d->raw_len - EDGE;
        take_matches(d, text, &ms, from, to);
        struct runs runs = {.d = d, .text = text, .at = d->start, .from = from, .to = to};
        decode_text(text, n, scan_run, &runs);
        if (last)
                return;

        sha256_update(&d->hash, d->raw_len - d->hashed_to, d->raw + d->hashed_to);
        /* an even number goes, so that UTF-16 stays aligned */
        size_t gone = (d->raw_len - 2 * EDGE) & ~(size_t)1;
        position_advance_to_offset(&d->start, text, n, d->base + gone);
        d->start.at = 0;
        d->base += gone;
        d->start.offset = d->base;
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
        d->asides = 0;
        d->capped = false;
        hits_reset(&d->hits);
        sha256_init(&d->hash);
        scrub_path(d, path, res);
        secret_engine_begin(d->engine);
}

void detector_feed(struct detector *d, const uint8_t *data, size_t n)
{
        enum reason opaque = d->res->bytes == 0 ? opaque_reason(data, n) : REASON_NONE;

        if (opaque)
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
        struct beside b = {.what = what};

        scan_beside(d, &b, data, n);
}

/* --- the end
 * --------------------------------------------------------------------------------------------- */

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

void detector_end(struct detector *d)
{
        process(d, true);
        if (d->capped || d->no_memory)
                scan_result_add_gap(d->res, REASON_MATCHES_CAPPED, 0);
        merge_findings(d);
        scan_result_sort(d->res);
        if (d->flushed || d->kind != ARTEFACT_NONE || d->res->n_findings > 0 ||
            d->res->n_gaps > 0) {
                sha256_update(&d->hash, d->raw_len - d->hashed_to, d->raw + d->hashed_to);
                sha256_digest(&d->hash, SHA256_DIGEST_SIZE, d->res->sha256);
                d->res->hashed = 1;
        }
        d->res = NULL;
}

void detector_scan(struct detector *d, const char *path, uint32_t mode, const uint8_t *data,
                   size_t n, struct scan_result *res)
{
        detector_begin(d, path, mode, n, res);
        detector_feed(d, data, n);
        detector_end(d);
}
