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

/* What becomes of the rules' examples: most of a pack's text. */
enum examples { EXAMPLES_KEPT, EXAMPLES_FORGOTTEN, EXAMPLES_NOT_READ };

static size_t line_length(const char *text, size_t n)
{
        const char *end = memchr(text, '\n', n);

        return end ? (size_t)(end - text) + 1 : n;
}

/* A copy in which the lines of examples are empty, where they stand as in our own packs: below a key of a rule that is
 * indented by four. Other lines stay what they are, and where. The caller frees it; NULL: out of memory. */
static char *without_examples(const char *data, size_t size)
{
        static const char key[] = "    examples:\n";
        char *copy = malloc(size + 1);
        bool inside = false;

        if (!copy)
                return NULL;
        memcpy(copy, data, size);
        copy[size] = '\0';
        for (size_t at = 0, n; at < size; at += n) {
                n = line_length(copy + at, size - at);
                size_t indent = strspn(copy + at, " ");

                inside = inside ? indent > 4 || indent + 1 >= n
                                : n == sizeof(key) - 1 && memcmp(copy + at, key, n) == 0;
                for (size_t i = 0; inside && i < n; i++)
                        if (copy[at + i] != '\n')
                                copy[at + i] = ' ';
        }
        return copy;
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

/* A pack that is no YAML without its examples is read with them: they did not stand as they seemed to. */
static int add_quickly(struct ruleset *rs, const struct rule_file *file,
                       struct ruleset_error *reterr)
{
        _cleanup_free_ char *text = without_examples(file->data, file->size);

        if (text && add(rs, file->path, text, file->size, reterr) == 0)
                return 0;
        *reterr = (struct ruleset_error){0};
        return add(rs, file->path, file->data, file->size, reterr);
}

static int add_all(struct ruleset *rs, const struct rule_files *files, enum examples examples,
                   struct ruleset_error *reterr)
{
        struct rule_file file;
        size_t at = 0;
        int k;

        while ((k = rule_files_next(files, &at, &file)) > 0) {
                k = examples == EXAMPLES_NOT_READ
                            ? add_quickly(rs, &file, reterr)
                            : add(rs, file.path, file.data, file.size, reterr);
                if (k < 0)
                        break;
                /* the next pack has their memory */
                if (examples == EXAMPLES_FORGOTTEN)
                        ruleset_forget_examples(rs);
        }
        return k;
}

static int read_rules(struct ruleset **ret, int fd, enum examples examples,
                      struct ruleset_error *reterr)
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
        return read_rules(ret, fd, EXAMPLES_FORGOTTEN, reterr);
}

static int load_rules(struct ruleset **ret, const char *dir, const char *local_dir,
                      enum examples examples, struct ruleset_error *reterr)
{
        struct rule_files_error error;
        _cleanup_close_ int fd = -1;

        *reterr = (struct ruleset_error){0};
        int k = rule_files_take(&fd, dir, local_dir, &error);
        if (k == -EBADMSG || k == -ENOENT)
                (void)set_error(reterr, &error);
        return k < 0 ? k : read_rules(ret, fd, examples, reterr);
}

int inspect_load_rules(struct ruleset **ret, const char *dir, const char *local_dir,
                       struct ruleset_error *reterr)
{
        return load_rules(ret, dir, local_dir, EXAMPLES_KEPT, reterr);
}

int inspect_load_rules_quickly(struct ruleset **ret, const char *dir, const char *local_dir,
                               struct ruleset_error *reterr)
{
        return load_rules(ret, dir, local_dir, EXAMPLES_NOT_READ, reterr);
}
