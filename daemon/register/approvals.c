/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the table of approvals, and the digest that stands for a set of findings.
 * Does not own: deciding whether an approval holds for a file (daemon/policy).
 * Ownership: callbacks borrow the structs they are given.
 */
#include <nettle/sha2.h>
#include <string.h>

#include "daemon/register/query.h"
#include "daemon/register/register.h"

void reg_approval_done(struct reg_approval *a)
{
        free(a->workspace);
        free(a->path);
        free(a->operator_name);
        free(a->reason);
        *a = (struct reg_approval){.id = ""};
}

int reg_approval_put(struct reg *r, struct reg_approval *a)
{
        struct reg_approval new = *a;

        if (!a->workspace || !a->path)
                return -EINVAL;
        int k = id_new(new.id);
        if (k < 0)
                return k;
        if (!new.made)
                new.made = clock_realtime();
        struct query q = query_kept(r, STATEMENT_APPROVAL_PUT);
        query_text(&q, new.id);
        query_blob(&q, new.sha256, sizeof(new.sha256));
        query_raw(&q, new.workspace);
        query_raw(&q, new.path);
        query_blob(&q, new.findings, sizeof(new.findings));
        query_text(&q, new.operator_name);
        query_u64(&q, new.operator_uid);
        query_text(&q, new.reason);
        query_u64(&q, new.made);
        query_u64(&q, new.expires);
        k = query_run(&q);
        if (k == 0)
                *a = new;
        return k;
}

int reg_approval_revoke(struct reg *r, const char *id)
{
        struct query q = query_kept(r, STATEMENT_APPROVAL_REVOKE);

        query_text(&q, id);
        int k = query_run(&q);
        if (k < 0)
                return k;
        return sqlite3_changes(r->db) > 0 ? 0 : -ENOENT;
}

static int approval_read(struct query *q, struct reg_approval *a)
{
        int k = query_column_need(q, 2, &a->workspace);

        if (k == 0)
                k = query_column_need(q, 3, &a->path);
        if (k == 0)
                k = query_column_dup(q, 5, &a->operator_name);
        if (k == 0)
                k = query_column_dup(q, 7, &a->reason);
        query_column_copy(q, 0, a->id, sizeof(a->id));
        query_column_blob(q, 1, a->sha256, sizeof(a->sha256));
        query_column_blob(q, 4, a->findings, sizeof(a->findings));
        a->operator_uid = (uint32_t)query_column_u64(q, 6);
        a->made = query_column_u64(q, 8);
        a->expires = query_column_u64(q, 9);
        return k;
}

int reg_approval_each(struct reg *r, int (*fn)(void *userdata, const struct reg_approval *a),
                      void *userdata)
{
        _cleanup_query_ struct query q =
                query_fresh(r, "SELECT id, sha256, workspace, path, findings, operator_name,"
                               " operator_uid, reason, made, expires FROM approvals ORDER BY id");
        int k;

        while ((k = query_step(&q)) > 0) {
                _cleanup_(reg_approval_done) struct reg_approval a = {.id = ""};

                k = approval_read(&q, &a);
                if (k < 0)
                        return k;
                if (fn(userdata, &a) != 0)
                        return 0;
        }
        return k;
}

static int digest_compare(const struct finding *a, const struct finding *b)
{
        int c = strcmp(a->rule, b->rule);

        return c ? c : strcmp(a->fingerprint, b->fingerprint);
}

/* The smallest finding that comes after `after`; NULL when there is none. A set is small: looking
 * for the next one each time needs no memory, so that this cannot fail. */
static const struct finding *digest_next(const struct finding *findings, size_t n,
                                         const struct finding *after)
{
        const struct finding *next = NULL;

        for (size_t i = 0; i < n; i++) {
                if (after && digest_compare(&findings[i], after) <= 0)
                        continue;
                if (!next || digest_compare(&findings[i], next) < 0)
                        next = &findings[i];
        }
        return next;
}

void reg_findings_digest(const struct finding *findings, size_t n, uint8_t ret[static 32])
{
        struct sha256_ctx sha;

        sha256_init(&sha);
        for (const struct finding *f = NULL; (f = digest_next(findings, n, f));) {
                /* with their NULs, so that no two pairs run into one another */
                sha256_update(&sha, strlen(f->rule) + 1, (const uint8_t *)f->rule);
                sha256_update(&sha, strlen(f->fingerprint) + 1, (const uint8_t *)f->fingerprint);
        }
        sha256_digest(&sha, 32, ret);
}
