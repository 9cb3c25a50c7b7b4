/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include "tests/property/rewriting.h"

/* All: false if n cannot be written so; what was appended to ret is then cut off by the caller. */

/* An object or a list of HCL as JSON text in a heredoc: what is not constant becomes a template. */
bool write_hcl_as_json(const struct original *o, const struct node *n, struct buffer *ret);
/* A document in a heredoc as object of HCL. */
bool write_json_as_hcl(const struct original *o, const struct node *n, struct buffer *ret);
/* A tree of JSON or YAML as an expression of HCL: what looks like a template in it is none. */
bool write_tree_as_hcl(const struct node *n, unsigned depth, struct buffer *ret);
/* The whole file in Terraform's JSON syntax. */
bool write_hcl_as_terraform_json(const struct original *o, struct buffer *ret);
/* The same resources as `terraform show -json` writes them of a plan; false: what they hold is no value. */
bool write_hcl_as_plan(const struct original *o, struct buffer *ret);
