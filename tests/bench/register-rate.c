/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Measures the register on a disk:
 *
 *   register-rate fill FILE N [scattered]
 *      puts N artefacts with their findings, versions and assertions into a new register, in batches as the storer does, in the
 *      order of a walk or in none
 *   register-rate query FILE
 *      goes through it by each filter, as giad does: the time until the first thousand are there, and of the longest step
 *
 * One line of figures.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "common/base/clock.h"
#include "common/base/text.h"
#include "daemon/register/register.h"

#define BATCH 512u /* the storer's */
#define WORKSPACES 50u
#define PER_DIRECTORY 20u
#define KEPT 16u
#define EVENTS_KEPT 100000u

static _Noreturn void die(const char *what, int error)
{
        (void)fprintf(stderr, "%s: %s\n", what, strerror(-error));
        exit(2);
}

static double seconds_since(usec_t begin)
{
        return (double)(clock_monotonic() - begin) / (double)USEC_PER_SEC;
}

/* Of processor time, in the program and in the kernel. */
static double cpu_seconds(void)
{
        struct rusage u;

        (void)getrusage(RUSAGE_SELF, &u);
        return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
               (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* A number that looks like none of its neighbours: files are not found in the order of their names. */
static uint64_t scatter(uint64_t n)
{
        n = (n ^ (n >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        n = (n ^ (n >> 27)) * UINT64_C(0x94d049bb133111eb);
        return n ^ (n >> 31);
}

/* Artefact i of a host: one in three has findings, one in a hundred is pending or quarantined. */
struct made {
        struct reg_artefact a;
        struct reg_version v;
        struct finding findings[2];
        struct assertion assertions[4];
        size_t n_findings, n_assertions;
        char workspace[64], path[128], agent[32], evidence[64], writer[64], repository[96];
};

static void make_finding(struct finding *f, uint64_t r)
{
        *f = (struct finding){
                .class = (uint16_t)(r % _CLASS_MAX),
                .severity = (uint8_t)(r / 7 % _SEVERITY_MAX),
                .confidence = (uint8_t)(r / 11 % _CONFIDENCE_MAX),
                .line = (uint32_t)(r % 400 + 1),
                .column = 5,
                .end_line = (uint32_t)(r % 400 + 1),
                .offset = r % 10000,
                .length = 40,
        };
        (void)snprintf(f->rule, sizeof(f->rule), "rule-of-%s", finding_class_to_string(f->class));
        (void)snprintf(f->title, sizeof(f->title), "%s", finding_class_info(f->class)->meaning);
        (void)snprintf(f->redacted, sizeof(f->redacted), "glpat-[26 characters]");
        (void)snprintf(f->detail, sizeof(f->detail),
                       "allows every action on every resource, without a condition");
        (void)snprintf(f->remediation, sizeof(f->remediation),
                       "Keep the value in a secret store and read it when the program starts; name "
                       "the actions that are needed.");
        (void)snprintf(f->fingerprint, sizeof(f->fingerprint), "%016llx%016llx",
                       (unsigned long long)r, (unsigned long long)scatter(r));
}

static void make(struct made *m, uint64_t i, uint64_t n, bool scattered)
{
        uint64_t r = scatter(i), place = scattered ? r % n : i;
        enum reg_state state = r % 100 == 0   ? REG_PENDING
                               : r % 211 == 0 ? REG_QUARANTINED
                                              : REG_OBSERVED;

        (void)snprintf(m->workspace, sizeof(m->workspace), "/srv/agents/agent-%02u/work",
                       (unsigned)(place * WORKSPACES / n));
        (void)snprintf(m->path, sizeof(m->path), "service-%04u/deploy/module-%02u/identity-%llu.tf",
                       (unsigned)(place / PER_DIRECTORY % 5000), (unsigned)(place % PER_DIRECTORY),
                       (unsigned long long)i);
        (void)snprintf(m->agent, sizeof(m->agent), "agent-%02u",
                       (unsigned)(place * WORKSPACES / n));
        (void)snprintf(m->evidence, sizeof(m->evidence), "name *.tf; resource aws_iam_role");
        (void)snprintf(m->writer, sizeof(m->writer), "/usr/bin/node (process %u, uid 1000)",
                       (unsigned)(r % 30000));
        (void)snprintf(m->repository, sizeof(m->repository), "%s/service-%04u", m->workspace,
                       (unsigned)(place / PER_DIRECTORY % 5000));
        m->n_findings = r % 6 == 0 ? 2 : r % 3 == 0 ? 1 : 0;
        for (size_t k = 0; k < m->n_findings; k++)
                make_finding(&m->findings[k], scatter(r + k));
        m->n_assertions = 1 + r % 4;
        for (size_t k = 0; k < m->n_assertions; k++) {
                m->assertions[k] =
                        (struct assertion){.kind = ASSERTION_GRANT, .line = (uint32_t)k + 3};
                (void)snprintf(m->assertions[k].text, sizeof(m->assertions[k].text),
                               "aws_iam_role_policy.ci-%zu: s3:GetObject on bucket-%u", k,
                               (unsigned)(r % 1000));
        }
        m->a = (struct reg_artefact){
                .workspace = m->workspace,
                .path = m->path,
                .agent = m->agent,
                .kind = (enum artefact_kind)(1 + r % (_ARTEFACT_MAX - 1)),
                .evidence = m->evidence,
                .size = r % 20000,
                .owner = 1000,
                .state = state,
                .severity = m->n_findings ? (enum severity)m->findings[0].severity : SEVERITY_INFO,
                .n_findings = (uint32_t)m->n_findings,
        };
        memcpy(m->a.sha256, &r, sizeof(r));
        m->v = (struct reg_version){
                .size = m->a.size,
                .state = state,
                .severity = m->a.severity,
                .n_findings = m->a.n_findings,
                .writer = m->writer,
                .agent = m->agent,
                .repository = m->repository,
        };
        memcpy(m->v.sha256, m->a.sha256, sizeof(m->v.sha256));
}

/* What the loop tells of each: that it was found, a finding, the verdict. */
#define EVENTS 3u

static void put_events(struct reg *reg, const struct made *m, uint64_t *seq)
{
        for (unsigned i = 0; i < EVENTS; i++) {
                _cleanup_event_ struct event *e = event_new(EVENT_FINDING, SEVERITY_HIGH);

                if (!e)
                        die("event", -ENOMEM);
                event_set(e, FIELD_WORKSPACE, m->workspace);
                event_set(e, FIELD_PATH, m->path);
                event_set(e, FIELD_TITLE, "policy that allows every action on every resource");
                event_set(e, FIELD_REMEDIATION, "name the actions that are needed");
                event_set_seq(e, ++*seq);
                int k = reg_event_put(reg, e, EVENTS_KEPT);
                if (k < 0)
                        die("event", k);
        }
}

static void put(struct reg *reg, struct made *m)
{
        int k = reg_artefact_put(reg, &m->a, m->findings, m->n_findings);

        if (k == 0)
                k = reg_version_put(reg, m->a.id, &m->v, m->assertions, m->n_assertions, KEPT,
                                    NULL);
        if (k < 0)
                die("put", k);
}

struct filling {
        struct reg *reg;
        uint64_t n; /* artefacts in all */
        bool scattered;
        uint8_t content; /* the same content again, or another one */
        bool tell;       /* with their events */
        uint64_t seq;
};

/* Puts artefacts from..to. Returns how many a second. */
static double put_all(struct filling *f, uint64_t from, uint64_t to)
{
        usec_t begin = clock_monotonic();
        struct made m;

        for (uint64_t i = from; i < to;) {
                int k = reg_begin(f->reg);

                for (uint64_t end = MIN_OF(i + BATCH, to); k == 0 && i < end; i++) {
                        make(&m, i, f->n, f->scattered);
                        m.a.sha256[31] = m.v.sha256[31] = f->content;
                        put(f->reg, &m);
                        if (f->tell)
                                put_events(f->reg, &m, &f->seq);
                }
                if (k == 0)
                        k = reg_commit(f->reg, false);
                if (k < 0)
                        die("commit", k);
        }
        return (double)(to - from) / seconds_since(begin);
}

static double size_of(const char *path)
{
        struct stat st;

        return stat(path, &st) < 0 ? 0 : (double)st.st_size / 1e6;
}

static void fill(const char *path, uint64_t n, bool scattered)
{
        struct reg *reg = NULL;
        int k = reg_open(&reg, path, false, NULL);
        uint64_t tenth = n / 10;

        if (k < 0)
                die(path, k);
        struct filling f = {.reg = reg, .n = n, .scattered = scattered};
        usec_t begin = clock_monotonic();
        double first = put_all(&f, 0, tenth);
        (void)put_all(&f, tenth, n - tenth);
        double cpu = cpu_seconds(), last = put_all(&f, n - tenth, n);
        double used = cpu_seconds() - cpu, all = (double)n / seconds_since(begin);
        /* seen again as they were, and with other content, of which is told */
        double same = put_all(&f, 0, tenth);
        f.content = 1;
        f.tell = true;
        double changed = put_all(&f, 0, tenth);
        (void)reg_free(reg);
        (void)printf(
                "all_per_s=%.0f first_per_s=%.0f last_per_s=%.0f last_cpu_us=%.1f same_per_s=%.0f "
                "told_per_s=%.0f MB=%.0f\n",
                all, first, last, used / (double)tenth * 1e6, same, changed, size_of(path));
}

struct query {
        const char *name;
        struct reg_filter filter;
};

static int count(void *userdata, const struct reg_artefact *a)
{
        (void)a;
        ++*(size_t *)userdata;
        return 0;
}

/* What giactl shows to people: the first thousand. */
static void query(struct reg *reg, const struct query *q)
{
        struct reg_listing *l = NULL;
        size_t shown = 0;
        usec_t begin = clock_monotonic(), longest = 0;
        int k = reg_listing_new(&l, reg, &q->filter), more = 1;

        while (k == 0 && more > 0 && shown < 1000) {
                usec_t step = clock_monotonic();

                more = reg_listing_step(l, reg, 1000 - shown, count, &shown);
                longest = MAX_OF(longest, clock_monotonic() - step);
        }
        if (k < 0 || more < 0)
                die(q->name, k < 0 ? k : more);
        (void)reg_listing_free(l);
        (void)printf("%s_ms=%.1f %s_step_ms=%.1f %s_shown=%zu\n", q->name,
                     seconds_since(begin) * 1000, q->name, (double)longest / 1000, q->name, shown);
}

static void query_all(const char *path)
{
        struct query queries[] = {
                {"all", REG_FILTER_ALL},        {"workspace", REG_FILTER_ALL},
                {"state", REG_FILTER_ALL},      {"kind", REG_FILTER_ALL},
                {"class", REG_FILTER_ALL},      {"severity", REG_FILTER_ALL},
                {"agent", REG_FILTER_ALL},      {"path", REG_FILTER_ALL},
                {"seen_since", REG_FILTER_ALL}, {"new_since", REG_FILTER_ALL},
                {"several", REG_FILTER_ALL},    {"nothing", REG_FILTER_ALL},
                {"rare", REG_FILTER_ALL},
        };
        struct reg *reg = NULL;
        int k = reg_open(&reg, path, true, NULL);

        if (k < 0)
                die(path, k);
        queries[1].filter.workspace = "/srv/agents/agent-07/work";
        queries[2].filter.state = REG_QUARANTINED;
        queries[3].filter.kind = (enum artefact_kind)7;
        queries[4].filter.class = (enum finding_class)5;
        queries[5].filter.severity = SEVERITY_CRITICAL;
        queries[6].filter.agent = "agent-07";
        queries[7].filter.path = "service-12*/deploy/module-03/*-7*.tf";
        queries[8].filter.seen_since = clock_realtime() - 3600 * USEC_PER_SEC;
        queries[9].filter.new_since = clock_realtime() - 5 * USEC_PER_SEC;
        queries[10].filter = (struct reg_filter){.agent = "agent-07",
                                                 .state = REG_PENDING,
                                                 .kind = _ARTEFACT_MAX,
                                                 .class = _CLASS_MAX,
                                                 .severity = SEVERITY_HIGH};
        queries[11].filter.path = "no/such/*.file";
        queries[12].filter = (struct reg_filter){.agent = "agent-07",
                                                 .state = REG_OBSERVED,
                                                 .kind = (enum artefact_kind)3,
                                                 .class = _CLASS_MAX,
                                                 .path = "*-99999*"};
        for (size_t i = 0; i < ELEMENTSOF(queries); i++)
                query(reg, &queries[i]);
        (void)reg_free(reg);
}

int main(int argc, char **argv)
{
        uint64_t n;

        if (argc >= 4 && strcmp(argv[1], "fill") == 0 && text_to_u64(argv[3], 10, &n) == 0 &&
            n >= 10)
                fill(argv[2], n, argc > 4 && strcmp(argv[4], "scattered") == 0);
        else if (argc == 3 && strcmp(argv[1], "query") == 0)
                query_all(argv[2]);
        else
                return 2;
        return 0;
}
