/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "detectors/formats/doc.h"

/* What a PAM stack comes to. */

/* rules: the rules of one service in file order, from `first` up to but not including `end`
 * (NULL: all that follow). Returns the rule of the auth stack because of which everybody is let in,
 * or NULL: with every module failing that asks for a proof, and those succeeding that always do,
 * the stack still succeeds. */
struct node *pam_stack_lets_in(struct node *first, const struct node *end);
