/* SPDX-FileCopyrightText: giad maintainers */
/* What metrics count by themselves: events by what is in them, and how long something took. */
#include "daemon/counters.h"
#include "daemon/histogram.h"
#include "tests/unit/test.h"

static void count(struct counters *c, enum event_kind kind, enum severity severity,
                  enum field field, const char *value)
{
        _cleanup_event_ struct event *e = event_new(kind, severity);

        assert_non_null(e);
        event_set(e, field, value);
        counters_event(c, e);
}

static void events_are_counted_by_what_is_in_them(void **state)
{
        struct counters c = {0};

        (void)state;
        count(&c, EVENT_FINDING, SEVERITY_HIGH, FIELD_KIND, "secret");
        count(&c, EVENT_FINDING, SEVERITY_HIGH, FIELD_KIND, "secret");
        count(&c, EVENT_FINDING, SEVERITY_LOW, FIELD_KIND, "privilege");
        /* of what has no kind, or one that nobody knows, only the event is counted */
        count(&c, EVENT_FINDING, SEVERITY_LOW, FIELD_KIND, NULL);
        count(&c, EVENT_FINDING, SEVERITY_LOW, FIELD_KIND, "nonsense");
        count(&c, EVENT_VERDICT, SEVERITY_HIGH, FIELD_ACTION, "quarantine");
        count(&c, EVENT_VERDICT, SEVERITY_HIGH, FIELD_ACTION, NULL);
        count(&c, EVENT_GAP_OPENED, SEVERITY_MEDIUM, FIELD_REASON, "watch-limit");
        assert_int_equal(c.events[EVENT_FINDING], 5);
        assert_int_equal(c.events[EVENT_VERDICT], 2);
        assert_int_equal(c.events[EVENT_GAP_OPENED], 1);
        assert_int_equal(c.findings[SEVERITY_HIGH][FINDING_SECRET], 2);
        assert_int_equal(c.findings[SEVERITY_LOW][FINDING_PRIVILEGE], 1);
        assert_int_equal(c.findings[SEVERITY_LOW][FINDING_SECRET], 0);
        assert_int_equal(c.verdicts[ACTION_QUARANTINE], 1);
        assert_int_equal(c.verdicts[ACTION_REPORT], 0);
}

static void health_checks_are_told_apart(void **state)
{
        struct counters c = {0};
        usec_t before = clock_realtime();

        (void)state;
        count(&c, EVENT_HEALTH, SEVERITY_HIGH, FIELD_DETAIL, "see: nothing came in time");
        assert_int_equal(c.unhealthy, 1);
        assert_int_equal(c.healthy, 0);
        count(&c, EVENT_HEALTH, SEVERITY_INFO, FIELD_DETAIL, "judged");
        assert_int_equal(c.unhealthy, 1);
        assert_true(c.healthy >= before);
        assert_int_equal(c.events[EVENT_HEALTH], 2);
}

static void times_fall_into_the_first_bucket_that_holds_them(void **state)
{
        struct histogram h = {0};
        uint64_t all = 0;

        (void)state;
        for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
                assert_true(i == 0 || histogram_bound(i) > histogram_bound(i - 1));
                histogram_add(&h, histogram_bound(i));
                histogram_add(&h, histogram_bound(i) + 1);
                all += 2 * histogram_bound(i) + 1;
        }
        histogram_add(&h, 0);
        assert_int_equal(h.counts[0], 2);
        for (unsigned i = 1; i < HISTOGRAM_BUCKETS; i++)
                assert_int_equal(h.counts[i], 2);
        /* longer than all */
        assert_int_equal(h.counts[HISTOGRAM_BUCKETS], 1);
        assert_int_equal(h.sum, all);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(events_are_counted_by_what_is_in_them),
                cmocka_unit_test(health_checks_are_told_apart),
                cmocka_unit_test(times_fall_into_the_first_bucket_that_holds_them),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
