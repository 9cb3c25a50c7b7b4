/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Puts in place of references what they refer to, so that rules and analysers see what a file says
 * and not how it says it:
 *
 *   HCL             var.x with a default, or a value in .tfvars or in calls of the module; local.x, what
 *                   is in them, templates, conditionals, loops, functions, files that they read
 *   Bicep           names of variables, and of parameters with a default, what is in them, strings
 *                   that hold them, conditionals; ids that resourceId() and the like make, and those of
 *                   `existing` resources. Other resources' properties and what only a deployment
 *                   settles are text in brackets, as in an ARM template
 *   CloudFormation  Ref and Sub of parameters with a default, FindInMap, Join, Select, If
 *   Ansible         {{ x }} of vars of tasks, blocks and plays, of their files and a role's, and default()
 *   Helm            {{ .Values.x }} of the chart's values.yaml, and default
 *   Dockerfile      $x in FROM and USER, of ARG's defaults and ENV
 *   Kustomize       patches in texts, as documents of their own beside the kustomization, and in files
 *   Serverless      ${self:a.b}, with a fallback behind the comma
 *
 * What is resolved has the place of the reference; what is in it keeps its own, if that is in the same
 * file. What is not known
 * (a parameter without default, a module's output, a resource's attribute) stays as it was read:
 * UNKNOWN, with its source as text.
 */

#include "detectors/formats/doc.h"

/* Other files in which names may be defined, or that are read by a function. Borrowed. */
struct resolve_peer {
        const char *name;        /* of its file (common/model/peers.h) */
        const struct node *root; /* resolved itself or not; NULL: it was not read as one */
        const char *text;        /* what file() gives, or NULL */
        const char
                *module; /* of a file from which the file's directory may be called: where that is
                                    from there; otherwise NULL */
        size_t size;
};

/* Whether the document defines names that others of its directory may use. */
bool doc_defines(struct doc *d, const char *format);
/* If one of the peers is a kustomization by which the document is a patch: its mappings say only a part of
 * what they are about, which is what the kustomization says if they do not. name: of the document's file,
 * from where the peers' names begin. Before doc_resolve(). */
void doc_read_patch(struct doc *d, const char *name, const struct resolve_peer *peers,
                    size_t n_peers);
/* format: as in format.h, or NULL. Returns 0, -ENOMEM, or -E2BIG if it took too many steps and some
 * references are left. */
int doc_resolve(struct doc *d, const char *format, const struct resolve_peer *peers,
                size_t n_peers);
