/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: how an event becomes one line. What does not fit is cut where it says least: a path at its
 * beginning, words at their end; what was done is never cut.
 * Does not own: which events, and in which order (cmd-watch.c).
 */
#include "daemon/ctl/event-line.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "common/base/text.h"
#include "daemon/ctl/ctl.h"

#define LABEL_COLUMNS 15u /* the longest name of an event */
#define AGENT_COLUMNS 12u
#define NARROWEST 40u /* of what is left for the rest */
#define ELLIPSIS "…"
#define TEXT_MAX 2048

/* --- columns ---- */

static wchar_t code_point(const char *s, size_t n)
{
        static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
        unsigned c = (unsigned char)s[0] & mask[n];

        for (size_t i = 1; i < n; i++)
                c = c << 6 | ((unsigned char)s[i] & 0x3f);
        return (wchar_t)c;
}

/* Bytes of the character at s, and the columns that it takes. */
static size_t next_character(const char *s, unsigned *ret_columns)
{
        size_t n = text_utf8_width(s, strnlen(s, 4));
        int columns = n > 0 ? wcwidth(code_point(s, n)) : 1;

        /* -1: not in this locale's characters */
        *ret_columns = columns >= 0 ? (unsigned)columns : 1;
        return n > 0 ? n : 1;
}

static unsigned columns_of(const char *s)
{
        unsigned all = 0, columns;

        for (; *s; all += columns)
                s += next_character(s, &columns);
        return all;
}

static void put_blanks(struct buffer *out, unsigned n)
{
        buffer_printf(out, "%*s", (int)n, "");
}

/* Its beginning, in at most max columns. Returns the columns that were used. */
static unsigned put_head(struct buffer *out, const char *s, unsigned max)
{
        unsigned all = columns_of(s), used = 0, columns;

        if (all <= max) {
                buffer_puts(out, s);
                return all;
        }
        for (size_t n; max > 0; used += columns, s += n) {
                n = next_character(s, &columns);
                if (used + columns > max - 1)
                        break;
                buffer_append(out, s, n);
        }
        buffer_puts(out, max > 0 ? ELLIPSIS : "");
        return max > 0 ? used + 1 : 0;
}

/* Its end, likewise. */
static unsigned put_tail(struct buffer *out, const char *s, unsigned max)
{
        unsigned all = columns_of(s), columns;

        if (all <= max || max == 0)
                return put_head(out, s, max);
        for (; all > max - 1; all -= columns)
                s += next_character(s, &columns);
        buffer_puts(out, ELLIPSIS);
        buffer_puts(out, s);
        return all + 1;
}

static void put_cell(struct buffer *out, const char *s, unsigned columns)
{
        unsigned used = put_head(out, s, columns);

        put_blanks(out, columns - used + 1);
}

/* --- what is said ---- */

static const char *shown(const cJSON *event, const char *key, char buf[static TEXT_MAX])
{
        const char *s = ctl_text(event, key);

        return text_printable(buf, TEXT_MAX, s, strlen(s));
}

static bool is(const cJSON *event, const char *kind)
{
        return strcmp(ctl_text(event, "event"), kind) == 0;
}

static void say_place(const cJSON *event, char dst[static TEXT_MAX])
{
        char path[TEXT_MAX];
        double line = ctl_number(event, "line");

        (void)shown(event, *ctl_text(event, "path") ? "path" : "workspace", path);
        if (line >= 1)
                (void)snprintf(dst, TEXT_MAX, "%.2000s:%.0f", path, line);
        else
                (void)text_copy(dst, TEXT_MAX, path);
}

static void say_what(const cJSON *event, char dst[static TEXT_MAX])
{
        char first[TEXT_MAX], second[TEXT_MAX];
        bool placed = *ctl_text(event, "path") != '\0';

        *dst = '\0';
        if (!placed && !*ctl_text(event, "workspace"))
                (void)shown(event, "message", dst);
        else if (*ctl_text(event, "title"))
                (void)shown(event, "title", dst);
        else if (is(event, "artefact"))
                (void)shown(event, "artefact", dst);
        else if (*ctl_text(event, "operator"))
                (void)snprintf(
                        dst, TEXT_MAX, "by %.60s: %.1900s", shown(event, "operator", first),
                        shown(event, *ctl_text(event, "comment") ? "comment" : "detail", second));
        else if (is(event, "quarantined"))
                (void)snprintf(dst, TEXT_MAX, "entry %.64s", shown(event, "quarantine_id", first));
        else if (*ctl_text(event, "opener_comm"))
                (void)snprintf(dst, TEXT_MAX, "by %.60s", shown(event, "opener_comm", first));
        else if (*ctl_text(event, "reason"))
                (void)snprintf(dst, TEXT_MAX, "%.100s%s%.1900s", shown(event, "reason", first),
                               *ctl_text(event, "detail") ? ": " : "",
                               shown(event, "detail", second));
        else if (is(event, "verdict"))
                (void)shown(event, "policy", dst);
        else
                (void)shown(event, "message", dst);
}

/* A finding is as bad as it is; else what happened says more. */
static const char *label_of(const cJSON *event, char buf[static TEXT_MAX])
{
        return shown(event, is(event, "finding") ? "severity" : "event", buf);
}

static const char *colour_of(const struct ctl *ctl, const cJSON *event)
{
        const char *own = ctl_colour(ctl, ctl_text(event, "event"));

        return *own ? own : ctl_colour(ctl, ctl_text(event, "severity"));
}

/* --- lines ---- */

static unsigned time_columns(bool date)
{
        return date ? 19 : 8;
}

/* "2026-01-31T12:34:56.789012Z" */
static void put_time(const struct ctl *ctl, const cJSON *event, bool date, struct buffer *out)
{
        char text[TEXT_MAX], when[32];

        (void)shown(event, "time", text);
        const char *clock = strlen(text) > 11 ? text + 11 : "";
        if (date)
                (void)snprintf(when, sizeof(when), "%.10s %.8s", text, clock);
        else
                (void)snprintf(when, sizeof(when), "%.8s", clock);
        buffer_puts(out, ctl_dim(ctl));
        (void)put_head(out, when, time_columns(date));
        put_blanks(out, time_columns(date) - MIN_OF(columns_of(when), time_columns(date)));
        buffer_printf(out, "%s ", ctl_plain(ctl));
}

/* Where and what, side by side: a place takes what the words leave, and the half of it if they
 * leave less. */
static void put_cut(const char *place, const char *what, unsigned room, struct buffer *out)
{
        unsigned wanted = columns_of(what), half = room / 2, used;

        used = put_tail(out, place, wanted + 2 < room - half ? room - wanted - 2 : half);
        if (!*place || !*what) {
                (void)put_head(out, what, room - used);
                return;
        }
        /* in a column, where that is possible */
        put_blanks(out, used < half ? half - used + 2 : 2);
        used = MAX_OF(used, half) + 2;
        (void)put_head(out, what, room > used ? room - used : 0);
}

/* room 0: nothing is cut. */
static void put_rest(const cJSON *event, unsigned room, struct buffer *out)
{
        char place[TEXT_MAX], what[TEXT_MAX], action[TEXT_MAX];

        say_place(event, place);
        say_what(event, what);
        (void)shown(event, "action", action);
        unsigned end = *action ? columns_of(action) + 3 : 0;
        if (room == 0)
                buffer_printf(out, "%s%s%s", place, *place && *what ? "  " : "", what);
        else
                put_cut(place, what, room > end ? room - end : 0, out);
        if (*action)
                buffer_printf(out, " → %s", action);
}

void event_line(const struct ctl *ctl, const cJSON *event, unsigned width, bool date,
                struct buffer *out)
{
        char text[TEXT_MAX];
        unsigned before = time_columns(date) + 1 + LABEL_COLUMNS + 1 + AGENT_COLUMNS + 1;
        const char *colour = colour_of(ctl, event);

        put_time(ctl, event, date, out);
        buffer_puts(out, colour);
        put_cell(out, label_of(event, text), LABEL_COLUMNS);
        buffer_puts(out, *colour ? ctl_plain(ctl) : "");
        put_cell(out, *ctl_text(event, "agent") ? shown(event, "agent", text) : "-", AGENT_COLUMNS);
        put_rest(event,
                 width == 0                   ? 0
                 : width > before + NARROWEST ? width - before
                                              : NARROWEST,
                 out);
        buffer_putc(out, '\n');
}

void event_line_heading(const struct ctl *ctl, bool date, struct buffer *out)
{
        buffer_puts(out, ctl_bold(ctl));
        put_cell(out, date ? "TIME (UTC)" : "TIME UTC", time_columns(date));
        put_cell(out, "EVENT", LABEL_COLUMNS);
        put_cell(out, "AGENT", AGENT_COLUMNS);
        buffer_printf(out, "WHERE, WHAT%s\n", ctl_plain(ctl));
}

unsigned event_line_width(void)
{
        struct winsize size;

        return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
