/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "common/base/macros.h"
#include "detectors/formats/doc.h"
#include "detectors/ruleset.h"

/* Values of keys in a rule pack. All return 0; -EBADMSG with *reterr saying at which line what is
 * allowed; -ENOMEM. */

/* Writes a message about a node (NULL: about the file). Always returns -EBADMSG. */
int rule_value_error(struct ruleset_error *reterr, const struct node *at, const char *fmt, ...)
        _printf_(3, 4);

/* Which of names (NULL-terminated) n's key is; what is said of an unknown one: "unknown key 'x' of
 * WHAT". */
int rule_value_key(const struct node *n, const char *const *names, const char *what, int *ret,
                   struct ruleset_error *reterr);
/* A text that is not empty, as a copy of its own; *ret is freed before. */
int rule_value_string(char **ret, const struct node *n, struct ruleset_error *reterr);
/* The same into a buffer, made printable. */
int rule_value_bounded(char *dst, size_t size, const struct node *n, struct ruleset_error *reterr);
/* A list of texts; one text counts as a list of one. */
int rule_value_list(char ***ret, size_t *ret_n, const struct node *n, struct ruleset_error *reterr);
void rule_value_list_free(char **list, size_t n);
/* One of a closed set's names. */
int rule_value_enum(int *ret, const struct node *n, int (*from_string)(const char *),
                    const char *(*to_string)(int), int max, struct ruleset_error *reterr);
int rule_value_number(double *ret, const struct node *n, double min, double max,
                      struct ruleset_error *reterr);
