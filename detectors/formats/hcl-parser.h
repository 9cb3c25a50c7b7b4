/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* What the parts of hcl_evaluate() share. */

#include "detectors/formats/expression.h"

extern const struct expression_language hcl_language;

/* Of the name that begins here; 0: none does. */
size_t hcl_name_length(const struct expression *p);
/* Appends a copy of value, or what stands for it in the source if it is not known (NULL). */
void hcl_add(struct expression *p, struct node *container, const char *key,
             const struct node *value, const char *source, size_t n);

/* Behind the brace that closes the template whose expression begins at s; NULL if none does. */
const char *hcl_template_end(const char *s, const char *end);
/* The text s[0..n), in which escapes are resolved already, with what its templates stand for; that itself
 * if it is nothing but one. NULL if that is not known. */
const struct node *hcl_template_value(struct expression *p, const char *s, size_t n);
/* The same of a file that is a template: if it holds a JSON document, what is not known is left in it. */
const struct node *hcl_template_document(struct expression *p, const char *s, size_t n);
