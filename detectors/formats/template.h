/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Templates in HCL strings and heredocs (and CloudFormation's Sub): ${ expression } and %{
 * directive }. */

#include "detectors/formats/cursor.h"

/* True if a template begins here; `$${` and `%%{` are the texts `${` and `%{`. */
bool template_begins(const struct cursor *c);
/* True at `$${` or `%%{`. */
bool template_is_literal(const struct cursor *c);
/* Steps behind the closing brace of the template that begins here, over strings and braces within.
 * False if it does not end or is nested too deeply: the cursor is somewhere inside then. */
bool template_skip(struct cursor *c);

/* The same for the string in double quotes that begins here; it may not go over the end of its
 * line. */
bool template_skip_string(struct cursor *c);
