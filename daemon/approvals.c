/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the set of approvals and the question whether one covers a scan's result.
 * Does not own: who may approve (rights.h), keeping them (register/), reading signed files (signed.c).
 *
 * Those of one content are found by its hash; the others, of which there are few, in a list.
 */
#include "daemon/approvals.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "common/base/table.h"

struct pin {
        struct reg_approval approval;
        struct pin *next; /* other pins of the same content; in the list */
        UT_hash_handle hh;
};

struct approvals {
        struct pin *by_content; /* hash table by approval.sha256 */
        struct pin *others;
};

int approvals_new(struct approvals **ret)
{
        *ret = calloc(1, sizeof(**ret));
        return *ret ? 0 : -ENOMEM;
}

static struct pin *pin_free(struct pin *p)
{
        if (p)
                reg_approval_done(&p->approval);
        free(p);
        return NULL;
}

static void pins_free(struct pin *p)
{
        while (p) {
                struct pin *next = p->next;

                (void)pin_free(p);
                p = next;
        }
}

struct approvals *approvals_free(struct approvals *a)
{
        struct pin *p, *tmp;

        if (!a)
                return NULL;
        HASH_ITER(hh, a->by_content, p, tmp)
        {
                HASH_DEL(a->by_content, p);
                pins_free(p);
        }
        pins_free(a->others);
        free(a);
        return NULL;
}

static bool same_text(const char *a, const char *b)
{
        return strcmp(a ? a : "", b ? b : "") == 0;
}

/* For the same, as far as a scope looks at it. */
static bool is_like(const struct reg_approval *a, const struct reg_approval *b)
{
        if (a->scope != b->scope || a->reject != b->reject || a->pattern != b->pattern ||
            !same_text(a->workspace, b->workspace) || !same_text(a->path, b->path))
                return false;
        switch (a->scope) {
        case REG_SCOPE_CONTENT:
                return memcmp(a->sha256, b->sha256, sizeof(a->sha256)) == 0 &&
                       memcmp(a->findings, b->findings, sizeof(a->findings)) == 0 &&
                       same_text(a->rules, b->rules);
        case REG_SCOPE_FILE:
                return same_text(a->rules, b->rules);
        case REG_SCOPE_CLASS:
                return same_text(a->class, b->class);
        case _REG_SCOPE_MAX:
                break;
        }
        return false;
}

/* The first of those that could be it. */
static struct pin *first_of(const struct approvals *a, const struct reg_approval *like)
{
        struct pin *first = NULL;

        if (like->scope != REG_SCOPE_CONTENT)
                return a->others;
        HASH_FIND(hh, a->by_content, like->sha256, sizeof(like->sha256), first);
        return first;
}

static struct pin *find_pin(const struct approvals *a, const struct reg_approval *like)
{
        for (struct pin *p = first_of(a, like); p; p = p->next)
                if (is_like(&p->approval, like))
                        return p;
        return NULL;
}

const struct reg_approval *approvals_find(const struct approvals *a,
                                          const struct reg_approval *like)
{
        const struct pin *p = find_pin(a, like);

        return p ? &p->approval : NULL;
}

static int link_pin(struct approvals *a, struct pin *p)
{
        struct pin *first = first_of(a, &p->approval);

        if (p->approval.scope != REG_SCOPE_CONTENT) {
                p->next = a->others;
                a->others = p;
        } else if (first) {
                p->next = first->next;
                first->next = p;
        } else {
                HASH_ADD(hh, a->by_content, approval.sha256, sizeof(p->approval.sha256), p);
                if (!p->hh.tbl)
                        return -ENOMEM;
        }
        return 0;
}

int approvals_add(struct approvals *a, const struct reg_approval *pin)
{
        struct reg_approval new;
        struct pin *p = find_pin(a, pin);

        if (reg_approval_copy(&new, pin) < 0)
                return -ENOMEM;
        if (p) {
                reg_approval_done(&p->approval);
                p->approval = new;
                return 0;
        }
        p = calloc(1, sizeof(*p));
        if (!p) {
                reg_approval_done(&new);
                return -ENOMEM;
        }
        p->approval = new;
        if (link_pin(a, p) == 0)
                return 0;
        (void)pin_free(p);
        return -ENOMEM;
}

/* --- taking out ---- */

static bool has_id(const struct reg_approval *a, const char *id)
{
        return id ? strcmp(a->id, id) == 0 : a->pattern;
}

static void remove_from(struct pin **list, const char *id)
{
        while (*list) {
                struct pin *p = *list;

                if (!has_id(&p->approval, id)) {
                        list = &p->next;
                        continue;
                }
                *list = p->next;
                (void)pin_free(p);
        }
}

/* The first of a content is in the table, so another one takes its place there. */
static void remove_first(struct approvals *a, struct pin *p)
{
        struct pin *next = p->next;

        HASH_DEL(a->by_content, p);
        (void)pin_free(p);
        if (!next)
                return;
        HASH_ADD(hh, a->by_content, approval.sha256, sizeof(next->approval.sha256), next);
        if (!next->hh.tbl)
                pins_free(next); /* without memory less is approved, which is the safe side */
}

/* id NULL: all of signed files. */
static void remove_all(struct approvals *a, const char *id)
{
        struct pin *p, *tmp;

        remove_from(&a->others, id);
        HASH_ITER(hh, a->by_content, p, tmp)
        {
                remove_from(&p->next, id);
                if (has_id(&p->approval, id))
                        remove_first(a, p);
        }
}

void approvals_remove(struct approvals *a, const char *id)
{
        remove_all(a, id);
}

void approvals_remove_signed(struct approvals *a)
{
        remove_all(a, NULL);
}

void approvals_each(const struct approvals *a,
                    int (*fn)(void *userdata, const struct reg_approval *pin), void *userdata)
{
        struct pin *p, *q, *tmp;

        for (p = a->others; p; p = p->next)
                if (fn(userdata, &p->approval) != 0)
                        return;
        HASH_ITER(hh, a->by_content, p, tmp)
        {
                for (q = p; q; q = q->next)
                        if (fn(userdata, &q->approval) != 0)
                                return;
        }
}

/* --- asking ---- */

static bool is_at(const struct reg_approval *a, const char *workspace, const char *path)
{
        if (!a->pattern)
                return strcmp(a->workspace, workspace) == 0 &&
                       (!path || strcmp(a->path, path) == 0);
        return fnmatch(a->workspace, workspace, FNM_PATHNAME) == 0 &&
               (!path || fnmatch(a->path, path, FNM_PATHNAME) == 0);
}

static bool is_in_force(const struct reg_approval *a, usec_t now)
{
        return !a->awaits && (a->expires == 0 || now < a->expires);
}

/* Does the space-separated list hold the word? */
static bool lists(const char *list, const char *word)
{
        size_t n = strlen(word);

        for (const char *at = list; at && (at = strstr(at, word)); at += n)
                if ((at == list || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
                        return true;
        return false;
}

static bool rules_allow(const char *rules, const struct scan_result *result)
{
        for (uint32_t i = 0; i < result->n_findings; i++)
                if (!lists(rules, result->findings[i].rule))
                        return false;
        return true;
}

static bool covers(const struct reg_approval *a, const char *workspace, const char *path,
                   const struct scan_result *result, const uint8_t digest[static 32], usec_t now)
{
        if (a->reject || a->scope == REG_SCOPE_CLASS || !is_in_force(a, now) ||
            !is_at(a, workspace, path))
                return false;
        return a->rules ? rules_allow(a->rules, result)
                        : a->scope == REG_SCOPE_CONTENT && memcmp(a->findings, digest, 32) == 0;
}

/* The later of two ends. */
static usec_t later(usec_t a, usec_t b)
{
        if (a == APPROVALS_NONE || b == 0)
                return b;
        return a == 0 || b == APPROVALS_NONE ? a : MAX_OF(a, b);
}

static const struct reg_approval *last_to_end(const struct reg_approval *a,
                                              const struct reg_approval *b)
{
        if (!a)
                return b;
        return later(a->expires, b->expires) == a->expires ? a : b;
}

const struct reg_approval *approvals_covering(const struct approvals *a, const char *workspace,
                                              const char *path, const struct scan_result *result,
                                              usec_t now)
{
        const struct reg_approval *found = NULL;
        struct pin *first = NULL;
        uint8_t digest[32];

        if (!result->hashed)
                return NULL;
        HASH_FIND(hh, a->by_content, result->sha256, sizeof(result->sha256), first);
        if (!first && !a->others)
                return NULL;
        reg_findings_digest(result->findings, result->n_findings, digest);
        for (const struct pin *p = first; p; p = p->next)
                if (covers(&p->approval, workspace, path, result, digest, now))
                        found = last_to_end(found, &p->approval);
        for (const struct pin *p = a->others; p; p = p->next)
                if (covers(&p->approval, workspace, path, result, digest, now))
                        found = last_to_end(found, &p->approval);
        return found;
}

usec_t approvals_until(const struct approvals *a, const char *workspace, const char *path,
                       const struct scan_result *result, usec_t now)
{
        const struct reg_approval *found = approvals_covering(a, workspace, path, result, now);

        return found ? found->expires : APPROVALS_NONE;
}

bool approvals_cover(const struct approvals *a, const char *workspace, const char *path,
                     const struct scan_result *result, usec_t now)
{
        return approvals_until(a, workspace, path, result, now) != APPROVALS_NONE;
}

const struct reg_approval *approvals_rejected(const struct approvals *a, const char *workspace,
                                              const char *path, const struct scan_result *result)
{
        struct pin *first = NULL;

        if (!result->hashed || !a->by_content)
                return NULL;
        HASH_FIND(hh, a->by_content, result->sha256, sizeof(result->sha256), first);
        for (const struct pin *p = first; p; p = p->next)
                if (p->approval.reject && is_at(&p->approval, workspace, path))
                        return &p->approval;
        return NULL;
}

usec_t approvals_class_until(const struct approvals *a, const char *workspace, const char *class,
                             usec_t now)
{
        usec_t until = APPROVALS_NONE;

        for (const struct pin *p = a->others; p; p = p->next)
                if (p->approval.scope == REG_SCOPE_CLASS && same_text(p->approval.class, class) &&
                    is_at(&p->approval, workspace, NULL) && is_in_force(&p->approval, now))
                        until = later(until, p->approval.expires);
        return until;
}
