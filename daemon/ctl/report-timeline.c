/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: the timeline: how long its steps are, and its bars; and the last things that somebody should have heard of.
 * Does not own: counting by hours (report-gather.c).
 *
 * The bars are stretched to the width that there is; words stand beside them, so that they are not.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/ctl/report-page.h"

#define BARS_MAX 120

static const struct {
        const char *class, *text;
} lanes[_LANE_MAX] = {
        [LANE_GRAVE] = {"l-grave", "critical and high findings"},
        [LANE_FINDING] = {"l-finding", "other findings"},
        [LANE_TAKEN] = {"l-taken", "taken away, or kept from being opened"},
        [LANE_DECISION] = {"l-decision", "decisions and refusals"},
        [LANE_GAP] = {"l-gap", "failures and gaps"},
};

struct step {
        int64_t hour; /* its first */
        uint32_t n[_LANE_MAX];
        uint32_t total;
};

struct chart {
        int64_t hours; /* of each step */
        size_t n;
        uint32_t max;
        struct step steps[BARS_MAX + 1];
};

/* The shortest step with which all of it fits. */
static int64_t step_of(int64_t span)
{
        static const int64_t steps[] = {1, 3, 6, 12, 24, 24 * 7, 24 * 28};
        int64_t step;

        for (size_t i = 0; i < ELEMENTSOF(steps); i++)
                if (span <= steps[i] * (BARS_MAX - 20))
                        return steps[i];
        step = 24 * 28;
        while (span > step * (BARS_MAX - 20))
                step *= 2;
        return step;
}

static void chart_fill(struct chart *c, const struct report *r)
{
        int64_t now = (int64_t)(r->made / USEC_PER_SEC / 3600),
                oldest = r->n_hours ? r->hours[r->n_hours - 1].hour : now;

        /* of clocks that were set back, and of a day at least */
        now = r->n_hours ? MAX_OF(now, r->hours[0].hour) : now;
        oldest = MIN_OF(oldest, now - 23);
        c->hours = step_of(now - oldest + 1);
        oldest -= oldest % c->hours;
        c->n = MIN_OF((size_t)((now - oldest) / c->hours + 1), (size_t)BARS_MAX);
        for (size_t i = 0; i < c->n; i++)
                c->steps[i].hour = oldest + (int64_t)i * c->hours;
        for (size_t i = 0; i < r->n_hours; i++) {
                size_t at = (size_t)((r->hours[i].hour - oldest) / c->hours);
                struct step *s = &c->steps[MIN_OF(at, c->n - 1)];

                for (int lane = 0; lane < _LANE_MAX; lane++) {
                        s->n[lane] += r->hours[i].n[lane];
                        s->total += r->hours[i].n[lane];
                }
                c->max = MAX_OF(c->max, s->total);
        }
}

/* "2026-11-27" or "2026-11-27 04:00" */
static void step_name(const struct chart *c, int64_t hour, char ret[static 32])
{
        time_t t = (time_t)(hour * 3600);
        struct tm tm;

        if (!gmtime_r(&t, &tm) ||
            strftime(ret, 32, c->hours < 24 ? "%Y-%m-%d %H:00" : "%Y-%m-%d", &tm) == 0)
                ret[0] = '\0';
}

/* The next number above it that people like on an axis. */
static uint32_t round_up(uint32_t max)
{
        uint64_t unit = 1;

        while (unit * 10 <= max)
                unit *= 10;
        for (uint64_t k = 1; k <= 10; k++)
                if (unit * k >= max && (k <= 2 || k == 4 || k == 5 || k == 6 || k == 8 || k == 10))
                        return (uint32_t)(unit * k);
        return max;
}

static void put_bar(FILE *out, const struct chart *c, size_t i, uint32_t top)
{
        const struct step *s = &c->steps[i];
        double at = 100;
        char name[32];

        if (s->total == 0)
                return;
        step_name(c, s->hour, name);
        (void)fprintf(out, "<g><title>%s", name);
        for (int lane = 0; lane < _LANE_MAX; lane++)
                if (s->n[lane] > 0)
                        (void)fprintf(out, "\n%u %s", s->n[lane], lanes[lane].text);
        (void)fprintf(out,
                      "</title><rect class=\"hit\" x=\"%zu\" y=\"0\" width=\"10\" height=\"100\"/>",
                      i * 10);
        for (int lane = 0; lane < _LANE_MAX; lane++) {
                /* one among thousands is still to be seen */
                double height = s->n[lane] ? MAX_OF(100.0 * s->n[lane] / top, 1.2) : 0;

                if (height > 0)
                        (void)fprintf(out,
                                      "<rect class=\"%s\" x=\"%.1f\" y=\"%.2f\" width=\"8\" "
                                      "height=\"%.2f\"/>",
                                      lanes[lane].class, (double)i * 10 + 1,
                                      MAX_OF(at - height, 0.0), height);
                at -= height;
        }
        (void)fputs("</g>", out);
}

static void put_axis(FILE *out, const struct chart *c)
{
        char name[32];

        (void)fputs("<div class=\"axis\" aria-hidden=\"true\">", out);
        for (size_t i = 0; i < 5; i++) {
                step_name(c, c->steps[i * (c->n - 1) / 4].hour, name);
                html_element(out, "span", NULL, name);
        }
        (void)fputs("</div>\n", out);
}

/* The same in words, for who cannot see bars. */
static void put_steps(FILE *out, const struct chart *c)
{
        char name[32];

        (void)fputs("<details class=\"steps\"><summary>The same as a table</summary><div "
                    "class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Timeline\">"
                    "<table class=\"plain\"><thead><tr><th scope=\"col\">From</th>",
                    out);
        for (int lane = 0; lane < _LANE_MAX; lane++)
                html_element(out, "th", "num", lanes[lane].text);
        (void)fputs("</tr></thead><tbody>\n", out);
        for (size_t i = c->n; i-- > 0;) {
                if (c->steps[i].total == 0)
                        continue;
                step_name(c, c->steps[i].hour, name);
                (void)fputs("<tr>", out);
                html_element(out, "td", "time", name);
                for (int lane = 0; lane < _LANE_MAX; lane++)
                        html_cell_number(out, c->steps[i].n[lane]);
                (void)fputs("</tr>\n", out);
        }
        (void)fputs("</tbody></table></div></details>\n", out);
}

static void put_legend(FILE *out)
{
        (void)fputs("<p class=\"legend\">", out);
        for (int lane = 0; lane < _LANE_MAX; lane++)
                (void)fprintf(out, "<span class=\"k %s\">%s</span>", lanes[lane].class,
                              lanes[lane].text);
        (void)fputs("</p>\n", out);
}

void page_timeline(const struct report *r, FILE *out)
{
        struct chart *c = calloc(1, sizeof(*c));

        page_section(out, "timeline", "Timeline", NULL);
        if (c && r->n_hours > 0) {
                chart_fill(c, r);
                uint32_t top = round_up(c->max);

                put_legend(out);
                (void)fprintf(
                        out,
                        "<div class=\"chart\"><div class=\"scale\" "
                        "aria-hidden=\"true\"><span>%u</span><span>%g</span><span>0</span></div>"
                        "<svg viewBox=\"0 0 %zu 100\" preserveAspectRatio=\"none\" role=\"img\" "
                        "aria-label=\"Events over time\">"
                        "<path class=\"grid\" d=\"M0 0H%zu M0 50H%zu M0 100H%zu\"/>",
                        top, top / 2.0, c->n * 10, c->n * 10, c->n * 10, c->n * 10);
                for (size_t i = 0; i < c->n; i++)
                        put_bar(out, c, i, top);
                (void)fputs("</svg></div>\n", out);
                put_axis(out, c);
                put_steps(out, c);
        } else {
                html_element(out, "p", "none", "No event is kept.");
        }
        page_section_end(out);
        free(c);
}

void page_activity(const struct report *r, FILE *out)
{
        static const char *const columns[] = {"d:Time", "t:Event", "t:What happened", NULL};

        page_section(out, "activity", "Activity", "The last decisions, responses and failures.");
        if (r->notable.n == 0) {
                html_element(out, "p", "none", "None is kept.");
                page_section_end(out);
                return;
        }
        page_table(out, "event-table", "Activity", columns);
        for (size_t i = 0; i < r->notable.n; i++) {
                const cJSON *e = r->notable.list[i];

                (void)fputs("<tr>", out);
                html_cell_time(out, ctl_text(e, "time"));
                (void)fputs("<td>", out);
                html_pill(out, ctl_text(e, "event"));
                (void)fputs("</td>", out);
                html_element(out, "td", "words", ctl_text(e, "message"));
                (void)fputs("</tr>\n", out);
        }
        page_table_end(out);
        page_section_end(out);
}
