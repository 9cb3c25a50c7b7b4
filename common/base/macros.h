/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Small helpers of the language: sizes, cleanup attributes, handing over ownership. */

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ELEMENTSOF(x) (sizeof(x) / sizeof((x)[0]))
#define MIN_OF(a, b) ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b) ((a) > (b) ? (a) : (b))

#define _printf_(fmt, args) __attribute__((format(printf, fmt, args)))
#define _cleanup_(fn) __attribute__((cleanup(fn)))
#define _unused_ __attribute__((unused))

/* DEFINE_CLEANUP(struct x *, x_free) makes x_freep() for _cleanup_(x_freep) on a local. The
 * destructor must accept NULL. */
#define DEFINE_CLEANUP(type, fn)          \
        static inline void fn##p(type *p) \
        {                                 \
                (void)fn(*p);             \
        }                                 \
        _Static_assert(1, "")

static inline void freep(void *p)
{
        free(*(void **)p);
}

/* Closes fd, keeps errno, accepts a negative fd. Always returns -1: fd = fd_close(fd). */
static inline int fd_close(int fd)
{
        if (fd >= 0) {
                int saved = errno;
                (void)close(fd);
                errno = saved;
        }
        return -1;
}

static inline void fd_closep(int *fd)
{
        *fd = fd_close(*fd);
}

static inline void file_closep(FILE **f)
{
        if (*f)
                (void)fclose(*f);
}

#define _cleanup_free_ _cleanup_(freep)
#define _cleanup_close_ _cleanup_(fd_closep)
#define _cleanup_fclose_ _cleanup_(file_closep)

/* Hands over ownership: returns the value and leaves the empty value behind. */
static inline int take_fd(int *fd)
{
        int taken = *fd;
        *fd = -1;
        return taken;
}

#define take_ptr(p)                             \
        ({                                      \
                __typeof__(*(p)) *_pp = (p);    \
                __typeof__(*(p)) _taken = *_pp; \
                *_pp = NULL;                    \
                _taken;                         \
        })
