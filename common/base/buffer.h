/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/base/macros.h"

/* A growing byte buffer with an upper bound. Once an append does not fit (-ENOBUFS) or memory is
 * out (-ENOMEM) the error sticks, later appends do nothing, and the caller asks once at the end.
 * data is always NUL-terminated behind len bytes (NULL while nothing was appended). */
struct buffer {
        char *data;
        size_t len;
        size_t alloc;
        size_t max; /* bytes; 0: BUFFER_MAX_DEFAULT */
        int error;  /* 0, -ENOBUFS or -ENOMEM */
};

#define BUFFER_MAX_DEFAULT ((size_t)16 * 1024 * 1024)
#define BUFFER_NULL ((struct buffer){0})

/* Frees the content; the buffer may be used again. */
void buffer_done(struct buffer *b);
#define _cleanup_buffer_ _cleanup_(buffer_done)

/* Empties, keeps the memory, clears the error. */
void buffer_reset(struct buffer *b);

void buffer_append(struct buffer *b, const void *data, size_t n);
void buffer_puts(struct buffer *b, const char *s);
void buffer_putc(struct buffer *b, char c);
void buffer_printf(struct buffer *b, const char *fmt, ...) _printf_(2, 3);

/* Appends s as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void buffer_json_string(struct buffer *b, const char *s);
/* The same for n bytes that may hold NULs. */
void buffer_json_bytes(struct buffer *b, const char *s, size_t n);

/* Hands the content over to the caller, who frees it (never NULL on success: "" when empty); the
 * buffer is empty afterwards. Returns 0 or the buffer's error. */
int buffer_take(struct buffer *b, char **ret);
