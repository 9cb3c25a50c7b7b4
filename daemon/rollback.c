/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which approved contents are kept, and putting one back.
 * Does not own: the copies (quarantine/keep.c), how a file is put back (quarantine/release.c), taking away what stands there.
 */
#include "daemon/rollback.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "daemon/manager.h"

#define KEPT_MAX 128u /* versions of one artefact that are looked at */

struct kept {
        uint64_t n;
        char id[ID_SIZE];
        uint8_t sha256[32];
};

struct kept_list {
        struct kept items[KEPT_MAX];
        size_t n;
};

static int add_kept(void *userdata, const struct reg_version *v, const struct assertion *assertions,
                    size_t n)
{
        struct kept_list *list = userdata;

        (void)assertions;
        (void)n;
        if (!v->kept || !id_valid(v->kept) || list->n == KEPT_MAX)
                return 0;
        struct kept *k = &list->items[list->n++];
        k->n = v->n;
        memcpy(k->id, v->kept, sizeof(k->id));
        memcpy(k->sha256, v->sha256, sizeof(k->sha256));
        return 0;
}

/* --- keeping ---- */

static int copy_present(struct quarantine *versions, const struct governed *g,
                        struct quarantine_entry *ret)
{
        _cleanup_close_ int root =
                open(g->artefact.workspace, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        _cleanup_close_ int path_fd = root < 0 ? -1 : open_beneath(root, governed_place(g), O_PATH);
        struct stat st;

        if (path_fd < 0 || fstat(path_fd, &st) < 0 || !S_ISREG(st.st_mode))
                return -ESTALE;
        _cleanup_close_ int fd = open_again(path_fd, O_RDONLY | O_NONBLOCK);
        if (fd < 0)
                return fd;
        struct quarantine_request request = {
                .workspace = g->artefact.workspace,
                .root_fd = root,
                .path = governed_place(g),
                .shown = g->version.place ? g->artefact.path : NULL,
                .fd = fd,
                .sha256 = g->version.sha256,
                .reason = "approved",
        };
        file_id_from_stat(&request.id, &st);
        return quarantine_keep(versions, &request, ret);
}

static void let_go(struct quarantine *versions, struct reg *reg, const char *artefact_id,
                   uint64_t keep)
{
        _cleanup_free_ struct kept_list *list = calloc(1, sizeof(*list));

        if (!list || reg_version_each(reg, artefact_id, add_kept, list) < 0)
                return;
        for (size_t i = 0; i + keep < list->n; i++)
                if (quarantine_purge(versions, list->items[i].id) != -EBUSY)
                        (void)reg_version_kept(reg, artefact_id, list->items[i].n, NULL);
}

int rollback_keep(struct quarantine *versions, struct reg *reg, const struct governed *g,
                  uint64_t keep)
{
        _cleanup_(quarantine_entry_done) struct quarantine_entry e = {.id = ""};

        if (keep == 0)
                return -ENOENT;
        if (g->version.kept)
                return 0;
        int k = copy_present(versions, g, &e);
        if (k < 0)
                return k;
        k = reg_version_kept(reg, g->artefact.id, g->version.n, e.id);
        if (k < 0) {
                (void)quarantine_purge(versions, e.id);
                return k;
        }
        let_go(versions, reg, g->artefact.id, keep);
        return 0;
}

void rollback_drop(struct quarantine *versions, struct reg *reg, const char *workspace,
                   const char *path, const uint8_t sha256[static 32])
{
        _cleanup_(reg_artefact_done) struct reg_artefact a = {.id = ""};
        _cleanup_free_ struct kept_list *list = calloc(1, sizeof(*list));
        char shown[SCAN_PATH_MAX];

        (void)text_printable(shown, sizeof(shown), path, strlen(path));
        if (!list || reg_artefact_find(reg, NULL, workspace, shown, &a) < 0 ||
            reg_version_each(reg, a.id, add_kept, list) < 0)
                return;
        for (size_t i = 0; i < list->n; i++)
                if (memcmp(list->items[i].sha256, sha256, 32) == 0 &&
                    quarantine_purge(versions, list->items[i].id) != -EBUSY)
                        (void)reg_version_kept(reg, a.id, list->items[i].n, NULL);
}

struct forgetting {
        struct reg *reg;
        usec_t older_than;
        char ids[KEPT_MAX][ID_SIZE];
        size_t n;
};

static int add_forgotten(void *userdata, const struct quarantine_entry *e)
{
        struct forgetting *f = userdata;

        if (e->taken >= f->older_than || reg_version_refers(f->reg, e->id))
                return 0;
        memcpy(f->ids[f->n++], e->id, ID_SIZE);
        return f->n == KEPT_MAX; /* the others the next time */
}

void rollback_forget(struct quarantine *versions, struct reg *reg, usec_t older_than)
{
        _cleanup_free_ struct forgetting *f = calloc(1, sizeof(*f));

        if (!f)
                return;
        f->reg = reg;
        f->older_than = older_than;
        (void)quarantine_list(versions, add_forgotten, f);
        for (size_t i = 0; i < f->n; i++)
                (void)quarantine_purge(versions, f->ids[i]);
}

/* --- putting back ---- */

struct rollback {
        struct storer_job job;
        struct manager *manager;
        struct quarantine *versions;
        struct governed what; /* its version is the one that is put back */
        char *place;
        int root_fd;
        char *dropped;
        char *operator_name; /* NULL: policy */
        uint32_t operator_uid, operator_auid;
        char *comment;
        void (*done)(void *userdata, int result);
        void *userdata;
        bool begun; /* the intent is noted */
};

static struct rollback *rollback_free(struct rollback *rb)
{
        if (!rb)
                return NULL;
        if (rb->begun)
                quarantine_give_end(rb->versions, rb->what.version.kept);
        governed_done(&rb->what);
        free(rb->place);
        rb->root_fd = fd_close(rb->root_fd);
        free(rb->dropped);
        free(rb->operator_name);
        free(rb->comment);
        free(rb);
        return NULL;
}
DEFINE_CLEANUP(struct rollback *, rollback_free);

struct rollback *rollback_cancel(struct rollback *rb)
{
        return rollback_free(rb);
}

uint64_t rollback_version(const struct rollback *rb)
{
        return rb->what.version.n;
}

static const struct kept *choose(const struct kept_list *list, uint64_t n, const uint8_t *present)
{
        for (size_t i = list->n; i-- > 0;) {
                const struct kept *k = &list->items[i];

                if (n ? k->n == n : !present || memcmp(k->sha256, present, 32) != 0)
                        return k;
        }
        return NULL;
}

static int describe(struct rollback *rb, const struct reg_artefact *a, const struct kept *kept,
                    const char *place)
{
        struct governed *g = &rb->what;

        g->artefact = (struct reg_artefact){.kind = a->kind, .severity = a->severity};
        memcpy(g->artefact.id, a->id, sizeof(a->id));
        g->artefact.workspace = strdup(a->workspace);
        g->artefact.path = strdup(a->path);
        g->version.n = kept->n;
        g->version.kept = strdup(kept->id);
        g->version.author.uid = PROVENANCE_NONE;
        memcpy(g->version.sha256, kept->sha256, sizeof(kept->sha256));
        rb->place = strdup(place);
        return g->artefact.workspace && g->artefact.path && g->version.kept && rb->place ? 0
                                                                                         : -ENOMEM;
}

/* The directory may have been made anew since, as a checkout does; it is below the workspace all the same. */
static struct quarantine_release release_of(const struct rollback *rb)
{
        return (struct quarantine_release){.id = rb->what.version.kept,
                                           .root_fd = rb->root_fd,
                                           .path = rb->place,
                                           .elsewhere = true,
                                           .begun = true};
}

int rollback_begin(struct manager *m, const struct workspace *ws, const struct reg_artefact *a,
                   const char *place, uint64_t n, const uint8_t *present, struct rollback **ret)
{
        _cleanup_free_ struct kept_list *list = calloc(1, sizeof(*list));
        _cleanup_(rollback_freep) struct rollback *rb = calloc(1, sizeof(*rb));

        if (!list || !rb)
                return -ENOMEM;
        rb->root_fd = -1;
        rb->manager = m;
        rb->versions = m->versions;
        int k = reg_version_each(m->reader, a->id, add_kept, list);
        if (k < 0)
                return k;
        const struct kept *kept = choose(list, n, present);
        if (!kept)
                return -ENOENT;
        k = describe(rb, a, kept, place);
        if (k < 0)
                return k;
        rb->root_fd = fcntl(ws->root_fd, F_DUPFD_CLOEXEC, 3);
        if (rb->root_fd < 0)
                return -errno;
        const struct quarantine_release release = release_of(rb);
        k = quarantine_give_begin(m->versions, &release);
        if (k < 0)
                return k;
        rb->begun = true;
        *ret = take_ptr(&rb);
        return 0;
}

static int run_put(struct storer_job *job, struct reg *reg, struct quarantine *quarantine)
{
        struct rollback *rb = (struct rollback *)job;
        const struct quarantine_release release = release_of(rb);
        struct file_id id;

        (void)reg;
        (void)quarantine;
        return quarantine_release(rb->versions, &release, &id, &rb->dropped);
}

static void tell_put(const struct rollback *rb, int result)
{
        const struct told_operator by = {rb->operator_name, rb->operator_uid, rb->operator_auid};
        const struct told_artefact what = governed_told(&rb->what);
        char detail[256], text[64];

        if (result < 0)
                (void)snprintf(detail, sizeof(detail), "version %llu could not be put back: %s",
                               (unsigned long long)rb->what.version.n,
                               result == -EEXIST ? "something stands there again"
                                                 : strerror_r(-result, text, sizeof(text)));
        else
                (void)snprintf(detail, sizeof(detail), "version %llu stands there again%s%.150s",
                               (unsigned long long)rb->what.version.n,
                               rb->dropped ? "; not restored: " : "", rb->dropped ?: "");
        manager_emit(rb->manager,
                     tell_judgement(result < 0 ? EVENT_RESPONSE_FAILED : EVENT_ROLLED_BACK,
                                    rb->operator_name ? &by : NULL, &what, NULL, rb->comment,
                                    detail));
}

static void put_done(struct storer_job *job, void *userdata)
{
        struct rollback *rb = userdata;

        tell_put(rb, job->result);
        if (rb->done)
                rb->done(rb->userdata, job->result);
        (void)rollback_free(rb);
}

void rollback_put(struct rollback *rb, const struct told_operator *by, const char *comment,
                  void (*done)(void *userdata, int result), void *userdata)
{
        if (by) {
                rb->operator_name = strdup(by->name);
                rb->operator_uid = by->uid;
                rb->operator_auid = by->auid;
        }
        rb->comment = comment ? strdup(comment) : NULL;
        rb->done = done;
        rb->userdata = userdata;
        rb->job = (struct storer_job){.run = run_put, .done = put_done, .userdata = rb};
        storer_submit(rb->manager->storer, &rb->job);
}
