/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the set of approvals and the question whether one covers a scan's result.
 * An approval is for what was judged: other content, another place, or another set of findings (a
 * new rule that finds more) is not covered.
 */
#include "daemon/approvals.h"

#include <errno.h>
#include <string.h>

#include "common/base/table.h"

struct pin {
        uint8_t sha256[32];
        uint8_t findings[32];
        char *workspace, *path;
        usec_t expires;
        struct pin *next; /* other pins of the same content */
        UT_hash_handle hh;
};

struct approvals {
        struct pin *by_content;
};

int approvals_new(struct approvals **ret)
{
        *ret = calloc(1, sizeof(**ret));
        return *ret ? 0 : -ENOMEM;
}

static struct pin *pin_free(struct pin *p)
{
        if (!p)
                return NULL;
        free(p->workspace);
        free(p->path);
        free(p);
        return NULL;
}

struct approvals *approvals_free(struct approvals *a)
{
        struct pin *p, *tmp;

        if (!a)
                return NULL;
        HASH_ITER(hh, a->by_content, p, tmp)
        {
                HASH_DEL(a->by_content, p);
                while (p) {
                        struct pin *next = p->next;

                        (void)pin_free(p);
                        p = next;
                }
        }
        free(a);
        return NULL;
}

static struct pin *find_pin(struct pin *first, const char *workspace, const char *path,
                            const uint8_t findings[static 32])
{
        for (struct pin *p = first; p; p = p->next)
                if (memcmp(p->findings, findings, 32) == 0 &&
                    strcmp(p->workspace, workspace) == 0 && strcmp(p->path, path) == 0)
                        return p;
        return NULL;
}

int approvals_add(struct approvals *a, const struct reg_approval *pin)
{
        struct pin *first = NULL;

        HASH_FIND(hh, a->by_content, pin->sha256, sizeof(first->sha256), first);
        struct pin *p = find_pin(first, pin->workspace, pin->path, pin->findings);
        if (p) {
                p->expires = pin->expires;
                return 0;
        }
        p = calloc(1, sizeof(*p));
        if (!p)
                return -ENOMEM;
        p->workspace = strdup(pin->workspace);
        p->path = strdup(pin->path);
        if (!p->workspace || !p->path) {
                (void)pin_free(p);
                return -ENOMEM;
        }
        memcpy(p->sha256, pin->sha256, sizeof(p->sha256));
        memcpy(p->findings, pin->findings, sizeof(p->findings));
        p->expires = pin->expires;
        if (first) {
                p->next = first->next;
                first->next = p;
        } else {
                HASH_ADD(hh, a->by_content, sha256, sizeof(p->sha256), p);
                if (!p->hh.tbl) {
                        (void)pin_free(p);
                        return -ENOMEM;
                }
        }
        return 0;
}

usec_t approvals_expiry(const struct approvals *a, const struct reg_approval *pin)
{
        struct pin *first = NULL;

        HASH_FIND(hh, a->by_content, pin->sha256, sizeof(first->sha256), first);
        const struct pin *p = find_pin(first, pin->workspace, pin->path, pin->findings);
        return p ? p->expires : APPROVALS_NONE;
}

usec_t approvals_until(const struct approvals *a, const char *workspace, const char *path,
                       const struct scan_result *result)
{
        struct pin *first = NULL;
        uint8_t digest[32];

        if (!result->hashed)
                return APPROVALS_NONE;
        HASH_FIND(hh, a->by_content, result->sha256, sizeof(first->sha256), first);
        if (!first)
                return APPROVALS_NONE;
        reg_findings_digest(result->findings, result->n_findings, digest);
        const struct pin *p = find_pin(first, workspace, path, digest);
        return p ? p->expires : APPROVALS_NONE;
}

bool approvals_cover(const struct approvals *a, const char *workspace, const char *path,
                     const struct scan_result *result, usec_t now)
{
        usec_t until = approvals_until(a, workspace, path, result);

        return until == 0 || now < until;
}
