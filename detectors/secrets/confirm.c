/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: matching one rule's expression with PCRE2 in a bounded window around a hit of the database.
 *
 * Must not own: which hits are looked at (engine.c), what a match is worth (judge.c).
 *
 * The subject begins at the beginning of the data and the match starts at the window, so that \b
 * and look-behind see what really stands before the window; and \A matches at the beginning of the
 * data alone, which is no place for a match if the caller begins behind it. A match that touches the window's end
 * is tried again in a wider one: it could be longer. Only starts before the hit are tried, and what
 * cannot start a match whatever follows is not tried again for the next hit: a long run in which
 * the database hits at every byte costs no more than its length. PCRE2's JIT would need writable
 * executable memory, which the scanner's sandbox refuses; instead, steps, depth and heap are
 * limited, because the text is an attacker's.
 *
 * Windows overlap, but no place is tried as a match's beginning twice: the caller is told up to
 * where nothing begins, and PCRE2 says by a partial match that a longer window could change that.
 * Without it a file of beginnings alone takes hits times window.
 */
#include "detectors/secrets/confirm.h"

#include <stdio.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "common/base/macros.h"
#include "common/base/text.h"

#define MATCH_STEPS 100000u
#define MATCH_DEPTH 2000u
#define MATCH_HEAP_KIB 4096u
#define WINDOW_WIDEST 65536u

struct confirm {
        pcre2_code *code;
        size_t before, after; /* of a hit */
};

struct confirm_memory {
        pcre2_match_data *data;
        pcre2_match_context *context;
};

int confirm_memory_new(struct confirm_memory **ret)
{
        struct confirm_memory *m = calloc(1, sizeof(*m));

        if (!m)
                return -ENOMEM;
        m->data = pcre2_match_data_create(8, NULL);
        m->context = pcre2_match_context_create(NULL);
        if (!m->data || !m->context) {
                (void)confirm_memory_free(m);
                return -ENOMEM;
        }
        (void)pcre2_set_match_limit(m->context, MATCH_STEPS);
        (void)pcre2_set_depth_limit(m->context, MATCH_DEPTH);
        (void)pcre2_set_heap_limit(m->context, MATCH_HEAP_KIB);
        *ret = m;
        return 0;
}

struct confirm_memory *confirm_memory_free(struct confirm_memory *m)
{
        if (!m)
                return NULL;
        pcre2_match_data_free(m->data);
        pcre2_match_context_free(m->context);
        free(m);
        return NULL;
}

int confirm_new(struct confirm **ret, const struct rule *rule, struct ruleset_error *reterr)
{
        PCRE2_SIZE offset;
        int error;
        struct confirm *c = calloc(1, sizeof(*c));

        if (!c)
                return -ENOMEM;
        c->after = rule->pattern.window;
        c->before = rule->pattern.before ? rule->pattern.before : rule->pattern.window;
        c->code = pcre2_compile((PCRE2_SPTR)rule->pattern.regex, PCRE2_ZERO_TERMINATED,
                                PCRE2_USE_OFFSET_LIMIT, &error, &offset, NULL);
        if (!c->code) {
                PCRE2_UCHAR text[96] = "";
                char what[160];

                free(c);
                if (error == PCRE2_ERROR_HEAP_FAILED)
                        return -ENOMEM;
                (void)pcre2_get_error_message(error, text, sizeof(text));
                (void)snprintf(what, sizeof(what), "regex, character %zu: %s", (size_t)offset + 1,
                               (const char *)text);
                ruleset_error_at(reterr, rule, what);
                return -EBADMSG;
        }
        *ret = c;
        return 0;
}

struct confirm *confirm_free(struct confirm *c)
{
        if (!c)
                return NULL;
        pcre2_code_free(c->code);
        free(c);
        return NULL;
}

/* What is matched in: data[from..to), for a match that begins before hit. */
struct window {
        const uint8_t *data;
        size_t from, to, hit;
        bool whole; /* the data end at `to` */
};

/* One match. Returns 1, 0 or negative errno as confirm_find(). With 0, *ret_open is the first place
 * at which a match could begin if there were more data; hit if there is none. */
static int match(const struct confirm *c, struct confirm_memory *m, const struct window *w,
                 struct confirm_span *ret, size_t *ret_open)
{
        uint32_t options = w->whole ? 0 : PCRE2_NOTEOL | PCRE2_PARTIAL_SOFT;
        const PCRE2_SIZE *v = pcre2_get_ovector_pointer(m->data);

        (void)pcre2_set_offset_limit(m->context, w->hit - 1);
        int r = pcre2_match(c->code, w->data, w->to, w->from, options, m->data, m->context);
        if (r == PCRE2_ERROR_NOMATCH || r == PCRE2_ERROR_PARTIAL) {
                *ret_open = r == PCRE2_ERROR_PARTIAL ? MIN_OF(v[0], w->hit) : w->hit;
                return 0;
        }
        if (r < 0)
                return r == PCRE2_ERROR_NOMEMORY ? -ENOMEM : -E2BIG;
        bool group = r > 1 && v[2] != PCRE2_UNSET;

        *ret_open = w->from + 1;
        /* \K in a lookaround can put the start behind the end */
        if (v[0] > v[1])
                return 0;
        *ret = (struct confirm_span){
                .start = v[0],
                .end = v[1],
                .secret_start = group ? v[2] : v[0],
                .secret_end = group ? v[3] : v[1],
        };
        return 1;
}

int confirm_find(const struct confirm *c, struct confirm_memory *m, const uint8_t *data, size_t n,
                 size_t *from, size_t hit, struct confirm_span *ret)
{
        size_t after = c->after;
        size_t at = hit > c->before ? MAX_OF(*from, hit - c->before) : *from;

        while (at < hit) {
                size_t to = n - hit > after ? hit + after : n;
                const struct window w = {data, at, to, hit, to == n};
                struct confirm_span span;
                size_t open;
                int r = match(c, m, &w, &span, &open);

                if (r == 0)
                        *from = MAX_OF(*from, open);
                if (r <= 0)
                        return r;
                if (span.end == to && to < n && after < WINDOW_WIDEST) {
                        after *= 2;
                        continue;
                }
                if (span.start >= hit)
                        return 0;
                if (span.end >= hit) {
                        *ret = span;
                        return 1;
                }
                at = MAX_OF(span.end, at + 1);
                *from = MAX_OF(*from, at);
        }
        return 0;
}
