/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading rule packs into one rule set. Does not own: finding them (common/model/rule-files.c)
 * and what they mean (detectors/ruleset.c).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "daemon/inspect/inspect.h"

static int set_error(struct ruleset_error *reterr, const struct rule_files_error *error)
{
        *reterr = (struct ruleset_error){0};
        (void)text_printable(reterr->pack, sizeof(reterr->pack), error->path, strlen(error->path));
        (void)text_copy(reterr->message, sizeof(reterr->message), error->message);
        return -EBADMSG;
}

static int add(struct ruleset *rs, const char *path, const char *data, size_t size,
               struct ruleset_error *reterr)
{
        int k = ruleset_add(rs, path, data, size, reterr);

        if (k == -EBADMSG)
                (void)text_printable(reterr->pack, sizeof(reterr->pack), path, strlen(path));
        return k;
}

int inspect_add_pack(struct ruleset *rs, const char *path, struct ruleset_error *reterr)
{
        _cleanup_buffer_ struct buffer content = {.max = RULE_FILES_MAX};
        struct rule_files_error error;
        int k = rule_file_read(&content, path, &error);

        if (k == -EBADMSG)
                return set_error(reterr, &error);
        return k < 0 ? k : add(rs, path, content.data ? content.data : "", content.len, reterr);
}

void inspect_error_text(char dst[static INSPECT_ERROR_MAX], const struct ruleset_error *error)
{
        if (*error->pack && error->line > 0)
                (void)snprintf(dst, INSPECT_ERROR_MAX, "%s:%u:%u: %s", error->pack, error->line,
                               error->column, error->message);
        else
                (void)snprintf(dst, INSPECT_ERROR_MAX, "%s%s%s", error->pack,
                               *error->pack ? ": " : "", error->message);
}

static int add_all(struct ruleset *rs, const struct rule_files *files, bool examples,
                   struct ruleset_error *reterr)
{
        struct rule_file file;
        size_t at = 0;
        int k;

        while ((k = rule_files_next(files, &at, &file)) > 0) {
                k = add(rs, file.path, file.data, file.size, reterr);
                if (k < 0)
                        break;
                /* the next pack has their memory */
                if (!examples)
                        ruleset_forget_examples(rs);
        }
        return k;
}

static int read_rules(struct ruleset **ret, int fd, bool examples, struct ruleset_error *reterr)
{
        struct rule_files files;
        struct ruleset *rs = NULL;

        *reterr = (struct ruleset_error){0};
        int k = rule_files_map(&files, fd);
        if (k < 0)
                return k;
        k = ruleset_new(&rs);
        if (k == 0)
                k = add_all(rs, &files, examples, reterr);
        rule_files_unmap(&files);
        if (k < 0) {
                (void)ruleset_free(rs);
                return k;
        }
        *ret = rs;
        return 0;
}

int inspect_read_rules(struct ruleset **ret, int fd, struct ruleset_error *reterr)
{
        return read_rules(ret, fd, false, reterr);
}

int inspect_load_rules(struct ruleset **ret, const char *dir, const char *local_dir,
                       struct ruleset_error *reterr)
{
        struct rule_files_error error;
        _cleanup_close_ int fd = -1;

        *reterr = (struct ruleset_error){0};
        int k = rule_files_take(&fd, dir, local_dir, &error);
        if (k == -EBADMSG || k == -ENOENT)
                (void)set_error(reterr, &error);
        return k < 0 ? k : read_rules(ret, fd, true, reterr);
}
