/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: hints of globs.
 * Does not own: what a glob fits (text.c).
 */
#include "common/base/glob.h"

#include <ctype.h>
#include <string.h>

#include "common/base/text.h"

#define NAME_SIZE 256u

/* False: it is longer. */
static bool fold(char *dst, const char *src)
{
        size_t i = 0;

        for (; src[i] && i + 1 < NAME_SIZE; i++)
                dst[i] = (char)tolower((unsigned char)src[i]);
        dst[i] = '\0';
        return src[i] == '\0';
}

struct glob_hint glob_hint(const char *glob)
{
        bool whole = strchr(glob, '/') != NULL;
        char folded[NAME_SIZE];

        if (whole)
                return (struct glob_hint){text_glob_pairs(glob), true};
        /* what is cut off is not asked for */
        (void)fold(folded, glob);
        return (struct glob_hint){text_glob_pairs(folded), false};
}

struct glob_path glob_path(const char *path)
{
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
        char folded[NAME_SIZE];

        return (struct glob_path){.path = path,
                                  .name = name,
                                  .of_path = text_pairs(path),
                                  .of_name = fold(folded, name) ? text_pairs(folded) : UINT64_MAX};
}

bool glob_fits(const char *glob, const struct glob_hint *hint, const struct glob_path *p)
{
        if (!glob_may_fit(hint, p))
                return false;
        return hint->whole ? text_glob_path_pairs(glob, p->path, p->of_path)
                           : text_glob_name(glob, p->name);
}

static const char *glob_of(const struct glob_table *t, size_t i)
{
        return *(const char *const *)(const void *)((const char *)t->first + i * t->step);
}

static void make_hints(struct glob_table *t)
{
        (void)pthread_mutex_lock(&t->making);
        for (size_t i = 0; i < t->n && !t->made; i++)
                t->hints[i] = glob_hint(glob_of(t, i));
        t->made = true;
        (void)pthread_mutex_unlock(&t->making);
}

size_t glob_table_next(struct glob_table *t, const struct glob_path *p, size_t from)
{
        if (!t->made)
                make_hints(t);
        while (from < t->n && !glob_may_fit(&t->hints[from], p))
                from++;
        return from;
}
