/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: what SSH's own encodings say of a key: the public blob and OpenSSH's private file.
 *
 * Must not own: PEM and PuTTY's file around them (validate-key.c).
 */
#include <string.h>

#include "common/base/macros.h"
#include "detectors/secrets/der.h"
#include "detectors/secrets/key-info.h"

static const char openssh_magic[] = "openssh-key-v1"; /* with its NUL */

/* A string of four bytes of length. Returns false at the end; a length past the end is cut. */
static bool take_string(struct der *d, struct der *ret, bool *ret_cut)
{
        size_t length = 0;

        if (d->n < 4)
                return false;
        for (size_t i = 0; i < 4; i++)
                length = length << 8 | d->p[i];
        d->p += 4;
        d->n -= 4;
        if (length > d->n) {
                length = d->n;
                *ret_cut = true;
        }
        *ret = (struct der){.p = d->p, .n = length};
        d->p += length;
        d->n -= length;
        return true;
}

static bool is(const struct der *s, const char *text)
{
        return s->n == strlen(text) && memcmp(s->p, text, s->n) == 0;
}

void key_info_ssh_public(const uint8_t *blob, size_t n, struct key_info *ret)
{
        static const struct {
                const char *name, *type;
        } types[] = {
                {"ssh-rsa", "RSA"},
                {"ssh-dss", "DSA"},
                {"ssh-ed25519", "Ed25519"},
                {"ssh-ed448", "Ed448"},
                {"ecdsa-sha2-nistp256", "EC P-256"},
                {"ecdsa-sha2-nistp384", "EC P-384"},
                {"ecdsa-sha2-nistp521", "EC P-521"},
                {"sk-ssh-ed25519@openssh.com", "Ed25519 security key"},
                {"sk-ecdsa-sha2-nistp256@openssh.com", "EC P-256 security key"},
        };
        struct der d = {.p = blob, .n = n}, name, number;
        bool cut = false;

        if (!take_string(&d, &name, &cut))
                return;
        for (size_t i = 0; i < ELEMENTSOF(types); i++)
                if (is(&name, types[i].name))
                        ret->type = types[i].type;
        /* RSA: exponent, modulus; DSA: the first is the modulus */
        if (is(&name, "ssh-rsa") && !take_string(&d, &number, &cut))
                return;
        if ((is(&name, "ssh-rsa") || is(&name, "ssh-dss")) && take_string(&d, &number, &cut) &&
            !cut)
                ret->bits = der_bits(&(struct der_value){.body = number});
}

void key_info_openssh(const uint8_t *blob, size_t n, struct key_info *ret)
{
        struct der d, cipher, skipped, public;
        bool cut = false;

        *ret = (struct key_info){.state = KEY_UNREADABLE};
        if (n < sizeof(openssh_magic) || memcmp(blob, openssh_magic, sizeof(openssh_magic)) != 0)
                return;
        d = (struct der){.p = blob + sizeof(openssh_magic), .n = n - sizeof(openssh_magic)};
        if (!take_string(&d, &cipher, &cut) || !take_string(&d, &skipped, &cut) ||
            !take_string(&d, &skipped, &cut) || cut || d.n < 4) {
                ret->cut = true;
                return;
        }
        ret->state = is(&cipher, "none") ? KEY_PRIVATE : KEY_ENCRYPTED;
        d.p += 4; /* how many keys: always one */
        d.n -= 4;
        if (take_string(&d, &public, &cut))
                key_info_ssh_public(public.p, public.n, ret);
        if (!take_string(&d, &skipped, &cut))
                cut = true;
        ret->cut = cut;
}
