/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: going through artefacts by filters, in steps that take a few milliseconds each.
 * Does not own: who asks, and how much of it is wanted.
 * Ownership: callbacks borrow what they are given; a filter is copied.
 *
 *   the condition that leaves the fewest rows ─► an index gives them, one after the other ─► what is left of the filter is compared
 *
 * So it is known where a step has ended, whatever it found. Between steps nothing is open: a reader who takes a minute over a
 * million artefacts must not keep the log from being put back into the database.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "daemon/register/artefacts.h"

#define COUNT_MAX 20000u /* that a condition leaves: past it, it is no use to know how many */
#define STEP_COST 10000u /* of one step, in entries of an index that are looked at */
#define ROW_COST 8u      /* a whole row beside one of those */

enum plan {
        PLAN_ALL,
        PLAN_CLASS,
        PLAN_STATE,
        PLAN_SEVERITY,
        PLAN_KIND,
        PLAN_AGENT,
        PLAN_SIGHT,
        PLAN_WORKSPACE,
        PLAN_PLACE,
        PLAN_WHOLE, /* the same of a glob that begins at the root */
        _PLAN_MAX
};

/* Each is answered from an index alone. The first column is the artefact's row. */
static const struct {
        const char *columns, *table;
        const char *where; /* the condition; NULL: it cannot be counted, or is none */
        const char *after; /* behind the last one */
        const char *order;
} plans[_PLAN_MAX] = {
        [PLAN_ALL] = {"row", "artefacts", NULL, "row > ?", "row"},
        [PLAN_CLASS] = {"DISTINCT artefact", "findings", "class = ?", "artefact > ?", "artefact"},
        [PLAN_STATE] = {"row", "artefacts", "state = ?", "row > ?", "row"},
        [PLAN_SEVERITY] = {"row", "artefacts", "severity = ?", "row > ?", "row"},
        [PLAN_KIND] = {"row", "artefacts", "kind = ?", "row > ?", "row"},
        [PLAN_AGENT] = {"row", "artefacts", "agent = ?", "row > ?", "row"},
        /* + : the place behind the last one is to be looked up, and not the first one again */
        [PLAN_SIGHT] = {"row, last_seen", "artefacts", "+last_seen >= ?",
                        "(last_seen, row) > (?, ?)", "last_seen, row"},
        [PLAN_WORKSPACE] = {"row, path", "artefacts", "workspace = ?", "path > ?", "path"},
        [PLAN_PLACE] = {"row, path", "artefacts", NULL, "(workspace, path) > (?, ?)",
                        "workspace, path"},
        [PLAN_WHOLE] = {"row, path, workspace", "artefacts", NULL, "(workspace, path) > (?, ?)",
                        "workspace, path"},
};

struct reg_listing {
        struct reg_filter filter; /* its texts are owned */
        enum plan plan;
        int severity; /* PLAN_SEVERITY: the one under way, the worst first */
        /* where the last step ended */
        uint64_t row;
        int64_t seen;
        char *workspace, *path;
        char word[64]; /* stands in every path that the filter's glob matches */
};

/* --- which plan ---- */

/* Who was first seen since then was also last seen since then. */
static usec_t seen_since(const struct reg_filter *f)
{
        return MAX_OF(f->seen_since, f->new_since);
}

static void bind_condition(struct query *q, const struct reg_listing *l, enum plan plan)
{
        switch (plan) {
        case PLAN_CLASS:
                query_text(q, finding_class_to_string((int)l->filter.class));
                break;
        case PLAN_STATE:
                query_text(q, reg_state_to_string((int)l->filter.state));
                break;
        case PLAN_SEVERITY:
                query_text(q, severity_to_string(l->severity));
                break;
        case PLAN_KIND:
                query_text(q, artefact_kind_to_string((int)l->filter.kind));
                break;
        case PLAN_AGENT:
                query_text(q, l->filter.agent);
                break;
        case PLAN_SIGHT:
                query_u64(q, seen_since(&l->filter));
                break;
        case PLAN_WORKSPACE:
                query_text(q, l->filter.workspace);
                break;
        case PLAN_ALL:
        case PLAN_PLACE:
        case PLAN_WHOLE:
        case _PLAN_MAX:
                break;
        }
}

static bool may_use(const struct reg_listing *l, enum plan plan)
{
        const struct reg_filter *f = &l->filter;

        switch (plan) {
        case PLAN_ALL:
                return true;
        case PLAN_CLASS:
                return f->class < _CLASS_MAX;
        case PLAN_STATE:
                return f->state < _REG_STATE_MAX;
        case PLAN_SEVERITY:
                return f->severity > 0;
        case PLAN_KIND:
                return f->kind < _ARTEFACT_MAX;
        case PLAN_AGENT:
                return f->agent != NULL;
        case PLAN_SIGHT:
                return f->seen_since > 0 || f->new_since > 0;
        case PLAN_WORKSPACE:
                return f->workspace != NULL;
        case PLAN_PLACE:
                return f->path && *f->path != '/';
        case PLAN_WHOLE:
                return f->path && *f->path == '/';
        case _PLAN_MAX:
                break;
        }
        return false;
}

static bool is_by_place(enum plan plan)
{
        return plan == PLAN_WORKSPACE || plan == PLAN_PLACE || plan == PLAN_WHOLE;
}

static int count_once(struct reg *r, const struct reg_listing *l, enum plan plan, uint64_t *count)
{
        char sql[160];

        (void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM (SELECT 1 FROM %s WHERE %s LIMIT ?)",
                       plans[plan].table, plans[plan].where + (*plans[plan].where == '+'));
        _cleanup_query_ struct query q = query_fresh(r, sql);
        bind_condition(&q, l, plan);
        query_u64(&q, COUNT_MAX);
        int k = query_step(&q);
        if (k > 0)
                *count += query_column_u64(&q, 0);
        return k < 0 ? k : 0;
}

/* What it costs to go through what the condition leaves; all: how many artefacts there are. */
static int weigh(struct reg *r, struct reg_listing *l, enum plan plan, uint64_t all, uint64_t *ret)
{
        uint64_t count = 0;
        int k = 0;

        if (plans[plan].where && plan != PLAN_SEVERITY)
                k = count_once(r, l, plan, &count);
        for (l->severity = _SEVERITY_MAX - 1;
             plan == PLAN_SEVERITY && k == 0 && l->severity >= (int)l->filter.severity;
             l->severity--)
                k = count_once(r, l, plan, &count);
        if (!plans[plan].where || count >= COUNT_MAX)
                count = all;
        /* of a path that does not match no row is read */
        *ret = l->filter.path && is_by_place(plan) ? count : count * ROW_COST;
        return k;
}

static int last_row(struct reg *r, uint64_t *ret)
{
        _cleanup_query_ struct query q = query_fresh(r, "SELECT max(row) FROM artefacts");
        int k = query_step(&q);

        if (k > 0)
                *ret = query_column_u64(&q, 0);
        return k < 0 ? k : 0;
}

static int choose(struct reg *r, struct reg_listing *l)
{
        uint64_t all = 0, least = UINT64_MAX;
        int k = last_row(r, &all);

        for (enum plan plan = 0; plan < _PLAN_MAX && k == 0; plan++) {
                uint64_t cost;

                if (!may_use(l, plan))
                        continue;
                k = weigh(r, l, plan, all, &cost);
                /* of two that cost the same one with an index */
                if (k < 0 || cost > least)
                        continue;
                least = cost;
                l->plan = plan;
        }
        l->severity = _SEVERITY_MAX - 1;
        l->seen = (int64_t)seen_since(&l->filter);
        return k;
}

/* --- birth and death ---- */

static int copy_text(const char *from, const char **to)
{
        *to = from ? strdup(from) : NULL;
        return from && !*to ? -ENOMEM : 0;
}

/* The longest part of a segment of the glob that is taken as it stands, before the first set: looking for that costs a tenth of what
 * the glob costs. */
static void find_word(const char *glob, char *ret, size_t size)
{
        for (const char *at = glob; *at && *at != '[';) {
                size_t n = strcspn(at, "*?[\\/");

                if (n > strlen(ret) && n < size) {
                        memcpy(ret, at, n);
                        ret[n] = '\0';
                }
                at += n;
                /* what is behind a backslash is not special */
                if (*at == '\\' && at[1])
                        at++;
                if (*at && *at != '[')
                        at++;
        }
}

int reg_listing_new(struct reg_listing **ret, struct reg *r, const struct reg_filter *filter)
{
        struct reg_listing *l = calloc(1, sizeof(*l));

        if (!l)
                return -ENOMEM;
        l->filter = *filter;
        int a = copy_text(filter->workspace, &l->filter.workspace),
            b = copy_text(filter->agent, &l->filter.agent),
            c = copy_text(filter->path, &l->filter.path);
        find_word(filter->path ? filter->path : "", l->word, sizeof(l->word));
        l->workspace = strdup("");
        l->path = strdup("");
        int k = a < 0 || b < 0 || c < 0 || !l->workspace || !l->path ? -ENOMEM : choose(r, l);
        if (k < 0) {
                (void)reg_listing_free(l);
                return k;
        }
        *ret = l;
        return 0;
}

struct reg_listing *reg_listing_free(struct reg_listing *l)
{
        if (!l)
                return NULL;
        free((char *)(uintptr_t)l->filter.workspace);
        free((char *)(uintptr_t)l->filter.agent);
        free((char *)(uintptr_t)l->filter.path);
        free(l->workspace);
        free(l->path);
        free(l);
        return NULL;
}

/* --- a step ---- */

static bool whole_path_matches(const char *glob, const char *workspace, const char *path)
{
        char whole[8192];

        (void)snprintf(whole, sizeof(whole), "%s/%s", workspace, path);
        return text_glob_path(glob, whole + (*whole == '/'));
}

static bool path_matches(const struct reg_listing *l, const char *workspace, const char *path)
{
        const char *glob = l->filter.path;

        if (!glob)
                return true;
        if (!strstr(path, l->word) && (*glob != '/' || !strstr(workspace, l->word)))
                return false;
        return *glob == '/' ? whole_path_matches(glob, workspace, path)
                            : text_glob_path(glob, path);
}

static int has_class(struct reg *r, uint64_t row, enum finding_class class)
{
        _cleanup_query_ struct query q = query_kept(r, STATEMENT_FINDING_HAS_CLASS);

        query_u64(&q, row);
        query_text(&q, finding_class_to_string((int)class));
        return query_step(&q);
}

/* Everything but the class, which is not in the row. */
static bool matches(const struct reg_listing *l, const struct reg_artefact *a)
{
        const struct reg_filter *f = &l->filter;

        return (!f->workspace || strcmp(f->workspace, a->workspace) == 0) &&
               (!f->agent || strcmp(f->agent, a->agent ? a->agent : "") == 0) &&
               (f->state >= _REG_STATE_MAX || f->state == a->state) &&
               (f->kind >= _ARTEFACT_MAX || f->kind == a->kind) && a->severity >= f->severity &&
               a->first_seen >= f->new_since && a->last_seen >= f->seen_since &&
               path_matches(l, a->workspace, a->path);
}

/* 1: it was shown, 0: it is not wanted, 2: shown, and nothing more is wanted; or negative errno. */
static int show(struct reg *r, const struct reg_listing *l, uint64_t row,
                int (*fn)(void *userdata, const struct reg_artefact *a), void *userdata)
{
        _cleanup_(reg_artefact_done) struct reg_artefact a = {.id = ""};
        _cleanup_query_ struct query q = query_kept(r, STATEMENT_ARTEFACT_AT);

        query_u64(&q, row);
        int k = query_step(&q);
        if (k <= 0)
                return k;
        k = artefact_read(&q, &a);
        if (k < 0 || !matches(l, &a))
                return k;
        k = l->filter.class < _CLASS_MAX ? has_class(r, row, l->filter.class) : 1;
        if (k <= 0)
                return k;
        return fn(userdata, &a) != 0 ? 2 : 1;
}

/* The rows behind the last one. */
static struct query begin(struct reg *r, const struct reg_listing *l)
{
        const char *where = plans[l->plan].where;
        char sql[192];

        (void)snprintf(sql, sizeof(sql), "SELECT %s FROM %s WHERE %s%s%s ORDER BY %s",
                       plans[l->plan].columns, plans[l->plan].table, where ? where : "",
                       where ? " AND " : "", plans[l->plan].after, plans[l->plan].order);
        struct query q = query_fresh(r, sql);

        bind_condition(&q, l, l->plan);
        if (l->plan == PLAN_PLACE || l->plan == PLAN_WHOLE)
                query_text(&q, l->workspace);
        if (is_by_place(l->plan))
                query_text(&q, l->path);
        if (l->plan == PLAN_SIGHT)
                query_i64(&q, l->seen);
        if (!is_by_place(l->plan))
                query_u64(&q, l->row);
        return q;
}

/* Returns 1 if the row lies behind the one before, 0 if not, or negative errno. */
static int remember_place(struct reg_listing *l, struct reg *r, uint64_t row)
{
        _cleanup_free_ char *workspace = NULL, *path = NULL;
        _cleanup_query_ struct query q = query_kept(r, STATEMENT_ARTEFACT_PLACE);

        query_u64(&q, row);
        int k = query_step(&q);
        if (k <= 0)
                return k;
        k = query_column_need(&q, 0, &workspace);
        if (k == 0)
                k = query_column_need(&q, 1, &path);
        if (k < 0)
                return k;
        int order = strcmp(workspace, l->workspace);
        bool further = order > 0 || (order == 0 && strcmp(path, l->path) > 0);
        free(l->workspace);
        free(l->path);
        l->workspace = take_ptr(&workspace);
        l->path = take_ptr(&path);
        return further;
}

static bool remember_sight(struct reg_listing *l, int64_t seen, uint64_t row)
{
        bool further = seen > l->seen || (seen == l->seen && row > l->row);

        l->seen = seen;
        return further;
}

/* Where the step ended. A damaged index may lead back to where one was, and the listing would have no end: -EUCLEAN. */
static int remember(struct reg_listing *l, struct query *q)
{
        uint64_t row = query_column_u64(q, 0);
        int further = row > l->row;

        if (l->plan == PLAN_SIGHT)
                further = remember_sight(l, (int64_t)query_column_u64(q, 1), row);
        else if (is_by_place(l->plan))
                further = remember_place(l, q->reg, row);
        if (further < 0)
                return further;
        l->row = row;
        if (!further)
                reg_condemn(q->reg);
        return further ? 0 : -EUCLEAN;
}

/* 1: there are more of them, 0: no. */
static int next_part(struct reg_listing *l)
{
        if (l->plan != PLAN_SEVERITY || l->severity <= (int)l->filter.severity)
                return 0;
        l->severity--;
        l->row = 0;
        return 1;
}

/* As far as its glob asks for it. */
static const char *workspace_of(const struct reg_listing *l, struct query *q)
{
        return l->plan == PLAN_WORKSPACE ? l->filter.workspace
               : l->plan == PLAN_WHOLE   ? query_column_text(q, 2)
                                         : "";
}

/* Of the row that stands there; as show(). */
static int look(struct reg_listing *l, struct query *q, size_t *cost,
                int (*fn)(void *userdata, const struct reg_artefact *a), void *userdata)
{
        ++*cost;
        if (is_by_place(l->plan) && !path_matches(l, workspace_of(l, q), query_column_text(q, 1)))
                return 0;
        *cost += ROW_COST;
        return show(q->reg, l, query_column_u64(q, 0), fn, userdata);
}

int reg_listing_step(struct reg_listing *l, struct reg *r, size_t max,
                     int (*fn)(void *userdata, const struct reg_artefact *a), void *userdata)
{
        _cleanup_query_ struct query q = begin(r, l);
        size_t cost = 0, shown = 0;

        for (;;) {
                int k = query_step(&q);

                if (k <= 0)
                        return k < 0 ? k : next_part(l);
                k = look(l, &q, &cost, fn, userdata);
                if (k < 0)
                        return k;
                shown += k > 0;
                if (k == 2 || shown >= max || cost >= STEP_COST) {
                        k = remember(l, &q);
                        return k < 0 ? k : 1;
                }
        }
}
