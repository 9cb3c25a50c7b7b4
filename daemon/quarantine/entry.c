/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: an entry as JSON, in entry.json and in the journal, and reading it back without loss.
 * Does not own: the files it is written to.
 *
 * Paths, link targets and attribute names are bytes, not text. They are written printable for
 * people and, where that loses bytes, once more in hex. Numbers past 2^53 are strings: JSON readers
 * keep numbers as doubles.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <nettle/base64.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/text.h"
#include "daemon/quarantine/internal.h"

#define ENTRY_SIZE_MAX ((size_t)16 * 1024 * 1024)
#define ENTRY_RAW_MAX 4096

static const char *const how_names[] = {
        [QUARANTINE_HELD] = "held",
        [QUARANTINE_IN_PLACE] = "in-place",
        [QUARANTINE_MODE_ZERO] = "mode-zero",
};
_Static_assert(ELEMENTSOF(how_names) == _QUARANTINE_HOW_MAX, "every way has a name");

const char *quarantine_how_to_string(int value)
{
        return value >= 0 && value < _QUARANTINE_HOW_MAX ? how_names[value] : "?";
}

int quarantine_how_from_string(const char *name)
{
        for (int i = 0; i < _QUARANTINE_HOW_MAX; i++)
                if (strcmp(how_names[i], name) == 0)
                        return i;
        return -EINVAL;
}

void quarantine_entry_done(struct quarantine_entry *e)
{
        free(e->workspace);
        free(e->path);
        free(e->shown);
        free(e->symlink_target);
        free(e->artefact);
        free(e->format);
        free(e->findings);
        free(e->reason);
        free(e->writer);
        *e = (struct quarantine_entry){.id = ""};
}

int entry_copy(struct quarantine_entry *dst, const struct quarantine_entry *src)
{
        char *const from[] = {src->workspace, src->path,     src->symlink_target,
                              src->shown,     src->artefact, src->format,
                              src->findings,  src->reason,   src->writer};
        char **const to[] = {&dst->workspace, &dst->path,     &dst->symlink_target,
                             &dst->shown,     &dst->artefact, &dst->format,
                             &dst->findings,  &dst->reason,   &dst->writer};

        *dst = *src;
        for (size_t i = 0; i < ELEMENTSOF(to); i++)
                *to[i] = NULL;
        for (size_t i = 0; i < ELEMENTSOF(to); i++) {
                if (!from[i])
                        continue;
                *to[i] = strdup(from[i]);
                if (!*to[i]) {
                        quarantine_entry_done(dst);
                        return -ENOMEM;
                }
        }
        return 0;
}

int entry_name_add(char **list, const char *name)
{
        char *longer = NULL;

        if (asprintf(&longer, "%s%s%s", *list ? *list : "", *list ? " " : "", name) < 0)
                return -ENOMEM;
        free(*list);
        *list = longer;
        return 0;
}

/* --- writing -------------------------------------------------------------------------------- */

/* Raw bytes under another text: what may be shown of them. */
static void put_raw_as(struct buffer *out, const char *key, const char *s, const char *shown)
{
        size_t n = strlen(s);

        buffer_printf(out, ",\"%s\":", key);
        buffer_json_string(out, shown);
        if (strcmp(shown, s) == 0)
                return;
        buffer_printf(out, ",\"%s_hex\":\"", key);
        for (size_t i = 0; i < n; i++)
                buffer_printf(out, "%02x", (unsigned char)s[i]);
        buffer_putc(out, '"');
}

static void put_raw(struct buffer *out, const char *key, const char *s)
{
        char printable[4 * ENTRY_RAW_MAX + 1];

        if (s)
                put_raw_as(out, key, s, text_printable(printable, sizeof(printable), s, strlen(s)));
}

/* JSON that somebody else made goes in as JSON if it is, as text if it is not. */
static void put_json(struct buffer *out, const char *key, const char *json)
{
        if (!json)
                return;
        cJSON *parsed = cJSON_ParseWithOpts(json, NULL, 1);
        bool plain = parsed && !strpbrk(json, "\n\r");

        cJSON_Delete(parsed);
        buffer_printf(out, ",\"%s\":", key);
        if (plain)
                buffer_puts(out, json);
        else
                buffer_json_string(out, json);
}

static void put_u64(struct buffer *out, const char *key, uint64_t value)
{
        buffer_printf(out, ",\"%s\":\"%" PRIu64 "\"", key, value);
}

static void put_i64(struct buffer *out, const char *key, int64_t value)
{
        buffer_printf(out, ",\"%s\":\"%" PRIi64 "\"", key, value);
}

static void put_sha256(struct buffer *out, const char *key, const uint8_t sha256[static 32])
{
        char hex[65];

        text_hex(hex, sha256, 32);
        buffer_printf(out, ",\"%s\":\"%s\"", key, hex);
}

static void put_attributes(struct buffer *out, const struct attributes *a)
{
        buffer_puts(out, ",\"xattrs\":[");
        for (size_t i = 0; i < a->n; i++) {
                size_t n = BASE64_ENCODE_RAW_LENGTH(a->items[i].size);
                _cleanup_free_ char *value = malloc(n + 1);

                if (!value) {
                        out->error = -ENOMEM;
                        return;
                }
                base64_encode_raw(value, a->items[i].size, a->items[i].value);
                value[n] = '\0';
                buffer_printf(out, "%s{\"value\":\"%s\"", i ? "," : "", value);
                put_raw(out, "name", a->items[i].name);
                buffer_putc(out, '}');
        }
        buffer_putc(out, ']');
        put_raw(out, "not_kept", a->lost);
}

void entry_to_json(const struct record *rec, const struct attributes *attributes, bool intent,
                   struct buffer *out)
{
        const struct quarantine_entry *e = &rec->entry;
        char when[CLOCK_RFC3339_MAX];

        clock_rfc3339(e->taken, when);
        buffer_printf(out, "{\"version\":1,\"id\":\"%s\",\"time\":\"%s\"", e->id, when);
        put_raw(out, "workspace", e->workspace);
        if (e->path && e->shown)
                put_raw_as(out, "path", e->path, e->shown);
        else
                put_raw(out, "path", e->path);
        put_u64(out, "size", e->size);
        buffer_printf(out, ",\"mode\":\"%07o\",\"uid\":%u,\"gid\":%u", e->mode, e->uid, e->gid);
        put_i64(out, "mtime_ns", e->mtime_ns);
        put_i64(out, "atime_ns", e->atime_ns);
        put_u64(out, "dev", e->dev);
        put_u64(out, "ino", e->ino);
        put_u64(out, "parent_dev", e->parent_dev);
        put_u64(out, "parent_ino", e->parent_ino);
        buffer_printf(out, ",\"parent_uid\":%u", e->parent_uid);
        put_sha256(out, "sha256", e->sha256);
        put_u64(out, "taken", e->taken);
        put_u64(out, "other_names", e->other_names);
        buffer_printf(out, ",\"how\":\"%s\"", quarantine_how_to_string((int)e->how));
        /* an address with a password in it is a likely reason for having been taken */
        if (e->symlink_target)
                put_raw_as(out, "symlink_target", e->symlink_target, "[in hex]");
        put_raw(out, "artefact", e->artefact);
        put_raw(out, "format", e->format);
        put_json(out, "findings", e->findings);
        put_raw(out, "reason", e->reason);
        put_json(out, "writer", e->writer);
        if (attributes)
                put_attributes(out, attributes);
        if (intent) {
                put_u64(out, "scanned_ctime_ns", (uint64_t)rec->scanned.ctime_ns);
                put_i64(out, "scanned_mtime_ns", rec->scanned.mtime_ns);
                put_u64(out, "scanned_size", rec->scanned.size);
                if (rec->scanned_hashed)
                        put_sha256(out, "scanned_sha256", rec->scanned_sha256);
                put_raw(out, "holding", rec->holding);
                buffer_printf(out, ",\"checked\":%s,\"zeroing\":%s,\"temp\":%s,\"giving\":%s",
                              rec->checked ? "true" : "false", rec->zeroing ? "true" : "false",
                              rec->temp ? "true" : "false", rec->giving ? "true" : "false");
        }
        buffer_putc(out, '}');
}

/* --- reading -------------------------------------------------------------------------------- */

/* Reads members of one object; the first thing that is missing or malformed makes it damaged. */
struct reader {
        const cJSON *object;
        int error;
};

static const char *get_string(struct reader *r, const char *key, bool needed)
{
        const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(r->object, key));

        if (!s && needed)
                r->error = -EBADMSG;
        return s;
}

static void get_raw(struct reader *r, const char *key, bool needed, char **ret)
{
        char hex_key[64];
        const char *s = get_string(r, key, needed), *hex;

        (void)snprintf(hex_key, sizeof(hex_key), "%s_hex", key);
        hex = get_string(r, hex_key, false);
        if (!s)
                return;
        size_t n = hex ? strlen(hex) / 2 : 0;
        char *copy = hex ? calloc(1, n + 1) : strdup(s);
        if (!copy) {
                r->error = -ENOMEM;
                return;
        }
        if (hex && (text_unhex((uint8_t *)copy, n, hex) < 0 || strlen(copy) != n))
                r->error = -EBADMSG;
        free(*ret);
        *ret = copy;
}

static void get_json(struct reader *r, const char *key, char **ret)
{
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(r->object, key);
        char *copy;

        if (!item)
                return;
        if (cJSON_IsString(item)) {
                copy = strdup(cJSON_GetStringValue(item));
        } else {
                char *printed = cJSON_PrintUnformatted(item);

                copy = printed ? strdup(printed) : NULL;
                cJSON_free(printed);
        }
        if (!copy) {
                r->error = -ENOMEM;
                return;
        }
        free(*ret);
        *ret = copy;
}

static uint64_t get_number(struct reader *r, const char *key, unsigned base)
{
        const char *s = get_string(r, key, true);
        uint64_t value = 0;
        bool negative = s && *s == '-';

        if (s && text_to_u64(s + negative, base, &value) < 0)
                r->error = -EBADMSG;
        return negative ? (uint64_t)0 - value : value;
}

static uint32_t get_u32(struct reader *r, const char *key)
{
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(r->object, key);

        if (!cJSON_IsNumber(item) || item->valuedouble < 0 || item->valuedouble > UINT32_MAX) {
                r->error = -EBADMSG;
                return 0;
        }
        return (uint32_t)item->valuedouble;
}

static bool get_sha256(struct reader *r, const char *key, bool needed, uint8_t ret[static 32])
{
        const char *hex = get_string(r, key, needed);

        if (hex && text_unhex(ret, 32, hex) < 0)
                r->error = -EBADMSG;
        return hex != NULL;
}

static int attribute_read(struct reader *r, struct attribute *a)
{
        const char *value = get_string(r, "value", true);
        struct base64_decode_ctx ctx;
        size_t n = value ? strlen(value) : 0;

        get_raw(r, "name", true, &a->name);
        if (r->error)
                return r->error;
        a->size = BASE64_DECODE_LENGTH(n);
        a->value = malloc(a->size + 1);
        if (!a->value)
                return -ENOMEM;
        base64_decode_init(&ctx);
        if (!base64_decode_update(&ctx, &a->size, a->value, n, value) || !base64_decode_final(&ctx))
                return -EBADMSG;
        return 0;
}

static void get_attributes(struct reader *r, struct attributes *ret)
{
        const cJSON *list = cJSON_GetObjectItemCaseSensitive(r->object, "xattrs"), *item;
        int n = cJSON_GetArraySize(list);

        get_raw(r, "not_kept", false, &ret->lost);
        if (n == 0)
                return;
        ret->items = calloc((size_t)n, sizeof(*ret->items));
        if (!ret->items) {
                r->error = -ENOMEM;
                return;
        }
        cJSON_ArrayForEach(item, list)
        {
                struct reader one = {.object = item};
                int k = attribute_read(&one, &ret->items[ret->n++]);

                if (k < 0)
                        r->error = k;
        }
}

static void get_intent(struct reader *r, struct record *rec)
{
        struct file_id *scanned = &rec->scanned;

        if (!cJSON_GetObjectItemCaseSensitive(r->object, "checked"))
                return;
        *scanned = (struct file_id){.dev = rec->entry.dev, .ino = rec->entry.ino};
        scanned->size = get_number(r, "scanned_size", 10);
        scanned->ctime_ns = (int64_t)get_number(r, "scanned_ctime_ns", 10);
        scanned->mtime_ns = (int64_t)get_number(r, "scanned_mtime_ns", 10);
        rec->scanned_hashed = get_sha256(r, "scanned_sha256", false, rec->scanned_sha256);
        get_raw(r, "holding", false, &rec->holding);
        rec->checked = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(r->object, "checked"));
        rec->zeroing = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(r->object, "zeroing"));
        rec->temp = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(r->object, "temp"));
        rec->giving = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(r->object, "giving"));
}

/* What may be shown of the path can be printed, also when the file was damaged: who writes the
 * entry again keeps bytes only where the two differ. */
static void get_shown(struct reader *r, char **ret)
{
        const char *s = get_string(r, "path", true);
        size_t n = s ? strlen(s) : 0;
        char *copy = s ? malloc(4 * n + 1) : NULL;

        if (copy)
                (void)text_printable(copy, 4 * n + 1, s, n);
        else if (s)
                r->error = -ENOMEM;
        free(*ret);
        *ret = copy;
}

static void get_entry(struct reader *r, struct quarantine_entry *e)
{
        const char *id = get_string(r, "id", true), *how = get_string(r, "how", true);
        int value = how ? quarantine_how_from_string(how) : -EINVAL;

        if (id && id_valid(id))
                (void)text_copy(e->id, sizeof(e->id), id);
        else
                r->error = -EBADMSG;
        if (value >= 0)
                e->how = (enum quarantine_how)value;
        else
                r->error = -EBADMSG;
        get_raw(r, "workspace", true, &e->workspace);
        get_raw(r, "path", true, &e->path);
        get_shown(r, &e->shown);
        e->size = get_number(r, "size", 10);
        e->mode = (uint32_t)get_number(r, "mode", 8);
        e->uid = get_u32(r, "uid");
        e->gid = get_u32(r, "gid");
        e->mtime_ns = (int64_t)get_number(r, "mtime_ns", 10);
        e->atime_ns = (int64_t)get_number(r, "atime_ns", 10);
        e->dev = get_number(r, "dev", 10);
        e->ino = get_number(r, "ino", 10);
        e->parent_dev = get_number(r, "parent_dev", 10);
        e->parent_ino = get_number(r, "parent_ino", 10);
        e->parent_uid = get_u32(r, "parent_uid");
        (void)get_sha256(r, "sha256", true, e->sha256);
        e->taken = get_number(r, "taken", 10);
        e->other_names = get_number(r, "other_names", 10);
        get_raw(r, "symlink_target", false, &e->symlink_target);
        get_raw(r, "artefact", false, &e->artefact);
        get_raw(r, "format", false, &e->format);
        get_json(r, "findings", &e->findings);
        get_raw(r, "reason", false, &e->reason);
        get_json(r, "writer", &e->writer);
}

int entry_from_json(const char *json, size_t n, struct record *rec, struct attributes *attributes)
{
        cJSON *object = cJSON_ParseWithLength(json, n);
        struct reader r = {.object = object};

        if (!cJSON_IsObject(object)) {
                cJSON_Delete(object);
                return -EBADMSG;
        }
        get_entry(&r, &rec->entry);
        get_intent(&r, rec);
        if (attributes)
                get_attributes(&r, attributes);
        cJSON_Delete(object);
        return r.error;
}

static int entry_read_file(int fd, char **ret, size_t *ret_size)
{
        struct stat st;
        size_t n = 0;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_size < 0 || (size_t)st.st_size > ENTRY_SIZE_MAX)
                return -EBADMSG;
        _cleanup_free_ char *data = malloc((size_t)st.st_size + 1);
        if (!data)
                return -ENOMEM;
        while (n < (size_t)st.st_size) {
                ssize_t got = read(fd, data + n, (size_t)st.st_size - n);

                if (got < 0 && errno != EINTR)
                        return -errno;
                if (got == 0)
                        break;
                n += got > 0 ? (size_t)got : 0;
        }
        data[n] = '\0';
        *ret = take_ptr(&data);
        *ret_size = n;
        return 0;
}

int entry_load(struct quarantine *q, const char *id, struct record *rec,
               struct attributes *attributes)
{
        char path[ID_SIZE + sizeof("/" ENTRY_NAME)];
        _cleanup_free_ char *json = NULL;
        size_t n = 0;

        if (!id_valid(id) || !store_has(q, id))
                return -ENOENT;
        (void)text_copy(rec->entry.id, sizeof(rec->entry.id), id);
        (void)snprintf(path, sizeof(path), "%s/" ENTRY_NAME, id);
        _cleanup_close_ int fd =
                openat(q->store_fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT ? -EBADMSG : -errno;
        int k = entry_read_file(fd, &json, &n);
        if (k == 0)
                k = entry_from_json(json, n, rec, attributes);
        /* the directory's name is what other calls go by */
        (void)text_copy(rec->entry.id, sizeof(rec->entry.id), id);
        return k;
}
