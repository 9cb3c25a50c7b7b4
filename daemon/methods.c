/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: answering questions over the control socket: from the manager's parts, and from the
 * register's read-only side. Does not own: decisions (decisions.c), rights (checked by
 * daemon/control before a method is called) and framing.
 */
#include "daemon/methods.h"

#include <string.h>

#include "common/base/buffer.h"
#include "common/base/text.h"
#include "daemon/answer.h"
#include "daemon/decisions.h"
#include "daemon/health.h"
#include "daemon/manager.h"
#include "daemon/methods-internal.h"
#include "daemon/metrics.h"
#include "daemon/pages.h"
#include "daemon/policy/policy.h"
#include "daemon/status.h"

#define LIMIT_DEFAULT 1000
#define LIMIT_MAX 100000

const char *method_parameter(const cJSON *parameters, const char *name)
{
        const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(parameters, name));

        return s && *s ? s : NULL;
}

size_t method_limit(const cJSON *parameters)
{
        const cJSON *limit = cJSON_GetObjectItemCaseSensitive(parameters, "limit");

        if (!cJSON_IsNumber(limit) || limit->valuedouble < 1)
                return LIMIT_DEFAULT;
        return limit->valuedouble > LIMIT_MAX ? LIMIT_MAX : (size_t)limit->valuedouble;
}

void method_reply(struct control_call *call, const char *name, cJSON *value)
{
        cJSON *reply = cJSON_CreateObject();

        if (reply)
                (void)cJSON_AddItemToObject(reply, name, value);
        else
                cJSON_Delete(value);
        (void)control_reply(call, reply, false);
}

static void method_status(void *userdata, struct control_call *call,
                          const struct control_peer *peer, const cJSON *parameters, bool more)
{
        (void)peer;
        (void)parameters;
        (void)more;
        method_reply(call, "status", status_describe(userdata));
}

static void method_metrics(void *userdata, struct control_call *call,
                           const struct control_peer *peer, const cJSON *parameters, bool more)
{
        (void)peer;
        (void)parameters;
        (void)more;
        metrics_answer(userdata, call);
}

/* --- Watch ---- */

struct watch_client {
        struct manager *manager;
        struct control_call *call;
        struct watch_client *next;
};

static void watch_gone(void *userdata, struct control_call *call)
{
        struct watch_client *client = userdata;

        (void)call;
        for (struct watch_client **at = &client->manager->watch_clients; *at; at = &(*at)->next) {
                if (*at == client) {
                        *at = client->next;
                        break;
                }
        }
        free(client);
}

static void method_watch(void *userdata, struct control_call *call, const struct control_peer *peer,
                         const cJSON *parameters, bool more)
{
        struct manager *m = userdata;
        struct watch_client *client;

        (void)peer;
        (void)parameters;
        (void)more;
        client = calloc(1, sizeof(*client));
        if (!client) {
                (void)control_error(call, "Failed", "out of memory");
                return;
        }
        client->manager = m;
        client->call = call;
        client->next = m->watch_clients;
        m->watch_clients = client;
        control_call_keep(call, watch_gone, client);
}

void methods_event(struct manager *m, const struct event *e)
{
        _cleanup_buffer_ struct buffer json = BUFFER_NULL;

        if (!m->watch_clients)
                return;
        event_to_json(e, &json);
        if (json.error)
                return;
        for (struct watch_client *client = m->watch_clients, *next; client; client = next) {
                cJSON *reply = cJSON_CreateObject();

                next = client->next; /* a client that is too slow is gone after the reply */
                (void)cJSON_AddRawToObject(reply, "event", json.data);
                (void)control_reply(client->call, reply, true);
        }
}

void methods_done(struct manager *m)
{
        while (m->watch_clients) {
                struct watch_client *client = m->watch_clients;

                m->watch_clients = client->next;
                free(client);
        }
}

/* --- Quarantine ---- */

static void make_printable(cJSON *object)
{
        char text[2048];
        cJSON *value;

        cJSON_ArrayForEach(value, object) if (cJSON_IsString(value))(void)
                cJSON_SetValuestring(value, text_printable(text, sizeof(text), value->valuestring,
                                                           strlen(value->valuestring)));
}

/* The findings of an entry are a scanner's words about an agent's. */
static cJSON *printable_list(const char *json)
{
        cJSON *list = cJSON_Parse(json), *finding;

        cJSON_ArrayForEach(finding, list) make_printable(finding);
        return list;
}

/* What is said of the writer are names that it chose. */
static cJSON *printable_object(const char *json)
{
        cJSON *object = cJSON_Parse(json);

        make_printable(object);
        return object;
}

static cJSON *describe_entry(const struct quarantine_entry *e, bool whole)
{
        cJSON *o = cJSON_CreateObject();
        char hex[65], mode[8];

        text_hex(hex, e->sha256, sizeof(e->sha256));
        (void)snprintf(mode, sizeof(mode), "%04o", e->mode & 07777);
        answer_text(o, "id", e->id);
        answer_text(o, "workspace", e->workspace ? e->workspace : "");
        answer_text(o, "path", e->shown ? e->shown : e->path ? e->path : "?");
        answer_text(o, "sha256", hex);
        answer_count(o, "size", e->size);
        answer_text(o, "mode", mode);
        answer_count(o, "owner", e->uid);
        answer_count(o, "group", e->gid);
        answer_time(o, "taken", e->taken);
        answer_text(o, "reason", e->reason ? e->reason : "");
        (void)cJSON_AddBoolToObject(o, "held", e->held);
        if (whole && e->findings)
                (void)cJSON_AddItemToObject(o, "findings", printable_list(e->findings));
        if (whole && e->writer)
                (void)cJSON_AddItemToObject(o, "writer", printable_object(e->writer));
        if (e->symlink_target)
                (void)cJSON_AddBoolToObject(o, "symlink", true);
        return o;
}

#define ENTRIES_AT_ONCE 50u    /* each is a file that is read */
#define SINGLE_ENTRIES 100000u /* of one reply */

struct entry_filling {
        struct buffer *out;
        size_t n;
};

static int add_entry(void *userdata, const struct quarantine_entry *e)
{
        struct entry_filling *f = userdata;
        cJSON *o = describe_entry(e, true);
        char *text = cJSON_PrintUnformatted(o);

        pages_item(f->out);
        buffer_puts(f->out, text ? text : "{}");
        f->n++;
        cJSON_free(text);
        cJSON_Delete(o);
        return 0;
}

static int fill_entries(void *userdata, struct manager *m, struct buffer *out, size_t max,
                        size_t *ret_n)
{
        struct entry_filling f = {.out = out};
        int k = quarantine_listing_step(userdata, m->quarantine,
                                        MIN_OF(max, (size_t)ENTRIES_AT_ONCE), add_entry, &f);

        *ret_n = f.n;
        return k;
}

static void free_entries(void *userdata)
{
        (void)quarantine_listing_free(userdata);
}

static void method_list(void *userdata, struct control_call *call, const struct control_peer *peer,
                        const cJSON *parameters, bool more)
{
        static const struct pages_source source = {"entries", fill_entries, free_entries};
        struct manager *m = userdata;
        struct quarantine_listing *listing = NULL;

        (void)peer;
        (void)parameters;
        int k = quarantine_listing_new(&listing, m->quarantine);
        if (k < 0)
                (void)control_error(call, "Failed", "the store cannot be listed");
        else
                pages_answer(m, call, more, more ? PAGES_ALL : SINGLE_ENTRIES, &source, listing);
}

static void method_show(void *userdata, struct control_call *call, const struct control_peer *peer,
                        const cJSON *parameters, bool more)
{
        struct manager *m = userdata;
        const char *id = method_parameter(parameters, "id");
        struct quarantine_entry e = {0};

        (void)peer;
        (void)more;
        if (!id || !id_valid(id)) {
                (void)control_error(call, "InvalidParameter",
                                    "id must be the id of a quarantine entry");
                return;
        }
        int k = quarantine_get(m->quarantine, id, &e);
        if (k < 0)
                (void)control_error(call, k == -ENOENT ? "NotFound" : "Failed",
                                    "no readable entry %s", id);
        else
                method_reply(call, "entry", describe_entry(&e, true));
        quarantine_entry_done(&e);
}

/* --- Sweep ---- */

static void method_sweep(void *userdata, struct control_call *call, const struct control_peer *peer,
                         const cJSON *parameters, bool more)
{
        struct manager *m = userdata;
        const char *path = method_parameter(parameters, "workspace");
        struct workspace *ws;
        unsigned n = 0;

        (void)peer;
        (void)more;
        for (size_t i = 0; (ws = workspaces_at(m->workspaces, i)); i++) {
                if (path && strcmp(path, ws->path) != 0)
                        continue;
                sweeper_want(m->sweeper, ws);
                n++;
        }
        if (n == 0 && path)
                (void)control_error(call, "NotFound", "%s is no workspace that is watched", path);
        else
                method_reply(call, "workspaces", cJSON_CreateNumber(n));
}

static const struct control_method methods[] = {
#define METHOD(name, right, replies, function, text) \
        {name, CONTROL_##right, CONTROL_##replies, function},
#define TYPE(...)
#define ERROR(...)
#define MEMBER(...)
#define IN(...)
#define OUT(...)
#include "daemon/interface.def"
#undef METHOD
#undef TYPE
#undef ERROR
#undef MEMBER
#undef IN
#undef OUT
};

const struct control_method *methods_table(size_t *ret_n)
{
        *ret_n = ELEMENTSOF(methods);
        return methods;
}
