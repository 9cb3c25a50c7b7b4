/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: framing and parsing of what crosses the control socket.
 * Does not own: sockets (connection.c, client.c) and what a method means (the manager).
 *
 * cJSON recurses to a fixed depth of 1000 and is told where the text ends; what it is lenient about
 * and what could mislead a later reader (bytes that are not UTF-8, NULs) is refused before.
 */
#include "daemon/control/message.h"

#include <string.h>

#include "common/base/text.h"

void message_reader_done(struct message_reader *r)
{
        buffer_done(&r->in);
        *r = (struct message_reader){0};
}

int message_reader_feed(struct message_reader *r, const void *data, size_t n)
{
        if (r->start > 0) {
                memmove(r->in.data, r->in.data + r->start, r->in.len - r->start);
                r->in.len -= r->start;
                r->scanned -= r->start;
                r->start = 0;
        }
        buffer_append(&r->in, data, n);
        return r->in.error;
}

/* The NUL that ends the message under way, or NULL. */
static const char *reader_end(struct message_reader *r)
{
        const char *end = r->in.len > r->scanned
                                  ? memchr(r->in.data + r->scanned, '\0', r->in.len - r->scanned)
                                  : NULL;

        r->scanned = end ? (size_t)(end - r->in.data) : r->in.len;
        return end;
}

bool message_reader_ready(struct message_reader *r, size_t max)
{
        return reader_end(r) || r->in.len - r->start > max;
}

int message_reader_next(struct message_reader *r, size_t max, const char **ret_text, size_t *ret_n)
{
        const char *end = reader_end(r);
        size_t n = (end ? r->scanned : r->in.len) - r->start;

        if (n > max)
                return -EMSGSIZE;
        if (!end)
                return 0;
        *ret_text = r->in.data + r->start;
        *ret_n = n;
        r->start = r->scanned = r->scanned + 1;
        return 1;
}

static bool is_clean(const char *text, size_t n)
{
        for (size_t i = 0; i < n;) {
                size_t width = text_utf8_width(text + i, n - i);

                if (width == 0 || text[i] == '\0')
                        return false;
                if (text[i] == '\\') {
                        if (n - i >= 6 && memcmp(text + i, "\\u0000", 6) == 0)
                                return false;
                        width = n - i >= 2 ? 1 + text_utf8_width(text + i + 1, n - i - 1) : 1;
                }
                i += width;
        }
        return true;
}

int message_parse(const char *text, size_t n, cJSON **ret)
{
        if (!is_clean(text, n))
                return -EBADMSG;
        /* n + 1: the NUL behind the text belongs to what cJSON may look at */
        cJSON *root = cJSON_ParseWithLengthOpts(text, n + 1, NULL, true);
        if (!cJSON_IsObject(root)) {
                cJSON_Delete(root);
                return -EBADMSG;
        }
        *ret = root;
        return 0;
}

void message_request_done(struct message_request *request)
{
        cJSON_Delete(request->root);
        *request = (struct message_request){0};
}

/* An optional flag: absent, null, true or false. */
static bool flag_valid(const cJSON *o)
{
        return !o || cJSON_IsNull(o) || cJSON_IsBool(o);
}

int message_request_parse(const char *text, size_t n, struct message_request *ret)
{
        struct message_request request = {0};
        int r = message_parse(text, n, &request.root);

        if (r < 0)
                return r;
        const cJSON *method = cJSON_GetObjectItemCaseSensitive(request.root, "method");
        const cJSON *more = cJSON_GetObjectItemCaseSensitive(request.root, "more");
        const cJSON *oneway = cJSON_GetObjectItemCaseSensitive(request.root, "oneway");
        const cJSON *upgrade = cJSON_GetObjectItemCaseSensitive(request.root, "upgrade");
        request.parameters = cJSON_GetObjectItemCaseSensitive(request.root, "parameters");
        if (!cJSON_IsString(method) || !flag_valid(more) || !flag_valid(oneway) ||
            !flag_valid(upgrade) ||
            (request.parameters && !cJSON_IsNull(request.parameters) &&
             !cJSON_IsObject(request.parameters))) {
                message_request_done(&request);
                return -EBADMSG;
        }
        if (!cJSON_IsObject(request.parameters)) {
                cJSON_DeleteItemFromObjectCaseSensitive(request.root, "parameters");
                request.parameters = cJSON_AddObjectToObject(request.root, "parameters");
                if (!request.parameters) {
                        message_request_done(&request);
                        return -ENOMEM;
                }
        }
        request.method = method->valuestring;
        request.more = cJSON_IsTrue(more);
        request.oneway = cJSON_IsTrue(oneway);
        request.upgrade = cJSON_IsTrue(upgrade);
        *ret = request;
        return 0;
}

int message_reply_format(const char *error, cJSON *parameters, bool continues, char **ret)
{
        cJSON *root = cJSON_CreateObject();
        bool ok = root && (!error || cJSON_AddStringToObject(root, "error", error));

        if (!parameters)
                parameters = cJSON_CreateObject();
        if (ok && parameters && cJSON_AddItemToObject(root, "parameters", parameters))
                parameters = NULL;
        else
                ok = false;
        if (ok && continues)
                ok = cJSON_AddTrueToObject(root, "continues");
        char *text = ok ? cJSON_PrintUnformatted(root) : NULL;
        cJSON_Delete(root);
        cJSON_Delete(parameters);
        if (!text)
                return -ENOMEM;
        *ret = text;
        return 0;
}
