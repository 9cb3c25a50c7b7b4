/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/*
 * Signatures of ssh-keygen(1), -Y sign: who signed these bytes. ssh-keygen itself looks: it is on every host that is administered by ssh, and
 * its reader of signatures and keys is better looked after than one of ours would be. It runs without privileges and sees nothing but copies.
 */

#include <stddef.h>

#define SIGNED_NAMESPACE "giad-approval" /* ssh-keygen -n */
#define SIGNED_PRINCIPAL_MAX 256u

struct verify_config {
        const char *program; /* NULL: /usr/bin/ssh-keygen */
        const char *user;    /* to run it as, if giad is root; NULL: as giad */
};

/* Who signed the data, of those that `signers` (the text of an allowed signers file) lists, at this time. Returns 0 with the first of the key's
 * principals; -EKEYREJECTED: no good signature of a listed key, with *ret_why (printable, cut to size) what ssh-keygen says;
 * -ENOENT: there is no such program; -ESRCH: no such user; -ETIME: it took longer than 5 s; others. Waits for it: not for a loop that must not. */
int signed_verify(const struct verify_config *config, const char *data, size_t n,
                  const char *signature, size_t n_signature, const char *signers, size_t n_signers,
                  char ret[static SIGNED_PRINCIPAL_MAX], char *ret_why, size_t size);
