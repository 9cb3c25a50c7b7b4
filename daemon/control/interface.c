/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what the lines of an interface mean: their text in varlink's language, and whether the
 * parameters of a call are those that its method takes.
 * Does not own: the lines (the manager's, and introspect.c's) and answering (call.c).
 */
#include "daemon/control/interface.h"

#include <string.h>

#include "common/base/buffer.h"

#define COMMENT_WIDTH 96u
/* what JSON numbers keep exactly */
#define INTEGER_MAX 9007199254740992.0

/* --- the definition ---- */

/* Comments, broken between words. */
static void put_comment(struct buffer *out, const char *indent, const char *text)
{
        size_t column = 0;

        while (text && *text) {
                size_t n = strcspn(text, " ");

                if (column > 0 && column + 1 + n <= COMMENT_WIDTH) {
                        buffer_putc(out, ' ');
                        column++;
                } else {
                        buffer_printf(out, "%s%s# ", column > 0 ? "\n" : "", indent);
                        column = strlen(indent) + 2;
                }
                buffer_append(out, text, n);
                column += n;
                text += n;
                text += strspn(text, " ");
        }
        if (column > 0)
                buffer_putc(out, '\n');
}

/* The members of one kind from the i-th line on, one a line. Returns the line behind them. */
static size_t put_members(struct buffer *out, const struct control_interface *interface, size_t i,
                          enum control_word word)
{
        const struct control_line *lines = interface->lines;
        size_t first = i;

        buffer_putc(out, '(');
        for (; i < interface->n_lines && lines[i].word == word; i++) {
                buffer_puts(out, i > first ? ",\n" : "\n");
                put_comment(out, "  ", lines[i].text);
                buffer_printf(out, "  %s: %s", lines[i].name, lines[i].type);
        }
        buffer_puts(out, i > first ? "\n)" : ")");
        return i;
}

void interface_describe(const struct control_interface *interface, struct buffer *out)
{
        const struct control_line *lines = interface->lines;

        put_comment(out, "", interface->text);
        buffer_printf(out, "interface %s\n", interface->name);
        for (size_t i = 0; i < interface->n_lines;) {
                const struct control_line *line = &lines[i++];

                buffer_putc(out, '\n');
                put_comment(out, "", line->text);
                switch (line->word) {
                case CONTROL_TYPE:
                        buffer_printf(out, "type %s ", line->name);
                        i = put_members(out, interface, i, CONTROL_MEMBER);
                        break;
                case CONTROL_ERROR:
                        buffer_printf(out, "error %s ", line->name);
                        i = put_members(out, interface, i, CONTROL_MEMBER);
                        break;
                case CONTROL_METHOD:
                        buffer_printf(out, "method %s", line->name);
                        i = put_members(out, interface, i, CONTROL_IN);
                        buffer_puts(out, " -> ");
                        i = put_members(out, interface, i, CONTROL_OUT);
                        break;
                case CONTROL_MEMBER:
                case CONTROL_IN:
                case CONTROL_OUT:
                        /* it belongs to nothing: the table is wrong */
                        out->error = out->error ? out->error : -EINVAL;
                        return;
                }
                buffer_putc(out, '\n');
        }
}

/* --- parameters ---- */

static bool is_integer(const cJSON *value)
{
        double n = cJSON_IsNumber(value) ? value->valuedouble : 0.5;

        return n >= -INTEGER_MAX && n <= INTEGER_MAX && (double)(int64_t)n == n;
}

/* type: without "?" and "[]". Types that are declared are objects here: no method takes one whose
 * members matter to anybody but itself. */
static bool has_type(const cJSON *value, const char *type)
{
        if (strcmp(type, "string") == 0)
                return cJSON_IsString(value);
        if (strcmp(type, "int") == 0)
                return is_integer(value);
        if (strcmp(type, "float") == 0)
                return cJSON_IsNumber(value);
        if (strcmp(type, "bool") == 0)
                return cJSON_IsBool(value);
        return cJSON_IsObject(value);
}

static bool is_valid(const cJSON *value, const char *type)
{
        const cJSON *item;

        if (*type == '?') {
                if (!value || cJSON_IsNull(value))
                        return true;
                type++;
        }
        if (strncmp(type, "[]", 2) != 0)
                return value && has_type(value, type);
        if (!cJSON_IsArray(value))
                return false;
        cJSON_ArrayForEach(item, value) if (!has_type(item, type + 2)) return false;
        return true;
}

/* The lines of what a method takes. */
static const struct control_line *inputs_of(const struct control_interface *interface,
                                            const char *method, size_t *ret_n)
{
        size_t i = 0, n = 0;

        while (i < interface->n_lines && (interface->lines[i].word != CONTROL_METHOD ||
                                          strcmp(interface->lines[i].name, method) != 0))
                i++;
        if (i < interface->n_lines)
                i++;
        while (i + n < interface->n_lines && interface->lines[i + n].word == CONTROL_IN)
                n++;
        *ret_n = n;
        return &interface->lines[i];
}

int interface_check(const struct control_interface *interface, const char *method,
                    const cJSON *parameters, const char **ret_name)
{
        size_t n;
        const struct control_line *inputs = inputs_of(interface, method, &n);
        const cJSON *given;

        cJSON_ArrayForEach(given, parameters)
        {
                size_t i = 0;

                while (i < n && strcmp(inputs[i].name, given->string) != 0)
                        i++;
                /* of a name that stands twice, only one would be looked at below */
                if (i == n ||
                    cJSON_GetObjectItemCaseSensitive(parameters, given->string) != given) {
                        *ret_name = given->string;
                        return INTERFACE_E_PARAMETER;
                }
        }
        for (size_t i = 0; i < n; i++) {
                if (is_valid(cJSON_GetObjectItemCaseSensitive(parameters, inputs[i].name),
                             inputs[i].type))
                        continue;
                *ret_name = inputs[i].name;
                return INTERFACE_E_PARAMETER;
        }
        return 0;
}
