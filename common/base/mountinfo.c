/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: taking lines of mount tables apart.
 * Does not own: reading them, and what a mount means.
 */
#include "common/base/mountinfo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "common/base/macros.h"

/* A field of the table, in place, with \ooo for blanks, commas and backslashes. */
static void decode(char *field)
{
        char *to = field;

        for (const char *from = field; *from;) {
                if (from[0] == '\\' && strspn(from + 1, "01234567") >= 3) {
                        *to++ = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + from[3] - '0');
                        from += 4;
                } else {
                        *to++ = *from++;
                }
        }
        *to = '\0';
}

/* Ends the field and returns the next one; NULL: there is none. */
static char *next_field(char *field)
{
        char *end = strchr(field, ' ');

        if (!end)
                return NULL;
        *end = '\0';
        return end + 1;
}

/* What stands behind the optional fields: " - type source options". */
static void parse_file_system(char *rest, struct mount_line *ret)
{
        char *at = strstr(rest, " - "), *type = at ? at + strlen(" - ") : NULL,
             *source = type ? next_field(type) : NULL,
             *options = source ? next_field(source) : NULL;

        if (!options)
                return;
        options[strcspn(options, "\n")] = '\0';
        ret->type = type;
        ret->options = options;
}

bool mountinfo_parse(char *line, struct mount_line *ret)
{
        char *fields[5];
        unsigned major_number, minor_number;

        for (size_t i = 0; i < ELEMENTSOF(fields); i++) {
                fields[i] = line;
                line = next_field(line);
                if (!line)
                        return false;
        }
        if (sscanf(fields[2], "%u:%u", &major_number, &minor_number) != 2)
                return false;
        decode(fields[3]);
        decode(fields[4]);
        *ret = (struct mount_line){
                .id = strtoull(fields[0], NULL, 10),
                .parent = strtoull(fields[1], NULL, 10),
                .dev = makedev(major_number, minor_number),
                .root = fields[3],
                .point = fields[4],
                .type = "",
                .options = "",
        };
        parse_file_system(line, ret);
        return true;
}

bool mountinfo_option(const char *options, const char *name, char *dst, size_t size)
{
        size_t k = strlen(name);

        for (const char *at = options; *at; at += *at == ',') {
                size_t n = strcspn(at, ",");

                if (n > k && at[k] == '=' && memcmp(at, name, k) == 0) {
                        if (n - k - 1 >= size)
                                return false;
                        memcpy(dst, at + k + 1, n - k - 1);
                        dst[n - k - 1] = '\0';
                        decode(dst);
                        return true;
                }
                at += n;
        }
        return false;
}
