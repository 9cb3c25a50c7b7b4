/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "common/base/buffer.h"

/* Messages as they cross the control socket: JSON objects, each ended by a NUL. */

/* Takes bytes as they come and gives whole messages. */
struct message_reader {
        struct buffer in;
        size_t start;   /* first byte of the message under way */
        size_t scanned; /* no NUL between start and here */
};

void message_reader_done(struct message_reader *r);
/* Returns 0 or -ENOMEM. Texts given out before are invalid from here on. */
int message_reader_feed(struct message_reader *r, const void *data, size_t n);
/* The next whole message of at most max bytes, without its NUL, which follows; borrowed. Returns 1;
 * 0: none is whole yet; -EMSGSIZE: it is longer than max. */
int message_reader_next(struct message_reader *r, size_t max, const char **ret_text, size_t *ret_n);
/* True if message_reader_next() would not return 0 (it may look through what has come in). */
bool message_reader_ready(struct message_reader *r, size_t max);

/* Parses one JSON object that is the whole text. Texts that are not UTF-8 or hold an escaped NUL
 * are refused: both would read differently elsewhere. Returns 0 with an object that the caller
 * owns, or -EBADMSG. */
int message_parse(const char *text, size_t n, cJSON **ret);

/* A request; method and parameters point into root. */
struct message_request {
        cJSON *root;
        const char *method;
        const cJSON *parameters; /* an object, never NULL */
        bool more, oneway, upgrade;
};

void message_request_done(struct message_request *request);
/* Returns 0, -EBADMSG or -ENOMEM. */
int message_request_parse(const char *text, size_t n, struct message_request *ret);

/* The text of {"error", "parameters", "continues"}; error may be NULL. Consumes parameters (NULL:
 * an empty object). Returns 0 with a text that the caller owns, or -ENOMEM. */
int message_reply_format(const char *error, cJSON *parameters, bool continues, char **ret);
