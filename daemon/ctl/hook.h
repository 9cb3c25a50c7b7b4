/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * giactl hook: what an agent is about to write, judged as giad would judge it.
 *
 *   hook-input    an agent's JSON ─► what it is about to write: files and commands
 *   hook-patch    the same of a patch
 *   hook-content  ─► the bytes that would then stand there
 *   hook-judge    ─► findings, and what policy says of them
 *   hook-answer   ─► the answer, in the form that the agent has
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buffer.h"
#include "common/model/scan.h"
#include "common/model/verdict.h"
#include "daemon/ctl/offline.h"

#define HOOK_INPUT_MAX ((size_t)16 << 20) /* bytes of what is read from standard input */
#define HOOK_FILE_MAX ((size_t)16 << 20)  /* of a file that is edited */
#define HOOK_PROPOSALS_MAX 64u            /* files of one event */
#define HOOK_EDITS_MAX 1024u              /* changes of one file */
#define HOOK_ERROR_MAX 160u

/* --- what is proposed --- */

struct hook_edit {
        char *old_text, *new_text; /* never NULL */
        bool all;                  /* wherever old_text stands, not just at the first place */
};

struct hook_proposal {
        char *path;              /* as the agent has it; NULL: content is a command */
        char *content;           /* the whole file; NULL: the edits make it of the present one */
        struct hook_edit *edits; /* in their order */
        size_t n_edits;
};

struct hook_input {
        char *event; /* the agent's name of what happens; "" if it says nothing; NULL: it could not be read */
        char *directory; /* the agent's working directory, or ""; NULL likewise */
        bool written;    /* it is told of after it happened */
        struct hook_proposal *proposals;
        size_t n;
};

/* Reads the JSON of an agent's hook; json is changed. An event that writes nothing, and runs nothing, has
 * no proposals. Returns 0; -EBADMSG with *error saying why; -ENOMEM. *ret must be given to hook_input_done() in
 * any case. */
int hook_input_read(struct hook_input *ret, char *json, size_t n,
                    char error[static HOOK_ERROR_MAX]);
void hook_input_done(struct hook_input *in);

/* Makes room for one more (zeroed), or for one more edit of a proposal. NULL: too many, or out of memory. */
struct hook_proposal *hook_input_add(struct hook_input *in);
struct hook_edit *hook_proposal_add_edit(struct hook_proposal *p);

/* Reads a patch in the form of Codex' apply_patch ("*** Begin Patch …"). Returns 0; -E2BIG too many files or
 * edits; -ENOMEM. */
int hook_patch_read(struct hook_input *in, const char *patch);

/* --- what would stand there --- */

/* Opens what is to be judged: the file as it is if it was written already (at path, absolute), otherwise a memory
 * file with what it would become; *ret_st has its size, and the mode that it has or would get. Where an edit
 * does not fit the present file, its new text alone is taken. Returns an fd, or negative errno: -EFBIG it would
 * become too large. */
int hook_content_open(const struct hook_proposal *p, const char *path, bool written,
                      struct stat *ret_st);
/* The same of bytes. */
int hook_content_of(const char *data, size_t n, const char *path, struct stat *ret_st);

/* --- judging --- */

struct hook {
        struct ctl *ctl;
        struct offline offline;
        const char *agent; /* name, or "" */
};

struct hook_judged {
        bool command;               /* no file; place is not filled */
        struct place place;         /* place.given: the path that rules and policy see */
        char workspace[PATH_MAX];   /* root, or "" */
        char agent[128];            /* of its workspace; else the hook's */
        struct scan_result *result; /* owned */
        struct verdict verdict;
        bool suppressed[SCAN_FINDINGS_MAX];
        char shown
                [SCAN_SHOWN_MAX]; /* the path without secrets, relative to the workspace or the working
                                       directory, printable; "" of a command */
};

/* Loads the rules. EXIT_OK; or EXIT_ERROR, an error was printed. */
int hook_init(struct hook *h, struct ctl *ctl, const char *agent);
void hook_done(struct hook *h);

/* Prints what is wrong with a path, in which no secret is shown. Returns EXIT_ERROR. */
int hook_path_error(const char *path, const char *why);
/* Where a file stands, or will stand, of which the directory need not exist yet; directory: where a relative path
 * begins, "" for the working directory. Fills place. EXIT_OK; or EXIT_ERROR, an error was printed. */
int hook_place(struct hook *h, struct hook_judged *j, const char *path, const char *directory);
/* Judges an open file (borrowed) as the one at that place. */
int hook_judge_file(struct hook *h, struct hook_judged *j, int fd, const struct stat *st);
/* Judges a command as a script that it stands in. */
int hook_judge_command(struct hook *h, struct hook_judged *j, const char *command);
void hook_judged_done(struct hook_judged *j);

/* The note about it (giad-note(7)), of at most limit bytes, appended. Returns 0 or -ENOMEM. */
int hook_note(const struct hook_judged *j, size_t limit, struct buffer *out);

/* --- answers --- */

enum hook_decision { HOOK_ALLOW, HOOK_ASK, HOOK_DENY };
enum hook_decision hook_decision_of(const struct verdict *v);
const char *hook_decision_name(enum hook_decision decision);

enum hook_answer { HOOK_CLAUDE, HOOK_COPILOT, HOOK_CURSOR, HOOK_GEMINI, HOOK_STATUS };

struct hook_agent {
        const char *name;
        enum hook_answer answer;
        bool asks, told;
        int failed;
};
/* NULL: there are no more. */
const struct hook_agent *hook_agent_at(size_t i);

/* Prints the answer, and returns the exit status that goes with it. message: the notes; "" if there is nothing to
 * say. */
int hook_answer(const struct hook_agent *agent, const struct hook_input *in,
                enum hook_decision decision, const char *message);
