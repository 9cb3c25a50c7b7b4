/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: writing nested JSON in the shapes of foreign schemas.
 * Does not own: the shapes (ocsf.c, ecs.c).
 */
#include "daemon/sinks/json-out.h"

#include <string.h>

static void put_key(struct json_out *o, const char *key)
{
        if (o->comma)
                buffer_putc(o->out, ',');
        o->comma = true;
        if (!key)
                return;
        buffer_json_string(o->out, key);
        buffer_putc(o->out, ':');
}

void json_out_open(struct json_out *o, const char *key, char bracket)
{
        put_key(o, key);
        buffer_putc(o->out, bracket);
        o->comma = false;
}

void json_out_close(struct json_out *o, char bracket)
{
        buffer_putc(o->out, bracket);
        o->comma = true;
}

void json_out_string(struct json_out *o, const char *key, const char *value)
{
        if (!value)
                return;
        put_key(o, key);
        buffer_json_string(o->out, value);
}

void json_out_number(struct json_out *o, const char *key, uint64_t value)
{
        put_key(o, key);
        buffer_printf(o->out, "%llu", (unsigned long long)value);
}

void json_out_bool(struct json_out *o, const char *key, bool value)
{
        put_key(o, key);
        buffer_puts(o->out, value ? "true" : "false");
}

bool json_out_has(const struct json_out *o, enum field field)
{
        return o->event->fields[field] != NULL;
}

void json_out_text(struct json_out *o, const char *key, enum field field)
{
        o->used[field] = true;
        json_out_string(o, key, o->event->fields[field]);
}

void json_out_field(struct json_out *o, const char *key, enum field field)
{
        if (field_info(field)->type == FIELD_TYPE_STRING) {
                json_out_text(o, key, field);
                return;
        }
        o->used[field] = true;
        if (!o->event->fields[field])
                return;
        put_key(o, key);
        buffer_puts(o->out, o->event->fields[field]);
}

void json_out_rest(struct json_out *o, const char *key)
{
        bool opened = false;

        for (size_t i = 0; i < _FIELD_MAX; i++) {
                if (o->used[i] || !o->event->fields[i])
                        continue;
                if (!opened)
                        json_out_open(o, key, '{');
                opened = true;
                json_out_field(o, field_info((enum field)i)->json, (enum field)i);
        }
        if (opened)
                json_out_close(o, '}');
}

bool json_out_technique(const char **state, char ret[static 16])
{
        static const char prefix[] = "ATT&CK:";

        while (*state && **state) {
                const char *word = *state;
                size_t n = strcspn(word, " ");

                *state = word[n] ? word + n + 1 : word + n;
                if (n <= sizeof(prefix) - 1 || n - (sizeof(prefix) - 1) >= 16 ||
                    strncmp(word, prefix, sizeof(prefix) - 1) != 0)
                        continue;
                n -= sizeof(prefix) - 1;
                memcpy(ret, word + sizeof(prefix) - 1, n);
                ret[n] = '\0';
                return true;
        }
        return false;
}
