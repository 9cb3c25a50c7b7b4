/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: taking a text through the pattern engine, and what becomes of its matches: where each
 * stands in the file, and what is said of it without the secret.
 *
 * Must not own: what is a secret (secrets/), how encodings are read (decode.c), which text is
 * looked at when (detect.c).
 *
 * Ownership: text (borrowed) -> matches -> hits without secret bytes.
 *
 * A secret that was decoded keeps the place of its own bytes, so that two of one value are two, and
 * it is merged with what was found there as it is written. What people are shown is another matter:
 * nobody counts into base64, so of base64 and hex it is the part of the value that stands in the
 * secret's line; of text with escapes, the secret itself; of what was compressed, the value.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/detect-internal.h"

/* The matches of one scan, before they are put in order. */
struct matches {
        struct secret_match *list;
        size_t n, alloc;
        bool no_memory; /* there were more */
};

static void matches_done(struct matches *m)
{
        free(m->list);
}

static int collect(void *userdata, const struct secret_match *m)
{
        struct matches *ms = userdata;

        if (ms->n == ms->alloc) {
                size_t alloc = ms->alloc ? ms->alloc * 2 : 64;
                struct secret_match *list = reallocarray(ms->list, alloc, sizeof(*list));

                if (!list) {
                        ms->no_memory = true;
                        return 1;
                }
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

static void scan_text(struct detector *d, const struct secret_text *text, struct matches *ret)
{
        bool capped = false;
        int r = secret_engine_scan(d->engine, d->path ?: "", d->kind, text, collect, ret, &capped);

        d->capped |= capped;
        d->no_memory |= r < 0 || ret->no_memory;
        if (ret->n)
                qsort(ret->list, ret->n, sizeof(*ret->list), compare_matches);
}

/* What is said of the secret without it. */
static void fill_hit(const struct detector *d, const uint8_t *text, const struct secret_match *m,
                     struct hit *h)
{
        const uint8_t *secret = text + m->secret_start;
        size_t n = m->secret_end - m->secret_start;

        h->rule = m->rule;
        h->class = m->class;
        h->severity = m->severity;
        h->confidence = m->confidence;
        h->around = m->end - m->start;
        secret_redact(m->rule, secret, n, h->redacted, sizeof(h->redacted));
        secret_fingerprint(m->rule, d->options.fingerprint_key, secret, n, h->fingerprint);
}

static void add_hit(struct detector *d, const struct hit *h)
{
        if (hits_add(&d->hits, h) < 0)
                d->no_memory = true;
}

/* Adds to the detail, after what it says already. */
static void say(struct hit *h, const char *what)
{
        size_t n = strlen(h->detail);

        if (what && what[0])
                (void)snprintf(h->detail + n, sizeof(h->detail) - n, "%s%s", n ? "; " : "", what);
}

static void tell(const struct secret_match *m, struct hit *h)
{
        char companion[96] = "";

        say(h, m->about);
        say(h, m->note);
        if (m->companion && h->companion_line > 0)
                (void)snprintf(companion, sizeof(companion), "with its %s in line %" PRIu32,
                               m->companion, h->companion_line);
        else if (m->companion)
                (void)snprintf(companion, sizeof(companion), "with its %s", m->companion);
        say(h, companion);
}

/* The companion of a secret of the text stands at text[at]. */
static void find_companion(struct detect_text *t, size_t at, struct hit *h)
{
        struct position p = position_index_at(&t->index, at);

        h->has_companion = true;
        h->companion_start = p.offset;
        h->companion_line = p.line;
}

/* Characters of UTF-16 that were read byte by byte: an expression that asks for anything but white
 * space takes their zeros for characters. */
static bool is_wide(const uint8_t *s, size_t n)
{
        size_t zeros[2] = {0};

        for (size_t i = 0; i < n; i++)
                zeros[i & 1] += s[i] == 0;
        return MAX_OF(zeros[0], zeros[1]) * 4 > n;
}

void detect_text_matches(struct detector *d, struct detect_text *t)
{
        _cleanup_(matches_done) struct matches ms = {0};

        scan_text(d, &(struct secret_text){t->text, t->n, d->flushed}, &ms);
        for (size_t i = 0; i < ms.n; i++) {
                const struct secret_match *m = &ms.list[i];
                struct position p = position_index_at(&t->index, m->secret_start);
                struct hit h = {0};

                if (p.offset < t->from || p.offset >= t->to)
                        continue;
                if (t->narrow &&
                    is_wide(t->text + m->secret_start, m->secret_end - m->secret_start))
                        continue;
                struct position end = position_index_at(&t->index, m->secret_end);
                h.start = h.shown_offset = p.offset;
                h.end = end.offset;
                h.shown_length = (uint32_t)(end.offset - p.offset);
                h.line = p.line;
                h.column = p.column;
                h.end_line = end.line;
                fill_hit(d, t->text, m, &h);
                if (m->companion)
                        find_companion(t, m->companion_at, &h);
                tell(m, &h);
                add_hit(d, &h);
        }
}

void detect_text_beside(struct detector *d, const char *what, const uint8_t *text, size_t n)
{
        _cleanup_(matches_done) struct matches ms = {0};

        d->asides++;
        scan_text(d, &(struct secret_text){text, n, false}, &ms);
        for (size_t i = 0; i < ms.n; i++) {
                const struct secret_match *m = &ms.list[i];
                struct hit h = {
                        .aside = d->asides,
                        .start = m->secret_start,
                        .end = m->secret_end,
                };

                fill_hit(d, text, m, &h);
                h.has_companion = m->companion != NULL;
                h.companion_start = m->companion_at;
                (void)snprintf(h.detail, sizeof(h.detail), "in %.100s", what);
                tell(m, &h);
                add_hit(d, &h);
        }
}

/* --- what was decoded ---- */

/* One value whose matches are taken. */
struct opened {
        struct detector *d;
        struct detect_text *t;
        const struct decoded *v;
        size_t seen, seen_begin; /* the line's part of a value, for the matches that follow */
        size_t line_end;
};

static void say_where(struct hit *h, const struct position *from, const struct position *to)
{
        h->line = from->line;
        h->column = from->column;
        h->end_line = to->line;
        h->shown_offset = from->offset;
        h->shown_length = (uint32_t)(to->offset - from->offset);
}

/* The part of the value that stands in one line with src[at]. Matches come in order, so that no
 * byte is looked at twice. */
static void find_line(struct opened *o, size_t at)
{
        const uint8_t *s = o->t->text;
        size_t begin = at;

        while (begin > o->v->begin && begin > o->seen && decode_is_base64(s[begin - 1]))
                begin--;
        if (begin == o->seen && begin > o->v->begin && at < o->line_end)
                begin = o->seen_begin;
        if (at >= o->line_end) {
                o->line_end = at;
                while (o->line_end < o->t->n && decode_is_base64(s[o->line_end]))
                        o->line_end++;
                for (unsigned i = 0; i < 2 && o->line_end < o->t->n && s[o->line_end] == '='; i++)
                        o->line_end++;
        }
        o->seen = at;
        o->seen_begin = begin;
}

static void place_in_line(struct opened *o, const struct position *start, size_t end, struct hit *h)
{
        size_t begin = o->v->begin;
        struct position from = position_index_at(&o->t->index, begin);

        /* the run began before the buffer */
        if (o->d->in_run && begin < 4)
                from = o->d->run;
        find_line(o, start->at);
        if (from.line != start->line)
                from = position_index_at(&o->t->index, o->seen_begin);
        struct position to = position_index_at(&o->t->index, MAX_OF(o->line_end, end));
        say_where(h, &from, &to);
}

static bool holds_code(const struct decoded *v, size_t from, size_t to)
{
        for (size_t i = from; i < to; i++)
                if (v->map[i + 1] != v->map[i] + 1)
                        return true;
        return false;
}

/* Whether a match of a text that was there all the time is new. */
static bool touches_code(const struct decoded *v, const struct secret_match *m)
{
        size_t from = m->start > 0 ? m->start - 1 : 0, to = MIN_OF(m->end + 1, v->n);

        return holds_code(v, from, to);
}

/* What was looked at as plain text together with the secret. */
static void say_plain(struct opened *o, struct hit *h)
{
        const struct decoded *v = o->v;

        h->plain_from = position_index_at(&o->t->index, v->map[0]).offset;
        h->plain_to = v->map[v->n] < o->t->n ? position_index_at(&o->t->index, v->map[v->n]).offset
                                             : UINT64_MAX;
}

static bool is_high_escape(const struct opened *o, size_t i)
{
        const struct decoded *v = o->v;

        return o->t->text[v->map[i]] == '=' && v->map[i + 1] == v->map[i] + 3 && v->text[i] >= 0x80;
}

/* "TOKEN=8889…" where a text says that it is quoted-printable, and this part of it is not: letters
 * and figures are written as they are there, and half a character of UTF-8 is none. */
static bool is_unlikely(const struct opened *o, size_t i)
{
        const struct decoded *v = o->v;

        if (o->t->text[v->map[i]] != '=' || v->map[i + 1] != v->map[i] + 3)
                return false;
        return v->text[i] < 0x80 ? isalnum(v->text[i]) : !(i > 0 && is_high_escape(o, i - 1));
}

static bool place_decoded(struct opened *o, const struct secret_match *m, struct hit *h)
{
        const struct decoded *v = o->v;
        size_t start = v->map[m->secret_start], end = v->map[m->secret_end];
        struct position from = position_index_at(&o->t->index, start);
        struct position to = position_index_at(&o->t->index, end);

        if (from.offset < o->t->from || from.offset >= o->t->to ||
            (v->literal && !touches_code(v, m)))
                return false;
        h->start = from.offset;
        h->end = MAX_OF(to.offset, from.offset + 1);
        if (v->literal)
                say_where(h, &from, &to);
        else
                place_in_line(o, &from, end, h);
        h->decoded = true;
        h->doubtful = v->doubtful;
        h->unlikely = v->doubtful && (is_unlikely(o, m->secret_start) ||
                                      (m->secret_start > 0 && is_unlikely(o, m->secret_start - 1)));
        h->rewritten = v->literal && !v->doubtful && holds_code(v, m->secret_start, m->secret_end);
        if (h->rewritten)
                say_plain(o, h);
        return true;
}

static void place_unpacked(struct opened *o, const struct secret_match *m, struct hit *h)
{
        struct position from = position_index_at(&o->t->index, o->v->begin);
        struct position to = position_index_at(&o->t->index, o->v->end);

        h->aside = o->d->asides;
        h->start = m->secret_start;
        h->end = m->secret_end;
        say_where(h, &from, &to);
}

static unsigned count_lines(const uint8_t *s, size_t from, size_t to)
{
        unsigned lines = 0;

        for (size_t i = from; i < to; i++)
                lines += s[i] == '\n';
        return lines;
}

static void take_decoded(struct opened *o, const struct matches *ms)
{
        const struct decoded *v = o->v;
        size_t counted = 0;
        unsigned line = 1;

        for (size_t i = 0; i < ms->n; i++) {
                const struct secret_match *m = &ms->list[i];
                struct hit h = {0};
                char inside[24] = "";

                if (m->secret_start < v->take_from || m->secret_start >= v->take_to)
                        continue;
                if (v->map && !place_decoded(o, m, &h))
                        continue;
                if (!v->map) {
                        place_unpacked(o, m, &h);
                        line += count_lines(v->text, counted, m->secret_start);
                        counted = m->secret_start;
                        (void)snprintf(inside, sizeof(inside), ", line %u", line);
                }
                fill_hit(o->d, v->text, m, &h);
                if (m->companion && v->map)
                        find_companion(o->t, v->map[m->companion_at], &h);
                else if (m->companion) {
                        h.has_companion = true;
                        h.companion_start = m->companion_at;
                }
                (void)snprintf(h.detail, sizeof(h.detail), "in %.100s%s", v->what, inside);
                tell(m, &h);
                add_hit(o->d, &h);
        }
}

struct openings {
        struct detector *d;
        struct detect_text *t;
};

static void on_decoded(void *userdata, const struct decoded *v)
{
        const struct openings *os = userdata;
        _cleanup_(matches_done) struct matches ms = {0};
        struct opened o = {.d = os->d, .t = os->t, .v = v};

        scan_text(os->d, &(struct secret_text){v->text, v->n, v->continued}, &ms);
        if (!v->map)
                os->d->asides++;
        take_decoded(&o, &ms);
}

static struct decode_request request(struct openings *os)
{
        return (struct decode_request){
                .text = os->t->text,
                .n = os->t->n,
                .continued = os->d->flushed,
                .budget = &os->d->decoded,
                .fn = on_decoded,
                .userdata = os,
        };
}

void detect_text_scan(struct detector *d, struct detect_text *t)
{
        struct openings os = {d, t};
        const struct decode_request r = request(&os);

        detect_text_matches(d, t);
        if (decode_text(&r) < 0)
                d->no_memory = true;
}

void detect_text_document(struct detector *d, struct detect_text *t, struct doc *doc)
{
        struct openings os = {d, t};
        const struct decode_request r = request(&os);

        if (decode_document(doc, &r) < 0)
                d->no_memory = true;
}

bool detect_text_gzip(struct detector *d, struct detect_text *t)
{
        struct openings os = {d, t};
        struct decode_request r = request(&os);
        bool whole = false;

        /* bytes, not what was taken for text */
        r.text = d->raw;
        r.n = d->raw_len;
        if (decode_gzip(&r, &whole) < 0)
                d->no_memory = true;
        return whole;
}

void detect_text_carry(struct detector *d, struct detect_text *t, size_t cut)
{
        size_t begin = cut;

        if (cut == 0 || cut >= t->n || !decode_is_base64(t->text[cut])) {
                d->in_run = false;
                return;
        }
        while (begin > 0 && decode_is_base64(t->text[begin - 1]))
                begin--;
        if (begin == 0 && d->in_run)
                return;
        d->run = position_index_at(&t->index, begin);
        d->in_run = begin < cut;
}
