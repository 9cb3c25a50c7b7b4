/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: writing the note beside a file that was taken away, and how many are written.
 * Does not own: its text (common/model/note-text.h).
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
#include "common/model/note-text.h"
#include "common/model/scan.h"

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

/* --- what the entry says --- */

/* "" is none */
static const char *text_at(const cJSON *object, const char *key)
{
        const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

        return s ? s : "";
}

static uint32_t number_at(const cJSON *object, const char *key)
{
        const cJSON *n = cJSON_GetObjectItemCaseSensitive(object, key);

        return cJSON_IsNumber(n) && n->valuedouble > 0 && n->valuedouble < UINT32_MAX
                       ? (uint32_t)n->valuedouble
                       : 0;
}

static struct note_finding read_finding(const cJSON *f)
{
        return (struct note_finding){
                .class = MAX_OF(finding_class_from_string(text_at(f, "class")), -1),
                .severity = MAX_OF(severity_from_string(text_at(f, "severity")), -1),
                .line = number_at(f, "line"),
                .column = number_at(f, "column"),
                .title = text_at(f, "title"),
                .detail = text_at(f, "detail"),
                .redacted = text_at(f, "redacted"),
                .rule = text_at(f, "rule"),
                .remediation = text_at(f, "remediation"),
        };
}

static int compose(struct buffer *b, const struct quarantine_entry *e,
                   enum note_situation situation)
{
        struct note_finding findings[SCAN_FINDINGS_MAX];
        cJSON *list = cJSON_Parse(e->findings ? e->findings : "[]");
        int kind = e->artefact ? artefact_kind_from_string(e->artefact) : -EINVAL;
        const cJSON *f;
        struct note_subject s = {
                .situation = situation,
                .action = situation == NOTE_ROLLED_BACK ? ACTION_ROLLBACK : ACTION_QUARANTINE,
                .path = e->shown ? e->shown : e->path,
                .id = e->id,
                .artefact = kind >= 0 ? (enum artefact_kind)kind : ARTEFACT_NONE,
                .format = e->format,
                .findings = findings,
        };

        cJSON_ArrayForEach(f, list)
        {
                if (s.n_findings < ELEMENTSOF(findings))
                        findings[s.n_findings++] = read_finding(f);
                else
                        s.dropped++;
        }
        int k = note_compose(b, &s);
        cJSON_Delete(list);
        return k;
}

int notes_write(struct notes *n, const struct config *config, int root_fd,
                const struct quarantine_entry *e, enum note_situation situation, usec_t now,
                struct file_id *ret_id)
{
        _cleanup_buffer_ struct buffer text = BUFFER_NULL;
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
        int k = compose(&text, e, situation);
        if (k < 0)
                return k;
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
