/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buffer.h"
#include "common/model/event.h"

/* Writes nested JSON into a buffer, and remembers which fields of the event have been used, so that
 * a foreign schema can be given the rest under a key of its own. A key of NULL is for an array's
 * element. Absent values leave their key out. */
struct json_out {
        struct buffer *out;
        const struct event *event;
        bool comma; /* something stands before the next value */
        bool used[_FIELD_MAX];
};

void json_out_open(struct json_out *o, const char *key, char bracket /* '{' or '[' */);
void json_out_close(struct json_out *o, char bracket /* '}' or ']' */);
void json_out_string(struct json_out *o, const char *key, const char *value);
void json_out_number(struct json_out *o, const char *key, uint64_t value);
void json_out_bool(struct json_out *o, const char *key, bool value);
/* A field of the event as the type that fields.def gives it. */
void json_out_field(struct json_out *o, const char *key, enum field field);
/* A field as a string, whatever its type. */
void json_out_text(struct json_out *o, const char *key, enum field field);
bool json_out_has(const struct json_out *o, enum field field);
/* All fields that were not used, under their native names; nothing if there are none. */
void json_out_rest(struct json_out *o, const char *key);

/* The ATT&CK technique in one reference ("ATT&CK:T1552.001" → "T1552.001"), iterating over the
 * space-separated list: *state starts as the list. Returns false at the end. */
bool json_out_technique(const char **state, char ret[static 16]);
