/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading polkit's rules (polkit(8), JavaScript): which answers they give, and what they ask before.
 *
 *      polkit.addRule(function(action, subject) {
 *          if (action.id == "a" && subject.isInGroup("g") && subject.active)
 *              return polkit.Result.YES;
 *      });
 *      →  rules: [{type: rule, answers: [{result: yes, actions: [a], groups: [g], active: true,
 *                                         asks_action: true, asks_subject: true}]}]
 *
 * An answer is what a `return` within polkit.addRule() or addAdminRule() gives: `result` in small letters
 * (yes, no, auth_admin, …, not_handled), or `administrators`, a list. It has the facts of all the
 * conditions around it: actions, prefixes (of actions), users, groups, active, local; what is negated is
 * no fact. `always`: there is no condition. `otherwise`: it stands in an else.
 *
 * Does not own: JavaScript. Loops, switches, variables and functions of the file's own are passed over:
 * what stands in them has no condition of theirs, and is marked `otherwise`, so that it is not taken for
 * an answer to everything.
 */
#include "detectors/formats/polkit.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/cursor.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/format.h"
#include "detectors/formats/parts.h"

#define FRAMES_MAX 24u
#define CONDITION_MAX 4096u      /* bytes that are looked at of one */
#define LOOKED_AT_MAX (4u << 20) /* bytes of conditions, each counted for each answer in it */

enum frame_type {
        FRAME_PLAIN,     /* of a function */
        FRAME_CONDITION, /* if */
        FRAME_OTHERWISE, /* else, or a statement that is not understood */
};

/* What is around a statement. */
struct frame {
        enum frame_type type;
        bool single; /* one statement without braces */
        struct cursor from, to;
};

struct reader {
        struct cursor c;
        struct doc *doc;
        struct node *rules, *answers; /* of the rule that is open, or NULL */
        unsigned parentheses, opened; /* now, and when the rule began */
        struct frame frames[FRAMES_MAX];
        unsigned n_frames, too_deep;
        size_t looked_at;
        char before; /* the last byte that was no white space */
        int error;
};

bool polkit_is_rules(const char *path, const char *data, size_t n)
{
        static const char call[] = "polkit.add";
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

        return n > 0 && strstr(name, ".rules") && memmem(data, n, call, sizeof(call) - 1);
}

/* --- words --------------------------------------------------------------------------------- */

static bool is_name(char c)
{
        return isalnum((unsigned char)c) || c == '_' || c == '$' || c == '.';
}

static size_t word_length(const struct cursor *c)
{
        size_t n = 0;

        while (is_name(cursor_peek(c, n)))
                n++;
        return n;
}

static bool word_is(const struct cursor *c, size_t n, const char *word)
{
        return strlen(word) == n && cursor_at(c, word);
}

static void skip_space(struct cursor *c)
{
        while (!cursor_ended(c) &&
               (isspace((unsigned char)cursor_peek(c, 0)) || cursor_skip_comment(c)))
                if (isspace((unsigned char)cursor_peek(c, 0)))
                        cursor_step(c);
}

/* A text, or an expression in slashes; *ret_from and *ret_to are what is inside. */
static bool take_text(struct cursor *c, char before, struct cursor *ret_from, struct cursor *ret_to)
{
        char quote = cursor_peek(c, 0);
        bool expression = quote == '/' && before != '\0' && strchr("(,=:[!&|?{};", before);

        if (!expression && quote != '"' && quote != '\'' && quote != '`')
                return false;
        cursor_step(c);
        *ret_from = *c;
        while (!cursor_ended(c) && cursor_peek(c, 0) != quote &&
               (quote == '`' || cursor_peek(c, 0) != '\n'))
                cursor_skip(c, cursor_peek(c, 0) == '\\' ? 2 : 1);
        *ret_to = *c;
        cursor_skip(c, 1);
        return true;
}

/* Steps to behind what closes the bracket that was opened before. */
static void skip_bracket(struct cursor *c, char open, char close)
{
        struct cursor from, to;
        char before = open;

        for (unsigned depth = 1; !cursor_ended(c);) {
                char byte = cursor_peek(c, 0);

                if (cursor_skip_comment(c) || take_text(c, before, &from, &to)) {
                        before = '"';
                        continue;
                }
                cursor_step(c);
                if (!isspace((unsigned char)byte))
                        before = byte;
                depth += byte == open;
                depth -= byte == close;
                if (depth == 0)
                        return;
        }
}

/* --- facts of a condition ------------------------------------------------------------------ */

static void add_text(struct reader *r, struct node *answer, const char *key,
                     const struct cursor *from, const struct cursor *to)
{
        struct node *list = node_get(answer, key);

        if (!list)
                list = part_container(r->doc, answer, key, NODE_SEQUENCE, from);
        if (!part_source(r->doc, list, NULL, from, to))
                r->error = doc_error(r->doc);
}

static void add_flag(struct reader *r, struct node *answer, const char *key,
                     const struct cursor *from, const struct cursor *to)
{
        if (!node_get(answer, key) && !part_bool(r->doc, answer, key, from, to, true))
                r->error = doc_error(r->doc);
}

static bool ends(const struct cursor *word, size_t n, const char *tail)
{
        size_t k = strlen(tail);

        return n > k && memcmp(word->data + word->at + n - k, tail, k) == 0;
}

/* name == "text": adds it; name != "text" is no fact. */
static void take_comparison(struct reader *r, struct node *answer, const char *key,
                            struct cursor *c)
{
        struct cursor from, to;

        skip_space(c);
        bool negated = cursor_peek(c, 0) == '!';
        if (!cursor_take(c, "===") && !cursor_take(c, "==") && !cursor_take(c, "!==") &&
            !cursor_take(c, "!="))
                return;
        skip_space(c);
        if (take_text(c, '=', &from, &to) && !negated)
                add_text(r, answer, key, &from, &to);
}

/* name("text"): adds it. */
static void take_argument(struct reader *r, struct node *answer, const char *key, struct cursor *c,
                          bool negated)
{
        struct cursor from, to;

        skip_space(c);
        if (!cursor_take(c, "("))
                return;
        skip_space(c);
        if (take_text(c, '(', &from, &to) && !negated)
                add_text(r, answer, key, &from, &to);
}

static void take_fact(struct reader *r, struct node *answer, struct cursor *c, size_t n,
                      bool negated)
{
        const struct cursor word = *c;

        cursor_skip(c, n);
        if (ends(&word, n, ".id")) {
                add_flag(r, answer, "asks_action", &word, c);
                take_comparison(r, answer, "actions", c);
        } else if (ends(&word, n, ".id.indexOf") || ends(&word, n, ".id.startsWith") ||
                   ends(&word, n, ".id.match") || ends(&word, n, ".id.search")) {
                add_flag(r, answer, "asks_action", &word, c);
                take_argument(r, answer, "prefixes", c, negated);
        } else if (ends(&word, n, ".user")) {
                add_flag(r, answer, "asks_subject", &word, c);
                take_comparison(r, answer, "users", c);
        } else if (ends(&word, n, ".isInGroup") || ends(&word, n, ".isInNetGroup")) {
                add_flag(r, answer, "asks_subject", &word, c);
                take_argument(r, answer, "groups", c, negated);
        } else if (ends(&word, n, ".groups") || ends(&word, n, ".groups.indexOf") ||
                   ends(&word, n, ".groups.includes")) {
                add_flag(r, answer, "asks_subject", &word, c);
                take_argument(r, answer, "groups", c, negated);
        } else if (ends(&word, n, ".active") && !negated) {
                add_flag(r, answer, "active", &word, c);
        } else if (ends(&word, n, ".local") && !negated) {
                add_flag(r, answer, "local", &word, c);
        }
}

static void take_facts(struct reader *r, struct node *answer, const struct cursor *from,
                       const struct cursor *to)
{
        size_t end = MIN_OF(to->at, from->at + CONDITION_MAX);
        struct cursor c = *from, a, b;
        char before = '(';

        c.n = end;
        r->looked_at += end - from->at;
        while (!cursor_ended(&c) && r->error == 0) {
                size_t n = word_length(&c);

                if (n > 0) {
                        take_fact(r, answer, &c, n, before == '!');
                        before = 'a';
                } else if (cursor_skip_comment(&c) || take_text(&c, before, &a, &b)) {
                        before = '"';
                } else {
                        if (!isspace((unsigned char)cursor_peek(&c, 0)))
                                before = cursor_peek(&c, 0);
                        cursor_step(&c);
                }
        }
}

/* --- answers ------------------------------------------------------------------------------- */

static void end_single(struct reader *r)
{
        while (r->n_frames > 0 && r->frames[r->n_frames - 1].single)
                r->n_frames--;
}

static void push(struct reader *r, const struct frame *f)
{
        if (r->n_frames < FRAMES_MAX)
                r->frames[r->n_frames++] = *f;
        else
                r->too_deep++;
}

static void pop(struct reader *r)
{
        if (r->too_deep > 0)
                r->too_deep--;
        else if (r->n_frames > 0)
                r->n_frames--;
        end_single(r);
}

static void add_conditions(struct reader *r, struct node *answer, const struct cursor *at)
{
        bool asked = false, otherwise = r->too_deep > 0;

        for (unsigned i = 0; i < r->n_frames && r->error == 0; i++) {
                const struct frame *f = &r->frames[i];

                if (f->type == FRAME_CONDITION) {
                        take_facts(r, answer, &f->from, &f->to);
                        asked = true;
                }
                otherwise = otherwise || f->type == FRAME_OTHERWISE;
        }
        if (otherwise)
                add_flag(r, answer, "otherwise", at, at);
        else if (!asked)
                add_flag(r, answer, "always", at, at);
}

/* "polkit.Result.YES", or "yes" as a text */
static bool result_of(const struct cursor *from, const struct cursor *to, char *dst, size_t size)
{
        static const char prefix[] = "polkit.Result.";
        const char *s = from->data + from->at;
        size_t left = to->at - from->at, n = 0;
        const char *found = memmem(s, left, prefix, sizeof(prefix) - 1);

        if (found) {
                left -= (size_t)(found - s) + sizeof(prefix) - 1;
                s = found + sizeof(prefix) - 1;
        } else if (left > 2 && (*s == '"' || *s == '\'')) {
                s++;
                left--;
        } else {
                return false;
        }
        for (; n < left && n + 1 < size && (isalpha((unsigned char)s[n]) || s[n] == '_'); n++)
                dst[n] = (char)tolower((unsigned char)s[n]);
        dst[n] = '\0';
        return n > 0;
}

static void add_administrators(struct reader *r, struct node *answer, const struct cursor *from,
                               const struct cursor *to)
{
        struct cursor c = *from, a, b;

        c.n = to->at;
        while (!cursor_ended(&c) && r->error == 0)
                if (take_text(&c, '[', &a, &b))
                        add_text(r, answer, "administrators", &a, &b);
                else
                        cursor_step(&c);
}

static void add_answer(struct reader *r, const struct cursor *at, const struct cursor *from,
                       const struct cursor *to)
{
        const char *question = memchr(from->data + from->at, '?', to->at - from->at);
        bool list = cursor_peek(from, 0) == '[';
        char result[32];

        if (!list && !result_of(from, to, result, sizeof(result)))
                return;
        struct node *answer = part_container(r->doc, r->answers, NULL, NODE_MAPPING, at);
        if (!answer) {
                r->error = doc_error(r->doc);
                return;
        }
        if (list)
                add_administrators(r, answer, from, to);
        else if (!part_value(r->doc, answer, "result", from, to, result, strlen(result)))
                r->error = doc_error(r->doc);
        if (question) {
                struct cursor end = *to;

                end.at = (size_t)(question - from->data);
                push(r, &(struct frame){FRAME_CONDITION, false, *from, end});
        }
        add_conditions(r, answer, at);
        if (question && r->too_deep == 0)
                r->n_frames--;
        if (r->looked_at > LOOKED_AT_MAX)
                r->error = -E2BIG;
}

/* The expression behind `return`: to the end of the statement. */
static void read_return(struct reader *r, const struct cursor *at)
{
        struct cursor from, to, a, b;
        char before = '(';

        while (cursor_peek(&r->c, 0) == ' ' || cursor_peek(&r->c, 0) == '\t')
                cursor_step(&r->c);
        from = to = r->c;
        while (!cursor_ended(&r->c) && !strchr(";}\n", cursor_peek(&r->c, 0))) {
                char byte = cursor_peek(&r->c, 0);

                if (byte == '[' || byte == '(') {
                        cursor_step(&r->c);
                        skip_bracket(&r->c, byte, byte == '[' ? ']' : ')');
                } else if (!cursor_skip_comment(&r->c) && !take_text(&r->c, before, &a, &b)) {
                        cursor_step(&r->c);
                }
                before = isspace((unsigned char)byte) ? before : byte;
                to = r->c;
        }
        if (r->answers)
                add_answer(r, at, &from, &to);
        end_single(r);
}

/* --- statements ---------------------------------------------------------------------------- */

/* What follows is a block, or one statement. */
static void open_frame(struct reader *r, enum frame_type type, const struct cursor *from,
                       const struct cursor *to)
{
        skip_space(&r->c);
        bool block = cursor_take(&r->c, "{");

        push(r, &(struct frame){type, !block, *from, *to});
}

/* (…) behind if, for, while, switch. */
static void read_condition(struct reader *r, enum frame_type type)
{
        skip_space(&r->c);
        struct cursor from = r->c, to;

        if (!cursor_take(&r->c, "("))
                return;
        from = r->c;
        skip_bracket(&r->c, '(', ')');
        to = r->c;
        open_frame(r, type, &from, &to);
}

static void begin_rule(struct reader *r, const struct cursor *at, const char *type)
{
        struct cursor end = r->c;
        struct node *rule = part_container(r->doc, r->rules, NULL, NODE_MAPPING, at);

        if (!rule || !part_value(r->doc, rule, "type", at, &end, type, strlen(type)))
                r->error = doc_error(r->doc);
        r->answers = rule ? part_container(r->doc, rule, "answers", NODE_SEQUENCE, &end) : NULL;
        if (!r->answers)
                r->error = doc_error(r->doc);
        r->opened = r->parentheses;
        r->n_frames = r->too_deep = 0;
}

static void read_word(struct reader *r, size_t n)
{
        const struct cursor word = r->c;

        cursor_skip(&r->c, n);
        if (word_is(&word, n, "polkit.addRule"))
                begin_rule(r, &word, "rule");
        else if (word_is(&word, n, "polkit.addAdminRule"))
                begin_rule(r, &word, "admin_rule");
        else if (word_is(&word, n, "return"))
                read_return(r, &word);
        else if (word_is(&word, n, "if"))
                read_condition(r, FRAME_CONDITION);
        else if (word_is(&word, n, "for") || word_is(&word, n, "while") ||
                 word_is(&word, n, "switch"))
                read_condition(r, FRAME_OTHERWISE);
        else if (word_is(&word, n, "else") || word_is(&word, n, "do"))
                open_frame(r, FRAME_OTHERWISE, &word, &word);
}

static void read_byte(struct reader *r)
{
        char byte = cursor_peek(&r->c, 0);

        cursor_step(&r->c);
        if (byte == '{') {
                push(r, &(struct frame){.type = FRAME_PLAIN});
        } else if (byte == '}') {
                pop(r);
        } else if (byte == ';') {
                end_single(r);
        } else if (byte == '(') {
                r->parentheses++;
        } else if (byte == ')' && r->parentheses > 0) {
                r->parentheses--;
                if (r->parentheses == r->opened)
                        r->answers = NULL;
        }
}

static int polkit_read(struct doc *doc, const char *data, size_t n, struct doc_error *reterr)
{
        struct reader r = {.c = cursor_begin(data, n), .doc = doc, .before = ';'};
        struct node *root = cursor_node(&r.c, doc, NODE_MAPPING);
        struct cursor from, to;

        (void)reterr;
        doc_set_root(doc, root);
        r.rules = part_container(doc, root, "rules", NODE_SEQUENCE, &r.c);
        if (!r.rules)
                return doc_error(doc);
        while (!cursor_ended(&r.c) && r.error == 0) {
                size_t length = word_length(&r.c);

                if (length > 0) {
                        read_word(&r, length);
                        r.before = 'a';
                } else if (cursor_skip_comment(&r.c)) {
                        continue;
                } else if (take_text(&r.c, r.before, &from, &to)) {
                        r.before = '"';
                } else {
                        if (!isspace((unsigned char)cursor_peek(&r.c, 0)))
                                r.before = cursor_peek(&r.c, 0);
                        read_byte(&r);
                }
        }
        return r.error;
}

const struct format format_polkit = {.name = "polkit", .parse = polkit_read, .language = true};
