/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Removes a test's directory with all that is in it. */

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

static int remove_tree_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
        (void)st;
        (void)flag;
        (void)ftw;
        return remove(path);
}

static inline void remove_tree(const char *top)
{
        (void)nftw(top, remove_tree_entry, 16, FTW_DEPTH | FTW_PHYS);
}
