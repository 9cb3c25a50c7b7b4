/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the text of the note, and how many are written.
 *
 * The text is fixed and every name in it is encoded as a JSON string, so that a file's name cannot
 * speak to the agent in giad's voice.
 */
#include "daemon/note.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/buffer.h"
#include "common/base/text.h"

#define NOTE_DIRECTORIES 1024
#define NOTE_WINDOW (3600 * USEC_PER_SEC)

/* A direct-mapped table: directories that share a slot share a limit, which errs to the quiet side.
 * That is why a slot does not know whose it is: going to and fro between two directories would
 * begin it anew each time. */
struct notes {
        struct {
                usec_t since;
                uint64_t count;
        } slots[NOTE_DIRECTORIES];
};

int notes_new(struct notes **ret)
{
        *ret = calloc(1, sizeof(**ret));
        return *ret ? 0 : -ENOMEM;
}

struct notes *notes_free(struct notes *n)
{
        free(n);
        return NULL;
}

static bool may_write(struct notes *n, uint64_t dev, uint64_t ino, uint64_t limit, usec_t now)
{
        size_t i = (ino * 0x9e3779b97f4a7c15ull ^ dev) % NOTE_DIRECTORIES;

        if (now - n->slots[i].since > NOTE_WINDOW) {
                n->slots[i].since = now;
                n->slots[i].count = 0;
        }
        return n->slots[i].count++ < limit;
}

static const char *text_at(const cJSON *object, const char *key)
{
        const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

        return s ? s : "";
}

/* As text within a line: no control characters, and no end to the quotation that it stands in. */
static void put_text(struct buffer *b, const char *text)
{
        char line[1024];

        (void)text_printable(line, sizeof(line), text, strlen(text));
        for (char *tick = line; (tick = strchr(tick, '`'));)
                *tick = '\'';
        buffer_puts(b, line);
}

static void put_findings(struct buffer *b, const char *findings)
{
        cJSON *list = cJSON_Parse(findings ? findings : "[]");
        const cJSON *f;

        cJSON_ArrayForEach(f, list)
        {
                const cJSON *line = cJSON_GetObjectItemCaseSensitive(f, "line");

                buffer_printf(b, "- line %d: ", cJSON_IsNumber(line) ? line->valueint : 0);
                put_text(b, text_at(f, "title"));
                if (*text_at(f, "redacted")) {
                        buffer_puts(b, " (`");
                        put_text(b, text_at(f, "redacted"));
                        buffer_puts(b, "`)");
                }
                buffer_puts(b, " [");
                put_text(b, text_at(f, "rule"));
                buffer_puts(b, "]\n  How to write it: ");
                put_text(b, text_at(f, "remediation"));
                buffer_putc(b, '\n');
        }
        cJSON_Delete(list);
}

static void compose(struct buffer *b, const struct quarantine_entry *e)
{
        buffer_puts(b, "---\ngiad-note: 1\nfile: ");
        const char *slash = strrchr(e->path, '/');
        buffer_json_string(b, slash ? slash + 1 : e->path);
        buffer_printf(b, "\nquarantine-id: %s\naction: quarantine\n---\n\n", e->id);
        buffer_puts(b, "# This file was taken away by giad\n\n"
                       "The file named above holds a credential, or grants more than policy allows "
                       "without a\n"
                       "person's approval. Its content is kept safe. Do not write the same content "
                       "again: it\n"
                       "would be taken away again. Write it as said below instead.\n\n"
                       "## What was found\n\n");
        put_findings(b, e->findings);
        buffer_printf(b,
                      "\n## If it is right as it is\n\n"
                      "A person who may decide can give it back on this host with:\n\n"
                      "    giactl quarantine release %s --reason=\"...\"\n",
                      e->id);
}

int notes_write(struct notes *n, const struct config *config, int root_fd,
                const struct quarantine_entry *e, usec_t now, struct file_id *ret_id)
{
        _cleanup_buffer_ struct buffer text = {.max = 65536};
        const char *name;
        char path[4352];
        struct file_id written;
        struct stat st;

        if (snprintf(path, sizeof(path), "%s%s", e->path,
                     config_text(config, OPTION_NOTE_SUFFIX)) >= (int)sizeof(path))
                return -ENAMETOOLONG;
        _cleanup_close_ int dir = open_parent_beneath(root_fd, path, &name);
        if (dir < 0)
                return dir;
        if (fstat(dir, &st) < 0)
                return -errno;
        if (!may_write(n, st.st_dev, st.st_ino, config_number(config, OPTION_NOTES_PER_DIRECTORY),
                       now))
                return -EDQUOT;
        compose(&text, e);
        if (text.error)
                return text.error;
        _cleanup_close_ int fd =
                openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd < 0)
                return -errno;
        if (write(fd, text.data, text.len) != (ssize_t)text.len || fstat(fd, &st) < 0)
                return -EIO;
        file_id_from_stat(&written, &st);
        if (geteuid() == 0 && fchown(fd, e->uid, e->gid) < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        file_id_from_stat(ret_id, &st);
        /* from fchown() on its owner may write to it, and then it is not giad's any more */
        return file_id_same_content(ret_id, &written) ? 0 : -ESTALE;
}
