/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "detectors/formats/doc.h"

/* A format reads bytes into a document tree. One file each, listed in formats.def. */
struct format {
        const char *name; /* as in formats.def: "json", "yaml", "hcl", …, "sudoers", "rego" */
        /* Its documents have a shape of their own: rules that do not name the format are not about
         * them. */
        bool own;
        /* A language that is no data: of an own shape, the keys of its tree are words of the reader,
         * not of the file. The beginning of a larger file is read by itself. */
        bool language;
        /* Reads n bytes of UTF-8 (a BOM and CRLF are accepted; bytes that are no UTF-8 are kept as
         * they are). Returns 0; -EBADMSG malformed, with *reterr set (what was read until then may
         * be in the tree); -E2BIG a limit was reached; -ENOMEM. Never reads past data + n, never
         * recurses deeper than the limits, takes time linear in n and in the nodes it makes. */
        int (*parse)(struct doc *doc, const char *data, size_t n, struct doc_error *reterr);
};

/* All of them, in the order of formats.def; i < format_count(). */
size_t format_count(void);
const struct format *format_at(size_t i);

/* NULL if there is none of that name. */
const struct format *format_by_name(const char *name);

/* True if it is the name of a format with a shape of its own, or of a language. NULL is none. */
bool format_has_own_shape(const char *name);
bool format_is_language(const char *name);

/* Names the format of a file by its path, or by looking at the beginning of its content; NULL: none
 * ("plain text"). By path: .json .jsonc .tfstate → json, or hcl if it is a plan or state of Terraform; .yaml .yml → yaml; .tf .tfvars .hcl .tofu
 * .tf.json → hcl; .env .env.* *.env → dotenv; .ini .cfg .conf .service .toml .properties… → ini;
 * Dockerfile Containerfile → dockerfile; what host-files.def lists → sudoers, sshd, ssh, crontab,
 * pam, authorized_keys, which are known by their lines, too; .rego → rego; .cedar → cedar; .sql .psql
 * .pgsql .ddl .cql → sql; .csv with Casbin's rows → casbin. What has no ending, or .txt or .csv, is known
 * as a policy by its lines (policy-lines.h). .bicep .bicepparam → bicep; .rules that call polkit → polkit; .xml .plist .csproj … → xml, and
 * whatever says itself that it is XML, but for pages, pictures and style sheets. */
const struct format *format_guess(const char *path, const char *data, size_t n);

/* The formats by themselves: format_json, format_yaml, … */
#define FORMAT(id, name) extern const struct format format_##id;
#include "detectors/formats/formats.def"
#undef FORMAT
