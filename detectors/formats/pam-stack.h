/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>

#include "detectors/formats/doc.h"

/* What a PAM stack comes to. */

/* rules: the rules of one service in file order, from `first` up to but not including `end`
 * (NULL: all that follow). Returns the rule of the auth stack because of which everybody is let in,
 * or NULL: with every module failing that asks for a proof, and those succeeding that always do,
 * the stack still succeeds. *ret_helped: no module asks for a proof at all, and others stand before
 * the rule: that is what a greeter of a desktop looks like, or an automatic login. */
struct node *pam_stack_lets_in(struct node *first, const struct node *end, bool *ret_helped);
