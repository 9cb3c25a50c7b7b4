/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* A register in a directory of its own, for tests of its parts. */

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/macros.h"
#include "daemon/register/register.h"
#include "tests/unit/test.h"

struct register_fixture {
        char dir[64];
        char path[96];
        struct reg *r;
};

static inline int register_setup(void **state)
{
        struct register_fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        /* nobody waits for a disk where there is none */
        (void)snprintf(f->dir, sizeof(f->dir), "%s/giad-register-XXXXXX",
                       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        assert_non_null(mkdtemp(f->dir));
        (void)snprintf(f->path, sizeof(f->path), "%s/register.db", f->dir);
        assert_int_equal(reg_open(&f->r, f->path, false, NULL), 0);
        *state = f;
        return 0;
}

/* Calls fn for each file whose name begins so. Returns how many there are. */
static inline size_t register_files(const struct register_fixture *f, const char *begin,
                                    int (*fn)(const char *path))
{
        char pattern[160];
        glob_t found;

        (void)snprintf(pattern, sizeof(pattern), "%s/%s*", f->dir, begin);
        if (glob(pattern, 0, NULL, &found) != 0)
                return 0;
        size_t n = found.gl_pathc;
        for (size_t i = 0; fn && i < n; i++)
                (void)fn(found.gl_pathv[i]);
        globfree(&found);
        return n;
}

static inline int register_teardown(void **state)
{
        struct register_fixture *f = *state;

        f->r = reg_free(f->r);
        (void)register_files(f, "", unlink);
        assert_int_equal(rmdir(f->dir), 0);
        free(f);
        return 0;
}

/* Puts it with one finding of a class, or none (_CLASS_MAX). */
static inline void register_put(struct reg *r, struct reg_artefact a, enum finding_class class)
{
        struct finding one = {.severity = (uint8_t)a.severity, .line = 1};

        if (class < _CLASS_MAX)
                one.class = (uint16_t) class;
        (void)snprintf(one.rule, sizeof(one.rule), "a-rule");
        (void)snprintf(one.fingerprint, sizeof(one.fingerprint), "00ff");
        assert_int_equal(reg_artefact_put(r, &a, &one, class < _CLASS_MAX), 0);
}
