/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * A file of approvals that was prepared elsewhere, to be signed (giad.yaml(5), SIGNED APPROVALS):
 *
 *   giad-approvals: 1
 *   reason: "…"                  why
 *   expires: 2027-01-31          needed where an item is no content
 *   approve:
 *     - {scope: content, sha256: HEX, workspace: GLOB, path: GLOB, rules: [ID, …]}
 *     - {scope: file, workspace: GLOB, path: GLOB, rules: [ID, …]}
 *     - {scope: class, workspace: GLOB, class: NAME}
 *
 * rules: those that may find something there; without it none may.
 */

#include "daemon/config/config.h"

#define SIGNED_ITEMS_MAX 10000u

enum signed_scope { SIGNED_CONTENT, SIGNED_FILE, SIGNED_CLASS, _SIGNED_SCOPE_MAX };

struct signed_item {
        enum signed_scope scope;
        uint8_t sha256[32];
        char *workspace, *path; /* globs; path "" of a class */
        char *rules;            /* space-separated, "" for none */
        char *class;            /* NULL but of a class */
        uint32_t line;
};

struct signed_file {
        char *reason;
        usec_t expires; /* realtime; 0: never */
        struct signed_item *items;
        size_t n;
};

void signed_file_done(struct signed_file *f);
/* Reads the bytes of such a file. Returns 0 with *ret, -EBADMSG with *reterr, or -ENOMEM. name: for errors. */
int signed_file_read(const char *name, const char *data, size_t n, struct signed_file *ret,
                     struct config_error *reterr);
