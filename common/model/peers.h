/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Files that say what names in a file mean: Terraform reads all of a directory as one and documents below
 * it, and is given values where the directory is called as a module; the templates of a Helm chart take
 * values from its values.yaml; plays and roles of Ansible have files of variables; a kustomization says
 * which manifests are patches, and of what; beside roles of Kubernetes stand those who have them. Who may open files
 * (giad, giactl) opens them for who may only read (the scanner). Bounded in number and size; nothing here
 * looks into them.
 */

#include <stdbool.h>
#include <stddef.h>

#define SCAN_PEERS_MAX 12u
#define SCAN_PEER_SIZE_MAX ((size_t)256 << 10)     /* bytes: of a larger one nothing is read */
#define SCAN_PEER_NAMES_MAX (SCAN_PEERS_MAX * 64u) /* bytes of all names, each with its NUL */
#define SCAN_PEERS_READERS_MAX 64u

/*
 * Names are paths: of Terraform, from the file's own directory, and those in the directory from which it
 * may be called with a "../" for each step up to there; of the others, from the place.
 */
struct scan_peers {
        unsigned n;
        int fds[SCAN_PEERS_MAX]; /* owned, read-only */
        size_t names_size;
        char names[SCAN_PEER_NAMES_MAX]; /* of the files, in their order */
};

#define SCAN_PEERS_NONE ((struct scan_peers){0})

/* Whether names in the file at path may be defined in others. */
bool scan_peers_wanted(const char *path);
/* Whether the file at path defines names, or is a document that others read, whatever is in it. */
bool scan_peers_values(const char *path);
/* How much of path is the directory that holds all of those others, without the slash at its end; 0: the
 * one that path is relative to. */
size_t scan_peers_place(const char *path);
/* Opens those others; directory_fd is that directory, and nothing that is not beneath it is opened. What
 * cannot be opened, has a long name or is one too many is left out; those that are needed most likely
 * come first. */
void scan_peers_open(struct scan_peers *ret, int directory_fd, const char *path);
void scan_peers_close(struct scan_peers *p);
/* The name behind one, or the first one (NULL); NULL after the last. */
const char *scan_peers_next(const struct scan_peers *p, const char *name);

typedef void (*scan_peers_fn)(void *userdata, const char *path);
/* The other way round: calls fn with the path, from root_fd on, of each file whose names the one at path
 * may define, of at most SCAN_PEERS_READERS_MAX. */
void scan_peers_readers(int root_fd, const char *path, scan_peers_fn fn, void *userdata);
