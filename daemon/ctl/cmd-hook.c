/* SPDX-FileCopyrightText: giad maintainers */
/*
 * giactl hook: tells an agent, before it writes, what giad would do about it. It is advice: what it does
 * not see, giad does.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/text.h"
#include "common/model/advice.h"
#include "common/model/note-text.h"
#include "daemon/ctl/describe.h"
#include "daemon/ctl/hook.h"

#define NOTES_TOLD 4u /* of one event: an agent reads a few thousand characters of an answer */

static int read_stdin(struct buffer *b)
{
        char block[16384];
        ssize_t n;

        while ((n = read(STDIN_FILENO, block, sizeof(block))) != 0) {
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return ctl_error("standard input: %s", strerror(errno));
                buffer_append(b, block, (size_t)n);
                if (b->error == -ENOBUFS)
                        return ctl_error("standard input: more than %zu bytes", b->max);
                if (b->error < 0)
                        return ctl_error("out of memory");
        }
        return EXIT_OK;
}

/* --- for programs and people -------------------------------------------------------------------- */

static void print_as_json(const struct hook_judged *j, const char *message)
{
        const struct scan_result *r = j->result;
        cJSON *o = cJSON_CreateObject(), *list;

        (void)cJSON_AddStringToObject(o, "decision",
                                      hook_decision_name(hook_decision_of(&j->verdict)));
        (void)cJSON_AddStringToObject(o, "action", action_to_string((int)j->verdict.action));
        (void)cJSON_AddStringToObject(o, "policy", j->verdict.policy);
        (void)cJSON_AddStringToObject(o, "path", j->shown);
        (void)cJSON_AddStringToObject(o, "artefact", artefact_kind_to_string(r->artefact));
        (void)cJSON_AddStringToObject(o, "format", r->format);
        (void)cJSON_AddStringToObject(
                o, "form",
                advice_form_info(advice_form((enum artefact_kind)r->artefact, r->format, j->shown))
                        ->name);
        list = cJSON_AddArrayToObject(o, "findings");
        for (uint32_t i = 0; i < r->n_findings; i++)
                if (!j->suppressed[i])
                        (void)cJSON_AddItemToArray(
                                list, describe_finding(j->shown, r, &r->findings[i], NULL));
        (void)cJSON_AddNumberToObject(o, "suppressed", j->verdict.suppressed);
        (void)cJSON_AddStringToObject(o, "message", message);
        ctl_print_json(o);
        cJSON_Delete(o);
}

static int print_judged(struct ctl *ctl, const struct hook_judged *j)
{
        _cleanup_buffer_ struct buffer note = BUFFER_NULL;
        bool said = j->verdict.action != ACTION_REPORT || j->verdict.counted > 0;

        if (said && hook_note(j, NOTE_MAX, &note) < 0)
                return ctl_error("out of memory");
        if (ctl->output != OUTPUT_HUMAN)
                print_as_json(j, note.data ? note.data : "");
        else if (note.data)
                (void)fputs(note.data, stdout);
        return hook_decision_of(&j->verdict) == HOOK_ALLOW ? EXIT_OK : EXIT_FOUND;
}

static int judge_stdin(struct hook *h, struct hook_judged *j, const char *path)
{
        _cleanup_buffer_ struct buffer content = {.max = HOOK_INPUT_MAX};
        struct stat st;

        if (read_stdin(&content) != EXIT_OK || hook_place(h, j, path, "") != EXIT_OK)
                return EXIT_ERROR;
        _cleanup_close_ int fd = hook_content_of(content.data ? content.data : "", content.len,
                                                 j->place.absolute, &st);
        if (fd < 0)
                return hook_path_error(path, strerror(-fd));
        return hook_judge_file(h, j, fd, &st);
}

static int judge_path(struct hook *h, struct hook_judged *j, const char *path)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0)
                return hook_path_error(path, strerror(errno));
        if (!S_ISREG(st.st_mode))
                return hook_path_error(path,
                                       "not a regular file; giactl scan looks through directories");
        if (hook_place(h, j, path, "") != EXIT_OK)
                return EXIT_ERROR;
        return hook_judge_file(h, j, fd, &st);
}

static int hook_for_anybody(struct ctl *ctl)
{
        const char *stdin_path = ctl->value[CTL_STDIN_PATH];
        struct hook_judged j = {.shown = ""};
        struct hook h;

        if (hook_init(&h, ctl, "") != EXIT_OK)
                return EXIT_ERROR;
        int status =
                stdin_path ? judge_stdin(&h, &j, stdin_path) : judge_path(&h, &j, ctl->args[0]);
        if (status == EXIT_OK)
                status = print_judged(ctl, &j);
        hook_judged_done(&j);
        hook_done(&h);
        return status;
}

/* --- for one agent ------------------------------------------------------------------------------ */

struct event {
        struct hook hook;
        struct hook_input in;
        enum hook_decision decision; /* the strictest of its files and commands */
        struct buffer message;       /* the notes of those that led to it */
        unsigned notes;
        bool failed; /* something could not be judged; it was printed */
};

static int judge_proposal(struct event *e, const struct hook_proposal *p, struct hook_judged *j)
{
        struct stat st;

        if (!p->path)
                return hook_judge_command(&e->hook, j, p->content);
        if (hook_place(&e->hook, j, p->path, e->in.directory) != EXIT_OK)
                return EXIT_ERROR;
        _cleanup_close_ int fd = hook_content_open(p, j->place.absolute, e->in.written, &st);
        if (fd < 0)
                return hook_path_error(p->path, strerror(-fd));
        return hook_judge_file(&e->hook, j, fd, &st);
}

/* What is not let through is told, and what is only reported if it is not slight. */
static int add_note(struct event *e, const struct hook_judged *j)
{
        enum hook_decision decision = hook_decision_of(&j->verdict);
        bool slight = j->verdict.counted == 0 || j->verdict.severity < SEVERITY_MEDIUM;

        if (decision > e->decision) {
                e->decision = decision;
                /* it is about something else now */
                buffer_reset(&e->message);
                e->notes = 0;
        }
        if (decision < e->decision || (decision == HOOK_ALLOW && slight))
                return EXIT_OK;
        if (e->notes++ >= NOTES_TOLD)
                return EXIT_OK;
        if (e->message.len > 0)
                buffer_putc(&e->message, '\n');
        if (hook_note(j, NOTE_LIMIT_MIN, &e->message) < 0)
                return ctl_error("out of memory");
        return EXIT_OK;
}

static void judge_event(struct event *e, struct ctl *ctl, const char *agent)
{
        if (e->in.n == 0)
                return;
        e->failed = hook_init(&e->hook, ctl, agent) != EXIT_OK;
        if (e->failed)
                return;
        /* one that cannot be judged does not save the others */
        for (size_t i = 0; i < e->in.n; i++) {
                struct hook_judged j = {.shown = ""};

                if (judge_proposal(e, &e->in.proposals[i], &j) != EXIT_OK ||
                    add_note(e, &j) != EXIT_OK)
                        e->failed = true;
                hook_judged_done(&j);
        }
        if (e->notes > NOTES_TOLD)
                buffer_printf(&e->message, "\nThe same goes for %u more files of this change.\n",
                              e->notes - NOTES_TOLD);
        hook_done(&e->hook);
}

static int read_event(struct event *e)
{
        _cleanup_buffer_ struct buffer json = {.max = HOOK_INPUT_MAX};
        char error[HOOK_ERROR_MAX];

        if (read_stdin(&json) != EXIT_OK)
                return EXIT_ERROR;
        int k = hook_input_read(&e->in, json.data ? json.data : (char[]){""}, json.len, error);
        if (k < 0)
                return ctl_error("%s", k == -EBADMSG ? error : strerror(-k));
        return EXIT_OK;
}

static int hook_for_agent(struct ctl *ctl, const struct hook_agent *agent)
{
        struct event e = {.decision = HOOK_ALLOW};
        int status;

        e.failed = read_event(&e) != EXIT_OK;
        if (!e.failed)
                judge_event(&e, ctl, agent->name);
        if (!e.failed || e.decision != HOOK_ALLOW)
                status =
                        hook_answer(agent, &e.in, e.decision, e.message.data ? e.message.data : "");
        else if (ctl->value[CTL_FAIL_CLOSED])
                status = hook_answer(
                        agent, &e.in, HOOK_DENY,
                        "giactl hook could not judge this, and is set up to refuse then "
                        "(--fail-closed).\nIts standard error says what is wrong. Tell "
                        "the person you work for.\n");
        else
                status = agent->failed;
        buffer_done(&e.message);
        hook_input_done(&e.in);
        return status;
}

static const struct hook_agent *find_agent(const char *name)
{
        const char *names[16];
        size_t n = 0;

        for (const struct hook_agent *a; (a = hook_agent_at(n)) && n < ELEMENTSOF(names); n++) {
                names[n] = a->name;
                if (strcmp(a->name, name) == 0)
                        return a;
        }
        const char *nearest = text_nearest(name, names, n);
        if (nearest)
                (void)ctl_usage("no hooks of an agent \"%s\" are known; did you mean \"%s\"?", name,
                                nearest);
        else
                (void)ctl_usage(
                        "no hooks of an agent \"%s\" are known; without --agent giactl hook "
                        "takes a file or --stdin-path",
                        name);
        return NULL;
}

int command_hook(struct ctl *ctl)
{
        const char *agent = ctl->value[CTL_AGENT];

        if (agent && (ctl->value[CTL_STDIN_PATH] || ctl->n_args > 0))
                return ctl_usage("--agent reads all from standard input: it takes no file and no "
                                 "--stdin-path");
        if (agent && ctl->value[CTL_OUTPUT])
                return ctl_usage("with --agent the agent decides the form: leave --output out");
        if (!agent && ctl->value[CTL_FAIL_CLOSED])
                return ctl_usage("--fail-closed is for --agent; without it exit status 2 says that "
                                 "nothing could be judged");
        if (!agent && ctl->n_args != (ctl->value[CTL_STDIN_PATH] ? 0 : 1))
                return ctl_usage("hook takes a file, or --stdin-path, or --agent");
        if (!agent)
                return hook_for_anybody(ctl);
        const struct hook_agent *known = find_agent(agent);
        return known ? hook_for_agent(ctl, known) : EXIT_ERROR;
}
