/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Lets the n-th allocation of the code under test fail. The program is linked with
 * $(FAIL_ALLOC_LINK), which turns its calls (not those of shared libraries) to these. */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static struct {
        long left; /* allocations until one fails; negative: none does */
        bool failed;
} fail_alloc = {.left = -1};

static bool fail_alloc_now(void)
{
        if (fail_alloc.left < 0)
                return false;
        if (fail_alloc.left-- > 0)
                return false;
        fail_alloc.failed = true;
        errno = ENOMEM;
        return true;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_reallocarray(void *p, size_t n, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
char *__wrap_strdup(const char *s);

void *__wrap_malloc(size_t n)
{
        return fail_alloc_now() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
        return fail_alloc_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
        return fail_alloc_now() ? NULL : __real_realloc(p, n);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
        return fail_alloc_now() ? NULL : __real_reallocarray(p, n, size);
}

char *__wrap_strdup(const char *s)
{
        return fail_alloc_now() ? NULL : __real_strdup(s);
}
