/* SPDX-FileCopyrightText: giad maintainers */

/*
 * Cuts a file into tokens and pairs its brackets. It must not know statements or calls. It owns the
 * token array; tokens point into the caller's bytes by offset.
 *
 * One pass, one array: pairs are known before anything is built, so that the builder can look
 * behind a bracket in one step and never reads a group twice. A bracket that does not fit the
 * innermost open one closes as many as needed if its partner is open at all, and is dropped
 * otherwise. Brackets deeper than the limit are left out with all that is in them, and what follows
 * is read again.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/source/cutter.h"

static const struct token *last(const struct cutter *c)
{
        return c->out->n ? &c->out->items[c->out->n - 1] : NULL;
}

/* Carries line and column forward to offset. */
static void locate(struct cutter *c, size_t offset)
{
        for (; c->seen < offset; c->seen++) {
                if (c->data[c->seen] == '\n') {
                        c->line++;
                        c->column = 1;
                } else if (((unsigned char)c->data[c->seen] & 0xc0) != 0x80) {
                        c->column++;
                }
        }
}

static bool tokens_grow(struct tokens *t, uint32_t max)
{
        if (t->n >= max) {
                t->error = -E2BIG;
                return false;
        }
        if (t->n < t->allocated)
                return true;
        uint32_t want = t->allocated ? t->allocated * 2 : 256;
        struct token *p = realloc(t->items, want * sizeof(*p));
        if (!p) {
                t->error = -ENOMEM;
                return false;
        }
        t->items = p;
        t->allocated = want;
        return true;
}

struct token *cutter_push(struct cutter *c, enum token_type type, size_t length)
{
        struct tokens *out = c->out;
        size_t from = c->at;

        c->at += length;
        if (c->too_deep || !tokens_grow(out, c->max))
                return NULL;
        locate(c, from);
        struct token *t = &out->items[out->n++];
        *t = (struct token){
                .offset = (uint32_t)from,
                .length = (uint32_t)length,
                .line = c->line,
                .column = c->column,
                .type = (uint8_t)type,
                .op = (uint8_t)c->data[from],
                .newline = c->newline,
                .space = c->space || c->newline,
        };
        c->newline = c->space = false;
        return t;
}

static void open_bracket(struct cutter *c, size_t length)
{
        if (c->too_deep || c->n_open >= c->depth_limit) {
                c->too_deep++;
                c->at += length;
                return;
        }
        struct token *t = cutter_push(c, TOKEN_OPEN, length);
        if (!t)
                return;
        t->match = UINT32_MAX;
        c->open[c->n_open++] = c->out->n - 1;
}

/* Pairs the innermost open bracket with the token at index to. */
static void pair(struct cutter *c, uint32_t to)
{
        uint32_t from = c->open[--c->n_open];
        c->out->items[from].match = to;
}

static bool partners(uint8_t opens, char closes)
{
        return (opens == '(' && closes == ')') || (opens == '[' && closes == ']') ||
               (opens == '{' && closes == '}') || (opens == '`' && closes == '`');
}

static void close_bracket(struct cutter *c, char closes, size_t length)
{
        if (c->too_deep) {
                c->too_deep--;
                c->at += length;
                if (!c->too_deep)
                        c->out->error = c->out->error ? c->out->error : -E2BIG;
                return;
        }
        unsigned i = c->n_open;
        while (i > 0 && !partners(c->out->items[c->open[i - 1]].op, closes))
                i--;
        if (i == 0) {
                c->at += length;
                return;
        }
        uint32_t partner = c->open[i - 1];
        struct token *t = cutter_push(c, TOKEN_CLOSE, length);
        if (!t)
                return;
        t->op = (uint8_t)closes;
        t->match = partner;
        while (c->n_open >= i)
                pair(c, c->out->n - 1);
}

/* --- what lies between tokens ---- */

static void skip_line(struct cutter *c)
{
        while (c->at < c->n && c->data[c->at] != '\n')
                c->at++;
}

static void skip_behind(struct cutter *c, const char *end)
{
        const char *p = memmem(c->data + c->at, c->n - c->at, end, strlen(end));
        c->at = p ? (size_t)(p - c->data) + strlen(end) : c->n;
}

/* PHP: text up to the next <?php belongs to nobody */
static void skip_template(struct cutter *c)
{
        skip_behind(c, "<?");
        if (starts(c, "php"))
                c->at += 3;
        else if (look(c, 0) == '=')
                c->at++;
}

static bool skip_comment(struct cutter *c)
{
        char a = look(c, 0);
        char b = look(c, 1);

        if (a != '#' && a != '/' && a != '=')
                return false;
        if (a == '#' && c->language == LANGUAGE_PHP && b == '[')
                return false;
        if ((a == '#' && (c->flags & LANGUAGE_HASH_COMMENT)) ||
            (a == '#' && c->language == LANGUAGE_CSHARP && c->newline) ||
            (a == '#' && b == '!' && c->at == 0) ||
            (a == '/' && b == '/' && (c->flags & LANGUAGE_SLASH_COMMENT))) {
                skip_line(c);
                return true;
        }
        if (a == '/' && b == '*' && (c->flags & LANGUAGE_SLASH_COMMENT)) {
                c->at += 2;
                skip_behind(c, "*/");
                return true;
        }
        if (c->language == LANGUAGE_RUBY && c->newline && starts(c, "=begin")) {
                skip_behind(c, "\n=end");
                skip_line(c);
                return true;
        }
        return false;
}

static bool skip_space(struct cutter *c)
{
        char a = look(c, 0);

        if (a == '\n') {
                c->newline = true;
                if (c->heredoc_end > c->at)
                        c->at = c->heredoc_end;
                else
                        c->at++;
                return true;
        }
        if (a == '\\' && (look(c, 1) == '\n' || (look(c, 1) == '\r' && look(c, 2) == '\n'))) {
                c->at += look(c, 1) == '\n' ? 2 : 3;
        } else if (a == ' ' || a == '\t' || a == '\r' || a == '\f' || a == '\v' || a == '\0' ||
                   (a == '\xef' && starts(c, "\xef\xbb\xbf"))) {
                c->at += a == '\xef' ? 3 : 1;
        } else if (a == '?' && c->language == LANGUAGE_PHP && starts(c, "?>")) {
                (void)cutter_push(c, TOKEN_SEMI, 2);
                skip_template(c);
        } else if (!skip_comment(c)) {
                return false;
        }
        c->space = true;
        return true;
}

/* --- tokens ---- */

bool cutter_operand_expected(const struct cutter *c)
{
        const struct token *t = last(c);

        if (!t)
                return true;
        switch (t->type) {
        case TOKEN_NUMBER:
        case TOKEN_STRING:
        case TOKEN_SYMBOL:
        case TOKEN_REGEX:
        case TOKEN_CLOSE:
                return false;
        case TOKEN_NAME:
                return t->word == WORD_CONTROL || t->word == WORD_OPERATOR ||
                       /* Ruby: `match /x/` is a call, `a / b` a division */
                       (c->language == LANGUAGE_RUBY && c->space && look(c, 1) != ' ');
        default:
                return true;
        }
}

static bool cut_regex(struct cutter *c)
{
        bool in_class = false;
        size_t i = c->at + 1;

        if (c->at < c->no_regex_before)
                return false;
        for (; i < c->n && c->data[i] != '\n'; i++) {
                char b = c->data[i];
                if (b == '\\')
                        i++;
                else if (b == '[')
                        in_class = true;
                else if (b == ']')
                        in_class = false;
                else if (b == '/' && !in_class) {
                        for (i++; i < c->n && c->data[i] >= 'a' && c->data[i] <= 'z'; i++)
                                ;
                        (void)cutter_push(c, TOKEN_REGEX, i - c->at);
                        return true;
                }
        }
        c->no_regex_before = i; /* or many that do not end would cost a square */
        return false;
}

/* The rest of a template literal from here to "${" or the closing "`". */
static void cut_template_text(struct cutter *c, bool first)
{
        size_t i = c->at + (first ? 1 : 0);

        for (; i < c->n; i++) {
                if (c->data[i] == '\\') {
                        i++;
                } else if (c->data[i] == '`') {
                        c->at = first ? c->at : i;
                        if (first) {
                                struct token *t = cutter_push(c, TOKEN_STRING, i + 1 - c->at);
                                if (t) {
                                        t->op = STRING_LINES;
                                        t->head = t->tail = 1;
                                }
                        } else {
                                close_bracket(c, '`', 1);
                        }
                        return;
                } else if (c->data[i] == '$' && i + 1 < c->n && c->data[i + 1] == '{') {
                        break;
                }
        }
        i = MIN_OF(i, c->n);
        if (first) {
                open_bracket(c, 1);
                c->at = i;
        }
        c->at = i;
        if (i < c->n) {
                c->at++;
                open_bracket(c, 1);
        }
}

/* After `}`: is this the end of a template literal's expression? */
static bool in_template(const struct cutter *c)
{
        if (c->language != LANGUAGE_JAVASCRIPT || c->too_deep || !c->n_open)
                return false;
        return c->out->items[c->open[c->n_open - 1]].op == '`';
}

static bool cut_string(struct cutter *c)
{
        struct token s = {0};

        if (c->language == LANGUAGE_JAVASCRIPT && look(c, 0) == '`') {
                cut_template_text(c, true);
                return true;
        }
        size_t length = token_string_scan(c->language, c->data, c->n, c->at, &s);
        if (!length)
                return false;
        struct token *t = cutter_push(c, TOKEN_STRING, length);
        if (t) {
                t->op = s.op;
                t->head = s.head;
                t->tail = s.tail;
        }
        return true;
}

static void cut_name(struct cutter *c)
{
        size_t i = c->at + 1;
        const struct token *before = last(c);

        while (i < c->n && is_name(c->data[i]))
                i++;
        if (c->language == LANGUAGE_RUBY && i < c->n && (c->data[i] == '?' || c->data[i] == '!') &&
            (i + 1 >= c->n || (c->data[i + 1] != '=' && c->data[i + 1] != ':')))
                i++;
        bool member = before && before->type == TOKEN_DOT;
        enum word w = member ? WORD_NONE
                             : language_word(c->language, &c->lengths, c->data + c->at, i - c->at);
        struct token *t = cutter_push(c, TOKEN_NAME, i - c->at);
        if (t)
                t->word = (uint8_t)w;
}

static void cut_number(struct cutter *c)
{
        size_t i = c->at;

        for (; i < c->n; i++) {
                char b = c->data[i];
                if (b == '.' && !(i + 1 < c->n && is_digit(c->data[i + 1])))
                        break;
                bool sign = (b == '+' || b == '-') && i > c->at && (c->data[i - 1] | 0x20) == 'e' &&
                            c->data[c->at + 1] != 'x' && i + 1 < c->n && is_digit(c->data[i + 1]);
                if (b != '.' && !sign && (!is_name(b) || (unsigned char)b >= 0x80))
                        break;
        }
        (void)cutter_push(c, TOKEN_NUMBER, i - c->at);
}

static bool cut_symbol(struct cutter *c)
{
        const struct token *before = last(c);
        bool glued = before && !c->space && !c->newline &&
                     (before->type == TOKEN_NAME || before->type == TOKEN_STRING);

        if (c->language != LANGUAGE_RUBY || glued || !is_name_start(look(c, 1)))
                return false;
        size_t i = c->at + 1;
        while (i < c->n && is_name(c->data[i]))
                i++;
        struct token *t = cutter_push(c, TOKEN_SYMBOL, i - c->at);
        if (t) {
                t->op = STRING_RAW;
                t->head = 1;
        }
        return true;
}

static const struct {
        const char *text;
        enum token_type type;
        char op;
} operators[] = {
        /* of those that begin alike the longer ones first; what is common comes early */
        {"...", TOKEN_SPREAD, 0},     {".=", TOKEN_AUGMENT, 0},     {".", TOKEN_DOT, 0},
        {",", TOKEN_COMMA, 0},        {"::", TOKEN_DOT, 0},         {":=", TOKEN_ASSIGN, 0},
        {":", TOKEN_COLON, 0},        {"===", TOKEN_OPERATOR, '='}, {"=>", TOKEN_ARROW, 0},
        {"==", TOKEN_OPERATOR, '='},  {"=~", TOKEN_OPERATOR, '='},  {"=", TOKEN_ASSIGN, 0},
        {"->", TOKEN_ARROW, 0},       {"-=", TOKEN_AUGMENT, 0},     {"--", TOKEN_OPERATOR, '1'},
        {"**=", TOKEN_AUGMENT, 0},    {"*=", TOKEN_AUGMENT, 0},     {"**", TOKEN_SPREAD, 0},
        {"||=", TOKEN_AUGMENT, 0},    {"||", TOKEN_OPERATOR, 'O'},  {"|=", TOKEN_AUGMENT, 0},
        {"&&=", TOKEN_AUGMENT, 0},    {"&.", TOKEN_DOT, 0},         {"&&", TOKEN_OPERATOR, 'A'},
        {"&=", TOKEN_AUGMENT, 0},     {"?\?=", TOKEN_AUGMENT, 0},   {"?->", TOKEN_DOT, 0},
        {"?.", TOKEN_DOT, 0},         {"?\?", TOKEN_OPERATOR, 'O'}, {"?:", TOKEN_OPERATOR, 'O'},
        {"!==", TOKEN_OPERATOR, '='}, {"!=", TOKEN_OPERATOR, '='},  {"<=>", TOKEN_OPERATOR, '<'},
        {"<<=", TOKEN_AUGMENT, 0},    {"<=", TOKEN_OPERATOR, '<'},  {"<-", TOKEN_OPERATOR, '<'},
        {"<<", TOKEN_OPERATOR, '<'},  {">>=", TOKEN_AUGMENT, 0},    {">=", TOKEN_OPERATOR, '>'},
        {"//=", TOKEN_AUGMENT, 0},    {"/=", TOKEN_AUGMENT, 0},     {"//", TOKEN_OPERATOR, '/'},
        {"+=", TOKEN_AUGMENT, 0},     {"++", TOKEN_OPERATOR, '1'},  {"%=", TOKEN_AUGMENT, 0},
        {"^=", TOKEN_AUGMENT, 0},     {";", TOKEN_SEMI, 0},         {"@", TOKEN_AT, 0},
};

static void cut_operator(struct cutter *c)
{
        for (size_t i = 0; i < ELEMENTSOF(operators); i++) {
                if (c->data[c->at] != operators[i].text[0] || !starts(c, operators[i].text))
                        continue;
                enum token_type type = operators[i].type;
                if (c->language == LANGUAGE_PHP && starts(c, "->"))
                        type = TOKEN_DOT;
                if (c->language == LANGUAGE_PHP && strcmp(operators[i].text, ".") == 0)
                        type = TOKEN_OPERATOR; /* joins strings */
                if (c->language == LANGUAGE_JAVASCRIPT && starts(c, "?:"))
                        type = TOKEN_COLON; /* an optional member's type */
                struct token *t = cutter_push(c, type, strlen(operators[i].text));
                if (t && operators[i].op)
                        t->op = (uint8_t)operators[i].op;
                else if (t && type == TOKEN_OPERATOR)
                        t->op = '+';
                return;
        }
        (void)cutter_push(c, TOKEN_OPERATOR, 1);
}

static bool is_bracket(char a)
{
        return a == '(' || a == ')' || a == '[' || a == ']' || a == '{' || a == '}';
}

static void cut_bracket(struct cutter *c, char a)
{
        if (a == '(' || a == '[' || a == '{') {
                open_bracket(c, 1);
                return;
        }
        close_bracket(c, a, 1);
        if (a == '}' && in_template(c))
                cut_template_text(c, false);
}

static void cut(struct cutter *c)
{
        char a = c->data[c->at];

        if ((c->flags & LANGUAGE_HEREDOC) &&
            (c->language == LANGUAGE_PHP ? starts(c, "<<<") : starts(c, "<<")) &&
            cutter_operand_expected(c) && cutter_heredoc(c))
                return;
        if (a == '%' && c->language == LANGUAGE_RUBY && cutter_percent(c))
                return;
        if (a == '/' && (c->flags & LANGUAGE_REGEX) && cutter_operand_expected(c) && cut_regex(c))
                return;
        if (cut_string(c))
                return;
        if (is_digit(a))
                cut_number(c);
        else if (is_name_start(a) ||
                 ((a == '@' || a == '#') && is_name_start(look(c, 1)) &&
                  (a == '@' ? c->language == LANGUAGE_RUBY : c->language == LANGUAGE_JAVASCRIPT)))
                cut_name(c);
        else if (is_bracket(a))
                cut_bracket(c, a);
        else if (a != ':' || !cut_symbol(c))
                cut_operator(c);
}

int tokens_read(struct tokens *ret, enum language language, const char *data, size_t n,
                unsigned depth, uint32_t max)
{
        struct cutter c = {
                .out = ret,
                .language = language,
                .flags = language_flags(language),
                .data = data,
                .n = MIN_OF(n, (size_t)UINT32_MAX - 1),
                .depth_limit = MIN_OF(depth, (unsigned)DEPTH_MAX),
                .max = max,
                .line = 1,
                .column = 1,
                .newline = true,
                .heredoc_budget = 4 * n,
        };

        *ret = (struct tokens){0};
        language_lengths(language, &c.lengths);
        if (c.n < n)
                ret->error = -E2BIG;
        if (language == LANGUAGE_PHP)
                skip_template(&c);
        while (c.at < c.n && (!ret->error || (ret->error == -E2BIG && ret->n < max)))
                if (!skip_space(&c))
                        cut(&c);
        if (c.too_deep && !ret->error)
                ret->error = -E2BIG;
        while (c.n_open)
                pair(&c, ret->n);
        return ret->error;
}

void tokens_done(struct tokens *t)
{
        free(t->items);
        free(t->heredocs);
        *t = (struct tokens){0};
}
