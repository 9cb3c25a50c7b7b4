/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: which assertions are well formed, and their order.
 */
#include "common/model/assertion.h"

#include <string.h>

#include "common/model/finding.h"

bool assertion_valid(const struct assertion *a)
{
        return finding_text_valid(a->text, sizeof(a->text)) && *a->text &&
               a->kind < _ASSERTION_KIND_MAX && a->certainty < _CERTAINTY_MAX;
}

int assertion_compare(const void *a, const void *b)
{
        const struct assertion *x = a, *y = b;

        return x->kind != y->kind ? (int)x->kind - (int)y->kind : strcmp(x->text, y->text);
}
