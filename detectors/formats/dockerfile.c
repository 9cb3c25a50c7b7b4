/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading Dockerfiles (docs.docker.com/reference/dockerfile): a list of stages, each a mapping
 * of its instructions, in capitals, to their arguments. What stands before the first FROM is a stage
 * without one. Each stage also has its last USER as `user`, and the last stage `final: true`: it is
 * what is run.
 *
 *      FROM a ⏎ RUN x ⏎ RUN y ⏎ USER z    →    stages: [{FROM: a, RUN: [x, y], USER: z, user: z, final: true}]
 *
 * Does not own: what arguments mean; arguments that hold a variable are UNKNOWN where one decides (FROM,
 * USER) until resolve-docker.c finds it. Lines go on behind a backslash (or what `# escape=` says), with
 * comments between them; here-documents belong to their instruction.
 */
#include <errno.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/cursor.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/fold.h"
#include "detectors/formats/format.h"
#include "detectors/formats/scalar.h"

#define NAME_MAX_LENGTH 16u
#define MARK_MAX 64u

struct reader {
        struct cursor c;
        struct doc *doc;
        struct node *stages, *stage, *user; /* the stage's last USER, or NULL */
        struct doc_error *reterr;
        char escape;
        bool broken;
};

static bool is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\r';
}

static bool is_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void skip_blanks(struct cursor *c)
{
        while (is_blank(cursor_peek(c, 0)))
                cursor_step(c);
}

static void next_line(struct cursor *c)
{
        cursor_to_line_end(c);
        cursor_skip(c, 1);
}

/* # escape=` is the first line, or one of the directives there. */
static void read_directive(struct reader *r)
{
        struct cursor c = r->c;

        cursor_skip(&c, 1);
        skip_blanks(&c);
        if (!cursor_take(&c, "escape"))
                return;
        skip_blanks(&c);
        if (cursor_take(&c, "=")) {
                skip_blanks(&c);
                if (cursor_peek(&c, 0) == '`')
                        r->escape = '`';
        }
}

/* True if nothing but blanks stands between the escape character at the cursor and the line's end. */
static bool goes_on(const struct reader *r)
{
        struct cursor c = r->c;

        if (cursor_peek(&c, 0) != r->escape)
                return false;
        cursor_step(&c);
        skip_blanks(&c);
        return cursor_peek(&c, 0) == '\n';
}

static bool is_comment_line(struct cursor c)
{
        skip_blanks(&c);
        return cursor_peek(&c, 0) == '#';
}

/* The word behind << or <<-, without its quotes. */
static bool read_mark(struct cursor c, char ret[static MARK_MAX])
{
        size_t n = 0;

        if (!cursor_take(&c, "<<"))
                return false;
        (void)cursor_take(&c, "-");
        char quote = cursor_peek(&c, 0);
        if (quote == '"' || quote == '\'')
                cursor_step(&c);
        for (char byte;
             n + 1 < MARK_MAX && ((byte = cursor_peek(&c, 0)),
                                  is_letter(byte) || byte == '_' || (byte >= '0' && byte <= '9'));
             cursor_step(&c))
                ret[n++] = byte;
        ret[n] = '\0';
        return n > 0 && is_letter(ret[0]);
}

/* Behind the line that holds nothing but the mark, or the end of the text. */
static void skip_here_document(struct cursor *c, const char *mark)
{
        size_t n = strlen(mark);

        while (!cursor_ended(c)) {
                struct cursor line = *c;

                skip_blanks(&line);
                bool ends = cursor_at(&line, mark);
                cursor_skip(&line, ends ? n : 0);
                skip_blanks(&line);
                ends = ends && (cursor_ended(&line) || cursor_peek(&line, 0) == '\n');
                next_line(c);
                if (ends)
                        return;
        }
}

/* Steps behind the end of a line that goes on, and the comments below it. */
static void join_lines(struct reader *r)
{
        next_line(&r->c);
        while (!cursor_ended(&r->c) && is_comment_line(r->c))
                next_line(&r->c);
}

/* To where the arguments begin, which may be in a later line. */
static void skip_to_arguments(struct reader *r)
{
        for (skip_blanks(&r->c); goes_on(r); skip_blanks(&r->c))
                join_lines(r);
}

/* Steps behind the arguments, and copies them: in one line, without what joins lines. Returns their
 * length; *ret_end is where the last of them ends. */
static size_t read_arguments(struct reader *r, char *dst, struct cursor *ret_end)
{
        char mark[MARK_MAX] = "";
        size_t n = 0;

        *ret_end = r->c;
        while (!cursor_ended(&r->c) && cursor_peek(&r->c, 0) != '\n') {
                if (goes_on(r)) {
                        join_lines(r);
                        continue;
                }
                if (!*mark)
                        (void)read_mark(r->c, mark);
                dst[n++] = cursor_peek(&r->c, 0);
                cursor_step(&r->c);
                if (!is_blank(dst[n - 1]))
                        *ret_end = r->c;
        }
        cursor_skip(&r->c, 1);
        if (*mark)
                skip_here_document(&r->c, mark);
        while (n > 0 && is_blank(dst[n - 1]))
                n--;
        return n;
}

static int end_stage(struct reader *r)
{
        if (r->user && !doc_copy(r->doc, r->user, r->stage, "user"))
                return doc_error(r->doc);
        r->user = NULL;
        return 0;
}

static int begin_stage(struct reader *r, const struct cursor *at)
{
        int error = end_stage(r);

        if (error < 0)
                return error;
        r->stage = cursor_node(at, r->doc, NODE_MAPPING);
        if (!r->stage || doc_append(r->doc, r->stages, r->stage, NULL) < 0)
                return doc_error(r->doc);
        return 0;
}

/* Who runs and what it is based on is not known if a variable says it. */
static bool is_unknown(const char *name, const char *text)
{
        return (strcmp(name, "USER") == 0 || strcmp(name, "FROM") == 0) && strchr(text, '$');
}

static int add_instruction(struct reader *r, const struct cursor *begin, const char *name)
{
        char *key = doc_text_reserve(r->doc, strlen(name));
        struct cursor end;

        if (!key)
                return doc_error(r->doc);
        memcpy(key, name, strlen(name) + 1);
        skip_to_arguments(r);
        struct node *n = cursor_node(&r->c, r->doc, NODE_STRING);
        size_t room = r->c.n - r->c.at;
        char *text = n ? doc_text_reserve(r->doc, room) : NULL;
        if (!text)
                return doc_error(r->doc);
        size_t size = read_arguments(r, text, &end);
        text[size] = '\0';
        doc_text_trim(r->doc, text, room, size);
        if (is_unknown(name, text))
                n->type = NODE_UNKNOWN;
        node_set_text(n, text, size);
        cursor_end_node(&end, n);
        n->key_line = begin->line;
        n->key_column = begin->column;
        if (doc_append(r->doc, r->stage, n, key) < 0)
                return doc_error(r->doc);
        node_extend(r->stage, end.at, end.line);
        if (strcmp(name, "USER") == 0)
                r->user = n;
        return 0;
}

static int bad_line(struct reader *r)
{
        if (!r->broken)
                (void)cursor_bad(&r->c, r->reterr, "expected an instruction");
        r->broken = true;
        next_line(&r->c);
        return 0;
}

static int read_instruction(struct reader *r)
{
        struct cursor begin = r->c;
        char name[NAME_MAX_LENGTH + 1];
        size_t n = 0;

        while (is_letter(cursor_peek(&r->c, 0)) && n < NAME_MAX_LENGTH) {
                name[n++] = (char)(cursor_peek(&r->c, 0) & ~0x20);
                cursor_step(&r->c);
        }
        name[n] = '\0';
        if (n < 3 || !is_blank(cursor_peek(&r->c, 0)))
                return bad_line(r);
        if (!r->stage || strcmp(name, "FROM") == 0) {
                int error = begin_stage(r, &begin);

                if (error < 0)
                        return error;
        }
        return add_instruction(r, &begin, name);
}

static int mark_final(struct reader *r)
{
        struct node *final = r->stage ? doc_node(r->doc, NODE_BOOL, r->stage->line,
                                                 r->stage->column, r->stage->offset)
                                      : NULL;

        if (!r->stage)
                return 0;
        if (end_stage(r) < 0)
                return doc_error(r->doc);
        if (!final || doc_append(r->doc, r->stage, final, "final") < 0)
                return doc_error(r->doc);
        scalar_set(final, NODE_BOOL, "true", 4);
        return 0;
}

static int dockerfile_read(struct doc *doc, const char *data, size_t n, struct doc_error *reterr)
{
        struct reader r = {
                .c = cursor_begin(data, n), .doc = doc, .reterr = reterr, .escape = '\\'};
        struct node *root = cursor_node(&r.c, doc, NODE_MAPPING);
        int error = 0;

        doc_set_root(doc, root);
        r.stages = root ? cursor_node(&r.c, doc, NODE_SEQUENCE) : NULL;
        if (!r.stages || doc_append(doc, root, r.stages, "stages") < 0)
                return doc_error(doc);
        while (error == 0 && !cursor_ended(&r.c)) {
                skip_blanks(&r.c);
                if (cursor_peek(&r.c, 0) == '#') {
                        if (!r.stage)
                                read_directive(&r);
                        next_line(&r.c);
                } else if (cursor_peek(&r.c, 0) == '\n') {
                        cursor_skip(&r.c, 1);
                } else if (!cursor_ended(&r.c)) {
                        error = read_instruction(&r);
                }
        }
        cursor_end_node(&r.c, r.stages);
        cursor_end_node(&r.c, root);
        if (error == 0)
                error = mark_final(&r);
        if (error == 0)
                error = fold_repeated_keys(doc, root);
        return error < 0 ? error : r.broken ? -EBADMSG : 0;
}

const struct format format_dockerfile = {.name = "dockerfile", .parse = dockerfile_read};
