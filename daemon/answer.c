/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: how texts, times and numbers are put into an answer.
 */
#include "daemon/answer.h"

#include <string.h>

#include "common/base/text.h"

void answer_text(cJSON *object, const char *name, const char *value)
{
        char text[8192];

        (void)cJSON_AddStringToObject(object, name,
                                      text_printable(text, sizeof(text), value, strlen(value)));
}

void answer_time(cJSON *object, const char *name, usec_t when)
{
        char text[CLOCK_RFC3339_MAX];

        clock_rfc3339(when, text);
        answer_text(object, name, text);
}

void answer_count(cJSON *object, const char *name, uint64_t value)
{
        (void)cJSON_AddNumberToObject(object, name, (double)value);
}
