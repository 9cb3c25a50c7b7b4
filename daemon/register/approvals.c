/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the table of approvals, and the digest that stands for a set of findings.
 * Does not own: deciding whether an approval holds for a file (daemon/policy).
 * Ownership: callbacks borrow the structs they are given.
 */
#include <errno.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/register/query.h"
#include "daemon/register/register.h"

static const char *const scopes[] = {"content", "file", "class"};
_Static_assert(ELEMENTSOF(scopes) == _REG_SCOPE_MAX, "every scope has a name");

const char *reg_scope_to_string(int value)
{
        return value >= 0 && value < _REG_SCOPE_MAX ? scopes[value] : "?";
}

int reg_scope_from_string(const char *name)
{
        for (int i = 0; i < _REG_SCOPE_MAX; i++)
                if (strcmp(scopes[i], name) == 0)
                        return i;
        return -EINVAL;
}

void reg_approval_done(struct reg_approval *a)
{
        free(a->workspace);
        free(a->path);
        free(a->rules);
        free(a->class);
        free(a->operator_name);
        free(a->second_name);
        free(a->reason);
        *a = (struct reg_approval){.id = ""};
}

static int copy_text(char **to, const char *from)
{
        *to = from ? strdup(from) : NULL;
        return from && !*to ? -ENOMEM : 0;
}

int reg_approval_copy(struct reg_approval *to, const struct reg_approval *from)
{
        *to = *from;
        to->workspace = to->path = to->rules = to->class = NULL;
        to->operator_name = to->second_name = to->reason = NULL;
        if (copy_text(&to->workspace, from->workspace ? from->workspace : "") < 0 ||
            copy_text(&to->path, from->path ? from->path : "") < 0 ||
            copy_text(&to->rules, from->rules) < 0 || copy_text(&to->class, from->class) < 0 ||
            copy_text(&to->operator_name, from->operator_name) < 0 ||
            copy_text(&to->second_name, from->second_name) < 0 ||
            copy_text(&to->reason, from->reason) < 0) {
                reg_approval_done(to);
                return -ENOMEM;
        }
        return 0;
}

int reg_approval_put(struct reg *r, struct reg_approval *a)
{
        if (!a->workspace || !a->path || a->pattern)
                return -EINVAL;
        int k = *a->id ? 0 : id_new(a->id);
        if (k < 0)
                return k;
        if (!a->made)
                a->made = clock_realtime();
        struct query q = query_kept(r, STATEMENT_APPROVAL_PUT);
        query_text(&q, a->id);
        query_text(&q, reg_scope_to_string((int)a->scope));
        query_u64(&q, a->reject);
        query_blob(&q, a->sha256, sizeof(a->sha256));
        query_raw(&q, a->workspace);
        query_raw(&q, a->path);
        query_blob(&q, a->findings, sizeof(a->findings));
        query_text(&q, a->rules);
        query_text(&q, a->class);
        query_text(&q, a->operator_name);
        query_u64(&q, a->operator_uid);
        query_u64(&q, a->operator_login_uid);
        query_text(&q, a->second_name);
        query_u64(&q, a->second_uid);
        query_u64(&q, a->second_login_uid);
        query_u64(&q, a->awaits);
        query_text(&q, a->reason);
        query_u64(&q, a->made);
        query_u64(&q, a->expires);
        query_u64(&q, a->told);
        return query_run(&q);
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
        const struct {
                int column;
                char **to;
        } texts[] = {{7, &a->rules},
                     {8, &a->class},
                     {9, &a->operator_name},
                     {12, &a->second_name},
                     {16, &a->reason}};
        int k = query_column_need(q, 4, &a->workspace);

        if (k == 0)
                k = query_column_need(q, 5, &a->path);
        for (size_t i = 0; i < ELEMENTSOF(texts) && k == 0; i++)
                k = query_column_dup(q, texts[i].column, texts[i].to);
        query_column_copy(q, 0, a->id, sizeof(a->id));
        a->scope = (enum reg_scope)query_column_enum(q, 1, reg_scope_from_string);
        a->reject = query_column_u64(q, 2) != 0;
        query_column_blob(q, 3, a->sha256, sizeof(a->sha256));
        query_column_blob(q, 6, a->findings, sizeof(a->findings));
        a->operator_uid = (uint32_t)query_column_u64(q, 10);
        a->operator_login_uid = (uint32_t)query_column_u64(q, 11);
        a->second_uid = (uint32_t)query_column_u64(q, 13);
        a->second_login_uid = (uint32_t)query_column_u64(q, 14);
        a->awaits = query_column_u64(q, 15) != 0;
        a->made = query_column_u64(q, 17);
        a->expires = query_column_u64(q, 18);
        a->told = query_column_u64(q, 19) != 0;
        return k;
}

int reg_approval_each(struct reg *r, int (*fn)(void *userdata, const struct reg_approval *a),
                      void *userdata)
{
        _cleanup_query_ struct query q =
                query_fresh(r, "SELECT id, scope, reject, sha256, workspace, path, findings, rules,"
                               " class, operator_name, operator_uid, operator_login_uid,"
                               " second_name, second_uid, second_login_uid, awaits, reason, made,"
                               " expires, told FROM approvals ORDER BY id");
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
