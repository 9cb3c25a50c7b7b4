/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the state of a long answer between two turns of the loop.
 * Does not own: what is in it (pages_source), when the client has room for more (daemon/control).
 * Ownership: pages_answer() → the call, until its last reply or its client's end.
 */
#include "daemon/pages.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/rebuild.h"

#define PAGE_ITEMS 500u
#define SINGLE_ITEMS 1000u /* of a single reply, for who says no limit */
/* A single reply waits here until it is whole, and then for its client. */
#define SINGLE_BYTES (CONTROL_OUTPUT_MAX / 4)

struct pages {
        struct manager *manager;
        const struct pages_source *source;
        void *userdata;
        bool more;
        size_t left;
        struct buffer out; /* the list so far, without its closing bracket */
};

static void pages_free(struct pages *p)
{
        if (p->source->free)
                p->source->free(p->userdata);
        else
                free(p->userdata);
        buffer_done(&p->out);
        free(p);
}

static void on_gone(void *userdata, struct control_call *call)
{
        (void)call;
        pages_free(userdata);
}

void pages_item(struct buffer *out)
{
        if (out->len > 0 && out->data[out->len - 1] != '[')
                buffer_putc(out, ',');
}

static int reply(struct pages *p, struct control_call *call, bool continues)
{
        cJSON *o = cJSON_CreateObject();

        buffer_putc(&p->out, ']');
        if (p->out.error || !o || !cJSON_AddRawToObject(o, p->source->name, p->out.data)) {
                cJSON_Delete(o);
                (void)control_error(call, "Failed", "out of memory");
                pages_free(p);
                return -ENOMEM;
        }
        buffer_reset(&p->out);
        buffer_putc(&p->out, '[');
        /* on failure the client is gone, and on_gone() was called */
        return control_reply(call, o, continues);
}

void pages_failed(struct manager *m, struct control_call *call, int error)
{
        if (error == -EUCLEAN)
                rebuild_suspect(m, m->renewals);
        (void)control_error(call, "Failed", "%s",
                            error == -EUCLEAN ? "the register is damaged; it is being begun anew"
                                              : "the register cannot be read");
}

static void on_turn(void *userdata, struct control_call *call)
{
        struct pages *p = userdata;
        size_t n = 0;
        int k = p->source->fill(p->userdata, p->manager, &p->out,
                                MIN_OF(p->left, (size_t)PAGE_ITEMS), &n);
        if (k < 0) {
                pages_failed(p->manager, call, k);
                pages_free(p);
                return;
        }
        p->left -= MIN_OF(n, p->left);
        bool last = k == 0 || p->left == 0 || (!p->more && p->out.len > SINGLE_BYTES);
        if (!last && (!p->more || n == 0))
                return;
        if (reply(p, call, !last) == 0 && last)
                pages_free(p);
}

void pages_answer(struct manager *m, struct control_call *call, bool more, size_t limit,
                  const struct pages_source *source, void *userdata)
{
        struct pages *p = userdata ? calloc(1, sizeof(*p)) : NULL;

        if (!p) {
                if (userdata)
                        (source->free ? source->free : free)(userdata);
                (void)control_error(call, "Failed", "out of memory");
                return;
        }
        *p = (struct pages){
                .manager = m,
                .source = source,
                .userdata = userdata,
                .more = more,
                .left = limit == PAGES_ALL && !more ? SINGLE_ITEMS : limit,
                .out.max = CONTROL_OUTPUT_MAX / 2,
        };
        buffer_putc(&p->out, '[');
        control_call_keep(call, on_gone, p);
        control_call_pace(call, on_turn);
}
