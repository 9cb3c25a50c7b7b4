/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading crontab(5): a list of jobs, and the environment they get.
 *
 *      PATH=/usr/bin ⏎ 0 3 * * 1 root /bin/x > /tmp/y    →
 *      environment: {PATH: /usr/bin}
 *      jobs: [{name: /bin/x > /tmp/y, schedule: 0 3 * * 1, user: root, command: /bin/x > /tmp/y}]
 *
 * A schedule may be a nickname (@reboot). What stands behind a % is no command but its `input`.
 * The system's tables (/etc/crontab, /etc/cron.d) name a user in front of the command, those of
 * users do not; of a table of which it is not known it has users if one of its jobs names root
 * there: no command is called so.
 * Does not own: which table a file is (host-files.def); what a command does.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "common/base/macros.h"
#include "detectors/formats/doc-internal.h"
#include "detectors/formats/format.h"
#include "detectors/formats/host-read.h"

struct crontab {
        struct host_reader h;
        struct node *environment, *jobs;
        bool users;
};

/* Steps over five fields or a nickname and the blanks behind; false: there are none. *ret_end is
 * behind the last. */
static bool take_schedule(struct cursor *c, struct cursor *ret_end)
{
        unsigned fields = cursor_peek(c, 0) == '@' ? 1 : 5;

        for (unsigned i = 0; i < fields; i++) {
                struct cursor begin = *c;
                char first = cursor_peek(c, 0);

                if (!isalnum((unsigned char)first) && (first == '\0' || !strchr("*@{$<?~-", first)))
                        return false;
                host_take_word(c, "", false);
                if (c->at == begin.at)
                        return false;
                *ret_end = *c;
                host_skip_blanks(c, false);
        }
        return true;
}

/* NAME=value, 'NAME' = "value" */
static bool take_name(struct cursor *c, struct cursor *ret_begin, struct cursor *ret_end)
{
        char quote = cursor_peek(c, 0);
        bool quoted = quote == '"' || quote == '\'';

        if (quoted)
                cursor_step(c);
        *ret_begin = *c;
        while (isalnum((unsigned char)cursor_peek(c, 0)) || cursor_peek(c, 0) == '_')
                cursor_step(c);
        *ret_end = *c;
        if (c->at == ret_begin->at || isdigit((unsigned char)cursor_peek(ret_begin, 0)) ||
            (quoted && cursor_peek(c, 0) != quote))
                return false;
        if (quoted)
                cursor_step(c);
        host_skip_blanks(c, false);
        return cursor_take(c, "=");
}

/* Behind the last character of the line that is no blank. */
static struct cursor line_text_end(const struct cursor *at)
{
        struct cursor c = *at, end = *at;

        while (!host_line_ends(&c)) {
                bool blank = cursor_peek(&c, 0) == ' ' || cursor_peek(&c, 0) == '\t';

                cursor_step(&c);
                if (!blank)
                        end = c;
        }
        return end;
}

static int read_variable(struct crontab *r, const struct cursor *begin, const struct cursor *end)
{
        struct cursor *c = &r->h.c, from, to;
        char *name = cursor_text(begin, end, r->h.doc);
        struct node *n;

        host_skip_blanks(c, false);
        from = *c;
        to = line_text_end(c);
        char quote = cursor_peek(&from, 0);
        if ((quote == '"' || quote == '\'') && to.at > from.at + 1 && to.data[to.at - 1] == quote) {
                cursor_step(&from);
                to.at--;
                to.column--;
        }
        n = name ? host_add_text(&r->h, r->environment, name, &from, &to, 0) : NULL;
        if (!n)
                return doc_error(r->h.doc);
        n->key_line = begin->line;
        n->key_column = begin->column;
        return 0;
}

/* The first % that no backslash stands before, or end. */
static struct cursor command_end(const struct cursor *from, const struct cursor *end)
{
        struct cursor c = *from;

        while (c.at < end->at && cursor_peek(&c, 0) != '%') {
                bool escaped = cursor_peek(&c, 0) == '\\' && cursor_peek(&c, 1) == '%';

                cursor_skip(&c, escaped ? 2 : 1);
        }
        return c.at < end->at ? c : *end;
}

/* Takes the backslash out that stands before a percent sign. */
static size_t unescape(char *s)
{
        size_t n = 0;

        for (size_t i = 0; s[i]; i++)
                if (s[i] != '\\' || s[i + 1] != '%')
                        s[n++] = s[i];
        s[n] = '\0';
        return n;
}

static int add_command(struct crontab *r, struct node *job)
{
        struct cursor from = r->h.c, end = line_text_end(&from), to = command_end(&from, &end);
        char *text = cursor_text(&from, &to, r->h.doc);
        struct node *command;

        if (!text)
                return doc_error(r->h.doc);
        size_t n = unescape(text);
        command = host_add(&r->h, job, "command", &from, NODE_STRING);
        if (!command)
                return doc_error(r->h.doc);
        node_set_text(command, text, n);
        cursor_end_node(&to, command);
        if (!doc_copy(r->h.doc, command, job, "name"))
                return doc_error(r->h.doc);
        cursor_end_node(&end, job);
        r->h.c = end;
        if (to.at == end.at)
                return 0;
        cursor_step(&to);
        return host_add_text(&r->h, job, "input", &to, &end, HOST_TEXT_SHELL) ? 0
                                                                              : doc_error(r->h.doc);
}

static int read_job(struct crontab *r)
{
        struct cursor begin = r->h.c, end;
        struct node *job;

        if (!take_schedule(&r->h.c, &end) || host_line_ends(&r->h.c))
                return host_bad(&r->h, &begin, "expected a schedule and a command");
        job = host_add(&r->h, r->jobs, NULL, &begin, NODE_MAPPING);
        if (!job || !host_add_text(&r->h, job, "schedule", &begin, &end, 0))
                return doc_error(r->h.doc);
        if (r->users) {
                struct cursor from = r->h.c;

                host_take_word(&r->h.c, "", false);
                if (!host_add_text(&r->h, job, "user", &from, &r->h.c, 0))
                        return doc_error(r->h.doc);
                host_skip_blanks(&r->h.c, false);
        }
        return add_command(r, job);
}

static int read_line(struct crontab *r)
{
        struct cursor begin, end, c;

        host_skip_blanks(&r->h.c, false);
        c = r->h.c;
        if (host_line_ends(&c) || cursor_peek(&c, 0) == '#' || host_is_template_line(&c))
                return 0;
        if (!take_name(&c, &begin, &end))
                return read_job(r);
        r->h.c = c;
        return read_variable(r, &begin, &end);
}

/* Whether a job names root where the user stands. */
static bool has_root(struct cursor c)
{
        for (; !cursor_ended(&c); host_next_line(&c, false)) {
                struct cursor end;

                host_skip_blanks(&c, false);
                if (cursor_peek(&c, 0) != '#' && take_schedule(&c, &end) &&
                    cursor_take(&c, "root") && strchr(" \t", cursor_peek(&c, 0)) &&
                    !cursor_ended(&c))
                        return true;
        }
        return false;
}

static int read_table(struct crontab *r)
{
        struct node *root = doc_root(r->h.doc);
        int error;

        r->environment = host_add(&r->h, root, "environment", &r->h.c, NODE_MAPPING);
        r->jobs = host_add(&r->h, root, "jobs", &r->h.c, NODE_SEQUENCE);
        error = doc_error(r->h.doc);
        while (error == 0 && !cursor_ended(&r->h.c)) {
                error = read_line(r);
                host_next_line(&r->h.c, false);
        }
        if (r->jobs)
                cursor_end_node(&r->h.c, r->jobs);
        cursor_end_node(&r->h.c, root);
        return error < 0 ? error : host_end(&r->h);
}

static int system_read(struct doc *doc, const char *data, size_t n, struct doc_error *reterr)
{
        struct crontab r = {0};
        int error = host_begin(&r.h, doc, data, n, reterr);

        r.users = true;
        return error < 0 ? error : read_table(&r);
}

static int user_read(struct doc *doc, const char *data, size_t n, struct doc_error *reterr)
{
        struct crontab r = {0};
        int error = host_begin(&r.h, doc, data, n, reterr);

        return error < 0 ? error : read_table(&r);
}

static int some_read(struct doc *doc, const char *data, size_t n, struct doc_error *reterr)
{
        struct crontab r = {0};
        int error = host_begin(&r.h, doc, data, n, reterr);

        r.users = has_root(r.h.c);
        return error < 0 ? error : read_table(&r);
}

const struct format format_crontab = {.name = "crontab", .own = true, .parse = some_read};
const struct format format_crontab_system = {.name = "crontab", .own = true, .parse = system_read};
const struct format format_crontab_user = {.name = "crontab", .own = true, .parse = user_read};
