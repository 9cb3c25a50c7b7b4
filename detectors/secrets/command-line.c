/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: masking a command line: what is marked by names, by shape and by the rules, and how the rest is shown.
 * Does not own: which names say it (command-name.c), what programs take (command-programs.c), where values end
 * (command-value.c), the rules (engine.c).
 *
 * Everything is asked of every byte, and whatever one of them marks is masked: none can take back what another one said.
 */
#include "detectors/secrets/command-line.h"

#include <errno.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/macros.h"
#include "common/base/text.h"
#include "detectors/secrets/command-internal.h"
#include "detectors/secrets/rarity.h"

#define MASKED "[...]"
#define BLOB_MIN 20u /* characters of base64 */
#define PLAIN_USER_MAX 16u

static bool is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_quote(char c)
{
        return c == '\'' || c == '"' || c == '`';
}

static bool is_name(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '.';
}

/* --- names and their values --- */

/* The name before a '=' or ':' at text[at], as "password" or \"password\" or password[0] or password has it. */
static size_t name_before(const struct command *c, size_t at, size_t *ret_begin)
{
        size_t end = at;

        while (end > 0 && (is_blank(c->text[end - 1]) || is_quote(c->text[end - 1]) ||
                           strchr("\\]):+", c->text[end - 1] ?: 'x')))
                end--;
        size_t begin = end;
        while (begin > 0 && is_name(c->text[begin - 1]))
                begin--;
        *ret_begin = begin;
        return end - begin;
}

static void mark_assigned(struct command *c, size_t at)
{
        size_t begin, n = name_before(c, at, &begin), value = at + 1;

        if (n == 0 || !command_name_is_secret(c->text + begin, n))
                return;
        while (value < c->n && (is_blank(c->text[value]) || c->text[value] == '=' ||
                                c->text[value] == '>' || c->text[value] == '~'))
                value++;
        /* "-H", "Authorization:", and nothing behind it in this argument */
        if (value < c->n && c->text[value] == '\0')
                command_mark_next(c, value);
        else if (value < c->n)
                command_mark(c, value, command_value_end(c, value));
        /* a header's value goes on behind blanks, whatever quotes it */
        if (c->text[at] == ':')
                command_mark(c, value, command_argument_end(c, value));
}

static void mark_option(struct command *c, size_t at)
{
        size_t end = at;

        while (end < c->n && is_name(c->text[end]))
                end++;
        if (end < c->n &&
            (c->text[end] == '\0' || is_blank(c->text[end]) || is_quote(c->text[end])) &&
            command_name_is_secret(c->text + at, end - at))
                command_mark_next(c, end);
}

static bool begins_word(const struct command *c, size_t at)
{
        return at == 0 || c->text[at - 1] == '\0' || is_blank(c->text[at - 1]) ||
               is_quote(c->text[at - 1]) || strchr("=;|&(", c->text[at - 1]);
}

static void mark_names(struct command *c)
{
        for (size_t i = 0; i < c->n; i++) {
                if (c->text[i] == '=' || c->text[i] == ':')
                        mark_assigned(c, i);
                else if (c->text[i] == '-' && begins_word(c, i))
                        mark_option(c, i);
        }
}

/* --- shapes --- */

static size_t find(const struct command *c, size_t from, const char *what)
{
        const char *found = memmem(c->text + from, c->n - from, what, strlen(what));

        return found ? (size_t)(found - c->text) : c->n;
}

/* git@host, postgres@host: a name that nobody takes for a secret. */
static bool is_plain_user(const char *s, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (s[i] < 'a' || s[i] > 'z')
                        return false;
        return n > 0 && n <= PLAIN_USER_MAX;
}

/* text[from..): what stands behind "://". A password may hold a '/', a path may hold a '@'. */
static void mark_userinfo(struct command *c, size_t from)
{
        const char *s = c->text + from;
        size_t all = strcspn(s, " \t\r\n'\"`"), host = strcspn(s, "/?# \t\r\n'\"`");
        const char *at = memrchr(s, '@', MIN_OF(all, host));

        if (!at) {
                const char *colon = memchr(s, ':', host);

                if (!colon || (colon[1] >= '0' && colon[1] <= '9'))
                        return;
                at = memrchr(s, '@', all);
        }
        if (at && !is_plain_user(s, (size_t)(at - s)))
                command_mark(c, from, (size_t)(at - c->text));
}

/* user:password@host without a scheme; text[at] is the '@'. */
static void mark_before_host(struct command *c, size_t at)
{
        size_t colon = at;

        while (colon > 0 && c->text[colon - 1] != '\0' && !is_blank(c->text[colon - 1]) &&
               !is_quote(c->text[colon - 1]) && c->text[colon - 1] != '/' &&
               c->text[colon - 1] != '@' && c->text[colon - 1] != ':')
                colon--;
        if (colon > 0 && c->text[colon - 1] == ':')
                command_mark(c, colon, at);
}

static void mark_places(struct command *c)
{
        for (size_t i = 0; (i = find(c, i, "://")) < c->n; i += 3)
                mark_userinfo(c, i + 3);
        for (size_t i = 0; (i = find(c, i, "@")) < c->n; i++)
                mark_before_host(c, i);
        for (size_t i = 0; (i = find(c, i, "-----BEGIN")) < c->n; i++)
                command_mark(c, i, command_argument_end(c, i));
}

/* Every word that text_mask() would not show. */
static void mark_tokens(struct command *c)
{
        for (size_t i = 0; i < c->n;) {
                bool token;
                size_t n = text_word(c->text + i, &token);

                if (token)
                        command_mark(c, i, i + n);
                i += n > 0 ? n : 1;
        }
}

static bool is_base64(char c)
{
        return (is_name(c) && c != '.') || c == '+' || c == '/';
}

static bool is_blob(const char *s, size_t n)
{
        const struct rarity_shape shape = rarity_shape((const uint8_t *)s, n);
        double surprise = n >= BLOB_MIN ? rarity_surprise((const uint8_t *)s, n) : 0;

        return shape.digits > 0 &&
               (surprise >= RARITY_RANDOM || (surprise >= RARITY_WORDS && shape.lower > 0 &&
                                              shape.upper > 0 && !memchr(s, '/', n)));
}

static void mark_blobs(struct command *c)
{
        for (size_t i = 0; i < c->n;) {
                size_t end = i;

                while (end < c->n && is_base64(c->text[end]))
                        end++;
                if (end - i >= BLOB_MIN && is_blob(c->text + i, end - i))
                        command_mark(c, i, end);
                i = MAX_OF(end, i + 1);
        }
}

/* --- the rules --- */

static int mark_match(void *userdata, const struct secret_match *m)
{
        command_mark(userdata, m->secret_start, m->secret_end);
        return 0;
}

/* Every rule counts, however unsure: blanks stand between the arguments. */
static int mark_found(struct command *c, struct secret_engine *engine)
{
        _cleanup_free_ char *line = malloc(c->n + 1);
        bool capped = false;

        if (!line)
                return -ENOMEM;
        for (size_t i = 0; i < c->n; i++)
                line[i] = c->text[i] ? c->text[i] : ' ';
        const struct secret_text text = {.data = (const uint8_t *)line, .n = c->n};
        secret_engine_begin(engine);
        int k = secret_engine_scan(engine, "", ARTEFACT_NONE, &text, mark_match, c, &capped);
        /* what could not be decided is not shown */
        if (capped)
                command_mark(c, 0, c->n);
        explicit_bzero(line, c->n);
        return k;
}

/* --- showing --- */

static char quote_for(const char *s, size_t n)
{
        bool needs = n == 0;

        for (size_t i = 0; i < n; i++)
                needs = needs || is_blank(s[i]) || is_quote(s[i]);
        return !needs ? '\0' : memchr(s, '\'', n) ? '"' : '\'';
}

static void show_argument(const struct command *c, size_t at, size_t end, struct buffer *b)
{
        char quote = quote_for(c->text + at, end - at);

        if (quote)
                buffer_putc(b, quote);
        while (at < end) {
                if (!c->marks[at]) {
                        buffer_putc(b, c->text[at++]);
                        continue;
                }
                while (at < end && c->marks[at])
                        at++;
                buffer_puts(b, MASKED);
        }
        if (quote)
                buffer_putc(b, quote);
}

static int show(const struct command *c, bool cut, char *dst, size_t size)
{
        _cleanup_buffer_ struct buffer b = {.max = 8 * COMMAND_LINE_MAX};

        for (size_t i = 0; i < c->n;) {
                size_t end = command_argument_end(c, i);

                if (i > 0)
                        buffer_putc(&b, ' ');
                show_argument(c, i, end, &b);
                i = end + 1;
        }
        if (cut)
                buffer_puts(&b, c->n > 0 ? " …" : "…");
        if (b.error)
                return b.error;
        (void)text_printable(dst, size, b.data ? b.data : "", b.len);
        return 0;
}

/* --- all of it --- */

/* Half a word could be half a secret that nothing tells as one. */
static size_t without_cut_word(const char *raw, size_t n)
{
        while (n > 0 && raw[n - 1] != '\0' && !is_blank(raw[n - 1]))
                n--;
        return n;
}

/* Whether every word counts that is shaped like a secret. */
enum how { MASK_WORDS, MASK_NAME };

static int mark(struct command *c, struct secret_engine *engine, enum how how)
{
        mark_names(c);
        mark_places(c);
        if (how == MASK_WORDS) {
                command_mark_programs(c);
                mark_tokens(c);
                mark_blobs(c);
        }
        return engine ? mark_found(c, engine) : 0;
}

/* Returns 1: nothing is left out. */
static int mask(struct secret_engine *engine, const char *raw, size_t n, enum how how, bool cut,
                char *dst, size_t size)
{
        char *text = malloc(n + 1);
        _cleanup_free_ uint8_t *marks = calloc(n + 1, 1);
        struct command c = {.text = text, .n = n, .marks = marks};

        dst[0] = '\0';
        if (!text || !marks) {
                free(text);
                return -ENOMEM;
        }
        memcpy(text, raw, n);
        text[n] = '\0';
        int k = mark(&c, engine, how);
        if (k >= 0)
                k = show(&c, cut, dst, size);
        if (k >= 0)
                k = !cut && !memchr(marks, true, n);
        explicit_bzero(text, n);
        free(text);
        return k;
}

int command_line_mask(struct secret_engine *engine, const char *raw, size_t n, bool cut, char *dst,
                      size_t size)
{
        cut = cut || n > COMMAND_LINE_MAX;
        n = cut ? without_cut_word(raw, MIN_OF(n, COMMAND_LINE_MAX)) : n;
        /* the last one need not be ended */
        if (n > 0 && raw[n - 1] == '\0')
                n--;
        return mask(engine, raw, n, MASK_WORDS, cut, dst, size);
}

int command_line_name(struct secret_engine *engine, const char *name, char *dst, size_t size)
{
        int k = mask(engine, name, MIN_OF(strlen(name), (size_t)COMMAND_LINE_MAX), MASK_NAME, false,
                     dst, size);

        return MIN_OF(k, 0);
}
