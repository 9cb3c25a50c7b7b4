/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: turning one scalar of giad.yaml into an option's value, within the limits of options.def.
 */
#include <errno.h>
#include <string.h>

#include "common/base/text.h"
#include "daemon/config/internal.h"

struct unit {
        const char *name;
        uint64_t factor;
};

static const struct unit time_units[] = {
        {"us", 1},
        {"ms", USEC_PER_MSEC},
        {"s", USEC_PER_SEC},
        {"min", 60 * USEC_PER_SEC},
        {"h", 3600 * USEC_PER_SEC},
        {"d", 86400 * USEC_PER_SEC},
        {"w", 7 * 86400 * USEC_PER_SEC},
};

static const struct unit byte_units[] = {
        {"", 1},           {"B", 1},          {"K", 1u << 10},
        {"M", 1u << 20},   {"G", 1u << 30},   {"T", (uint64_t)1 << 40},
        {"KiB", 1u << 10}, {"MiB", 1u << 20}, {"GiB", 1u << 30},
};

static int parse_with_unit(const char *text, const struct unit *units, size_t n, uint64_t *ret)
{
        size_t digits = strspn(text, "0123456789");
        char number[24];
        uint64_t value;

        if (digits == 0 || digits >= sizeof(number))
                return -EINVAL;
        memcpy(number, text, digits);
        number[digits] = '\0';
        if (text_to_u64(number, 10, &value) < 0)
                return -EINVAL;
        if (value == 0 && text[digits] == '\0') {
                *ret = 0;
                return 0;
        }
        for (size_t i = 0; i < n; i++) {
                if (strcmp(text + digits, units[i].name) != 0)
                        continue;
                if (value > UINT64_MAX / units[i].factor)
                        return -ERANGE;
                *ret = value * units[i].factor;
                return 0;
        }
        return -EINVAL;
}

int value_parse_time(const char *text, usec_t *ret)
{
        return parse_with_unit(text, time_units, ELEMENTSOF(time_units), ret);
}

int value_parse_bytes(const char *text, uint64_t *ret)
{
        return parse_with_unit(text, byte_units, ELEMENTSOF(byte_units), ret);
}

int value_parse_bool(const char *text)
{
        static const char *const yes[] = {"yes", "true", "on"}, *const no[] = {"no", "false",
                                                                               "off"};

        for (size_t i = 0; i < ELEMENTSOF(yes); i++) {
                if (strcasecmp(text, yes[i]) == 0)
                        return 1;
                if (strcasecmp(text, no[i]) == 0)
                        return 0;
        }
        return -EINVAL;
}

static bool word_allowed(const char *words, const char *text)
{
        size_t n = strlen(text);

        for (const char *w = words; w; w = strchr(w, '|') ? strchr(w, '|') + 1 : NULL)
                if (strncmp(w, text, n) == 0 && (w[n] == '|' || w[n] == '\0'))
                        return true;
        return false;
}

static int parse_text(struct reading *r, enum config_option option, const yaml_node_t *node,
                      const char *text)
{
        const struct option_info *info = option_info(option);

        if (info->type == TYPE_PATH && (text[0] != '/' || strstr(text, "/../")))
                return reading_error(r, node,
                                     "%s must be an absolute path without \"..\", not \"%s\"",
                                     info->path, text);
        if (info->type == TYPE_PATH && info->max > 0 && strlen(text) > info->max)
                return reading_error(r, node,
                                     "%s takes at most %llu bytes: a socket's path must be short",
                                     info->path, (unsigned long long)info->max);
        if (info->type == TYPE_ENUM && !word_allowed(info->words, text))
                return reading_error(r, node, "%s is one of %s, not \"%s\"", info->path,
                                     info->words, text);
        if (info->type == TYPE_STRING && (strlen(text) > 255 || strchr(text, '/')))
                return reading_error(r, node, "%s is a name of at most 255 bytes without '/'",
                                     info->path);
        char *copy = strdup(text);
        if (!copy)
                return -ENOMEM;
        free(r->config->values[option].text);
        r->config->values[option].text = copy;
        return 0;
}

int value_parse(struct reading *r, enum config_option option, const yaml_node_t *node,
                const char *text)
{
        const struct option_info *info = option_info(option);
        uint64_t number = 0;
        int k;

        switch (info->type) {
        case TYPE_PATH:
        case TYPE_STRING:
        case TYPE_ENUM:
                return parse_text(r, option, node, text);
        case TYPE_BOOL:
                k = value_parse_bool(text);
                if (k < 0)
                        return reading_error(r, node, "%s is yes or no, not \"%s\"", info->path,
                                             text);
                number = (uint64_t)k;
                break;
        case TYPE_COUNT:
                if (text_to_u64(text, 10, &number) < 0)
                        return reading_error(r, node, "%s is a whole number, not \"%s\"",
                                             info->path, text);
                break;
        case TYPE_BYTES:
                if (value_parse_bytes(text, &number) < 0)
                        return reading_error(r, node,
                                             "%s is a size such as 512K, 8M or 2G, not \"%s\"",
                                             info->path, text);
                break;
        case TYPE_TIME:
                if (value_parse_time(text, &number) < 0)
                        return reading_error(
                                r, node,
                                "%s is a time such as 250ms, 5s, 10min, 12h or 30d, not \"%s\"",
                                info->path, text);
                break;
        }
        if ((info->min || info->max) && (number < info->min || number > info->max))
                return reading_error(
                        r, node, "%s is out of range: \"%s\" (allowed: %llu to %llu%s)", info->path,
                        text, (unsigned long long)info->min, (unsigned long long)info->max,
                        info->type == TYPE_TIME    ? " microseconds"
                        : info->type == TYPE_BYTES ? " bytes"
                                                   : "");
        r->config->values[option].number = number;
        return 0;
}
