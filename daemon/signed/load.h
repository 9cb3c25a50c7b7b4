/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* A directory of signed approvals: NAME.yaml with its signatures NAME.yaml.sig, NAME.yaml.WHO.sig. */

#include "daemon/config/signed.h"
#include "daemon/signed/verify.h"

#define SIGNED_FILES_MAX 1000u
#define SIGNERS_OF_FILE_MAX 8u

struct signed_source {
        const char *directory;
        const char *signers; /* the allowed signers file */
        bool two_persons;    /* a file needs the signatures of two */
        struct verify_config verify;
};

struct signed_loaded {
        const char *name; /* of the file, absolute */
        const struct signed_file *file;
        const char *principals[SIGNERS_OF_FILE_MAX]; /* who signed it, each once */
        size_t n;
};

/* Reads and verifies all files of the directory, in the order of their names. loaded() is told of each that counts; refused() of each that
 * does not, and why (printable, with what to do). A directory that is not there is empty. Returns 0 or negative errno: the directory cannot be
 * read. Waits for the disk and for ssh-keygen. */
int signed_load(const struct signed_source *source,
                int (*loaded)(void *userdata, const struct signed_loaded *l),
                void (*refused)(void *userdata, const char *name, const char *why), void *userdata);
/* The same for one file. */
int signed_load_file(const struct signed_source *source, const char *path,
                     int (*loaded)(void *userdata, const struct signed_loaded *l),
                     void (*refused)(void *userdata, const char *name, const char *why),
                     void *userdata);
