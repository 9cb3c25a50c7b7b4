/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading a patch as Codex writes it:
 *
 *      *** Begin Patch
 *      *** Add File: PATH          all lines behind it begin with '+'
 *      *** Update File: PATH       hunks: @@, then lines that begin with ' ', '-' or '+'
 *      *** Move to: PATH           of the file before, which then stands there
 *      *** Delete File: PATH
 *      *** End Patch
 *
 * Each hunk is an edit: its lines without those that come, and without those that go. What is not of
 * this form is left out; the file is judged again when it is there.
 */
#include <string.h>

#include "common/base/macros.h"
#include "daemon/ctl/hook.h"

struct patch {
        struct hook_input *in;
        struct hook_proposal *file; /* at hand, or NULL */
        bool whole;                 /* all of it is in the patch */
        struct buffer old_text, new_text;
};

/* The rest of a line that begins with head, up to its end; NULL if it does not. */
static const char *behind(const char *line, const char *head)
{
        size_t n = strlen(head);

        return strncmp(line, head, n) == 0 ? line + n : NULL;
}

static size_t line_length(const char *line)
{
        size_t n = strcspn(line, "\n");

        return n > 0 && line[n - 1] == '\r' ? n - 1 : n;
}

/* What was gathered becomes the file, or an edit of it. */
static int end_hunk(struct patch *p)
{
        int k = 0;

        if (p->file && p->whole) {
                free(p->file->content);
                k = buffer_take(&p->new_text, &p->file->content);
        } else if (p->file && (p->old_text.len > 0 || p->new_text.len > 0)) {
                struct hook_edit *e = hook_proposal_add_edit(p->file);

                if (!e)
                        return p->file->n_edits >= HOOK_EDITS_MAX ? -E2BIG : -ENOMEM;
                k = buffer_take(&p->old_text, &e->old_text);
                if (k == 0)
                        k = buffer_take(&p->new_text, &e->new_text);
        }
        buffer_reset(&p->old_text);
        buffer_reset(&p->new_text);
        return k;
}

static int end_file(struct patch *p)
{
        int k = end_hunk(p);

        p->file = NULL;
        p->whole = false;
        return k;
}

static int begin_file(struct patch *p, const char *path, bool whole)
{
        int k = end_file(p);

        if (k < 0)
                return k;
        p->file = hook_input_add(p->in);
        if (!p->file)
                return p->in->n >= HOOK_PROPOSALS_MAX ? -E2BIG : -ENOMEM;
        p->whole = whole;
        p->file->path = strndup(path, line_length(path));
        return p->file->path ? 0 : -ENOMEM;
}

/* It is judged by its new name; the lines that stay are in the hunks. */
static int rename_file(struct patch *p, const char *path)
{
        if (!p->file)
                return 0;
        free(p->file->path);
        p->file->path = strndup(path, line_length(path));
        return p->file->path ? 0 : -ENOMEM;
}

static int read_line(struct patch *p, const char *line)
{
        const char *rest;
        size_t n = line_length(line);

        if ((rest = behind(line, "*** Add File: ")))
                return begin_file(p, rest, true);
        if ((rest = behind(line, "*** Update File: ")))
                return begin_file(p, rest, false);
        if ((rest = behind(line, "*** Move to: ")))
                return rename_file(p, rest);
        if (behind(line, "*** End of File"))
                return 0;
        if (behind(line, "*** "))
                return end_file(p);
        if (behind(line, "@@"))
                return end_hunk(p);
        if (!p->file)
                return 0;
        if (n > 0 && (*line == ' ' || *line == '-')) {
                buffer_append(&p->old_text, line + 1, n - 1);
                buffer_putc(&p->old_text, '\n');
        }
        if (n > 0 && (*line == ' ' || *line == '+')) {
                buffer_append(&p->new_text, line + 1, n - 1);
                buffer_putc(&p->new_text, '\n');
        }
        return 0;
}

int hook_patch_read(struct hook_input *in, const char *patch)
{
        struct patch p = {.in = in};
        int k = 0;

        for (const char *line = patch; k == 0 && *line; line += strspn(line, "\n") > 0) {
                k = read_line(&p, line);
                line += strcspn(line, "\n");
        }
        if (k == 0)
                k = end_file(&p);
        if (k == 0)
                k = p.old_text.error < 0 ? p.old_text.error : p.new_text.error;
        buffer_done(&p.old_text);
        buffer_done(&p.new_text);
        return k == -ENOBUFS ? -E2BIG : k;
}
