/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Expressions of Go (RE2 syntax) as PCRE2 takes them, over bytes.
 *
 * Both know the same things, and differ in spelling and at the edges: \v, octal escapes, a '{' that
 * is no repetition, characters of more than one byte. Groups are renumbered, because a rule of ours
 * takes the first one for the secret.
 */
#include <ctype.h>
#include <string.h>

#include "common/base/macros.h"
#include "common/base/text.h"
#include "daemon/ctl/rules-import.h"

struct carry {
        const char *p;
        struct buffer *out;
        struct rules_import_regex *ret;
        unsigned secret, group;
};

/* --- escapes ---- */

/* A code point as bytes: \xNN, or a group of them. */
static void put_code_point(struct carry *c, unsigned long code, bool in_class)
{
        if (code < 0x80) {
                buffer_printf(c->out, "\\x%02lx", code);
                return;
        }
        if (in_class || code > 0x10ffff) {
                c->ret->error = "a character beyond ASCII, by its number, in a class";
                return;
        }
        buffer_puts(c->out, "(?:");
        if (code < 0x800)
                buffer_printf(c->out, "\\x%02lx", 0xc0 | code >> 6);
        else if (code < 0x10000)
                buffer_printf(c->out, "\\x%02lx\\x%02lx", 0xe0 | code >> 12,
                              0x80 | (code >> 6 & 0x3f));
        else
                buffer_printf(c->out, "\\x%02lx\\x%02lx\\x%02lx", 0xf0 | code >> 18,
                              0x80 | (code >> 12 & 0x3f), 0x80 | (code >> 6 & 0x3f));
        buffer_printf(c->out, "\\x%02lx)", 0x80 | (code & 0x3f));
}

/* \xNN, \x{N…} */
static void put_hex(struct carry *c, bool in_class)
{
        bool braces = c->p[2] == '{';
        const char *digits = c->p + (braces ? 3 : 2);
        unsigned long code = 0;
        size_t n = 0;

        while (isxdigit((unsigned char)digits[n]) && n < (braces ? 8u : 2u)) {
                int d = tolower((unsigned char)digits[n++]);

                code = code * 16 + (unsigned long)(isdigit(d) ? d - '0' : d - 'a' + 10);
        }
        put_code_point(c, code, in_class);
        c->p = digits + n + (braces && digits[n] == '}');
}

static void put_octal(struct carry *c, bool in_class)
{
        unsigned long code = 0;
        size_t n = 1;

        for (; n <= 3 && c->p[n] >= '0' && c->p[n] <= '7'; n++)
                code = code * 8 + (unsigned long)(c->p[n] - '0');
        put_code_point(c, code, in_class);
        c->p += n;
}

/* \Q…\E: as escaped characters. */
static void put_quoted(struct carry *c)
{
        c->p += 2;
        while (*c->p && !(c->p[0] == '\\' && c->p[1] == 'E')) {
                if (ispunct((unsigned char)*c->p))
                        buffer_putc(c->out, '\\');
                buffer_putc(c->out, *c->p++);
        }
        c->p += *c->p ? 2 : 0;
}

static void put_escape(struct carry *c, bool in_class)
{
        char byte = c->p[1];

        if (byte == '\0') {
                c->ret->error = "it ends in a backslash";
                c->p++;
        } else if (byte == 'x') {
                put_hex(c, in_class);
        } else if (byte >= '0' && byte <= '7') {
                put_octal(c, in_class);
        } else if (byte == 'v') {
                buffer_puts(c->out, "\\x0b");
                c->p += 2;
        } else if (byte == 'Q' && !in_class) {
                put_quoted(c);
        } else if (byte == 'C') {
                c->ret->error = "\\C, a byte of a character";
                c->p += 2;
        } else {
                c->ret->properties |= byte == 'p' || byte == 'P';
                buffer_append(c->out, c->p, 2);
                c->p += 2;
        }
}

/* --- the rest ---- */

static void put_class(struct carry *c)
{
        size_t begin = 0;

        buffer_putc(c->out, *c->p++);
        if (*c->p == '^')
                buffer_putc(c->out, *c->p++);
        for (begin = 1; *c->p && (begin || *c->p != ']'); begin = 0) {
                const char *end = c->p[0] == '[' && c->p[1] == ':' ? strstr(c->p, ":]") : NULL;

                if (end) {
                        buffer_append(c->out, c->p, (size_t)(end + 2 - c->p));
                        c->p = end + 2;
                } else if (*c->p == '\\') {
                        put_escape(c, true);
                } else {
                        c->ret->bytes |= (unsigned char)*c->p >= 0x80;
                        /* "[a[.b]" would begin a collating element for PCRE2 */
                        if (*c->p == '[')
                                buffer_putc(c->out, '\\');
                        buffer_putc(c->out, *c->p++);
                }
        }
        if (*c->p == ']')
                buffer_putc(c->out, *c->p++);
        else
                c->ret->error = "a class that does not end";
}

/* "(": the group that captures keeps doing so, all others do not. */
static void put_group(struct carry *c)
{
        bool named = strncmp(c->p, "(?P<", 4) == 0 ||
                     (strncmp(c->p, "(?<", 3) == 0 && c->p[3] != '=' && c->p[3] != '!');

        if (c->p[1] == '?' && !named) {
                buffer_puts(c->out, "(?");
                c->p += 2;
                return;
        }
        if (named) {
                const char *end = strchr(c->p, '>');

                if (!end) {
                        c->ret->error = "the name of a group does not end";
                        end = c->p;
                }
                c->p = end;
        }
        c->p++;
        c->group++;
        buffer_puts(c->out, c->group == MAX_OF(c->secret, 1u) ? "(" : "(?:");
}

/* {2}, {2,}, {2,3} repeat; whatever else a brace begins is a text. */
static bool is_repetition(const char *p)
{
        size_t n = 1 + strspn(p + 1, "0123456789");

        if (n == 1)
                return false;
        if (p[n] == ',')
                n += 1 + strspn(p + n + 1, "0123456789");
        return p[n] == '}';
}

static void put_character(struct carry *c)
{
        size_t width = text_utf8_width(c->p, strlen(c->p));

        if (width > 1) {
                /* so that what follows repeats all of it */
                buffer_puts(c->out, "(?:");
                buffer_append(c->out, c->p, width);
                buffer_putc(c->out, ')');
                c->p += width;
                return;
        }
        if (*c->p == '{' && !is_repetition(c->p))
                buffer_putc(c->out, '\\');
        buffer_putc(c->out, *c->p++);
}

void rules_import_regex(const char *go, unsigned secret, struct buffer *out,
                        struct rules_import_regex *ret)
{
        struct carry c = {.p = go, .out = out, .ret = ret, .secret = secret};

        *ret = (struct rules_import_regex){0};
        while (*c.p && !ret->error) {
                if (*c.p == '\\')
                        put_escape(&c, false);
                else if (*c.p == '[')
                        put_class(&c);
                else if (*c.p == '(')
                        put_group(&c);
                else
                        put_character(&c);
        }
        ret->groups = c.group;
        if (!ret->error && secret > c.group)
                ret->error = "fewer groups than secretGroup says";
}

/* --- texts ---- */

void texts_done(struct texts *t)
{
        for (size_t i = 0; i < t->n; i++)
                free(t->list[i]);
        free(t->list);
        *t = (struct texts){0};
}

void texts_add(struct texts *t, const char *s, size_t n)
{
        for (size_t i = 0; i < t->n; i++)
                if (strlen(t->list[i]) == n && memcmp(t->list[i], s, n) == 0)
                        return;
        char **list = reallocarray(t->list, t->n + 1, sizeof(*list));
        char *copy = list ? strndup(s, n) : NULL;

        if (list)
                t->list = list;
        if (!copy) {
                t->no_memory = true;
                return;
        }
        t->list[t->n++] = copy;
}

/* One alternative: its characters if it is a text, false if it is an expression. */
static bool read_literal(const char *s, const char *end, char *dst, size_t size)
{
        size_t n = 0;

        /* "contains" is what an unanchored expression says anyway */
        while (end - s >= 2 && strncmp(s, ".*", 2) == 0)
                s += 2;
        while (end - s >= 2 && strncmp(end - 2, ".*", 2) == 0 && (end - s < 3 || end[-3] != '\\'))
                end -= 2;
        for (; s < end && n + 1 < size; s++) {
                if (*s == '\\' && s + 1 < end && ispunct((unsigned char)s[1]))
                        s++;
                else if (strchr("\\.+*?()|[]{}^$", *s))
                        return false;
                dst[n++] = *s;
        }
        dst[n] = '\0';
        return n > 0 && s == end;
}

bool rules_import_literals(const char *go, struct texts *ret)
{
        const char *s = go, *end;
        char word[256];

        /* stop words ignore case, so an expression that does not is made a little wider */
        if (strncmp(s, "(?i)", 4) == 0)
                s += 4;
        end = s + strlen(s);
        if (*s == '(' && end > s + 1 && end[-1] == ')' && !strchr(s + 1, '(')) {
                s += strncmp(s, "(?:", 3) == 0 ? 3 : 1;
                end--;
        }
        struct texts found = {0};
        bool good = true;
        for (const char *stop; good; s = stop + 1) {
                stop = memchr(s, '|', (size_t)(end - s));
                stop = stop ? stop : end;
                good = read_literal(s, stop, word, sizeof(word));
                if (good)
                        texts_add(&found, word, strlen(word));
                if (stop == end)
                        break;
        }
        for (size_t i = 0; good && i < found.n; i++)
                texts_add(ret, found.list[i], strlen(found.list[i]));
        ret->no_memory |= found.no_memory;
        texts_done(&found);
        return good;
}
