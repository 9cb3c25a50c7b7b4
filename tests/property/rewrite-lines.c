/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what may change between and in the lines of a file that is otherwise left as it is:
 * comments, blank lines, ends of lines, spaces around `=`, the order of settings.
 *
 * Must not own: brackets (rewrite-hcl.c, rewrite-source.c), trees (rewrite-tree.c). Nothing is
 * changed inside of values of several lines: the readers' trees tell where they are.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"
#include "tests/property/rewriting.h"

#define LINES_MAX 2000u

enum how {
        COMMENTS,
        SEMICOLONS,
        SLASHES,
        SLASHES_STARS,
        TRAILING,
        BLANKS,
        CRLF,
        MARK,
        DOCUMENT_START,
        DOCUMENT_END,
        SPACED,
        TIGHT,
        REVERSED,
        SINGLE,
        LOWER,
        CONTINUED,
};

struct line {
        const char *s;
        size_t n;     /* without its end */
        bool inside;  /* a value goes on in it that began before */
        bool touched; /* it has a part of a value of several lines */
};

struct lines {
        struct line list[LINES_MAX];
        unsigned n;
};

static bool is_toml(const struct original *o)
{
        size_t n = strlen(o->path);

        return n > 5 && strcmp(o->path + n - 5, ".toml") == 0;
}

static bool is_settings(const struct original *o)
{
        return original_is(o, "ini");
}

static int note_scalar(struct node *n, void *userdata)
{
        struct lines *l = userdata;

        if (n->type == NODE_MAPPING || n->type == NODE_SEQUENCE || n->end_line <= n->line)
                return 0;
        for (uint32_t k = n->line; k <= n->end_line && k <= l->n; k++) {
                l->list[k - 1].touched = true;
                l->list[k - 1].inside |= k > n->line;
        }
        return 0;
}

static bool split(const struct original *o, struct lines *l)
{
        l->n = 0;
        for (const char *s = o->text, *end = s + o->n; s < end; l->n++) {
                const char *stop = memchr(s, '\n', (size_t)(end - s)) ?: end;
                struct line *line = &l->list[l->n];

                if (l->n == LINES_MAX)
                        return false;
                *line = (struct line){.s = s, .n = (size_t)(stop - s)};
                if (l->n > 0 && line[-1].n > 0 && line[-1].s[line[-1].n - 1] == '\\') {
                        line->inside = line->touched = true;
                        line[-1].touched = true;
                }
                if (is_settings(o) && !is_toml(o) && line->n > 0 && strchr(" \t", line->s[0]))
                        line->inside = line->touched = true;
                s = stop < end ? stop + 1 : end;
        }
        if (o->root)
                (void)node_walk(o->root, note_scalar, l);
        return l->n > 0;
}

static bool is_blank(const struct line *line)
{
        for (size_t i = 0; i < line->n; i++)
                if (line->s[i] != ' ' && line->s[i] != '\t' && line->s[i] != '\r')
                        return false;
        return true;
}

static bool begins(const struct line *line, const char *with)
{
        return line->n >= strlen(with) && memcmp(line->s, with, strlen(with)) == 0;
}

static void put(struct buffer *b, const struct line *line)
{
        buffer_append(b, line->s, line->n);
        buffer_putc(b, '\n');
}

/* The `=` behind a name, or NULL. */
static const char *assignment(const struct line *line)
{
        const char *equals = memchr(line->s, '=', line->n);

        if (!equals || line->inside || line->touched || equals == line->s)
                return NULL;
        for (const char *s = line->s; s < equals; s++)
                if (strchr("#;[\"'{", *s))
                        return NULL;
        return equals;
}

/* --- between lines ---- */

static bool add_between(struct lines *l, unsigned how, struct buffer *b)
{
        static const char *const texts[] = {
                [COMMENTS] = "# note: [x] = \"y, 'z\n",
                [SEMICOLONS] = "; a = b\n",
                [SLASHES] = "// note: \"x {\n",
                [SLASHES_STARS] = "/* note: \"x {\n   }, <<A */\n",
                [BLANKS] = "\n \n",
        };

        for (unsigned i = 0; i < l->n; i++) {
                struct line *line = &l->list[i];
                bool first = i == 0 && (begins(line, "#") || begins(line, "%"));

                if (!line->inside && !first)
                        buffer_puts(b, texts[how]);
                put(b, line);
        }
        return true;
}

static bool has_documents(const struct lines *l)
{
        for (unsigned i = 0; i < l->n; i++)
                if (begins(&l->list[i], "---") || begins(&l->list[i], "%") ||
                    begins(&l->list[i], "..."))
                        return true;
        return false;
}

static bool add_marks(const struct original *o, struct lines *l, unsigned how, struct buffer *b)
{
        if (has_documents(l))
                return false;
        if (how == DOCUMENT_START)
                buffer_puts(b, "%YAML 1.1\n--- # here\n");
        for (unsigned i = 0; i < l->n; i++)
                put(b, &l->list[i]);
        if (how == DOCUMENT_END)
                buffer_puts(b, "...\n# the end\n");
        return o->root;
}

/* --- in lines ---- */

static void put_spaced(struct buffer *b, const struct line *line, const char *equals, bool tight)
{
        const char *end = equals, *value = equals + 1, *stop = line->s + line->n;

        while (end > line->s && (end[-1] == ' ' || end[-1] == '\t'))
                end--;
        while (value < stop && (*value == ' ' || *value == '\t'))
                value++;
        buffer_append(b, line->s, (size_t)(end - line->s));
        buffer_puts(b, tight ? "=" : " \t =   ");
        buffer_append(b, value, (size_t)(stop - value));
        buffer_putc(b, '\n');
}

static void put_single(struct buffer *b, const struct line *line)
{
        for (size_t i = 0; i < line->n; i++) {
                size_t end = i + 1;

                while (line->s[i] == '"' && end < line->n && !strchr("\"'\\", line->s[end]))
                        end++;
                if (line->s[i] == '"' && end < line->n && line->s[end] == '"') {
                        buffer_putc(b, '\'');
                        buffer_append(b, line->s + i + 1, end - i - 1);
                        buffer_putc(b, '\'');
                        i = end;
                } else
                        buffer_putc(b, line->s[i]);
        }
        buffer_putc(b, '\n');
}

static void put_instruction(struct buffer *b, const struct line *line, bool lower)
{
        size_t word = 0;

        while (word < line->n && line->s[word] >= 'A' && line->s[word] <= 'Z')
                word++;
        for (size_t i = 0; i < word; i++)
                buffer_putc(b, lower ? (char)(line->s[i] | 0x20) : line->s[i]);
        if (!lower && word > 0 && word < line->n)
                buffer_puts(b, " \\\n   ");
        buffer_append(b, line->s + word, line->n - word);
        buffer_putc(b, '\n');
}

static void put_changed(struct buffer *b, const struct line *line, unsigned how)
{
        const char *equals = assignment(line);

        if ((how == SPACED || how == TIGHT) && equals)
                put_spaced(b, line, equals, how == TIGHT);
        else if (how == SINGLE && equals)
                put_single(b, line);
        else if ((how == LOWER || how == CONTINUED) && !line->inside)
                put_instruction(b, line, how == LOWER);
        else if (how == TRAILING && !line->touched && !is_blank(line) && !begins(line, "%") &&
                 !begins(line, "..."))
                buffer_printf(b, "%.*s \t# why: \"it's, }\n", (int)line->n, line->s);
        else
                put(b, line);
}

/* --- the order of settings ---- */

static size_t name_size(const struct line *line)
{
        size_t n = 0;

        while (n < line->n && !strchr(" \t=", line->s[n]))
                n++;
        return n;
}

/* A name that comes twice may mean: forget what was said before. */
static bool is_again(const struct lines *l, unsigned from, unsigned at)
{
        for (unsigned i = from; i < at; i++)
                if (name_size(&l->list[i]) == name_size(&l->list[at]) &&
                    memcmp(l->list[i].s, l->list[at].s, name_size(&l->list[at])) == 0)
                        return true;
        return false;
}

static bool is_setting(const struct lines *l, unsigned i)
{
        const struct line *line = &l->list[i];

        return assignment(line) && line->s[line->n - 1] != '[' && line->s[line->n - 1] != '{' &&
               (i + 1 == l->n || !l->list[i + 1].inside);
}

static bool reverse(struct lines *l, struct buffer *b)
{
        for (unsigned i = 0, end; i < l->n; i = end) {
                for (end = i; end < l->n && is_setting(l, end) && !is_again(l, i, end); end++)
                        ;
                for (unsigned k = end; k > i; k--)
                        put(b, &l->list[k - 1]);
                if (end == i)
                        put(b, &l->list[end++]);
        }
        return true;
}

/* --- which where ---- */

static bool may(const struct original *o, unsigned how)
{
        bool yaml = original_is(o, "yaml") && o->root, toml = is_toml(o);
        bool hcl = original_is(o, "hcl") && o->root, bicep = original_is(o, "bicep") && o->root;
        bool docker = original_is(o, "dockerfile") && !strstr(o->text, "<<");
        bool remarks = original_is(o, "sudoers") || original_is(o, "sshd") || original_is(o, "pam");
        bool host = remarks || original_is(o, "crontab") || original_is(o, "authorized_keys");
        bool lines = docker || host || is_settings(o) || original_is(o, "dotenv");

        switch (how) {
        case COMMENTS:
                return yaml || lines || hcl;
        case BLANKS:
                return yaml || lines || hcl || bicep;
        case SEMICOLONS:
                return is_settings(o) && !toml;
        case SLASHES:
        case SLASHES_STARS:
                return hcl || bicep;
        case TRAILING:
                return yaml || toml || hcl || remarks;
        case DOCUMENT_START:
        case DOCUMENT_END:
                return yaml;
        case SPACED:
        case TIGHT:
                return is_settings(o) || hcl;
        case REVERSED:
                return is_settings(o);
        case SINGLE:
                return toml;
        case LOWER:
        case CONTINUED:
                return docker;
        default:
                return true;
        }
}

static bool rewrite_ends(const struct original *o, unsigned how, struct buffer *b)
{
        if (how == MARK)
                buffer_puts(b, "\xef\xbb\xbf");
        for (size_t i = 0; i < o->n; i++) {
                if (how == CRLF && o->text[i] == '\n' && (i == 0 || o->text[i - 1] != '\r'))
                        buffer_putc(b, '\r');
                buffer_putc(b, o->text[i]);
        }
        return true;
}

static bool rewrite(const struct original *o, unsigned how, struct rewritten *ret)
{
        static struct lines l;
        struct buffer *b = &ret->text;

        if (how == CRLF || how == MARK)
                return rewrite_ends(o, how, b);
        if (!may(o, how) || !split(o, &l))
                return false;
        if (how == COMMENTS || how == SEMICOLONS || how == BLANKS || how == SLASHES ||
            how == SLASHES_STARS)
                return add_between(&l, how, b);
        if (how == DOCUMENT_START || how == DOCUMENT_END)
                return add_marks(o, &l, how, b);
        if (how == REVERSED)
                return reverse(&l, b);
        for (unsigned i = 0; i < l.n; i++)
                put_changed(b, &l.list[i], how);
        return true;
}

const struct rewriting rewritings_of_lines[] = {
        {"lines, ended by CR LF", rewrite, CRLF},
        {"byte order mark", rewrite, MARK},
        {"lines, comments between", rewrite, COMMENTS},
        {"lines, comments with a semicolon", rewrite, SEMICOLONS},
        {"HCL and Bicep, comments by //", rewrite, SLASHES},
        {"HCL and Bicep, comments of several lines", rewrite, SLASHES_STARS},
        {"lines, comments behind", rewrite, TRAILING},
        {"lines, blank ones between", rewrite, BLANKS},
        {"YAML, %YAML and ---", rewrite, DOCUMENT_START},
        {"YAML, end of document", rewrite, DOCUMENT_END},
        {"settings, space around =", rewrite, SPACED},
        {"settings, no space around =", rewrite, TIGHT},
        {"settings, order reversed", rewrite, REVERSED},
        {"TOML, single quotes", rewrite, SINGLE},
        {"Dockerfile, small letters", rewrite, LOWER},
        {"Dockerfile, continued lines", rewrite, CONTINUED},
        {.name = NULL},
};
