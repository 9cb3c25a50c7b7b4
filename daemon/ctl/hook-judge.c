/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: judging what an agent is about to write as giad would: where it stands, what is found in it,
 * what is suppressed, and which policy line decides.
 * Does not own: rules, policy, and the words of the note.
 *
 * Approvals are the daemon's: what a person approved there may be refused here, never the other way
 * round.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/text.h"
#include "common/model/note-text.h"
#include "daemon/ctl/hook.h"
#include "daemon/policy/policy.h"

#define COMMAND_PATH "command.sh" /* a command is judged as a script in which it stands */

int hook_init(struct hook *h, struct ctl *ctl, const char *agent)
{
        *h = (struct hook){.ctl = ctl, .agent = agent};
        return offline_init_quickly(&h->offline, ctl);
}

void hook_done(struct hook *h)
{
        offline_done(&h->offline);
}

int hook_path_error(const char *path, const char *why)
{
        char shown[256];

        return ctl_error("%s: %s", text_mask(shown, sizeof(shown), path), why);
}

void hook_judged_done(struct hook_judged *j)
{
        free(j->result);
        j->result = NULL;
}

/* --- where it stands ---------------------------------------------------------------------------- */

/* Takes "." and ".." out of an absolute path as agents do, by its names alone: of what is not there yet
 * nobody else knows where it leads. */
static void normalise(char *path)
{
        char *out = path;

        for (const char *in = path; *in;) {
                size_t n = strcspn(in + 1, "/");

                if (n == 2 && in[1] == '.' && in[2] == '.') {
                        while (out > path && *--out != '/')
                                ;
                } else if (n > 0 && !(n == 1 && in[1] == '.')) {
                        memmove(out, in, n + 1);
                        out += n + 1;
                }
                in += n + 1;
        }
        *out = '\0';
}

/* Splits path behind its deepest directory that is there, which goes to root, without links. Returns the
 * rest, or NULL. */
static const char *split_path(char *path, char root[static PATH_MAX])
{
        for (char *end = path + strlen(path); (end = memrchr(path, '/', (size_t)(end - path)));) {
                *end = '\0';
                bool there = realpath(end == path ? "/" : path, root);
                *end = '/';
                if (there)
                        return end + 1;
        }
        return NULL;
}

/* Relative to the workspace or the working directory; but of the latter's own path what tells of the file stays in
 * front, from the first hidden name on (.github/workflows). */
static const char *name_for_rules(const struct place *p)
{
        if (p->inside)
                return p->inside;
        for (const char *c = p->absolute; p->here && c < p->here; c++)
                if (c[0] == '/' && c[1] == '.')
                        return c + 1;
        return p->here ? p->here : p->absolute + 1;
}

int hook_place(struct hook *h, struct hook_judged *j, const char *path, const char *directory)
{
        char whole[2 * PATH_MAX], resolved[PATH_MAX], root[PATH_MAX], working[PATH_MAX];

        if (*directory != '/' && !getcwd(working, sizeof(working)))
                return ctl_error("the working directory cannot be told: %s", strerror(errno));
        (void)snprintf(whole, sizeof(whole), "%s/%s",
                       *path == '/'        ? ""
                       : *directory == '/' ? directory
                                           : working,
                       path);
        /* a link that is written through is judged where it leads */
        if (realpath(whole, resolved))
                (void)text_copy(whole, sizeof(whole), resolved);
        else
                normalise(whole);
        const char *rest = split_path(whole, root);
        if (!rest || *rest == '\0' || strlen(whole) >= PATH_MAX)
                return hook_path_error(path, "no file can stand there");
        char *name = strdup(rest);
        if (!name)
                return ctl_error("out of memory");
        (void)snprintf(whole, sizeof(whole), "%s/%s", strcmp(root, "/") == 0 ? "" : root, name);
        free(name);
        place_root(&j->place, root);
        if (*directory == '/' && realpath(directory, resolved))
                (void)text_copy(j->place.working, sizeof(j->place.working), resolved);
        place_file(&j->place, h->ctl->config, root, whole, "");
        j->place.given = name_for_rules(&j->place);
        if (j->place.workspace)
                place_agent(&j->place, j->agent, sizeof(j->agent));
        else
                (void)text_copy(j->agent, sizeof(j->agent), h->agent);
        return EXIT_OK;
}

/* --- judging ------------------------------------------------------------------------------------ */

static struct policy_subject subject_of(const struct hook_judged *j)
{
        const struct config_workspace *ws = j->place.workspace;

        return (struct policy_subject){
                .workspace = j->workspace,
                .agent = j->agent,
                .path = j->command ? "" : j->place.given,
                .kind = j->command ? ARTEFACT_NONE : (enum artefact_kind)j->result->artefact,
                .writer_uid = geteuid(),
                .inline_suppressions = ws && ws->inline_suppressions,
        };
}

static void decide(struct hook *h, struct hook_judged *j)
{
        const struct policy_subject subject = subject_of(j);
        usec_t now = clock_realtime();

        policy_decide(h->ctl->config, &subject, j->result->findings, j->result->n_findings, now,
                      &j->verdict);
        for (uint32_t i = 0; i < j->result->n_findings; i++) {
                const struct finding *f = &j->result->findings[i];

                j->suppressed[i] = policy_suppressed(h->ctl->config, &subject, f, now) ||
                                   policy_comment_counts(&subject, f);
        }
}

static int scan(struct hook *h, struct hook_judged *j, int fd, const struct stat *st,
                const char *path, const char *relative)
{
        j->result = calloc(1, sizeof(*j->result));
        if (!j->result)
                return ctl_error("out of memory");
        int k = offline_scan(&h->offline, fd, path, relative, st, j->result);
        if (k < 0)
                return hook_path_error(path, strerror(-k));
        decide(h, j);
        return EXIT_OK;
}

/* giad does not look at it. */
static bool is_excluded(const struct place *p)
{
        return p->workspace && p->workspace->exclude.n > 0 &&
               word_list_matches_path(&p->workspace->exclude, p->inside);
}

static int pass_over(struct hook_judged *j)
{
        j->result = calloc(1, sizeof(*j->result));
        if (!j->result)
                return ctl_error("out of memory");
        j->verdict = (struct verdict){.decisive = -1, .policy = "excluded"};
        return EXIT_OK;
}

int hook_judge_file(struct hook *h, struct hook_judged *j, int fd, const struct stat *st)
{
        const char *name = j->place.given;

        if (j->place.inside)
                (void)snprintf(j->workspace, sizeof(j->workspace), "%.*s",
                               (int)(j->place.inside - j->place.absolute - 1), j->place.absolute);
        int k = is_excluded(&j->place) ? pass_over(j) : scan(h, j, fd, st, j->place.absolute, name);
        if (k == EXIT_OK)
                (void)text_printable(j->shown, sizeof(j->shown),
                                     *j->result->shown ? j->result->shown : name,
                                     strlen(*j->result->shown ? j->result->shown : name));
        return k;
}

int hook_judge_command(struct hook *h, struct hook_judged *j, const char *command)
{
        struct stat st;
        _cleanup_close_ int fd = hook_content_of(command, strlen(command), NULL, &st);

        j->command = true;
        (void)text_copy(j->agent, sizeof(j->agent), h->agent);
        if (fd < 0)
                return ctl_error("the command cannot be looked at: %s", strerror(-fd));
        return scan(h, j, fd, &st, COMMAND_PATH, COMMAND_PATH);
}

/* --- the note ----------------------------------------------------------------------------------- */

int hook_note(const struct hook_judged *j, size_t limit, struct buffer *out)
{
        struct note_finding findings[SCAN_FINDINGS_MAX];
        struct note_subject s = {
                .situation = j->command ? NOTE_COMMAND : NOTE_PROPOSED,
                .action = j->verdict.action,
                .path = j->command ? NULL : j->shown,
                .artefact = (enum artefact_kind)j->result->artefact,
                .format = j->result->format,
                .findings = findings,
                .dropped = j->result->findings_dropped,
                .limit = limit,
        };

        for (uint32_t i = 0; i < j->result->n_findings; i++)
                if (!j->suppressed[i])
                        findings[s.n_findings++] = note_finding_of(&j->result->findings[i]);
        return note_compose(out, &s);
}
