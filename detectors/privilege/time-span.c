/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: reading spans of time in the spellings of configuration files and ISO 8601.
 * Does not own: what is long or short; rules say that.
 */
#include "detectors/privilege/time-span.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/macros.h"

#define MINUTE 60.0
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NAME_MAX_UNIT 16

double time_span_unit(const char *name)
{
        static const struct {
                const char *name;
                double seconds;
        } units[] = {
                {"ms", 0.001},       {"millisecond", 0.001}, {"s", 1},
                {"sec", 1},          {"second", 1},          {"m", MINUTE},
                {"min", MINUTE},     {"minute", MINUTE},     {"h", HOUR},
                {"hr", HOUR},        {"hour", HOUR},         {"d", DAY},
                {"day", DAY},        {"w", 7 * DAY},         {"week", 7 * DAY},
                {"mo", 30 * DAY},    {"month", 30 * DAY},    {"y", 365 * DAY},
                {"year", 365 * DAY},
        };
        size_t n = strlen(name);

        if (n > 2 && tolower((unsigned char)name[n - 1]) == 's')
                n--; /* the plural */
        for (size_t i = 0; i < ELEMENTSOF(units); i++)
                if (strlen(units[i].name) == n && strncasecmp(units[i].name, name, n) == 0)
                        return units[i].seconds;
        return 0;
}

/* A decimal number without sign, exponent or locale; *s moves behind it. */
static bool read_number(const char **s, double *ret)
{
        double value = 0, scale = 1;
        const char *p = *s;

        for (; isdigit((unsigned char)*p); p++)
                value = value * 10 + (*p - '0');
        if (p == *s)
                return false;
        if (*p == '.' && isdigit((unsigned char)p[1]))
                for (p++; isdigit((unsigned char)*p); p++)
                        value += (*p - '0') * (scale /= 10);
        *s = p;
        *ret = value;
        return true;
}

static double iso_unit(char letter, bool time)
{
        switch (letter) {
        case 'Y':
                return time ? 0 : 365 * DAY;
        case 'M':
                return time ? MINUTE : 30 * DAY;
        case 'W':
                return time ? 0 : 7 * DAY;
        case 'D':
                return time ? 0 : DAY;
        case 'H':
                return time ? HOUR : 0;
        case 'S':
                return time ? 1 : 0;
        default:
                return 0;
        }
}

/* What follows the 'P' of an ISO 8601 duration. */
static bool parse_iso(const char *s, double *ret)
{
        double sum = 0, number;
        bool time = false, any = false;

        while (*s) {
                if (*s == 'T' && !time) {
                        time = true;
                        s++;
                        continue;
                }
                if (!read_number(&s, &number))
                        return false;
                double unit = iso_unit(*s, time);
                if (unit <= 0)
                        return false;
                sum += number * unit;
                any = true;
                s++;
        }
        *ret = sum;
        return any;
}

static const char *skip_blanks(const char *s)
{
        while (*s == ' ' || *s == '\t')
                s++;
        return s;
}

static bool read_unit(const char **s, double *ret)
{
        char name[NAME_MAX_UNIT];
        size_t n = 0;

        for (; isalpha((unsigned char)(*s)[n]); n++)
                if (n + 1 == sizeof(name))
                        return false;
        memcpy(name, *s, n);
        name[n] = '\0';
        *s += n;
        *ret = time_span_unit(name);
        return n > 0 && *ret > 0;
}

bool time_span_parse(const char *s, double unit, double *ret)
{
        double sum = 0, number, each;

        s = skip_blanks(s);
        if (*s == 'P')
                return parse_iso(s + 1, ret);
        do {
                if (!read_number(&s, &number))
                        return false;
                s = skip_blanks(s);
                if (*s == '\0') {
                        /* only the whole text may be a bare number: "1h30" is no span */
                        *ret = number * unit;
                        return sum <= 0 && unit > 0;
                }
                if (!read_unit(&s, &each))
                        return false;
                sum += number * each;
                s = skip_blanks(s);
        } while (*s);
        *ret = sum;
        return true;
}
