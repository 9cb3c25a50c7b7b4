/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* Names of files that are read with others: what the files peers*.c share. */

#include <stdbool.h>
#include <stddef.h>

enum peers_kind {
        PEERS_NONE,
        PEERS_TERRAFORM, /* names of its directory, documents that it reads, calls from above */
        PEERS_TEMPLATE,  /* a chart's or a role's: values, defaults and vars */
        PEERS_ROLE,      /* tasks and handlers: defaults and vars */
        PEERS_OTHER, /* other YAML: a play's group_vars and vars, a manifest's bindings, a patch's
                          * kustomization */
};

enum peers_kind peers_kind(const char *path);
/* The name in the path. */
const char *peers_base(const char *path);
/* By name: files of values of Terraform, and all that it reads as configuration. */
bool peers_is_tfvars(const char *name);
bool peers_is_terraform(const char *name);
/* A document that file() or templatefile() may read. */
bool peers_is_document(const char *name);
bool peers_is_yaml(const char *name);
/* Of Kubernetes, by name: roles and who has them; what says which files are patches. */
bool peers_is_rbac(const char *path);
bool peers_is_kustomization(const char *name);
/* name[0..n): a folder in which documents of a Terraform directory lie. */
bool peers_is_document_folder(const char *name, size_t n);
/* Where the last of these folders (each with its slash) on the way to the file begins, or NULL. */
const char *peers_folder(const char *path, const char *const *folders, size_t n);

/* Names of a directory that somebody asked for. */
#define PEERS_NAME_MAX 128u /* with NUL; longer ones are left out */
#define PEERS_LISTED_MAX 384u

struct peers_list {
        size_t n;
        struct peers_listed {
                unsigned char rank; /* lower ones come first */
                char name[PEERS_NAME_MAX];
        } * listed;
};

int peers_list_init(struct peers_list *ret);
void peers_list_done(struct peers_list *l);
/* The rank of a file or folder of that name if it is wanted, or negative. */
typedef int (*peers_rank_fn)(const void *userdata, const char *name, bool folder);
/* Adds FOLDER/NAME of each wanted name in the folder ("": directory_fd itself) beneath directory_fd. */
void peers_list_folder(struct peers_list *l, int directory_fd, const char *folder,
                       peers_rank_fn rank, const void *userdata);
/* By rank, then by name. */
void peers_list_sort(struct peers_list *l);
/* Those that peers_is_rbac() says, bindings first. folder: the path of the directory, or its end. */
int peers_rbac_rank(const void *folder, const char *name, bool is_folder);
