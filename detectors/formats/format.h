/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "detectors/formats/doc.h"

/* A format reads bytes into a document tree. One file each, listed in formats.def. */
struct format {
        const char *name; /* "json", "yaml", "hcl", "dotenv", "ini", "dockerfile", "bicep", "xml" */
        /* Reads n bytes of UTF-8 (a BOM and CRLF are accepted; bytes that are no UTF-8 are kept as
         * they are). Returns 0; -EBADMSG malformed, with *reterr set (what was read until then may
         * be in the tree); -E2BIG a limit was reached; -ENOMEM. Never reads past data + n, never
         * recurses deeper than the limits, takes time linear in n and in the nodes it makes. */
        int (*parse)(struct doc *doc, const char *data, size_t n, struct doc_error *reterr);
};

/* NULL if there is none of that name. */
const struct format *format_by_name(const char *name);

/* Names the format of a file by its path, or by looking at the beginning of its content; NULL: none
 * ("plain text"). By path: .json .jsonc .tfstate → json; .yaml .yml → yaml; .tf .tfvars .hcl .tofu
 * .tf.json → hcl; .env .env.* *.env → dotenv; .ini .cfg .conf .service .toml .properties… → ini;
 * Dockerfile Containerfile → dockerfile; .bicep .bicepparam → bicep; .xml .plist .csproj … → xml, and
 * whatever says itself that it is XML, but for pages, pictures and style sheets. */
const struct format *format_guess(const char *path, const char *data, size_t n);

/* The formats by themselves: format_json, format_yaml, … */
#define FORMAT(id, name) extern const struct format format_##id;
#include "detectors/formats/formats.def"
#undef FORMAT
